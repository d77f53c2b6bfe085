"""SELECT statements about carts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, DateTime, Select, Uuid, any_, bindparam, func, select

from marketplace.carts.models import Cart, CartLine, MerchantOrderMinimum
from marketplace.carts.pricing import CartItem
from marketplace.catalogue.queries import PurchasableVariant, purchasable_from_row, purchasable_stmt
from marketplace.inventory.queries import available_subquery, parse_available
from marketplace.kernel import clock, compiled_sql
from marketplace.kernel.db import db
from marketplace.kernel.money import Money


def list_items(buyer_id: UUID) -> list[CartItem]:
    """Return the items of a buyer's cart, in the order they were added."""
    rows = compiled_sql.fetch_all(_items_stmt(), buyer=buyer_id)
    return [CartItem(variant_id=variant_id, quantity=quantity, selected=selected) for variant_id, quantity, selected in rows]


@cache
def _items_stmt() -> Select[*tuple[Any, ...]]:
    return (
        select(CartLine.variant_id, CartLine.quantity, CartLine.selected)
        .where(CartLine.buyer_id == bindparam("buyer"))
        .order_by(CartLine.added_at, CartLine.variant_id)
    )


def lock_cart(buyer_id: UUID) -> bool:
    """Lock a buyer's cart until the end of the transaction; return False if the buyer has no cart."""
    return db.session.scalar(select(Cart.buyer_id).where(Cart.buyer_id == buyer_id).with_for_update()) is not None


def count_items(buyer_id: UUID) -> int:
    """Return the number of lines in a buyer's cart."""
    return int(compiled_sql.fetch_all(_count_stmt(), buyer=buyer_id)[0][0])


def count_other_items(buyer_id: UUID, variant_id: UUID) -> int:
    """Return the number of lines in a buyer's cart, without the line of this variant."""
    return int(compiled_sql.fetch_all(_count_other_stmt(), buyer=buyer_id, variant=variant_id)[0][0])


@cache
def _count_stmt() -> Select[int]:
    return select(func.count()).select_from(CartLine).where(CartLine.buyer_id == bindparam("buyer"))


@cache
def _count_other_stmt() -> Select[int]:
    return _count_stmt().where(CartLine.variant_id != bindparam("variant"))


def get_variant_with_stock(variant_id: UUID) -> tuple[PurchasableVariant, Decimal] | None:
    """Return a variant that was ever published and its available quantity, in one statement."""
    rows = compiled_sql.fetch_all(_variant_with_stock_stmt(), ids=[variant_id], moment=clock.now())
    return (purchasable_from_row(rows[0]), parse_available(rows[0].available).get(variant_id, Decimal(0))) if rows else None


@cache
def _variant_with_stock_stmt() -> Select[*tuple[Any, ...]]:
    available = available_subquery(bindparam("ids", type_=ARRAY(Uuid)), bindparam("moment", type_=DateTime(timezone=True)))
    return purchasable_stmt().add_columns(available.label("available"))


@dataclass(frozen=True)
class CartLimits:
    """Limits of a cart: order minimums of the merchants that have one, and available quantities of the variants."""

    minimums: Mapping[UUID, Money]
    available: Mapping[UUID, Decimal]


def get_limits(*, merchant_ids: Iterable[UUID], variant_ids: Iterable[UUID]) -> CartLimits:
    """Return the limits of a cart with these merchants and variants, in one statement."""
    params = {"merchants": list(merchant_ids), "variants": list(variant_ids), "moment": clock.now()}
    ((minimum_rows, available_json),) = compiled_sql.fetch_all(_limits_stmt(), **params)
    minimums = {UUID(merchant_id): Money(minor, currency) for merchant_id, minor, currency in minimum_rows or ()}
    return CartLimits(minimums, parse_available(available_json))


@cache
def _limits_stmt() -> Select[*tuple[Any, ...]]:
    minimum_row = func.json_build_array(
        MerchantOrderMinimum.merchant_id, MerchantOrderMinimum.minimum_minor, MerchantOrderMinimum.currency
    )
    merchant_ids = any_(bindparam("merchants", type_=ARRAY(Uuid)))
    minimum_rows = select(func.json_agg(minimum_row)).where(
        MerchantOrderMinimum.merchant_id == merchant_ids, MerchantOrderMinimum.minimum_minor > 0
    )
    available = available_subquery(bindparam("variants", type_=ARRAY(Uuid)), bindparam("moment", type_=DateTime(timezone=True)))
    return select(minimum_rows.scalar_subquery(), available)
