"""A form that came after its sender's session had ended: kept for an hour, so that signing in again is all that it costs.

It lies in Redis under a secret word that the visit carries, for the account that last signed in on this browser and for nobody
else. Without Redis it is not kept, and the page of signing in does not say so.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
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
class Sent:
    """What was sent where, as pairs of name and text; whether files came with it, which cannot be kept."""

    path: str
    fields: list[tuple[str, str]]
    with_files: bool


@dataclass(frozen=True, kw_only=True)
class Unsent:
    """What was sent too late, and by whom at which kind of door."""

    account_id: UUID
    audience: Audience
    sent: Sent


def sent() -> Sent | None:
    """The form of this request, for sending it again; None for passwords, for nothing, and for more than anybody types."""
    fields = [(name, text) for name, text in request.form.items(multi=True) if name != "csrf_token"]
    secret = any("password" in name for name, _text in fields)
    if not fields or secret or sum(len(name) + len(text) for name, text in fields) > MOST_SIGNS:
        return None
    with_files = any(file.filename for file in request.files.values())
    return Sent(path=local_path(request.full_path.rstrip("?")), fields=fields, with_files=with_files)


def keep(audience: Audience) -> None:
    """Keep the form of this request for who signed in on this browser last; of nobody known nothing is kept."""
    session.pop(WORD, None)
    whose, form = devices.known(), sent()
    if whose is None or form is None:
        return
    word = secret_word()
    text = json.dumps({"account_id": str(whose[1]), "audience": audience.value, **asdict(form)}, ensure_ascii=False)
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
    fields = [(str(name), str(value)) for name, value in said["fields"]]
    form = Sent(path=local_path(said["path"]), fields=fields, with_files=bool(said["with_files"]))
    return Unsent(account_id=account_id, audience=Audience(said["audience"]), sent=form)


def _key(word: str) -> str:
    return f"unsent:{hashed(word)}"
