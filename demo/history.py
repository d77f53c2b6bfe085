"""Ninety days of purchases as plain data: buyer, products, time, and the outcome of each order. Nothing is placed here."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from demo.buyers import BUYERS, Buyer
from demo.categories import category_path
from demo.order_outcomes import OrderOutcome, Parcel, decide_outcome
from demo.product import Product, Variant
from demo.products import SEED

DAYS = 90
_WEEK = (1.3, 1.22, 1.12, 1.06, 1.0, 0.55, 0.42)  # Monday first: less wholesale trade at the weekend
_HOURS = (9, 9, 10, 10, 10, 11, 11, 13, 14, 14, 15, 15, 16, 17, 19, 20, 21)


@dataclass(frozen=True, slots=True)
class OrderLine:
    """The SKU of an ordered variant and its quantity."""

    sku: str
    quantity: int


@dataclass(frozen=True, slots=True)
class Order:
    """One merchant's part of a purchase, its outcome and its parcels."""

    merchant: str
    lines: tuple[OrderLine, ...]
    outcome: OrderOutcome
    note: str

    @property
    def parcels(self) -> tuple[Parcel, ...]:
        """The parcels of the order in order of shipping."""
        return self.outcome.parcels


@dataclass(frozen=True, slots=True)
class Purchase:
    """One payment of a buyer for the orders of one or more merchants; ``address`` is an index of the buyer's addresses."""

    number: int
    buyer: str
    address: int
    placed_at: datetime
    paid_after: timedelta | None
    orders: tuple[Order, ...]


@dataclass(slots=True)
class _Availability:
    """The products on sale by category, and how much of each SKU is ordered."""

    by_category: dict[str, list[Product]]
    ordered: Counter[str]


_UNPAID_WINDOW = timedelta(hours=6)
_DEMO_BUYERS = {5: "yunshang", 9: "chen-yu"}  # purchase number modulo 12
_DEMO_SHOP = "jinlan"
_NOTES = ("", "", "", "", "", "请随货附色卡。", "同缸发货，谢谢。", "周末不收货。", "发票随货。", "请用硬纸管卷装。")


def generate_history(
    products: tuple[Product, ...], moment: datetime, days: int = DAYS, seed: int = SEED
) -> tuple[Purchase, ...]:
    """Return the purchases of the last ``days`` before ``moment``, oldest first; their number grows with the products.

    The same products, moment and seed give the same purchases. No SKU is ordered beyond its initial stock.
    """
    rng = Random(f"{seed}:history")  # noqa: S311 - a demo, not a secret
    availability = _Availability(_on_sale_by_category(products), Counter())
    daily = min(7.0, 1.2 + len(products) / 75)
    purchases: list[Purchase] = []
    moments = list(_iter_order_times(moment, days, daily, rng))
    for number, placed_at in enumerate(moments):
        buyer = _choose_buyer(number, moment, placed_at, rng)
        orders = _make_orders(availability, buyer, moment - placed_at, rng, newest=placed_at == moments[-1])
        if orders:
            purchases.append(_make_purchase(len(purchases) + 1, buyer, placed_at, orders, rng))
    return tuple(purchases)


def _on_sale_by_category(products: tuple[Product, ...]) -> dict[str, list[Product]]:
    by_category: dict[str, list[Product]] = {}
    for product in products:
        if product.state == "on_sale":
            for slug in category_path(product.category):
                by_category.setdefault(slug, []).append(product)
    return by_category


def _iter_order_times(moment: datetime, days: int, daily: float, rng: Random) -> Iterator[datetime]:
    """Yield the times of purchases: by the rhythm of the week, in office hours, with growth over the period."""
    for days_ago in range(days, -1, -1):
        day = moment - timedelta(days=days_ago)
        growth = 0.7 + 0.75 * (days - days_ago) / max(1, days)
        count = round(daily * _WEEK[day.weekday()] * growth * rng.uniform(0.75, 1.25))
        times = [day.replace(hour=rng.choice(_HOURS), minute=rng.randrange(60), second=rng.randrange(60)) for _ in range(count)]
        if days_ago == 0:  # so that a demo started in the morning has purchases of today
            soon = [moment - timedelta(minutes=rng.randrange(4, 40))]
            times = soon + [moment - timedelta(minutes=rng.randrange(4, 300)) for _ in range(max(3, count - 1))]
        yield from sorted(time for time in times if time < moment)


