"""Changes of carts: pricing, adding, merging, removing items."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from functools import cache
from typing import Any, cast
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import Table, bindparam, delete, func, select, update
from sqlalchemy.dialects.postgresql import Insert, insert

from marketplace.carts import queries
from marketplace.carts.errors import CartFull, InvalidQuantity, VariantNotForSale
from marketplace.carts.models import Cart, CartLine, MerchantOrderMinimum
from marketplace.carts.pricing import MAX_LINES, MAX_QUANTITY, CartItem, PricedCart, price_items, stock_error
from marketplace.catalogue.queries import PurchasableVariant, get_purchasable
from marketplace.catalogue.rules import validate_quantity
from marketplace.kernel import clock, compiled_sql
from marketplace.kernel.db import db
from marketplace.kernel.money import Money

CARTS, LINES = cast(Table, Cart.__table__), cast(Table, CartLine.__table__)


def price_cart(*, items: Sequence[CartItem], currency: str) -> PricedCart:
    """Price a cart with current prices and stock. Two statements for any number of lines."""
    variants = get_purchasable(item.variant_id for item in items)
    if not variants:
        return price_items(items, variants, {}, currency)
    limits = queries.get_limits(merchant_ids={variant.merchant_id for variant in variants.values()}, variant_ids=variants)
    return price_items(items, variants, limits.minimums, currency, limits.available)


def validate_item(*, variant_id: UUID, quantity: Decimal) -> PurchasableVariant:
    """Return the variant if this quantity of it can be added to a cart.

    Raises:
        VariantNotForSale: The variant is unknown or cannot be bought now.
        InvalidQuantity: The quantity exceeds the stock or breaks the variant's minimum, maximum or step.
    """
    variant, available = queries.get_variant_with_stock(variant_id) or (None, Decimal(0))
    if variant is None or variant.reason:
        raise VariantNotForSale(why=variant.reason if variant else _("This is no longer offered."), variant=variant)
    stock_message = stock_error(quantity, available, variant.unit)
    error = stock_message or validate_quantity(quantity, variant.min_quantity, variant.max_quantity, variant.step, variant.unit)
    if error:
        raise InvalidQuantity(why=error, variant=variant)
    return variant


def add_item(*, buyer_id: UUID, variant_id: UUID, quantity: Decimal) -> int:
    """Add a quantity of a variant to a buyer's cart and return the number of its lines.

    Concurrent calls block on the cart row, so that two of them cannot both take the last free line.

    Raises:
        CartFull: The cart has the maximum number of lines; nothing was added.
    """
    _touch_cart(buyer_id)
    other_count = queries.count_other_items(buyer_id, variant_id)
    if other_count >= MAX_LINES:
        raise CartFull(most=MAX_LINES)
    _upsert_items(buyer_id, [CartItem(variant_id=variant_id, quantity=quantity)])
    return other_count + 1


def merge_items(*, buyer_id: UUID, items: Sequence[CartItem]) -> int:
    """Merge the items of a guest cart into a buyer's cart; quantities of the same variant are added.

    Returns:
        The number of items that were left out because the cart is full.
    """
    if not items:
        return 0
    _touch_cart(buyer_id)
    existing_ids = {item.variant_id for item in queries.list_items(buyer_id)}
    new_items = [item for item in items if item.variant_id not in existing_ids][: max(0, MAX_LINES - len(existing_ids))]
    accepted = [item for item in items if item.variant_id in existing_ids] + new_items
    if accepted:
        _upsert_items(buyer_id, accepted)
    return len(items) - len(accepted)


def update_items(*, buyer_id: UUID, items: Iterable[CartItem]) -> None:
    """Update quantity and selection of existing lines; items without a line are ignored."""
    for item in sorted(items, key=lambda item: item.variant_id):
        db.session.execute(
            update(CartLine)
            .where(CartLine.buyer_id == buyer_id, CartLine.variant_id == item.variant_id)
            .values(quantity=item.quantity, selected=item.selected)
            .execution_options(synchronize_session=False)
        )


def remove_items(*, buyer_id: UUID, variant_ids: Iterable[UUID]) -> None:
    """Delete lines from a buyer's cart."""
    stmt = delete(CartLine).where(CartLine.buyer_id == buyer_id, CartLine.variant_id.in_(list(variant_ids)))
    db.session.execute(stmt.execution_options(synchronize_session=False))


def pop_selected_items(*, buyer_id: UUID) -> list[CartItem]:
    """Delete the selected lines from a buyer's cart and return them, for an order that is being placed.

    Concurrent calls block on the cart row. A rollback of the transaction restores the lines.

    Returns:
        The deleted items; empty if nothing was selected or a concurrent order has already taken the lines.
    """
    rows = compiled_sql.fetch_all(_delete_selected_stmt(), buyer=buyer_id)
    ordered_rows = sorted(rows, key=lambda row: (row.added_at, row.variant_id))
    return [CartItem(variant_id=row.variant_id, quantity=row.quantity) for row in ordered_rows]


def set_order_minimum(*, merchant_id: UUID, minimum: Money) -> None:
    """Set the smallest amount, without freight, from which a merchant accepts an order; zero accepts every order."""
    values = {"merchant_id": merchant_id, "currency": minimum.currency, "minimum_minor": minimum.minor}
    stmt = insert(MerchantOrderMinimum).values(values)
    db.session.execute(stmt.on_conflict_do_update(index_elements=["merchant_id"], set_=values))


def _touch_cart(buyer_id: UUID) -> None:
    compiled_sql.bulk_insert(_touch_cart_stmt(), [{"buyer_id": buyer_id, "updated_at": clock.now()}])


def _upsert_items(buyer_id: UUID, items: Sequence[CartItem]) -> None:
    now = clock.now()
    rows = [
        {
            "buyer_id": buyer_id,
            "variant_id": item.variant_id,
            "quantity": item.quantity,
            "selected": item.selected,
            "added_at": now,
        }
        for item in items
    ]
    compiled_sql.bulk_insert(_upsert_items_stmt(), rows)


# Statements of the most requested pages are built once. They use the tables, because the ORM unit of work is not needed.
@cache
def _touch_cart_stmt() -> Insert:
    stmt = insert(CARTS)
    return stmt.on_conflict_do_update(index_elements=["buyer_id"], set_={"updated_at": stmt.excluded.updated_at})


@cache
def _upsert_items_stmt() -> Insert:
    stmt = insert(LINES)
    updated_values = {"quantity": func.least(LINES.c.quantity + stmt.excluded.quantity, MAX_QUANTITY), "selected": True}
    return stmt.on_conflict_do_update(index_elements=["buyer_id", "variant_id"], set_=updated_values)


@cache
def _delete_selected_stmt() -> Any:
    cart_cte = select(CARTS.c.buyer_id).where(CARTS.c.buyer_id == bindparam("buyer")).with_for_update().cte("cart")
    return (
        delete(LINES)
        .where(LINES.c.buyer_id == cart_cte.c.buyer_id, LINES.c.selected)
        .returning(LINES.c.variant_id, LINES.c.quantity, LINES.c.added_at)
    )
