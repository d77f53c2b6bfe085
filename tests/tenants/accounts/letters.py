"""Reading the letters that the market wrote."""

from __future__ import annotations

import re

from flask import Flask
from sqlalchemy import select

from marketplace.kernel.db import db
from marketplace.kernel.mail import Mail


def letters_to(app: Flask, address: str, kind: str = "") -> list[Mail]:
    """The letters to an address, oldest first."""
    with app.app_context():
        wanted = select(Mail).where(Mail.to == address).order_by(Mail.id)
        found = list(db.session.scalars(wanted.where(Mail.kind == kind) if kind else wanted))
        db.session.remove()
    return found


def link_in(letter: Mail) -> str:
    """The path of the first link to a deed in a letter."""
    found = re.search(r"http://localhost(/[a-z-]+/\S+)", letter.text)
    assert found, letter.text
    return found[1]
