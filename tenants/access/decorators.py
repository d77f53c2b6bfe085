"""View decorators for access control.

Every view has exactly one. A decorator identifies the user, checks the permission, enters the tenant context and sets
`view.access`, by which the tests find views without one. Users outside the merchant get 404, so that they cannot tell
whether it exists; staff without the permission get 403.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, TypeVar, cast
from uuid import UUID

from flask import g
from sqlalchemy import select

from marketplace.kernel.db import db
from marketplace.kernel.errors import Forbidden, NotFound
from tenants.access.login import CurrentUser, current_user, ensure_authenticated
from tenants.access.permissions import PLATFORM_ROLE_PERMISSIONS, ROLE_PERMISSIONS, Permission, PlatformPermission, StaffRole
from tenants.accounts.models import Account, PlatformStaff, Realm
from tenants.isolation import AccessPurpose, as_account, as_buyer, as_merchant, with_purpose
from tenants.merchants.models import Merchant
from tenants.staff.models import Staff

View = TypeVar("View", bound=Callable[..., Any])
Decorator = Callable[[Any], Any]


@dataclass(frozen=True, kw_only=True)
class StaffMembership:
    """The merchant whose desk the user works at in this request, and the user's role there."""

    merchant_id: UUID
    slug: str
    name: dict[str, str]
    role: StaffRole
    may_sell: bool
    is_closed: bool
    is_suspended: bool
    suspension_reason: str  # empty unless suspended

    def can(self, permission: Permission | str) -> bool:
        """Return whether the role grants the permission."""
        return Permission(permission) in ROLE_PERMISSIONS[self.role]


def public(view: View) -> View:
    """Allow everybody; the view sees public rows only."""
    view.access = "public"  # type: ignore[attr-defined]
    return view


def optional_login(view: View) -> View:
    """Allow everybody; run as the buyer of the logged-in user if there is one, otherwise as anonymous."""

    @wraps(view)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        if not current_user.is_authenticated:
            return view(*args, **kwargs)
        with as_buyer(buyer_id=current_user.buyer_id, account_id=current_user.account_id):
            return view(*args, **kwargs)

    wrapper.access = "optional_login"  # type: ignore[attr-defined]
    return cast(View, wrapper)


def login_required(view: View) -> View:
    """Require a login and run as the buyer of the user."""

    @wraps(view)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        ensure_authenticated()
        with as_buyer(buyer_id=current_user.buyer_id, account_id=current_user.account_id):
            return view(*args, **kwargs)

    wrapper.access = "login_required"  # type: ignore[attr-defined]
    return cast(View, wrapper)


def require_staff_permission(permission: Permission) -> Decorator:
    """Require a staff member of the merchant in the URL whose role grants `permission`. Sets `g.membership`."""

    def decorator(view: View) -> View:
        @wraps(view)
        def wrapper(*args: Any, **kwargs: Any) -> Any:
            ensure_authenticated(Realm.DESK)
            with as_account(current_user.account_id):
                g.membership = membership = get_membership(account_id=current_user.account_id, slug=g.merchant_slug)
                if not membership.can(permission):
                    raise Forbidden
                with as_merchant(membership.merchant_id):
                    return view(*args, **kwargs)

        wrapper.access = "staff"  # type: ignore[attr-defined]
        wrapper.permission = permission  # type: ignore[attr-defined]
        return cast(View, wrapper)

    return decorator


def require_platform_permission(permission: PlatformPermission) -> Decorator:
    """Require platform staff with this permission and run with the console's purpose. Sets `g.permissions`."""

    def decorator(view: View) -> View:
        @wraps(view)
        def wrapper(*args: Any, **kwargs: Any) -> Any:
            ensure_authenticated(Realm.CONSOLE)
            g.permissions = permissions = platform_permissions(current_user)
            if not permissions:
                raise NotFound
            if permission not in permissions:
                raise Forbidden
            with as_account(current_user.account_id), with_purpose(AccessPurpose.CONSOLE):
                return view(*args, **kwargs)

        wrapper.access = "platform"  # type: ignore[attr-defined]
        wrapper.permission = permission  # type: ignore[attr-defined]
        return cast(View, wrapper)

    return decorator


def signed_webhook(view: View) -> View:
    """Mark a view that another server calls: no session and no CSRF token; the view itself verifies a signature."""
    view.access = "signed_webhook"  # type: ignore[attr-defined]
    return view


def get_membership(*, account_id: UUID, slug: str) -> StaffMembership:
    """Return the membership of this account at the merchant with this slug.

    Raises:
        NotFound: The account does not work there, or no longer.
    """
    stmt = (
        select(
            Merchant.id,
            Merchant.slug,
            Merchant.name,
            Merchant.may_sell,
            Merchant.suspended_at,
            Merchant.suspension_reason,
            Merchant.closed_at,
            Staff.role,
        )
        .join(Staff, Staff.merchant_id == Merchant.id)
        .where(Merchant.slug == slug, Staff.account_id == account_id, Staff.removed_at.is_(None))
    )
    row = db.session.execute(stmt).first()
    if row is None:
        raise NotFound
    return StaffMembership(
        merchant_id=row.id,
        slug=row.slug,
        name=row.name,
        role=row.role,
        may_sell=row.may_sell,
        is_closed=row.closed_at is not None,
        is_suspended=row.suspended_at is not None,
        suspension_reason=row.suspension_reason or "",
    )


def platform_permissions(user: CurrentUser) -> frozenset[PlatformPermission]:
    """Return the permissions of this user at the console; empty for everybody outside the platform staff."""
    stmt = (
        select(PlatformStaff.role)
        .join(Account, Account.id == PlatformStaff.account_id)
        .where(PlatformStaff.account_id == user.account_id, PlatformStaff.removed_at.is_(None))
    )
    with as_account(user.account_id):
        role = db.session.scalar(stmt.where(Account.disabled_at.is_(None)))
    return PLATFORM_ROLE_PERMISSIONS[role] if role else frozenset()
