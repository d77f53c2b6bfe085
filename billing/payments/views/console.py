"""Payments as the market's staff sees them: every attempt, what was asked of the gateway, and what it wrote."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from billing.ledger import queries as ledger
from billing.parties import names_of
from billing.payments import queries, services
from billing.payments.rules import LIVE, RefundState, State
from billing.references import describe, reason
from billing.seeking import sought
from marketplace.kernel import audit
from marketplace.kernel.db import db
from marketplace.kernel.errors import Invalid
from marketplace.kernel.forms import plain
from marketplace.kernel.paging import page_of
from tenants.access.guards import market_only
from tenants.access.permissions import MarketRight

console = Blueprint("payments", __name__, url_prefix="/payments")
PER_PAGE = 50
TONES = {
    State.CAPTURED: "good",
    State.PROCESSING: "due",
    State.OPEN: "info",
    State.FAILED: "bad",
    State.RETURNED: "due",
}


@console.get("/")
@market_only(MarketRight.LEDGER_SEE)
def index() -> ResponseReturnValue:
    """Every attempt to pay, newest first."""
    given = request.args.get("state", "")
    state = State(given) if given in {one.value for one in State} else None
    text = plain(request.args.get("q", ""))[:100]
    odd, refused = request.args.get("odd") == "1", request.args.get("refused") == "1"
    wanted = queries.intents(state=state, find=sought(text), odd_only=odd, refused_only=refused)
    page = page_of(wanted, number=request.args.get("page", 1, type=int), size=PER_PAGE)
    return render_template(
        "console/payments/index.html",
        page=page,
        words=describe((row.reference for row in page.items), door="console"),
        states=list(State),
        state=state,
        text=text,
        odd=odd,
        refused=refused,
        tones={state.value: tone for state, tone in TONES.items()},
        page_url=_page_url,
    )


@console.get("/<uuid:intent_id>")
@market_only(MarketRight.LEDGER_SEE)
def intent(intent_id: UUID) -> ResponseReturnValue:
    """One payment: its parts, refunds, what was asked and what was written."""
    return _page(intent_id)


@console.post("/refunds/<uuid:refund_id>/again")
@market_only(MarketRight.REFUNDS_SETTLE)
def ask_again(refund_id: UUID) -> ResponseReturnValue:
    """Let the gateway be asked once more about a refund that it refused."""
    refund = services.ask_again(refund_id=refund_id)
    flash(_("The gateway is asked again. Its answer appears here within a minute."), "success")
    return redirect(url_for(".intent", intent_id=refund.intent_id), 303)


@console.post("/refunds/<uuid:refund_id>/settle")
@market_only(MarketRight.REFUNDS_SETTLE)
def settle_by_hand(refund_id: UUID) -> ResponseReturnValue:
    """Write down that the money was sent another way."""
    note = request.form.get("note", "")
    try:
        refund = services.settle_by_hand(refund_id=refund_id, note=note)
    except Invalid as refusal:
        intent_id = queries.refund(refund_id).intent_id
        return _page(intent_id, typed=(refund_id, note, str(refusal.errors["note"]))), 422
    flash(_("Written down: the money has left the market's bank."), "success")
    return redirect(url_for(".intent", intent_id=refund.intent_id), 303)


def _page(intent_id: UUID, *, typed: tuple[UUID | None, str, str] = (None, "", "")) -> str:
    row = queries.intent(intent_id)
    parts = queries.allocations_of(row.id)
    refunds = db.session.scalars(queries.refunds_of_intent(row.id)).all()
    references = [row.reference, *(part.reference for part in parts)]
    return render_template(
        "console/payments/intent.html",
        intent=row,
        parts=parts,
        refunds=refunds,
        operations=db.session.scalars(queries.operations_of(row.id)).all(),
        letters=db.session.scalars(queries.letters_of(row.gateway_id)).all() if row.gateway_id else [],
        entries=ledger.entries_about([part.reference for part in parts]),
        reason=reason,
        merchants=names_of([part.merchant_id for part in parts]),
        words=describe(references, door="console"),
        tones={state.value: tone for state, tone in TONES.items()},
        refused=[one for one in refunds if one.state is RefundState.REFUSED],
        typed=typed,
        may_decide=MarketRight.REFUNDS_SETTLE in g.rights,
        may_ask=row.gateway_id is not None and (row.state in LIVE or bool(row.oddity)),
    )


@console.post("/<uuid:intent_id>/ask")
@market_only(MarketRight.LEDGER_SEE)
def ask(intent_id: UUID) -> ResponseReturnValue:
    """Ask the gateway now instead of waiting for the next round."""
    audit.record("payment.asked", subject=("payment", intent_id))
    state = services.settle(intent_id=intent_id)
    flash(_("The gateway was asked. The payment stands at: %(state)s", state=state.label), "success")
    return redirect(url_for(".intent", intent_id=intent_id))


def _page_url(number: int) -> str:
    """The same list, another page."""
    given: dict[str, Any] = {**request.args.to_dict(), "page": number}
    return url_for(".index", **given)
