"""Helpers for the catalogue's templates: localized names, money, thumbnails."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from babel.numbers import get_currency_symbol
from flask import Blueprint
from markupsafe import Markup

from marketplace.catalogue.models import Product, ProductReview, ReviewAction, Unit
from marketplace.catalogue.rules import AttributeField, Option
from marketplace.catalogue.views import product_form, product_media
from marketplace.kernel import sanitize
from marketplace.kernel.localized_text import localize
from marketplace.kernel.money import Money
from marketplace.media.uploads import PICTURE_ACCEPT
from marketplace.media.videos import MAX_MINUTES, MAX_VIDEO_BYTES, VIDEO_ACCEPT

REVIEW_TONES = {
    ReviewAction.APPROVED: "good",
    ReviewAction.REJECTED: "bad",
    ReviewAction.REMOVED: "bad",
    ReviewAction.SUBMITTED: "due",
    ReviewAction.WITHDRAWN: "",
}


def register(blueprint: Blueprint) -> None:
    """Add the helpers to the template context of a blueprint."""
    blueprint.context_processor(lambda: TEMPLATE_HELPERS)


def localized_options(options: Iterable[Option]) -> list[tuple[str, str]]:
    """Return options as (value, name)."""
    return [(option.value, localize(option.names)) for option in options]


def localized_brands(brands: Iterable[Any]) -> list[tuple[Any, str]]:
    """Return brands as (id, name)."""
    return [(brand.id, localize(brand.names)) for brand in brands]


def unit_label(value: Any) -> Any:
    """Return the label of a unit; that of the piece if the value is invalid."""
    return Unit(value).label if value in set(Unit) else Unit.PIECE.label


def currency_symbol(currency: str) -> str:
    """Return the symbol of a currency, such as ¥ or $."""
    return str(get_currency_symbol(currency, locale="zh_Hans_CN"))


def cell_error(message: str) -> Markup:
    """Return the error of a cell in the variants table as markup."""
    return Markup('<span class="text-danger small message">{}</span>').format(message) if message else Markup("")


def tier_errors(errors: Mapping[str, str]) -> dict[int, str]:
    """Return the errors of the price tiers by row."""
    errors_by_row: dict[int, str] = {}
    for name, message in errors.items():
        parts = name.split(".")
        if parts[0] == "tiers" and len(parts) > 1 and parts[1].isdigit():
            errors_by_row[int(parts[1])] = message
    return errors_by_row


def variant_name(form: product_form.ProductForm, schema: Sequence[AttributeField], row: Mapping[str, Any]) -> str:
    """Return the name of a row in the variants table, from its options."""
    options = json.loads(row["options"] or "{}")
    names_chosen = []
    for axis in product_form.parse_axes(form, schema):
        value = options.get(axis["code"])
        names: Mapping[str, str] = next((option["names"] for option in axis["values"] if option["value"] == value), {})
        if value:
            names_chosen.append(localize(names) or str(value))
    return " · ".join(names_chosen)


def review_events(reviews: Iterable[ProductReview]) -> list[dict[str, Any]]:
    """Return the steps of a review as a timeline."""
    return [
        {"label": review.action.label, "at": review.at, "comment": review.note, "tone": REVIEW_TONES[review.action]}
        for review in reviews
    ]


def tier_rows(product: Product) -> list[dict[str, Any]]:
    """Return the product's tiers for the `ladder` macro of macros/shop.html."""
    tiers = [tier for tier in product.tiers if tier.variant_id is None] or list(product.tiers)
    tiers.sort(key=lambda tier: tier.from_quantity)
    return [{"from": tier.from_quantity, "to": None, "price": Money(tier.price, product.currency)} for tier in tiers]


TEMPLATE_HELPERS: dict[str, Any] = {
    "pick_text": localize,
    "localized_options": localized_options,
    "localized_brands": localized_brands,
    "unit_label": unit_label,
    "currency_symbol": currency_symbol,
    "cell_error": cell_error,
    "tier_errors": tier_errors,
    "variant_name": variant_name,
    "review_events": review_events,
    "tier_rows": tier_rows,
    "rich_text": sanitize.render_html,
    "money_of": Money,
    "thumbnail": product_media.thumbnail,
    "units": Unit.choices(),
    "picture_accept": PICTURE_ACCEPT,
    "video_accept": VIDEO_ACCEPT,
    "video_megabytes": MAX_VIDEO_BYTES // 2**20,
    "video_minutes": MAX_MINUTES,
}
