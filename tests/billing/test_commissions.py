"""Commissions: selection of rates, charges, reversals, and the console pages for rates."""

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

from billing.commissions import domain, queries, services
from billing.commissions.domain import RateDraft, SaleLine
from billing.commissions.errors import FeeConflict, StaleRateSet
from marketplace.kernel import clock
from marketplace.kernel.db import db, unit_of_work
from marketplace.kernel.ids import uuid7
from marketplace.kernel.money import Money
from tenants.isolation import AccessPurpose, as_merchant, with_purpose
from tests.actors import Actors
from tests.factories import product_factory, tenant_factory

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
def test_select_rate_returns_first_match(merchant: UUID, path: tuple[str, ...], days: int, expected: str | None) -> None:
    rate, rejected = domain.select_rate(RATES, merchant_id=merchant, path=path, at=NOW + timedelta(days=days))
    assert getattr(rate, "name", None) == expected
    assert [rejected_rate for rejected_rate, _mismatch in rejected] == RATES[: RATES.index(rate) if rate else None]


def test_find_unreachable_returns_covered_rates() -> None:
    broad = RateDraft(name="Fabric", category="fabric", basis_points=400)
    silk = RateDraft(name="Silk", category="fabric/silk", merchant_id=ACME, basis_points=300)
    soon = RateDraft(name="All", basis_points=1, active_from=NOW)
    later = RateDraft(name="All later", basis_points=2, active_from=NOW + timedelta(days=1), active_to=NOW + timedelta(days=9))
    assert list(domain.find_unreachable([broad, silk, soon, later])) == [(1, 0), (3, 2)]
    assert list(domain.find_unreachable([silk, broad, later, soon])) == []


def test_reversal_amount_any_refund_sequence_sums_to_charge() -> None:
    rng = random.Random(11)
    for _ in range(2_000):
        paid, charged = rng.randrange(1, 100_000), rng.randrange(0, 5_000)
        refunded, reversed_so_far = 0, 0
        while refunded < paid:
            refunded += rng.randrange(1, paid - refunded + 1)
            target = domain.reversal_amount(charged=cny(charged), refunded=cny(refunded), paid=cny(paid)).minor
            assert reversed_so_far <= target <= charged
            reversed_so_far = target
        assert reversed_so_far == charged


def make_sale_line(amount: int, reference: str = "line:1", path: tuple[str, ...] = ("fabric", "cotton")) -> SaleLine:
    return SaleLine(reference=reference, category_path=path, amount=cny(amount))


def publish_rates(*rates: RateDraft, expected_number: int = 0, default: int = 800) -> None:
    with unit_of_work(), with_purpose(AccessPurpose.CONSOLE):
        services.publish_rates(rates=rates, default_basis_points=default, note="why", expected_number=expected_number)


def test_charge_fees_keeps_rate_of_first_call(ctx: Flask, actors: Actors) -> None:
    publish_rates(RateDraft(name="Fabric", category="fabric", basis_points=525))
    with unit_of_work():
        first = services.charge_fees(
            order="slip:1", merchant_id=actors.acme_id, lines=[make_sale_line(100000), make_sale_line(333, "line:2", ("x",))]
        )
    assert [(fee.amount, fee.basis_points, fee.set_number) for fee in first] == [(5250, 525, 1), (27, 800, 1)]
    publish_rates(RateDraft(name="Fabric", category="fabric", basis_points=100), expected_number=1)
    with unit_of_work():
        second = services.charge_fees(
            order="slip:1", merchant_id=actors.acme_id, lines=[make_sale_line(100000), make_sale_line(333, "line:2", ("x",))]
        )
    assert {fee.id for fee in second} == {fee.id for fee in first}
    with pytest.raises(FeeConflict), unit_of_work():
        services.charge_fees(order="slip:1", merchant_id=actors.acme_id, lines=[make_sale_line(1)])


def test_charge_fees_rounds_half_even(ctx: Flask, actors: Actors) -> None:
    publish_rates(default=500)
    with unit_of_work():
        fees = services.charge_fees(
            order="slip:1",
            merchant_id=actors.acme_id,
            lines=[make_sale_line(10, "a"), make_sale_line(30, "b"), make_sale_line(50, "c")],
        )
    assert [fee.amount for fee in fees] == [0, 2, 2]  # 0.5, 1.5, 2.5


def test_publish_rates_stale_number_raises(ctx: Flask, actors: Actors) -> None:
    publish_rates()
    with pytest.raises(StaleRateSet):
        publish_rates(expected_number=0)


def test_commission_tables_respect_row_security(ctx: Flask, actors: Actors) -> None:
    publish_rates(RateDraft(name="Rival pays little", merchant_id=actors.rival_id, basis_points=1))
    with unit_of_work():
        services.charge_fees(order="slip:1", merchant_id=actors.acme_id, lines=[make_sale_line(100)])
        services.charge_fees(order="slip:2", merchant_id=actors.rival_id, lines=[make_sale_line(100)])
    with unit_of_work(), as_merchant(actors.acme_id):
        assert db.session.scalars(text('select "order" from commission_entries')).all() == ["slip:1"]
        assert db.session.scalar(text("select count(*) from commission_rates")) == 0
        assert db.session.scalar(text("select count(*) from commission_rate_sets")) == 0


