"""What can be done with freight and parcels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy.dialects.postgresql import insert

from marketplace.kernel import audit, clock
from marketplace.kernel.db import advisory_lock, db
from marketplace.kernel.errors import Invalid
from marketplace.kernel.events import publish
from marketplace.kernel.ids import uuid7
from marketplace.orders import queries as orders
from marketplace.orders import services as order_services
from marketplace.orders.errors import ChangedMeanwhile
from marketplace.orders.models import Order
from marketplace.orders.services import Doer
from marketplace.shipping import queries
from marketplace.shipping.carriers import PORTS, tidy_number
from marketplace.shipping.errors import HasArrived, NotTogether, RulesMoved
from marketplace.shipping.events import ParcelDelivered, ParcelShipped
from marketplace.shipping.models import RANK, Carrier, Freight, Parcel, ParcelEvent, ParcelLine, ParcelState
from marketplace.shipping.rules import FreightRules
from tenants.scope import Purpose, working_on


@dataclass(frozen=True, kw_only=True)
class ParcelDraft:
    """A parcel that is about to be handed over: how much of which order's line it holds."""

    carrier: Carrier
    tracking_number: str
    quantities: Mapping[UUID, Mapping[UUID, Decimal]]  # order -> line -> how much
    note: str = ""
    readings: Mapping[UUID, str] | None = None  # of each order, as the packer saw it


def save_freight(*, merchant_id: UUID, rules: FreightRules, seen: str | None = None) -> None:
    """Keep a merchant's freight rules; the same rules again change nothing. `seen` is the stamp of those the author saw.

    Raises Invalid with every complaint at its field (`zone-0-first`), RulesMoved when others were saved meanwhile.
    """
    said = dict(rules.complaints())
    if said:
        raise Invalid(errors=said)
    advisory_lock("freight", merchant_id)
    before = queries.freight_of(merchant_id)
    old = before.rules if before else None
    values: dict[str, Any] = {"rules": rules.to_json(), "changed_at": clock.now()}
    if old == values["rules"]:
        return
    if seen is not None and seen != _stamp(before):
        raise RulesMoved
    row = insert(Freight).values(id=uuid7(), merchant_id=merchant_id, **values)
    db.session.execute(row.on_conflict_do_update(index_elements=["merchant_id"], set_=values))
    audit.record("freight.changed", subject=("merchant", merchant_id), before=old, after=values["rules"])


def stamp(*, merchant_id: UUID) -> str:
    """What tells the present freight rules from earlier ones; empty before there are any."""
    return _stamp(queries.freight_of(merchant_id))


def _stamp(held: Freight | None) -> str:
    return held.changed_at.isoformat() if held else ""


def ship(*, draft: ParcelDraft, by: Doer) -> Parcel:
    """Hand a parcel to its carrier: some lines of one or several orders of one recipient (OR10, OR11).

    Orders and lines are locked in ascending order. An order with nothing left to ship moves on. Raises Invalid at the
    field, ChangedMeanwhile (by the buyer), NotTogether, NoSuchMove, NotYours.
    """
    number = _number(draft)
    found = orders.several(draft.quantities, lock=True)
    if len(found) != len(draft.quantities) or not found:
        raise Invalid(errors={"orders": _("Choose what goes into the parcel.")})
    first = found[0]
    if draft.readings is not None and any(one.reading != draft.readings.get(one.id) for one in found):
        raise ChangedMeanwhile
    if any((one.buyer_id, one.merchant_id, one.ship_to) != (first.buyer_id, first.merchant_id, first.ship_to) for one in found):
        raise NotTogether
    lines = list(orders.lines_of(draft.quantities, lock=True))
    quantities = {line: amount for mine in draft.quantities.values() for line, amount in mine.items() if amount > 0}
    known = {line.id for line in lines if quantities.get(line.id)}
    if not quantities or set(quantities) != known:
        raise Invalid(errors={"orders": _("Choose what goes into the parcel.")})
    taking = {one.id: one for one in found if any(line.order_id == one.id and line.id in quantities for line in lines)}
    parcel = _write(draft, number, first, by)
    _fill(parcel, [(line.order_id, line.id, quantities[line.id]) for line in lines if line.id in quantities])
    said = f"{draft.carrier.value} {number}"
    order_services.take_for_parcel(orders=taking, lines=lines, quantities=quantities, by=by, parcel=said)
    publish(
        ParcelShipped(
            parcel_id=parcel.id,
            buyer_id=parcel.buyer_id,
            merchant_id=parcel.merchant_id,
            order_ids=tuple(sorted(taking)),
            tracking_number=number,
        )
    )
    return parcel


