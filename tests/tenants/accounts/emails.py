"""Access to sent e-mails for tests."""

from __future__ import annotations

import re

from flask import Flask
from sqlalchemy import select

from marketplace.kernel.db import db
from marketplace.kernel.mail import Email


def emails_to(app: Flask, address: str, kind: str = "") -> list[Email]:
    """Return the e-mails to an address, oldest first."""
    with app.app_context():
        stmt = select(Email).where(Email.to == address).order_by(Email.id)
        emails = list(db.session.scalars(stmt.where(Email.kind == kind) if kind else stmt))
        db.session.remove()
    return emails


def first_link(email: Email) -> str:
    """Return the path of the first action link in an e-mail."""
    match = re.search(r"http://localhost(/[a-z-]+/\S+)", email.text)
    assert match, email.text
    return match[1]
