"""Row-level security alone, with the tenant filters of the ORM disabled, hides and protects foreign rows."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import text

from marketplace.kernel.db import Base, db
from marketplace.kernel.tenancy import RowOwnership
from tests.security import test_permissions as permission_tests
from tests.security.change_recorder import ChangeRecorder
from tests.security.isolation_switch import without_orm_isolation, without_row_security
from tests.security.target import AttackTarget

SHARED_DATABASE = True
ISOLATION_TESTS: list[Callable[[AttackTarget], None]] = [
    permission_tests.test_desk_foreign_ids_respond_like_unknown_ids,
    permission_tests.test_buyer_foreign_ids_respond_like_unknown_ids,
]
PRIVATE_OWNERSHIP = (RowOwnership.MERCHANT, RowOwnership.BUYER, RowOwnership.PARTIES)


@pytest.mark.parametrize("isolation_test", ISOLATION_TESTS, ids=["desk", "buyer"])
def test_row_security_alone_isolates_tenants(
    attack_target: AttackTarget, recorder: ChangeRecorder, isolation_test: Callable[[AttackTarget], None]
) -> None:
    with without_orm_isolation():
        isolation_test(attack_target)
    recorder.undo()


@pytest.mark.parametrize("isolation_test", ISOLATION_TESTS, ids=["desk", "buyer"])
def test_control_foreign_rows_visible_without_isolation(
    attack_target: AttackTarget, recorder: ChangeRecorder, isolation_test: Callable[[AttackTarget], None]
) -> None:
    """Control: without both layers of isolation the same tests detect foreign rows."""
    recorder.clear()
    try:
        with (
            without_orm_isolation(),
            without_row_security(attack_target.app, attack_target.engine),
            pytest.raises(AssertionError),
        ):
            isolation_test(attack_target)
    finally:
        recorder.undo()


def test_anonymous_role_sees_no_private_rows(attack_target: AttackTarget) -> None:
    """Check that the application role without a tenant context sees no row of any private table."""
    private = [
        mapper.class_.__tablename__ for mapper in Base.registry.mappers if mapper.class_.__ownership__ in PRIVATE_OWNERSHIP
    ]
    with attack_target.app.app_context(), db.engine.connect() as connection:
        visible_counts = {name: connection.execute(text(f'select count(*) from "{name}"')).scalar() for name in private}
    with attack_target.engine.connect() as connection:
        total_counts = {name: connection.execute(text(f'select count(*) from "{name}"')).scalar() for name in private}
    assert {name: count for name, count in visible_counts.items() if count} == {}
    assert len([name for name, count in total_counts.items() if count]) >= 15, "too few private tables contain rows"
