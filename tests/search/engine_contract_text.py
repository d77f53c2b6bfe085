"""The part of the contract about text matching and audiences."""

from __future__ import annotations

from search import PUBLIC_AUDIENCE, Document, Query, SearchEngine
from tests.search.engine_contract import (
    ACME,
    BOLT,
    INDEX,
    FilterContract,
    IndexingContract,
    RebuildContract,
    facet_counts,
    make_document,
    search_ids,
)


class TextMatchingContract:
    """Documents are found by spelling variants of their text."""

    def test_traditional_characters(self, engine: SearchEngine) -> None:
        engine.index_documents(
            INDEX, [make_document("a", "纯棉印花布料"), make_document("b", "真絲圍巾"), make_document("c", "羊毛大衣")]
        )
        assert search_ids(engine, "純棉布料")[0] == "a"
        assert search_ids(engine, "真丝围巾")[0] == "b"

    def test_chinese_terms_and_characters(self, engine: SearchEngine) -> None:
        engine.index_documents(
            INDEX,
            [make_document("a", "春季女士真丝连衣裙"), make_document("b", "男士连帽衣"), make_document("c", "裙子连体丝袜衣")],
        )
        assert search_ids(engine, "真丝连衣裙")[0] == "a"
        assert search_ids(engine, "裙 女真丝")[0] == "a"

    def test_pinyin(self, engine: SearchEngine) -> None:
        engine.index_documents(
            INDEX, [make_document("a", "纯棉布 斜纹"), make_document("b", "真丝面料"), make_document("c", "重庆火锅")]
        )
        assert search_ids(engine, "mianbu") == ["a"]
        assert search_ids(engine, "chunmianbu") == ["a"]
        assert search_ids(engine, "mian bu") == ["a"]
        assert search_ids(engine, "chongqing") == ["c"]

    def test_word_forms(self, engine: SearchEngine) -> None:
        engine.index_documents(INDEX, [make_document("a", "Women's slippers"), make_document("b", "gentleman's hat")])
        assert search_ids(engine, "slipper for women") == ["a"]
        assert search_ids(engine, "womens slipper") == ["a"]

    def test_misspelling_is_corrected(self, engine: SearchEngine) -> None:
        engine.index_documents(
            INDEX, [make_document("a", "natural sweetener tablets"), make_document("b", "corduroy trousers")]
        )
        for misspelling in ("sweetner", "sweetneer", "weetener", "sweatener"):
            result = engine.search(INDEX, Query(audience=(PUBLIC_AUDIENCE,), text=misspelling))
            assert (result.ids, result.did_you_mean) == (("a",), "sweetener"), misspelling
        assert search_ids(engine, "cordroy trosers") == ["b"]
        assert engine.search(INDEX, Query(audience=(PUBLIC_AUDIENCE,), text="corduroy")).did_you_mean is None
        assert search_ids(engine, "zzzzzz") == []

    def test_compound_words_match_joined_and_split(self, engine: SearchEngine) -> None:
        engine.index_documents(
            INDEX,
            [
                make_document("a", "fire stick with remote"),
                make_document("b", "Firestick cover"),
                make_document("c", "t-shirt"),
            ],
        )
        assert set(search_ids(engine, "firestick")) == {"a", "b"}
        assert set(search_ids(engine, "fire stick")) == {"a", "b"}
        assert search_ids(engine, "tshirt") == search_ids(engine, "t shirt") == search_ids(engine, "T-Shirt") == ["c"]

    def test_model_numbers_match_whole_and_in_parts(self, engine: SearchEngine) -> None:
        engine.index_documents(
            INDEX, [make_document("a", "Headphones WH-1000XM4 black"), make_document("b", "Headphones WH-900 white")]
        )
        for typed in ("WH-1000XM4", "wh1000xm4", "1000xm4", "wh 1000 xm4", "xm4"):
            assert search_ids(engine, typed)[0] == "a", typed

    def test_numbers_with_units(self, engine: SearchEngine) -> None:
        engine.index_documents(
            INDEX, [make_document("a", "坯布 150克/平方米 幅宽1.5米"), make_document("b", "坯布 250克/平方米 幅宽15米")]
        )
        assert search_ids(engine, "150gsm") == ["a"]
        assert search_ids(engine, "150 g/m2")[0] == "a"
        assert search_ids(engine, "1.5m") == ["a"]

    def test_partial_match_is_returned(self, engine: SearchEngine) -> None:
        engine.index_documents(INDEX, [make_document("a", "brass tray"), make_document("b", "steel kettle")])
        assert search_ids(engine, "large rectangular brass tray antique gold")[0] == "a"

    def test_title_match_ranks_above_description_match(self, engine: SearchEngine) -> None:
        mention = Document(
            id="mention",
            version=1,
            audience=(PUBLIC_AUDIENCE,),
            texts={"title": "shirt", "description": "goes well with a scarf of any kind"},
        )
        engine.index_documents(INDEX, [mention, make_document("scarf", "silk scarf")])
        assert search_ids(engine, "scarf") == ["scarf", "mention"]

    def test_arbitrary_input_does_not_raise(self, engine: SearchEngine) -> None:
        engine.index_documents(INDEX, [make_document("a", "teapot")])
        for typed in ('"', "a:b AND (", "!!!", "\x00\x1f", "*", "🫖", "-" * 500, "tea " * 400, "布" * 500, "'s", "½"):
            search_ids(engine, typed)
            engine.suggest(INDEX, typed, audience=(PUBLIC_AUDIENCE,))
        assert search_ids(engine, "!!!") == []
        assert search_ids(engine, "   ") == ["a"]


