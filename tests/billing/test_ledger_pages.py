"""Ledger pages: content, permissions, and a constant number of queries for any number of rows."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from flask import Flask

from billing import reference_registry
from billing.ledger import services
from billing.ledger.domain import AccountCode, EntrySubject, EntryType, credit, debit
from marketplace.kernel import clock
from marketplace.kernel.db import db, unit_of_work
from marketplace.kernel.money import Money
from tenants.access.permissions import PlatformRole
from tests.actors import Actors, Person

pytestmark = pytest.mark.usefixtures("check_ledger_invariants")
RecordStatements = Callable[[], Any]


def post_orders(actors: Actors, count: int = 1) -> None:
    """Post orders of Acme: captured, every second one released with a commission of 5.00."""
    for number in range(count):
        order = EntrySubject(merchant_id=actors.acme_id, reference=f"slip:{number:04}")
        paid, fee = Money(10000, "CNY"), Money(500, "CNY")
        with unit_of_work():
            legs = [debit(AccountCode.PSP_CLEARING, paid), credit(AccountCode.ESCROW, paid, subject=order)]
            services.post_entry(event_key=f"capture:{number}", entry_type=EntryType.CAPTURE, subject=order, legs=legs)
            if number % 2 == 0:
                release_legs = [
                    debit(AccountCode.ESCROW, paid, subject=order),
                    credit(AccountCode.COMMISSION, fee),
                    credit(AccountCode.MERCHANT_AVAILABLE, paid - fee, subject=order),
                ]
                services.post_entry(
                    event_key=f"release:{number}", entry_type=EntryType.RELEASE, subject=order, legs=release_legs
                )
    db.session.remove()


DESK = ("/desk/acme/money/", "/desk/acme/money/paper", "/desk/acme/money/statement.csv")
CONSOLE = ("/console/ledger/", "/console/ledger/accounts", "/console/ledger/entries")


@pytest.mark.parametrize("page", DESK)
def test_desk_money_pages_require_membership_and_permission(ctx: Flask, actors: Actors, page: str) -> None:
    assert actors.owner.client().get(page).status_code == 200
    assert actors.stranger.client().get(page).status_code == 404
    assert actors.rival_owner.client().get(page).status_code == 404
    assert actors.warehouse.client().get(page).status_code == 403
    assert ctx.test_client().get(page).status_code == 302


@pytest.mark.parametrize("page", CONSOLE)
def test_console_ledger_pages_require_platform_staff(ctx: Flask, actors: Actors, page: str) -> None:
    assert actors.admin.client().get(page).status_code == 200
    assert actors.owner.client().get(page).status_code == 404
    assert ctx.test_client().get(page).status_code == 302


def test_statement_totals_match_postings(ctx: Flask, actors: Actors) -> None:
    post_orders(actors, 3)
    text = actors.owner.client().get("/desk/acme/money/?account=all").get_data(as_text=True)
    assert "290.00" in text  # 3 x 100.00 less two commissions of 5.00
    available = actors.owner.client().get("/desk/acme/money/?account=available").get_data(as_text=True)
    assert "190.00" in available
    assert "买家付款，转入担保" not in available


@pytest.mark.parametrize("month", ["9999-12", "0001-01", "2026-13", "x"])
def test_invalid_month_falls_back_to_current_month(ctx: Flask, actors: Actors, month: str) -> None:
    client = actors.owner.client()
    for page in ("", "paper", "statement.csv"):
        assert client.get(f"/desk/acme/money/{page}?month={month}").status_code == 200


def test_statement_opening_equals_previous_closing(ctx: Flask, actors: Actors) -> None:
    with clock.shift_time(-timedelta(days=40)):
        post_orders(actors, 2)
    previous, now = clock.now() - timedelta(days=40), clock.now()
    client = actors.owner.client()
    previous_csv = client.get(f"/desk/acme/money/statement.csv?month={previous:%Y-%m}").get_data(as_text=True)
    current_csv = client.get(f"/desk/acme/money/statement.csv?month={now:%Y-%m}").get_data(as_text=True)
    assert previous_csv.strip().splitlines()[-1] == ",,期末余额,,,195.00,CNY"
    assert current_csv.strip().splitlines()[1:] == [",,期初余额,,,195.00,CNY", ",,期末余额,,,195.00,CNY"]


def test_statement_csv_escapes_formulas(ctx: Flask, actors: Actors) -> None:
    order = EntrySubject(merchant_id=actors.acme_id, reference="slip:=1+cmd|calc")
    paid = Money(100, "CNY")
    with unit_of_work():
        legs = [debit(AccountCode.PSP_CLEARING, paid), credit(AccountCode.ESCROW, paid, subject=order)]
        services.post_entry(event_key="x", entry_type=EntryType.CAPTURE, subject=order, legs=legs)
    text = actors.owner.client().get("/desk/acme/money/statement.csv").get_data(as_text=True)
    cells = [cell for row in text.splitlines() for cell in row.split(",")]
    assert [cell for cell in cells if cell.startswith(("=", "+", "@"))] == []


@pytest.mark.parametrize(
    "query", ["from=yesterday", "to=2026-13-40", "from=2026-11-10&to=2026-11-01", "from=2020-01-01&to=2026-01-01"]
)
def test_invalid_dates_show_error_and_keep_input(ctx: Flask, actors: Actors, query: str) -> None:
    text = actors.owner.client().get(f"/desk/acme/money/?{query}").get_data(as_text=True)
    assert "is-bad" in text
    assert query.split("=")[-1] in text
    assert actors.admin.client().get(f"/console/ledger/entries?{query}&kind=nonsense&page=x").status_code == 200


def test_trial_balance_page_shows_balanced(ctx: Flask, actors: Actors) -> None:
    post_orders(actors, 2)
    client = actors.admin.client()
    text = client.get("/console/ledger/").get_data(as_text=True)
    assert "借贷平衡" in text
    assert "借贷不平" not in text
    entries = client.get("/console/ledger/entries?kind=release").get_data(as_text=True)
    assert entries.count("担保放款</td>") == 1
    link = entries.split("/console/ledger/entries/")[1].split('"')[0]
    legs = client.get(f"/console/ledger/entries/{link}").get_data(as_text=True)
    assert "release:0" in legs
    assert "95.00" in legs
    assert "5.00" in legs


def count_rows(actors: Actors, page: str, **query: str) -> int:
    """Return the number of rows that a console list shows."""
    response = actors.admin.client().get(f"/console/{page}", query_string=query)
    assert response.status_code == 200
    return response.get_data(as_text=True).partition("<tbody>")[2].count("<tr>")


def test_ledger_search_by_number_merchant_and_key(ctx: Flask, actors: Actors, monkeypatch: pytest.MonkeyPatch) -> None:
    """Search by an order's number, which the ledger knows only through a finder, by merchant and by event key."""
    post_orders(actors, 2)
    monkeypatch.setattr(reference_registry, "_finders", [lambda text: ["slip:0001"] if text == "20261122-0001" else []])
    assert count_rows(actors, "ledger/entries", q="20261122-0001") == 1
    assert count_rows(actors, "ledger/accounts", q="20261122-0001") == 1
    assert count_rows(actors, "ledger/entries", q="兴隆布行") == count_rows(actors, "ledger/entries", q="acme textiles") == 3
    assert count_rows(actors, "ledger/accounts", q="兴隆") == 3
    assert count_rows(actors, "ledger/entries", q="release:0") == 1
    assert count_rows(actors, "ledger/entries", q="nothing\x00here") == 0