@pytest.mark.parametrize("table", ["commission_rates", "commission_rate_sets", "commission_entries"])
def test_commission_tables_are_append_only(ctx: Flask, actors: Actors, table: str) -> None:
    for statement in (f"update {table} set basis_points = 0", f"delete from {table}", f"truncate {table}"):
        with pytest.raises(DBAPIError), unit_of_work(), with_purpose(AccessPurpose.CONSOLE):
            db.session.execute(text(statement))


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


def test_publish_form_creates_rate_set_and_rejects_stale_form(ctx: Flask, actors: Actors) -> None:
    client = actors.admin.client()
    assert client.post("/console/commissions/edit", data=FORM).status_code == 302
    with unit_of_work(), with_purpose(AccessPurpose.CONSOLE):
        rates = queries.list_rates(1)
        assert [(rate.name, rate.merchant_id, rate.category, rate.basis_points) for rate in rates] == [
            ("Silk", actors.acme_id, "fabric/silk", 300)
        ]
        audit_actions = db.session.scalars(text("select action from audit_events where action like 'commissions.%'")).all()
    assert audit_actions == ["commissions.published"]
    assert client.get("/console/commissions/1").status_code == 200
    assert client.get("/console/commissions/2").status_code == 404
    response = client.post("/console/commissions/edit", data=FORM)
    assert response.status_code == 409  # the same form, submitted twice
    page = response.get_data(as_text=True)
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
def test_publish_form_invalid_field_shows_error_and_keeps_input(ctx: Flask, actors: Actors, field: str, value: str) -> None:
    response = actors.admin.client().post("/console/commissions/edit", data=FORM | {field: value})
    page = response.get_data(as_text=True)
    assert response.status_code == 422
    assert f'id="f-{field}-error"' in page
    assert 'value="Spring"' in page
    with unit_of_work(), with_purpose(AccessPurpose.CONSOLE):
        assert queries.get_newest_set() is None


@pytest.mark.parametrize("merchant_text", ["acme", "兴隆布行", "Acme Textiles", "Acme Textiles (acme)", "兴隆"])
def test_publish_form_resolves_merchant_name(ctx: Flask, actors: Actors, merchant_text: str) -> None:
    client, headers = actors.admin.client(), {"Accept-Language": "en"}
    page = client.get("/console/commissions/edit", headers=headers).get_data(as_text=True)
    assert '<option value="Acme Textiles">acme</option>' in page
    assert client.post("/console/commissions/edit", data=FORM | {"merchant-0": merchant_text}).status_code == 302
    with unit_of_work(), with_purpose(AccessPurpose.CONSOLE):
        assert [rate.merchant_id for rate in queries.list_rates(1)] == [actors.acme_id]
    page = client.get("/console/commissions/edit", headers=headers).get_data(as_text=True)
    assert 'value="Acme Textiles" aria-label' in page


def test_publish_form_sorts_rates_by_position(ctx: Flask, actors: Actors) -> None:
    publish_rates(RateDraft(name="One", basis_points=100), RateDraft(name="Two", basis_points=200))
    rows = {"after": "1", "default": "５．２５％", "note": ""}
    for n, (position, name) in enumerate([("10", "One"), ("20", "Two"), ("", "Last"), ("15", "Between"), ("30", "")]):
        rows |= {f"position-{n}": position, f"name-{n}": name, f"percent-{n}": "1" if name else ""}
    more_rows_response = actors.admin.client().post("/console/commissions/edit", data=rows | {"deed": "more"})
    assert more_rows_response.status_code == 200
    assert more_rows_response.get_data(as_text=True).count('id="f-name-') == 4 + 3 + 3
    assert actors.admin.client().post("/console/commissions/edit", data=rows).status_code == 302
    with unit_of_work(), with_purpose(AccessPurpose.CONSOLE):
        assert [rate.name for rate in queries.list_rates(2)] == ["One", "Between", "Two", "Last"]
        rate_set = queries.get_newest_set()
        assert rate_set is not None
        assert rate_set.default_basis_points == 525


def test_publish_form_query_count_is_constant(ctx: Flask, actors: Actors, record_statements: Callable[[], Any]) -> None:
    client, counts = actors.admin.client(), []
    for count in (1, 40):
        rows = {f"{name}-{n}": value for n in range(count) for name, value in {"name": "", "merchant": "acme"}.items()}
        client.post("/console/commissions/edit", data=rows)
        with record_statements() as executed:
            assert client.post("/console/commissions/edit", data=rows).status_code == 422
        counts.append(len(executed))
    assert counts[0] == counts[1]


@pytest.mark.parametrize("page", ["/console/commissions/", "/console/commissions/edit"])
def test_commission_pages_require_platform_staff(ctx: Flask, actors: Actors, page: str) -> None:
    assert actors.admin.client().get(page).status_code == 200
    assert actors.owner.client().get(page).status_code == 404
    assert actors.owner.client().post("/console/commissions/edit", data=FORM).status_code == 404