class SuggestContract:
    """Partial words are completed to phrases."""

    def test_suggest_ranks_by_frequency(self, engine: SearchEngine) -> None:
        engine.index_documents(
            INDEX, [make_document("a", "silk scarf"), make_document("b", "silk dress"), make_document("c", "silk dress")]
        )
        assert engine.suggest(INDEX, "sil", audience=(PUBLIC_AUDIENCE,)) == ("silk dress", "silk scarf")
        assert engine.suggest(INDEX, "Silk s", audience=(PUBLIC_AUDIENCE,)) == ("silk scarf",)
        assert engine.suggest(INDEX, "sca", audience=(PUBLIC_AUDIENCE,)) == ("silk scarf",)
        assert engine.suggest(INDEX, "sil", audience=(PUBLIC_AUDIENCE,), limit=1) == ("silk dress",)
        assert engine.suggest(INDEX, "wool", audience=(PUBLIC_AUDIENCE,)) == ()

    def test_suggest_chinese_by_character_pinyin_and_initials(self, engine: SearchEngine) -> None:
        engine.index_documents(INDEX, [make_document("a", "棉布"), make_document("b", "真丝面料")])
        for typed in ("棉", "mianb", "mb"):
            assert engine.suggest(INDEX, typed, audience=(PUBLIC_AUDIENCE,)) == ("棉布",), typed
        assert engine.suggest(INDEX, "面料", audience=(PUBLIC_AUDIENCE,)) == ("真丝面料",)
        assert engine.suggest(INDEX, "真絲", audience=(PUBLIC_AUDIENCE,)) == ("真丝面料",)


class AudienceContract:
    """Documents of other audiences are never exposed: not by results, counts, completions or corrections."""

    def _index_fixtures(self, engine: SearchEngine) -> None:
        secret = make_document("s", "zephyrine prototype", audience=(ACME,), keywords={"colour": ("secretred",)}, price=777)
        shared = make_document("t", "joint sample", audience=(ACME, BOLT), price=500)
        without_audience = make_document("n", "orphaned", audience=())
        engine.index_documents(
            INDEX,
            [secret, shared, without_audience, make_document("p", "public kettle", keywords={"colour": ("red",)}, price=5)],
        )

    def test_search_respects_audience(self, engine: SearchEngine) -> None:
        self._index_fixtures(engine)
        assert set(search_ids(engine)) == {"p"}
        assert set(search_ids(engine, audience=(PUBLIC_AUDIENCE, ACME))) == {"p", "s", "t"}
        assert set(search_ids(engine, audience=(BOLT,))) == {"t"}
        assert search_ids(engine, audience=("merchant",)) == []
        assert search_ids(engine, "zephyrine") == []
        assert search_ids(engine, "zephyrine", audience=(ACME,)) == ["s"]

    def test_facets_and_extents_respect_audience(self, engine: SearchEngine) -> None:
        self._index_fixtures(engine)
        assert facet_counts(engine, "colour") == {"red": 1}
        assert facet_counts(engine, "colour", keywords={"colour": ("secretred",)}) == {"red": 1}
        result = engine.search(INDEX, Query(audience=(PUBLIC_AUDIENCE,), extents=("price",)))
        assert (result.total, result.extents["price"].high) == (1, 5)

    def test_suggestions_and_corrections_respect_audience(self, engine: SearchEngine) -> None:
        self._index_fixtures(engine)
        assert engine.suggest(INDEX, "zeph", audience=(PUBLIC_AUDIENCE,)) == ()
        assert engine.suggest(INDEX, "zeph", audience=(ACME,)) == ("zephyrine prototype",)
        assert engine.search(INDEX, Query(audience=(PUBLIC_AUDIENCE,), text="zephyrune")).did_you_mean is None
        assert engine.search(INDEX, Query(audience=(ACME,), text="zephyrune")).did_you_mean == "zephyrine"

    def test_audience_change_hides_document(self, engine: SearchEngine) -> None:
        engine.index_documents(INDEX, [make_document("a", "teapot")])
        assert search_ids(engine, "teapot") == ["a"]
        engine.index_documents(INDEX, [make_document("a", "teapot", version=2, audience=(ACME,))])
        assert search_ids(engine, "teapot") == []
        assert engine.suggest(INDEX, "tea", audience=(PUBLIC_AUDIENCE,)) == ()


class EngineContract(
    IndexingContract, RebuildContract, FilterContract, TextMatchingContract, SuggestContract, AudienceContract
):
    """The complete contract."""
