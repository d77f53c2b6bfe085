"""Form replay: a form submitted after the session expired is stored for an hour and offered again after the login (RO1).

The form is stored in Redis under a secret token that the visitor's session holds, for the account that last logged in on
this browser and for no other. Without Redis nothing is stored, and the login page does not promise it.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from uuid import UUID

from flask import request, session

from marketplace.kernel import redis_store
from marketplace.kernel.ids import random_token
from marketplace.kernel.urls import safe_redirect_path
from tenants.access import device_cookie
from tenants.accounts.models import Realm
from tenants.accounts.sessions import hash_token

SESSION_KEY = "form_replay"
TTL_S = 3600
MAX_CHARS = 200_000


@dataclass(frozen=True, kw_only=True)
class SubmittedForm:
    """A submitted form: its path, its fields as (name, value), and whether it had files, which cannot be stored."""

    path: str
    fields: list[tuple[str, str]]
    with_files: bool


@dataclass(frozen=True, kw_only=True)
class PendingForm:
    """A stored form with the account and the realm that it belongs to."""

    account_id: UUID
    realm: Realm
    form: SubmittedForm


def capture_form() -> SubmittedForm | None:
    """Return the form of this request for a replay.

    Returns:
        None for forms with a password, for empty forms, and for forms larger than any that is typed by hand.
    """
    fields = [(name, value) for name, value in request.form.items(multi=True) if name != "csrf_token"]
    has_password = any("password" in name for name, _value in fields)
    if not fields or has_password or sum(len(name) + len(value) for name, value in fields) > MAX_CHARS:
        return None
    with_files = any(file.filename for file in request.files.values())
    return SubmittedForm(path=safe_redirect_path(request.full_path.rstrip("?")), fields=fields, with_files=with_files)


def stash_form(realm: Realm) -> None:
    """Store the form of this request for the account that last logged in on this browser; nothing without a known device."""
    session.pop(SESSION_KEY, None)
    device, form = device_cookie.read_device_cookie(), capture_form()
    if device is None or form is None:
        return
    token = random_token()
    payload = json.dumps({"account_id": str(device[1]), "realm": realm.value, **asdict(form)}, ensure_ascii=False)
    if redis_store.set_with_ttl(_redis_key(token), payload, ttl=TTL_S):
        session[SESSION_KEY] = token


def transfer_form(token: str | None, account_id: UUID) -> bool:
    """Move the form stored under `token` into a new session if it belongs to this account; return whether it does."""
    session[SESSION_KEY] = token
    if load_form(account_id) is None:
        session.pop(SESSION_KEY)
        return False
    return True


def load_form(account_id: UUID | None) -> PendingForm | None:
    """Return the stored form of this session if it belongs to the account; None if not, when expired, or without Redis."""
    token = session.get(SESSION_KEY)
    if not token or account_id is None:
        return None
    stored = redis_store.get(_redis_key(str(token)))
    payload = json.loads(stored) if stored else None
    if payload is None or payload["account_id"] != str(account_id):
        return None
    fields = [(str(name), str(value)) for name, value in payload["fields"]]
    form = SubmittedForm(path=safe_redirect_path(payload["path"]), fields=fields, with_files=bool(payload["with_files"]))
    return PendingForm(account_id=account_id, realm=Realm(payload["realm"]), form=form)


def _redis_key(token: str) -> str:
    return f"form_replay:{hash_token(token)}"
