"""Every SELECT about carts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, DateTime, Select, Uuid, any_, bindparam, func, select

from marketplace.carts.models import BasketTerms, Cart, CartLine
from marketplace.carts.rules import Want
from marketplace.catalogue.queries import Sellable, as_sellable, sellable_rows
from marketplace.inventory.queries import free_of, read_free
from marketplace.kernel import clock, quick
from marketplace.kernel.db import db
from marketplace.kernel.money import Money


def wants_of(buyer_id: UUID) -> list[Want]:
    """What a buyer's cart holds, in the order it was put in."""
    rows = quick.ask(_wants(), buyer=buyer_id)
    return [Want(variant_id=variant_id, quantity=quantity, selected=selected) for variant_id, quantity, selected in rows]


@cache
def _wants() -> Select[*tuple[Any, ...]]:
    return (
        select(CartLine.variant_id, CartLine.quantity, CartLine.selected)
        .where(CartLine.buyer_id == bindparam("buyer"))
        .order_by(CartLine.added_at, CartLine.variant_id)
    )


def lock(buyer_id: UUID) -> bool:
    """Lock a buyer's cart until the transaction ends; False when there is none."""
    return db.session.scalar(select(Cart.buyer_id).where(Cart.buyer_id == buyer_id).with_for_update()) is not None


def count(buyer_id: UUID) -> int:
    """How many different goods a buyer's cart holds."""
    return int(quick.ask(_count(), buyer=buyer_id)[0][0])


def count_others(buyer_id: UUID, variant_id: UUID) -> int:
    """How many different goods a buyer's cart holds beside this one."""
    return int(quick.ask(_count_others(), buyer=buyer_id, variant=variant_id)[0][0])


@cache
def _count() -> Select[int]:
    return select(func.count()).select_from(CartLine).where(CartLine.buyer_id == bindparam("buyer"))


@cache
def _count_others() -> Select[int]:
    return _count().where(CartLine.variant_id != bindparam("variant"))


def goods_with_free(variant_id: UUID) -> tuple[Sellable, Decimal] | None:
    """A variant that was ever published, and how much of it is free: one statement."""
    rows = quick.ask(_goods_with_free(), ids=[variant_id], moment=clock.now())
    return (as_sellable(rows[0]), read_free(rows[0].free).get(variant_id, Decimal(0))) if rows else None


@cache
def _goods_with_free() -> Select[*tuple[Any, ...]]:
    free = free_of(bindparam("ids", type_=ARRAY(Uuid)), bindparam("moment", type_=DateTime(timezone=True)))
    return sellable_rows().add_columns(free.label("free"))


@dataclass(frozen=True)
class Bounds:
    """What bounds a cart: the smallest order of those merchants that ask for one, and what is free of each variant."""

    minimums: Mapping[UUID, Money]
    free: Mapping[UUID, Decimal]


def bounds(*, merchant_ids: Iterable[UUID], variant_ids: Iterable[UUID]) -> Bounds:
    """What bounds a cart with these goods, in one statement."""
    asked = {"merchants": list(merchant_ids), "variants": list(variant_ids), "moment": clock.now()}
    ((terms, free),) = quick.ask(_bounds(), **asked)
    minimums = {UUID(merchant_id): Money(minor, currency) for merchant_id, minor, currency in terms or ()}
    return Bounds(minimums, read_free(free))


@cache
def _bounds() -> Select[*tuple[Any, ...]]:
    term = func.json_build_array(BasketTerms.merchant_id, BasketTerms.minimum_minor, BasketTerms.currency)
    asked = any_(bindparam("merchants", type_=ARRAY(Uuid)))
    terms = select(func.json_agg(term)).where(BasketTerms.merchant_id == asked, BasketTerms.minimum_minor > 0)
    free = free_of(bindparam("variants", type_=ARRAY(Uuid)), bindparam("moment", type_=DateTime(timezone=True)))
    return select(terms.scalar_subquery(), free)
