"""A sale as somebody types it to try the rates: who sells which goods for how much. What was typed is kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from flask_babel import gettext as _

from billing import parties
from billing.commissions import rules, services
from billing.references import Branch
from marketplace.kernel.forms import Typed, plain
from marketplace.kernel.money import Money

FIELDS = ("merchant", "category", "amount")


@dataclass
class Trial:
    """The entries, the refusals by field, and the answer when there is nothing to refuse."""

    typed: Typed
    errors: Typed = field(default_factory=Typed)
    merchant: str = ""
    goods: str = ""
    amount: Money | None = None
    answer: services.Tried | None = None


def read(given: Mapping[str, str], *, tree: Sequence[Branch], currency: str) -> Trial:
    """The entries and what such a sale would pay now; without entries an empty form."""
    trial = Trial(typed=Typed({name: plain(given.get(name, ""))[:300] for name in FIELDS}))
    if not any(name in given for name in FIELDS):
        return trial
    seller, branch = _seller(trial), _branch(trial, tree)
    trial.amount = _amount(trial, currency)
    if seller and branch and trial.amount:
        trial.answer = services.simulate(merchant_id=seller, category_path=rules.steps(branch.path), amount=trial.amount)
    return trial


def _seller(trial: Trial) -> UUID | None:
    text = trial.typed["merchant"]
    found = parties.meant([text]).get(text)
    if not isinstance(found, parties.Party):
        trial.errors["merchant"] = found or _("Choose the merchant who sells.")
        return None
    trial.merchant = found.name
    return found.id


def _branch(trial: Trial, tree: Sequence[Branch]) -> Branch | None:
    found = next((branch for branch in tree if branch.path == trial.typed["category"]), None)
    if found is None:
        trial.errors["category"] = _("Choose what is sold.")
    else:
        trial.goods = found.words
    return found


def _amount(trial: Trial, currency: str) -> Money | None:
    try:
        amount = Money.parse(trial.typed["amount"], currency)
    except ValueError:
        amount = Money.zero(currency)
    if amount.minor > 0:
        return amount
    trial.errors["amount"] = _("Please give an amount such as 1000.00.")
    return None
