"""Pages of the sandbox gateway (PA1, several payment methods)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from billing.payments.sandbox_gateway.app import create_sandbox_app
from billing.payments.sandbox_gateway.store import OPEN_SECONDS, SandboxStore

BASE_URL = "http://market.example"
NOW = 1_800_000_000.0


@pytest.fixture
def clock_value() -> list[float]:
    """Return the gateway's clock."""
    return [NOW]


@pytest.fixture
def store(tmp_path: Path, clock_value: list[float]) -> SandboxStore:
    return SandboxStore(tmp_path / "gateway.sqlite", clock=lambda: clock_value[0], seed=1)


@pytest.fixture
def gateway_client(store: SandboxStore) -> FlaskClient:
    return create_sandbox_app(store, secret="unused secret", base_url=BASE_URL).test_client()


@pytest.fixture
def payment_id(store: SandboxStore) -> str:
    params = {
        "client_id": "c1",
        "amount": 5300,
        "currency": "CNY",
        "description": "订单 1",
        "return_url": f"{BASE_URL}/pay/back?reference=1",
        "locale": "zh_Hans",
    }
    return str(store.create_payment(key="12345678", params=params)["id"])


@pytest.mark.parametrize("path", ["/pay/pay_nothing", "/pay/pay_nothing/pay", "/nowhere", "/pay/%00"])
def test_unknown_url_shows_localized_404_page(gateway_client: FlaskClient, path: str) -> None:
    for language, heading in (("zh_Hans", "没有这笔付款"), ("en", "There is no such payment")):
        response = gateway_client.get(f"{path}?lang={language}", follow_redirects=True)
        assert response.status_code == 404
        assert f"<h1>{heading}</h1>" in response.text
        assert f'href="{BASE_URL}/"' in response.text
        assert "form-action" in response.headers["Content-Security-Policy"]


def test_api_rejects_unsigned_requests(gateway_client: FlaskClient) -> None:
    response = gateway_client.get("/v1/payments/pay_nothing")
    assert (response.status_code, response.json["error"]) == (401, "bad_signature")  # type: ignore[index]
    assert gateway_client.delete("/v1/payments").status_code == 401


@pytest.mark.parametrize("action", ["pay", "slowly", "lose", "decline", "expire"])
def test_get_action_url_redirects_to_payment(
    gateway_client: FlaskClient, store: SandboxStore, payment_id: str, action: str
) -> None:
    response = gateway_client.get(f"/pay/{payment_id}/{action}", follow_redirects=True)
    assert response.status_code == 200
    assert f"/pay/{payment_id}/pay" in response.text
    assert store.get_payment(payment_id)["status"] == "open"


@pytest.mark.parametrize(
    ("seconds_input", "expected_seconds"),
    [("30", 30), ("３０", 30), ("601", 600), ("999999", 600), ("", 10), ("0", 10), ("-5", 10), ("²", 10), ("9" * 5000, 10)],
)
def test_slow_payment_uses_entered_or_default_delay(
    gateway_client: FlaskClient,
    store: SandboxStore,
    payment_id: str,
    clock_value: list[float],
    seconds_input: str,
    expected_seconds: float,
) -> None:
    assert gateway_client.post(f"/pay/{payment_id}/slowly", data={"seconds": seconds_input}).status_code == 303
    assert store.get_payment(payment_id)["status"] == "pending"
    clock_value[0] += expected_seconds - 0.5
    assert store.get_payment(payment_id)["status"] == "pending"
    clock_value[0] += 1
    assert store.get_payment(payment_id)["status"] == "paid"


def submit_action(action: str) -> Callable[[FlaskClient, str, list[float]], None]:
    """Return a function that submits this action."""
    return lambda gateway_client, payment, _clock_value: gateway_client.post(f"/pay/{payment}/{action}") and None


def let_expire(_client: FlaskClient, _payment: str, clock_value: list[float]) -> None:
    clock_value[0] += OPEN_SECONDS + 1


@pytest.mark.parametrize(
    ("finish", "heading"),
    [
        (submit_action("pay"), "付款已完成"),
        (submit_action("lose"), "付款已完成"),
        (submit_action("slowly"), "款项正在到账"),
        (submit_action("decline"), "银行拒绝了付款"),
        (submit_action("expire"), "这笔付款已关闭"),
        (let_expire, "这笔付款已关闭"),
    ],
)
def test_closed_payment_shows_outcome_and_ignores_further_actions(
    gateway_client: FlaskClient,
    store: SandboxStore,
    payment_id: str,
    clock_value: list[float],
    finish: Callable[[FlaskClient, str, list[float]], None],
    heading: str,
) -> None:
    finish(gateway_client, payment_id, clock_value)
    page = gateway_client.get(f"/pay/{payment_id}").text
    assert f"<h1>{heading}</h1>" in page
    assert "<form" not in page
    status = store.get_payment(payment_id)["status"]
    for action in ("pay", "decline", "expire"):
        assert gateway_client.post(f"/pay/{payment_id}/{action}").location == f"{BASE_URL}/pay/back?reference=1"
    assert store.get_payment(payment_id)["status"] == status


def test_selected_language_is_kept_in_form_actions(gateway_client: FlaskClient, payment_id: str) -> None:
    page = gateway_client.get(f"/pay/{payment_id}?lang=en").text
    assert f"/pay/{payment_id}/lose?lang=en" in page
    assert '<p class="text-muted" lang="zh-CN">订单 1</p>' in page
    assert "the way back is lost" in gateway_client.post(f"/pay/{payment_id}/lose?lang=en").text
