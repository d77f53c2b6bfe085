"""The market supervises its merchants: the list, and one page with all facts and deeds of each (MA3, MA5, MA6)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from marketplace.kernel import audit
from marketplace.kernel.db import db
from marketplace.kernel.errors import Invalid
from marketplace.kernel.forms import Typed, plain
from marketplace.kernel.paging import page_of
from tenants.access.guards import market_only
from tenants.access.permissions import MarketRight
from tenants.accounts.queries import names_of
from tenants.merchants import deeds, queries, scopes, services
from tenants.merchants.models import MerchantKind, MerchantState
from tenants.regions import queries as regions
from tenants.staff.queries import colleagues

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


def _show(merchant_id: UUID, typed: Typed, errors: Typed) -> str:
    merchant = queries.get(merchant_id)
    rows = db.session.scalars(audit.about("merchant", merchant_id).limit(100)).all()
    names = names_of({row.account_id for row in rows})
    held: dict[str, Any] = {"codes": sorted(queries.scope_codes(merchant_id)), "choices": scopes.choices()}
    return render_template(
        "console/merchants/show.html", merchant=merchant, legal=queries.legal_profile(merchant_id), scopes=held,
        staff=colleagues(merchant_id), events=deeds.timeline(rows, names), typed=typed, errors=errors, tones=TONES,
        regions=regions, S=MerchantState,
    )  # fmt: skip
