"""A merchant's statement as values for page, paper and file: opening, lines that open their postings, closing."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from flask_babel import gettext as _
from markupsafe import Markup

from billing.ledger import queries
from billing.ledger.models import Entry
from billing.ledger.rules import Code, EntryType, Side
from billing.ledger.spans import Span
from billing.references import Described, describe, reason
from marketplace.kernel.money import Money

FORMULAS = ("=", "+", "-", "@", "\t", "\r")
AT_A_TIME = 500


@dataclass(frozen=True, kw_only=True)
class Line:
    """One line: when, what, how much, and what stood there afterwards."""

    entry_id: UUID
    day: datetime
    why: Any
    memo: str
    reference: str
    about: Described | None
    amount: Money
    left: Money
    postings: Sequence[tuple[Any, Money | None, Money | None]] = ()

    @property
    def what(self) -> Markup:
        """Why it moved, what it concerns, and the remark, for the line that opens its postings (which hold the link)."""
        parts = [Markup.escape(self.why)]
        if self.about is not None:
            parts.append(Markup(" · {}").format(self.about.text))
        if self.memo:
            parts.append(Markup(' <span class="quiet">{}</span>').format(self.memo))
        return Markup("").join(parts)


@dataclass(frozen=True, kw_only=True)
class Summary:
    """The frame of a statement: opening + gained + lost = closing."""

    opening: Money
    gained: Money
    lost: Money

    @property
    def closing(self) -> Money:
        """What stands there at the end."""
        return self.opening + self.gained + self.lost


def summary(merchant_id: UUID, codes: Sequence[Code], currency: str, span: Span) -> Summary:
    """Opening, sums and closing of a span. Two statements."""
    opening = queries.before(merchant_id, codes, currency, span.since)
    gained, lost = queries.totals(merchant_id, codes, currency, span.since, span.until)
    return Summary(opening=opening, gained=gained, lost=lost)


def dress(rows: Iterable[Any], opening: Money, *, door: str = "desk", postings: bool = True) -> list[Line]:
    """Lines out of (entry, change, running) rows, with their postings and words. Two statements whatever their number."""
    found = list(rows)
    legs: dict[UUID, Any] = queries.legs_of([entry.id for entry, _change, _running in found]) if postings else {}
    words = describe((entry.reference for entry, _change, _running in found), door=door)
    return [_line(entry, int(change), int(running), opening, legs, words) for entry, change, running in found]


def _line(entry: Entry, change: int, running: int, opening: Money, legs: dict[UUID, Any], words: dict[str, Described]) -> Line:
    return Line(
        entry_id=entry.id,
        day=entry.posted_at,
        why=_why(entry.event_type, change),
        memo=reason(entry.memo),
        reference=entry.reference,
        about=words.get(entry.reference),
        amount=Money(change, opening.currency),
        left=opening + Money(running, opening.currency),
        postings=[
            (
                account.code.label,
                posting.money if posting.side is Side.DEBIT else None,
                posting.money if posting.side is Side.CREDIT else None,
            )
            for posting, account in legs.get(entry.id, ())
        ],
    )


def _why(kind: EntryType, change: int) -> Any:
    """A release takes nothing from the merchant but the commission: where that is what the line shows, it says so."""
    return _("Released from escrow: commission") if kind is EntryType.RELEASE and change <= 0 else kind.label


def as_csv(lines: Iterable[Line], sums: Summary, zone: ZoneInfo) -> Iterator[str]:
    """The statement for a spreadsheet, piece by piece; no cell is taken for a formula, amounts are plain numbers."""
    head = [_("Day"), _("Time"), _("What"), _("Concerning"), _("Amount"), _("Balance"), _("Currency")]
    yield "\ufeff" + _row(head)
    yield _row(["", "", _("Opening"), "", "", _plain(sums.opening), sums.opening.currency])
    for line in lines:
        moment = line.day.astimezone(zone)
        about = line.about.text if line.about else ""
        yield _row(
            [
                f"{moment:%Y-%m-%d}",
                f"{moment:%H:%M:%S}",
                str(line.why),
                about,
                _plain(line.amount),
                _plain(line.left),
                line.amount.currency,
            ]
        )
    yield _row(["", "", _("Closing"), "", "", _plain(sums.closing), sums.closing.currency])


def _plain(amount: Money) -> str:
    return f"{amount.amount}"


def _row(cells: Sequence[str]) -> str:
    written = io.StringIO()
    csv.writer(written).writerow([_safe(cell) for cell in cells])
    return written.getvalue()


def _safe(cell: str) -> str:
    """A cell that a spreadsheet would run gets an apostrophe before it; plain numbers stay numbers."""
    if cell.startswith(FORMULAS) and not cell.lstrip("-").replace(".", "", 1).isdigit():
        return "'" + cell
    return cell
