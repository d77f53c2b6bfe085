"""Complete scenario in a real browser, in Chinese and in English: from a merchant application to a settled order."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.e2e import scenario
from tests.e2e.browser_user import BrowserUser
from tests.e2e.conftest import RunningMarket

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900)]


@dataclass(frozen=True)
class MerchantOffer:
    """Merchant with its product."""

    slug: str
    shop: tuple[str, str]
    code: str
    sku: str
    title: tuple[str, str]
    price: str


CLOTH_OFFER = MerchantOffer(
    "jinlan", ("锦澜印花", "Jinlan Prints"), "91330621MA2BCDEF3F", "JL-01", ("全棉印花府绸", "Printed cotton poplin"), "18.50"
)
THREAD_OFFER = MerchantOffer(
    "yuntu", ("云图线业", "Yuntu Threads"), "91330621MA2BCDEF3F", "YT-01", ("棉质缝纫线", "Cotton sewing thread"), "9.00"
)


@pytest.fixture
def new_user(live_market: RunningMarket, chromium: Any, language: str) -> Iterator[Callable[[], BrowserUser]]:
    """Return a factory of users with browsers of their own."""
    users: list[BrowserUser] = []

    def create_user() -> BrowserUser:
        users.append(BrowserUser(chromium, live_market.url, language))
        return users[-1]

    yield create_user
    for user in users:
        user.close()


def open_shop_with_product(
    person: BrowserUser, admin: BrowserUser, offer: MerchantOffer, suffix: str, live_market: RunningMarket, folder: Path
) -> str:
    """Register a merchant and publish its product; return the product title in the language of the user."""
    language_index = 0 if person.language == "zh" else 1
    slug, names = offer.slug + suffix, tuple(f"{name} {suffix}" for name in offer.shop)
    titles = tuple(f"{title} {suffix}" for title in offer.title)
    scenario.register(person, f"{offer.slug}-{suffix}", live_market.latest_email)
    scenario.submit_application(
        person, slug=slug, name=names[0], name_en=names[1], code=offer.code, phone="13800138000", folder=folder
    )
    scenario.request_application_changes(admin, names[language_index])
    scenario.revise_application(person)
    scenario.approve_application(admin, names[language_index])
    scenario.open_desk(person)
    scenario.configure_shop(person, slug)
    scenario.create_warehouse(person, slug)
    scenario.import_products(
        person, slug, scenario.write_product_csv(folder, f"{offer.sku}-{suffix}", (titles[0], titles[1]), offer.price, 500)
    )
    scenario.complete_product(person, slug, titles[language_index], scenario.create_product_image(folder, offer.sku))
    scenario.approve_product(admin, titles[language_index])
    return titles[language_index]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_application_to_settled_order(
    live_market: RunningMarket, new_user: Callable[[], BrowserUser], language: str, tmp_path: Path
) -> None:
    suffix = {"zh": "01", "en": "02"}[language]
    admin, first, second, buyer = (new_user() for _ in range(4))
    scenario.sign_in_at_console(admin)
    before = scenario.trial_balance(admin)
    cloth = open_shop_with_product(first, admin, CLOTH_OFFER, suffix, live_market, tmp_path)
    thread = open_shop_with_product(second, admin, THREAD_OFFER, suffix, live_market, tmp_path)

    scenario.register(buyer, f"buyer-{suffix}", live_market.latest_email)
    for title, quantity in ((cloth, "10"), (thread, "20")):
        scenario.search_and_open(buyer, title)
        scenario.add_to_cart(buyer, quantity)
    scenario.checkout_and_pay(buyer)
    assert len(scenario.list_buyer_orders(buyer)) == 2
    (cloth_order,), (thread_order,) = (
        scenario.list_desk_orders(first, CLOTH_OFFER.slug + suffix),
        scenario.list_desk_orders(second, THREAD_OFFER.slug + suffix),
    )

    scenario.complete_order_reviews(first, CLOTH_OFFER.slug + suffix, cloth_order)
    scenario.ship_parcel(first, CLOTH_OFFER.slug + suffix, cloth_order, f"SF{suffix}100001", quantity="4")
    scenario.ship_parcel(first, CLOTH_OFFER.slug + suffix, cloth_order, f"SF{suffix}100002")
    scenario.complete_order_reviews(second, THREAD_OFFER.slug + suffix, thread_order)
    buyer.goto(f"/orders/{cloth_order}")
    assert all(f"SF{suffix}10000{n}" in buyer.main_text() for n in (1, 2)), "the buyer sees both parcels"
    for n in (1, 2):
        scenario.record_delivery(first, CLOTH_OFFER.slug + suffix, f"SF{suffix}10000{n}")
    buyer.goto(f"/orders/{cloth_order}")
    assert "杭州仓前" in buyer.main_text(), "the buyer sees where they are"
    scenario.confirm_receipt(buyer, cloth_order)
    scenario.wait_until(
        lambda: scenario.merchant_balances(first, CLOTH_OFFER.slug + suffix)[1] == 0,
        description="the release of the received order",
    )

    assert_balances_agree(first, second, admin, before, suffix)
    for person in (admin, first, second, buyer):
        assert person.page_errors == []


def assert_balances_agree(
    first: BrowserUser, second: BrowserUser, admin: BrowserUser, before: dict[str, int], suffix: str
) -> None:
    """Assert that the statements of both merchants agree with the trial balance of the console to the cent."""
    slugs = {first: CLOTH_OFFER.slug + suffix, second: THREAD_OFFER.slug + suffix}
    balances = {person: scenario.merchant_balances(person, slug) for person, slug in slugs.items()}
    for person, (available, escrowed) in balances.items():
        assert scenario.closing_balance(person, slugs[person], "available") == available
        assert scenario.closing_balance(person, slugs[person], "held") == escrowed
    assert balances[second] == (0, 18000), "the undelivered order is in escrow"
    assert 0 < balances[first][0] <= 18500
    after = scenario.trial_balance(admin)
    differences = {name: after[name] - before.get(name, 0) for name in after}
    available, escrowed = (sum(balance[n] for balance in balances.values()) for n in (0, 1))
    assert available in map(abs, differences.values()), differences
    assert escrowed in map(abs, differences.values()), differences
    assert admin.translate_if_known("Balanced") in admin.main_text()
