"""Letters to people: written in the transaction of the deed, readable by the operator, delivered by the relay."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import current_app, render_template
from flask_babel import force_locale
from sqlalchemy import Select, String, Text, select
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.kernel import clock, rows
from marketplace.kernel.db import Base, created, db, pk
from marketplace.kernel.events import Event, durably, publish
from marketplace.kernel.ports import Mailer, Message


class Mail(Base):
    """One letter, kept whether or not a post office is configured."""

    __tablename__ = "mails"
    __data__ = rows.DataClass.PLATFORM

    id: Mapped[pk]
    to: Mapped[str] = mapped_column(String(320), index=True)
    kind: Mapped[str] = mapped_column(String(80))
    locale: Mapped[str] = mapped_column(String(10))
    subject: Mapped[str] = mapped_column(String(300))
    text: Mapped[str] = mapped_column(Text)
    html: Mapped[str | None] = mapped_column(Text)
    written_at: Mapped[created] = mapped_column(index=True)
    sent_at: Mapped[datetime | None]


@dataclass(frozen=True, kw_only=True)
class MailWritten(Event):
    """A letter waits for the post."""

    mail_id: UUID


def send(*, to: str, kind: str, locale: str, **values: Any) -> Mail:
    """Write the letter `templates/email/<kind>/{subject.txt,body.txt,body.html}` in the reader's language.

    It goes out only if the running transaction commits. Every letter knows `market`, `locale` and `home_url`.
    """
    settings = current_app.config["SETTINGS"]
    market = settings.market_name_en if locale == "en" else settings.market_name
    values = {"market": market, "locale": locale, "home_url": settings.base_url, **values}
    with force_locale(locale):
        subject = render_template(f"email/{kind}/subject.txt", **values).strip()
        text = render_template(f"email/{kind}/body.txt", **values).strip() + "\n"
        html = render_template(f"email/{kind}/body.html", **values)
    mail = Mail(to=to, kind=kind, locale=locale, subject=subject, text=text, html=html)
    db.session.add(mail)
    db.session.flush()
    publish(MailWritten(mail_id=mail.id))
    return mail


def latest() -> Select[Mail]:
    """All letters, newest first."""
    return select(Mail).order_by(Mail.written_at.desc(), Mail.id.desc())


@durably(MailWritten)
def deliver(fact: MailWritten) -> None:
    """Hand the letter to the post office. A second run finds it sent and does nothing."""
    mail = db.session.scalars(select(Mail).where(Mail.id == fact.mail_id).with_for_update()).first()
    if mail is None or mail.sent_at is not None:
        return
    mailer: Mailer = current_app.extensions["mailer"]
    mailer.send(Message(to=mail.to, subject=mail.subject, text=mail.text, html=mail.html))
    mail.sent_at = clock.now()
