"""The market supervises its merchants: the list, and one page with all facts and deeds of each (MA3, MA5, MA6)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from marketplace.kernel import audit
from marketplace.kernel.db import db
from marketplace.kernel.errors import Invalid
from marketplace.kernel.forms import Typed, narrow, plain
from marketplace.kernel.paging import page_of
from marketplace.kernel.texts import language
from tenants.access.guards import market_only
from tenants.access.permissions import MarketRight, StaffRole
from tenants.accounts.queries import names_of
from tenants.merchants import deeds, queries, records, scopes, services
from tenants.merchants.errors import RecordMoved
from tenants.merchants.models import Merchant, MerchantKind, MerchantState
from tenants.merchants.views import form
from tenants.regions import queries as regions
from tenants.scope import acting_for
from tenants.staff import queries as people
from tenants.staff import services as colleagues

console = Blueprint("merchants", __name__, url_prefix="/merchants")
TONES = {"trading": "good", "away": "due", "suspended": "bad", "closed": "", "not_admitted": "due"}


@console.get("/")
@market_only(MarketRight.CONSOLE_SEE)
def index() -> ResponseReturnValue:
    """All merchants, narrowed by state, kind and name."""
    state, kind = request.args.get("state", ""), request.args.get("kind", "")
    find = request.args.get("q", "").strip()[:80]
    if state not in set(MerchantState):
        state = ""
    wanted = queries.at_market(state=state, kind=kind if kind in set(MerchantKind) else "", find=find)
    page = page_of(wanted, number=request.args.get("page", 1, type=int), size=25)
    return render_template(
        "console/merchants/index.html", page=page, state=state, kind=kind, find=find, counts=queries.counts(),
        states=list(MerchantState), kinds=MerchantKind.choices(), tones=TONES, regions=regions,
    )  # fmt: skip


@console.get("/<uuid:merchant_id>")
@market_only(MarketRight.CONSOLE_SEE)
def show(merchant_id: UUID) -> ResponseReturnValue:
    """Everything about one merchant."""
    return _show(merchant_id, Typed(), Typed())


@console.post("/<uuid:merchant_id>/<any(suspend, reinstate, close, reopen):deed>")
@market_only(MarketRight.MERCHANTS_MANAGE)
def act(merchant_id: UUID, deed: str) -> ResponseReturnValue:
    """Suspend, reinstate, close or reopen, with a reason."""
    said: dict[str, tuple[Callable[..., None], str]] = {
        "suspend": (services.suspend, _("Suspended: nothing of this merchant is on sale.")),
        "reinstate": (services.reinstate, _("Reinstated: what was on sale is on sale again.")),
        "close": (services.close, _("Closed. Running orders are still finished.")),
        "reopen": (services.reopen, _("Reopened.")),
    }
    service, sentence = said[deed]
    reason = plain(request.form.get("reason", ""))
    try:
        service(merchant_id=merchant_id, reason=reason)
    except Invalid as refusal:
        return _show(merchant_id, Typed(reason=reason), Typed(refusal.errors)), 422
    flash(sentence, "success")
    return redirect(url_for(".show", merchant_id=merchant_id), 303)


@console.post("/<uuid:merchant_id>/scopes")
@market_only(MarketRight.MERCHANTS_MANAGE)
def change_scopes(merchant_id: UUID) -> ResponseReturnValue:
    """Give other categories to trade in (MA5)."""
    known = {code for code, _name in scopes.choices()}
    codes = [code for code in request.form.getlist("scopes") if code in known]
    reason = plain(request.form.get("scope_reason", ""))
    try:
        services.change_scopes(merchant_id=merchant_id, codes=codes, reason=reason)
    except Invalid as refusal:
        errors = {"scope_reason" if name == "reason" else name: text for name, text in refusal.errors.items()}
        return _show(merchant_id, Typed(scope_reason=reason), Typed(errors)), 422
    flash(_("The categories are changed."), "success")
    return redirect(url_for(".show", merchant_id=merchant_id), 303)


@console.post("/<uuid:merchant_id>/owner")
@market_only(MarketRight.MERCHANTS_MANAGE)
def invite_owner(merchant_id: UUID) -> ResponseReturnValue:
    """Invite an owner to a desk that has none."""
    email, me = narrow(plain(request.form.get("email", ""))), (g.identity.account_id, g.identity.name)
    try:
        colleagues.invite_owner(merchant=queries.get(merchant_id), email=email, invited_by=me, locale=language())
    except Invalid as refusal:
        return _show(merchant_id, Typed(email=email), Typed(refusal.errors)), 422
    flash(_("Invited. The letter is on its way."), "success")
    return redirect(url_for(".show", merchant_id=merchant_id), 303)


def _show(merchant_id: UUID, typed: Typed, errors: Typed) -> str:
    merchant = queries.get(merchant_id)
    rows = db.session.scalars(audit.about("merchant", merchant_id).limit(100)).all()
    names = names_of({row.account_id for row in rows})
    codes = sorted(queries.scope_codes(merchant_id))
    held: dict[str, Any] = {"codes": codes, "names": scopes.labels(codes), "choices": scopes.choices()}
    staff = people.colleagues(merchant_id)
    with acting_for(merchant_id):
        invited = people.invitations(merchant_id)
    return render_template(
        "console/merchants/show.html", merchant=merchant, legal=queries.legal_profile(merchant_id), scopes=held,
        staff=staff, invited=invited, owned=any(one.role is StaffRole.OWNER for one in staff),
        events=deeds.timeline(rows, names), typed=typed, errors=errors, tones=TONES, regions=regions, S=MerchantState,
    )  # fmt: skip


@console.get("/<uuid:merchant_id>/record")
@market_only(MarketRight.MERCHANTS_MANAGE)
def record(merchant_id: UUID) -> ResponseReturnValue:
    """What stands in a merchant's record, to be changed (MA3)."""
    merchant = queries.get(merchant_id)
    entries = records.entries_of(merchant, queries.legal_profile(merchant_id))
    return _record(merchant, Typed(entries), Typed(), records.mark(entries))


