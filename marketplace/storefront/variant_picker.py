"""Variant selection: one group of options per axis (colour, width …), or one list if the product has no axes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from flask import url_for
from flask_babel import gettext as _

from marketplace.kernel.localized_text import localize
from marketplace.media.uploads import PictureView, picture_view
from marketplace.storefront.queries import PictureRow, ProductDetail, VariantOption

AvailableByVariant = Mapping[UUID, Decimal]


def option_groups(
    detail: ProductDetail, available: AvailableByVariant, chosen: VariantOption | None, code: str
) -> list[dict[str, Any]]:
    """Return [{label, value, options}] for the macro `choices`; empty if there is nothing to select."""
    if chosen is None or len(detail.variants) < 2:
        return []
    axes = detail.product.axes
    if not axes or any(axis["code"] not in variant.options for axis in axes for variant in detail.variants):
        return [_single_group(detail, available, chosen, code)]
    all_groups = [_axis_group(axis, detail, available, chosen, code) for axis in axes]
    return [group for group in all_groups if len(group["options"]) > 1]


def _axis_group(
    axis: Mapping[str, Any], detail: ProductDetail, available: AvailableByVariant, chosen: VariantOption, code: str
) -> dict[str, Any]:
    """Return the group of one axis. Each value links to the variant that shares most other options with the chosen one."""
    axis_code = axis["code"]
    options = []
    for value in axis.get("values", ()):
        matching = [variant for variant in detail.variants if variant.options.get(axis_code) == value["value"]]
        if matching:
            target = max(
                matching, key=lambda variant: (_count_matching_options(variant, chosen), available.get(variant.id, 0) > 0)
            )
            options.append(
                _option(target, available, code)
                | {
                    "value": value["value"],
                    "label": localize(value["names"]),
                    "picture": _option_picture(detail.pictures, matching),
                }
                | {"colour": value.get("hex") or value.get("colour") or ""}
            )
    return {"label": localize(axis["names"]), "value": chosen.options.get(axis_code, ""), "options": options}


def _count_matching_options(variant: VariantOption, reference: VariantOption) -> int:
    return sum(variant.options.get(name) == value for name, value in reference.options.items())


def _single_group(detail: ProductDetail, available: AvailableByVariant, chosen: VariantOption, code: str) -> dict[str, Any]:
    options = [
        _option(variant, available, code)
        | {
            "value": variant.sku,
            "label": localize(variant.label) or variant.sku,
            "picture": _option_picture(detail.pictures, [variant]),
        }
        for variant in detail.variants
    ]
    return {"label": _("Variant"), "value": chosen.sku, "options": options}


def _option(variant: VariantOption, available: AvailableByVariant, code: str) -> dict[str, Any]:
    return {"gone": available.get(variant.id, 0) <= 0, "url": url_for("shop.storefront.product", code=code, v=variant.sku)}


def _option_picture(pictures: Sequence[PictureRow], variants: Sequence[VariantOption]) -> PictureView | None:
    ids = {variant.id for variant in variants}
    if len(ids) > 1 and len({variant.options.get("colour") for variant in variants}) > 1:
        return None
    match = next((picture for picture in pictures if picture.variant_id in ids), None)
    return picture_view(match.key, colour=match.colour) if match else None
