"""The shipping estimate on product pages, for the visitor's region."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from flask import request

from marketplace.carts.pricing import parse_quantity
from marketplace.catalogue import queries as catalogue_queries
from marketplace.catalogue.queries import PurchasableVariant
from marketplace.catalogue.rules.prices import unit_price_at
from marketplace.shipping import queries as shipping
from marketplace.shipping.rates import ShippingItem, quote_shipping
from marketplace.storefront import queries
from tenants.access.login import current_user
from tenants.addresses import queries as addresses
from tenants.regions import queries as regions

REGION_COOKIE = "region"
COOKIE_MAX_AGE_S = 365 * 86400


def region_from_request(params: Mapping[str, str]) -> str:
    """Return the region selected in the three selects; empty if none is."""
    return regions.parse_selects(*(params.get(f"to_{level}", "") for level in ("province", "city", "district")))


def region_picker(get_variant: Callable[[], PurchasableVariant | None]) -> dict[str, Any]:
    """Return the initial values of the region selects and the estimate.

    The estimate is included if the form was submitted without JavaScript; otherwise `at_once` says whether the page requests
    it on load.
    """
    variant = get_variant() if (chosen_region := region_from_request(request.args)) else None
    saved_region = chosen_region or regions.parse_selects(request.cookies.get(REGION_COOKIE, ""))
    has_region = bool(saved_region) or current_user.is_authenticated
    return {
        "saved_region": saved_region,
        "values": lambda: regions.select_values(saved_region),
        "options": lambda: regions.select_options(saved_region),
        "quote": estimate(variant, variant.min_quantity, chosen_region) if variant is not None else None,
        "at_once": has_region and not chosen_region,
    }


def estimate_for_product(code: str, params: Mapping[str, str]) -> dict[str, Any] | None:
    """Estimate freight of a product to the selected region, the one in the cookie, or the buyer's default address."""
    region = region_from_request(params) or regions.parse_selects(request.cookies.get(REGION_COOKIE, "")) or _default_region()
    variant_ids = queries.list_variant_ids(code, params.get("v", ""))
    variant = catalogue_queries.get_purchasable(variant_ids[:1]).get(variant_ids[0]) if variant_ids else None
    if variant is None or not variant.tiers or not region:
        return None
    return estimate(variant, parse_quantity(params.get("quantity", "")) or variant.min_quantity, region)


def estimate(variant: PurchasableVariant, quantity: Decimal, region: str) -> dict[str, Any] | None:
    """Estimate freight of a quantity of a variant to a region. One statement."""
    if not variant.tiers:
        return None
    rates = shipping.freight_rates_by_merchant([variant.merchant_id]).get(variant.merchant_id)
    amount = unit_price_at(variant.tiers, quantity).times(quantity)
    item = ShippingItem(quantity=quantity, weight_grams=variant.weight_grams, amount=amount)
    return {
        "quote": quote_shipping(rates, [item], region, variant.currency),
        "destination": regions.short_name(region) if len(region) < 6 else regions.full_name(region),
        "region": region,
    }


def _default_region() -> str:
    if not current_user.is_authenticated:
        return ""
    saved_addresses = addresses.list_addresses()
    return saved_addresses[0].region_code if saved_addresses else ""
