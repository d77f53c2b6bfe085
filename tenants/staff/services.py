"""Services of the staff feature."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from flask import url_for
from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy import delete, update

from marketplace.kernel import audit, clock, mail
from marketplace.kernel.db import advisory_lock, db
from marketplace.kernel.errors import NotFound, ValidationError
from marketplace.kernel.events import publish
from marketplace.kernel.ids import random_token, uuid7
from marketplace.kernel.localized_text import localize
from tenants.access.permissions import StaffRole
from tenants.accounts import queries as account_queries
from tenants.accounts import sessions, validators
from tenants.accounts.models import Account, Realm
from tenants.isolation import AccessPurpose, as_merchant, with_purpose
from tenants.merchants.models import Merchant
from tenants.staff import queries
from tenants.staff.errors import InvitationExpired, LastOwner, OwnerAlreadyExists
from tenants.staff.events import StaffJoined, StaffRemoved, StaffRoleChanged
from tenants.staff.models import Invitation, Staff

INVITATION_LIFETIME = timedelta(days=7)
MAX_OPEN_INVITATIONS = 50


def invite_staff(*, merchant: Merchant, email: str, role: str, invited_by: tuple[UUID, str], locale: str) -> None:
    """Invite a person by e-mail to join the staff; a newer invitation to the same address replaces an older one.

    `invited_by` is (account id, name).

    Raises:
        ValidationError: The address or the role is invalid, or there are too many open invitations.
    """
    errors: dict[str, str] = {}
    if error := validators.validate_email_address(email):
        errors["email"] = error
    if role not in set(StaffRole):
        errors["role"] = _("Please choose a role.")
    address = (validators.normalize_email(email) or email).lower()
    if any(member.email.lower() == address for member in queries.list_staff(merchant.id)):
        errors["email"] = _("This person works here already.")
    if len(queries.list_invitations(merchant.id)) >= MAX_OPEN_INVITATIONS:
        errors["email"] = _("There are too many open invitations. Take some back first.")
    if errors:
        raise ValidationError(errors)
    db.session.execute(delete(Invitation).where(Invitation.merchant_id == merchant.id, Invitation.email == address))
    token, now = random_token(), clock.now()
    invitation = Invitation(
        id=uuid7(),
        merchant_id=merchant.id,
        email=address,
        role=StaffRole(role),
        token_hash=sessions.hash_token(token),
        inviter_id=invited_by[0],
        inviter_name=invited_by[1],
        expires_at=now + INVITATION_LIFETIME,
    )
    db.session.add(invitation)
    db.session.flush()
    audit.record("staff.invited", subject=("merchant", merchant.id), after={"email": address, "role": role})
    with force_locale(locale):
        label = str(invitation.role.label)
    link = url_for("account.invitation.detail", token=token, _external=True)
    values = {"shop": localize(merchant.name, locale), "role": label, "inviter": invited_by[1], "link": link}
    mail.queue_email(to=address, kind="staff_invited", locale=locale, **values)


def invite_owner(*, merchant: Merchant, email: str, invited_by: tuple[UUID, str], locale: str) -> None:
    """Invite an owner on behalf of the platform to a merchant that has none.

    Raises:
        ValidationError: The address is invalid.
        OwnerAlreadyExists: The merchant has an owner.
    """
    with as_merchant(merchant.id):
        if queries.count_owners(merchant.id):
            raise OwnerAlreadyExists
        invite_staff(merchant=merchant, email=email, role=StaffRole.OWNER, invited_by=invited_by, locale=locale)


def revoke_invitation(*, merchant_id: UUID, invitation_id: UUID) -> None:
    """Delete an invitation.

    Raises:
        NotFound: The invitation was used already, or belongs to another merchant.
    """
    stmt = delete(Invitation).where(Invitation.id == invitation_id, Invitation.merchant_id == merchant_id)
    if db.session.scalar(stmt.returning(Invitation.id)) is None:
        raise NotFound


def accept_invitation(*, token: str, account: Account) -> Merchant:
    """Join the staff with an invitation; its token is consumed.

    Raises:
        InvitationExpired: The invitation is no longer open.
    """
    match = queries.get_invitation(token)
    if match is None:
        raise InvitationExpired
    invitation, merchant = match
    with with_purpose(AccessPurpose.INVITATION, merchant_id=merchant.id):
        stmt = delete(Invitation).where(Invitation.id == invitation.id).returning(Invitation.role)
        role = db.session.scalar(stmt)
        if role is None:
            raise InvitationExpired
        _add_member(merchant.id, account, role)
        db.session.flush()
        audit.record("staff.joined", subject=("merchant", merchant.id), after={"name": account.name, "role": role.value})
    publish(StaffJoined(merchant_id=merchant.id, account_id=account.id, role=role.value))
    return merchant


def change_role(*, merchant_id: UUID, staff_id: UUID, role: str) -> None:
    """Change the role of a staff member; it applies from the next request on.

    Raises:
        ValidationError: There is no such role.
        LastOwner: The member is the last owner.
        NotFound: The merchant has no such staff member.
    """
    if role not in set(StaffRole):
        raise ValidationError({"role": _("Please choose a role.")})
    advisory_lock("staff", merchant_id)
    colleague = queries.get_staff(staff_id, lock=True)
    if colleague.role is StaffRole.OWNER and role != StaffRole.OWNER:
        _ensure_owner_left(merchant_id)
    before = colleague.role.value
    colleague.role = StaffRole(role)
    db.session.flush()
    subject, after = ("merchant", merchant_id), {"name": colleague.name, "role": role}
    audit.record("staff.role_changed", subject=subject, before={"role": before}, after=after)
    publish(StaffRoleChanged(merchant_id=merchant_id, account_id=colleague.account_id, role=role))


def remove_staff(*, merchant: Merchant, staff_id: UUID, locale: str) -> None:
    """Remove a staff member; their desk sessions are revoked at once.

    Raises:
        LastOwner: The member is the last owner.
        NotFound: The merchant has no such staff member.
    """
    advisory_lock("staff", merchant.id)
    colleague = queries.get_staff(staff_id, lock=True)
    if colleague.role is StaffRole.OWNER:
        _ensure_owner_left(merchant.id)
    colleague.removed_at = clock.now()
    db.session.flush()
    sessions.revoke_sessions(colleague.account_id, realm=Realm.DESK)
    audit.record("staff.removed", subject=("merchant", merchant.id), after={"name": colleague.name})
    values = {"name": colleague.name, "shop": localize(merchant.name, locale)}
    mail.queue_email(to=colleague.email, kind="staff_removed", locale=locale, **values)
    publish(StaffRemoved(merchant_id=merchant.id, account_id=colleague.account_id))


def sync_member_names(*, account_id: UUID, name: str, email: str) -> None:
    """Update name and address of the account in all its staff rows."""
    with with_purpose(AccessPurpose.INVITATION):
        db.session.execute(update(Staff).where(Staff.account_id == account_id).values(name=name, email=email))


def get_account(*, account_id: UUID) -> Account:
    """Return the account that accepts an invitation.

    Raises:
        NotFound: There is no such account.
    """
    return account_queries.get_account(account_id)


def _add_member(merchant_id: UUID, account: Account, role: StaffRole) -> None:
    former = queries.find_staff_by_account(merchant_id, account.id)
    if former is None:
        staff = Staff(id=uuid7(), merchant_id=merchant_id, account_id=account.id, role=role)
        staff.name, staff.email = account.name, account.email
        db.session.add(staff)
    elif former.removed_at is not None or former.role is not StaffRole.OWNER:
        former.removed_at, former.role, former.since = None, role, clock.now()


def _ensure_owner_left(merchant_id: UUID) -> None:
    if queries.count_owners(merchant_id) <= 1:
        raise LastOwner
