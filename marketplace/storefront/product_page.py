"""The view model of a product page."""

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

from marketplace.carts.pricing import parse_quantity, quantity_error, stock_error
from marketplace.catalogue.queries import PurchasableVariant
from marketplace.catalogue.rules import validate_quantity
from marketplace.catalogue.rules.attributes import format_attribute_value
from marketplace.inventory.queries import parse_available
from marketplace.kernel import clock, sanitize
from marketplace.kernel.cache import memoize
from marketplace.kernel.formatting import format_input_value, format_number, format_quantity
from marketplace.kernel.fragment_cache import NO_CACHE
from marketplace.kernel.localized_text import current_language, localize
from marketplace.media.uploads import PictureView, picture_view
from marketplace.media.videos import Video, load_video
from marketplace.storefront import card_cache, presenters, queries, variant_picker
from tenants.merchant_shops.context import picture_view as logo_view
from tenants.merchants.models import StaffSize
from tenants.regions import queries as regions

MAX_QUANTITY_LENGTH = 20
MAX_SKU_LENGTH = 80
MAX_SUMMARY_LENGTH = 160


class ProductPage:
    """The context of a product page.

    Values are computed when the template first reads them, because a cached page reads almost none.

    Args:
        code: The public id of the product.
        selected_sku: The SKU of the variant to show; an unknown one falls back to a variant in stock.
        quantity_text: A rejected quantity to show with its error, or None.
    """

    def __init__(self, code: str, selected_sku: str, quantity_text: str | None = None) -> None:
        self.code, self.selected_sku, self._quantity_text = code, selected_sku[:MAX_SKU_LENGTH], quantity_text
        self._state = queries.get_product_version(code)

    @property
    def version(self) -> Hashable:
        """Return the cache version of the page; a page with a submitted quantity is not cached, as it is the visitor's own."""
        if self._quantity_text is not None:
            return NO_CACHE
        return (*self._state.row_versions, self._state.available_json, queries.category_version(self._state.category_id))

    @cached_property
    def _detail(self) -> queries.ProductDetail:
        return queries.get_product(self.code, self._state)

    @property
    def product(self) -> Any:
        """Return the row of the product."""
        return self._detail.product

    @cached_property
    def _available_by_variant(self) -> dict[UUID, Decimal]:
        return parse_available(self._state.available_json)

    @cached_property
    def selected_variant(self) -> queries.VariantOption | None:
        """Return the variant with the selected SKU, else the first in stock, else the first, else None."""
        variants = self._detail.variants
        requested = next((variant for variant in variants if variant.sku == self.selected_sku), None)
        available_variants = (variant for variant in variants if self._available_by_variant.get(variant.id, 0) > 0)
        return requested or next(available_variants, variants[0] if variants else None)

    @cached_property
    def offer(self) -> PurchasableVariant | None:
        """Return the offer of the selected variant: prices, limits, availability."""
        return self._detail.offers.get(self.selected_variant.id) if self.selected_variant is not None else None

    @property
    def available(self) -> Decimal:
        """Return the available quantity of the selected variant."""
        return (
            self._available_by_variant.get(self.selected_variant.id, Decimal(0))
            if self.selected_variant is not None
            else Decimal(0)
        )

    @cached_property
    def name(self) -> str:
        """Return the product's title in the current language."""
        return localize(self.product.title)

    @property
    def breadcrumbs(self) -> list[tuple[str, str]]:
        """Return the categories of the product with their URLs, from the top."""
        return [
            (localize(category.names), url_for(".category", slug=category.slug))
            for category in queries.breadcrumbs_of_category(self.product.category_id)
        ]

    @property
    def gallery(self) -> list[PictureView]:
        """Return the pictures, those of the selected variant first."""
        return _gallery(self._detail.pictures, self.selected_variant, self.name)

    @property
    def video(self) -> Video | None:
        """Return the video, or None."""
        return load_video(self.product.video)

    @property
    def option_groups(self) -> list[dict[str, Any]]:
        """Return the groups of options that select a variant."""
        return variant_picker.option_groups(self._detail, self._available_by_variant, self.selected_variant, self.code)

    @property
    def quantity_field(self) -> dict[str, str]:
        """Return the values of the quantity field."""
        return _quantity_field(self.offer, self._quantity_text, self.available)

    @cached_property
    def price_tiers(self) -> list[dict[str, Any]]:
        """Return the price tiers of the selected variant."""
        return _price_tiers(self.offer)

    @property
    def stock_label(self) -> str:
        """Return the stock of the selected variant as text."""
        return _stock_label(self.offer, self.available)

    @property
    def has_minimum_stock(self) -> bool:
        """Return whether the stock covers the minimum quantity."""
        return self.offer is not None and self.available >= self.offer.min_quantity

    @property
    def stock_message(self) -> str:
        """Return the message for a variant whose stock does not cover the minimum quantity."""
        if self.offer is not None and 0 < self.available < self.offer.min_quantity:
            available_text, minimum_text = (
                format_quantity(self.available, self.offer.unit),
                format_quantity(self.offer.min_quantity, self.offer.unit),
            )
            return str(
                _("Only %(left)s are left, and the smallest order is %(least)s.", left=available_text, least=minimum_text)
            )
        if any(available > 0 for available in self._available_by_variant.values()):
            return str(_("This variant is sold out. Others are in stock: choose one above."))
        return str(_("Sold out at the moment."))

    @property
    def quantity_note(self) -> str:
        """Return minimum, step and maximum quantity as text."""
        return _quantity_note(self.offer)

    @property
    def description(self) -> str:
        """Return the description in the current language."""
        return localize(self.product.description)

    @property
    def summary(self) -> str:
        """Return the beginning of the description for link previews, or title and merchant if there is none."""
        text = " ".join(sanitize.strip_html(self.description).split()) or f"{self.name} · {self.merchant['name']}"
        return text if len(text) <= MAX_SUMMARY_LENGTH else text[: MAX_SUMMARY_LENGTH - 1] + "…"

    @property
    def specification(self) -> list[tuple[str, str]]:
        """Return the brand and the attributes as (label, value), in the order of the category's schema."""
        schema, values = queries.get_schema(self.product.category_id), self.product.attributes
        brand = [(str(_("Brand")), _brand_link(self.product))] if self.product.brand else []
        return brand + [
            (localize(field.names), _format_attribute(field, values[field.code])) for field in schema if field.code in values
        ]

    @cached_property
    def merchant(self) -> dict[str, Any]:
        """Return the facts about the merchant."""
        return _merchant_facts(self.product)

    @property
    def add_url(self) -> str:
        """Return the URL that adds to the cart."""
        return presenters.url_or_empty("shop.carts.add")

    @property
    def related(self) -> list[Markup]:
        """Return the cards of other best sellers of the category."""
        return _related(self._state.category_id, self._state.product_id)


