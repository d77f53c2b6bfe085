"""The part of the suite about words: what people type, and who may find what."""

from __future__ import annotations

from search import EVERYBODY, Document, Engine, Query
from search.contract import ACME, BOLT, INDEX, Narrowing, Rebuilding, Writing, counts, ids, thing


class Reading:
    """People type what they like; the thing is found all the same."""

    def test_traditional_characters(self, engine: Engine) -> None:
        engine.put(INDEX, [thing("a", "纯棉印花布料"), thing("b", "真絲圍巾"), thing("c", "羊毛大衣")])
        assert ids(engine, "純棉布料")[0] == "a"
        assert ids(engine, "真丝围巾")[0] == "b"

    def test_chinese_by_words_and_by_characters(self, engine: Engine) -> None:
        engine.put(INDEX, [thing("a", "春季女士真丝连衣裙"), thing("b", "男士连帽衣"), thing("c", "裙子连体丝袜衣")])
        assert ids(engine, "真丝连衣裙")[0] == "a"
        assert ids(engine, "裙 女真丝")[0] == "a"

    def test_pinyin(self, engine: Engine) -> None:
        engine.put(INDEX, [thing("a", "纯棉布 斜纹"), thing("b", "真丝面料"), thing("c", "重庆火锅")])
        assert ids(engine, "mianbu") == ["a"]
        assert ids(engine, "chunmianbu") == ["a"]
        assert ids(engine, "mian bu") == ["a"]
        assert ids(engine, "chongqing") == ["c"]

    def test_word_forms(self, engine: Engine) -> None:
        engine.put(INDEX, [thing("a", "Women's slippers"), thing("b", "gentleman's hat")])
        assert ids(engine, "slipper for women") == ["a"]
        assert ids(engine, "womens slipper") == ["a"]

    def test_a_slip_of_the_finger(self, engine: Engine) -> None:
        engine.put(INDEX, [thing("a", "natural sweetener tablets"), thing("b", "corduroy trousers")])
        for slip in ("sweetner", "sweetneer", "weetener", "sweatener"):
            found = engine.find(INDEX, Query(audience=(EVERYBODY,), text=slip))
            assert (found.ids, found.did_you_mean) == (("a",), "sweetener"), slip
        assert ids(engine, "cordroy trosers") == ["b"]
        assert engine.find(INDEX, Query(audience=(EVERYBODY,), text="corduroy")).did_you_mean is None
        assert ids(engine, "zzzzzz") == []

    def test_words_joined_and_split(self, engine: Engine) -> None:
        engine.put(INDEX, [thing("a", "fire stick with remote"), thing("b", "Firestick cover"), thing("c", "t-shirt")])
        assert set(ids(engine, "firestick")) == {"a", "b"}
        assert set(ids(engine, "fire stick")) == {"a", "b"}
        assert ids(engine, "tshirt") == ids(engine, "t shirt") == ids(engine, "T-Shirt") == ["c"]

    def test_model_numbers_whole_and_in_parts(self, engine: Engine) -> None:
        engine.put(INDEX, [thing("a", "Headphones WH-1000XM4 black"), thing("b", "Headphones WH-900 white")])
        for typed in ("WH-1000XM4", "wh1000xm4", "1000xm4", "wh 1000 xm4", "xm4"):
            assert ids(engine, typed)[0] == "a", typed

    def test_numbers_with_units(self, engine: Engine) -> None:
        engine.put(INDEX, [thing("a", "坯布 150克/平方米 幅宽1.5米"), thing("b", "坯布 250克/平方米 幅宽15米")])
        assert ids(engine, "150gsm") == ["a"]
        assert ids(engine, "150 g/m2")[0] == "a"
        assert ids(engine, "1.5m") == ["a"]

    def test_not_every_word_must_be_met(self, engine: Engine) -> None:
        engine.put(INDEX, [thing("a", "brass tray"), thing("b", "steel kettle")])
        assert ids(engine, "large rectangular brass tray antique gold")[0] == "a"

    def test_the_better_fit_comes_first(self, engine: Engine) -> None:
        mention = Document(
            id="mention",
            version=1,
            audience=(EVERYBODY,),
            texts={"title": "shirt", "description": "goes well with a scarf of any kind"},
        )
        engine.put(INDEX, [mention, thing("scarf", "silk scarf")])
        assert ids(engine, "scarf") == ["scarf", "mention"]

    def test_whatever_is_typed_is_answered(self, engine: Engine) -> None:
        engine.put(INDEX, [thing("a", "teapot")])
        for typed in ('"', "a:b AND (", "!!!", "\x00\x1f", "*", "🫖", "-" * 500, "tea " * 400, "布" * 500, "'s", "½"):
            ids(engine, typed)
            engine.suggest(INDEX, typed, audience=(EVERYBODY,))
        assert ids(engine, "!!!") == []
        assert ids(engine, "   ") == ["a"]


