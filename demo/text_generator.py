"""Titles and descriptions of products, consistent with their attributes."""

from dataclasses import dataclass
from random import Random

from demo.attributes import ATTRIBUTES
from demo.blends import Blend
from demo.localized_string import LocalizedString
from demo.patterns import Design
from demo.phrases import FINISH_SENTENCES, FINISH_TITLES, HANDFEEL_PHRASES, NAMED_PALETTES, SERIES, UNITS
from demo.product_lines import ProductLine, Spec

_CHOICE_NAMES: dict[str, dict[str, LocalizedString]] = {
    code: {choice.code: choice.name for choice in attribute.choices} for code, attribute in ATTRIBUTES.items()
}


@dataclass(frozen=True, slots=True, kw_only=True)
class TextInput:
    """The input of the texts: a line in one of its constructions, blends and designs."""

    product_line: ProductLine
    spec: Spec
    blend: Blend
    design: Design
    finishes: tuple[str, ...]
    uses: tuple[str, ...]
    style: str
    series: LocalizedString | None
    minimum: int
    lead_days: int
    colours: int


_AND, _COMMA = LocalizedString("、", " and "), LocalizedString("、", ", ")


def choice_names(code: str, values: tuple[str, ...], separator: LocalizedString = _AND) -> LocalizedString:
    """Return the names of choices of an attribute, joined as each language does."""
    names = [_CHOICE_NAMES[code][value] for value in values]
    has_fixed_case = [name.en[1:2] in ("", "-") or name.en.isupper() or name.en == "Chinese" for name in names]
    english = [name.en if is_fixed else name.en.lower() for name, is_fixed in zip(names, has_fixed_case, strict=True)]
    return LocalizedString(separator.zh.join(name.zh for name in names), _join_english(english, separator.en))


def _join_english(items: list[str], separator: str) -> str:
    return separator.join(filter(None, (", ".join(items[:-1]), items[-1]))) if items else ""


def choose_series(design: Design, rng: Random) -> LocalizedString | None:
    """Return a series name for prints and plaids; plain cloth has none."""
    return LocalizedString(*rng.choice(SERIES)) if design.palette in NAMED_PALETTES else None


def make_title(offer: TextInput, article: str = "") -> LocalizedString:
    """Return the product title; with an article number where another product has the same title."""
    base_title = {"cloth": _cloth_title, "made": _made_title, "trim": _trim_title}[offer.product_line.category_group](offer)
    return LocalizedString(f"{base_title.zh} {article}#", f"{base_title.en}, no. {article}") if article else base_title


def _cloth_title(offer: TextInput) -> LocalizedString:
    spec, name = offer.spec, _title_head(offer)
    finish = next((code for code in offer.finishes if code in FINISH_TITLES), "")
    first = FINISH_TITLES.get(finish, LocalizedString("", ""))
    zh_finish = "" if first.zh and first.zh in name.zh else first.zh
    numbers = " ".join(filter(None, (spec.yarn, spec.density))) or f"{spec.grams}g"
    uses, used = "".join(choice_names("usage", (use,)).zh for use in offer.uses[:2]), choice_names("usage", offer.uses[:2])
    series_zh, series_en = _quoted(offer.series)
    english = f"{first.en + ' ' if first.en else ''}{name.en}{series_en}, {numbers}, for {used.en}"
    return LocalizedString(f"{series_zh}{zh_finish}{name.zh} {numbers} {uses}面料", english[0].upper() + english[1:])


def _made_title(offer: TextInput) -> LocalizedString:
    name, (series_zh, series_en) = _title_head(offer), _quoted(offer.series)
    style = choice_names("style", (offer.style,)) if offer.style else LocalizedString("", "")
    season = "".join(choice_names("season", (code,)).zh for code in offer.product_line.seasons)
    season_zh = "" if len(offer.product_line.seasons) == 4 else f" {season}款"
    zh = f"{series_zh}{name.zh} {style.zh.removesuffix('风')}风{season_zh}"
    english = f"{name.en}{series_en}, {style.en} style"
    return LocalizedString(zh, english[0].upper() + english[1:])


def _trim_title(offer: TextInput) -> LocalizedString:
    name, size = _title_head(offer), offer.spec.width
    pack, length = int(offer.spec.density), int(offer.spec.yarn)
    many = LocalizedString(f"{pack} 个/{UNITS[offer.product_line.unit].zh}", f"{pack} per {UNITS[offer.product_line.unit].en}")
    if length:
        many = LocalizedString(f"{length} 米/卷", f"{length} m a roll")
    english = f"{name.en}, {'' if offer.product_line.category == 'thread' else f'{size} mm, '}{many.en}"
    zh = f"{name.zh} {'' if offer.product_line.category == 'thread' else f'{size}mm '}{many.zh}"
    return LocalizedString(zh, english[0].upper() + english[1:])


