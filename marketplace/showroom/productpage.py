"""What one product's page shows."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from flask import request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from markupsafe import Markup

from marketplace.carts.rules import parse_quantity
from marketplace.catalogue.queries import Sellable
from marketplace.catalogue.rules import quantity_complaint
from marketplace.catalogue.rules.attributes import spoken
from marketplace.inventory.queries import available
from marketplace.kernel import clock
from marketplace.kernel.memo import remembered
from marketplace.kernel.texts import language, pick
from marketplace.kernel.uploads import PictureView, picture_view
from marketplace.kernel.words import number, plain
from marketplace.showroom import cards, options, queries, tiles
from tenants.regions import queries as regions
from tenants.storefronts.page import view as logo_view

LONGEST_TYPED = 20


def values(code: str, wanted: str, typed: str | None = None) -> dict[str, Any]:
    """Everything for the template; `wanted` is the SKU that the visitor looks at, `typed` a refused quantity."""
    shown = queries.product(code)
    product = shown.product
    free = available(variant.id for variant in shown.variants)
    chosen = next((v for v in shown.variants if v.sku == wanted), None) or _first_in_stock(shown.variants, free)
    offer = shown.offers.get(chosen.id) if chosen is not None else None
    schema = queries.schema_of(product.category_id)
    name = pick(product.title)
    return {
        "product": product,
        "name": name,
        "crumbs": [(pick(one.names), url_for(".category", slug=one.slug)) for one in queries.trail_of(product.category_id)],
        "gallery": _gallery(shown.pictures, chosen, name),
        "offer": offer,
        "chosen": chosen,
        "axes": options.groups(shown, free, chosen, code),
        "quantity": _quantity(offer, typed),
        "tiers": _ladder(offer),
        "add_url": cards.address_of("shop.carts.add"),
        "free": free.get(chosen.id, Decimal(0)) if chosen is not None else Decimal(0),
        "stock": _stock(offer, free),
        "note": _quantity_note(offer),
        "description": pick(product.description),
        "spec": [
            (pick(one.names), _said(one, product.attributes[one.code])) for one in schema if one.code in product.attributes
        ],
        "merchant": _proof(product),
        "related": _related(product.category_id, product.id),
    }


def _related(category_id: UUID, but: UUID, limit: int = 6) -> list[Markup]:
    leading = _leading(category_id, limit + 1, language(), request.host)
    return [card for product_id, card in leading if product_id != but][:limit]


@remembered(seconds=20)
def _leading(category_id: UUID, limit: int, _language: str, _host: str) -> tuple[tuple[UUID, Markup], ...]:
    return tuple((card.id, tiles.draw(card)) for card in queries.leading(category_id, limit))


def _first_in_stock(variants: Sequence[Any], free: dict[UUID, Decimal]) -> Any:
    return next((one for one in variants if free.get(one.id, 0) > 0), variants[0] if variants else None)


def _gallery(shots: Sequence[Any], chosen: Any, name: str) -> list[PictureView]:
    own = [shot for shot in shots if chosen is not None and shot.variant_id == chosen.id]
    rest = [shot for shot in shots if shot.variant_id is None]
    others = [shot for shot in shots if shot not in own and shot not in rest]
    ordered = [*own, *rest, *others]
    views = (picture_view(shot.key, colour=shot.colour, alt=pick(shot.alt) or name) for shot in ordered[:12])
    return [view for view in views if view]


def _ladder(offer: Sellable | None) -> list[dict[str, Any]]:
    if offer is None:
        return []
    rungs = sorted(offer.tiers, key=lambda tier: tier.from_quantity)
    ends = [later.from_quantity - offer.step for later in rungs[1:]]
    return [
        {"from": tier.from_quantity, "to": end, "price": tier.price} for tier, end in zip(rungs, [*ends, None], strict=True)
    ]


def _stock(offer: Sellable | None, free: dict[UUID, Decimal]) -> str:
    if offer is None:
        return ""
    left = free.get(offer.variant_id, Decimal(0))
    return cards.stock_line(in_stock=left > 0, lead_days=0, available=left, unit=offer.unit)


def _quantity_note(offer: Sellable | None) -> str:
    """What one may order, in one line: 2 米起批，按 1 米加."""
    if offer is None:
        return ""
    parts = [cards.minimum(offer.min_quantity, offer.unit)]
    if offer.step != 1:
        parts.append(_("in steps of %(n)s %(unit)s", n=number(offer.step), unit=offer.unit.of(offer.step)))
    if offer.max_quantity is not None:
        parts.append(_("at most %(n)s %(unit)s", n=number(offer.max_quantity), unit=offer.unit.of(offer.max_quantity)))
    return " · ".join(str(part) for part in parts)


def _quantity(offer: Sellable | None, typed: str | None) -> dict[str, str]:
    """What the field for the quantity takes; what was typed is judged again, so that the sentence stands at it."""
    if offer is None:
        return {}
    wrong = None
    if typed is not None:
        typed = typed[:LONGEST_TYPED]
        wrong = quantity_complaint(parse_quantity(typed) or Decimal(0), offer.min_quantity, offer.max_quantity, offer.step)
    return {
        "value": plain(offer.min_quantity) if typed is None else typed,
        "min": plain(offer.min_quantity),
        "max": plain(offer.max_quantity),
        "step": plain(offer.step),
        "error": wrong or "",
    }


def _said(field: Any, value: Any) -> str:
    text = spoken(field, value)
    return f"{text} {field.unit}" if field.unit and not text.endswith(field.unit) else text


def _proof(row: Any) -> dict[str, Any]:
    here = regions.name(row.region_code) if row.region_code else ""
    figures = [(_("Kind"), str(row.kind.label)), (_("Ownership"), str(row.ownership.label))]
    if row.founded_year:
        figures.append((_("Founded"), str(row.founded_year)))
    if row.admitted_at:
        years = max(0, (clock.now() - row.admitted_at).days // 365)
        figures.append((_("At this market"), ngettext("%(num)s year", "%(num)s years", years) if years else _("new")))
    return {
        "name": pick(row.merchant_name),
        "url": cards.address_of("store.storefront.index", store=row.merchant_slug),
        "logo": logo_view(row.logo),
        "line": here,
        "figures": figures,
    }
