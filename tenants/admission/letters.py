"""The letters that admission writes to the applicant, in the applicant's language."""

from __future__ import annotations

from flask import url_for
from flask_babel import force_locale

from marketplace.kernel import mail
from marketplace.kernel.texts import pick
from tenants.accounts.queries import account_by_id
from tenants.admission.fields import BY_NAME
from tenants.admission.models import Application, ApplicationState

KINDS = {
    ApplicationState.APPROVED: "application_approved",
    ApplicationState.REJECTED: "application_rejected",
    ApplicationState.CHANGES_REQUESTED: "application_changes",
}


def received(application: Application) -> None:
    """It has arrived and will be read."""
    _send(application, "application_received")


def decided(application: Application) -> None:
    """What the market has decided, and what to do now."""
    _send(application, KINDS[application.state])


def _send(application: Application, kind: str) -> None:
    account = account_by_id(application.account_id)
    answers = application.answers
    name = pick({"zh_Hans": answers.get("name_zh", ""), "en": answers.get("name_en", "")}, account.locale)
    if application.state is ApplicationState.APPROVED:
        link = url_for("desk.today.index", merchant=answers["slug"], _external=True)
    else:
        link = url_for("shop.apply.index", _external=True)
    with force_locale(account.locale):
        remarks = [(str(BY_NAME[field].label), text) for field, text in application.remarks.items() if field in BY_NAME]
    values = {"name": account.name, "shop": name, "link": link, "said": application.said, "remarks": remarks}
    mail.send(to=account.email, kind=kind, locale=account.locale, **values)