def _quoted(series: LocalizedString | None) -> tuple[str, str]:
    return (f"「{series.zh}」", f" “{series.en}”") if series else ("", "")


def _title_head(offer: TextInput) -> LocalizedString:
    """Return fibre, pattern and name, without repetitions."""
    name, short, design = offer.product_line.name, offer.blend.short, offer.design.name
    fibre_zh = "" if _contains_fibre(name.zh, short.zh) else short.zh
    pattern_zh = "" if design.zh and design.zh in name.zh else design.zh
    zh = f"{fibre_zh}{pattern_zh}{name.zh}"
    fibre = "" if set(short.en.lower().split("-")) & set(name.en.lower().replace("-", " ").split()) else short.en.lower()
    pattern = "" if design.en and design.en.split()[-1].lower() in name.en.lower() else design.en
    return LocalizedString(zh, " ".join(filter(None, (fibre, pattern, name.en))))


def _contains_fibre(name: str, short: str) -> bool:
    pairs = {short[index : index + 2] for index in range(len(short) - 1)}
    return any(pair in name for pair in pairs) or (short[-1] in "麻棉毛丝" and short[-1] in name)


def make_description(offer: TextInput, rng: Random) -> LocalizedString:
    """Return two to four sentences, each consistent with the attributes."""
    sentences = [_composition_sentence(offer, rng), *_finish_sentences(offer), _usage_sentence(offer), _terms_sentence(offer)]
    return LocalizedString("".join(part.zh for part in sentences), " ".join(part.en for part in sentences))


def _composition_sentence(offer: TextInput, rng: Random) -> LocalizedString:
    blend, spec, product_line = offer.blend.name, offer.spec, offer.product_line
    if product_line.category_group == "trim":
        return LocalizedString(
            f"材质：{blend.zh}，规格 {spec.width} mm，{offer.colours} 色可选。",
            f"{blend.en}, {spec.width} mm, in {_colours(offer)}.",
        )
    weave = _CHOICE_NAMES["weave"][product_line.weave]
    hand = LocalizedString(*rng.choice(HANDFEEL_PHRASES.get(product_line.weave, HANDFEEL_PHRASES["plain"])))
    zh = f"{blend.zh}，{weave.zh}，{spec.grams} g/m²，{hand.zh}。"
    if product_line.category_group == "made":
        return LocalizedString(f"面料{zh}", f"Made of {blend.en} ({weave.en.lower()}, {spec.grams} g/m²): {hand.en}.")
    wide = LocalizedString(f"门幅 {spec.width} cm，", f", {spec.width} cm wide")
    return LocalizedString(
        wide.zh.join(zh.rsplit(hand.zh, 1)[:1]) + wide.zh + hand.zh + "。",
        f"{blend.en}, {weave.en.lower()}, {spec.grams} g/m²{wide.en}: {hand.en}.",
    )


def _colours(offer: TextInput) -> str:
    return "one colour" if offer.colours == 1 else f"{offer.colours} colours"


def _finish_sentences(offer: TextInput) -> list[LocalizedString]:
    described = [code for code in offer.finishes if code in FINISH_SENTENCES]
    return [LocalizedString(*FINISH_SENTENCES[described[0]])] if described else []


def _usage_sentence(offer: TextInput) -> LocalizedString:
    product_line = offer.product_line
    if product_line.category_group == "made":
        sizes = choice_names("size", product_line.sizes, _COMMA)
        return LocalizedString(
            f"尺码 {sizes.zh}，共 {offer.colours} 色，可混色混码。",
            f"Sizes: {sizes.en}; {_colours(offer)}; all may be mixed.",
        )
    uses = choice_names("usage", offer.uses)
    return LocalizedString(
        f"适合{uses.zh}，可先寄色卡与样布。", f"Suited to {uses.en}; shade cards and sample lengths on request."
    )


def _terms_sentence(offer: TextInput) -> LocalizedString:
    unit = UNITS[offer.product_line.unit]
    first = LocalizedString(
        f"{offer.minimum} {unit.zh}起批，", f"From {offer.minimum} {unit.en if offer.minimum == 1 else unit.en + 's'}; "
    )
    if offer.lead_days <= 3:
        return LocalizedString(
            f"{first.zh}现货 {max(1, offer.lead_days)} 天内发出。",
            f"{first.en}ready stock, dispatched within {_days(max(1, offer.lead_days))}.",
        )
    return LocalizedString(
        f"{first.zh}订货 {offer.lead_days} 天交期。", f"{first.en}made to order in {_days(offer.lead_days)}."
    )


def _days(count: int) -> str:
    return "one day" if count == 1 else f"{count} days"
