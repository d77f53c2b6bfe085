"""The goods: enough of them, all different, true to their schema, priced with sense, pictured as described."""

from collections import Counter

import pytest

from marketplace.catalogue.drawing import Kind, check, draw, vocabulary
from marketplace.demo import pictures
from marketplace.demo.attributes import ATTRIBUTES, Attribute
from marketplace.demo.categories import BY_SLUG, CATEGORIES, leaves, path
from marketplace.demo.fibres import BLENDS
from marketplace.demo.goods import goods
from marketplace.demo.merchants import BY_SLUG as MERCHANTS
from marketplace.demo.merchants import TRADING
from marketplace.demo.product import Product, Value

DEMO = goods(420)
SMALL = goods(60)


def fits(attribute: Attribute, value: Value) -> bool:
    codes = {choice.code for choice in attribute.choices}
    if attribute.type == "choice":
        return value in codes
    if attribute.type == "choices":
        return isinstance(value, tuple) and 0 < len(value) == len(set(value)) and set(value) <= codes
    if attribute.type == "number":
        return isinstance(value, int) and (attribute.low or 0) <= value <= (attribute.high or 0)
    return isinstance(value, bool) if attribute.type == "flag" else isinstance(value, str) and bool(value)


def test_the_same_seed_gives_the_same_goods() -> None:
    goods.cache_clear()
    assert goods(60) == SMALL
    assert goods(60, seed=1) != SMALL


def test_a_small_market_is_the_beginning_of_a_larger_one_on_every_shelf() -> None:
    assert {product.category for product in SMALL} == {leaf.slug for leaf in leaves()}
    assert [product.reference for product in DEMO[:60]] == [product.reference for product in SMALL]


def test_there_is_enough_and_everybody_carries_some() -> None:
    assert len(DEMO) == 420
    carried = Counter(product.merchant for product in DEMO)
    assert set(carried) == {merchant.slug for merchant in TRADING}
    assert min(carried.values()) >= 8
    assert {"on_sale", "in_review", "draft", "off_sale", "rejected"} == {product.state for product in DEMO}


@pytest.mark.parametrize("language", ["zh", "en"])
def test_titles_and_references_are_all_different(language: str) -> None:
    assert len({getattr(product.title, language) for product in DEMO}) == len(DEMO)
    assert len({product.reference for product in DEMO}) == len(DEMO)


def test_skus_are_all_different() -> None:
    skus = [variant.sku for product in DEMO for variant in product.variants]
    assert len(set(skus)) == len(skus)


def test_every_value_is_valid_under_the_schema_of_its_shelf() -> None:
    wrong = [
        (product.reference, code, value)
        for product in DEMO
        for code, value in product.attributes.items()
        if code not in BY_SLUG[product.category].attribute_codes or not fits(ATTRIBUTES[code], value)
    ]
    assert wrong == []


def test_nothing_required_is_missing() -> None:
    missing = [
        (product.reference, attribute.code)
        for product in DEMO
        for attribute in BY_SLUG[product.category].attributes
        if attribute.required and attribute.code not in product.attributes
    ]
    assert missing == []


def test_merchants_keep_to_the_shelves_of_their_contract() -> None:
    for product in DEMO:
        assert set(MERCHANTS[product.merchant].categories) & set(path(product.category))


def test_ladders_fall_and_quantities_agree() -> None:
    for product in DEMO:
        for tiers in (product.tiers, *(variant.tiers for variant in product.variants if variant.tiers)):
            assert tiers[0].quantity == product.minimum
            assert [tier.fen for tier in tiers] == sorted({tier.fen for tier in tiers}, reverse=True)
            assert [tier.quantity for tier in tiers] == sorted({tier.quantity for tier in tiers})
        assert product.step >= 1
        assert product.maximum is None or product.maximum > product.minimum
        assert product.grams > 0


def test_variants_are_the_combinations_of_the_axes() -> None:
    for product in DEMO:
        expected = 1
        for axis in product.axes:
            expected *= len(axis.options)
        combinations = {tuple(variant.options[axis.code] for axis in product.axes) for variant in product.variants}
        assert len(combinations) == len(product.variants) == expected


def test_a_larger_size_costs_more() -> None:
    curtain = next(product for product in DEMO if product.category == "curtains")
    firsts = {variant.options["size"]: (variant.tiers or curtain.tiers)[0].fen for variant in curtain.variants}
    assert firsts["140x220"] < firsts["200x260"] < firsts["300x260"]


def test_composition_and_fibres_agree() -> None:
    for product in DEMO:
        blend = BLENDS[str(product.attributes["composition"])]
        assert product.attributes["fibre"] == blend.fibres
        assert sum(share for _, share in blend.parts) == 100


def test_descriptions_say_what_the_attributes_say() -> None:
    for product in DEMO:
        blend = BLENDS[str(product.attributes["composition"])].name
        assert blend.zh in product.description.zh
        assert blend.en in product.description.en
        if "weight" in product.attributes:
            assert f"{product.attributes['weight']} g/m²" in product.description.zh
        if "width" in product.attributes:
            assert f"{product.attributes['width']} cm wide" in product.description.en
        assert 2 <= product.description.zh.count("。") <= 5
        assert ("现货" in product.description.zh) == (product.lead_days <= 3)


@pytest.mark.parametrize(
    ("word", "drawing"), [("朝阳格", "gingham"), ("千鸟格", "houndstooth"), ("波点", "dots"), ("小熊", "bears")]
)
def test_the_picture_shows_the_pattern_of_the_title(word: str, drawing: str) -> None:
    named = [product for product in goods(1500) if word in product.title.zh]
    assert named
    for product in named:
        assert drawing in product.shots[0].picture.cloth.pattern


def test_pictures_use_the_words_of_the_drawing_program() -> None:
    for product in DEMO:
        assert 2 <= len(product.shots) <= 4
        for shot in product.shots:
            check(shot.picture)
            assert shot.alt.zh
            assert shot.alt.en
        colours = {option.code for axis in product.axes if axis.code == "colour" for option in axis.options}
        assert {shot.colour for shot in product.shots} - {""} <= colours


def test_a_garment_is_drawn_as_the_garment() -> None:
    coat = next(product for product in DEMO if "大衣" in product.title.zh and product.category == "outerwear")
    assert coat.shots[0].picture.kind == Kind.GARMENT
    assert coat.shots[0].picture.shape == "coat"


def test_the_market_has_marks_banners_and_tiles() -> None:
    for merchant in TRADING[:3]:
        assert draw(pictures.logo(merchant), 32).size == (32, 32)
        check(pictures.banner(merchant))
    for category in CATEGORIES:
        check(pictures.shelf(category.slug))
    assert set(vocabulary()["trims"]) >= {"buttons", "zips"}


def test_a_thousand_goods_keep_their_titles_apart() -> None:
    many: tuple[Product, ...] = goods(1500)
    assert len({product.title.zh for product in many}) == len({product.title.en for product in many}) == 1500
