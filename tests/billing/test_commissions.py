"""Commissions: which rate a sale pays, what is frozen, what is given back, and the page where rates are set."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from markupsafe import escape
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from billing.commissions import queries, rules, services
from billing.commissions.errors import FrozenDifferently, RatesMoved
from billing.commissions.rules import RateDraft, SaleLine
from marketplace.kernel import clock
from marketplace.kernel.db import db, unit_of_work
from marketplace.kernel.ids import uuid7
from marketplace.kernel.money import Money
from tenants.scope import Purpose, acting_for, working_on
from tests.cast import Cast
from tests.factories import goods
from tests.factories import tenants as make

ACME, RIVAL = uuid7(), uuid7()
NOW = clock.now()


def cny(minor: int) -> Money:
    return Money(minor, "CNY")


RATES = [
    RateDraft(name="Acme's silk", merchant_id=ACME, category="fabric/silk", basis_points=100),
    RateDraft(name="Silk in summer", category="fabric/silk", basis_points=300, active_to=NOW),
    RateDraft(name="Fabric", category="fabric", basis_points=400),
    RateDraft(name="From next year", basis_points=900, active_from=NOW + timedelta(days=40)),
]


@pytest.mark.parametrize(
    ("merchant", "path", "days", "expected"),
    [
        (ACME, ("fabric", "silk", "satin"), 0, "Acme's silk"),
        (RIVAL, ("fabric", "silk"), -1, "Silk in summer"),
        (RIVAL, ("fabric", "silk"), 0, "Fabric"),
        (RIVAL, ("fabric",), 0, "Fabric"),
        (RIVAL, ("fabrics",), 0, None),
        (RIVAL, (), 0, None),
        (ACME, ("garment",), 41, "From next year"),
    ],
)
def test_the_first_rate_that_fits_is_used(merchant: UUID, path: tuple[str, ...], days: int, expected: str | None) -> None:
    chosen, passed = rules.choose(RATES, merchant_id=merchant, path=path, at=NOW + timedelta(days=days))
    assert getattr(chosen, "name", None) == expected
    assert [rate for rate, _why in passed] == RATES[: RATES.index(chosen) if chosen else None]


def test_rates_that_can_never_be_chosen_are_found() -> None:
    broad = RateDraft(name="Fabric", category="fabric", basis_points=400)
    silk = RateDraft(name="Silk", category="fabric/silk", merchant_id=ACME, basis_points=300)
    soon = RateDraft(name="All", basis_points=1, active_from=NOW)
    later = RateDraft(name="All later", basis_points=2, active_from=NOW + timedelta(days=1), active_to=NOW + timedelta(days=9))
    assert list(rules.unreachable([broad, silk, soon, later])) == [(1, 0), (3, 2)]
    assert list(rules.unreachable([silk, broad, later, soon])) == []


def test_any_way_of_refunding_everything_gives_everything_back() -> None:
    dice = random.Random(11)
    for _ in range(2_000):
        paid, charged = dice.randrange(1, 100_000), dice.randrange(0, 5_000)
        refunded, back = 0, 0
        while refunded < paid:
            refunded += dice.randrange(1, paid - refunded + 1)
            due = rules.given_back(charged=cny(charged), refunded=cny(refunded), paid=cny(paid)).minor
            assert back <= due <= charged
            back = due
        assert back == charged


def line(amount: int, reference: str = "line:1", path: tuple[str, ...] = ("fabric", "cotton")) -> SaleLine:
    return SaleLine(reference=reference, category_path=path, amount=cny(amount))


def publish(*rates: RateDraft, after: int = 0, default: int = 800) -> None:
    with unit_of_work(), working_on(Purpose.CONSOLE):
        services.publish(rates=rates, default_basis_points=default, note="why", after=after)


def test_a_sale_keeps_the_rate_of_its_day(ctx: Flask, cast: Cast) -> None:
    publish(RateDraft(name="Fabric", category="fabric", basis_points=525))
    with unit_of_work():
        first = services.freeze(order="slip:1", merchant_id=cast.acme_id, lines=[line(100000), line(333, "line:2", ("x",))])
    assert [(fee.amount, fee.basis_points, fee.set_number) for fee in first] == [(5250, 525, 1), (27, 800, 1)]
    publish(RateDraft(name="Fabric", category="fabric", basis_points=100), after=1)
    with unit_of_work():
        again = services.freeze(order="slip:1", merchant_id=cast.acme_id, lines=[line(100000), line(333, "line:2", ("x",))])
    assert {fee.id for fee in again} == {fee.id for fee in first}
    with pytest.raises(FrozenDifferently), unit_of_work():
        services.freeze(order="slip:1", merchant_id=cast.acme_id, lines=[line(1)])


def test_half_a_cent_goes_to_the_even_side(ctx: Flask, cast: Cast) -> None:
    publish(default=500)
    with unit_of_work():
        fees = services.freeze(order="slip:1", merchant_id=cast.acme_id, lines=[line(10, "a"), line(30, "b"), line(50, "c")])
    assert [fee.amount for fee in fees] == [0, 2, 2]  # 0.5, 1.5, 2.5


def test_two_people_publish_and_one_is_told(ctx: Flask, cast: Cast) -> None:
    publish()
    with pytest.raises(RatesMoved):
        publish(after=0)


def test_a_merchant_sees_its_own_fees_and_no_rates(ctx: Flask, cast: Cast) -> None:
    publish(RateDraft(name="Rival pays little", merchant_id=cast.rival_id, basis_points=1))
    with unit_of_work():
        services.freeze(order="slip:1", merchant_id=cast.acme_id, lines=[line(100)])
        services.freeze(order="slip:2", merchant_id=cast.rival_id, lines=[line(100)])
    with unit_of_work(), acting_for(cast.acme_id):
        assert db.session.scalars(text('select "order" from fee_lines')).all() == ["slip:1"]
        assert db.session.scalar(text("select count(*) from commission_rates")) == 0
        assert db.session.scalar(text("select count(*) from commission_rate_sets")) == 0


@pytest.mark.parametrize("table", ["commission_rates", "commission_rate_sets", "fee_lines"])
def test_what_is_published_never_changes(ctx: Flask, cast: Cast, table: str) -> None:
    for deed in (f"update {table} set basis_points = 0", f"delete from {table}", f"truncate {table}"):
        with pytest.raises(DBAPIError), unit_of_work(), working_on(Purpose.CONSOLE):
            db.session.execute(text(deed))


FORM = {
    "after": "0",
    "default": "5.25",
    "note": "Spring",
    "name-0": "Silk",
    "merchant-0": "acme",
    "category-0": "/fabric/silk/",
    "percent-0": "3",
    "from-0": "2026-11-01",
    "to-0": "",
    "name-1": "",
    "merchant-1": "",
    "category-1": "",
    "percent-1": "",
    "from-1": "",
    "to-1": "",
}


def test_rates_are_published_from_the_page(ctx: Flask, cast: Cast) -> None:
    browser = cast.admin.browser()
    assert browser.post("/console/commissions/edit", data=FORM).status_code == 302
    with unit_of_work(), working_on(Purpose.CONSOLE):
        rates = queries.rates_of(1)
        assert [(rate.name, rate.merchant_id, rate.category, rate.basis_points) for rate in rates] == [
            ("Silk", cast.acme_id, "fabric/silk", 300)
        ]
        deeds = db.session.scalars(text("select action from audit_events where action like 'commissions.%'")).all()
    assert deeds == ["commissions.published"]
    assert browser.get("/console/commissions/1").status_code == 200
    assert browser.get("/console/commissions/2").status_code == 404
    again = browser.post("/console/commissions/edit", data=FORM)
    assert again.status_code == 409  # the same form, published twice
    page = again.get_data(as_text=True)
    assert 'value="Spring"' in page
    assert 'name="after" value="1"' in page
    assert 'href="/console/commissions/1"' in page


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("percent-0", "50.01"),
        ("percent-0", "-1"),
        ("percent-0", "5.255"),
        ("percent-0", "viel"),
        ("percent-0", "NaN"),
        ("percent-0", "1e9"),
        ("percent-0", ""),
        ("default", ""),
        ("merchant-0", "nobody"),
        ("merchant-0", "Textiles"),
        ("position-0", "-1"),
        ("position-0", "1.5"),
        ("category-0", "a b//c"),
        ("from-0", "2026-13-01"),
        ("to-0", "2026-10-01"),
        ("name-0", ""),
    ],
)
def test_bad_rates_are_said_at_their_field_and_kept(ctx: Flask, cast: Cast, field: str, value: str) -> None:
    answer = cast.admin.browser().post("/console/commissions/edit", data=FORM | {field: value})
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert f'id="f-{field}-error"' in page
    assert 'value="Spring"' in page
    with unit_of_work(), working_on(Purpose.CONSOLE):
        assert queries.newest_set() is None


@pytest.mark.parametrize("whom", ["acme", "兴隆布行", "Acme Textiles", "Acme Textiles (acme)", "兴隆"])
def test_a_merchant_is_chosen_by_its_name(ctx: Flask, cast: Cast, whom: str) -> None:
    browser, english = cast.admin.browser(), {"Accept-Language": "en"}
    page = browser.get("/console/commissions/edit", headers=english).get_data(as_text=True)
    assert '<option value="Acme Textiles">acme</option>' in page
    assert browser.post("/console/commissions/edit", data=FORM | {"merchant-0": whom}).status_code == 302
    with unit_of_work(), working_on(Purpose.CONSOLE):
        assert [rate.merchant_id for rate in queries.rates_of(1)] == [cast.acme_id]
    page = browser.get("/console/commissions/edit", headers=english).get_data(as_text=True)
    assert 'value="Acme Textiles" aria-label' in page


def test_rates_stand_where_their_positions_say(ctx: Flask, cast: Cast) -> None:
    publish(RateDraft(name="One", basis_points=100), RateDraft(name="Two", basis_points=200))
    rows = {"after": "1", "default": "５．２５％", "note": ""}
    for n, (position, name) in enumerate([("10", "One"), ("20", "Two"), ("", "Last"), ("15", "Between"), ("30", "")]):
        rows |= {f"position-{n}": position, f"name-{n}": name, f"percent-{n}": "1" if name else ""}
    more = cast.admin.browser().post("/console/commissions/edit", data=rows | {"deed": "more"})
    assert more.status_code == 200
    assert more.get_data(as_text=True).count('id="f-name-') == 4 + 3 + 3
    assert cast.admin.browser().post("/console/commissions/edit", data=rows).status_code == 302
    with unit_of_work(), working_on(Purpose.CONSOLE):
        assert [rate.name for rate in queries.rates_of(2)] == ["One", "Between", "Two", "Last"]
        newest = queries.newest_set()
        assert newest is not None
        assert newest.default_basis_points == 525


def test_many_rows_with_merchants_ask_no_more_questions(ctx: Flask, cast: Cast, statements: Callable[[], Any]) -> None:
    browser, counts = cast.admin.browser(), []
    for count in (1, 40):
        rows = {f"{name}-{n}": value for n in range(count) for name, value in {"name": "", "merchant": "acme"}.items()}
        browser.post("/console/commissions/edit", data=rows)
        with statements() as said:
            assert browser.post("/console/commissions/edit", data=rows).status_code == 422
        counts.append(len(said))
    assert counts[0] == counts[1]


@pytest.mark.parametrize("page", ["/console/commissions/", "/console/commissions/edit"])
def test_rates_are_for_the_markets_staff(ctx: Flask, cast: Cast, page: str) -> None:
    assert cast.admin.browser().get(page).status_code == 200
    assert cast.owner.browser().get(page).status_code == 404
    assert cast.owner.browser().post("/console/commissions/edit", data=FORM).status_code == 404


@pytest.fixture
def fabrics(ctx: Flask) -> None:
    """Fabric, and silk below it."""
    with unit_of_work():
        goods.category("silk", parent=goods.category("fabric", zh_Hans="面料", en="Fabric"), zh_Hans="真丝", en="Real silk")


def tried(cast: Cast, **typed: str) -> str:
    """The page after somebody tried a sale, in English."""
    answer = cast.admin.browser().get("/console/commissions/", query_string=typed, headers={"Accept-Language": "en"})
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


@pytest.mark.usefixtures("fabrics")
def test_a_tried_sale_says_the_fee_and_why(cast: Cast) -> None:
    publish(
        RateDraft(name="Rival's silk", merchant_id=cast.rival_id, category="fabric/silk", basis_points=100),
        RateDraft(name="Next year", basis_points=200, active_from=clock.now() + timedelta(days=40)),
        RateDraft(name="Silk", category="fabric/silk", basis_points=300),
    )
    page = tried(cast, merchant="兴隆布行", category="fabric/silk", amount="1,000.00")
    answer = page.partition('id="answer"')[2]
    for said in (
        "30.00",
        "970.00",
        "3% of",
        "Silk · position 3",
        "all merchants",
        "Fabric / Real silk and everything below it",
    ):
        assert said in answer, said
    assert "2 rates above it do not fit" in answer
    assert "Rival&#39;s silk: for another merchant" in answer
    assert "Next year: does not hold yet" in answer
    assert "-error" not in page
    page = tried(cast, merchant="南通", category="fabric/silk", amount="1000")
    assert "only for Rival Textiles" in page
    assert "10.00" in page.partition('id="answer"')[2]
    page = tried(cast, merchant="acme", category="fabric", amount="1000")
    assert "Everything else · position 4" in page
    assert "80.00" in page.partition('id="answer"')[2]


@pytest.mark.usefixtures("fabrics")
def test_categories_are_chosen_by_their_names(cast: Cast) -> None:
    page = tried(cast)
    assert '<option value="fabric/silk">\u3000Real silk</option>' in page
    assert '<option value="Acme Textiles">acme</option>' in page
    assert "-error" not in page
    publish(RateDraft(name="Silk", category="fabric/silk", basis_points=300), RateDraft(name="Gone", category="gone"))
    page = tried(cast)
    assert '<td data-label="Kind of goods">Fabric / Real silk</td>' in page
    assert '<td data-label="Kind of goods">gone</td>' in page
    page = cast.admin.browser().get("/console/commissions/edit").get_data(as_text=True)
    assert '<option value="fabric/silk" selected>' in page
    assert '<option value="gone" selected>gone</option>' in page


@pytest.mark.usefixtures("fabrics")
@pytest.mark.parametrize(
    ("typed", "wrong"),
    [
        ({"merchant": "", "category": "", "amount": ""}, {"merchant", "category", "amount"}),
        ({"merchant": "nobody<", "category": "fabric", "amount": "5"}, {"merchant"}),
        ({"merchant": "%", "category": "fabric", "amount": "5"}, {"merchant"}),
        ({"merchant": "acme", "category": "fabric/none", "amount": "5"}, {"category"}),
        ({"merchant": "acme", "category": "fabric", "amount": "-5"}, {"amount"}),
        ({"merchant": "acme", "category": "fabric", "amount": "0.001"}, {"amount"}),
        ({"merchant": "acme", "amount": "much"}, {"category", "amount"}),
    ],
)
def test_a_tried_sale_says_what_is_wrong_and_keeps_the_rest(cast: Cast, typed: dict[str, str], wrong: set[str]) -> None:
    page = tried(cast, **typed)
    assert {name for name in ("merchant", "category", "amount") if f'id="f-{name}-error"' in page} == wrong
    assert page.count('aria-invalid="true"') == len(wrong)
    assert 'id="answer"' not in page
    for name in ("merchant", "amount"):
        assert f'value="{escape(typed.get(name, ""))}"' in page
    assert ('<option value="fabric" selected>' in page) == (typed.get("category") == "fabric")


@pytest.mark.usefixtures("fabrics")
def test_merchants_of_one_name_are_told_apart(cast: Cast) -> None:
    with unit_of_work():
        make.merchant(owner=make.account(login="second"), slug="second", name="兴隆布行")
    page = tried(cast, merchant="兴隆布行", category="fabric", amount="5")
    assert "Acme Textiles (acme), Second Textiles (second)" in page
    assert 'id="answer"' in tried(cast, merchant="second", category="fabric", amount="5")


@pytest.mark.parametrize("page", ["/console/commissions/", "/console/commissions/edit"])
def test_many_rates_ask_no_more_questions(ctx: Flask, cast: Cast, statements: Callable[[], Any], page: str) -> None:
    browser, counts = cast.admin.browser(), []
    for number, count in ((0, 1), (1, 40)):
        publish(
            *(RateDraft(name=f"r{n}", merchant_id=cast.acme_id, category=f"c{n}", basis_points=n) for n in range(count)),
            after=number,
        )
        browser.get(page)
        with statements() as said:
            browser.get(page)
        counts.append(len(said))
    assert counts[0] == counts[1]
