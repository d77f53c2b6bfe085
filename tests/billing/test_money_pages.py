"""The pages of money: what they say, to whom, and that they ask the same number of questions for one row and for many."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from flask import Flask

from billing import references
from billing.ledger import services
from billing.ledger.rules import Code, EntryType, Subject, credit, debit
from marketplace.kernel import clock
from marketplace.kernel.db import db, unit_of_work
from marketplace.kernel.money import Money
from tenants.access.permissions import MarketRole
from tests.cast import Cast, Person

pytestmark = pytest.mark.usefixtures("books_hold")
Statements = Callable[[], Any]


def plant(cast: Cast, count: int = 1) -> None:
    """Orders of Acme: paid, and every second one released with a commission of 5.00."""
    for number in range(count):
        order = Subject(merchant_id=cast.acme_id, reference=f"slip:{number:04}")
        paid, fee = Money(10000, "CNY"), Money(500, "CNY")
        with unit_of_work():
            legs = [debit(Code.PSP_CLEARING, paid), credit(Code.ESCROW, paid, about=order)]
            services.post(because=f"capture:{number}", what=EntryType.CAPTURE, about=order, legs=legs)
            if number % 2 == 0:
                gone = [
                    debit(Code.ESCROW, paid, about=order),
                    credit(Code.COMMISSION, fee),
                    credit(Code.MERCHANT_AVAILABLE, paid - fee, about=order),
                ]
                services.post(because=f"release:{number}", what=EntryType.RELEASE, about=order, legs=gone)
    db.session.remove()


DESK = ("/desk/acme/money/", "/desk/acme/money/paper", "/desk/acme/money/statement.csv")
CONSOLE = ("/console/ledger/", "/console/ledger/accounts", "/console/ledger/entries")


@pytest.mark.parametrize("page", DESK)
def test_strangers_find_no_money_and_colleagues_need_the_right(ctx: Flask, cast: Cast, page: str) -> None:
    assert cast.owner.browser().get(page).status_code == 200
    assert cast.stranger.browser().get(page).status_code == 404
    assert cast.rival_owner.browser().get(page).status_code == 404
    assert cast.warehouse.browser().get(page).status_code == 403
    assert ctx.test_client().get(page).status_code == 302


@pytest.mark.parametrize("page", CONSOLE)
def test_the_books_are_for_the_markets_staff(ctx: Flask, cast: Cast, page: str) -> None:
    assert cast.admin.browser().get(page).status_code == 200
    assert cast.owner.browser().get(page).status_code == 404
    assert ctx.test_client().get(page).status_code == 302


def test_the_statement_adds_up(ctx: Flask, cast: Cast) -> None:
    plant(cast, 3)
    with unit_of_work():
        text = cast.owner.browser().get("/desk/acme/money/?account=all").get_data(as_text=True)
    assert "290.00" in text  # 3 x 100.00 less two commissions of 5.00
    available = cast.owner.browser().get("/desk/acme/money/?account=available").get_data(as_text=True)
    assert "190.00" in available
    assert "买家付款，转入担保" not in available


@pytest.mark.parametrize("month", ["9999-12", "0001-01", "2026-13", "x"])
def test_a_month_that_no_book_has_shows_this_one(ctx: Flask, cast: Cast, month: str) -> None:
    browser = cast.owner.browser()
    for page in ("", "paper", "statement.csv"):
        assert browser.get(f"/desk/acme/money/{page}?month={month}").status_code == 200


def test_one_months_closing_is_the_next_ones_opening(ctx: Flask, cast: Cast) -> None:
    with clock.shifted(-timedelta(days=40)):
        plant(cast, 2)
    then, now = clock.now() - timedelta(days=40), clock.now()
    browser = cast.owner.browser()
    old = browser.get(f"/desk/acme/money/statement.csv?month={then:%Y-%m}").get_data(as_text=True)
    new = browser.get(f"/desk/acme/money/statement.csv?month={now:%Y-%m}").get_data(as_text=True)
    assert old.strip().splitlines()[-1] == ",,期末余额,,,195.00,CNY"
    assert new.strip().splitlines()[1:] == [",,期初余额,,,195.00,CNY", ",,期末余额,,,195.00,CNY"]


def test_no_cell_of_the_file_is_a_formula(ctx: Flask, cast: Cast) -> None:
    order = Subject(merchant_id=cast.acme_id, reference="slip:=1+cmd|calc")
    paid = Money(100, "CNY")
    with unit_of_work():
        legs = [debit(Code.PSP_CLEARING, paid), credit(Code.ESCROW, paid, about=order)]
        services.post(because="x", what=EntryType.CAPTURE, about=order, legs=legs)
    text = cast.owner.browser().get("/desk/acme/money/statement.csv").get_data(as_text=True)
    cells = [cell for row in text.splitlines() for cell in row.split(",")]
    assert [cell for cell in cells if cell.startswith(("=", "+", "@"))] == []


@pytest.mark.parametrize(
    "asked", ["from=yesterday", "to=2026-13-40", "from=2026-11-10&to=2026-11-01", "from=2020-01-01&to=2026-01-01"]
)
def test_nonsense_days_are_said_and_kept(ctx: Flask, cast: Cast, asked: str) -> None:
    text = cast.owner.browser().get(f"/desk/acme/money/?{asked}").get_data(as_text=True)
    assert "is-bad" in text
    assert asked.split("=")[-1] in text
    assert cast.admin.browser().get(f"/console/ledger/entries?{asked}&kind=nonsense&page=x").status_code == 200


def test_the_console_says_that_everything_is_balanced(ctx: Flask, cast: Cast) -> None:
    plant(cast, 2)
    browser = cast.admin.browser()
    text = browser.get("/console/ledger/").get_data(as_text=True)
    assert "借贷平衡" in text
    assert "借贷不平" not in text
    entries = browser.get("/console/ledger/entries?kind=release").get_data(as_text=True)
    assert entries.count("担保放款</td>") == 1
    link = entries.split("/console/ledger/entries/")[1].split('"')[0]
    legs = browser.get(f"/console/ledger/entries/{link}").get_data(as_text=True)
    assert "release:0" in legs
    assert "95.00" in legs
    assert "5.00" in legs


def rows(cast: Cast, page: str, **asked: str) -> int:
    """How many rows a list of the console shows."""
    answer = cast.admin.browser().get(f"/console/{page}", query_string=asked)
    assert answer.status_code == 200
    return answer.get_data(as_text=True).partition("<tbody>")[2].count("<tr>")


def test_the_books_are_searched_by_what_stands_on_papers(ctx: Flask, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    """By an order's number, of which the books know only an opaque word, and by whose it is."""
    plant(cast, 2)
    monkeypatch.setattr(references, "_finders", [lambda text: ["slip:0001"] if text == "20261122-0001" else []])
    assert rows(cast, "ledger/entries", q="20261122-0001") == 1
    assert rows(cast, "ledger/accounts", q="20261122-0001") == 1
    assert rows(cast, "ledger/entries", q="兴隆布行") == rows(cast, "ledger/entries", q="acme textiles") == 3
    assert rows(cast, "ledger/accounts", q="兴隆") == 3
    assert rows(cast, "ledger/entries", q="release:0") == 1
    assert rows(cast, "ledger/entries", q="nothing\x00here") == 0


