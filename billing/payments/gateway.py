"""The interface of payment gateways and its value types. The installation's gateway is chosen at startup."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol, cast

from flask import current_app

from marketplace.kernel.errors import MarketplaceError, ServiceUnavailable
from marketplace.kernel.money import Money


class GatewayStatus(StrEnum):
    """The status of a payment at the gateway."""

    OPEN = "open"  # not paid yet
    PENDING = "pending"  # the buyer has paid; the money is on its way
    PAID = "paid"
    DECLINED = "declined"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentRequest:
    """A payment to be created. `client_id` is our id; the buyer is redirected to `return_url` afterwards."""

    client_id: str
    amount: Money
    description: str
    return_url: str
    locale: str = "zh_Hans"


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayPayment:
    """A payment as the gateway reports it now."""

    id: str
    client_id: str
    status: GatewayStatus
    amount: Money
    refunded: Money
    pay_url: str
    failure: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayRefund:
    """A refund as the gateway reports it."""

    id: str
    client_id: str
    amount: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookNotification:
    """A verified webhook: something happened to this payment. The payment is fetched, the webhook's content is not trusted."""

    id: str
    kind: str
    gateway_id: str
    client_id: str


class GatewayRejected(MarketplaceError):
    """The gateway rejected the request: repeating it unchanged is useless."""

    code = "gateway_rejected"

    def __init__(self, code: str) -> None:
        self.reason = code
        super().__init__(reason=code)

    def user_message(self) -> str:
        """Return the message in the user's language."""
        return str(self.message)


class Gateway(Protocol):
    """A payment gateway. Every change carries an idempotency key: repeating the key does not repeat the change.

    All methods may raise ServiceUnavailable (retry later) and GatewayRejected (do not retry).
    """

    name: str

    def create(self, request: PaymentRequest, *, key: str) -> GatewayPayment:
        """Create a payment that the buyer makes on the gateway's own page."""
        ...

    def fetch(self, gateway_id: str) -> GatewayPayment:
        """Return the payment as it is now."""
        ...

    def expire(self, gateway_id: str, *, key: str) -> GatewayPayment:
        """Close an unpaid payment; a paid one stays paid, and the result has that status."""
        ...

    def refund(self, gateway_id: str, *, client_id: str, amount: Money, key: str) -> GatewayRefund:
        """Refund a part of a payment."""
        ...

    def list_refunds(self, gateway_id: str) -> Sequence[GatewayRefund]:
        """Return the refunds of a payment."""
        ...

    def parse_webhook(self, body: bytes, headers: Mapping[str, str], *, now: int) -> WebhookNotification | None:
        """Verify and parse a webhook; return None for event types that are ignored.

        Raises:
            InvalidSignature: If the signature is missing, wrong, or too old.
        """
        ...


class UnconfiguredGateway:
    """The gateway of an installation without one: every call raises ServiceUnavailable."""

    name = "none"

    def create(self, request: PaymentRequest, *, key: str) -> GatewayPayment:
        """Raise ServiceUnavailable."""
        raise ServiceUnavailable

    def fetch(self, gateway_id: str) -> GatewayPayment:
        """Raise ServiceUnavailable."""
        raise ServiceUnavailable

    def expire(self, gateway_id: str, *, key: str) -> GatewayPayment:
        """Raise ServiceUnavailable."""
        raise ServiceUnavailable

    def refund(self, gateway_id: str, *, client_id: str, amount: Money, key: str) -> GatewayRefund:
        """Raise ServiceUnavailable."""
        raise ServiceUnavailable

    def list_refunds(self, gateway_id: str) -> Sequence[GatewayRefund]:
        """Raise ServiceUnavailable."""
        raise ServiceUnavailable

    def parse_webhook(self, body: bytes, headers: Mapping[str, str], *, now: int) -> WebhookNotification | None:
        """Raise ServiceUnavailable."""
        raise ServiceUnavailable


def get_gateway() -> Gateway:
    """Return the gateway of this installation."""
    return cast(Gateway, current_app.extensions["gateway"])
