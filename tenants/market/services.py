"""What can be done with the market itself."""

from __future__ import annotations

from uuid import UUID

from flask import g, url_for
from flask_babel import force_locale
from flask_babel import gettext as _

from marketplace.kernel import audit, clock, mail
from marketplace.kernel.db import advisory_lock, db
from marketplace.kernel.errors import Invalid, NotFound
from marketplace.kernel.forms import whole
from tenants.access.permissions import MarketRole
from tenants.accounts import queries as accounts
from tenants.accounts import sessions
from tenants.accounts.models import Audience, MarketStaff
from tenants.market import queries
from tenants.market.errors import LastAdministrator, SettingsMoved
from tenants.market.models import MarketSettings

SHORTEST_WAIT, LONGEST_WAIT = 5, 7 * 24 * 60


def add_colleague(*, name: str, role: str) -> None:
    """Let somebody who has an account (login or e-mail) work for the market, and tell them. Raises Invalid."""
    errors: dict[str, str] = {}
    account = accounts.account_by_name(name) if name else None
    if account is None or account.disabled_at:
        errors["name"] = _("There is no account of this name. Ask the person to register first.")
    if role not in set(MarketRole):
        errors["role"] = _("Please choose a role.")
    advisory_lock("market-team")
    place = queries.place_of(account.id) if account else None
    if place is not None and place.removed_at is None:
        errors["name"] = _("This person works for the market already.")
    if errors or account is None:
        raise Invalid(errors)
    if place is None:
        db.session.add(MarketStaff(account_id=account.id, role=MarketRole(role)))
    else:
        place.role, place.removed_at, place.since = MarketRole(role), None, clock.now()
    db.session.flush()
    audit.record("market_team.joined", subject=("account", account.id), after={"name": account.name, "role": role})
    with force_locale(account.locale):
        label = str(MarketRole(role).label)
    link = url_for("console.entry.sign_in", _external=True)
    mail.send(to=account.email, kind="market_team", locale=account.locale, name=account.name, role=label, link=link)


def change_role(*, account_id: UUID, role: str) -> None:
    """Give a colleague another role; it holds from the next request on. Raises Invalid, LastAdministrator, NotFound."""
    if role not in set(MarketRole):
        raise Invalid({"role": _("Please choose a role.")})
    place = _place(account_id)
    if place.role is MarketRole.ADMINISTRATOR and role != MarketRole.ADMINISTRATOR:
        _keep_an_administrator()
    before, place.role = place.role.value, MarketRole(role)
    db.session.flush()
    subject = ("account", account_id)
    audit.record("market_team.role_changed", subject=subject, before={"role": before}, after={"role": role})


def remove(*, account_id: UUID) -> None:
    """Let a colleague work for the market no more; their sessions at the console end. Raises LastAdministrator, NotFound."""
    place = _place(account_id)
    if place.role is MarketRole.ADMINISTRATOR:
        _keep_an_administrator()
    place.removed_at = clock.now()
    db.session.flush()
    sessions.end_all(account_id, audience=Audience.CONSOLE)
    audit.record("market_team.removed", subject=("account", account_id), before={"role": place.role.value})


def change_settings(*, announcement: dict[str, str], unpaid_minutes: str, seen: int | None = None) -> None:
    """Set what holds for the whole market; `seen` is the version of it that the author saw. Raises Invalid, SettingsMoved."""
    errors = {f"announcement_{locale}": _too_long() for locale, text in announcement.items() if len(text) > 300}
    minutes = whole(unpaid_minutes, most=LONGEST_WAIT) or 0
    if minutes < SHORTEST_WAIT:
        errors["unpaid_minutes"] = _(
            "Please enter whole minutes, from %(least)s to %(most)s.", least=SHORTEST_WAIT, most=LONGEST_WAIT
        )
    if errors:
        raise Invalid(errors)
    advisory_lock("market-settings")
    kept = {locale: text for locale, text in announcement.items() if text}
    row, before = queries.row_of(lock=True), queries.values()
    if seen is not None and seen != (row.version if row else 0):
        raise SettingsMoved
    if row is None:
        row = MarketSettings(announcement=kept, unpaid_minutes=minutes)
        db.session.add(row)
    row.announcement, row.unpaid_minutes, row.changed_at = kept, minutes, clock.now()
    db.session.flush()
    g.pop("market_values", None)
    audit.record("market.settings_changed", subject=("market", None), before=before.__dict__, after=queries.values().__dict__)


def _place(account_id: UUID) -> MarketStaff:
    advisory_lock("market-team")
    place = queries.place_of(account_id)
    if place is None or place.removed_at is not None:
        raise NotFound
    return place


def _keep_an_administrator() -> None:
    if queries.administrators() <= 1:
        raise LastAdministrator


def _too_long() -> str:
    return str(_("At most %(most)s characters, please.", most=300))
