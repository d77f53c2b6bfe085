"""One journey through the whole market, in a real browser, in Chinese and in English: from an application to a settled order."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.journeys import story
from tests.journeys.conftest import Market
from tests.journeys.pages import Person

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900)]


@dataclass(frozen=True)
class Goods:
    """A merchant, and what it sells."""

    slug: str
    shop: tuple[str, str]
    code: str
    sku: str
    title: tuple[str, str]
    price: str


CLOTH = Goods(
    "jinlan", ("锦澜印花", "Jinlan Prints"), "91330621MA2BCDEF3F", "JL-01", ("全棉印花府绸", "Printed cotton poplin"), "18.50"
)
THREAD = Goods(
    "yuntu", ("云图线业", "Yuntu Threads"), "91330621MA2BCDEF3F", "YT-01", ("棉质缝纫线", "Cotton sewing thread"), "9.00"
)


@pytest.fixture
def somebody(market: Market, chromium: Any, language: str) -> Iterator[Callable[[], Person]]:
    """Another person comes."""
    people: list[Person] = []

    def comes() -> Person:
        people.append(Person(chromium, market.url, language))
        return people[-1]

    yield comes
    for person in people:
        person.close()


def open_shop(person: Person, admin: Person, goods: Goods, mark: str, market: Market, folder: Path) -> str:
    """From registration to goods on the shelf; the name of the goods as they are searched for."""
    spoken = 0 if person.language == "zh" else 1
    slug, names = goods.slug + mark, tuple(f"{name} {mark}" for name in goods.shop)
    titles = tuple(f"{title} {mark}" for title in goods.title)
    story.register(person, f"{goods.slug}-{mark}", market.letter)
    story.apply(person, slug=slug, name=names[0], name_en=names[1], code=goods.code, phone="13800138000", folder=folder)
    story.ask_for_changes(admin, names[spoken])
    story.make_changes(person)
    story.approve(admin, names[spoken])
    story.enter_desk(person)
    story.set_up_shop(person, slug)
    story.open_warehouse(person, slug)
    story.import_goods(person, slug, story.table_of(folder, f"{goods.sku}-{mark}", (titles[0], titles[1]), goods.price, 500))
    story.complete_goods(person, slug, titles[spoken], story.cloth(folder, goods.sku))
    story.approve_goods(admin, titles[spoken])
    return titles[spoken]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_from_an_application_to_a_settled_order(
    market: Market, somebody: Callable[[], Person], language: str, tmp_path: Path
) -> None:
    mark = {"zh": "01", "en": "02"}[language]
    admin, first, second, buyer = (somebody() for _ in range(4))
    story.sign_in_at_console(admin)
    before = story.balances(admin)
    cloth = open_shop(first, admin, CLOTH, mark, market, tmp_path)
    thread = open_shop(second, admin, THREAD, mark, market, tmp_path)

    story.register(buyer, f"buyer-{mark}", market.letter)
    for title, quantity in ((cloth, "10"), (thread, "20")):
        story.find(buyer, title)
        story.put_into_cart(buyer, quantity)
    story.check_out(buyer)
    assert len(story.order_numbers(buyer)) == 2
    (of_cloth,), (of_thread,) = story.desk_orders(first, CLOTH.slug + mark), story.desk_orders(second, THREAD.slug + mark)

    story.review(first, CLOTH.slug + mark, of_cloth)
    story.ship(first, CLOTH.slug + mark, of_cloth, f"SF{mark}100001", quantity="4")
    story.ship(first, CLOTH.slug + mark, of_cloth, f"SF{mark}100002")
    story.review(second, THREAD.slug + mark, of_thread)
    buyer.open(f"/orders/{of_cloth}")
    assert all(f"SF{mark}10000{n}" in buyer.text() for n in (1, 2)), "the buyer sees both parcels"
    for n in (1, 2):
        story.report_arrival(first, CLOTH.slug + mark, f"SF{mark}10000{n}")
    buyer.open(f"/orders/{of_cloth}")
    assert "杭州仓前" in buyer.text(), "the buyer sees where they are"
    story.confirm_receipt(buyer, of_cloth)
    story.until(lambda: story.standing(first, CLOTH.slug + mark)[1] == 0, what="what was received to be released")

    agree(first, second, admin, before, mark)
    for person in (admin, first, second, buyer):
        assert person.troubles == []


def agree(first: Person, second: Person, admin: Person, before: dict[str, int], mark: str) -> None:
    """Both statements and the console's ledger say the same, to the cent."""
    slugs = {first: CLOTH.slug + mark, second: THREAD.slug + mark}
    stands = {person: story.standing(person, slug) for person, slug in slugs.items()}
    for person, (available, held) in stands.items():
        assert story.closing(person, slugs[person], "available") == available
        assert story.closing(person, slugs[person], "held") == held
    assert stands[second] == (0, 18000), "what is under way is held"
    assert 0 < stands[first][0] <= 18500
    after = story.balances(admin)
    grown = {name: after[name] - before.get(name, 0) for name in after}
    available, held = (sum(stand[n] for stand in stands.values()) for n in (0, 1))
    assert available in map(abs, grown.values()), grown
    assert held in map(abs, grown.values()), grown
    assert admin.known("Balanced") in admin.text()
