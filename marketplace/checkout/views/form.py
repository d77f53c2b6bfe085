"""The checkout's form: what was typed and what the page shows again, whatever the answer is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import current_app, g, request, session

from marketplace.checkout.rules import Reckoning
from marketplace.kernel.forms import Typed, fitting, plain, take
from marketplace.kernel.ids import secret_word
from tenants.accounts import sessions
from tenants.addresses import queries as addresses
from tenants.addresses.models import Address
from tenants.addresses.rules import Entries
from tenants.regions import queries as regions

NEW = "new"
FIELDS = ("name", "phone", "street", "postcode")
# The visit only knows that something was put aside: addresses stay on the server, in no cookie.
ASIDE = "checkout_aside"
MOST_NOTES = 60


@dataclass(frozen=True, kw_only=True)
class Destination:
    """Where to deliver, as far as a form says: an address of the book, or one that is typed."""

    address: str
    entries: Typed
    region_code: str
    book: Sequence[Address]

    @property
    def chosen(self) -> Address | None:
        """The address of the book that is chosen."""
        return next((one for one in self.book if str(one.id) == self.address), None)

    @property
    def is_new(self) -> bool:
        """Whether an address is being typed."""
        return self.chosen is None

    @property
    def to_region(self) -> str:
        """The region to which freight is counted."""
        return self.chosen.region_code if self.chosen else self.region_code

    def written(self) -> Entries:
        """The address that was typed."""
        return Entries(**{name: self.entries[name] for name in FIELDS}, region_code=self.region_code)

    @property
    def chain(self) -> dict[str, Any]:
        """What the three selects of a region hold."""
        return {"values": regions.values(self.region_code), "options": regions.options(self.region_code)}


@dataclass(frozen=True, kw_only=True)
class Sheet(Destination):
    """The form as it was sent, or fresh."""

    key: str
    expected: int
    notes: Mapping[UUID, str]
    seen: Mapping[UUID, int]

    def may_send(self, reckoning: Reckoning) -> bool:
        """Whether ordering can lead to anything: what an address that is still being typed costs is not known yet."""
        refused = any(share.quote.refusal for share in reckoning.shares) and not self.is_new
        short = any(share.group.short_of for share in reckoning.shares)
        return bool(reckoning.shares) and not (refused or short or reckoning.basket.troubled)


def fresh() -> Sheet:
    """A form that nobody has sent: the usual address is chosen, or what was typed before the buyer turned back is there."""
    book, aside = addresses.listed(), _aside()
    return Sheet(
        key=secret_word(16),
        expected=0,
        address=aside.get("address") or (str(book[0].id) if book else NEW),
        entries=Typed(aside.get("entries") or {"name": g.identity.name}),
        region_code=aside.get("region_code", ""),
        notes={UUID(key): text for key, text in aside.get("notes", {}).items()},
        seen={},
        book=book,
    )


def put_aside(sheet: Sheet) -> None:
    """Keep what was typed while the buyer goes back to the cart."""
    typed = {
        "address": sheet.address[:40],
        "entries": dict(sheet.entries),
        "region_code": sheet.region_code,
        "notes": {str(key): text for key, text in list(sheet.notes.items())[:MOST_NOTES]},
    }
    sessions.put_aside(session_id=g.identity.session_id, typed=typed)
    session[ASIDE] = True


def forget_aside() -> None:
    """What was put aside is ordered."""
    if session.pop(ASIDE, None):
        sessions.put_aside(session_id=g.identity.session_id, typed=None)


def _aside() -> dict[str, Any]:
    return sessions.unsent(g.identity.session_id) if session.get(ASIDE) else {}


def sent() -> Sheet:
    """The form as it was sent; what cannot be read is as if it had not been sent."""
    form = request.form
    return Sheet(
        **destination(),
        key=plain(form.get("key", ""))[:64] or secret_word(16),
        expected=expected(),
        notes={key: said for key, text in _by_id("note-") if (said := fitting(text, longest=500, field="note"))},
        seen={key: int(text) for key, text in _by_id("seen-") if text.isdecimal() and len(text) < 16},
    )


def destination() -> dict[str, Any]:
    """Where to deliver, as it was sent: for a form that has this among its parts."""
    levels = [request.form.get(f"region_{level}", "") for level in ("province", "city", "district")]
    return {
        "address": plain(request.form.get("address", NEW)),
        "entries": take(request.form, *FIELDS, longest=200),
        "region_code": regions.chosen(*levels),
        "book": addresses.listed(),
    }


def expected() -> int:
    """The sum that the buyer saw, in minor units; one that no order has when it cannot be read."""
    text = request.form.get("expected", "")
    return int(text) if text.isdecimal() and len(text) < 16 else -1


def currency() -> str:
    """The market's currency."""
    return str(current_app.config["SETTINGS"].currency)


def _by_id(prefix: str) -> list[tuple[UUID, str]]:
    found = []
    for name, text in request.form.items():
        if name.startswith(prefix):
            try:
                found.append((UUID(name.removeprefix(prefix)), text))
            except ValueError:
                continue
    return found