@pytest.fixture
def fabric_categories(ctx: Flask) -> None:
    """Create the category fabric with the child silk."""
    with unit_of_work():
        product_factory.create_category(
            "silk",
            parent=product_factory.create_category("fabric", zh_Hans="面料", en="Fabric"),
            zh_Hans="真丝",
            en="Real silk",
        )


def simulator_page(actors: Actors, **form_data: str) -> str:
    """Return the page with the result of the simulator, in English."""
    response = actors.admin.client().get("/console/commissions/", query_string=form_data, headers={"Accept-Language": "en"})
    assert response.status_code == 200
    return response.get_data(as_text=True)


@pytest.mark.usefixtures("fabric_categories")
def test_simulator_shows_fee_and_rejected_rates(actors: Actors) -> None:
    publish_rates(
        RateDraft(name="Rival's silk", merchant_id=actors.rival_id, category="fabric/silk", basis_points=100),
        RateDraft(name="Next year", basis_points=200, active_from=clock.now() + timedelta(days=40)),
        RateDraft(name="Silk", category="fabric/silk", basis_points=300),
    )
    page = simulator_page(actors, merchant="兴隆布行", category="fabric/silk", amount="1,000.00")
    result_html = page.partition('id="answer"')[2]
    for expected_text in (
        "30.00",
        "970.00",
        "3% of",
        "Silk · position 3",
        "all merchants",
        "Fabric / Real silk and everything below it",
    ):
        assert expected_text in result_html, expected_text
    assert "2 rates above it do not fit" in result_html
    assert "Rival&#39;s silk: for another merchant" in result_html
    assert "Next year: does not hold yet" in result_html
    assert "-error" not in page
    page = simulator_page(actors, merchant="南通", category="fabric/silk", amount="1000")
    assert "only for Rival Textiles" in page
    assert "10.00" in page.partition('id="answer"')[2]
    page = simulator_page(actors, merchant="acme", category="fabric", amount="1000")
    assert "Everything else · position 4" in page
    assert "80.00" in page.partition('id="answer"')[2]


@pytest.mark.usefixtures("fabric_categories")
def test_category_select_shows_localized_names(actors: Actors) -> None:
    page = simulator_page(actors)
    assert '<option value="fabric/silk">\u3000Real silk</option>' in page
    assert '<option value="Acme Textiles">acme</option>' in page
    assert "-error" not in page
    publish_rates(RateDraft(name="Silk", category="fabric/silk", basis_points=300), RateDraft(name="Gone", category="gone"))
    page = simulator_page(actors)
    assert '<td data-label="Kind of goods">Fabric / Real silk</td>' in page
    assert '<td data-label="Kind of goods">gone</td>' in page
    page = actors.admin.client().get("/console/commissions/edit").get_data(as_text=True)
    assert '<option value="fabric/silk" selected>' in page
    assert '<option value="gone" selected>gone</option>' in page


@pytest.mark.usefixtures("fabric_categories")
@pytest.mark.parametrize(
    ("form_data", "invalid_fields"),
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
def test_simulator_invalid_fields_show_errors_and_keep_input(
    actors: Actors, form_data: dict[str, str], invalid_fields: set[str]
) -> None:
    page = simulator_page(actors, **form_data)
    assert {name for name in ("merchant", "category", "amount") if f'id="f-{name}-error"' in page} == invalid_fields
    assert page.count('aria-invalid="true"') == len(invalid_fields)
    assert 'id="answer"' not in page
    for name in ("merchant", "amount"):
        assert f'value="{escape(form_data.get(name, ""))}"' in page
    assert ('<option value="fabric" selected>' in page) == (form_data.get("category") == "fabric")


@pytest.mark.usefixtures("fabric_categories")
def test_simulator_ambiguous_merchant_lists_slugs(actors: Actors) -> None:
    with unit_of_work():
        tenant_factory.create_merchant(owner=tenant_factory.create_account(login="second"), slug="second", name="兴隆布行")
    page = simulator_page(actors, merchant="兴隆布行", category="fabric", amount="5")
    assert "Acme Textiles (acme), Second Textiles (second)" in page
    assert 'id="answer"' in simulator_page(actors, merchant="second", category="fabric", amount="5")


@pytest.mark.parametrize("page", ["/console/commissions/", "/console/commissions/edit"])
def test_commission_pages_query_count_is_constant(
    ctx: Flask, actors: Actors, record_statements: Callable[[], Any], page: str
) -> None:
    client, counts = actors.admin.client(), []
    for number, count in ((0, 1), (1, 40)):
        publish_rates(
            *(RateDraft(name=f"r{n}", merchant_id=actors.acme_id, category=f"c{n}", basis_points=n) for n in range(count)),
            expected_number=number,
        )
        client.get(page)
        with record_statements() as executed:
            client.get(page)
        counts.append(len(executed))
    assert counts[0] == counts[1]
