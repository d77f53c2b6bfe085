"""Console pages of the payments: every attempt, the requests to the gateway and its webhooks."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from billing.ledger import queries as ledger_queries
from billing.merchant_lookup import get_merchant_names
from billing.payments import queries, services
from billing.payments.domain import ACTIVE_STATES, PaymentState, RefundState
from billing.reference_registry import describe_references, reason_label
from billing.search import parse_search
from marketplace.kernel import audit
from marketplace.kernel.db import db, manages_transactions, unit_of_work
from marketplace.kernel.errors import ValidationError
from marketplace.kernel.form_input import normalize_text
from marketplace.kernel.paging import paginate
from tenants.access.decorators import require_platform_permission
from tenants.access.permissions import PlatformPermission

console = Blueprint("payments", __name__, url_prefix="/payments")
PER_PAGE = 50
TONES = {
    PaymentState.CAPTURED: "good",
    PaymentState.PROCESSING: "due",
    PaymentState.OPEN: "info",
    PaymentState.FAILED: "bad",
    PaymentState.AUTO_REFUNDED: "due",
}


@console.get("/")
@require_platform_permission(PlatformPermission.LEDGER_SEE)
def index() -> ResponseReturnValue:
    """List the payments, newest first."""
    state_arg = request.args.get("state", "")
    state = PaymentState(state_arg) if state_arg in {member.value for member in PaymentState} else None
    text = normalize_text(request.args.get("q", ""))[:100]
    mismatched, failed_refunds = request.args.get("odd") == "1", request.args.get("refused") == "1"
    stmt = queries.select_intents(
        state=state, search=parse_search(text), mismatched_only=mismatched, failed_refunds_only=failed_refunds
    )
    page = paginate(stmt, number=request.args.get("page", 1, type=int), size=PER_PAGE)
    return render_template(
        "console/payments/index.html",
        page=page,
        references=describe_references((row.reference for row in page.items), site="console"),
        states=list(PaymentState),
        state=state,
        text=text,
        mismatched=mismatched,
        failed_refunds=failed_refunds,
        tones={state.value: tone for state, tone in TONES.items()},
        page_url=_page_url,
    )


@console.get("/<uuid:intent_id>")
@require_platform_permission(PlatformPermission.LEDGER_SEE)
def intent(intent_id: UUID) -> ResponseReturnValue:
    """Show one payment with its parts, refunds, requests and webhooks."""
    return _render_intent(intent_id)


@console.post("/refunds/<uuid:refund_id>/again")
@require_platform_permission(PlatformPermission.REFUNDS_SETTLE)
def retry_refund(refund_id: UUID) -> ResponseReturnValue:
    """Send a rejected refund to the gateway once more."""
    refund = services.retry_refund(refund_id=refund_id)
    flash(_("The gateway is asked again. Its answer appears here within a minute."), "success")
    return redirect(url_for(".intent", intent_id=refund.intent_id), 303)


@console.post("/refunds/<uuid:refund_id>/settle")
@require_platform_permission(PlatformPermission.REFUNDS_SETTLE)
def mark_refunded_manually(refund_id: UUID) -> ResponseReturnValue:
    """Record that the money was sent another way."""
    note = request.form.get("note", "")
    try:
        refund = services.mark_refunded_manually(refund_id=refund_id, note=note)
    except ValidationError as exc:
        intent_id = queries.get_refund(refund_id).intent_id
        return _render_intent(intent_id, rejected_note=(refund_id, note, str(exc.errors["note"]))), 422
    flash(_("Written down: the money has left the market's bank."), "success")
    return redirect(url_for(".intent", intent_id=refund.intent_id), 303)


def _render_intent(intent_id: UUID, *, rejected_note: tuple[UUID | None, str, str] = (None, "", "")) -> str:
    payment_intent = queries.get_intent(intent_id)
    parts = queries.list_allocations(payment_intent.id)
    refunds = db.session.scalars(queries.select_intent_refunds(payment_intent.id)).all()
    references = [payment_intent.reference, *(part.reference for part in parts)]
    return render_template(
        "console/payments/intent.html",
        intent=payment_intent,
        parts=parts,
        refunds=refunds,
        operations=db.session.scalars(queries.select_operations(payment_intent.id)).all(),
        webhook_events=db.session.scalars(queries.select_webhook_events(payment_intent.gateway_id)).all()
        if payment_intent.gateway_id
        else [],
        entries=ledger_queries.list_entries_for([part.reference for part in parts]),
        reason_label=reason_label,
        merchants=get_merchant_names([part.merchant_id for part in parts]),
        references=describe_references(references, site="console"),
        tones={state.value: tone for state, tone in TONES.items()},
        failed_refunds=[refund for refund in refunds if refund.state is RefundState.FAILED],
        rejected_note=rejected_note,
        can_resolve=PlatformPermission.REFUNDS_SETTLE in g.permissions,
        can_sync=payment_intent.gateway_id is not None
        and (payment_intent.state in ACTIVE_STATES or bool(payment_intent.mismatch)),
    )


@console.post("/<uuid:intent_id>/ask")
@require_platform_permission(PlatformPermission.LEDGER_SEE)
@manages_transactions
def sync_payment(intent_id: UUID) -> ResponseReturnValue:
    """Fetch the payment's status now instead of waiting for the next poll."""
    with unit_of_work():
        audit.record("payment.asked", subject=("payment", queries.get_intent(intent_id).id))
    state = services.sync_payment(intent_id=intent_id)
    flash(_("The gateway was asked. The payment stands at: %(state)s", state=state.label), "success")
    return redirect(url_for(".intent", intent_id=intent_id))


def _page_url(number: int) -> str:
    """Return the URL of another page of the same list."""
    args: dict[str, Any] = {**request.args.to_dict(), "page": number}
    return url_for(".index", **args)
