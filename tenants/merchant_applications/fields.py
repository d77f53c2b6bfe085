"""The fields of an application by step: one list from which forms, reviews and e-mails are made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from marketplace.kernel.labels import LabeledStrEnum
from marketplace.kernel.localized_text import localize
from tenants.merchants import business_scopes
from tenants.merchants.profile_form import FIELD_LABELS
from tenants.merchants.profile_form import display_value as profile_display_value


class Step(LabeledStrEnum):
    """The pages of an application, in order."""

    BUSINESS = "business", _l("The business")
    IDENTITY = "identity", _l("Legal identity")
    CONTACT = "contact", _l("Contact")
    PRODUCTS = "goods", _l("Goods")
    DOCUMENTS = "papers", _l("Papers")
    CHECK = "check", _l("Check and hand in")

    @property
    def next(self) -> Step:
        """Return the next page."""
        steps = list(Step)
        return steps[min(steps.index(self) + 1, len(steps) - 1)]


@dataclass(frozen=True)
class Field:
    """One question of the application."""

    name: str
    label: Any
    step: Step
    required: bool = True


FIELDS: tuple[Field, ...] = (
    Field("kind", FIELD_LABELS["kind"], Step.BUSINESS),
    Field("ownership", FIELD_LABELS["ownership"], Step.BUSINESS),
    Field("name_zh", FIELD_LABELS["name_zh"], Step.BUSINESS),
    Field("name_en", FIELD_LABELS["name_en"], Step.BUSINESS, required=False),
    Field("slug", _l("Address of the shop"), Step.BUSINESS),
    Field("founded_year", FIELD_LABELS["founded_year"], Step.BUSINESS, required=False),
    Field("staff_size", FIELD_LABELS["staff_size"], Step.BUSINESS, required=False),
    Field("company_name", FIELD_LABELS["company_name"], Step.IDENTITY),
    Field("credit_code", FIELD_LABELS["credit_code"], Step.IDENTITY),
    Field("legal_person", FIELD_LABELS["legal_person"], Step.IDENTITY),
    Field("region", FIELD_LABELS["region"], Step.IDENTITY),
    Field("address", FIELD_LABELS["address"], Step.IDENTITY),
    Field("contact_name", FIELD_LABELS["contact_name"], Step.CONTACT),
    Field("contact_phone", FIELD_LABELS["contact_phone"], Step.CONTACT),
    Field("contact_email", FIELD_LABELS["contact_email"], Step.CONTACT),
    Field("scopes", _l("Categories to trade in"), Step.PRODUCTS),
    Field("introduction", _l("Introduction"), Step.PRODUCTS),
    Field("licence", _l("Business licence"), Step.DOCUMENTS),
    Field("authorisation", _l("Brand authorisation"), Step.DOCUMENTS, required=False),
    Field("quality", _l("Proof of quality or credit"), Step.DOCUMENTS, required=False),
    Field("agreement", _l("Agreement"), Step.DOCUMENTS),
)
FIELDS_BY_NAME = {field.name: field for field in FIELDS}
DOCUMENT_FIELDS = ("licence", "authorisation", "quality")


def fields_of_step(step: Step) -> tuple[Field, ...]:
    """Return the questions of one page."""
    return tuple(field for field in FIELDS if field.step is step)


def display_value(name: str, answers: Mapping[str, Any]) -> str:
    """Return an answer formatted for display, in the reader's language."""
    value = answers.get(name, "")
    if name in FIELD_LABELS:
        return profile_display_value(name, value)
    if name == "scopes":
        return str(_(", ")).join(business_scopes.scope_labels(value or ()))
    if name in DOCUMENT_FIELDS:
        return str(value["name"]) if value else ""
    if name == "agreement":
        return str(_("Accepted")) if value else ""
    return str(value or "")


def shop_name(answers: Mapping[str, Any]) -> str:
    """Return the shop's name in the reader's language."""
    return localize({"zh_Hans": answers.get("name_zh", ""), "en": answers.get("name_en", "")})