class Completing:
    """Half a word becomes a phrase."""

    def test_the_commonest_phrase_first(self, engine: Engine) -> None:
        engine.put(INDEX, [thing("a", "silk scarf"), thing("b", "silk dress"), thing("c", "silk dress")])
        assert engine.suggest(INDEX, "sil", audience=(EVERYBODY,)) == ("silk dress", "silk scarf")
        assert engine.suggest(INDEX, "Silk s", audience=(EVERYBODY,)) == ("silk scarf",)
        assert engine.suggest(INDEX, "sca", audience=(EVERYBODY,)) == ("silk scarf",)
        assert engine.suggest(INDEX, "sil", audience=(EVERYBODY,), limit=1) == ("silk dress",)
        assert engine.suggest(INDEX, "wool", audience=(EVERYBODY,)) == ()

    def test_chinese_by_character_sound_and_first_letters(self, engine: Engine) -> None:
        engine.put(INDEX, [thing("a", "棉布"), thing("b", "真丝面料")])
        for typed in ("棉", "mianb", "mb"):
            assert engine.suggest(INDEX, typed, audience=(EVERYBODY,)) == ("棉布",), typed
        assert engine.suggest(INDEX, "面料", audience=(EVERYBODY,)) == ("真丝面料",)
        assert engine.suggest(INDEX, "真絲", audience=(EVERYBODY,)) == ("真丝面料",)


class Hiding:
    """Nobody learns of what is not for them: not by finding, counting, completing or correcting."""

    def _fill(self, engine: Engine) -> None:
        secret = thing("s", "zephyrine prototype", audience=(ACME,), keywords={"colour": ("secretred",)}, price=777)
        shared = thing("t", "joint sample", audience=(ACME, BOLT), price=500)
        nobody = thing("n", "orphaned", audience=())
        engine.put(INDEX, [secret, shared, nobody, thing("p", "public kettle", keywords={"colour": ("red",)}, price=5)])

    def test_each_audience_finds_its_own(self, engine: Engine) -> None:
        self._fill(engine)
        assert set(ids(engine)) == {"p"}
        assert set(ids(engine, audience=(EVERYBODY, ACME))) == {"p", "s", "t"}
        assert set(ids(engine, audience=(BOLT,))) == {"t"}
        assert ids(engine, audience=("merchant",)) == []
        assert ids(engine, "zephyrine") == []
        assert ids(engine, "zephyrine", audience=(ACME,)) == ["s"]

    def test_counts_and_spans_do_not_tell(self, engine: Engine) -> None:
        self._fill(engine)
        assert counts(engine, "colour") == {"red": 1}
        assert counts(engine, "colour", keywords={"colour": ("secretred",)}) == {"red": 1}
        found = engine.find(INDEX, Query(audience=(EVERYBODY,), spans=("price",)))
        assert (found.total, found.spans["price"].high) == (1, 5)

    def test_completion_and_correction_do_not_tell(self, engine: Engine) -> None:
        self._fill(engine)
        assert engine.suggest(INDEX, "zeph", audience=(EVERYBODY,)) == ()
        assert engine.suggest(INDEX, "zeph", audience=(ACME,)) == ("zephyrine prototype",)
        assert engine.find(INDEX, Query(audience=(EVERYBODY,), text="zephyrune")).did_you_mean is None
        assert engine.find(INDEX, Query(audience=(ACME,), text="zephyrune")).did_you_mean == "zephyrine"

    def test_a_thing_that_is_hidden_later_is_gone_at_once(self, engine: Engine) -> None:
        engine.put(INDEX, [thing("a", "teapot")])
        assert ids(engine, "teapot") == ["a"]
        engine.put(INDEX, [thing("a", "teapot", version=2, audience=(ACME,))])
        assert ids(engine, "teapot") == []
        assert engine.suggest(INDEX, "tea", audience=(EVERYBODY,)) == ()


class Contract(Writing, Rebuilding, Narrowing, Reading, Completing, Hiding):
    """All of it."""
