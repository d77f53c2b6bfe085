"""What every payment gateway promises, in our words; which one it is was decided once, when the market started."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol, cast

from flask import current_app

from marketplace.kernel.errors import MarketplaceError, Unavailable
from marketplace.kernel.money import Money


class Standing(StrEnum):
    """How a payment stands at the gateway."""

    OPEN = "open"  # nobody has paid yet
    PENDING = "pending"  # the buyer has done their part; the money is on its way
    PAID = "paid"
    DECLINED = "declined"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What we ask a gateway to collect. `client_id` is our name for it; `return_url` is where the buyer goes afterwards."""

    client_id: str
    amount: Money
    description: str
    return_url: str
    locale: str = "zh_Hans"


@dataclass(frozen=True, slots=True, kw_only=True)
class Remote:
    """A payment as the gateway has it now."""

    id: str
    client_id: str
    standing: Standing
    amount: Money
    refunded: Money
    pay_url: str
    failure: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteRefund:
    """A refund as the gateway has it."""

    id: str
    client_id: str
    amount: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class Notification:
    """A verified letter of the gateway: something happened to this payment. What exactly is asked, never believed."""

    id: str
    kind: str
    gateway_id: str
    client_id: str


class GatewayRefused(MarketplaceError):
    """The gateway answered that it will not: trying again with the same question changes nothing."""

    def __init__(self, code: str) -> None:
        self.reason = code
        super().__init__(reason=code)

    def sentence(self) -> str:
        """What happened, in the reader's language."""
        return str(self.message)


class Gateway(Protocol):
    """Collects money and sends it back. Every change carries a key: the same key again is the same deed.

    All of them may raise Unavailable (ask again later) and GatewayRefused (do not).
    """

    name: str

    def create(self, request: Request, *, key: str) -> Remote:
        """Open a payment that the buyer can then make on the gateway's own page."""
        ...

    def fetch(self, gateway_id: str) -> Remote:
        """How a payment stands now."""
        ...

    def expire(self, gateway_id: str, *, key: str) -> Remote:
        """Close a payment that nobody has made; a paid one stays paid, and the answer says so."""
        ...

    def refund(self, gateway_id: str, *, client_id: str, amount: Money, key: str) -> RemoteRefund:
        """Send part of a payment back."""
        ...

    def refunds(self, gateway_id: str) -> Sequence[RemoteRefund]:
        """What was sent back of a payment."""
        ...

    def read(self, body: bytes, headers: Mapping[str, str], *, now: int) -> Notification | None:
        """Read a notification. Raises BadSignature; None for kinds that mean nothing to us."""
        ...


class NoGateway:
    """Stands where no gateway was configured, and says so to whoever tries to pay."""

    name = "none"

    def create(self, request: Request, *, key: str) -> Remote:
        """Nobody can pay."""
        raise Unavailable

    def fetch(self, gateway_id: str) -> Remote:
        """Nobody can be asked."""
        raise Unavailable

    def expire(self, gateway_id: str, *, key: str) -> Remote:
        """Nobody can be told."""
        raise Unavailable

    def refund(self, gateway_id: str, *, client_id: str, amount: Money, key: str) -> RemoteRefund:
        """Nobody can send money back."""
        raise Unavailable

    def refunds(self, gateway_id: str) -> Sequence[RemoteRefund]:
        """Nobody can be asked."""
        raise Unavailable

    def read(self, body: bytes, headers: Mapping[str, str], *, now: int) -> Notification | None:
        """Nobody writes to us."""
        raise Unavailable


def gateway() -> Gateway:
    """The gateway of this market."""
    return cast(Gateway, current_app.extensions["gateway"])
