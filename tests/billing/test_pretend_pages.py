"""The pretend gateway's own pages, as somebody with a browser meets them (PA1): every address says what to do next."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from billing.payments.pretend.app import create_pretend
from billing.payments.pretend.store import OPEN_SECONDS, Store

MARKET = "http://market.example"
NOW = 1_800_000_000.0


@pytest.fixture
def hands() -> list[float]:
    """The gateway's clock."""
    return [NOW]


@pytest.fixture
def store(tmp_path: Path, hands: list[float]) -> Store:
    return Store(tmp_path / "gateway.sqlite", clock=lambda: hands[0], seed=1)


@pytest.fixture
def visitor(store: Store) -> FlaskClient:
    return create_pretend(store, secret="a secret that nobody needs here", base_url=MARKET).test_client()


@pytest.fixture
def opened(store: Store) -> str:
    asked = {
        "client_id": "c1",
        "amount": 5300,
        "currency": "CNY",
        "description": "订单 1",
        "return_url": f"{MARKET}/pay/back?reference=1",
        "locale": "zh_Hans",
    }
    return str(store.create(key="12345678", asked=asked)["id"])


@pytest.mark.parametrize("address", ["/pay/pay_nothing", "/pay/pay_nothing/pay", "/nowhere", "/pay/%00"])
def test_an_address_that_leads_nowhere_is_a_page_with_a_way_back(visitor: FlaskClient, address: str) -> None:
    for language, said in (("zh_Hans", "没有这笔付款"), ("en", "There is no such payment")):
        answer = visitor.get(f"{address}?lang={language}", follow_redirects=True)
        assert answer.status_code == 404
        assert f"<h1>{said}</h1>" in answer.text
        assert f'href="{MARKET}/"' in answer.text
        assert "form-action" in answer.headers["Content-Security-Policy"]


def test_programs_are_refused_by_a_code(visitor: FlaskClient) -> None:
    answer = visitor.get("/v1/payments/pay_nothing")
    assert (answer.status_code, answer.json["error"]) == (401, "bad_signature")  # type: ignore[index]
    assert visitor.delete("/v1/payments").status_code == 401


@pytest.mark.parametrize("deed", ["pay", "slowly", "lose", "decline", "expire"])
def test_the_address_of_a_button_opened_again_leads_to_the_payment(
    visitor: FlaskClient, store: Store, opened: str, deed: str
) -> None:
    answer = visitor.get(f"/pay/{opened}/{deed}", follow_redirects=True)
    assert answer.status_code == 200
    assert f"/pay/{opened}/pay" in answer.text
    assert store.payment(opened)["standing"] == "open"


@pytest.mark.parametrize(
    ("typed", "seconds"),
    [("30", 30), ("３０", 30), ("601", 600), ("999999", 600), ("", 10), ("0", 10), ("-5", 10), ("²", 10), ("9" * 5000, 10)],
)
def test_slow_money_takes_the_seconds_that_were_typed_or_the_usual_ones(
    visitor: FlaskClient, store: Store, opened: str, hands: list[float], typed: str, seconds: float
) -> None:
    assert visitor.post(f"/pay/{opened}/slowly", data={"seconds": typed}).status_code == 303
    assert store.payment(opened)["standing"] == "pending"
    hands[0] += seconds - 0.5
    assert store.payment(opened)["standing"] == "pending"
    hands[0] += 1
    assert store.payment(opened)["standing"] == "paid"


def over(deed: str) -> Callable[[FlaskClient, str, list[float]], None]:
    """Press this button."""
    return lambda visitor, payment, _hands: visitor.post(f"/pay/{payment}/{deed}") and None


def too_late(_visitor: FlaskClient, _payment: str, hands: list[float]) -> None:
    hands[0] += OPEN_SECONDS + 1


@pytest.mark.parametrize(
    ("deed", "said"),
    [
        (over("pay"), "付款已完成"),
        (over("lose"), "付款已完成"),
        (over("slowly"), "款项正在到账"),
        (over("decline"), "银行拒绝了付款"),
        (over("expire"), "这笔付款已关闭"),
        (too_late, "这笔付款已关闭"),
    ],
)
def test_a_payment_that_is_over_says_how_it_ended_and_takes_no_second_button(
    visitor: FlaskClient,
    store: Store,
    opened: str,
    hands: list[float],
    deed: Callable[[FlaskClient, str, list[float]], None],
    said: str,
) -> None:
    deed(visitor, opened, hands)
    page = visitor.get(f"/pay/{opened}").text
    assert f"<h1>{said}</h1>" in page
    assert "<form" not in page
    stands = store.payment(opened)["standing"]
    for again in ("pay", "decline", "expire"):
        assert visitor.post(f"/pay/{opened}/{again}").location == f"{MARKET}/pay/back?reference=1"
    assert store.payment(opened)["standing"] == stands


def test_the_language_that_was_chosen_stays_with_the_buttons(visitor: FlaskClient, opened: str) -> None:
    page = visitor.get(f"/pay/{opened}?lang=en").text
    assert f"/pay/{opened}/lose?lang=en" in page
    assert '<p class="quiet" lang="zh-CN">订单 1</p>' in page
    assert "the way back is lost" in visitor.post(f"/pay/{opened}/lose?lang=en").text
