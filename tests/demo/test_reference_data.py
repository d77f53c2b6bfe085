"""The fixed reference data of the demo: categories, merchants, buyers, credit codes."""

from random import Random

import pytest

from demo.attributes import ATTRIBUTES
from demo.buyers import BUYERS
from demo.categories import BY_SLUG, CATEGORIES, category_path, leaf_categories
from demo.credit_codes import credit_code, is_credit_code
from demo.dyes import DYES, FAMILIES
from demo.merchants import MERCHANTS, ROLES, TRADING


def contrast_on_white(accent: str) -> float:
    def linear(channel: float) -> float:
        return channel / 12.92 if channel <= 0.03928 else ((channel + 0.055) / 1.055) ** 2.4

    red, green, blue = (linear(int(accent[index : index + 2], 16) / 255) for index in (1, 3, 5))
    return 1.05 / (0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05)


def test_category_tree_leaves_have_schemas() -> None:
    assert len({category.slug for category in CATEGORIES}) == len(CATEGORIES)
    assert len(leaf_categories()) >= 30
    for category in CATEGORIES:
        assert not category.parent or category.parent in BY_SLUG
        assert category.name.zh
        assert category.name.en
    for leaf in leaf_categories():
        assert {"composition", "colour"} <= {attribute.code for attribute in leaf.attributes}


def test_category_path_starts_at_root() -> None:
    assert category_path("checks") == ("cotton", "yarn-dyed", "checks")
    assert {leaf.slug for leaf in leaf_categories("yarn-dyed")} == {"checks", "stripes", "chambray"}


def test_attributes_are_complete_in_both_languages() -> None:
    for attribute in ATTRIBUTES.values():
        assert attribute.type in {"choice", "choices", "number", "text", "flag"}
        assert attribute.match in {"hard", "soft", "ignore"}
        assert bool(attribute.choices) == (attribute.type in {"choice", "choices"})
        assert len({choice.code for choice in attribute.choices}) == len(attribute.choices)
        assert all(choice.name.zh and choice.name.en for choice in attribute.choices)


def test_dye_families_are_known() -> None:
    assert {dye.family for dye in DYES.values()} <= set(FAMILIES)
    assert len({dye.hex for dye in DYES.values()}) == len(DYES) >= 45


def test_merchants_cover_all_kinds_and_states() -> None:
    assert len(TRADING) >= 14
    assert {merchant.kind for merchant in TRADING} == {"manufacturer", "agent", "dealer", "trader"}
    assert {merchant.ownership for merchant in TRADING} == {"private", "state", "collective", "foreign", "sole"}
    assert {merchant.state for merchant in MERCHANTS} == {"trading", "applied", "changes_requested"}


def test_merchants_are_unique_and_cover_all_categories() -> None:
    for field in ("slug", "legal_name", "credit_code", "address"):
        assert len({getattr(merchant, field) for merchant in MERCHANTS}) == len(MERCHANTS)
    served = {leaf.slug for merchant in TRADING for slug in merchant.categories for leaf in leaf_categories(slug)}
    assert served == {leaf.slug for leaf in leaf_categories()}


@pytest.mark.parametrize("merchant", MERCHANTS, ids=lambda merchant: merchant.slug)
def test_merchant_data_is_complete(merchant) -> None:  # type: ignore[no-untyped-def]
    assert contrast_on_white(merchant.accent) >= 4.5
    assert is_credit_code(merchant.credit_code)
    assert merchant.credit_code[2:8] == merchant.division
    assert merchant.introduction.zh != merchant.introduction.en
    assert merchant.announcement
    assert merchant.staff[0].role == "owner"
    assert {colleague.role for colleague in merchant.staff} <= set(ROLES)
    assert sum(not zone.regions for zone in merchant.freight.zones) == 1
    named = [region for zone in merchant.freight.zones for region in zone.regions]
    assert len(named) == len(set(named))


def test_credit_code_check_character_follows_standard() -> None:
    assert is_credit_code("91350100M000100Y43")  # the example of GB 32100-2015
    assert not is_credit_code("91350100M000100Y44")
    assert not is_credit_code("91350100M000100Y4")
    assert not is_credit_code("91350100M000100YO3")


def test_generated_credit_code_valid_and_detects_single_error() -> None:
    rng = Random(7)
    for _ in range(200):
        code = credit_code(rng, "330603", sole_trader=rng.random() < 0.5)
        assert is_credit_code(code)
        position = rng.randrange(17)
        wrong = code[:position] + ("1" if code[position] != "1" else "2") + code[position + 1 :]
        assert not is_credit_code(wrong)


def test_buyers_have_valid_addresses() -> None:
    assert len(BUYERS) >= 20
    assert {buyer.kind for buyer in BUYERS} == {"company", "person"}
    assert len({buyer.email for buyer in BUYERS}) == len(BUYERS)
    for buyer in BUYERS:
        assert bool(buyer.credit_code) == (buyer.kind == "company")
        assert set(buyer.preferred_categories) <= set(BY_SLUG)
        for address in buyer.addresses:
            assert len(address.division) == 6
            assert address.division.isdigit()
            assert address.phone.startswith("1999")
            assert len(address.phone) == 11