def test_an_accounts_entries_show_what_moved_on_it(ctx: Flask, cast: Cast) -> None:
    """An account's list adds up to its balance: the whole entry's amount would not."""
    plant(cast, 3)
    browser = cast.admin.browser()
    accounts = browser.get("/console/ledger/accounts?code=merchant_available").get_data(as_text=True)
    link = accounts.split("/console/ledger/entries?account=")[1].split('"')[0]
    page = browser.get(f"/console/ledger/entries?account={link}", headers={"Accept-Language": "en"}).get_data(as_text=True)
    body = page.partition("<tbody>")[2]
    assert body.count("95.00") == 2
    assert "100.00" not in body
    assert "190.00" in page
    assert "Debit" in page
    assert browser.get("/console/ledger/entries?account=00000000-0000-0000-0000-000000000000").status_code == 200


def test_a_month_is_closed_by_the_administrator_when_it_is_over(ctx: Flask, cast: Cast) -> None:
    browser = cast.admin.browser()
    now = clock.now()
    last = f"{(now.replace(day=1) - timedelta(days=1)):%Y-%m}"
    assert browser.post(f"/console/ledger/periods/{now:%Y-%m}/close").status_code == 409
    assert browser.post("/console/ledger/periods/never/close").status_code == 404
    assert browser.post(f"/console/ledger/periods/{last}/close").status_code == 302
    assert browser.post(f"/console/ledger/periods/{last}/close").status_code == 409
    with pytest.raises(Exception, match="is closed"), clock.shifted(-timedelta(days=now.day + 1)):
        plant(cast)


def _accountant(cast: Cast) -> Person:
    from tests.factories import tenants as make

    with unit_of_work():
        account = make.account(login="accountant")
        make.market_staff(account=account, role=MarketRole.ACCOUNTANT)
        return Person(app=cast.owner.app, account_id=account.id, buyer_id=account.buyer_id, login="accountant")


def test_an_accountant_sees_but_does_not_close(ctx: Flask, cast: Cast) -> None:
    browser = _accountant(cast).browser()
    assert browser.get("/console/ledger/").status_code == 200
    assert browser.post("/console/ledger/periods/2026-01/close").status_code == 403


@pytest.mark.parametrize("page", [*DESK, *CONSOLE])
def test_many_rows_ask_no_more_questions(ctx: Flask, cast: Cast, statements: Statements, page: str) -> None:
    browser = (cast.admin if page.startswith("/console") else cast.owner).browser()
    counts = []
    for start, more in ((0, 2), (2, 40)):
        plant_from(cast, start, more)
        browser.get(page)
        with statements() as said:
            assert browser.get(page).status_code == 200
        counts.append(len(said))
    assert counts[0] == counts[1], counts


def plant_from(cast: Cast, start: int, count: int) -> None:
    for number in range(start, start + count):
        order = Subject(merchant_id=cast.acme_id, reference=f"slip:{number:04}")
        paid = Money(10000, "CNY")
        with unit_of_work():
            legs = [debit(Code.PSP_CLEARING, paid), credit(Code.ESCROW, paid, about=order)]
            services.post(because=f"capture:{number}", what=EntryType.CAPTURE, about=order, legs=legs)
    db.session.remove()


@pytest.mark.parametrize(("language", "said"), [("zh-CN", "{:%Y}年{:%-m}月"), ("en", "{:%B} {:%Y}")])
def test_months_are_said_as_people_say_them(ctx: Flask, cast: Cast, language: str, said: str) -> None:
    plant(cast)
    page = cast.owner.browser().get("/desk/acme/money/", headers={"Accept-Language": language}).get_data(as_text=True)
    now = clock.now().astimezone(ZoneInfo(ctx.config["SETTINGS"].timezone))
    assert f'<option value="{now:%Y-%m}" selected>{said.format(now, now)}</option>' in page
