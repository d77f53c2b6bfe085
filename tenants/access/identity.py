"""Who stands at the door: read from the door's own cookie, once for each request."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from flask import Response, current_app, g, request

from marketplace.kernel import clock
from marketplace.kernel.db import unit_of_work
from marketplace.kernel.errors import NotSignedIn
from tenants.access import unsent
from tenants.accounts import sessions
from tenants.accounts.models import Account, Audience


@dataclass(frozen=True, kw_only=True)
class Identity:
    """A signed-in person, as much of them as a page needs."""

    session_id: UUID
    account_id: UUID
    buyer_id: UUID
    audience: Audience
    name: str
    login: str
    email: str
    locale: str
    confirmed: bool
    seen_at: datetime


def cookie_name(audience: Audience) -> str:
    """Each kind of door has its own cookie; over TLS bound to this very host."""
    prefix = "__Host-" if current_app.config["SETTINGS"].secure else ""
    return f"{prefix}{audience.value}"


def identity(audience: Audience = Audience.SHOP) -> Identity | None:
    """The person signed in at this kind of door, or None: at most one statement a request."""
    known: dict[Audience, Identity | None] = g.setdefault("identities", {})
    if audience not in known:
        known[audience] = _read(audience)
    return known[audience]


def require(audience: Audience = Audience.SHOP) -> Identity:
    """The person signed in at this kind of door. Raises NotSignedIn, and then keeps what was sent for when they are."""
    person = identity(audience)
    if person is None:
        if request.method == "POST":
            unsent.keep(audience)
        raise NotSignedIn(audience=audience)
    return person


def sign_in_here(account: Account, audience: Audience) -> None:
    """Open a fresh session at this kind of door and hand its word to the browser; the one it had is dead at once."""
    before = identity(audience)
    if before is not None:
        sessions.end(before.session_id)
    word = sessions.open_session(
        account=account, audience=audience, address=request.remote_addr, agent=request.user_agent.string
    )
    g.setdefault("cookies_to_set", {})[audience] = word
    g.setdefault("identities", {}).pop(audience, None)


def forget_here(audience: Audience) -> None:
    """End this browser's session at this kind of door and take its word away."""
    before = identity(audience)
    if before is not None:
        sessions.end(before.session_id)
        g.identities[audience] = None
    g.setdefault("cookies_to_set", {})[audience] = None


def note_use(response: Response) -> Response:
    """Keep the sessions that this request used from ageing, after its work is done (registered by the application)."""
    late = clock.now() - sessions.TOUCH_EVERY
    stale = [person.session_id for person in g.get("identities", {}).values() if person and person.seen_at < late]
    if stale and response.status_code < 500:
        with unit_of_work():
            sessions.touch(stale)
    return response


def set_cookies(response: Response) -> Response:
    """Carry the words decided during this request to the browser (registered by the application)."""
    settings = current_app.config["SETTINGS"]
    for audience, word in g.pop("cookies_to_set", {}).items():
        if word is None:
            response.delete_cookie(cookie_name(audience), path="/", secure=settings.secure, httponly=True)
            continue
        response.set_cookie(
            cookie_name(audience),
            word,
            max_age=int(sessions.LASTS[audience].total_seconds()),
            path="/",
            secure=settings.secure,
            httponly=True,
            samesite="Strict" if audience is Audience.CONSOLE else "Lax",
        )
    return response


def _read(audience: Audience) -> Identity | None:
    word = request.cookies.get(cookie_name(audience))
    if not word or len(word) > 100:
        return None
    row = sessions.find(word, audience)
    if row is None:
        return None
    face = row.face
    return Identity(
        session_id=row.id,
        account_id=row.account_id,
        buyer_id=UUID(face["buyer_id"]),
        audience=audience,
        name=face["name"],
        login=face["login"],
        email=face["email"],
        locale=face["locale"],
        confirmed=face["confirmed"],
        seen_at=row.seen_at,
    )
