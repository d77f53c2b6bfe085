"""Signing in at the shop, the desk and the console; signing out everywhere."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, Response, flash, g, make_response, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from marketplace.kernel.errors import Invalid, TooMany
from marketplace.kernel.forms import Typed, take
from marketplace.kernel.urls import local_path
from tenants.access import desks, devices, unsent
from tenants.access.guards import everyone
from tenants.access.identity import forget_here, identity, sign_in_here
from tenants.accounts import services
from tenants.accounts.models import Account, Audience
from tenants.accounts.queries import account_by_id

entry = Blueprint("entry", __name__)
console = Blueprint("entry", __name__)
MANY_DESKS = 2


@entry.get("/sign-in")
@everyone
def sign_in() -> ResponseReturnValue:
    """The form; at the desk, who is known to the shop may go on with one click."""
    if "next" in request.args:
        session["next"] = local_path(request.args["next"])
    return _form(Typed(), Typed())


@entry.post("/sign-in")
@everyone
def do_sign_in() -> ResponseReturnValue:
    """Prove who one is, and go to where one wanted to go, or belongs (RO1)."""
    account = _prove()
    if not isinstance(account, Account):
        return account
    return let_in(account)


@entry.post("/sign-in/continue")
@everyone
def carry_on() -> ResponseReturnValue:
    """Go on to the desk as the person the shop knows."""
    person = identity()
    if person is None:
        return redirect(url_for(".sign_in", door="desk"), 303)
    mine = desks.desks_of(person.account_id)
    if not mine:
        flash(_("You work at no desk yet. Ask the owner of a shop to invite you, or apply with a business of your own."))
        return redirect(url_for("shop.home.index"), 303)
    target, word = session.pop("next", None), session.get(unsent.WORD)
    sign_in_here(account_by_id(person.account_id), Audience.DESK)
    return redirect(_onwards(person.account_id, target, _desk_of(mine), word), 303)


@entry.get("/sign-in/unsent")
@everyone
def unsent_form() -> ResponseReturnValue:
    """What was sent after its session had ended: the person who is signed in again sends it with one click, or leaves it."""
    here = local_path(session.get("next"), url_for("shop.home.index"))
    for person in filter(None, map(identity, Audience)):
        kept = unsent.of(person.account_id)
        if kept is not None and kept.audience is person.audience:
            why = _("You are signed in again. What you sent before was kept and has had no effect yet.")
            return render_template("unsent.html", kept=kept.sent, why=why, here=here)
    return redirect(here, 302)


@entry.post("/sign-out")
@everyone
def sign_out() -> ResponseReturnValue:
    """Leave all doors of this browser."""
    for audience in Audience:
        forget_here(audience)
    session.clear()
    flash(_("You are signed out."), "success")
    return redirect(url_for("shop.home.index"), 303)


@console.get("/sign-in", endpoint="sign_in")
@everyone
def sign_in_at_console() -> ResponseReturnValue:
    """The market's own staff prove themselves anew: no other door's session opens this one."""
    return _form(Typed(), Typed())


@console.post("/sign-in")
@everyone
def do_sign_in_at_console() -> ResponseReturnValue:
    """Prove who one is, and that one works for the market."""
    account = _prove()
    if not isinstance(account, Account):
        return account
    if not desks.works_for_the_market(account.id):
        return _form(take(request.form, "name"), Typed({"": _("This account does not work for the market.")})), 403
    target, word = session.get("next"), session.get(unsent.WORD)
    session.clear()
    sign_in_here(account, Audience.CONSOLE)
    answer = make_response(redirect(_onwards(account.id, target, url_for("console.overview.index"), word), 303))
    return devices.remember(answer, account.id)


def let_in(account: Account) -> Response:
    """Open fresh sessions at the shop and, for a merchant's staff, at the desk; lead where the person wanted to go."""
    target, word = session.get("next"), session.get(unsent.WORD)
    session.clear()
    mine = desks.desks_of(account.id)
    sign_in_here(account, Audience.SHOP)
    if mine:
        sign_in_here(account, Audience.DESK)
    otherwise = _desk_of(mine) if mine else url_for("shop.home.index")
    answer = make_response(redirect(_onwards(account.id, target, otherwise, word), 303))
    if "lang" not in request.cookies:  # what was chosen in this browser goes before what was chosen once for letters
        answer.set_cookie("lang", account.locale, max_age=devices.YEAR, samesite="Lax", httponly=True, secure=request.is_secure)
    return devices.remember(answer, account.id)


def _onwards(account_id: UUID, target: str | None, otherwise: str, word: str | None) -> str:
    """Where to go: to what waits to be sent again, where one wanted to go, or where one belongs."""
    if not unsent.carry(word, account_id):
        return local_path(target, otherwise)
    session["next"] = local_path(target, otherwise)
    return url_for("account.entry.unsent_form")


def _desk_of(mine: list[desks.Desk]) -> str:
    if len(mine) >= MANY_DESKS:
        return url_for("account.me.desks")
    return url_for("desk.today.index", merchant=mine[0].slug)


def _prove() -> Account | ResponseReturnValue:
    typed, password = take(request.form, "name"), request.form.get("password", "")
    if not typed.name or not password:
        errors = Typed({} if typed.name else {"name": _("Please enter your login name or e-mail address.")})
        if not password:
            errors["password"] = _("Please enter your password.")
        return _form(typed, errors), 422
    try:
        account = services.prove(
            name=typed.name, password=password[:200], address=request.remote_addr or "", device=devices.known()
        )
    except TooMany:
        return _form(typed, Typed({"": _("Too many tries. Please wait an hour, or set a new password by mail.")})), 429
    except Invalid as refusal:
        return _form(typed, Typed({"": refusal.sentence()})), 422
    services.open_door(account=account, password=password)
    return account


def _form(typed: Typed, errors: Typed) -> str:
    door = "console" if (request.blueprint or "").startswith("console") else request.args.get("door", "shop")
    if door not in ("shop", "desk", "console"):
        door = "shop"
    known = identity() if door == "desk" else None
    g.frame_plain = door == "console"
    return render_template("account/accounts/sign_in.html", door=door, known=known, typed=typed, errors=errors)
