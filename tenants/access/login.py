"""Login at the three sites: Flask-Login over server-side sessions, one for each realm.

`LoginManager` finds the user with a `request_loader`: the realm of the request (from its blueprint) names the cookie, the
cookie's token the row in `user_sessions`. Flask-Login's own session entry and remember-me cookie are not used, because they
cannot be revoked.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, NoReturn, cast
from uuid import UUID

import flask_login
from flask import Flask, Request, Response, current_app, g, request

from marketplace.kernel import clock
from marketplace.kernel.db import unit_of_work
from marketplace.kernel.errors import NotAuthenticated
from tenants.access import form_replay
from tenants.accounts import sessions
from tenants.accounts.models import Account, Realm


@dataclass(frozen=True, kw_only=True)
class CurrentUser(flask_login.UserMixin):  # type: ignore[misc]
    """The logged-in user, as far as pages need it; loaded without reading the account."""

    session_id: UUID
    account_id: UUID
    buyer_id: UUID
    realm: Realm
    name: str
    login: str
    email: str
    locale: str
    confirmed: bool
    seen_at: datetime

    def get_id(self) -> str:
        """Return the id of the session, which is what Flask-Login calls the user's id."""
        return str(self.session_id)


current_user = cast(CurrentUser, flask_login.current_user)
"""The user of this request's realm; check `current_user.is_authenticated` where a login is optional."""


class LoginManager(flask_login.LoginManager):  # type: ignore[misc]
    """Flask-Login's manager without its session entry and its remember-me cookie."""

    def _load_user(self) -> None:
        """Load the user with the request loader only."""
        self._update_request_context_with_user(self._load_user_from_request(request))

    def _update_remember_cookie(self, response: Response) -> Response:
        """Leave the response alone: reading the session here would add `Vary: Cookie` to every response."""
        return response


login_manager = LoginManager()


def init_app(app: Flask) -> None:
    """Register the login manager, and `current_user` as a lazy template global.

    Flask-Login's context processor would load the user for every rendered template, also where none is shown.
    """
    login_manager.init_app(app, add_context_processor=False)
    app.jinja_env.globals["current_user"] = flask_login.current_user
    app.after_request(set_session_cookies)
    app.after_request(touch_sessions)


def request_realm() -> Realm:
    """Return the realm of this request: desk and console by their blueprints, the shop's for all other pages."""
    site = (request.blueprint or "").partition(".")[0]
    return {"desk": Realm.DESK, "console": Realm.CONSOLE}.get(site, Realm.SHOP)


def cookie_name(realm: Realm) -> str:
    """Return the name of the realm's session cookie; over TLS it is bound to this host (`__Host-`)."""
    prefix = "__Host-" if current_app.config["SETTINGS"].secure else ""
    return f"{prefix}{realm.value}"


def get_session_user(realm: Realm) -> CurrentUser | None:
    """Return the user whom this browser's cookie of the realm logs in, or None; at most one statement per request and realm."""
    users_by_realm: dict[Realm, CurrentUser | None] = g.setdefault("users_by_realm", {})
    if realm not in users_by_realm:
        users_by_realm[realm] = _load_user(realm)
    return users_by_realm[realm]


@login_manager.request_loader  # type: ignore[untyped-decorator]
def load_user_from_request(_request: Request) -> CurrentUser | None:
    """Return the user of the request's realm for Flask-Login."""
    return get_session_user(request_realm())


@login_manager.unauthorized_handler  # type: ignore[untyped-decorator]
def reject_unauthenticated() -> NoReturn:
    """Store a submitted form, to be replayed after the login, and raise NotAuthenticated for the request's realm."""
    realm = request_realm()
    if request.method == "POST":
        form_replay.stash_form(realm)
    raise NotAuthenticated(realm=realm)


def ensure_authenticated(realm: Realm = Realm.SHOP) -> None:
    """Call the unauthorized handler unless a user is logged in to the realm, as Flask-Login's `login_required` does.

    Raises:
        NotAuthenticated: No user is logged in to the realm.
    """
    if not current_user.is_authenticated or current_user.realm is not realm:
        login_manager.unauthorized()


def login_user(account: Account, realm: Realm) -> None:
    """Create a new session in the realm and set its cookie; the session that the browser had is revoked at once."""
    previous = get_session_user(realm)
    if previous is not None:
        sessions.revoke_session(previous.session_id)
    token = sessions.create_session(
        account=account, realm=realm, ip_address=request.remote_addr, user_agent=request.user_agent.string
    )
    g.setdefault("session_cookies", {})[realm] = token
    g.setdefault("users_by_realm", {}).pop(realm, None)
    _forget_loaded_user(realm)
    flask_login.user_logged_in.send(_app(), user=account)


def logout_user(realm: Realm) -> None:
    """Revoke this browser's session in the realm and delete its cookie."""
    previous = get_session_user(realm)
    if previous is not None:
        sessions.revoke_session(previous.session_id)
        g.users_by_realm[realm] = None
        _forget_loaded_user(realm)
        flask_login.user_logged_out.send(_app(), user=previous)
    g.setdefault("session_cookies", {})[realm] = None


def touch_sessions(response: Response) -> Response:
    """Extend the sessions used by this request after its work is done."""
    stale_before = clock.now() - sessions.TOUCH_INTERVAL
    stale_ids = [user.session_id for user in g.get("users_by_realm", {}).values() if user and user.seen_at < stale_before]
    if stale_ids and response.status_code < 500:
        with unit_of_work():
            sessions.touch_sessions(stale_ids)
    return response


def set_session_cookies(response: Response) -> Response:
    """Set the session cookies decided during this request."""
    settings = current_app.config["SETTINGS"]
    for realm, token in g.pop("session_cookies", {}).items():
        if token is None:
            response.delete_cookie(cookie_name(realm), path="/", secure=settings.secure, httponly=True)
            continue
        response.set_cookie(
            cookie_name(realm),
            token,
            max_age=int(sessions.LIFETIME[realm].total_seconds()),
            path="/",
            secure=settings.secure,
            httponly=True,
            samesite="Strict" if realm is Realm.CONSOLE else "Lax",
        )
    return response


def _load_user(realm: Realm) -> CurrentUser | None:
    token = request.cookies.get(cookie_name(realm))
    if not token or len(token) > 100:
        return None
    row = sessions.get_session(token, realm)
    if row is None:
        return None
    profile = row.profile
    return CurrentUser(
        session_id=row.id,
        account_id=row.account_id,
        buyer_id=UUID(profile["buyer_id"]),
        realm=realm,
        name=profile["name"],
        login=profile["login"],
        email=profile["email"],
        locale=profile["locale"],
        confirmed=profile["confirmed"],
        seen_at=row.seen_at,
    )


def _forget_loaded_user(realm: Realm) -> None:
    """Make Flask-Login load the user again when it is read next in this request."""
    if realm is request_realm():
        g.pop("_login_user", None)


def _app() -> Flask:
    app: Any = current_app
    return cast(Flask, app._get_current_object())
