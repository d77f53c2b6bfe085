"""Fixtures of the checkout tests."""

from __future__ import annotations

from uuid import UUID

import pytest

from tests.actors import Actors
from tests.factories import order_factory
from tests.factories.order_factory import SampleProducts


@pytest.fixture
def order_ids(actors: Actors, sample_products: SampleProducts) -> tuple[UUID, UUID]:
    cloth, thread = order_factory.place_orders(
        actors.buyer, (sample_products.cloth, 120), (sample_products.thread, 3), expected=198000 + 2700
    )
    return cloth, thread
