"""The generated products: unique, valid for their schema, with plausible prices and pictures that match their titles."""

from collections import Counter

import pytest

from demo import site_pictures
from demo.attributes import ATTRIBUTES, Attribute
from demo.blends import BLENDS
from demo.categories import BY_SLUG, CATEGORIES, category_path, leaf_categories
from demo.drawing import PictureKind, draw, validate, vocabulary
from demo.merchants import BY_SLUG as MERCHANTS
from demo.merchants import TRADING
from demo.product import Product, Value
from demo.products import generate_products

DEMO_PRODUCTS = generate_products(420)
SMALL_PRODUCTS = generate_products(60)


def is_valid_value(attribute: Attribute, value: Value) -> bool:
    codes = {choice.code for choice in attribute.choices}
    if attribute.type == "choice":
        return value in codes
    if attribute.type == "choices":
        return isinstance(value, tuple) and 0 < len(value) == len(set(value)) and set(value) <= codes
    if attribute.type == "number":
        return isinstance(value, int) and (attribute.low or 0) <= value <= (attribute.high or 0)
    return isinstance(value, bool) if attribute.type == "flag" else isinstance(value, str) and bool(value)


def test_generate_products_is_deterministic() -> None:
    generate_products.cache_clear()
    assert generate_products(60) == SMALL_PRODUCTS
    assert generate_products(60, seed=1) != SMALL_PRODUCTS


def test_small_size_is_prefix_of_demo_size() -> None:
    assert {product.category for product in SMALL_PRODUCTS} == {leaf.slug for leaf in leaf_categories()}
    assert [product.reference for product in DEMO_PRODUCTS[:60]] == [product.reference for product in SMALL_PRODUCTS]


def test_every_merchant_has_products() -> None:
    assert len(DEMO_PRODUCTS) == 420
    product_counts = Counter(product.merchant for product in DEMO_PRODUCTS)
    assert set(product_counts) == {merchant.slug for merchant in TRADING}
    assert min(product_counts.values()) >= 8
    assert {"on_sale", "in_review", "draft", "off_sale", "rejected"} == {product.state for product in DEMO_PRODUCTS}


@pytest.mark.parametrize("language", ["zh", "en"])
def test_titles_and_references_are_unique(language: str) -> None:
    assert len({getattr(product.title, language) for product in DEMO_PRODUCTS}) == len(DEMO_PRODUCTS)
    assert len({product.reference for product in DEMO_PRODUCTS}) == len(DEMO_PRODUCTS)


def test_skus_are_unique() -> None:
    skus = [variant.sku for product in DEMO_PRODUCTS for variant in product.variants]
    assert len(set(skus)) == len(skus)


def test_attribute_values_match_category_schema() -> None:
    invalid = [
        (product.reference, code, value)
        for product in DEMO_PRODUCTS
        for code, value in product.attributes.items()
        if code not in BY_SLUG[product.category].attribute_codes or not is_valid_value(ATTRIBUTES[code], value)
    ]
    assert invalid == []


def test_required_attributes_are_present() -> None:
    missing = [
        (product.reference, attribute.code)
        for product in DEMO_PRODUCTS
        for attribute in BY_SLUG[product.category].attributes
        if attribute.required and attribute.code not in product.attributes
    ]
    assert missing == []


def test_products_are_in_contract_categories() -> None:
    for product in DEMO_PRODUCTS:
        assert set(MERCHANTS[product.merchant].categories) & set(category_path(product.category))


def test_price_tiers_decrease_with_quantity() -> None:
    for product in DEMO_PRODUCTS:
        for tiers in (product.tiers, *(variant.tiers for variant in product.variants if variant.tiers)):
            assert tiers[0].quantity == product.minimum
            assert [tier.fen for tier in tiers] == sorted({tier.fen for tier in tiers}, reverse=True)
            assert [tier.quantity for tier in tiers] == sorted({tier.quantity for tier in tiers})
        assert product.step >= 1
        assert product.maximum is None or product.maximum > product.minimum
        assert product.grams > 0


def test_variants_are_all_axis_combinations() -> None:
    for product in DEMO_PRODUCTS:
        expected = 1
        for axis in product.axes:
            expected *= len(axis.options)
        combinations = {tuple(variant.options[axis.code] for axis in product.axes) for variant in product.variants}
        assert len(combinations) == len(product.variants) == expected


def test_larger_size_has_higher_price() -> None:
    curtain = next(product for product in DEMO_PRODUCTS if product.category == "curtains")
    firsts = {variant.options["size"]: (variant.tiers or curtain.tiers)[0].fen for variant in curtain.variants}
    assert firsts["140x220"] < firsts["200x260"] < firsts["300x260"]


def test_fibres_match_composition() -> None:
    for product in DEMO_PRODUCTS:
        blend = BLENDS[str(product.attributes["composition"])]
        assert product.attributes["fibre"] == blend.fibres
        assert sum(share for _, share in blend.parts) == 100


def test_description_matches_attributes() -> None:
    for product in DEMO_PRODUCTS:
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
    ("title_term", "pattern"), [("朝阳格", "gingham"), ("千鸟格", "houndstooth"), ("波点", "dots"), ("小熊", "bears")]
)
def test_picture_pattern_matches_title(title_term: str, pattern: str) -> None:
    matching = [product for product in generate_products(1500) if title_term in product.title.zh]
    assert matching
    for product in matching:
        assert pattern in product.shots[0].picture.cloth.pattern


def test_product_shots_are_drawable() -> None:
    for product in DEMO_PRODUCTS:
        assert 2 <= len(product.shots) <= 4
        for shot in product.shots:
            validate(shot.picture)
            assert shot.alt.zh
            assert shot.alt.en
        colours = {option.code for axis in product.axes if axis.code == "colour" for option in axis.options}
        assert {shot.colour for shot in product.shots} - {""} <= colours


def test_coat_shot_shows_coat_shape() -> None:
    coat = next(product for product in DEMO_PRODUCTS if "大衣" in product.title.zh and product.category == "outerwear")
    assert coat.shots[0].picture.kind == PictureKind.GARMENT
    assert coat.shots[0].picture.shape == "coat"


def test_logos_banners_and_tiles_are_drawable() -> None:
    for merchant in TRADING[:3]:
        assert draw(site_pictures.logo_picture(merchant), 32).size == (32, 32)
        validate(site_pictures.banner_picture(merchant))
    for category in CATEGORIES:
        validate(site_pictures.category_tile(category.slug))
    assert set(vocabulary()["trims"]) >= {"buttons", "zips"}


def test_titles_stay_unique_for_1500_products() -> None:
    products: tuple[Product, ...] = generate_products(1500)
    assert len({product.title.zh for product in products}) == len({product.title.en for product in products}) == 1500
