"""Workflow actors of the signed-in user, and the picture of an order line: for the pages of orders and of higher packages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import g

from marketplace.media.uploads import PictureView, picture_view
from marketplace.orders.services import NamedActor
from marketplace.orders.workflow import Actor, ActorKind
from tenants.access.login import current_user
from tenants.access.permissions import ROLE_PERMISSIONS


def buyer_actor() -> NamedActor:
    """Return the signed-in buyer as an actor."""
    return NamedActor(actor=Actor(kind=ActorKind.BUYER), account_id=current_user.account_id, name=current_user.name)


def staff_actor() -> NamedActor:
    """Return the signed-in member of the merchant's staff as an actor."""
    grants = frozenset(permission.value for permission in ROLE_PERMISSIONS[g.membership.role])
    actor = Actor(kind=ActorKind.STAFF, role=g.membership.role.value, grants=grants)
    return NamedActor(actor=actor, account_id=current_user.account_id, name=current_user.name)


def line_picture(stored: Mapping[str, Any] | None, alt: str = "") -> PictureView | None:
    """Return the picture of an order line as the picture macro expects it."""
    return picture_view(stored.get("key"), colour=str(stored.get("colour", "")), alt=alt) if stored else None
