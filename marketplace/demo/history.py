"""Ninety days of trade as a plan: who bought what, when, and how far each order has come. Nothing is placed here."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from .buyers import BUYERS, Buyer
from .categories import path
from .endings import Ending, Parcel, ending
from .goods import SEED
from .product import Product, Variant

DAYS = 90
_WEEK = (1.3, 1.22, 1.12, 1.06, 1.0, 0.55, 0.42)  # Monday first: wholesale rests at the weekend
_HOURS = (9, 9, 10, 10, 10, 11, 11, 13, 14, 14, 15, 15, 16, 17, 19, 20, 21)


@dataclass(frozen=True, slots=True)
class Line:
    """What was ordered: the SKU of a variant and how many units."""

    sku: str
    quantity: int


@dataclass(frozen=True, slots=True)
class Order:
    """One merchant's part of a purchase, how it ended, and the parcels that have left."""

    merchant: str
    lines: tuple[Line, ...]
    ending: Ending
    note: str

    @property
    def parcels(self) -> tuple[Parcel, ...]:
        """The parcels of the order, in order of leaving."""
        return self.ending.parcels


@dataclass(frozen=True, slots=True)
class Purchase:
    """One payment of a buyer for the orders of one or more merchants; ``address`` counts the buyer's addresses."""

    number: int
    buyer: str
    address: int
    placed_at: datetime
    paid_after: timedelta | None
    orders: tuple[Order, ...]


@dataclass(slots=True)
class _Shelf:
    """What can still be ordered: goods on sale by shelf, and how much of each SKU has been taken."""

    by_category: dict[str, list[Product]]
    taken: Counter[str]


_FRESH = timedelta(hours=6)
_VISITED = {5: "yunshang", 9: "chen-yu"}  # of every dozen purchases
_VISITED_SHOP = "jinlan"
_NOTES = ("", "", "", "", "", "请随货附色卡。", "同缸发货，谢谢。", "周末不收货。", "发票随货。", "请用硬纸管卷装。")


def history(products: tuple[Product, ...], moment: datetime, days: int = DAYS, seed: int = SEED) -> tuple[Purchase, ...]:
    """The purchases of the last ``days`` before ``moment``, oldest first; more of them the more goods there are.

    The same goods, moment and seed give the same plan. No SKU is ordered beyond the stock it starts with.
    """
    dice = Random(f"{seed}:history")  # noqa: S311 - a demo, not a secret
    shelf = _Shelf(_on_sale(products), Counter())
    daily = min(7.0, 1.2 + len(products) / 75)
    purchases: list[Purchase] = []
    moments = list(_moments(moment, days, daily, dice))
    for number, placed_at in enumerate(moments):
        buyer = _buyer(number, moment, placed_at, dice)
        orders = _orders(shelf, buyer, moment - placed_at, dice, newest=placed_at == moments[-1])
        if orders:
            purchases.append(_purchase(len(purchases) + 1, buyer, placed_at, orders, dice))
    return tuple(purchases)


def _on_sale(products: tuple[Product, ...]) -> dict[str, list[Product]]:
    found: dict[str, list[Product]] = {}
    for product in products:
        if product.state == "on_sale":
            for slug in path(product.category):
                found.setdefault(slug, []).append(product)
    return found


def _moments(moment: datetime, days: int, daily: float, dice: Random) -> Iterator[datetime]:
    """When purchases were made: by the rhythm of the week, in office hours, and growing by half and more."""
    for back in range(days, -1, -1):
        day = moment - timedelta(days=back)
        growth = 0.7 + 0.75 * (days - back) / max(1, days)
        count = round(daily * _WEEK[day.weekday()] * growth * dice.uniform(0.75, 1.25))
        times = [
            day.replace(hour=dice.choice(_HOURS), minute=dice.randrange(60), second=dice.randrange(60)) for _ in range(count)
        ]
        if back == 0:  # so that a market that starts in the morning has something of today
            soon = [moment - timedelta(minutes=dice.randrange(4, 40))]
            times = soon + [moment - timedelta(minutes=dice.randrange(4, 300)) for _ in range(max(3, count - 1))]
        yield from sorted(time for time in times if time < moment)


def _buyer(number: int, moment: datetime, placed_at: datetime, dice: Random) -> Buyer:
    """Somebody who was a member then; the large ones come oftener, and those as whom visitors sign in are sure to come."""
    age = (moment - placed_at).days
    known = [buyer for buyer in BUYERS if buyer.since_days > age] or list(BUYERS)
    drawn = dice.choices(known, [buyer.appetite for buyer in known])[0]
    return next((buyer for buyer in known if buyer.slug == _VISITED.get(number % 12)), drawn)


def _orders(shelf: _Shelf, buyer: Buyer, age: timedelta, dice: Random, *, newest: bool) -> tuple[Order, ...]:
    """One to three merchants, one to four lines each, of what the buyer likes; the newest of all still waits for its money."""
    liked = [product for slug in buyer.likes for product in shelf.by_category.get(slug, [])]
    merchants = sorted({product.merchant for product in liked})
    chosen = dice.sample(merchants, min(len(merchants), dice.choice((1, 1, 1, 2, 2, 3))))
    if buyer.slug in _VISITED.values() and _VISITED_SHOP in merchants and _VISITED_SHOP not in chosen:
        chosen[0] = _VISITED_SHOP
    unpaid = dice.random() < (0.35 if age < _FRESH else 0.04) or newest
    orders = []
    for merchant in chosen:
        theirs = sorted({p.reference: p for p in liked if p.merchant == merchant}.values(), key=lambda p: p.reference)
        picked = dice.sample(theirs, min(len(theirs), dice.choice((1, 1, 2, 3, 4))))
        lines = tuple(filter(None, (_line(shelf, buyer, product, dice) for product in picked)))
        if lines:
            lead = max(product.lead_days for product in picked)
            orders.append(Order(merchant, lines, _end(lines, age, lead, unpaid, dice), dice.choice(_NOTES)))
    return tuple(orders)


def _end(lines: tuple[Line, ...], age: timedelta, lead: int, unpaid: bool, dice: Random) -> Ending:
    return ending({line.sku: line.quantity for line in lines}, age, lead, unpaid, dice)


def _line(shelf: _Shelf, buyer: Buyer, product: Product, dice: Random) -> Line | None:
    """A quantity that the ladder invites to, of a variant that still has it."""
    variant: Variant = dice.choice(product.variants)
    wish = product.minimum * dice.choice((1, 1, 2, 2, 3, 5, 5, 8)) * min(1.6, max(0.5, buyer.appetite / 1.5))
    most = min(variant.stock // 3, variant.stock - shelf.taken[variant.sku], product.maximum or variant.stock)
    steps = (min(round(wish), most) - product.minimum) // product.step
    quantity = product.minimum + steps * product.step
    if steps < 0 or quantity > most:
        return None
    shelf.taken[variant.sku] += quantity
    return Line(variant.sku, quantity)


def _purchase(number: int, buyer: Buyer, placed_at: datetime, orders: tuple[Order, ...], dice: Random) -> Purchase:
    paid = all(order.ending.paid for order in orders)
    after = timedelta(seconds=dice.randrange(25, 900)) if paid else None
    return Purchase(number, buyer.slug, dice.randrange(len(buyer.addresses)), placed_at, after, orders)
