"""What an application must say: judgement without a database."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _

from tenants.admission.fields import Step
from tenants.merchants import rules as merchants
from tenants.merchants.models import MerchantKind
from tenants.merchants.rules import Complaints, length, said, unless


def complaints(step: Step, answers: Mapping[str, Any], *, year: int) -> Complaints:
    """Why the answers of one page cannot be handed in, by field; `year` is the present one."""
    checks = {Step.IDENTITY: merchants.identity, Step.CONTACT: merchants.contact, Step.GOODS: _goods, Step.PAPERS: _papers}
    if step is Step.BUSINESS:
        return merchants.business(answers, year=year)
    return checks[step](answers) if step in checks else {}


def _goods(answers: Mapping[str, Any]) -> Complaints:
    return said(
        {
            "scopes": unless(bool(answers.get("scopes")), _("Please choose at least one category.")),
            "introduction": length(answers.get("introduction", ""), 20, 1000),
        }
    )


def _papers(answers: Mapping[str, Any]) -> Complaints:
    found: dict[str, str | None] = {
        "licence": unless(bool(answers.get("licence")), _("Please add a picture or PDF of the business licence.")),
        "agreement": unless(bool(answers.get("agreement")), _("Please read and accept the agreement.")),
    }
    if answers.get("kind") == MerchantKind.AGENT and not answers.get("authorisation"):
        found["authorisation"] = _("An agent needs the authorisation of the brand. Please add it.")
    return said(found)
