"""The form of the fee simulator: merchant, category and amount of a hypothetical sale. The input is preserved."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from flask_babel import gettext as _

from billing import merchant_lookup
from billing.commissions import domain, services
from billing.reference_registry import CategoryPath
from marketplace.kernel.form_input import FormData, normalize_text
from marketplace.kernel.money import Money

FIELDS = ("merchant", "category", "amount")


@dataclass
class SimulationForm:
    """The input, the errors by field, and the result if there are no errors."""

    data: FormData
    errors: FormData = field(default_factory=FormData)
    merchant_name: str = ""
    category_name: str = ""
    amount: Money | None = None
    result: services.FeeSimulation | None = None


def parse(args: Mapping[str, str], *, categories: Sequence[CategoryPath], currency: str) -> SimulationForm:
    """Parse the input and simulate the fee; without input, return an empty form."""
    form = SimulationForm(data=FormData({name: normalize_text(args.get(name, ""))[:300] for name in FIELDS}))
    if not any(name in args for name in FIELDS):
        return form
    merchant_id, category = _parse_merchant(form), _parse_category(form, categories)
    form.amount = _parse_amount(form, currency)
    if merchant_id and category and form.amount:
        form.result = services.simulate_fee(
            merchant_id=merchant_id, category_path=domain.split_path(category.path), amount=form.amount
        )
    return form


def _parse_merchant(form: SimulationForm) -> UUID | None:
    text = form.data["merchant"]
    choice = merchant_lookup.resolve_merchants([text]).get(text)
    if not isinstance(choice, merchant_lookup.MerchantChoice):
        form.errors["merchant"] = choice or _("Choose the merchant who sells.")
        return None
    form.merchant_name = choice.name
    return choice.id


def _parse_category(form: SimulationForm, categories: Sequence[CategoryPath]) -> CategoryPath | None:
    selected = next((category for category in categories if category.path == form.data["category"]), None)
    if selected is None:
        form.errors["category"] = _("Choose what is sold.")
    else:
        form.category_name = selected.full_name
    return selected


def _parse_amount(form: SimulationForm, currency: str) -> Money | None:
    try:
        amount = Money.parse(form.data["amount"], currency)
    except ValueError:
        amount = Money.zero(currency)
    if amount.minor > 0:
        return amount
    form.errors["amount"] = _("Please give an amount such as 1000.00.")
    return None
