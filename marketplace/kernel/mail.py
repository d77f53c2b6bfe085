"""E-mails: stored in the transaction of their cause, readable in the console, sent by the outbox relay."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import current_app, render_template
from flask_babel import force_locale
from sqlalchemy import Select, String, Text, select
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.kernel import clock, tenancy
from marketplace.kernel.db import Base, CreatedAt, PrimaryKey, db
from marketplace.kernel.events import Event, on_event_async, publish
from marketplace.kernel.ports import Mailer, OutgoingEmail


class Email(Base):
    """One e-mail, stored whether or not an SMTP server is configured."""

    __tablename__ = "emails"
    __ownership__ = tenancy.RowOwnership.PLATFORM

    id: Mapped[PrimaryKey]
    to: Mapped[str] = mapped_column(String(320), index=True)
    kind: Mapped[str] = mapped_column(String(80))
    locale: Mapped[str] = mapped_column(String(10))
    subject: Mapped[str] = mapped_column(String(300))
    text: Mapped[str] = mapped_column(Text)
    html: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[CreatedAt] = mapped_column(index=True)
    sent_at: Mapped[datetime | None]


@dataclass(frozen=True, kw_only=True)
class EmailQueued(Event):
    """An e-mail was queued for sending."""

    email_id: UUID


def queue_email(*, to: str, kind: str, locale: str, **values: Any) -> Email:
    """Render `templates/email/<kind>/{subject.txt,body.txt,body.html}` in the recipient's language, and queue the e-mail.

    It is sent only if the current transaction commits. Every template gets `market_name`, `locale` and `home_url`.
    """
    settings = current_app.config["SETTINGS"]
    market_name = settings.market_name_en if locale == "en" else settings.market_name
    values = {"market_name": market_name, "locale": locale, "home_url": settings.base_url, **values}
    with force_locale(locale):
        subject = render_template(f"email/{kind}/subject.txt", **values).strip()
        text = render_template(f"email/{kind}/body.txt", **values).strip() + "\n"
        html = render_template(f"email/{kind}/body.html", **values)
    email = Email(to=to, kind=kind, locale=locale, subject=subject, text=text, html=html)
    db.session.add(email)
    db.session.flush()
    publish(EmailQueued(email_id=email.id))
    return email


def select_emails() -> Select[Email]:
    """Select all e-mails, newest first."""
    return select(Email).order_by(Email.created_at.desc(), Email.id.desc())


@on_event_async(EmailQueued)
def deliver_email(event: EmailQueued) -> None:
    """Send the e-mail; does nothing if it has been sent, so a second run is harmless."""
    email = db.session.scalars(select(Email).where(Email.id == event.email_id).with_for_update()).first()
    if email is None or email.sent_at is not None:
        return
    mailer: Mailer = current_app.extensions["mailer"]
    mailer.send(OutgoingEmail(to=email.to, subject=email.subject, text=email.text, html=email.html))
    email.sent_at = clock.now()
