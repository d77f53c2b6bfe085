"""A market to measure: the demo's own goods as rows in bulk (seconds instead of minutes), and buyers who are signed in.

    python -m benchmarks.planting --products 10000 --buyers 400

Titles, attributes, variants and prices are those of `flask seed`; only pictures are not drawn. Rows go in past the wall,
as the superuser of the bench's own servers (SUPERUSER_URL). Prints what visitors may visit, as JSON.
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

import marketplace.features  # noqa: F401  # every table, so that references are known
from marketplace.catalogue.models import Attribute, Category, Picture, PriceTier, Product, Variant
from marketplace.demo.attributes import ATTRIBUTES
from marketplace.demo.categories import CATEGORIES, leaves, path
from marketplace.demo.goods import goods
from marketplace.demo.merchants import TRADING
from marketplace.demo.product import Product as Told
from marketplace.demo.texts import Said
from marketplace.inventory.models import Location, StockLevel
from marketplace.kernel import clock
from marketplace.kernel.ids import secret_word, uuid7
from tenants.accounts.models import Account, Audience, SignInSession
from tenants.accounts.sessions import hashed
from tenants.merchants.models import Merchant
from tenants.organisations.models import Member, Organisation, OrganisationKind

LETTERS = "0123456789abcdefghjkmnpqrstvwxyz"
PLENTY = 1_000_000  # of every variant, so that no shelf runs empty meanwhile
BATCH = 2000
Rows = dict[type[Any], list[dict[str, Any]]]


def main() -> None:
    """Plant and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--products", type=int, default=10_000)
    parser.add_argument("--buyers", type=int, default=400)
    options = parser.parse_args()
    engine = create_engine(os.environ["SUPERUSER_URL"])
    print(json.dumps(plant(engine, products=options.products, buyers=options.buyers)))
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("vacuum analyze"))
    engine.dispose()


def plant(engine: Engine, *, products: int, buyers: int) -> dict[str, Any]:
    """Write the rows as the superuser of `engine`; returns what can be visited."""
    rows: Rows = defaultdict(list)
    moment = clock.now()
    sellers = _merchants(rows, moment)
    facts = _goods(rows, products, sellers, _shelves(rows), moment)
    facts["words"] = _buyers(rows, buyers, moment)
    with engine.begin() as connection:
        connection.execute(text("set local session_replication_role = replica"))
        for model, new in rows.items():
            for start in range(0, len(new), BATCH):
                connection.execute(insert(model), new[start : start + BATCH])
    return facts


def _merchants(rows: Rows, moment: datetime) -> dict[str, tuple[UUID, UUID]]:
    """Merchants and their warehouses, by slug."""
    made = {}
    for told in TRADING:
        merchant, place = made[told.slug] = uuid7(), uuid7()
        rows[Organisation].append(
            {"id": merchant, "kind": OrganisationKind.COMPANY, "name": told.name.zh, "created_at": moment}
        )
        rows[Merchant].append(
            {
                "id": merchant,
                "slug": told.slug,
                "name": _both(told.name),
                "kind": told.kind,
                "ownership": told.ownership,
                "region_code": told.division,
                "founded_year": told.founded,
                "admitted_at": moment - timedelta(days=500),
                "created_at": moment,
            }
        )
        rows[Location].append({"id": place, "merchant_id": merchant, "name": "仓库", "created_at": moment})
    return made


def _shelves(rows: Rows) -> dict[str, UUID]:
    """The category tree with what each asks, by slug."""
    ids = {shelf.slug: uuid7() for shelf in CATEGORIES}
    for place, shelf in enumerate(CATEGORIES):
        rows[Category].append(
            {
                "id": ids[shelf.slug],
                "slug": shelf.slug,
                "parent_id": ids.get(shelf.parent),
                "path": list(path(shelf.slug)),
                "names": _both(shelf.name),
                "summary": {},
                "picture": f"category/{shelf.slug}",
                "position": place,
            }
        )
        above = _common(shelf.parent) if shelf.parent else ()
        for position, code in enumerate(code for code in _common(shelf.slug) if code not in above):
            rows[Attribute].append(_question(code, position, ids[shelf.slug]))
    return ids


def _common(slug: str) -> tuple[str, ...]:
    """What all leaves below a shelf ask: asked once, at that shelf."""
    first, *others = (leaf.attribute_codes for leaf in leaves(slug))
    return tuple(code for code in first if all(code in codes for codes in others))


def _question(code: str, position: int, category_id: UUID) -> dict[str, Any]:
    asked = ATTRIBUTES[code]
    return {
        "id": uuid7(),
        "category_id": category_id,
        "code": _spelt(code),
        "names": _both(asked.name),
        "kind": asked.type,
        "unit": asked.unit,
        "options": [{"value": choice.code, "names": _both(choice.name)} for choice in asked.choices],
        "least": asked.low,
        "greatest": asked.high,
        "required": asked.required,
        "facet": asked.facet,
        "match_role": asked.match,
        "position": position,
    }


