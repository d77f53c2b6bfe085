"""What can be done with a merchant's staff."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from flask import url_for
from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy import delete, update

from marketplace.kernel import audit, clock, mail
from marketplace.kernel.db import advisory_lock, db
from marketplace.kernel.errors import Invalid, NotFound
from marketplace.kernel.events import publish
from marketplace.kernel.ids import secret_word, uuid7
from marketplace.kernel.texts import pick
from tenants.access.permissions import StaffRole
from tenants.accounts import queries as accounts
from tenants.accounts import rules, sessions
from tenants.accounts.models import Account, Audience
from tenants.merchants.models import Merchant
from tenants.scope import Purpose, acting_for, working_on
from tenants.staff import queries
from tenants.staff.errors import InvitationOver, LastOwner, OwnerThere
from tenants.staff.events import StaffJoined, StaffRemoved, StaffRoleChanged
from tenants.staff.models import Invitation, Staff

OPEN_FOR = timedelta(days=7)
MOST_OPEN = 50


def invite(*, merchant: Merchant, email: str, role: str, invited_by: tuple[UUID, str], locale: str) -> None:
    """Ask somebody by mail to work at the desk; a newer invitation to the same address replaces an older one.

    `invited_by` is (account, name). Raises Invalid.
    """
    errors: dict[str, str] = {}
    if complaint := rules.email_complaint(email):
        errors["email"] = complaint
    if role not in set(StaffRole):
        errors["role"] = _("Please choose a role.")
    address = (rules.email_of(email) or email).lower()
    if any(one.email.lower() == address for one in queries.colleagues(merchant.id)):
        errors["email"] = _("This person works here already.")
    if len(queries.invitations(merchant.id)) >= MOST_OPEN:
        errors["email"] = _("There are too many open invitations. Take some back first.")
    if errors:
        raise Invalid(errors)
    db.session.execute(delete(Invitation).where(Invitation.merchant_id == merchant.id, Invitation.email == address))
    word, moment = secret_word(), clock.now()
    row = Invitation(
        id=uuid7(),
        merchant_id=merchant.id,
        email=address,
        role=StaffRole(role),
        token_hash=sessions.hashed(word),
        invited_by=invited_by[0],
        inviter=invited_by[1],
        expires_at=moment + OPEN_FOR,
    )
    db.session.add(row)
    db.session.flush()
    audit.record("staff.invited", subject=("merchant", merchant.id), after={"email": address, "role": role})
    with force_locale(locale):
        label = str(row.role.label)
    link = url_for("account.invitation.show", word=word, _external=True)
    values = {"shop": pick(merchant.name, locale), "role": label, "inviter": invited_by[1], "link": link}
    mail.send(to=address, kind="staff_invited", locale=locale, **values)


def invite_owner(*, merchant: Merchant, email: str, invited_by: tuple[UUID, str], locale: str) -> None:
    """The market asks somebody by mail to take over a desk that has no owner. Raises Invalid, OwnerThere."""
    with acting_for(merchant.id):
        if queries.owners(merchant.id):
            raise OwnerThere
        invite(merchant=merchant, email=email, role=StaffRole.OWNER, invited_by=invited_by, locale=locale)


def take_back(*, merchant_id: UUID, invitation_id: UUID) -> None:
    """Let an invitation work no more. Raises NotFound when there is none: it was used already, or is somebody else's."""
    gone = delete(Invitation).where(Invitation.id == invitation_id, Invitation.merchant_id == merchant_id)
    if db.session.scalar(gone.returning(Invitation.id)) is None:
        raise NotFound


def accept(*, word: str, account: Account) -> Merchant:
    """Take the offered place at the desk; the word is used up. Raises InvitationOver."""
    found = queries.invitation(word)
    if found is None:
        raise InvitationOver
    invitation, merchant = found
    with working_on(Purpose.INVITATION, merchant_id=merchant.id):
        taken = delete(Invitation).where(Invitation.id == invitation.id).returning(Invitation.role)
        role = db.session.scalar(taken)
        if role is None:
            raise InvitationOver
        _take_place(merchant.id, account, role)
        db.session.flush()
        audit.record("staff.joined", subject=("merchant", merchant.id), after={"name": account.name, "role": role.value})
    publish(StaffJoined(merchant_id=merchant.id, account_id=account.id, role=role.value))
    return merchant


def change_role(*, merchant_id: UUID, staff_id: UUID, role: str) -> None:
    """Give a colleague another role; it holds from the next request on. Raises Invalid, LastOwner, NotFound."""
    if role not in set(StaffRole):
        raise Invalid({"role": _("Please choose a role.")})
    advisory_lock("staff", merchant_id)
    colleague = queries.get(staff_id, lock=True)
    if colleague.role is StaffRole.OWNER and role != StaffRole.OWNER:
        _keep_an_owner(merchant_id)
    before = colleague.role.value
    colleague.role = StaffRole(role)
    db.session.flush()
    subject, after = ("merchant", merchant_id), {"name": colleague.name, "role": role}
    audit.record("staff.role_changed", subject=subject, before={"role": before}, after=after)
    publish(StaffRoleChanged(merchant_id=merchant_id, account_id=colleague.account_id, role=role))


def remove(*, merchant: Merchant, staff_id: UUID, locale: str) -> None:
    """Let a colleague work here no more; their sessions at the desk end at once (R25). Raises LastOwner, NotFound."""
    advisory_lock("staff", merchant.id)
    colleague = queries.get(staff_id, lock=True)
    if colleague.role is StaffRole.OWNER:
        _keep_an_owner(merchant.id)
    colleague.removed_at = clock.now()
    db.session.flush()
    sessions.end_all(colleague.account_id, audience=Audience.DESK)
    audit.record("staff.removed", subject=("merchant", merchant.id), after={"name": colleague.name})
    values = {"name": colleague.name, "shop": pick(merchant.name, locale)}
    mail.send(to=colleague.email, kind="staff_removed", locale=locale, **values)
    publish(StaffRemoved(merchant_id=merchant.id, account_id=colleague.account_id))


def keep_names(*, account_id: UUID, name: str, email: str) -> None:
    """Let the desks show what a person is called now."""
    with working_on(Purpose.INVITATION):
        db.session.execute(update(Staff).where(Staff.account_id == account_id).values(name=name, email=email))


def account_of(*, account_id: UUID) -> Account:
    """The person who accepts. Raises NotFound."""
    return accounts.account_by_id(account_id)


def _take_place(merchant_id: UUID, account: Account, role: StaffRole) -> None:
    former = queries.of_account(merchant_id, account.id)
    if former is None:
        place = Staff(id=uuid7(), merchant_id=merchant_id, account_id=account.id, role=role)
        place.name, place.email = account.name, account.email
        db.session.add(place)
    elif former.removed_at is not None or former.role is not StaffRole.OWNER:
        former.removed_at, former.role, former.since = None, role, clock.now()


def _keep_an_owner(merchant_id: UUID) -> None:
    if queries.owners(merchant_id) <= 1:
        raise LastOwner
