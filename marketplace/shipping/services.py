"""Changes of freight rates and parcels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy.dialects.postgresql import insert

from marketplace.kernel import audit, clock
from marketplace.kernel.db import advisory_lock, db
from marketplace.kernel.errors import ValidationError
from marketplace.kernel.events import publish
from marketplace.kernel.ids import uuid7
from marketplace.orders import queries as order_queries
from marketplace.orders import services as order_services
from marketplace.orders.errors import StaleOrder
from marketplace.orders.models import Order
from marketplace.orders.services import NamedActor
from marketplace.shipping import queries
from marketplace.shipping.carriers import CARRIER_CLIENTS, normalize_tracking_number
from marketplace.shipping.errors import AlreadyDelivered, RecipientsDiffer, StaleRates
from marketplace.shipping.events import ParcelDelivered, ParcelShipped
from marketplace.shipping.models import STATE_ORDER, Carrier, MerchantFreightRates, Parcel, ParcelEvent, ParcelLine, ParcelState
from marketplace.shipping.rates import FreightRates
from tenants.isolation import AccessPurpose, with_purpose


@dataclass(frozen=True, kw_only=True)
class ParcelInput:
    """Input for a new parcel: carrier and quantities by order line."""

    carrier: Carrier
    tracking_number: str
    quantities: Mapping[UUID, Mapping[UUID, Decimal]]  # by order id and line id
    note: str = ""
    order_versions: Mapping[UUID, str] | None = None  # content version of each order, as the packing page showed it


def save_freight_rates(*, merchant_id: UUID, rates: FreightRates, expected_version: str | None = None) -> None:
    """Save a merchant's freight rates; saving unchanged rates writes nothing.

    Args:
        merchant_id: The merchant.
        rates: The new rates.
        expected_version: The `rates_version` that the editor saw; None skips the check.

    Raises:
        ValidationError: The rates are invalid; errors by form field (`zone-0-first`).
        StaleRates: The stored rates are newer than `expected_version`.
    """
    errors = dict(rates.iter_errors())
    if errors:
        raise ValidationError(errors=errors)
    advisory_lock("freight", merchant_id)
    current = queries.get_freight_rates(merchant_id)
    old_rates = current.rates if current else None
    values: dict[str, Any] = {"rates": rates.to_json(), "updated_at": clock.now()}
    if old_rates == values["rates"]:
        return
    if expected_version is not None and expected_version != _version_of(current):
        raise StaleRates
    stmt = insert(MerchantFreightRates).values(id=uuid7(), merchant_id=merchant_id, **values)
    db.session.execute(stmt.on_conflict_do_update(index_elements=["merchant_id"], set_=values))
    audit.record("freight.changed", subject=("merchant", merchant_id), before=old_rates, after=values["rates"])


def rates_version(*, merchant_id: UUID) -> str:
    """Return the version of the stored freight rates; empty if there are none."""
    return _version_of(queries.get_freight_rates(merchant_id))


def _version_of(row: MerchantFreightRates | None) -> str:
    return row.updated_at.isoformat() if row else ""


def ship_parcel(*, draft: ParcelInput, actor: NamedActor) -> Parcel:
    """Ship lines of one or several orders of one recipient in a parcel (order merge, OR10; split shipment, OR11).

    Orders and lines are locked in ascending order, so that concurrent calls cannot deadlock. An order with nothing left to
    ship moves to its next state.

    Raises:
        ValidationError: Carrier, tracking number or quantities are invalid; errors by form field.
        StaleOrder: The buyer has changed an order since the packing page was opened.
        RecipientsDiffer: The orders have different buyers or addresses.
        UnknownTransition: An order is not in a state from which it can be shipped.
        TransitionForbidden: The actor may not ship.
    """
    tracking_number = _resolve_tracking_number(draft)
    locked_orders = _lock_orders(draft)
    lines = list(order_queries.get_lines(draft.quantities, lock=True))
    quantities = {
        line: amount
        for order_quantities in draft.quantities.values()
        for line, amount in order_quantities.items()
        if amount > 0
    }
    line_ids = {line.id for line in lines if quantities.get(line.id)}
    if not quantities or set(quantities) != line_ids:
        raise ValidationError(errors={"orders": _("Choose what goes into the parcel.")})
    shipped_orders = {
        order.id: order for order in locked_orders if any(line.order_id == order.id and line.id in quantities for line in lines)
    }
    parcel = _insert_parcel(draft, tracking_number, locked_orders[0], actor)
    _add_lines(parcel, [(line.order_id, line.id, quantities[line.id]) for line in lines if line.id in quantities])
    parcel_label = f"{draft.carrier.value} {tracking_number}"
    order_services.mark_shipped(orders=shipped_orders, lines=lines, quantities=quantities, by=actor, parcel_label=parcel_label)
    publish(
        ParcelShipped(
            parcel_id=parcel.id,
            buyer_id=parcel.buyer_id,
            merchant_id=parcel.merchant_id,
            order_ids=tuple(sorted(shipped_orders)),
            tracking_number=tracking_number,
        )
    )
    return parcel


def add_tracking_event(
    *, parcel_id: UUID, state: ParcelState, description: str, location: str = "", occurred_at: datetime | None = None
) -> None:
    """Add a tracking event entered by the merchant (tracking by both sides, DE2; shipping exceptions, DE4).

    Raises:
        AlreadyDelivered: The parcel has been delivered.
        ValidationError: `occurred_at` is in the future.
    """
    moment = occurred_at or clock.now()
    if moment > clock.now():
        raise ValidationError(errors={"at": _("This moment has not come yet.")})
    parcel = queries.get_parcel(parcel_id, lock=True)
    if parcel.state is ParcelState.DELIVERED:
        raise AlreadyDelivered
    _apply_event(
        parcel,
        event_key=f"typed:{uuid7()}",
        occurred_at=moment,
        state=state,
        location=location,
        description=description,
        by_carrier=False,
    )


def sync_tracking(*, parcel_id: UUID) -> int:
    """Store new tracking events of a parcel from its carrier and return their number. Idempotent."""
    parcel = queries.get_parcel(parcel_id)
    client = CARRIER_CLIENTS.get(parcel.carrier)
    if client is None:
        return 0
    destination = str(parcel.ship_to.get("region", ""))
    events = client.fetch_events(
        tracking_number=parcel.tracking_number, shipped_at=parcel.shipped_at, destination=destination, now=clock.now()
    )
    with with_purpose(AccessPurpose.FULFILMENT, merchant_id=parcel.merchant_id):
        parcel = queries.get_parcel(parcel_id, lock=True)
        known_keys = {stored_event.event_key for stored_event in queries.tracking_events([parcel_id]).get(parcel_id, [])}
        new_events = [event for event in events if event.event_key not in known_keys]
        for event in new_events:
            _apply_event(
                parcel,
                event_key=event.event_key,
                occurred_at=event.occurred_at,
                state=event.state,
                location=event.location,
                description=event.description,
                by_carrier=True,
            )
        parcel.checked_at = clock.now()
    return len(new_events)


def _lock_orders(draft: ParcelInput) -> Sequence[Order]:
    orders = order_queries.get_orders(draft.quantities, lock=True)
    if len(orders) != len(draft.quantities) or not orders:
        raise ValidationError(errors={"orders": _("Choose what goes into the parcel.")})
    if draft.order_versions is not None and any(
        order.content_version != draft.order_versions.get(order.id) for order in orders
    ):
        raise StaleOrder
    if any(
        (order.buyer_id, order.merchant_id, order.ship_to) != (orders[0].buyer_id, orders[0].merchant_id, orders[0].ship_to)
        for order in orders
    ):
        raise RecipientsDiffer
    return orders


def _resolve_tracking_number(draft: ParcelInput) -> str:
    number = normalize_tracking_number(draft.tracking_number)
    if number is None and draft.carrier is Carrier.OWN and not draft.tracking_number.strip():
        return f"OWN{uuid7().hex[-12:].upper()}"
    if number is None and draft.carrier is Carrier.SANDBOX and not draft.tracking_number.strip():
        return f"PX{uuid7().hex[-12:].upper()}"
    if number is None:
        raise ValidationError(errors={"tracking_number": _("A tracking number has 6 to 30 letters and digits.")})
    return number


def _insert_parcel(draft: ParcelInput, tracking_number: str, order: Order, actor: NamedActor) -> Parcel:
    row = {
        "id": uuid7(),
        "buyer_id": order.buyer_id,
        "merchant_id": order.merchant_id,
        "carrier": draft.carrier,
        "tracking_number": tracking_number,
        "state": ParcelState.SHIPPED,
        "ship_to": order.ship_to,
        "note": draft.note,
        "shipped_at": clock.now(),
        "shipped_by": actor.account_id,
    }
    stmt = insert(Parcel).values(row).on_conflict_do_nothing(index_elements=["merchant_id", "carrier", "tracking_number"])
    if db.session.scalar(stmt.returning(Parcel.id)) is None:
        raise ValidationError(errors={"tracking_number": _("Another parcel has this tracking number already.")})
    return queries.get_parcel(row["id"])  # type: ignore[arg-type]


def _add_lines(parcel: Parcel, lines: list[tuple[UUID, UUID, Decimal]]) -> None:
    for order_id, line_id, quantity in lines:
        db.session.add(
            ParcelLine(
                parcel_id=parcel.id,
                buyer_id=parcel.buyer_id,
                merchant_id=parcel.merchant_id,
                order_id=order_id,
                line_id=line_id,
                quantity=quantity,
            )
        )
    _insert_event(
        parcel,
        event_key="shipped",
        occurred_at=parcel.shipped_at,
        state=ParcelState.SHIPPED,
        location="",
        description="shipped",
        by_carrier=False,
    )
    db.session.flush()


def _apply_event(
    parcel: Parcel,
    *,
    event_key: str,
    occurred_at: datetime,
    state: ParcelState,
    location: str,
    description: str,
    by_carrier: bool,
) -> None:
    """Insert a tracking event and update the parcel; its state only advances, except into and out of `EXCEPTION`."""
    _insert_event(
        parcel,
        event_key=event_key,
        occurred_at=occurred_at,
        state=state,
        location=location,
        description=description,
        by_carrier=by_carrier,
    )
    if STATE_ORDER[state] >= STATE_ORDER[parcel.state]:
        parcel.state = state
    if state is not ParcelState.DELIVERED:
        return
    parcel.delivered_at = occurred_at
    order_ids = queries.list_order_ids(parcel.id)
    for order_id in order_ids:
        order_services.mark_delivered(order_id=order_id, delivered_at=occurred_at)
    publish(
        ParcelDelivered(
            parcel_id=parcel.id,
            buyer_id=parcel.buyer_id,
            merchant_id=parcel.merchant_id,
            order_ids=tuple(order_ids),
            delivered_at=occurred_at,
        )
    )


def _insert_event(
    parcel: Parcel,
    *,
    event_key: str,
    occurred_at: datetime,
    state: ParcelState,
    location: str,
    description: str,
    by_carrier: bool,
) -> None:
    db.session.add(
        ParcelEvent(
            parcel_id=parcel.id,
            buyer_id=parcel.buyer_id,
            merchant_id=parcel.merchant_id,
            event_key=event_key,
            at=occurred_at,
            state=state,
            location=location,
            description=description[:300],
            by_carrier=by_carrier,
        )
    )