def test_account_filter_shows_amounts_of_that_account(ctx: Flask, actors: Actors) -> None:
    """The amounts of an account's list add up to its balance; the total amounts of its entries would not."""
    post_orders(actors, 3)
    client = actors.admin.client()
    accounts = client.get("/console/ledger/accounts?code=merchant_available").get_data(as_text=True)
    link = accounts.split("/console/ledger/entries?account=")[1].split('"')[0]
    page = client.get(f"/console/ledger/entries?account={link}", headers={"Accept-Language": "en"}).get_data(as_text=True)
    body = page.partition("<tbody>")[2]
    assert body.count("95.00") == 2
    assert "100.00" not in body
    assert "190.00" in page
    assert "Debit" in page
    assert client.get("/console/ledger/entries?account=00000000-0000-0000-0000-000000000000").status_code == 200


def test_close_period_only_for_past_month(ctx: Flask, actors: Actors) -> None:
    client = actors.admin.client()
    now = clock.now()
    last = f"{(now.replace(day=1) - timedelta(days=1)):%Y-%m}"
    assert client.post(f"/console/ledger/periods/{now:%Y-%m}/close").status_code == 409
    assert client.post("/console/ledger/periods/never/close").status_code == 404
    assert client.post(f"/console/ledger/periods/{last}/close").status_code == 302
    assert client.post(f"/console/ledger/periods/{last}/close").status_code == 409
    with pytest.raises(Exception, match="is closed"), clock.shift_time(-timedelta(days=now.day + 1)):
        post_orders(actors)


def create_accountant(actors: Actors) -> Person:
    from tests.factories import tenant_factory

    with unit_of_work():
        account = tenant_factory.create_account(login="accountant")
        tenant_factory.create_platform_staff(account=account, role=PlatformRole.ACCOUNTANT)
        return Person(app=actors.owner.app, account_id=account.id, buyer_id=account.buyer_id, login="accountant")


def test_accountant_cannot_close_period(ctx: Flask, actors: Actors) -> None:
    client = create_accountant(actors).client()
    assert client.get("/console/ledger/").status_code == 200
    assert client.post("/console/ledger/periods/2026-01/close").status_code == 403


@pytest.mark.parametrize("page", [*DESK, *CONSOLE])
def test_ledger_pages_query_count_is_constant(
    ctx: Flask, actors: Actors, record_statements: RecordStatements, page: str
) -> None:
    client = (actors.admin if page.startswith("/console") else actors.owner).client()
    counts = []
    for start, count in ((0, 2), (2, 40)):
        post_captures(actors, start, count)
        client.get(page)
        with record_statements() as executed:
            assert client.get(page).status_code == 200
        counts.append(len(executed))
    assert counts[0] == counts[1], counts


def post_captures(actors: Actors, start: int, count: int) -> None:
    for number in range(start, start + count):
        order = EntrySubject(merchant_id=actors.acme_id, reference=f"slip:{number:04}")
        paid = Money(10000, "CNY")
        with unit_of_work():
            legs = [debit(AccountCode.PSP_CLEARING, paid), credit(AccountCode.ESCROW, paid, subject=order)]
            services.post_entry(event_key=f"capture:{number}", entry_type=EntryType.CAPTURE, subject=order, legs=legs)
    db.session.remove()


@pytest.mark.parametrize(("language", "month_format"), [("zh-CN", "{:%Y}年{:%-m}月"), ("en", "{:%B} {:%Y}")])
def test_month_options_are_localized(ctx: Flask, actors: Actors, language: str, month_format: str) -> None:
    post_orders(actors)
    page = actors.owner.client().get("/desk/acme/money/", headers={"Accept-Language": language}).get_data(as_text=True)
    now = clock.now().astimezone(ZoneInfo(ctx.config["SETTINGS"].timezone))
    assert f'<option value="{now:%Y-%m}" selected>{month_format.format(now, now)}</option>' in page
