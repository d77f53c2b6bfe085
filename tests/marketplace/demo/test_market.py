"""The standing parts of the demo market: shelves, merchants, buyers, identities."""

from random import Random

import pytest

from marketplace.demo.attributes import ATTRIBUTES
from marketplace.demo.buyers import BUYERS
from marketplace.demo.categories import BY_SLUG, CATEGORIES, leaves, path
from marketplace.demo.colours import DYES, FAMILIES
from marketplace.demo.identity import credit_code, is_credit_code
from marketplace.demo.merchants import MERCHANTS, ROLES, TRADING


def contrast_on_white(accent: str) -> float:
    def linear(channel: float) -> float:
        return channel / 12.92 if channel <= 0.03928 else ((channel + 0.055) / 1.055) ** 2.4

    red, green, blue = (linear(int(accent[at : at + 2], 16) / 255) for at in (1, 3, 5))
    return 1.05 / (0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05)


def test_the_tree_has_enough_leaves_with_schemas() -> None:
    assert len({category.slug for category in CATEGORIES}) == len(CATEGORIES)
    assert len(leaves()) >= 30
    for category in CATEGORIES:
        assert not category.parent or category.parent in BY_SLUG
        assert category.name.zh
        assert category.name.en
    for leaf in leaves():
        assert {"composition", "colour"} <= {attribute.code for attribute in leaf.attributes}


def test_a_leaf_knows_its_way_from_the_top() -> None:
    assert path("checks") == ("cotton", "yarn-dyed", "checks")
    assert {leaf.slug for leaf in leaves("yarn-dyed")} == {"checks", "stripes", "chambray"}


def test_attributes_have_types_roles_and_choices_in_both_languages() -> None:
    for attribute in ATTRIBUTES.values():
        assert attribute.type in {"choice", "choices", "number", "text", "flag"}
        assert attribute.match in {"hard", "soft", "ignore"}
        assert bool(attribute.choices) == (attribute.type in {"choice", "choices"})
        assert len({choice.code for choice in attribute.choices}) == len(attribute.choices)
        assert all(choice.name.zh and choice.name.en for choice in attribute.choices)


def test_every_dye_is_filed_under_a_family() -> None:
    assert {dye.family for dye in DYES.values()} <= set(FAMILIES)
    assert len({dye.hex for dye in DYES.values()}) == len(DYES) >= 45


def test_all_kinds_of_merchant_trade() -> None:
    assert len(TRADING) >= 14
    assert {merchant.kind for merchant in TRADING} == {"manufacturer", "agent", "dealer", "trader"}
    assert {merchant.ownership for merchant in TRADING} == {"private", "state", "collective", "foreign", "sole"}
    assert {merchant.state for merchant in MERCHANTS} == {"trading", "applied", "changes_requested"}


def test_merchants_differ_and_cover_every_shelf() -> None:
    for field in ("slug", "legal_name", "credit_code", "address"):
        assert len({getattr(merchant, field) for merchant in MERCHANTS}) == len(MERCHANTS)
    served = {leaf.slug for merchant in TRADING for slug in merchant.categories for leaf in leaves(slug)}
    assert served == {leaf.slug for leaf in leaves()}


@pytest.mark.parametrize("merchant", MERCHANTS, ids=lambda merchant: merchant.slug)
def test_a_merchant_is_complete(merchant) -> None:  # type: ignore[no-untyped-def]
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


def test_the_check_character_is_that_of_the_standard() -> None:
    assert is_credit_code("91350100M000100Y43")  # the example of GB 32100-2015
    assert not is_credit_code("91350100M000100Y44")
    assert not is_credit_code("91350100M000100Y4")
    assert not is_credit_code("91350100M000100YO3")


def test_any_drawn_code_is_well_formed_and_a_single_wrong_character_shows() -> None:
    dice = Random(7)
    for _ in range(200):
        code = credit_code(dice, "330603", sole_trader=dice.random() < 0.5)
        assert is_credit_code(code)
        place = dice.randrange(17)
        wrong = code[:place] + ("1" if code[place] != "1" else "2") + code[place + 1 :]
        assert not is_credit_code(wrong)


def test_buyers_are_people_and_companies_with_addresses() -> None:
    assert len(BUYERS) >= 20
    assert {buyer.kind for buyer in BUYERS} == {"company", "person"}
    assert len({buyer.email for buyer in BUYERS}) == len(BUYERS)
    for buyer in BUYERS:
        assert bool(buyer.credit_code) == (buyer.kind == "company")
        assert set(buyer.likes) <= set(BY_SLUG)
        for address in buyer.addresses:
            assert len(address.division) == 6
            assert address.division.isdigit()
            assert address.phone.startswith("1999")
            assert len(address.phone) == 11
