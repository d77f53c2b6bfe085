"""What several files about checkout begin with."""

from __future__ import annotations

from uuid import UUID

import pytest

from tests.cast import Cast
from tests.factories import trade
from tests.factories.trade import Street


@pytest.fixture
def placed(cast: Cast, street: Street) -> tuple[UUID, UUID]:
    cloth, thread = trade.place(cast.buyer, (street.cloth, 120), (street.thread, 3), expected=198000 + 2700)
    return cloth, thread
