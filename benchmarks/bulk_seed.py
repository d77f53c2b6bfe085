"""Bulk seed for measuring: the demo products inserted as rows (seconds instead of minutes), and buyers with sessions.

    python -m benchmarks.bulk_seed --products 10000 --buyers 400

Titles, attributes, variants and prices are those of `flask seed`; only pictures are not generated. Rows are inserted by the
superuser of the benchmark's own servers (SUPERUSER_URL), who bypasses row security. Prints the URLs' parts as JSON.
"""

from __future__ import annotations

import argparse
import json
import os
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any
from uuid import UUID

from sqlalchemy import Engine, create_engine, insert, text

import marketplace.features  # noqa: F401  # defines every table, so that foreign keys resolve
from demo.attributes import ATTRIBUTES
from demo.categories import CATEGORIES, category_path, leaf_categories
from demo.localized_string import LocalizedString
from demo.merchants import TRADING
from demo.product import Product as DemoProduct
from demo.products import generate_products
from marketplace.catalogue.models import Attribute, Category, Picture, PriceTier, Product, Variant
from marketplace.inventory.models import Location, StockLevel
from marketplace.kernel import clock
from marketplace.kernel.ids import random_token, uuid7
from tenants.accounts.models import Account, Realm, UserSession
from tenants.accounts.sessions import hash_token
from tenants.merchants.models import Merchant
from tenants.organisations.models import Organisation, OrganisationKind, OrganisationMember

CODE_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
STOCK_PER_VARIANT = 1_000_000  # enough that no variant runs out of stock during the benchmark
BATCH = 2000
Rows = dict[type[Any], list[dict[str, Any]]]


