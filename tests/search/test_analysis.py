"""Text analysis: spelling variants of a text produce the same terms."""

from __future__ import annotations

import pytest

from search import Document, Query, analysis, autocomplete, pinyin, spelling
from search.documents import ProductText, product_phrases, product_texts
from search.query_parser import is_model_number, parse_query


@pytest.mark.parametrize(
    ("text", "expected"),
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
def test_normalize(text: str, expected: str) -> None:
    assert analysis.normalize(text) == expected
    terms = analysis.word_terms(analysis.tokenize(expected))
    assert analysis.word_terms(analysis.tokenize(analysis.normalize(expected))) == terms


def test_word_terms_are_stems_characters_and_bigrams() -> None:
    assert analysis.word_terms(analysis.tokenize("red slippers")) == ["red", "slipper"]
    assert analysis.word_terms(analysis.tokenize("棉布x2")) == ["棉", "布", "棉布", "x2"]
    assert analysis.word_terms(analysis.tokenize("2.4ghz 1/2 black/white")) == ["2.4ghz", "1/2", "black", "white"]


def test_compound_terms_join_neighbours_and_split_model_numbers() -> None:
    assert set(analysis.compound_terms(analysis.tokenize("fire stick"))) == {"firestick"}
    assert {"wh1000xm4", "1000xm", "xm4", "1000", "xm"} <= set(analysis.compound_terms(analysis.tokenize("wh-1000xm4")))
    assert analysis.compound_terms(analysis.tokenize("棉 布")) == []


def test_segmentations_only_for_valid_pinyin() -> None:
    assert set(pinyin.segmentations("fangan")) == {("fang", "an"), ("fan", "gan")}
    assert pinyin.segmentations("mianbu")[0] == ("mian", "bu")
    assert pinyin.segmentations("wireless") == ()
    assert pinyin.segmentations("bu") == ()
    assert pinyin.to_pinyin("重庆") == ["chong", "qing"]


def test_damerau_levenshtein() -> None:
    assert spelling.damerau_levenshtein("sweetner", "sweetener", max_distance=2) == 1
    assert spelling.damerau_levenshtein("stikc", "stick", max_distance=2) == 1
    assert spelling.damerau_levenshtein("abcdefg", "gfedcba", max_distance=2) == 3
    assert spelling.correction_candidates("vinpositine", ["vinpocetine", "positive"]) == ("vinpocetine",)
    assert spelling.correction_candidates("cat", ["car", "dog"]) == ("car",)
    assert "stick" in set(spelling.edits1("stikc"))


def test_parse_query_ignores_stop_words() -> None:
    assert [group.typed for group in parse_query("pants for the men").groups] == ["pants", "men"]
    assert [group.typed for group in parse_query("the").groups] == ["the"]
    assert parse_query("!!!").groups == ()
    assert [group.typed for group in parse_query("bag without small handles for men").groups] == ["bag", "men"]
    assert [group.typed for group in parse_query("without").groups] == ["without"]
    assert parse_query("a b c d e f").min_should_match < len(parse_query("a b c d e f").groups)


def test_is_model_number_excludes_measures() -> None:
    assert all(map(is_model_number, ("wh1000xm4", "1000xm4", "r1214ss", "sc100")))
    assert not any(map(is_model_number, ("1000ml", "2.4ghz", "10000", "kettle", "mp3", "5kg")))


def test_completion_keys() -> None:
    assert autocomplete.completion_keys("棉布") == ["棉布", "mianbu", "mb"]
    assert autocomplete.completion_keys("silk scarf") == ["silk scarf", "scarf"]
    assert autocomplete.suggest_entries([" ", "x" * 100]) == []


def test_product_texts_and_phrases() -> None:
    text = ProductText(
        titles=("真丝围巾", "Silk scarf " + "with a very long and telling name indeed"),
        brands=("Acme",),
        categories=("服饰", "围巾"),
        codes=("SC-100",),
        specification={"weight": "150 g/m2", "imported": "否"},
        description="soft",
    )
    texts = product_texts(text)
    assert texts["attributes"] == "150 g/m2"
    assert texts["code"] == "SC-100"
    assert set(texts) == set(analysis.FIELD_WEIGHTS)
    assert product_phrases(text) == ("Acme", "围巾", "真丝围巾")


@pytest.mark.parametrize("name", ["", "Colour", "a-b", "a.b", "1st", "x" * 65, "颜色"])
def test_invalid_field_names_raise(name: str) -> None:
    with pytest.raises(ValueError, match="cannot name"):
        Document(id="a", version=1, audience=(), keywords={name: ("red",)})
    with pytest.raises(ValueError, match="cannot name"):
        Query(audience=("public",), facets=(name,))


def test_query_without_audience_raises() -> None:
    with pytest.raises(ValueError, match="audience"):
        Query(audience=())
    with pytest.raises(ValueError, match="audience"):
        Query(audience="public")  # type: ignore[arg-type]


def test_page_beyond_result_window_raises() -> None:
    with pytest.raises(ValueError, match="out of reach"):
        Query(audience=("public",), offset=100_000, limit=1)
