"""Login to the shop, the desk and the console; logout from all of them."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, Response, flash, g, make_response, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from marketplace.kernel.errors import RateLimited, ValidationError
from marketplace.kernel.form_input import FormData, clean_fields
from marketplace.kernel.urls import safe_redirect_path
from tenants.access import device_cookie, form_replay, memberships
from tenants.access.decorators import public
from tenants.access.login import get_session_user, login_user, logout_user
from tenants.accounts import services
from tenants.accounts.models import Account, Realm
from tenants.accounts.queries import get_account

auth = Blueprint("auth", __name__)
console = Blueprint("auth", __name__)
MANY_DESKS = 2


@auth.get("/sign-in")
@public
def sign_in() -> ResponseReturnValue:
    """Show the login form; at the desk, a user of the shop can continue with one click."""
    if "next" in request.args:
        session["next"] = safe_redirect_path(request.args["next"])
    return _render_form(FormData(), FormData())


@auth.post("/sign-in")
@public
def do_sign_in() -> ResponseReturnValue:
    """Log the user in and redirect to the page they came from, or to the default page of their role (RO1)."""
    account = _authenticate()
    if not isinstance(account, Account):
        return account
    return login_and_redirect(account)


@auth.post("/sign-in/continue")
@public
def continue_to_desk() -> ResponseReturnValue:
    """Log the shop's user in to the desk."""
    user = get_session_user(Realm.SHOP)
    if user is None:
        return redirect(url_for(".sign_in", door="desk"), 303)
    user_memberships = memberships.list_memberships(user.account_id)
    if not user_memberships:
        flash(_("You work at no desk yet. Ask the owner of a shop to invite you, or apply with a business of your own."))
        return redirect(url_for("shop.home.index"), 303)
    next_url, replay_token = session.pop("next", None), session.get(form_replay.SESSION_KEY)
    login_user(get_account(user.account_id), Realm.DESK)
    return redirect(_redirect_target(user.account_id, next_url, _desk_url(user_memberships), replay_token), 303)


@auth.get("/sign-in/unsent")
@public
def replay_form() -> ResponseReturnValue:
    """Show a form that was submitted after its session had expired: the user sends it with one click, or leaves it."""
    return_url = safe_redirect_path(session.get("next"), url_for("shop.home.index"))
    for user in filter(None, map(get_session_user, Realm)):
        pending = form_replay.load_form(user.account_id)
        if pending is not None and pending.realm is user.realm:
            reason = _("You are signed in again. What you sent before was kept and has had no effect yet.")
            return render_template("form_replay.html", form=pending.form, reason=reason, return_url=return_url)
    return redirect(return_url, 302)


@auth.post("/sign-out")
@public
def sign_out() -> ResponseReturnValue:
    """Log this browser out of all realms."""
    for realm in Realm:
        logout_user(realm)
    session.clear()
    flash(_("You are signed out."), "success")
    return redirect(url_for("shop.home.index"), 303)


@console.get("/sign-in", endpoint="sign_in")
@public
def console_sign_in() -> ResponseReturnValue:
    """Show the console's login form: a session of another realm is not accepted."""
    return _render_form(FormData(), FormData())


@console.post("/sign-in")
@public
def do_console_sign_in() -> ResponseReturnValue:
    """Log a member of the platform staff in to the console."""
    account = _authenticate()
    if not isinstance(account, Account):
        return account
    if not memberships.is_platform_staff(account.id):
        return _render_form(
            clean_fields(request.form, "name"), FormData({"": _("This account does not work for the market.")})
        ), 403
    next_url, replay_token = session.get("next"), session.get(form_replay.SESSION_KEY)
    session.clear()
    login_user(account, Realm.CONSOLE)
    response = make_response(
        redirect(_redirect_target(account.id, next_url, url_for("console.dashboard.index"), replay_token), 303)
    )
    return device_cookie.set_device_cookie(response, account.id)


def login_and_redirect(account: Account) -> Response:
    """Create sessions for the shop and, for merchants' staff, for the desk; redirect to the requested page."""
    next_url, replay_token = session.get("next"), session.get(form_replay.SESSION_KEY)
    session.clear()
    user_memberships = memberships.list_memberships(account.id)
    login_user(account, Realm.SHOP)
    if user_memberships:
        login_user(account, Realm.DESK)
    default_url = _desk_url(user_memberships) if user_memberships else url_for("shop.home.index")
    response = make_response(redirect(_redirect_target(account.id, next_url, default_url, replay_token), 303))
    if "lang" not in request.cookies:  # the language chosen in this browser takes precedence over the account's
        response.set_cookie(
            "lang", account.locale, max_age=device_cookie.ONE_YEAR_S, samesite="Lax", httponly=True, secure=request.is_secure
        )
    return device_cookie.set_device_cookie(response, account.id)


def _redirect_target(account_id: UUID, next_url: str | None, default_url: str, replay_token: str | None) -> str:
    """Return the page of a form to replay, the requested page, or the default page."""
    if not form_replay.transfer_form(replay_token, account_id):
        return safe_redirect_path(next_url, default_url)
    session["next"] = safe_redirect_path(next_url, default_url)
    return url_for("account.auth.replay_form")


def _desk_url(user_memberships: list[memberships.MerchantMembership]) -> str:
    if len(user_memberships) >= MANY_DESKS:
        return url_for("account.me.desks")
    return url_for("desk.dashboard.index", merchant=user_memberships[0].slug)


def _authenticate() -> Account | ResponseReturnValue:
    typed, password = clean_fields(request.form, "name"), request.form.get("password", "")
    if not typed.name or not password:
        errors = FormData({} if typed.name else {"name": _("Please enter your login name or e-mail address.")})
        if not password:
            errors["password"] = _("Please enter your password.")
        return _render_form(typed, errors), 422
    try:
        account = services.authenticate(
            login_or_email=typed.name,
            password=password[:200],
            ip_address=request.remote_addr or "",
            device=device_cookie.read_device_cookie(),
        )
    except RateLimited:
        return _render_form(
            typed, FormData({"": _("Too many tries. Please wait an hour, or set a new password by mail.")})
        ), 429
    except ValidationError as exc:
        return _render_form(typed, FormData({"": exc.user_message()})), 422
    services.complete_login(account=account, password=password)
    return account


def _render_form(typed: FormData, errors: FormData) -> str:
    realm = "console" if (request.blueprint or "").startswith("console") else request.args.get("door", "shop")
    if realm not in ("shop", "desk", "console"):
        realm = "shop"
    shop_user = get_session_user(Realm.SHOP) if realm == "desk" else None
    g.is_minimal_page = realm == "console"
    return render_template("account/accounts/sign_in.html", realm=realm, shop_user=shop_user, typed=typed, errors=errors)
