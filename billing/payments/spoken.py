"""How refunds read in the market's books, which know them only by opaque words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import select

from billing.payments.models import Refund
from billing.references import Described, describe
from marketplace.kernel.db import db


def refunds(references: Sequence[str], door: str) -> Mapping[str, Described]:
    """Refunds by what they are given back for, with its page at this door."""
    ids = {UUID(reference.partition(":")[2]): reference for reference in references}
    found = dict(db.session.execute(select(Refund.id, Refund.reference).where(Refund.id.in_(ids))).tuples().all())
    said = describe(found.values(), door=door)
    return {
        ids[refund_id]: Described(_("Refund of %(what)s", what=said[reference].text), said[reference].url)
        for refund_id, reference in found.items()
    }
