"""What one product's page shows."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from decimal import Decimal
from functools import cached_property
from typing import Any
from uuid import UUID

from flask import request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from markupsafe import Markup

from marketplace.carts.rules import misread, parse_quantity, shortage
from marketplace.catalogue.queries import Sellable
from marketplace.catalogue.rules import quantity_complaint
from marketplace.catalogue.rules.attributes import spoken
from marketplace.inventory.queries import read_free
from marketplace.kernel import clock, rich
from marketplace.kernel.kept import FRESH
from marketplace.kernel.memo import remembered
from marketplace.kernel.texts import language, pick
from marketplace.kernel.uploads import PictureView, picture_view
from marketplace.kernel.videos import Video, video_of
from marketplace.kernel.words import amount, number, plain
from marketplace.showroom import cards, options, queries, tiles
from tenants.merchants.models import StaffSize
from tenants.regions import queries as regions
from tenants.storefronts.page import view as logo_view

LONGEST_TYPED = 20
LONGEST_SKU = 80
LONGEST_SUMMARY = 160


class ProductPage:
    """One product's page. Everything is worked out when the template first asks for it: what is kept ready asks for nothing.

    `wanted` is the SKU that the visitor looks at, `typed` a refused quantity.
    """

    def __init__(self, code: str, wanted: str, typed: str | None = None) -> None:
        self.code, self.wanted, self._typed = code, wanted[:LONGEST_SKU], typed
        self._seen = queries.mark(code)

    @property
    def mark(self) -> Hashable:
        """Changes whenever the page would. What somebody typed is shown to them alone."""
        if self._typed is not None:
            return FRESH
        return (*self._seen.writers, self._seen.free, queries.wording(self._seen.category_id))

    @cached_property
    def _shown(self) -> queries.Shown:
        return queries.product(self.code, self._seen)

    @property
    def product(self) -> Any:
        """The product's own row."""
        return self._shown.product

    @cached_property
    def _free(self) -> dict[UUID, Decimal]:
        return read_free(self._seen.free)

    @cached_property
    def chosen(self) -> queries.Offered | None:
        """The variant that is looked at: the wanted one, or the first that is in stock."""
        variants = self._shown.variants
        wanted = next((one for one in variants if one.sku == self.wanted), None)
        in_stock = (one for one in variants if self._free.get(one.id, 0) > 0)
        return wanted or next(in_stock, variants[0] if variants else None)

    @cached_property
    def offer(self) -> Sellable | None:
        """What the variant is offered for."""
        return self._shown.offers.get(self.chosen.id) if self.chosen is not None else None

    @property
    def free(self) -> Decimal:
        """How much of the variant can be had at once."""
        return self._free.get(self.chosen.id, Decimal(0)) if self.chosen is not None else Decimal(0)

    @cached_property
    def name(self) -> str:
        """What it is called, in the language of the page."""
        return pick(self.product.title)

    @property
    def crumbs(self) -> list[tuple[str, str]]:
        """The categories above it."""
        return [(pick(one.names), url_for(".category", slug=one.slug)) for one in queries.trail_of(self.product.category_id)]

    @property
    def gallery(self) -> list[PictureView]:
        """Its pictures, those of the chosen variant first."""
        return _gallery(self._shown.pictures, self.chosen, self.name)

    @property
    def video(self) -> Video | None:
        """Its film, if it has one."""
        return video_of(self.product.video)

    @property
    def axes(self) -> list[dict[str, Any]]:
        """By what its variants are chosen."""
        return options.groups(self._shown, self._free, self.chosen, self.code)

    @property
    def quantity(self) -> dict[str, str]:
        """The field for the quantity."""
        return _quantity(self.offer, self._typed, self.free)

    @cached_property
    def tiers(self) -> list[dict[str, Any]]:
        """Prices by quantity."""
        return _ladder(self.offer)

    @property
    def stock(self) -> str:
        """How much there is, in words."""
        return _stock(self.offer, self.free)

    @property
    def enough(self) -> bool:
        """Whether the smallest order can be had."""
        return self.offer is not None and self.free >= self.offer.min_quantity

    @property
    def shortage(self) -> str:
        """Why it cannot be had, and what can."""
        if self.offer is not None and 0 < self.free < self.offer.min_quantity:
            left, least = amount(self.free, self.offer.unit), amount(self.offer.min_quantity, self.offer.unit)
            return str(_("Only %(left)s are left, and the smallest order is %(least)s.", left=left, least=least))
        if any(free > 0 for free in self._free.values()):
            return str(_("This variant is sold out. Others are in stock: choose one above."))
        return str(_("Sold out at the moment."))

    @property
    def note(self) -> str:
        """What one may order, in one line."""
        return _quantity_note(self.offer)

    @property
    def description(self) -> str:
        """What its merchant says about it."""
        return pick(self.product.description)

    @property
    def summary(self) -> str:
        """The beginning of that, for link previews; what has no description says what it is and who sells it."""
        said = " ".join(rich.plain(self.description).split()) or f"{self.name} · {self.merchant['name']}"
        return said if len(said) <= LONGEST_SUMMARY else said[: LONGEST_SUMMARY - 1] + "…"

    @property
    def spec(self) -> list[tuple[str, str]]:
        """Its brand, and its attributes with their names, in the order of the category's schema."""
        schema, said = queries.schema_of(self.product.category_id), self.product.attributes
        brand = [(str(_("Brand")), _brand(self.product))] if self.product.brand else []
        return brand + [(pick(one.names), _said(one, said[one.code])) for one in schema if one.code in said]

    @cached_property
    def merchant(self) -> dict[str, Any]:
        """Who sells it, and what is known of them."""
        return _proof(self.product)

    @property
    def add_url(self) -> str:
        """Where it is put into the cart."""
        return cards.address_of("shop.carts.add")

    @property
    def related(self) -> list[Markup]:
        """Cards of what else there is of this kind."""
        return _related(self._seen.category_id, self._seen.product_id)


