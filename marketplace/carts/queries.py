"""Every SELECT about carts."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Select, Uuid, any_, bindparam, func, select

from marketplace.carts.models import BasketTerms, Cart, CartLine
from marketplace.carts.rules import Want
from marketplace.kernel import quick
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


def minimums(merchant_ids: Iterable[UUID]) -> dict[UUID, Money]:
    """The smallest order of those merchants that ask for one."""
    rows = quick.ask(_minimums(), ids=list(merchant_ids))
    return {merchant_id: Money(minor, currency) for merchant_id, minor, currency in rows}


@cache
def _minimums() -> Select[*tuple[Any, ...]]:
    return select(BasketTerms.merchant_id, BasketTerms.minimum_minor, BasketTerms.currency).where(
        BasketTerms.merchant_id == any_(bindparam("ids", type_=ARRAY(Uuid))), BasketTerms.minimum_minor > 0
    )