@console.post("/<uuid:merchant_id>/record")
@market_only(MarketRight.MERCHANTS_MANAGE)
def keep_record(merchant_id: UUID) -> ResponseReturnValue:
    """Take over what was changed; the merchant has a letter about it."""
    typed, reason = Typed(form.read(records.LABELS)), plain(request.form.get("reason", ""))
    seen = request.form.get("seen", "")
    try:
        changed = services.change_record(
            merchant_id=merchant_id, entries=typed, allowed=records.LABELS, seen=seen, reason=reason
        )
    except Invalid as refusal:
        return _record(queries.get(merchant_id), Typed(typed, reason=reason), Typed(refusal.errors), seen), 422
    except RecordMoved as refusal:
        merchant = queries.get(merchant_id)
        now = records.entries_of(merchant, queries.legal_profile(merchant_id))
        moved = _record(merchant, Typed(typed, reason=reason), Typed(), records.mark(now), moved=refusal.sentence())
        return moved, 409
    flash(_("The record is changed; the merchant has a letter.") if changed else _("Nothing was changed."), "success")
    return redirect(url_for(".show", merchant_id=merchant_id), 303)


def _record(merchant: Merchant, typed: Typed, errors: Typed, seen: str, *, moved: str = "") -> str:
    kept = records.entries_of(merchant, queries.legal_profile(merchant.id))
    return render_template(
        "console/merchants/record.html", merchant=merchant, typed=typed, errors=errors, seen=seen, moved=moved,
        labels=records.LABELS, choices=form.choices(typed.region),
        others={name: records.shown(name, kept[name]) for name in records.LABELS if moved and kept[name] != typed[name]},
    )  # fmt: skip