def _related(category_id: UUID, excluded_id: UUID, limit: int = 6) -> list[Markup]:
    best_sellers = _best_seller_cards(category_id, limit + 1, current_language(), request.host)
    return [card for product_id, card in best_sellers if product_id != str(excluded_id)][:limit]


@memoize(ttl=20)
def _best_seller_cards(category_id: UUID, limit: int, _language: str, _host: str) -> tuple[tuple[str, Markup], ...]:
    """Return the best sellers of a category as (product id, card). Cards are rendered again only if their product changed."""
    return tuple(card_cache.render_cards(queries.list_best_seller_ids(category_id, limit)).items())


def _gallery(pictures: Sequence[Any], variant: Any, name: str) -> list[PictureView]:
    variant_pictures = [picture for picture in pictures if variant is not None and picture.variant_id == variant.id]
    shared_pictures = [picture for picture in pictures if picture.variant_id is None]
    other_pictures = [picture for picture in pictures if picture not in variant_pictures and picture not in shared_pictures]
    ordered = [*variant_pictures, *shared_pictures, *other_pictures]
    views = (picture_view(picture.key, colour=picture.colour, alt=localize(picture.alt) or name) for picture in ordered[:12])
    return [view for view in views if view]


def _price_tiers(offer: PurchasableVariant | None) -> list[dict[str, Any]]:
    if offer is None:
        return []
    sorted_tiers = sorted(offer.tiers, key=lambda tier: tier.from_quantity)
    ends = [next_tier.from_quantity - offer.step for next_tier in sorted_tiers[1:]]
    return [
        {"from": tier.from_quantity, "to": end, "price": tier.price}
        for tier, end in zip(sorted_tiers, [*ends, None], strict=True)
    ]


