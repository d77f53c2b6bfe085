"""Team, settings, audit trail and letters at the console (RO5)."""

from __future__ import annotations

import re
from uuid import UUID

from flask import Blueprint, current_app, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from marketplace.kernel.errors import Invalid, NotFound
from marketplace.kernel.forms import Typed, take
from marketplace.kernel.paging import page_of
from marketplace.kernel.texts import LANGUAGES, pick
from tenants.access.guards import market_only
from tenants.access.permissions import MARKET_GRANTS, MarketRight, MarketRole
from tenants.accounts.queries import names_of
from tenants.market import deeds, queries, services
from tenants.market.errors import SettingsMoved
from tenants.merchants import queries as merchants

console = Blueprint("market", __name__)
team = Blueprint("team", __name__, url_prefix="/team")
settings = Blueprint("settings", __name__, url_prefix="/settings")
trail = Blueprint("trail", __name__, url_prefix="/audit")
letters = Blueprint("letters", __name__, url_prefix="/letters")
ONE_TIME = re.compile(r"(/(?:reset|confirm|confirm-change|invitation)/)[A-Za-z0-9_-]{20,}")


@team.get("/")
@market_only(MarketRight.TEAM_MANAGE)
def index() -> ResponseReturnValue:
    """Who works for the market."""
    return _team(Typed(role=MarketRole.SUPPORT.value), Typed())


@team.post("/")
@market_only(MarketRight.TEAM_MANAGE)
def add() -> ResponseReturnValue:
    """Let somebody with an account work for the market."""
    typed = take(request.form, "name", "role")
    try:
        services.add_colleague(name=typed.name, role=typed.role)
    except Invalid as refusal:
        return _team(typed, Typed(refusal.errors)), 422
    flash(_("Added; the person has a letter."), "success")
    return redirect(url_for(".index"), 303)


@team.post("/<uuid:account_id>/role")
@market_only(MarketRight.TEAM_MANAGE)
def change_role(account_id: UUID) -> ResponseReturnValue:
    """Give another role."""
    services.change_role(account_id=account_id, role=request.form.get("role", ""))
    flash(_("The role is changed."), "success")
    return redirect(url_for(".index"), 303)


@team.post("/<uuid:account_id>/remove")
@market_only(MarketRight.TEAM_MANAGE)
def remove(account_id: UUID) -> ResponseReturnValue:
    """Let somebody work for the market no more."""
    services.remove(account_id=account_id)
    flash(_("Removed: this person can no longer enter the console."), "success")
    return redirect(url_for("console.overview.index") if account_id == g.identity.account_id else url_for(".index"), 303)


@settings.get("/")
@market_only(MarketRight.SETTINGS_EDIT)
def edit() -> ResponseReturnValue:
    """What is set now, and what the installation says."""
    return _settings(_held(), Typed())


@settings.post("/")
@market_only(MarketRight.SETTINGS_EDIT)
def save() -> ResponseReturnValue:
    """Set it."""
    typed = take(request.form, "announcement_zh_Hans", "announcement_en", "unpaid_minutes", "version", longest=20_000)
    announcement = {locale: typed[f"announcement_{locale}"] for locale in LANGUAGES}
    try:
        seen = request.form.get("version", type=int)
        services.change_settings(announcement=announcement, unpaid_minutes=typed.unpaid_minutes, seen=seen)
    except Invalid as refusal:
        return _settings(typed, Typed(refusal.errors)), 422
    except SettingsMoved as refusal:
        flash(refusal.sentence(), "error")
        now = _held()
        names = [name for name in now if name != "version" and now[name] != typed[name]]
        theirs = {name: _("It stands here now: %(words)s", words=now[name] or "–") for name in names}
        return _settings(Typed(typed, version=now.version), Typed(theirs)), 409
    flash(_("Saved."), "success")
    return redirect(url_for(".edit"), 303)


@trail.get("/")
@market_only(MarketRight.AUDIT_SEE)
def audit() -> ResponseReturnValue:
    """Who did what to whom, when, from where, and why."""
    kind, find = request.args.get("kind", ""), request.args.get("q", "").strip()[:80]
    wanted = queries.Trail(
        kind=kind if kind in deeds.KINDS else "",
        account_id=request.args.get("who", type=UUID),
        merchant_id=request.args.get("merchant", type=UUID),
        find=find,
        deeds=deeds.called(find),
    )
    page = page_of(queries.trail(wanted), number=request.args.get("page", 1, type=int), size=50)
    shops = merchants.by_ids({row.merchant_id for row in page.items if row.merchant_id})
    return render_template(
        "console/market/audit.html", page=page, wanted=wanted, kinds=deeds.KINDS, label=deeds.label,
        names=names_of(row.account_id for row in page.items), shops={one.id: pick(one.name) for one in shops.values()},
    )  # fmt: skip


@letters.get("/")
@market_only(MarketRight.AUDIT_SEE)
def outbox() -> ResponseReturnValue:
    """The letters that the market has written."""
    find = request.args.get("q", "").strip()[:80]
    page = page_of(queries.letters(find), number=request.args.get("page", 1, type=int), size=50)
    return render_template("console/market/letters.html", page=page, find=find)


@letters.get("/<uuid:mail_id>")
@market_only(MarketRight.AUDIT_SEE)
def letter(mail_id: UUID) -> ResponseReturnValue:
    """One letter. Where letters really go out, the one-time words in them are nobody's business but the reader's."""
    found = queries.letter(mail_id)
    if found is None:
        raise NotFound
    goes_out = bool(current_app.config["SETTINGS"].smtp_url)
    text = ONE_TIME.sub(r"\1…", found.text) if goes_out else found.text
    return render_template("console/market/letter.html", letter=found, text=text, goes_out=goes_out)


def _team(typed: Typed, errors: Typed) -> str:
    return render_template(
        "console/market/team.html", team=queries.team(), roles=MarketRole.choices(), typed=typed, errors=errors,
        grants=MARKET_GRANTS, rights=list(MarketRight), all_roles=list(MarketRole),
    )  # fmt: skip


def _held() -> Typed:
    held, row = queries.values(), queries.row_of()
    typed = Typed({f"announcement_{locale}": held.announcement.get(locale, "") for locale in LANGUAGES})
    return Typed(typed, unpaid_minutes=str(held.unpaid_minutes), version=str(row.version if row else 0))


def _settings(typed: Typed, errors: Typed) -> str:
    held = current_app.config["SETTINGS"]
    return render_template("console/market/settings.html", typed=typed, errors=errors, held=held)


for part in (team, settings, trail, letters):
    console.register_blueprint(part)
