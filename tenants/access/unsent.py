"""A form that came after its sender's session had ended: kept for an hour, so that signing in again is all that it costs.

It lies in Redis under a secret word that the visit carries, for the account that last signed in on this browser and for nobody
else. Without Redis it is not kept, and the page of signing in does not say so.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from uuid import UUID

from flask import request, session

from marketplace.kernel import aside
from marketplace.kernel.ids import secret_word
from marketplace.kernel.urls import local_path
from tenants.access import devices
from tenants.accounts.models import Audience
from tenants.accounts.sessions import hashed

WORD = "unsent"
LASTS_S = 3600
MOST_SIGNS = 200_000


@dataclass(frozen=True, kw_only=True)
class Unsent:
    """What was sent where, as pairs of name and text; whether files came with it, which are not kept."""

    account_id: UUID
    audience: Audience
    path: str
    fields: list[tuple[str, str]]
    with_files: bool


def keep(audience: Audience) -> None:
    """Keep the form of this request, unless it holds a password or nobody has ever signed in on this browser."""
    session.pop(WORD, None)
    whose = devices.known()
    fields = [(name, text) for name, text in request.form.items(multi=True) if name != "csrf_token"]
    if whose is None or not fields or any("password" in name for name, _text in fields):
        return
    said = {
        "account_id": str(whose[1]),
        "audience": audience.value,
        "path": request.full_path.rstrip("?"),
        "fields": fields,
        "with_files": any(file.filename for file in request.files.values()),
    }
    text = json.dumps(said, ensure_ascii=False)
    if len(text) > MOST_SIGNS:
        return
    word = secret_word()
    if aside.lay(_key(word), text, seconds=LASTS_S):
        session[WORD] = word


def carry(word: str | None, account_id: UUID) -> bool:
    """Let a visit that begins anew keep what it had under `word`, if it is this person's; whether there is anything."""
    session[WORD] = word
    if of(account_id) is None:
        session.pop(WORD)
        return False
    return True


def of(account_id: UUID | None) -> Unsent | None:
    """What this visit keeps for this person; None when it is somebody else's, too old, or Redis is away."""
    word = session.get(WORD)
    if not word or account_id is None:
        return None
    text = aside.find(_key(str(word)))
    said = json.loads(text) if text else None
    if said is None or said["account_id"] != str(account_id):
        return None
    return Unsent(
        account_id=account_id,
        audience=Audience(said["audience"]),
        path=local_path(said["path"]),
        fields=[(str(name), str(value)) for name, value in said["fields"]],
        with_files=bool(said["with_files"]),
    )


def _key(word: str) -> str:
    return f"unsent:{hashed(word)}"
