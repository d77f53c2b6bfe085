"""What an applicant is asked, step by step: one list from which forms, reviews and letters are made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from marketplace.kernel.labels import Labelled
from marketplace.kernel.texts import pick
from tenants.merchants import scopes
from tenants.merchants.models import MerchantKind, Ownership, StaffSize
from tenants.regions import queries as regions


class Step(Labelled):
    """The pages of an application, in order."""

    BUSINESS = "business", _l("The business")
    IDENTITY = "identity", _l("Legal identity")
    CONTACT = "contact", _l("Contact")
    GOODS = "goods", _l("Goods")
    PAPERS = "papers", _l("Papers")
    CHECK = "check", _l("Check and hand in")

    @property
    def following(self) -> Step:
        """The next page."""
        steps = list(Step)
        return steps[min(steps.index(self) + 1, len(steps) - 1)]


@dataclass(frozen=True)
class Field:
    """One question."""

    name: str
    label: Any
    step: Step
    required: bool = True


FIELDS: tuple[Field, ...] = (
    Field("kind", _l("Kind of merchant"), Step.BUSINESS),
    Field("ownership", _l("Ownership"), Step.BUSINESS),
    Field("name_zh", _l("Shop name in Chinese"), Step.BUSINESS),
    Field("name_en", _l("Shop name in English"), Step.BUSINESS, required=False),
    Field("slug", _l("Address of the shop"), Step.BUSINESS),
    Field("founded_year", _l("Founded in"), Step.BUSINESS, required=False),
    Field("staff_size", _l("Number of employees"), Step.BUSINESS, required=False),
    Field("company_name", _l("Registered name"), Step.IDENTITY),
    Field("credit_code", _l("Unified social credit code"), Step.IDENTITY),
    Field("legal_person", _l("Legal representative"), Step.IDENTITY),
    Field("region", _l("Region"), Step.IDENTITY),
    Field("address", _l("Registered address"), Step.IDENTITY),
    Field("contact_name", _l("Contact person"), Step.CONTACT),
    Field("contact_phone", _l("Telephone"), Step.CONTACT),
    Field("contact_email", _l("E-mail"), Step.CONTACT),
    Field("scopes", _l("Categories to trade in"), Step.GOODS),
    Field("introduction", _l("Introduction"), Step.GOODS),
    Field("licence", _l("Business licence"), Step.PAPERS),
    Field("authorisation", _l("Brand authorisation"), Step.PAPERS, required=False),
    Field("agreement", _l("Agreement"), Step.PAPERS),
)
BY_NAME = {field.name: field for field in FIELDS}
PAPERS = ("licence", "authorisation")


def of_step(step: Step) -> tuple[Field, ...]:
    """The questions of one page."""
    return tuple(field for field in FIELDS if field.step is step)


def shown(name: str, answers: Mapping[str, Any]) -> str:
    """An answer as people read it, in the reader's language."""
    value = answers.get(name, "")
    if name == "kind" and value:
        return str(MerchantKind(value).label)
    if name == "ownership" and value:
        return str(Ownership(value).label)
    if name == "staff_size" and value:
        return str(StaffSize(value).label)
    if name == "region":
        return regions.full_name(value)
    if name == "scopes":
        return str(_(", ")).join(scopes.labels(value or ()))
    if name in PAPERS:
        return str(value["name"]) if value else ""
    if name == "agreement":
        return str(_("Accepted")) if value else ""
    return str(value or "")


def name_of(answers: Mapping[str, Any]) -> str:
    """The shop's name in the reader's language."""
    return pick({"zh_Hans": answers.get("name_zh", ""), "en": answers.get("name_en", "")})
