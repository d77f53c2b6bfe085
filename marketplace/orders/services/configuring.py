"""A merchant changes its order workflow: checked, refused in words, kept as a new version (OR5, OR6, behaviour 44)."""

from __future__ import annotations

from uuid import UUID

from flask_babel import gettext as _
from flask_babel import ngettext

from marketplace.kernel import audit
from marketplace.kernel.db import advisory_lock, db
from marketplace.kernel.errors import Invalid
from marketplace.kernel.ids import uuid7
from marketplace.orders import queries
from marketplace.orders.errors import WorkflowMoved
from marketplace.orders.models import OrderState, WorkflowVersion
from marketplace.orders.services.placing import first_version
from marketplace.orders.workflow.standard import Choices, build, sequence


def current(*, merchant_id: UUID) -> Choices:
    """What holds for a merchant's new orders now."""
    found = queries.newest_versions([merchant_id]).get(merchant_id)
    return Choices.from_json(found.choices) if found else Choices()


def current_number(*, merchant_id: UUID) -> int:
    """The number of the version that holds now; 0 while the merchant never changed anything."""
    found = queries.newest_versions([merchant_id]).get(merchant_id)
    return found.number if found else 0


def save_choices(*, merchant_id: UUID, choices: Choices, account_id: UUID, seen: int | None = None) -> WorkflowVersion:
    """Keep other choices as a new version for new orders; running orders keep theirs. `seen`: the version the author saw.

    Raises Invalid when the choices make no workflow, or when orders wait in a step that would go away, and WorkflowMoved
    when a colleague saved another meanwhile.
    """
    days = choices.days_complaint()
    if days:
        raise Invalid(errors={"receipt_days": days})
    said = list(choices.complaints())
    if said:
        raise Invalid(errors={"": said})
    advisory_lock("order-workflow", merchant_id)
    number, newest = _newest(merchant_id)
    before = Choices.from_json(newest.choices)
    if before == choices:
        return newest
    if seen is not None and seen != number:
        raise WorkflowMoved
    _refuse_removing(set(sequence(before)) - set(sequence(choices)))
    version = WorkflowVersion(
        id=uuid7(),
        merchant_id=merchant_id,
        number=newest.number + 1,
        choices=choices.to_json(),
        definition=build(choices).to_json(),
        created_by=account_id,
    )
    db.session.add(version)
    db.session.flush()
    audit.record("workflow.changed", subject=("order_workflow", version.id), before=before.to_json(), after=choices.to_json())
    return version


def _newest(merchant_id: UUID) -> tuple[int, WorkflowVersion]:
    """The version that holds, written if there is none yet, and its number as its author saw it: none is 0."""
    found = queries.newest_versions([merchant_id]).get(merchant_id)
    if found is not None:
        return found.number, found
    first_version(merchant_id=merchant_id)
    return 0, queries.newest_versions([merchant_id])[merchant_id]


def _refuse_removing(steps: set[str]) -> None:
    waiting = queries.in_use(steps) if steps else {}
    if not waiting:
        return
    errors = {}
    for step, count in waiting.items():
        state = OrderState(step)
        errors[step] = _(
            "%(count)s in “%(step)s”. Finish them first, then this step can be switched off.",
            count=ngettext("%(num)s order waits", "%(num)s orders wait", count),
            step=state.label,
        )
    raise Invalid(errors=errors)