def _related(category_id: UUID, but: UUID, limit: int = 6) -> list[Markup]:
    leading = _leading(category_id, limit + 1, language(), request.host)
    return [card for product_id, card in leading if product_id != str(but)][:limit]


@remembered(seconds=20)
def _leading(category_id: UUID, limit: int, _language: str, _host: str) -> tuple[tuple[str, Markup], ...]:
    """What leads a category; its cards are drawn anew only where their products have changed."""
    return tuple(tiles.drawn(queries.leading(category_id, limit)).items())


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


def _stock(offer: Sellable | None, left: Decimal) -> str:
    if offer is None:
        return ""
    return cards.stock_line(in_stock=left > 0, lead_days=offer.lead_days, available=left, unit=offer.unit)


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


def _complaint(offer: Sellable, quantity: Decimal, free: Decimal) -> str | None:
    short = shortage(quantity, free, offer.unit)
    return short or quantity_complaint(quantity, offer.min_quantity, offer.max_quantity, offer.step, offer.unit)


def _most(offer: Sellable, free: Decimal) -> Decimal:
    """How much one can put in at most: what there is, in whole steps."""
    most = free if offer.max_quantity is None else min(free, offer.max_quantity)
    return most - (most - offer.min_quantity) % offer.step


def _quantity(offer: Sellable | None, typed: str | None, free: Decimal) -> dict[str, str]:
    """What the field for the quantity takes; what was typed is judged again, so that the sentence stands at it."""
    if offer is None:
        return {}
    wrong = None
    if typed is not None:
        typed = typed[:LONGEST_TYPED]
        wrong = misread(typed, offer.unit) or _complaint(offer, parse_quantity(typed) or Decimal(0), free)
    return {
        "value": plain(offer.min_quantity) if typed is None else typed,
        "min": plain(offer.min_quantity),
        "max": plain(_most(offer, free)),
        "step": plain(offer.step),
        "error": wrong or "",
    }


def _said(field: Any, value: Any) -> str:
    text = spoken(field, value)
    return f"{text} {field.unit}" if field.unit and not text.endswith(field.unit) else text


def _brand(row: Any) -> Markup:
    """The brand, and a way to everything else of it."""
    return Markup('<a class="link" href="{}">{}</a>').format(url_for(".search", brand=row.brand), pick(row.brand_names))


def _proof(row: Any) -> dict[str, Any]:
    here = regions.name(row.region_code) if row.region_code else ""
    figures = [(_("Kind"), str(row.kind.label)), (_("Ownership"), str(row.ownership.label))]
    if row.staff_size in set(StaffSize):
        figures.append((_("Number of employees"), str(StaffSize(row.staff_size).label)))
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