def _goods(
    rows: Rows, count: int, sellers: Mapping[str, tuple[UUID, UUID]], shelves: Mapping[str, UUID], moment: datetime
) -> dict[str, Any]:
    dice = Random(20_261_122)
    codes, lots, tokens, kinds = [], defaultdict(list), Counter[str](), Counter[str]()
    for told in goods(count):
        merchant, place = sellers[told.merchant]
        product, code = uuid7(), "".join(dice.choice(LETTERS) for _letter in range(10))
        rows[Product].append(_product(told, product, code, merchant, shelves[told.category], moment, dice))
        for model, row in _parts(told, product, merchant, place):
            rows[model].append(row)
            if model is Variant and row["position"] == 0:
                lots[told.merchant].append((code, str(row["id"]), str(told.minimum)))
        codes.append(code)
        kinds[told.category] += 1
        tokens.update(set(told.title.en.lower().split()) | {told.title.zh[:2], told.title.zh[-2:]})
    return {
        "codes": codes[:: max(1, len(codes) // 400)],
        "lots": [sorted(found)[:40] for _, found in sorted(lots.items()) if found],
        "categories": [slug for slug, _ in kinds.most_common(12)],
        "common": tokens.most_common(1)[0][0],
        "asked": [word for word, _ in tokens.most_common(160)[10:]],
    }


def _product(
    told: Told, product: UUID, code: str, merchant: UUID, category: UUID, moment: datetime, dice: Random
) -> dict[str, Any]:
    published = moment - timedelta(days=told.age_days, minutes=dice.randrange(600))
    prices = [tier.fen for tier in told.tiers] + [tier.fen for variant in told.variants for tier in variant.tiers]
    return {
        "id": product,
        "merchant_id": merchant,
        "code": code,
        "reference": told.reference,
        "category_id": category,
        "title": _both(told.title),
        "description": _both(told.description),
        "attributes": {
            _spelt(key): list(value) if isinstance(value, tuple) else value for key, value in told.attributes.items()
        },
        "axes": [_axis(axis) for axis in told.axes],
        "unit": told.unit,
        "currency": "CNY",
        "region_code": told.origin,
        "lead_days": told.lead_days,
        "mixes": False,
        "state": "on_sale",
        "approved_at": published,
        "published_at": published,
        "created_at": published,
        "updated_at": published,
        "price_low": min(prices),
        "price_high": max(prices),
        "from_quantity": Decimal(told.minimum),
        "cover_key": f"goods/{told.reference}",
        "cover_colour": "#a98f6a",
        "in_stock": True,
        "sales_count": dice.randrange(500),
        "version": 1,
    }


def _parts(told: Told, product: UUID, merchant: UUID, place: UUID) -> Iterator[tuple[type[Any], dict[str, Any]]]:
    """Pictures, price ladders, variants and their stock."""
    mine = {"product_id": product, "merchant_id": merchant}
    for position, shot in enumerate(told.shots):
        about = {"key": f"goods/{told.reference}-{position}", "colour": "#a98f6a", "alt": _both(shot.alt), "position": position}
        yield Picture, mine | {"id": uuid7(), "variant_id": None, "width": 800, "height": 800} | about
    for tier in told.tiers:
        yield PriceTier, mine | {"id": uuid7(), "variant_id": None, "from_quantity": tier.quantity, "price": tier.fen}
    names = {(axis.code, option.code): option.name for axis in told.axes for option in axis.options}
    for position, choice in enumerate(told.variants):
        variant = uuid7()
        said = [names[axis.code, choice.options[axis.code]] for axis in told.axes]
        yield (
            Variant,
            mine
            | {
                "id": variant,
                "sku": choice.sku,
                "options": choice.options,
                "label": {"zh_Hans": " · ".join(one.zh for one in said), "en": " · ".join(one.en for one in said)},
                "weight_grams": told.grams,
                "min_quantity": told.minimum,
                "max_quantity": told.maximum,
                "step": told.step,
                "position": position,
            },
        )
        for tier in choice.tiers:
            yield PriceTier, mine | {"id": uuid7(), "variant_id": variant, "from_quantity": tier.quantity, "price": tier.fen}
        stock = {"variant_id": variant, "location_id": place, "on_hand": PLENTY, "held": 0}
        yield StockLevel, {"id": uuid7(), "merchant_id": merchant} | stock


def _axis(axis: Any) -> dict[str, Any]:
    values = [{"value": option.code, "names": _both(option.name)} for option in axis.options]
    return {"code": axis.code, "names": _both(axis.name), "values": values}


def _buyers(rows: Rows, count: int, moment: datetime) -> list[str]:
    """Buyers with a live session each; returns the words of their cookies."""
    words = []
    for number in range(count):
        buyer, account, word = uuid7(), uuid7(), secret_word()
        name = {"name": f"采购 {number}", "login": f"bench-{number}", "email": f"bench-{number}@example.com"}
        rows[Organisation].append({"id": buyer, "kind": OrganisationKind.PERSON, "name": name["name"], "created_at": moment})
        rows[Account].append(
            name | {"id": account, "password_hash": "!", "buyer_id": buyer, "email_confirmed_at": moment, "locale": "zh_Hans"}
        )
        rows[Member].append({"organisation_id": buyer, "account_id": account})
        rows[SignInSession].append(
            {
                "id": uuid7(),
                "token_hash": hashed(word),
                "account_id": account,
                "audience": Audience.SHOP,
                "face": name | {"buyer_id": str(buyer), "locale": "zh_Hans", "confirmed": True},
                "expires_at": moment + timedelta(days=1),
            }
        )
        words.append(word)
    return words


def _both(said: Said) -> dict[str, str]:
    return {"zh_Hans": said.zh, "en": said.en}


def _spelt(code: str) -> str:
    return code.replace("-", "_")


if __name__ == "__main__":
    main()
