"""The products of the demo: any number, the same ones for the same seed."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import product as combinations
from random import Random

from demo.attribute_choices import Choice
from demo.attributes import ATTRIBUTES
from demo.blends import BLENDS, Blend, relative_cost
from demo.categories import BY_SLUG, category_path
from demo.localized_string import LocalizedString
from demo.merchants import REFERENCE_PREFIXES, TRADING, Merchant
from demo.patterns import DESIGNS, Colourway, make_colourways
from demo.pricing import SaleTerms, make_terms, price_tiers, random_stock
from demo.product import Axis, Option, Product, Tier, Value, Variant
from demo.product_lines import PRODUCT_LINES, ProductLine, Spec
from demo.product_shots import make_cloth, make_shots
from demo.text_generator import TextInput, choose_series, make_description, make_title

SIZES = {"small": 60, "demo": 420, "large": 10_000}
SEED = 20_261_122
_STATES = ("on_sale",) * 44 + ("in_review",) * 3 + ("draft",) + ("off_sale",) + ("rejected",)
# Even the small demo, and the merchant of the demo logins, have products in every state.
_FIXED_STATES = {
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
    LocalizedString(
        "标题与图片花型不一致，请核对后重新提交。", "Title and picture show different patterns; please check and submit again."
    ),
    LocalizedString(
        "克重与门幅换算的米重不符，请更正。", "Weight and width do not give the stated weight per metre; please correct them."
    ),
    LocalizedString("请补一张能看清织纹的近照。", "Please add a close-up that shows the construction."),
)
_WIDE_WIDTH_CM = 250


@dataclass(slots=True)
class _ProductDraft:
    """One product while it is being generated."""

    number: int
    rng: Random
    product_line: ProductLine
    merchant: Merchant
    offer: TextInput
    terms: SaleTerms
    colourways: tuple[Colourway, ...]


@lru_cache(maxsize=4)
def generate_products(count: int = SIZES["demo"], seed: int = SEED) -> tuple[Product, ...]:
    """Return ``count`` products over all categories and merchants; all titles are distinct."""
    used_titles: set[str] = set()
    return tuple(_build_product(draft, used_titles) for draft in _iter_drafts(count, seed))


def _iter_drafts(count: int, seed: int) -> Iterator[_ProductDraft]:
    """Yield drafts from all lines in turn, so that a small demo has products in every category.

    The merchant with the fewest products is chosen first.
    """
    shuffled = Random(seed).sample(PRODUCT_LINES, len(PRODUCT_LINES))  # noqa: S311 - a demo, not a secret
    order = sorted(shuffled, key=lambda product_line: _position_in_category(product_line, shuffled))
    product_counts: Counter[str] = Counter()
    for number in range(count):
        rng = Random(f"{seed}:{number}")  # noqa: S311
        product_line = order[number % len(order)]
        seller = min(sellers_of(product_line.category), key=lambda merchant: product_counts[merchant.slug])
        product_counts[seller.slug] += 1
        yield _make_draft(number, rng, product_line, seller)


def _position_in_category(product_line: ProductLine, order: list[ProductLine]) -> int:
    """Return the number of lines of the same category before this one."""
    return [other for other in order if other.category == product_line.category].index(product_line)


@lru_cache(maxsize=128)
def sellers_of(category: str) -> tuple[Merchant, ...]:
    """Return the merchants whose business scope has a category."""
    return tuple(merchant for merchant in TRADING if set(merchant.categories) & set(category_path(category)))


def _make_draft(number: int, rng: Random, product_line: ProductLine, merchant: Merchant) -> _ProductDraft:
    design = DESIGNS[rng.choice(product_line.designs)]
    spec, blend = _choose_spec_and_blend(product_line, rng)
    sale_terms = make_terms(product_line, spec.yuan, merchant, rng)
    colourways = make_colourways(
        design,
        product_line.dyes,
        rng,
        rng.choice((2, 3, 4, 5, 6)) if product_line.category_group != "made" else rng.choice((1, 2, 3, 4)),
    )
    offer = TextInput(
        product_line=product_line, spec=spec, blend=blend, design=design, finishes=product_line.finishes,
        uses=tuple(rng.sample(product_line.uses, min(len(product_line.uses), 3))),
        style=rng.choice(product_line.style) if product_line.style else "",
        series=choose_series(design, rng), minimum=sale_terms.minimum, lead_days=sale_terms.lead_days, colours=len(colourways),
    )  # fmt: skip
    return _ProductDraft(number, rng, product_line, merchant, offer, sale_terms, colourways)


def _choose_spec_and_blend(product_line: ProductLine, rng: Random) -> tuple[Spec, Blend]:
    """Return a construction and a blend whose prices agree: of made products the dearer fibre has the higher price."""
    ranked = sorted((BLENDS[code] for code in product_line.blends), key=relative_cost)
    blend = rng.choice(ranked)
    if product_line.category_group == "made":
        last_index = max(1, len(ranked) - 1)
        return product_line.specs[round(ranked.index(blend) / last_index * (len(product_line.specs) - 1))], blend
    average_cost = sum(map(relative_cost, ranked)) / len(ranked)
    spec = rng.choice(product_line.specs)
    return replace(spec, yuan=spec.yuan * (relative_cost(blend) / average_cost) ** 0.6), blend


def _build_product(draft: _ProductDraft, used_titles: set[str]) -> Product:
    offer, rng, product_line, merchant, sale_terms = draft.offer, draft.rng, draft.product_line, draft.merchant, draft.terms
    reference = f"{REFERENCE_PREFIXES[merchant.slug]}{draft.number + 1:05d}"
    product_title = make_title(offer)
    if product_title.zh in used_titles or product_title.en in used_titles:
        product_title = make_title(offer, f"{draft.number + 1001}")
    used_titles.update((product_title.zh, product_title.en))
    grain = rng.choice((0.8, 1.0, 1.0, 1.25)) if offer.series else 1.0
    cloths = tuple(make_cloth(product_line, offer.design, colourway, draft.number, grain) for colourway in draft.colourways)
    state = _FIXED_STATES.get(draft.number, rng.choice(_STATES))
    axes = _axes(draft)
    return Product(
        reference=reference, merchant=merchant.slug, category=product_line.category, brand=merchant.brand, title=product_title,
        description=make_description(offer, rng), unit=product_line.unit, attributes=_attributes(draft), axes=axes,
        variants=_variants(draft, reference, axes), tiers=sale_terms.tiers, minimum=sale_terms.minimum,
        maximum=sale_terms.maximum, step=sale_terms.step, grams=_grams(draft),
        lead_days=sale_terms.lead_days, origin=merchant.division,
        shots=make_shots(product_line, cloths, draft.colourways, product_title, rng)[: 3 if draft.number % 2 else 2],
        state=state, age_days=rng.randrange(4, 400),
        rejection=rng.choice(_REJECTIONS) if state == "rejected" else None,
    )  # fmt: skip


def _grams(draft: _ProductDraft) -> int:
    """Return the weight of one unit: of cloth by its area, of kilograms a thousand, of made products as in the line."""
    if draft.product_line.unit == "kilogram":
        return 1000
    return draft.product_line.piece_grams or round(draft.offer.spec.grams * draft.offer.spec.width / 100)


def _attributes(draft: _ProductDraft) -> dict[str, Value]:
    """Return the attribute values under the schema of the category, without unknown ones."""
    offer, product_line = draft.offer, draft.product_line
    values: dict[str, Value] = {
        "fibre": offer.blend.fibres, "composition": offer.blend.code, "weight": offer.spec.grams, "width": offer.spec.width,
        "yarn": offer.spec.yarn, "density": offer.spec.density, "weave": product_line.weave, "pattern": offer.design.choice,
        "colour": _families(draft.colourways), "finish": offer.finishes, "season": product_line.seasons, "usage": offer.uses,
        "stretch": product_line.stretch, "oeko": draft.rng.random() < 0.35,
        "size": product_line.sizes, "style": offer.style, "gender": product_line.gender,
        "fit": draft.rng.choice(product_line.fits) if product_line.fits else "",
    }  # fmt: skip
    if product_line.category_group == "trim":
        values |= {"diameter": offer.spec.width, "length": int(offer.spec.yarn), "per-pack": int(offer.spec.density)}
    codes = BY_SLUG[product_line.category].attribute_codes
    return {code: values[code] for code in codes if code in values and (values[code] or ATTRIBUTES[code].type == "flag")}


def _families(colourways: tuple[Colourway, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(family for colourway in colourways for family in colourway.families))


def _axes(draft: _ProductDraft) -> tuple[Axis, ...]:
    colours = Axis(
        "colour",
        LocalizedString("颜色", "Colour"),
        tuple(Option(colourway.code, colourway.name, _swatch_hex(colourway)) for colourway in draft.colourways),
    )
    sizes = draft.product_line.sizes
    if sizes:
        names = {choice.code: choice for choice in ATTRIBUTES["size"].choices}
        return colours, Axis("size", LocalizedString("尺码", "Size"), tuple(_option(names[size]) for size in sizes))
    wide = draft.offer.spec.width
    if draft.product_line.category in ("poplin", "cotton-prints", "linen") and wide < 200 and draft.number % 3 == 0:
        widths = tuple(Option(str(cm), LocalizedString(f"{cm} cm", f"{cm} cm")) for cm in (wide, _WIDE_WIDTH_CM))
        return colours, Axis("width", LocalizedString("门幅", "Width"), widths)
    return (colours,)


def _option(choice: Choice) -> Option:
    return Option(choice.code, choice.name)


def _swatch_hex(colourway: Colourway) -> str:
    return (
        colourway.dyes[1]
        if len(colourway.dyes) > 1 and colourway.families[0] != "multi" and colourway.code not in colourway.dyes
        else colourway.dyes[0]
    )


def _variants(draft: _ProductDraft, reference: str, axes: tuple[Axis, ...]) -> tuple[Variant, ...]:
    sale_terms, rng = draft.terms, draft.rng
    variants = []
    for number, options in enumerate(combinations(*(axis.options for axis in axes))):
        chosen = {axis.code: option.code for axis, option in zip(axes, options, strict=True)}
        stock_quantity = random_stock(draft.product_line.unit, sale_terms.minimum, sale_terms.lead_days, rng)
        variants.append(Variant(f"{reference}-{number + 1:02d}", chosen, stock_quantity, _variant_tiers(draft, axes, chosen)))
    return tuple(variants)


def _variant_tiers(draft: _ProductDraft, axes: tuple[Axis, ...], chosen: dict[str, str]) -> tuple[Tier, ...]:
    """Return the tiers of wider or larger variants: in proportion to the width, or by the index of the size."""
    sale_terms = draft.terms
    price_factor = 1.0
    if "width" in chosen:
        price_factor = int(chosen["width"]) / draft.offer.spec.width
    elif draft.product_line.gender == "" and "size" in chosen:
        size_index = [option.code for option in axes[1].options].index(chosen["size"])
        price_factor = (1.0, 2.9 if draft.product_line.shape == "towel" else 1.28, 1.6)[size_index]
    if price_factor == 1.0:
        return ()
    return price_tiers(sale_terms.tiers[0].fen * price_factor, sale_terms.minimum, steep=draft.merchant.kind == "manufacturer")
