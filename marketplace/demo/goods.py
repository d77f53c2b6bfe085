"""The goods of the demo market: as many products as asked for, the same ones for the same seed."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import product as combinations
from random import Random

from .attributes import ATTRIBUTES
from .categories import BY_SLUG, path
from .choices import Choice
from .designs import DESIGNS, Colourway, colourways
from .fibres import BLENDS, Blend, cost
from .lines import LINES, Line, Spec
from .looks import cloth_for, shots
from .merchants import LETTERS, TRADING, Merchant
from .pricing import Terms, ladder, stock, terms
from .product import Axis, Option, Product, Tier, Value, Variant
from .texts import Said
from .wording import Offer, description, series_for, title

SIZES = {"small": 60, "demo": 420, "large": 10_000}
SEED = 20_261_122
_STATES = ("on_sale",) * 44 + ("in_review",) * 3 + ("draft",) + ("off_sale",) + ("rejected",)
# Even the smallest market, and the merchant that visitors look at first, have something in every state.
_SETTLED = {
    50: "draft",
    54: "rejected",
    55: "in_review",
    57: "off_sale",
    58: "in_review",
    127: "in_review",
    196: "draft",
    250: "off_sale",
}
_REJECTIONS = (
    Said(
        "标题与图片花型不一致，请核对后重新提交。", "Title and picture show different patterns; please check and submit again."
    ),
    Said(
        "克重与门幅换算的米重不符，请更正。", "Weight and width do not give the stated weight per metre; please correct them."
    ),
    Said("请补一张能看清织纹的近照。", "Please add a close-up that shows the construction."),
)
_WIDER = 250


@dataclass(slots=True)
class _Making:
    """One product while it is being made."""

    number: int
    dice: Random
    line: Line
    merchant: Merchant
    offer: Offer
    terms: Terms
    ways: tuple[Colourway, ...]


@lru_cache(maxsize=4)
def goods(count: int = SIZES["demo"], seed: int = SEED) -> tuple[Product, ...]:
    """``count`` products over all shelves and merchants; titles are all different."""
    taken: set[str] = set()
    return tuple(_product(making, taken) for making in _plans(count, seed))


def _plans(count: int, seed: int) -> Iterator[_Making]:
    """Lines in turn, so that even a small market has something on every shelf; who carries least comes first."""
    shuffled = Random(seed).sample(LINES, len(LINES))  # noqa: S311 - a demo, not a secret
    order = sorted(shuffled, key=lambda line: _seen_before(line, shuffled))
    carried: Counter[str] = Counter()
    for number in range(count):
        dice = Random(f"{seed}:{number}")  # noqa: S311
        line = order[number % len(order)]
        seller = min(sellers_of(line.category), key=lambda merchant: carried[merchant.slug])
        carried[seller.slug] += 1
        yield _plan(number, dice, line, seller)


def _seen_before(line: Line, order: list[Line]) -> int:
    """How many lines of the same shelf stand before this one."""
    return [other for other in order if other.category == line.category].index(line)


@lru_cache(maxsize=128)
def sellers_of(category: str) -> tuple[Merchant, ...]:
    """The merchants whose contract covers a shelf."""
    return tuple(merchant for merchant in TRADING if set(merchant.categories) & set(path(category)))


def _plan(number: int, dice: Random, line: Line, merchant: Merchant) -> _Making:
    design = DESIGNS[dice.choice(line.designs)]
    spec, blend = _made_from(line, dice)
    agreed = terms(line, spec.yuan, merchant, dice)
    ways = colourways(
        design, line.dyes, dice, dice.choice((2, 3, 4, 5, 6)) if line.sort != "made" else dice.choice((1, 2, 3, 4))
    )
    offer = Offer(
        line=line, spec=spec, blend=blend, design=design, finishes=line.finishes,
        uses=tuple(dice.sample(line.uses, min(len(line.uses), 3))), style=dice.choice(line.style) if line.style else "",
        series=series_for(design, dice), minimum=agreed.minimum, lead_days=agreed.lead_days, colours=len(ways),
    )  # fmt: skip
    return _Making(number, dice, line, merchant, offer, agreed, ways)


def _made_from(line: Line, dice: Random) -> tuple[Spec, Blend]:
    """A construction and a blend whose price agree: of made things the dearer fibre has the dearer price."""
    ranked = sorted((BLENDS[code] for code in line.blends), key=cost)
    blend = dice.choice(ranked)
    if line.sort == "made":
        last = max(1, len(ranked) - 1)
        return line.specs[round(ranked.index(blend) / last * (len(line.specs) - 1))], blend
    usual = sum(map(cost, ranked)) / len(ranked)
    spec = dice.choice(line.specs)
    return replace(spec, yuan=spec.yuan * (cost(blend) / usual) ** 0.6), blend


def _product(making: _Making, taken: set[str]) -> Product:
    offer, dice, line, merchant, agreed = making.offer, making.dice, making.line, making.merchant, making.terms
    reference = f"{LETTERS[merchant.slug]}{making.number + 1:05d}"
    named = title(offer)
    if named.zh in taken or named.en in taken:
        named = title(offer, f"{making.number + 1001}")
    taken.update((named.zh, named.en))
    grain = dice.choice((0.8, 1.0, 1.0, 1.25)) if offer.series else 1.0
    cloths = tuple(cloth_for(line, offer.design, way, making.number, grain) for way in making.ways)
    state = _SETTLED.get(making.number, dice.choice(_STATES))
    axes = _axes(making)
    return Product(
        reference=reference, merchant=merchant.slug, category=line.category, brand=merchant.brand, title=named,
        description=description(offer, dice), unit=line.unit, attributes=_attributes(making), axes=axes,
        variants=_variants(making, reference, axes), tiers=agreed.tiers, minimum=agreed.minimum, maximum=agreed.maximum,
        step=agreed.step, grams=_grams(making), lead_days=agreed.lead_days, origin=merchant.division,
        shots=shots(line, cloths, making.ways, named, dice)[: 3 if making.number % 2 else 2],
        state=state, age_days=dice.randrange(4, 400),
        rejection=dice.choice(_REJECTIONS) if state == "rejected" else None,
    )  # fmt: skip


def _grams(making: _Making) -> int:
    """What one unit weighs: of cloth by its square metres, of kilograms a thousand, of made things as the line says."""
    if making.line.unit == "kilogram":
        return 1000
    return making.line.piece_grams or round(making.offer.spec.grams * making.offer.spec.width / 100)


def _attributes(making: _Making) -> dict[str, Value]:
    """Values under the schema of the shelf; what a line does not know is left out."""
    offer, line = making.offer, making.line
    known: dict[str, Value] = {
        "fibre": offer.blend.fibres, "composition": offer.blend.code, "weight": offer.spec.grams, "width": offer.spec.width,
        "yarn": offer.spec.yarn, "density": offer.spec.density, "weave": line.weave, "pattern": offer.design.choice,
        "colour": _families(making.ways), "finish": offer.finishes, "season": line.seasons, "usage": offer.uses,
        "stretch": line.stretch, "oeko": making.dice.random() < 0.35,
        "size": line.sizes, "style": offer.style, "gender": line.gender,
        "fit": making.dice.choice(line.fits) if line.fits else "",
    }  # fmt: skip
    if line.sort == "trim":
        known |= {"diameter": offer.spec.width, "length": int(offer.spec.yarn), "per-pack": int(offer.spec.density)}
    codes = BY_SLUG[line.category].attribute_codes
    return {code: known[code] for code in codes if code in known and (known[code] or ATTRIBUTES[code].type == "flag")}


def _families(ways: tuple[Colourway, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(family for way in ways for family in way.families))


def _axes(making: _Making) -> tuple[Axis, ...]:
    colours = Axis("colour", Said("颜色", "Colour"), tuple(Option(way.code, way.name, _shown(way)) for way in making.ways))
    sizes = making.line.sizes
    if sizes:
        names = {choice.code: choice for choice in ATTRIBUTES["size"].choices}
        return colours, Axis("size", Said("尺码", "Size"), tuple(_option(names[size]) for size in sizes))
    wide = making.offer.spec.width
    if making.line.category in ("poplin", "cotton-prints", "linen") and wide < 200 and making.number % 3 == 0:
        widths = tuple(Option(str(cm), Said(f"{cm} cm", f"{cm} cm")) for cm in (wide, _WIDER))
        return colours, Axis("width", Said("门幅", "Width"), widths)
    return (colours,)


def _option(choice: Choice) -> Option:
    return Option(choice.code, choice.name)


def _shown(way: Colourway) -> str:
    return way.dyes[1] if len(way.dyes) > 1 and way.families[0] != "multi" and way.code not in way.dyes else way.dyes[0]


def _variants(making: _Making, reference: str, axes: tuple[Axis, ...]) -> tuple[Variant, ...]:
    agreed, dice = making.terms, making.dice
    found = []
    for number, options in enumerate(combinations(*(axis.options for axis in axes))):
        chosen = {axis.code: option.code for axis, option in zip(axes, options, strict=True)}
        held = stock(making.line.unit, agreed.minimum, agreed.lead_days, dice)
        found.append(Variant(f"{reference}-{number + 1:02d}", chosen, held, _own_ladder(making, axes, chosen)))
    return tuple(found)


def _own_ladder(making: _Making, axes: tuple[Axis, ...], chosen: dict[str, str]) -> tuple[Tier, ...]:
    """Wider cloth and larger pieces cost more: in proportion to width, or by their place in the row of sizes."""
    agreed = making.terms
    share = 1.0
    if "width" in chosen:
        share = int(chosen["width"]) / making.offer.spec.width
    elif making.line.gender == "" and "size" in chosen:
        at = [option.code for option in axes[1].options].index(chosen["size"])
        share = (1.0, 2.9 if making.line.shape == "towel" else 1.28, 1.6)[at]
    if share == 1.0:
        return ()
    return ladder(agreed.tiers[0].fen * share, agreed.minimum, steep=making.merchant.kind == "manufacturer")
