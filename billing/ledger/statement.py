"""A merchant's statement as values for the page, the print view and the CSV file."""

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
from billing.ledger.date_ranges import DateRange
from billing.ledger.domain import AccountCode, EntryType, Side
from billing.ledger.models import Entry
from billing.reference_registry import ReferenceInfo, describe_references, reason_label
from marketplace.kernel.money import Money
from marketplace.kernel.spreadsheets import escape_formula

BATCH_SIZE = 500


@dataclass(frozen=True, kw_only=True)
class StatementLine:
    """One line of a statement: time, text, amount and the balance after it."""

    entry_id: UUID
    posted_at: datetime
    label: Any
    memo: str
    reference: str
    subject: ReferenceInfo | None
    amount: Money
    balance: Money
    postings: Sequence[tuple[Any, Money | None, Money | None]] = ()

    @property
    def description(self) -> Markup:
        """Return reason, subject and memo as the summary of a collapsible line. The link to the subject is in its details."""
        parts = [Markup.escape(self.label)]
        if self.subject is not None:
            parts.append(Markup(" · {}").format(self.subject.text))
        if self.memo:
            parts.append(Markup(' <span class="text-muted">{}</span>').format(self.memo))
        return Markup("").join(parts)


@dataclass(frozen=True, kw_only=True)
class StatementSummary:
    """Opening balance and totals of a statement: opening + total in + total out = closing."""

    opening: Money
    total_in: Money
    total_out: Money

    @property
    def closing(self) -> Money:
        """Return the closing balance."""
        return self.opening + self.total_in + self.total_out


def build_summary(merchant_id: UUID, codes: Sequence[AccountCode], currency: str, date_range: DateRange) -> StatementSummary:
    """Query the opening balance and the totals of a range, in two statements."""
    opening = queries.get_opening_balance(merchant_id, codes, currency, date_range.since)
    total_in, total_out = queries.get_statement_totals(merchant_id, codes, currency, date_range.since, date_range.until)
    return StatementSummary(opening=opening, total_in=total_in, total_out=total_out)


def build_lines(rows: Iterable[Any], opening: Money, *, site: str = "desk", postings: bool = True) -> list[StatementLine]:
    """Build statement lines from (entry, change, running sum) rows, with their postings and references.

    Takes two queries for any number of rows.
    """
    records = list(rows)
    postings_by_entry: dict[UUID, Any] = (
        queries.get_postings_by_entry([entry.id for entry, _change, _running in records]) if postings else {}
    )
    references = describe_references((entry.reference for entry, _change, _running in records), site=site)
    return [
        _build_line(entry, int(change), int(running), opening, postings_by_entry, references)
        for entry, change, running in records
    ]


def _build_line(
    entry: Entry,
    change: int,
    running: int,
    opening: Money,
    postings_by_entry: dict[UUID, Any],
    references: dict[str, ReferenceInfo],
) -> StatementLine:
    return StatementLine(
        entry_id=entry.id,
        posted_at=entry.posted_at,
        label=_line_label(entry.event_type, change),
        memo=reason_label(entry.memo),
        reference=entry.reference,
        subject=references.get(entry.reference),
        amount=Money(change, opening.currency),
        balance=opening + Money(running, opening.currency),
        postings=[
            (
                account.code.label,
                posting.money if posting.side is Side.DEBIT else None,
                posting.money if posting.side is Side.CREDIT else None,
            )
            for posting, account in postings_by_entry.get(entry.id, ())
        ],
    )


def _line_label(entry_type: EntryType, change: int) -> Any:
    """Return the text of a line.

    A release costs the merchant nothing but the commission: a line that shows a release as zero or negative names it.
    """
    return _("Released from escrow: commission") if entry_type is EntryType.RELEASE and change <= 0 else entry_type.label


def to_csv(lines: Iterable[StatementLine], summary: StatementSummary, zone: ZoneInfo) -> Iterator[str]:
    """Yield the statement as CSV rows. No cell is interpreted as a formula; amounts are plain numbers."""
    headers = [_("Day"), _("Time"), _("What"), _("Concerning"), _("Amount"), _("Balance"), _("Currency")]
    yield "\ufeff" + _csv_row(headers)
    yield _csv_row(["", "", _("Opening"), "", "", _csv_amount(summary.opening), summary.opening.currency])
    for line in lines:
        posted_at = line.posted_at.astimezone(zone)
        subject_text = line.subject.text if line.subject else ""
        yield _csv_row(
            [
                f"{posted_at:%Y-%m-%d}",
                f"{posted_at:%H:%M:%S}",
                str(line.label),
                subject_text,
                _csv_amount(line.amount),
                _csv_amount(line.balance),
                line.amount.currency,
            ]
        )
    yield _csv_row(["", "", _("Closing"), "", "", _csv_amount(summary.closing), summary.closing.currency])


def _csv_amount(amount: Money) -> str:
    return f"{amount.amount}"


def _csv_row(cells: Sequence[str]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer).writerow([_escape_formula(cell) for cell in cells])
    return buffer.getvalue()


def _escape_formula(cell: str) -> str:
    """Prefix a cell that a spreadsheet would evaluate with an apostrophe; numbers are left as they are."""
    return cell if cell.lstrip("-").replace(".", "", 1).isdigit() else escape_formula(cell)
