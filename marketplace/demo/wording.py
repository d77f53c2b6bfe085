"""Titles and descriptions that read like listings of the trade and say what is true of the attributes."""

from dataclasses import dataclass
from random import Random

from .attributes import ATTRIBUTES
from .designs import Design
from .fibres import Blend
from .lines import Line, Spec
from .phrases import FINISH_TITLES, FINISHED, HAND, NAMED_PALETTES, SERIES, UNITS
from .texts import Said

_NAMES: dict[str, dict[str, Said]] = {
    code: {choice.code: choice.name for choice in attribute.choices} for code, attribute in ATTRIBUTES.items()
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What is put into words: a line in one of its constructions, blends and designs."""

    line: Line
    spec: Spec
    blend: Blend
    design: Design
    finishes: tuple[str, ...]
    uses: tuple[str, ...]
    style: str
    series: Said | None
    minimum: int
    lead_days: int
    colours: int


_AND, _COMMA = Said("、", " and "), Said("、", ", ")


def named(code: str, values: tuple[str, ...], joint: Said = _AND) -> Said:
    """The names of choices of an attribute, joined as each language does."""
    names = [_NAMES[code][value] for value in values]
    kept = [name.en[1:2] in ("", "-") or name.en.isupper() or name.en == "Chinese" for name in names]
    english = [name.en if as_it_is else name.en.lower() for name, as_it_is in zip(names, kept, strict=True)]
    return Said(joint.zh.join(name.zh for name in names), _listed(english, joint.en))


def _listed(words: list[str], joint: str) -> str:
    return joint.join(filter(None, (", ".join(words[:-1]), words[-1]))) if words else ""


def series_for(design: Design, dice: Random) -> Said | None:
    """The name a studio gives a print or a plaid; plain cloth has none."""
    return Said(*dice.choice(SERIES)) if design.palette in NAMED_PALETTES else None


def title(offer: Offer, article: str = "") -> Said:
    """The listing's title; with an article number where another has the same words."""
    made = {"cloth": _cloth_title, "made": _made_title, "trim": _trim_title}[offer.line.sort](offer)
    return Said(f"{made.zh} {article}#", f"{made.en}, no. {article}") if article else made


def _cloth_title(offer: Offer) -> Said:
    spec, name = offer.spec, _head(offer)
    finish = next((code for code in offer.finishes if code in FINISH_TITLES), "")
    first = FINISH_TITLES.get(finish, Said("", ""))
    zh_finish = "" if first.zh and first.zh in name.zh else first.zh
    numbers = " ".join(filter(None, (spec.yarn, spec.density))) or f"{spec.grams}g"
    uses, used = "".join(named("usage", (use,)).zh for use in offer.uses[:2]), named("usage", offer.uses[:2])
    series_zh, series_en = _quoted(offer.series)
    english = f"{first.en + ' ' if first.en else ''}{name.en}{series_en}, {numbers}, for {used.en}"
    return Said(f"{series_zh}{zh_finish}{name.zh} {numbers} {uses}面料", english[0].upper() + english[1:])


def _made_title(offer: Offer) -> Said:
    name, (series_zh, series_en) = _head(offer), _quoted(offer.series)
    style = named("style", (offer.style,)) if offer.style else Said("", "")
    season = "".join(named("season", (code,)).zh for code in offer.line.seasons)
    zh = f"{series_zh}{name.zh} {style.zh.removesuffix('风')}风{'' if len(offer.line.seasons) == 4 else ' ' + season + '款'}"
    english = f"{name.en}{series_en}, {style.en} style"
    return Said(zh, english[0].upper() + english[1:])


def _trim_title(offer: Offer) -> Said:
    name, size = _head(offer), offer.spec.width
    pack, length = int(offer.spec.density), int(offer.spec.yarn)
    many = Said(f"{pack} 个/{UNITS[offer.line.unit].zh}", f"{pack} per {UNITS[offer.line.unit].en}")
    if length:
        many = Said(f"{length} 米/卷", f"{length} m a roll")
    english = f"{name.en}, {'' if offer.line.category == 'thread' else f'{size} mm, '}{many.en}"
    zh = f"{name.zh} {'' if offer.line.category == 'thread' else f'{size}mm '}{many.zh}"
    return Said(zh, english[0].upper() + english[1:])


def _quoted(series: Said | None) -> tuple[str, str]:
    return (f"「{series.zh}」", f" “{series.en}”") if series else ("", "")


def _head(offer: Offer) -> Said:
    """Fibre, pattern and name, saying nothing twice."""
    name, short, design = offer.line.name, offer.blend.short, offer.design.name
    zh = f"{'' if _says(name.zh, short.zh) else short.zh}{'' if design.zh and design.zh in name.zh else design.zh}{name.zh}"
    fibre = "" if set(short.en.lower().split("-")) & set(name.en.lower().replace("-", " ").split()) else short.en.lower()
    pattern = "" if design.en and design.en.split()[-1].lower() in name.en.lower() else design.en
    return Said(zh, " ".join(filter(None, (fibre, pattern, name.en))))


def _says(name: str, short: str) -> bool:
    pairs = {short[at : at + 2] for at in range(len(short) - 1)}
    return any(pair in name for pair in pairs) or (short[-1] in "麻棉毛丝" and short[-1] in name)


def description(offer: Offer, dice: Random) -> Said:
    """Two to four sentences, every one true of the attributes."""
    told = [_made_of(offer, dice), *_treated(offer), _meant_for(offer), _terms(offer)]
    return Said("".join(part.zh for part in told), " ".join(part.en for part in told))


def _made_of(offer: Offer, dice: Random) -> Said:
    blend, spec, line = offer.blend.name, offer.spec, offer.line
    if line.sort == "trim":
        return Said(
            f"材质：{blend.zh}，规格 {spec.width} mm，{offer.colours} 色可选。",
            f"{blend.en}, {spec.width} mm, in {_colours(offer)}.",
        )
    weave = _NAMES["weave"][line.weave]
    hand = Said(*dice.choice(HAND.get(line.weave, HAND["plain"])))
    zh = f"{blend.zh}，{weave.zh}，{spec.grams} g/m²，{hand.zh}。"
    if line.sort == "made":
        return Said(f"面料{zh}", f"Made of {blend.en} ({weave.en.lower()}, {spec.grams} g/m²): {hand.en}.")
    wide = Said(f"门幅 {spec.width} cm，", f", {spec.width} cm wide")
    return Said(
        wide.zh.join(zh.rsplit(hand.zh, 1)[:1]) + wide.zh + hand.zh + "。",
        f"{blend.en}, {weave.en.lower()}, {spec.grams} g/m²{wide.en}: {hand.en}.",
    )


def _colours(offer: Offer) -> str:
    return "one colour" if offer.colours == 1 else f"{offer.colours} colours"


def _treated(offer: Offer) -> list[Said]:
    known = [code for code in offer.finishes if code in FINISHED]
    return [Said(*FINISHED[known[0]])] if known else []


def _meant_for(offer: Offer) -> Said:
    line = offer.line
    if line.sort == "made":
        sizes = named("size", line.sizes, _COMMA)
        return Said(
            f"尺码 {sizes.zh}，共 {offer.colours} 色，可混色混码。",
            f"Sizes: {sizes.en}; {_colours(offer)}; all may be mixed.",
        )
    uses = named("usage", offer.uses)
    return Said(f"适合{uses.zh}，可先寄色卡与样布。", f"Suited to {uses.en}; shade cards and sample lengths on request.")


def _terms(offer: Offer) -> Said:
    unit = UNITS[offer.line.unit]
    first = Said(
        f"{offer.minimum} {unit.zh}起批，", f"From {offer.minimum} {unit.en if offer.minimum == 1 else unit.en + 's'}; "
    )
    if offer.lead_days <= 3:
        return Said(
            f"{first.zh}现货 {max(1, offer.lead_days)} 天内发出。",
            f"{first.en}ready stock, dispatched within {_days(max(1, offer.lead_days))}.",
        )
    return Said(f"{first.zh}订货 {offer.lead_days} 天交期。", f"{first.en}made to order in {_days(offer.lead_days)}.")


def _days(count: int) -> str:
    return "one day" if count == 1 else f"{count} days"