def report(*, parcel_id: UUID, state: ParcelState, said: str, place: str = "", at: datetime | None = None) -> None:
    """A merchant says where a parcel is (DE2, DE4). Raises HasArrived after delivery, Invalid for the future."""
    moment = at or clock.now()
    if moment > clock.now():
        raise Invalid(errors={"at": _("This moment has not come yet.")})
    parcel = queries.get(parcel_id, lock=True)
    if parcel.state is ParcelState.DELIVERED:
        raise HasArrived
    _note(parcel, key=f"typed:{uuid7()}", at=moment, state=state, place=place, said=said, by_carrier=False)


def ask_carrier(*, parcel_id: UUID) -> int:
    """Take over what the carrier reports about a parcel; returns how many lines were new. Safe to run twice."""
    parcel = queries.get(parcel_id)
    port = PORTS.get(parcel.carrier)
    if port is None:
        return 0
    to = str(parcel.ship_to.get("region", ""))
    told = port.reports(number=parcel.tracking_number, shipped_at=parcel.shipped_at, to=to, now=clock.now())
    with working_on(Purpose.FULFILMENT, merchant_id=parcel.merchant_id):
        parcel = queries.get(parcel_id, lock=True)
        known = {event.report_key for event in queries.stories([parcel_id]).get(parcel_id, [])}
        fresh = [one for one in told if one.key not in known]
        for one in fresh:
            _note(parcel, key=one.key, at=one.at, state=one.state, place=one.place, said=one.said, by_carrier=True)
        parcel.checked_at = clock.now()
    return len(fresh)


def _number(draft: ParcelDraft) -> str:
    number = tidy_number(draft.tracking_number)
    if number is None and draft.carrier is Carrier.OWN and not draft.tracking_number.strip():
        return f"OWN{uuid7().hex[-12:].upper()}"
    if number is None and draft.carrier is Carrier.PRETEND and not draft.tracking_number.strip():
        return f"PX{uuid7().hex[-12:].upper()}"
    if number is None:
        raise Invalid(errors={"tracking_number": _("A tracking number has 6 to 30 letters and digits.")})
    return number


def _write(draft: ParcelDraft, number: str, first: Order, by: Doer) -> Parcel:
    row = {
        "id": uuid7(),
        "buyer_id": first.buyer_id,
        "merchant_id": first.merchant_id,
        "carrier": draft.carrier,
        "tracking_number": number,
        "state": ParcelState.SHIPPED,
        "ship_to": first.ship_to,
        "note": draft.note,
        "shipped_at": clock.now(),
        "shipped_by": by.account_id,
    }
    written = insert(Parcel).values(row).on_conflict_do_nothing(index_elements=["merchant_id", "carrier", "tracking_number"])
    if db.session.scalar(written.returning(Parcel.id)) is None:
        raise Invalid(errors={"tracking_number": _("Another parcel has this tracking number already.")})
    return queries.get(row["id"])  # type: ignore[arg-type]


def _fill(parcel: Parcel, inside: list[tuple[UUID, UUID, Decimal]]) -> None:
    for order_id, line_id, quantity in inside:
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
    _tell(parcel, key="shipped", at=parcel.shipped_at, state=ParcelState.SHIPPED, place="", said="shipped", by_carrier=False)
    db.session.flush()


def _note(parcel: Parcel, *, key: str, at: datetime, state: ParcelState, place: str, said: str, by_carrier: bool) -> None:
    """Write one report; the parcel's state only goes forward, except into and out of trouble."""
    _tell(parcel, key=key, at=at, state=state, place=place, said=said, by_carrier=by_carrier)
    if RANK[state] >= RANK[parcel.state]:
        parcel.state = state
    if state is not ParcelState.DELIVERED:
        return
    parcel.delivered_at = at
    order_ids = queries.orders_in(parcel.id)
    for order_id in order_ids:
        order_services.note_delivery(order_id=order_id, at=at)
    publish(
        ParcelDelivered(
            parcel_id=parcel.id, buyer_id=parcel.buyer_id, merchant_id=parcel.merchant_id, order_ids=tuple(order_ids), at=at
        )
    )


def _tell(parcel: Parcel, *, key: str, at: datetime, state: ParcelState, place: str, said: str, by_carrier: bool) -> None:
    db.session.add(
        ParcelEvent(
            parcel_id=parcel.id,
            buyer_id=parcel.buyer_id,
            merchant_id=parcel.merchant_id,
            report_key=key,
            at=at,
            state=state,
            place=place,
            said=said[:300],
            by_carrier=by_carrier,
        )
    )