def main() -> None:
    """Seed the database and print the summary."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--products", type=int, default=10_000)
    parser.add_argument("--buyers", type=int, default=400)
    options = parser.parse_args()
    engine = create_engine(os.environ["SUPERUSER_URL"])
    print(json.dumps(seed_database(engine, products=options.products, buyers=options.buyers)))
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("vacuum analyze"))
    engine.dispose()


def seed_database(engine: Engine, *, products: int, buyers: int) -> dict[str, Any]:
    """Insert the rows with `engine`, which connects as the superuser; return what can be visited."""
    rows: Rows = defaultdict(list)
    now = clock.now()
    sellers = _merchants(rows, now)
    summary = _products(rows, products, sellers, _categories(rows), now)
    summary["session_tokens"] = _buyers(rows, buyers, now)
    with engine.begin() as connection:
        connection.execute(text("set local session_replication_role = replica"))
        for model, new in rows.items():
            for start in range(0, len(new), BATCH):
                connection.execute(insert(model), new[start : start + BATCH])
    return summary


def _merchants(rows: Rows, now: datetime) -> dict[str, tuple[UUID, UUID]]:
    """Add merchants with one location each; return both ids by slug."""
    merchants = {}
    for spec in TRADING:
        merchant, location = merchants[spec.slug] = uuid7(), uuid7()
        rows[Organisation].append({"id": merchant, "kind": OrganisationKind.COMPANY, "name": spec.name.zh, "created_at": now})
        rows[Merchant].append(
            {
                "id": merchant,
                "slug": spec.slug,
                "name": _localized(spec.name),
                "kind": spec.kind,
                "ownership": spec.ownership,
                "region_code": spec.division,
                "founded_year": spec.founded,
                "admitted_at": now - timedelta(days=500),
                "created_at": now,
            }
        )
        rows[Location].append({"id": location, "merchant_id": merchant, "name": "仓库", "created_at": now})
    return merchants


def _categories(rows: Rows) -> dict[str, UUID]:
    """Add the category tree with its attributes; return the ids by slug."""
    category_ids = {category.slug: uuid7() for category in CATEGORIES}
    for position, category in enumerate(CATEGORIES):
        rows[Category].append(
            {
                "id": category_ids[category.slug],
                "slug": category.slug,
                "parent_id": category_ids.get(category.parent),
                "path": list(category_path(category.slug)),
                "names": _localized(category.name),
                "summary": {},
                "picture": f"category/{category.slug}",
                "position": position,
            }
        )
        parent_codes = _common_attribute_codes(category.parent) if category.parent else ()
        for attribute_position, code in enumerate(
            code for code in _common_attribute_codes(category.slug) if code not in parent_codes
        ):
            rows[Attribute].append(_attribute_row(code, attribute_position, category_ids[category.slug]))
    return category_ids


def _common_attribute_codes(slug: str) -> tuple[str, ...]:
    """Return the attributes that all leaves below a category share; they are defined once, at that category."""
    first, *other_leaves = (leaf.attribute_codes for leaf in leaf_categories(slug))
    return tuple(code for code in first if all(code in codes for codes in other_leaves))


def _attribute_row(code: str, position: int, category_id: UUID) -> dict[str, Any]:
    attribute = ATTRIBUTES[code]
    return {
        "id": uuid7(),
        "category_id": category_id,
        "code": _attribute_code(code),
        "names": _localized(attribute.name),
        "kind": attribute.type,
        "unit": attribute.unit,
        "options": [{"value": choice.code, "names": _localized(choice.name)} for choice in attribute.choices],
        "min_value": attribute.low,
        "max_value": attribute.high,
        "required": attribute.required,
        "facet": attribute.facet,
        "match_role": attribute.match,
        "position": position,
    }


def _products(
    rows: Rows, count: int, sellers: Mapping[str, tuple[UUID, UUID]], category_ids: Mapping[str, UUID], now: datetime
) -> dict[str, Any]:
    rng = Random(20_261_122)
    codes, lots, tokens, category_counts = [], defaultdict(list), Counter[str](), Counter[str]()
    for spec in generate_products(count):
        merchant, location = sellers[spec.merchant]
        product, code = uuid7(), "".join(rng.choice(CODE_ALPHABET) for _i in range(10))
        rows[Product].append(_product_row(spec, product, code, merchant, category_ids[spec.category], now, rng))
        for model, row in _product_part_rows(spec, product, merchant, location):
            rows[model].append(row)
            if model is Variant and row["position"] == 0:
                lots[spec.merchant].append((code, str(row["id"]), str(spec.minimum)))
        codes.append(code)
        category_counts[spec.category] += 1
        tokens.update(set(spec.title.en.lower().split()) | {spec.title.zh[:2], spec.title.zh[-2:]})
    return {
        "codes": codes[:: max(1, len(codes) // 400)],
        "lots": [sorted(lots_of_merchant)[:40] for _, lots_of_merchant in sorted(lots.items()) if lots_of_merchant],
        "categories": [slug for slug, _ in category_counts.most_common(12)],
        "common_term": tokens.most_common(1)[0][0],
        "search_terms": [term for term, _ in tokens.most_common(160)[10:]],
    }


def _product_row(
    spec: DemoProduct, product: UUID, code: str, merchant: UUID, category: UUID, now: datetime, rng: Random
) -> dict[str, Any]:
    published = now - timedelta(days=spec.age_days, minutes=rng.randrange(600))
    prices = [tier.fen for tier in spec.tiers] + [tier.fen for variant in spec.variants for tier in variant.tiers]
    return {
        "id": product,
        "merchant_id": merchant,
        "code": code,
        "reference": spec.reference,
        "category_id": category,
        "title": _localized(spec.title),
        "description": _localized(spec.description),
        "attributes": {
            _attribute_code(key): list(value) if isinstance(value, tuple) else value for key, value in spec.attributes.items()
        },
        "axes": [_axis_json(axis) for axis in spec.axes],
        "unit": spec.unit,
        "currency": "CNY",
        "region_code": spec.origin,
        "lead_days": spec.lead_days,
        "mix_variants": False,
        "state": "on_sale",
        "approved_at": published,
        "published_at": published,
        "created_at": published,
        "updated_at": published,
        "price_low": min(prices),
        "price_high": max(prices),
        "from_quantity": Decimal(spec.minimum),
        "cover_key": f"goods/{spec.reference}",
        "cover_colour": "#a98f6a",
        "in_stock": True,
        "sales_count": rng.randrange(500),
        "version": 1,
    }


def _product_part_rows(
    spec: DemoProduct, product: UUID, merchant: UUID, location: UUID
) -> Iterator[tuple[type[Any], dict[str, Any]]]:
    """Yield the rows of pictures, price tiers, variants and their stock."""
    owner_ids = {"product_id": product, "merchant_id": merchant}
    for position, shot in enumerate(spec.shots):
        picture_fields = {
            "key": f"goods/{spec.reference}-{position}",
            "colour": "#a98f6a",
            "alt": _localized(shot.alt),
            "position": position,
        }
        yield Picture, owner_ids | {"id": uuid7(), "variant_id": None, "width": 800, "height": 800} | picture_fields
    for tier in spec.tiers:
        yield PriceTier, owner_ids | {"id": uuid7(), "variant_id": None, "from_quantity": tier.quantity, "price": tier.fen}
    names = {(axis.code, option.code): option.name for axis in spec.axes for option in axis.options}
    for position, choice in enumerate(spec.variants):
        variant = uuid7()
        option_names = [names[axis.code, choice.options[axis.code]] for axis in spec.axes]
        yield (
            Variant,
            owner_ids
            | {
                "id": variant,
                "sku": choice.sku,
                "options": choice.options,
                "label": {
                    "zh_Hans": " · ".join(option_name.zh for option_name in option_names),
                    "en": " · ".join(option_name.en for option_name in option_names),
                },
                "weight_grams": spec.grams,
                "min_quantity": spec.minimum,
                "max_quantity": spec.maximum,
                "step": spec.step,
                "position": position,
            },
        )
        for tier in choice.tiers:
            yield (
                PriceTier,
                owner_ids | {"id": uuid7(), "variant_id": variant, "from_quantity": tier.quantity, "price": tier.fen},
            )
        stock = {"variant_id": variant, "location_id": location, "on_hand": STOCK_PER_VARIANT, "reserved": 0}
        yield StockLevel, {"id": uuid7(), "merchant_id": merchant} | stock


def _axis_json(axis: Any) -> dict[str, Any]:
    values = [{"value": option.code, "names": _localized(option.name)} for option in axis.options]
    return {"code": axis.code, "names": _localized(axis.name), "values": values}


def _buyers(rows: Rows, count: int, now: datetime) -> list[str]:
    """Add buyers with a live session each; return their session tokens."""
    session_tokens = []
    for number in range(count):
        buyer, account, session_token = uuid7(), uuid7(), random_token()
        name = {"name": f"采购 {number}", "login": f"bench-{number}", "email": f"bench-{number}@example.com"}
        rows[Organisation].append({"id": buyer, "kind": OrganisationKind.PERSON, "name": name["name"], "created_at": now})
        rows[Account].append(
            name | {"id": account, "password_hash": "!", "buyer_id": buyer, "email_confirmed_at": now, "locale": "zh_Hans"}
        )
        rows[OrganisationMember].append({"organisation_id": buyer, "account_id": account})
        rows[UserSession].append(
            {
                "id": uuid7(),
                "token_hash": hash_token(session_token),
                "account_id": account,
                "realm": Realm.SHOP,
                "profile": name | {"buyer_id": str(buyer), "locale": "zh_Hans", "confirmed": True},
                "expires_at": now + timedelta(days=1),
            }
        )
        session_tokens.append(session_token)
    return session_tokens


def _localized(text: LocalizedString) -> dict[str, str]:
    return {"zh_Hans": text.zh, "en": text.en}


def _attribute_code(code: str) -> str:
    return code.replace("-", "_")


if __name__ == "__main__":
    main()
