"""Every SELECT about carts."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from uuid import UUID

from sqlalchemy import Select, bindparam, func, select

from marketplace.carts.models import BasketTerms, Cart, CartLine
from marketplace.carts.rules import Want
from marketplace.kernel import quick
from marketplace.kernel.db import db
from marketplace.kernel.money import Money


def wants_of(buyer_id: UUID) -> list[Want]:
    """What a buyer's cart holds, in the order it was put in."""
    wanted = (
        select(CartLine.variant_id, CartLine.quantity, CartLine.selected)
        .where(CartLine.buyer_id == buyer_id)
        .order_by(CartLine.added_at, CartLine.variant_id)
    )
    return [Want(variant_id=row.variant_id, quantity=row.quantity, selected=row.selected) for row in db.session.execute(wanted)]


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
    wanted = select(BasketTerms).where(BasketTerms.merchant_id.in_(list(merchant_ids)), BasketTerms.minimum_minor > 0)
    return {terms.merchant_id: terms.minimum for terms in db.session.scalars(wanted)}