def _choose_buyer(number: int, moment: datetime, placed_at: datetime, rng: Random) -> Buyer:
    """Return a buyer registered at that time, weighted by order volume; the demo logins get a fixed share."""
    age = (moment - placed_at).days
    members = [buyer for buyer in BUYERS if buyer.since_days > age] or list(BUYERS)
    chosen = rng.choices(members, [buyer.order_weight for buyer in members])[0]
    return next((buyer for buyer in members if buyer.slug == _DEMO_BUYERS.get(number % 12)), chosen)


def _make_orders(availability: _Availability, buyer: Buyer, age: timedelta, rng: Random, *, newest: bool) -> tuple[Order, ...]:
    """Return orders of one to three merchants with one to four lines each; the newest purchase is still unpaid."""
    preferred_products = [product for slug in buyer.preferred_categories for product in availability.by_category.get(slug, [])]
    merchants = sorted({product.merchant for product in preferred_products})
    chosen = rng.sample(merchants, min(len(merchants), rng.choice((1, 1, 1, 2, 2, 3))))
    if buyer.slug in _DEMO_BUYERS.values() and _DEMO_SHOP in merchants and _DEMO_SHOP not in chosen:
        chosen[0] = _DEMO_SHOP
    unpaid = rng.random() < (0.35 if age < _UNPAID_WINDOW else 0.04) or newest
    orders = []
    for merchant in chosen:
        merchant_products = sorted(
            {p.reference: p for p in preferred_products if p.merchant == merchant}.values(), key=lambda p: p.reference
        )
        picked = rng.sample(merchant_products, min(len(merchant_products), rng.choice((1, 1, 2, 3, 4))))
        lines = tuple(filter(None, (_make_line(availability, buyer, product, rng) for product in picked)))
        if lines:
            lead_days = max(product.lead_days for product in picked)
            orders.append(Order(merchant, lines, _make_outcome(lines, age, lead_days, unpaid, rng), rng.choice(_NOTES)))
    return tuple(orders)


def _make_outcome(lines: tuple[OrderLine, ...], age: timedelta, lead_days: int, unpaid: bool, rng: Random) -> OrderOutcome:
    return decide_outcome({line.sku: line.quantity for line in lines}, age, lead_days, unpaid, rng)


def _make_line(availability: _Availability, buyer: Buyer, product: Product, rng: Random) -> OrderLine | None:
    """Return a line with a quantity that fits the price tiers and the remaining stock; None if nothing is left."""
    variant: Variant = rng.choice(product.variants)
    target_quantity = product.minimum * rng.choice((1, 1, 2, 2, 3, 5, 5, 8)) * min(1.6, max(0.5, buyer.order_weight / 1.5))
    max_quantity = min(variant.stock // 3, variant.stock - availability.ordered[variant.sku], product.maximum or variant.stock)
    steps = (min(round(target_quantity), max_quantity) - product.minimum) // product.step
    quantity = product.minimum + steps * product.step
    if steps < 0 or quantity > max_quantity:
        return None
    availability.ordered[variant.sku] += quantity
    return OrderLine(variant.sku, quantity)


def _make_purchase(number: int, buyer: Buyer, placed_at: datetime, orders: tuple[Order, ...], rng: Random) -> Purchase:
    paid = all(order.outcome.paid for order in orders)
    after = timedelta(seconds=rng.randrange(25, 900)) if paid else None
    return Purchase(number, buyer.slug, rng.randrange(len(buyer.addresses)), placed_at, after, orders)
