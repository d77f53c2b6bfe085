"""R4: random money operations on real PostgreSQL; after every step the books hold, and agree with the gateway.

Payments, refunds, releases and cancellations in any order, with letters late, doubled and shuffled. Three controls take a
guard away and must turn it red.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any, ClassVar
from uuid import UUID, uuid4

import pytest
from flask import Flask
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule, run_state_machine_as_test
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import IntegrityError

from billing.commissions import services as commissions
from billing.commissions.rules import SaleLine
from billing.ledger import services as ledger
from billing.payments import queries, rules, services
from billing.payments.errors import AlreadyPaid, NothingHeld, PaymentOver, PaymentUnderway, TooMuch
from billing.payments.gateway import GatewayRefused, Notification, Remote, RemoteRefund, Request, Standing
from billing.payments.models import Intent
from billing.payments.pretend.store import Manner, Refused, Store
from billing.payments.rules import Part, State, Verdict
from billing.payments.services import Payer, refunding, settling
from marketplace.kernel import clock
from marketplace.kernel.db import unit_of_work
from marketplace.kernel.money import Money
from tenants.scope import Purpose, working_on
from tests.billing.books import INVARIANTS
from tests.cast import Cast

BROKEN = text(" union all ".join(f"select '{name}' where exists ({question})" for name, question in INVARIANTS.items()))
OPERATIONS = int(os.environ.get("MONEY_OPERATIONS", "1500"))
STEPS = 50
REFUSALS = (AlreadyPaid, NothingHeld, PaymentOver, PaymentUnderway, TooMuch)


class Wire:
    """The gateway's own memory behind the port, without the network between: the machine makes thousands of calls."""

    name = "wire"

    def __init__(self, store: Store) -> None:
        self.store = store

    def create(self, request: Request, *, key: str) -> Remote:
        asked = {
            "client_id": request.client_id,
            "amount": request.amount.minor,
            "currency": request.amount.currency,
            "description": request.description,
            "return_url": request.return_url,
            "locale": request.locale,
        }
        return self._remote(_asked(self.store.create, key=key, asked=asked))

    def fetch(self, gateway_id: str) -> Remote:
        return self._remote(_asked(self.store.payment, gateway_id))

    def expire(self, gateway_id: str, *, key: str) -> Remote:
        return self._remote(_asked(self.store.expire, gateway_id))

    def refund(self, gateway_id: str, *, client_id: str, amount: Money, key: str) -> RemoteRefund:
        asked = {"client_id": client_id, "amount": amount.minor, "currency": amount.currency}
        row = _asked(self.store.refund, gateway_id, key=key, asked=asked)
        return RemoteRefund(id=row["id"], client_id=row["client_id"], amount=amount)

    def refunds(self, gateway_id: str) -> Sequence[RemoteRefund]:
        rows = self.store.refunds(gateway_id)
        return [
            RemoteRefund(id=row["id"], client_id=row["client_id"], amount=Money(row["amount"], row["currency"])) for row in rows
        ]

    def read(self, body: bytes, headers: Mapping[str, str], *, now: int) -> Notification | None:
        raise AssertionError("this gateway sends no letters")

    def _remote(self, row: Any) -> Remote:
        return Remote(
            id=row["id"],
            client_id=row["client_id"],
            standing=Standing(row["standing"]),
            amount=Money(row["amount"], row["currency"]),
            refunded=Money(row["refunded"], row["currency"]),
            pay_url="http://localhost/pay",
            failure=row["failure"],
        )


def _asked(deed: Callable[..., Any], *args: Any, **given: Any) -> Any:
    try:
        return deed(*args, **given)
    except Refused as refusal:
        raise GatewayRefused(refusal.code) from None


