"""How a product's variants are chosen: by each of its axes (colour, width …), or from one list when it has none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from flask import url_for
from flask_babel import gettext as _

from marketplace.kernel.texts import pick
from marketplace.kernel.uploads import PictureView, picture_view
from marketplace.showroom.queries import Offered, Shot, Shown

Free = Mapping[UUID, Decimal]


def groups(shown: Shown, free: Free, chosen: Offered | None, code: str) -> list[dict[str, Any]]:
    """[{label, value, options}] for the macro `choices`; nothing when there is nothing to choose."""
    if chosen is None or len(shown.variants) < 2:
        return []
    axes = shown.product.axes
    if not axes or any(axis["code"] not in one.options for axis in axes for one in shown.variants):
        return [_one_list(shown, free, chosen, code)]
    made = [_axis(axis, shown, free, chosen, code) for axis in axes]
    return [group for group in made if len(group["options"]) > 1]


def _axis(axis: Mapping[str, Any], shown: Shown, free: Free, chosen: Offered, code: str) -> dict[str, Any]:
    """One axis: each value leads to the variant that differs from the chosen one in as little as possible."""
    name = axis["code"]
    made = []
    for value in axis.get("values", ()):
        having = [one for one in shown.variants if one.options.get(name) == value["value"]]
        if having:
            goal = max(having, key=lambda one: (_alike(one, chosen), free.get(one.id, 0) > 0))
            made.append(
                _option(goal, free, code)
                | {"value": value["value"], "label": pick(value["names"]), "picture": _picture(shown.pictures, having)}
                | {"colour": value.get("hex") or value.get("colour") or ""}
            )
    return {"label": pick(axis["names"]), "value": chosen.options.get(name, ""), "options": made}


def _alike(one: Offered, other: Offered) -> int:
    return sum(one.options.get(name) == value for name, value in other.options.items())


def _one_list(shown: Shown, free: Free, chosen: Offered, code: str) -> dict[str, Any]:
    made = [
        _option(one, free, code)
        | {"value": one.sku, "label": pick(one.label) or one.sku, "picture": _picture(shown.pictures, [one])}
        for one in shown.variants
    ]
    return {"label": _("Variant"), "value": chosen.sku, "options": made}


def _option(goal: Offered, free: Free, code: str) -> dict[str, Any]:
    return {"gone": free.get(goal.id, 0) <= 0, "url": url_for("shop.showroom.product", code=code, v=goal.sku)}


def _picture(shots: Sequence[Shot], having: Sequence[Offered]) -> PictureView | None:
    ids = {one.id for one in having}
    if len(ids) > 1 and len({one.options.get("colour") for one in having}) > 1:
        return None
    own = next((shot for shot in shots if shot.variant_id in ids), None)
    return picture_view(own.key, colour=own.colour) if own else None
