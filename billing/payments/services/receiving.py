"""The gateway's letters: verified, stored under the gateway's own id, answered, and handled afterwards."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy.dialects.postgresql import insert as upsert

from billing.payments import queries
from billing.payments.events import LetterArrived
from billing.payments.gateway import gateway
from billing.payments.models import GatewayLetter
from billing.payments.services.operating import carry_out
from billing.payments.services.planning import plan_create
from billing.payments.services.settling import settle
from marketplace.kernel import clock
from marketplace.kernel.db import db, unit_of_work
from marketplace.kernel.events import publish
from tenants.scope import Purpose, working_on


def receive(*, body: bytes, headers: Mapping[str, str]) -> bool:
    """Take in one letter. False when it came before, or is of a kind that means nothing to us. Raises BadSignature.

    Nothing of what it says is believed: handling it asks the gateway.
    """
    letter = gateway().read(body, headers, now=int(clock.now().timestamp()))
    if letter is None:
        return False
    row = {
        "event_id": letter.id,
        "kind": letter.kind,
        "gateway_id": letter.gateway_id,
        "client_id": letter.client_id,
        "body": body.decode(errors="replace"),
        "received_at": clock.now(),
        "trouble": "",
    }
    with working_on(Purpose.PAYMENT):
        written = db.session.execute(
            upsert(GatewayLetter).values(row).on_conflict_do_nothing().returning(GatewayLetter.event_id)
        ).first()
    if written is None:
        return False
    publish(LetterArrived(event_id=letter.id))
    return True


def handle_letter(*, event_id: str) -> None:
    """Do what a stored letter is about: ask how its payment stands. Safe to run twice. Raises Unavailable.

    Opens its own transactions.
    """
    with unit_of_work(), working_on(Purpose.PAYMENT):
        letter = queries.letter(event_id)
        if letter is None or letter.handled_at is not None:
            return
        intent = queries.intent_of_letter(gateway_id=letter.gateway_id, client_id=letter.client_id)
        unopened = plan_create(intent=intent) if intent is not None and intent.gateway_id is None else None
    if unopened is not None:
        carry_out(operation_id=unopened.id)
    if intent is not None:
        settle(intent_id=intent.id)
    with unit_of_work(), working_on(Purpose.PAYMENT):
        letter = queries.letter(event_id)
        if letter is not None:
            letter.handled_at = clock.now()
            letter.trouble = "" if intent is not None else "there is no such payment"
