"""What the catalogue's templates say: names in the reader's language, money of rows, thumbnails."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from babel.numbers import get_currency_symbol
from flask import Blueprint
from markupsafe import Markup

from marketplace.catalogue.models import Product, ProductReview, ReviewStep, Unit
from marketplace.catalogue.rules import AttributeField, Option
from marketplace.catalogue.views import forms, shots
from marketplace.kernel import rich
from marketplace.kernel.money import Money
from marketplace.kernel.texts import pick
from marketplace.kernel.uploads import PICTURE_ACCEPT
from marketplace.kernel.videos import MOST_MINUTES, VIDEO_ACCEPT, VIDEO_BYTES

STEP_TONES = {
    ReviewStep.APPROVED: "good",
    ReviewStep.REJECTED: "bad",
    ReviewStep.REMOVED: "bad",
    ReviewStep.SUBMITTED: "due",
    ReviewStep.WITHDRAWN: "",
}


def teach(part: Blueprint) -> None:
    """Give the templates of a blueprint these words."""
    part.context_processor(lambda: WORDS)


def named(options: Iterable[Option]) -> list[tuple[str, str]]:
    """Options as (value, name)."""
    return [(option.value, pick(option.names)) for option in options]


def named_brands(brands: Iterable[Any]) -> list[tuple[Any, str]]:
    """Brands as (id, name)."""
    return [(brand.id, pick(brand.names)) for brand in brands]


def unit_label(value: Any) -> Any:
    """What a unit is called; the piece when it is none."""
    return Unit(value).label if value in set(Unit) else Unit.PIECE.label


def currency_sign(currency: str) -> str:
    """¥, $ …"""
    return str(get_currency_symbol(currency, locale="zh_Hans_CN"))


def cell_error(sentence: str) -> Markup:
    """The error of a cell in the variants' table."""
    return Markup('<span class="hot small said">{}</span>').format(sentence) if sentence else Markup("")


def rung_errors(errors: Mapping[str, str]) -> dict[int, str]:
    """Errors of the price ladder by row."""
    found: dict[int, str] = {}
    for name, sentence in errors.items():
        parts = name.split(".")
        if parts[0] == "tiers" and len(parts) > 1 and parts[1].isdigit():
            found[int(parts[1])] = sentence
    return found


def variant_name(filled: forms.Filled, schema: Sequence[AttributeField], row: Mapping[str, Any]) -> str:
    """What a row of the variants' table is called, from its options."""
    options = json.loads(row["options"] or "{}")
    words = []
    for axis in forms.axes_of(filled, schema):
        value = options.get(axis["code"])
        names: Mapping[str, str] = next((one["names"] for one in axis["values"] if one["value"] == value), {})
        if value:
            words.append(pick(names) or str(value))
    return " · ".join(words)


def review_events(reviews: Iterable[ProductReview]) -> list[dict[str, Any]]:
    """The steps of a review as a timeline."""
    return [{"label": r.step.label, "at": r.at, "said": r.note, "tone": STEP_TONES[r.step]} for r in reviews]


def ladder_view(product: Product) -> list[dict[str, Any]]:
    """The product's ladder as the shop's macro takes it."""
    rungs = [tier for tier in product.tiers if tier.variant_id is None] or list(product.tiers)
    rungs.sort(key=lambda tier: tier.from_quantity)
    return [{"from": tier.from_quantity, "to": None, "price": Money(tier.price, product.currency)} for tier in rungs]


WORDS: dict[str, Any] = {
    "pick_text": pick,
    "named": named,
    "named_brands": named_brands,
    "unit_label": unit_label,
    "currency_sign": currency_sign,
    "cell_error": cell_error,
    "rung_errors": rung_errors,
    "variant_name": variant_name,
    "review_events": review_events,
    "ladder_view": ladder_view,
    "rich_text": rich.show,
    "money_of": Money,
    "thumb": shots.thumb,
    "units": Unit.choices(),
    "picture_accept": PICTURE_ACCEPT,
    "video_accept": VIDEO_ACCEPT,
    "video_megabytes": VIDEO_BYTES // 2**20,
    "video_minutes": MOST_MINUTES,
}
