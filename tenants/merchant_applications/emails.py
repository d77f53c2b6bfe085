"""E-mails to applicants, in their language."""

from __future__ import annotations

from flask import url_for
from flask_babel import force_locale

from marketplace.kernel import mail
from marketplace.kernel.localized_text import localize
from tenants.accounts.queries import get_account
from tenants.merchant_applications.fields import FIELDS_BY_NAME
from tenants.merchant_applications.models import Application, ApplicationState

EMAIL_KINDS = {
    ApplicationState.APPROVED: "application_approved",
    ApplicationState.REJECTED: "application_rejected",
    ApplicationState.CHANGES_REQUESTED: "application_changes",
}


def send_received_notice(application: Application) -> None:
    """Confirm that the application was submitted."""
    _send(application, "application_received")


def send_decision(application: Application) -> None:
    """Send the decision and the next step."""
    _send(application, EMAIL_KINDS[application.state])


def _send(application: Application, kind: str) -> None:
    account = get_account(application.account_id)
    answers = application.answers
    name = localize({"zh_Hans": answers.get("name_zh", ""), "en": answers.get("name_en", "")}, account.locale)
    if application.state is ApplicationState.APPROVED:
        link = url_for("desk.dashboard.index", merchant=answers["slug"], _external=True)
    else:
        link = url_for("shop.apply.index", _external=True)
    with force_locale(account.locale):
        field_comments = [
            (str(FIELDS_BY_NAME[field].label), text)
            for field, text in application.field_comments.items()
            if field in FIELDS_BY_NAME
        ]
    values = {
        "name": account.name,
        "shop": name,
        "link": link,
        "decision_note": application.decision_note,
        "field_comments": field_comments,
    }
    mail.queue_email(to=account.email, kind=kind, locale=account.locale, **values)
