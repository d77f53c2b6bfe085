"""Rates as the market's staff sets them: the present set, trying a sale, publishing the next set, and every set before."""

from __future__ import annotations

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from billing import parties
from billing.commissions import forms, queries, rules, services, trying
from billing.commissions.errors import RatesMoved
from billing.commissions.models import CommissionRate
from billing.references import Branch, branches
from marketplace.kernel.errors import NotFound
from marketplace.kernel.paging import page_of
from tenants.access.guards import market_only
from tenants.access.permissions import MarketRight

console = Blueprint("commissions", __name__, url_prefix="/commissions")


def _zone() -> ZoneInfo:
    return ZoneInfo(current_app.config["SETTINGS"].timezone)


@console.get("/")
@market_only(MarketRight.COMMISSIONS_EDIT)
def index() -> ResponseReturnValue:
    """The rates that hold now, and a sale tried against them."""
    current, tree = queries.newest_set(), branches()
    rates = list(queries.rates_of(current.number)) if current else []
    currency = current_app.config["SETTINGS"].currency
    return render_template(
        "console/commissions/index.html",
        current=current,
        rates=rates,
        default=forms.percent(current.default_basis_points if current else rules.DEFAULT),
        percent=forms.percent,
        merchants=parties.names_of([rate.merchant_id for rate in rates if rate.merchant_id]),
        hidden=[(rates[below], rates[above]) for below, above in rules.unreachable(rates)],
        trial=trying.read(request.args, tree=tree, currency=currency),
        currency=currency,
        sellers=parties.parties(),
        branches=tree,
        goods=_goods(tree),
        sets=page_of(queries.sets(), number=request.args.get("page", 1, type=int), size=10),
        page_url=lambda number: url_for(".index", page=number),
    )


def _goods(tree: Sequence[Branch]) -> dict[str, str]:
    """What the paths of rates are called; a path that nobody offers any more reads as itself."""
    return {branch.path: branch.words for branch in tree}


@console.get("/edit")
@market_only(MarketRight.COMMISSIONS_EDIT)
def edit() -> ResponseReturnValue:
    """The next set, beginning with the present one."""
    current = queries.newest_set()
    rates = list(queries.rates_of(current.number)) if current else []
    sellers = parties.parties(also=[rate.merchant_id for rate in rates if rate.merchant_id])
    labels = {party.id: party.label for party in sellers}
    return _form(forms.shown(current, rates, labels, default=rules.DEFAULT, zone=_zone()), sellers)


@console.post("/edit")
@market_only(MarketRight.COMMISSIONS_EDIT)
def publish() -> ResponseReturnValue:
    """Publish the next set, or lay out more empty rows."""
    typed = forms.read(request.form, zone=_zone())
    if request.form.get("deed") == "more":
        typed.errors.clear()
        forms.add_rows(typed)
        return _form(typed)
    if typed.errors:
        return _form(typed), 422
    try:
        made = services.publish(
            rates=typed.drafts, default_basis_points=typed.default_basis_points, note=typed.note, after=typed.after
        )
    except RatesMoved as refusal:
        return _moved(typed, refusal)
    flash(
        _("Rates number %(number)s hold from now on. What was sold before keeps its commission.", number=made.number), "success"
    )
    return redirect(url_for(".index"))


def _moved(typed: forms.Typed, refusal: RatesMoved) -> ResponseReturnValue:
    """The form as it was typed: whoever publishes it again has been told what it follows."""
    newest = queries.newest_set()
    typed.errors[""] = refusal.sentence()
    typed.after = newest.number if newest else 0
    return _form(typed, moved_to=typed.after), refusal.status


def _form(typed: forms.Typed, sellers: Sequence[parties.Party] = (), *, moved_to: int = 0) -> str:
    return render_template(
        "console/commissions/edit.html",
        typed=typed,
        sellers=sellers or parties.parties(),
        branches=branches(),
        more=len(typed.rows) < forms.MOST,
        moved_to=moved_to,
    )


@console.get("/<int:number>")
@market_only(MarketRight.COMMISSIONS_EDIT)
def older(number: int) -> ResponseReturnValue:
    """One set as it was published."""
    found = queries.rate_set(number) if number < 2**31 else None
    if found is None:
        raise NotFound
    rates: list[CommissionRate] = list(queries.rates_of(number))
    return render_template(
        "console/commissions/set.html",
        current=found,
        rates=rates,
        percent=forms.percent,
        merchants=parties.names_of([rate.merchant_id for rate in rates if rate.merchant_id]),
        goods=_goods(branches()),
    )
