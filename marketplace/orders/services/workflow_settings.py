"""Workflow settings of a merchant: validated and saved as new versions (configurable order workflow, OR5, OR6)."""

from __future__ import annotations

from uuid import UUID

from flask_babel import gettext as _
from flask_babel import ngettext

from marketplace.kernel import audit
from marketplace.kernel.db import advisory_lock, db
from marketplace.kernel.errors import ValidationError
from marketplace.kernel.ids import uuid7
from marketplace.orders import queries
from marketplace.orders.errors import StaleWorkflow
from marketplace.orders.models import OrderState, WorkflowVersion
from marketplace.orders.services.creation import create_default_workflow
from marketplace.orders.workflow.builder import WorkflowOptions, build_workflow, step_sequence


def current_options(*, merchant_id: UUID) -> WorkflowOptions:
    """Return the options for a merchant's new orders."""
    version = queries.latest_workflow_versions([merchant_id]).get(merchant_id)
    return WorkflowOptions.from_json(version.options) if version else WorkflowOptions()


def current_version_number(*, merchant_id: UUID) -> int:
    """Return the number of the current version; 0 if the merchant has none yet."""
    version = queries.latest_workflow_versions([merchant_id]).get(merchant_id)
    return version.number if version else 0


def save_workflow_options(
    *, merchant_id: UUID, options: WorkflowOptions, account_id: UUID, expected_number: int | None = None
) -> WorkflowVersion:
    """Save options as a new version for new orders; existing orders keep theirs.

    `expected_number` is the version that the form was loaded with; None skips the check.

    Raises:
        ValidationError: The options make no valid workflow, or open orders are in a step that would be removed.
        StaleWorkflow: Another version was saved since.
    """
    days_error = options.receipt_days_error()
    if days_error:
        raise ValidationError(errors={"receipt_days": days_error})
    option_errors = list(options.iter_errors())
    if option_errors:
        raise ValidationError(errors={"": option_errors})
    advisory_lock("order-workflow", merchant_id)
    number, current_version = _current_version(merchant_id)
    before = WorkflowOptions.from_json(current_version.options)
    if before == options:
        return current_version
    if expected_number is not None and expected_number != number:
        raise StaleWorkflow
    _reject_used_steps(set(step_sequence(before)) - set(step_sequence(options)))
    version = WorkflowVersion(
        id=uuid7(),
        merchant_id=merchant_id,
        number=current_version.number + 1,
        options=options.to_json(),
        definition=build_workflow(options).to_json(),
        created_by=account_id,
    )
    db.session.add(version)
    db.session.flush()
    audit.record("workflow.changed", subject=("order_workflow", version.id), before=before.to_json(), after=options.to_json())
    return version


def _current_version(merchant_id: UUID) -> tuple[int, WorkflowVersion]:
    """Return the current version, created if there is none, and its number as shown to the user (0 if just created)."""
    version = queries.latest_workflow_versions([merchant_id]).get(merchant_id)
    if version is not None:
        return version.number, version
    create_default_workflow(merchant_id=merchant_id)
    return 0, queries.latest_workflow_versions([merchant_id])[merchant_id]


def _reject_used_steps(steps: set[str]) -> None:
    counts = queries.steps_in_use(steps) if steps else {}
    if not counts:
        return
    errors = {}
    for step, count in counts.items():
        state = OrderState(step)
        errors[step] = _(
            "%(count)s in “%(step)s”. Finish them first, then this step can be switched off.",
            count=ngettext("%(num)s order waits", "%(num)s orders wait", count),
            step=state.label,
        )
    raise ValidationError(errors=errors)
