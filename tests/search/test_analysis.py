"""How text is read: the same for whoever writes it differently."""

from __future__ import annotations

import pytest

from search import Document, Query, analysis, completion, pinyin, spelling
from search.documents import ProductWords, product_phrases, product_texts
from search.planning import is_model_number, plan


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("ＷＨ－１０００", "wh-1000"),
        ("Café Ünïcode", "cafe unicode"),
        ("純棉針織圍巾", "纯棉针织围巾"),
        ("women’s", "women"),
        ("½ pint", "1/2 pint"),
        ("150 g/㎡", "150gsm "),
        ("150克/平方米", "150gsm "),
        ("5公斤", "5kg "),
        ("幅宽1.5米", "幅宽1.5m "),
        ("3米色", "3米色"),
        ("米色 5 件", "米色 5 件"),
        ("が", "が"),
    ],
)
def test_folding(written: str, read: str) -> None:
    assert analysis.fold(written) == read
    assert analysis.words(analysis.chunks(analysis.fold(read))) == analysis.words(analysis.chunks(read))


def test_words_are_stems_characters_and_pairs() -> None:
    assert analysis.words(analysis.chunks("red slippers")) == ["red", "slipper"]
    assert analysis.words(analysis.chunks("棉布x2")) == ["棉", "布", "棉布", "x2"]
    assert analysis.words(analysis.chunks("2.4ghz 1/2 black/white")) == ["2.4ghz", "1/2", "black", "white"]


def test_compounds_join_neighbours_and_part_model_numbers() -> None:
    assert set(analysis.compounds(analysis.chunks("fire stick"))) == {"firestick"}
    assert {"wh1000xm4", "1000xm", "xm4", "1000", "xm"} <= set(analysis.compounds(analysis.chunks("wh-1000xm4")))
    assert analysis.compounds(analysis.chunks("棉 布")) == []


def test_a_word_is_read_as_sounds_only_if_it_could_be() -> None:
    assert set(pinyin.readings("fangan")) == {("fang", "an"), ("fan", "gan")}
    assert pinyin.readings("mianbu")[0] == ("mian", "bu")
    assert pinyin.readings("wireless") == ()
    assert pinyin.readings("bu") == ()
    assert pinyin.sounds("重庆") == ["chong", "qing"]


def test_slips_are_counted() -> None:
    assert spelling.distance("sweetner", "sweetener", most=2) == 1
    assert spelling.distance("stikc", "stick", most=2) == 1
    assert spelling.distance("abcdefg", "gfedcba", most=2) == 3
    assert spelling.plausible("vinpositine", ["vinpocetine", "positive"]) == ("vinpocetine",)
    assert spelling.plausible("cat", ["car", "dog"]) == ("car",)
    assert "stick" in set(spelling.one_slip("stikc"))


def test_little_words_are_not_insisted_on() -> None:
    assert [group.typed for group in plan("pants for the men").groups] == ["pants", "men"]
    assert [group.typed for group in plan("the").groups] == ["the"]
    assert plan("!!!").groups == ()
    assert [group.typed for group in plan("bag without small handles for men").groups] == ["bag", "men"]
    assert [group.typed for group in plan("without").groups] == ["without"]
    assert plan("a b c d e f").needed < len(plan("a b c d e f").groups)


def test_model_numbers_are_told_from_measures() -> None:
    assert all(map(is_model_number, ("wh1000xm4", "1000xm4", "r1214ss", "sc100")))
    assert not any(map(is_model_number, ("1000ml", "2.4ghz", "10000", "kettle", "mp3", "5kg")))


def test_phrases_are_kept_under_what_people_type() -> None:
    assert completion.beginnings("棉布") == ["棉布", "mianbu", "mb"]
    assert completion.beginnings("silk scarf") == ["silk scarf", "scarf"]
    assert completion.entries([" ", "x" * 100]) == []


def test_products_say_what_sets_them_apart() -> None:
    words = ProductWords(
        titles=("真丝围巾", "Silk scarf " + "with a very long and telling name indeed"),
        brands=("Acme",),
        categories=("服饰", "围巾"),
        codes=("SC-100",),
        specification={"weight": "150 g/m2", "imported": "否"},
        description="soft",
    )
    texts = product_texts(words)
    assert texts["attributes"] == "150 g/m2"
    assert texts["code"] == "SC-100"
    assert set(texts) == set(analysis.WEIGHTS)
    assert product_phrases(words) == ("Acme", "围巾", "真丝围巾")


@pytest.mark.parametrize("name", ["", "Colour", "a-b", "a.b", "1st", "x" * 65, "颜色"])
def test_names_that_not_every_engine_could_take_are_refused(name: str) -> None:
    with pytest.raises(ValueError, match="cannot name"):
        Document(id="a", version=1, audience=(), keywords={name: ("red",)})
    with pytest.raises(ValueError, match="cannot name"):
        Query(audience=("public",), facets=(name,))


def test_a_query_without_an_audience_is_refused() -> None:
    with pytest.raises(ValueError, match="audience"):
        Query(audience=())
    with pytest.raises(ValueError, match="audience"):
        Query(audience="public")  # type: ignore[arg-type]


def test_pages_out_of_reach_are_refused() -> None:
    with pytest.raises(ValueError, match="out of reach"):
        Query(audience=("public",), offset=100_000, limit=1)
