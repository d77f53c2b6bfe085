"""Units of work: never nested, and what an error response keeps."""

from __future__ import annotations

import pytest
from flask import Flask

from marketplace.kernel.db import NestedUnitOfWork, db, discard_changes, keep_on_error, unit_of_work
from marketplace.kernel.errors import RateLimited
from tenants.accounts import throttling
from tenants.accounts.throttling import AttemptLimit, check_limit, record_attempt
from tests.actors import Actors

LIMIT = throttling.LOGIN_PER_IP


def test_unit_of_work_cannot_be_nested(ctx: Flask) -> None:
    with pytest.raises(NestedUnitOfWork, match="open already"), unit_of_work(), unit_of_work():
        pass
    with unit_of_work():
        pass  # the next one is independent


def test_kept_write_survives_discard_of_later_writes(ctx: Flask, actors: Actors) -> None:
    """Keep the marked write, and roll back what follows it: `reset_attempts` would delete the attempt."""
    limit = AttemptLimit(LIMIT.name, 1, LIMIT.window)
    with unit_of_work():
        record_attempt(limit, "10.0.0.1")
        throttling.reset_attempts(limit, "10.0.0.1")
        discard_changes()
    with pytest.raises(RateLimited), unit_of_work():
        check_limit(limit, "10.0.0.1")


def test_unmarked_writes_are_discarded(ctx: Flask, actors: Actors) -> None:
    limit = AttemptLimit(LIMIT.name, 1, LIMIT.window)
    with unit_of_work():
        record_attempt.__wrapped__(limit, "10.0.0.2")  # type: ignore[attr-defined]
        discard_changes()
    with unit_of_work():
        check_limit(limit, "10.0.0.2")


def test_keep_on_error_outside_unit_of_work_only_calls(ctx: Flask) -> None:
    assert keep_on_error(lambda: 3)() == 3
    assert not db.session().in_nested_transaction()
