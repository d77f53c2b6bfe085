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
from tenants.merchants.records import LABELS
from tenants.merchants.records import shown as shown_in_record


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
    Field("kind", LABELS["kind"], Step.BUSINESS),
    Field("ownership", LABELS["ownership"], Step.BUSINESS),
    Field("name_zh", LABELS["name_zh"], Step.BUSINESS),
    Field("name_en", LABELS["name_en"], Step.BUSINESS, required=False),
    Field("slug", _l("Address of the shop"), Step.BUSINESS),
    Field("founded_year", LABELS["founded_year"], Step.BUSINESS, required=False),
    Field("staff_size", LABELS["staff_size"], Step.BUSINESS, required=False),
    Field("company_name", LABELS["company_name"], Step.IDENTITY),
    Field("credit_code", LABELS["credit_code"], Step.IDENTITY),
    Field("legal_person", LABELS["legal_person"], Step.IDENTITY),
    Field("region", LABELS["region"], Step.IDENTITY),
    Field("address", LABELS["address"], Step.IDENTITY),
    Field("contact_name", LABELS["contact_name"], Step.CONTACT),
    Field("contact_phone", LABELS["contact_phone"], Step.CONTACT),
    Field("contact_email", LABELS["contact_email"], Step.CONTACT),
    Field("scopes", _l("Categories to trade in"), Step.GOODS),
    Field("introduction", _l("Introduction"), Step.GOODS),
    Field("licence", _l("Business licence"), Step.PAPERS),
    Field("authorisation", _l("Brand authorisation"), Step.PAPERS, required=False),
    Field("quality", _l("Proof of quality or credit"), Step.PAPERS, required=False),
    Field("agreement", _l("Agreement"), Step.PAPERS),
)
BY_NAME = {field.name: field for field in FIELDS}
PAPERS = ("licence", "authorisation", "quality")


def of_step(step: Step) -> tuple[Field, ...]:
    """The questions of one page."""
    return tuple(field for field in FIELDS if field.step is step)


def shown(name: str, answers: Mapping[str, Any]) -> str:
    """An answer as people read it, in the reader's language."""
    value = answers.get(name, "")
    if name in LABELS:
        return shown_in_record(name, value)
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
