"""What delivery to the visitor's own place costs, said at once on a product's page."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from flask import request

from marketplace.carts.rules import parse_quantity
from marketplace.catalogue import queries as goods
from marketplace.catalogue.queries import Sellable
from marketplace.catalogue.rules.prices import price_at
from marketplace.shipping import queries as shipping
from marketplace.shipping.rules import Item, quote
from marketplace.showroom import queries
from tenants.access.identity import identity
from tenants.addresses import queries as addresses
from tenants.regions import queries as regions

COOKIE = "place"
YEAR = 365 * 86400


def asked_for(given: Mapping[str, str]) -> str:
    """The division that was chosen in the three selects; empty when none was."""
    return regions.chosen(*(given.get(f"to_{level}", "") for level in ("province", "city", "district")))


def picker(offered: Callable[[], Sellable | None]) -> dict[str, Any]:
    """The selects as the page opens, the answer when they were sent without scripts, and whether to ask at once."""
    offer = offered() if (chosen := asked_for(request.args)) else None
    kept = chosen or regions.chosen(request.cookies.get(COOKIE, ""))
    known = bool(kept) or identity() is not None
    return {
        "kept": kept,
        "values": lambda: regions.values(kept),
        "options": lambda: regions.options(kept),
        "quote": of(offer, offer.min_quantity, chosen) if offer is not None else None,
        "at_once": known and not chosen,
    }


def ask(code: str, given: Mapping[str, str]) -> dict[str, Any] | None:
    """The quote for one product: to the place chosen, the one chosen before, or the buyer's usual address."""
    region = asked_for(given) or regions.chosen(request.cookies.get(COOKIE, "")) or _usual()
    ids = queries.variant_ids(code, given.get("v", ""))
    offer = goods.sellable(ids[:1]).get(ids[0]) if ids else None
    if offer is None or not offer.tiers or not region:
        return None
    return of(offer, parse_quantity(given.get("quantity", "")) or offer.min_quantity, region)


def of(offer: Sellable, quantity: Decimal, region: str) -> dict[str, Any] | None:
    """What carrying this much of a variant to a region costs. One statement."""
    if not offer.tiers:
        return None
    rules = shipping.freight_rules([offer.merchant_id]).get(offer.merchant_id)
    amount = price_at(offer.tiers, quantity).times(quantity)
    item = Item(quantity=quantity, weight_grams=offer.weight_grams, amount=amount)
    return {
        "quote": quote(rules, [item], region, offer.currency),
        "place": regions.short_name(region) if len(region) < 6 else regions.full_name(region),
        "region": region,
    }


def _usual() -> str:
    if identity() is None:
        return ""
    found = addresses.listed()
    return found[0].region_code if found else ""