class Machine(RuleBasedStateMachine):
    """A buyer, two merchants, a gateway, and everything that can happen between them."""

    cast: ClassVar[Cast]
    wire: ClassVar[Wire]
    folder: ClassVar[Path]
    eye: ClassVar[Connection]
    moment: ClassVar[list[float]]
    steps_done: ClassVar[int] = 0

    @initialize()
    def begin(self) -> None:
        self.word = uuid4().hex[:10]
        self.payments: list[UUID] = []
        self.deals = 0
        self.keys = 0
        # What earlier examples left behind stays in the books; this one counts from there, with a gateway of its own.
        self.store = Store(self.folder / self.word, manner=Manner(mute=True), clock=lambda: self.moment[0])
        self.wire.store = self.store
        self.before = self._difference()

    def _difference(self) -> int:
        """What the books say is at the gateway, less what the gateway says."""
        books = self.eye.execute(
            text(
                "select coalesce(sum(case p.side when 'D' then p.amount else -p.amount end), 0) from ledger_postings p"
                " join ledger_accounts a on a.id = p.account_id where a.code = 'psp_clearing'"
            )
        ).scalar()
        return int(books or 0) - self.store.balance().get("CNY", 0)

    def _slips(self, deal: int) -> list[str]:
        return [f"slip:{self.word}-{deal}-{n}" for n in (0, 1)]

    def _intent(self, number: int) -> Intent:
        with unit_of_work(), working_on(Purpose.PAYMENT):
            return queries.intent(self.payments[number % len(self.payments)])

    @rule(amounts=st.tuples(st.integers(1, 9_999_99), st.integers(0, 5_000_00)), fresh=st.booleans())
    def open(self, amounts: tuple[int, int], fresh: bool) -> None:
        """A new deal, or another attempt at the last one with other amounts."""
        self.deals += 1 if fresh or not self.deals else 0
        owners = (self.cast.acme_id, self.cast.rival_id)
        parts = [
            Part(reference=slip, merchant_id=owner, amount=Money(amount, "CNY"))
            for slip, owner, amount in zip(self._slips(self.deals), owners, amounts, strict=True)
            if amount
        ]
        try:
            with unit_of_work():
                intent = services.open_intent(
                    reference=f"deal:{self.word}-{self.deals}",
                    payer=Payer(buyer_id=self.cast.buyer.buyer_id),
                    parts=parts,
                    description="x",
                    return_url="http://localhost/",
                )
                opening = services.begin(intent=intent)
                if fresh:
                    for part in parts:
                        lines = [SaleLine(reference="1", category_path=(), amount=part.amount)]
                        commissions.freeze(order=part.reference, merchant_id=part.merchant_id, lines=lines)
            services.lead(opening)
        except REFUSALS:
            return
        if intent.id not in self.payments:
            self.payments.append(intent.id)

    @precondition(lambda self: self.payments)
    @rule(number=st.integers(0, 30), slow=st.sampled_from([0.0, 30.0]))
    def buyer_pays(self, number: int, slow: float) -> None:
        self.store.pay(self._intent(number).gateway_id or "", after=slow)

    @precondition(lambda self: self.payments)
    @rule(number=st.integers(0, 30), how=st.sampled_from(["decline", "expire"]))
    def buyer_does_not_pay(self, number: int, how: str) -> None:
        getattr(self.store, how)(self._intent(number).gateway_id or "")

    @precondition(lambda self: self.payments)
    @rule(number=st.integers(0, 30), times=st.integers(1, 3))
    def letters_come(self, number: int, times: int) -> None:
        """However often and for whichever payment: each letter only asks."""
        intent_id = self._intent(number).id
        for _ in range(times):
            services.settle(intent_id=intent_id)

    @rule(seconds=st.sampled_from([5, 60, 2000]))
    def time_passes(self, seconds: int) -> None:
        self.moment[0] += seconds

    @precondition(lambda self: self.deals)
    @rule(back=st.integers(0, 3))
    def deal_is_cancelled(self, back: int) -> None:
        try:
            with unit_of_work():
                services.cancel_intent(reference=f"deal:{self.word}-{max(1, self.deals - back)}")
        except REFUSALS:
            return

    @precondition(lambda self: self.deals)
    @rule(back=st.integers(0, 5), which=st.integers(0, 1), again=st.booleans())
    def receipt_is_confirmed(self, back: int, which: int, again: bool) -> None:
        slip = self._slips(max(1, self.deals - back))[which]
        owner = (self.cast.acme_id, self.cast.rival_id)[which]
        for _ in range(2 if again else 1):
            try:
                with unit_of_work():
                    services.release(order_reference=slip, merchant_id=owner, key=f"receipt:{slip}")
            except REFUSALS:
                return

    @precondition(lambda self: self.deals)
    @rule(back=st.integers(0, 5), which=st.integers(0, 1), share=st.integers(1, 100), again=st.booleans())
    def merchant_refunds(self, back: int, which: int, share: int, again: bool) -> None:
        """A share of what the order cost; often more than what is left, which must move nothing."""
        slip = self._slips(max(1, self.deals - back))[which]
        self.keys += 1
        for _ in range(2 if again else 1):
            try:
                with unit_of_work():
                    with working_on(Purpose.PAYMENT):
                        cost = queries.captured_allocation(slip).amount
                    amount = Money(max(1, cost * share // 100), "CNY")
                    services.refund(reference_part=slip, amount=amount, reason="x", key=f"{self.word}-{self.keys}")
            except REFUSALS:
                return

    @rule()
    def worker_works(self) -> None:
        with unit_of_work(), working_on(Purpose.PAYMENT):
            waiting = queries.stale_operations(clock.now(), after=timedelta())
        for operation_id in (*waiting, *waiting[:2]):
            services.carry_out(operation_id=operation_id)

    @invariant()
    def the_books_hold(self) -> None:
        type(self).steps_done += 1
        assert self.eye.execute(BROKEN).scalars().all() == []

    @invariant()
    def books_and_gateway_agree(self) -> None:
        """But for money that the gateway has and nobody has asked about yet."""
        if not hasattr(self, "before"):
            return
        asked = text("select gateway_id from payment_intents where state in ('captured', 'returned') and reference like :mine")
        known = set(self.eye.execute(asked, {"mine": f"deal:{self.word}-%"}).scalars())
        unknown = sum(amount for payment, amount in self.store.paid() if payment not in known)
        assert self._difference() - self.before == -unknown


@pytest.fixture
def machine(ctx: Flask, cast: Cast, superuser: Engine, monkeypatch: pytest.MonkeyPatch) -> Iterator[type[Machine]]:
    """The machine, connected: the gateway's memory lies in RAM."""
    folder = Path(tempfile.mkdtemp(dir="/dev/shm" if os.path.isdir("/dev/shm") else None))
    moment = [time.time()]
    wire = Wire(Store(folder / "none", clock=lambda: moment[0]))
    monkeypatch.setitem(ctx.extensions, "gateway", wire)
    with superuser.connect().execution_options(isolation_level="AUTOCOMMIT") as eye:
        connected = {"cast": cast, "wire": wire, "folder": folder, "eye": eye, "moment": moment, "steps_done": 0}
        yield type("Connected", (Machine,), connected)
    shutil.rmtree(folder, ignore_errors=True)


def run(machine: type[Machine], operations: int = OPERATIONS) -> None:
    examples = max(1, operations // STEPS + operations // 300)
    chosen = settings(
        max_examples=examples,
        stateful_step_count=STEPS,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(machine, settings=chosen)  # type: ignore[no-untyped-call]


@pytest.mark.slow
def test_random_operations_keep_the_invariants(machine: type[Machine]) -> None:
    started = time.monotonic()
    run(machine)
    print(f"{machine.steps_done} states in {time.monotonic() - started:.1f} s")
    assert machine.steps_done >= OPERATIONS * 0.9


def story(machine: type[Machine]) -> Machine:
    """A deal that is paid, asked about twice, released and partly refunded: the same steps for every control."""
    told = machine()
    told.begin()
    told.open(amounts=(102000, 50000), fresh=True)
    told.buyer_pays(number=0, slow=0.0)
    told.letters_come(number=0, times=2)
    told.receipt_is_confirmed(back=0, which=0, again=True)
    told.merchant_refunds(back=0, which=0, share=40, again=True)
    told.worker_works()
    return told


def test_the_story_of_the_controls_is_sound(machine: type[Machine]) -> None:
    told = story(machine)
    told.the_books_hold()
    told.books_and_gateway_agree()


def test_without_remembering_what_was_done_it_turns_red(machine: type[Machine], monkeypatch: pytest.MonkeyPatch) -> None:
    """Control: every word of the gateway is taken as new: forward-only states, and the reason's key, are gone."""
    post = ledger.post

    def forget(**given: Any) -> Any:
        return post(**{**given, "because": f"{given['because']}:{uuid4()}"})

    monkeypatch.setattr(settling, "RANK", dict.fromkeys(State, float("nan")))
    monkeypatch.setattr(rules, "judge", lambda **_: Verdict.CAPTURE)
    monkeypatch.setattr(Intent, "move", lambda self, state, at: setattr(self, "state", state))
    monkeypatch.setattr(settling.ledger, "post", forget)
    told = story(machine)
    with pytest.raises(AssertionError, match="escrow is captured"):
        told.the_books_hold()
    with pytest.raises(AssertionError):
        told.books_and_gateway_agree()


def test_with_a_swapped_sign_it_turns_red(machine: type[Machine], monkeypatch: pytest.MonkeyPatch) -> None:
    """Control: a capture that debits escrow and credits the gateway; the database itself refuses it."""
    debit, credit = settling.debit, settling.credit
    monkeypatch.setattr(settling, "debit", credit)
    monkeypatch.setattr(settling, "credit", debit)
    with pytest.raises(IntegrityError, match="balance_not_negative"):
        story(machine)


def test_without_giving_commission_back_it_turns_red(machine: type[Machine], monkeypatch: pytest.MonkeyPatch) -> None:
    """Control: refunds that write the reversal lines and forget to post them."""
    fund = refunding.rules.fund

    def keep(**given: Any) -> Any:
        return fund(**{**given, "commission_back": Money.zero("CNY")})

    monkeypatch.setattr(refunding.rules, "fund", keep)
    told = story(machine)
    with pytest.raises(AssertionError, match="fees of released"):
        told.the_books_hold()