def _stock_label(offer: PurchasableVariant | None, available: Decimal) -> str:
    if offer is None:
        return ""
    return presenters.stock_label(in_stock=available > 0, lead_days=offer.lead_days, available=available, unit=offer.unit)


def _quantity_note(offer: PurchasableVariant | None) -> str:
    """Format minimum, step and maximum quantity: 2 米起批，按 1 米加."""
    if offer is None:
        return ""
    parts = [presenters.minimum_label(offer.min_quantity, offer.unit)]
    if offer.step != 1:
        parts.append(_("in steps of %(n)s %(unit)s", n=format_number(offer.step), unit=offer.unit.label_for(offer.step)))
    if offer.max_quantity is not None:
        parts.append(
            _("at most %(n)s %(unit)s", n=format_number(offer.max_quantity), unit=offer.unit.label_for(offer.max_quantity))
        )
    return " · ".join(str(part) for part in parts)


def _stock_or_quantity_error(offer: PurchasableVariant, quantity: Decimal, available: Decimal) -> str | None:
    stock_message = stock_error(quantity, available, offer.unit)
    return stock_message or validate_quantity(quantity, offer.min_quantity, offer.max_quantity, offer.step, offer.unit)


def _max_quantity(offer: PurchasableVariant, available: Decimal) -> Decimal:
    """Return the largest quantity that can be ordered: the stock or the maximum, in whole steps from the minimum."""
    upper_bound = available if offer.max_quantity is None else min(available, offer.max_quantity)
    return upper_bound - (upper_bound - offer.min_quantity) % offer.step


def _quantity_field(offer: PurchasableVariant | None, quantity_text: str | None, available: Decimal) -> dict[str, str]:
    """Return the values of the quantity field; a submitted quantity is validated again, to show its error at the field."""
    if offer is None:
        return {}
    error = None
    if quantity_text is not None:
        quantity_text = quantity_text[:MAX_QUANTITY_LENGTH]
        error = quantity_error(quantity_text, offer.unit) or _stock_or_quantity_error(
            offer, parse_quantity(quantity_text) or Decimal(0), available
        )
    return {
        "value": format_input_value(offer.min_quantity) if quantity_text is None else quantity_text,
        "min": format_input_value(offer.min_quantity),
        "max": format_input_value(_max_quantity(offer, available)),
        "step": format_input_value(offer.step),
        "error": error or "",
    }


def _format_attribute(field: Any, value: Any) -> str:
    text = format_attribute_value(field, value)
    return f"{text} {field.unit}" if field.unit and not text.endswith(field.unit) else text


def _brand_link(row: Any) -> Markup:
    """Return the brand as a link to all its products."""
    return Markup('<a class="link" href="{}">{}</a>').format(url_for(".search", brand=row.brand), localize(row.brand_names))


def _merchant_facts(row: Any) -> dict[str, Any]:
    region_name = regions.name(row.region_code) if row.region_code else ""
    facts = [(_("Kind"), str(row.kind.label)), (_("Ownership"), str(row.ownership.label))]
    if row.staff_size in set(StaffSize):
        facts.append((_("Number of employees"), str(StaffSize(row.staff_size).label)))
    if row.founded_year:
        facts.append((_("Founded"), str(row.founded_year)))
    if row.admitted_at:
        years = max(0, (clock.now() - row.admitted_at).days // 365)
        facts.append((_("At this market"), ngettext("%(num)s year", "%(num)s years", years) if years else _("new")))
    return {
        "name": localize(row.merchant_name),
        "url": presenters.url_or_empty("store.merchant_shops.index", store=row.merchant_slug),
        "logo": logo_view(row.logo),
        "line": region_name,
        "figures": facts,
    }
