"""Descriptions of refund references in the ledger."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import select

from billing.payments.models import Refund
from billing.reference_registry import ReferenceInfo, describe_references
from marketplace.kernel.db import db


def describe_refunds(references: Sequence[str], site: str) -> Mapping[str, ReferenceInfo]:
    """Describe refunds by the order that they belong to, with its page on this site."""
    ids = {UUID(reference.partition(":")[2]): reference for reference in references}
    references_by_id = dict(db.session.execute(select(Refund.id, Refund.reference).where(Refund.id.in_(ids))).tuples().all())
    described = describe_references(references_by_id.values(), site=site)
    return {
        ids[refund_id]: ReferenceInfo(_("Refund of %(what)s", what=described[reference].text), described[reference].url)
        for refund_id, reference in references_by_id.items()
    }
