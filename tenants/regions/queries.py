"""What the divisions are called, and what stands under what. A code has 2 (province), 4 (city) or 6 digits (district)."""

from __future__ import annotations

import gzip
import re
from collections import defaultdict
from functools import cache, lru_cache
from pathlib import Path

from pypinyin import lazy_pinyin

from marketplace.kernel.texts import language

DATA = Path(__file__).with_name("data") / "divisions.csv.gz"
LEVELS = (2, 4, 6)
# Levels of the list that are no places of their own: "city districts", "counties under the province".
FILLERS = {"市辖区", "县", "省直辖县级行政区划", "自治区直辖县级行政区划"}
PROVINCES = {
    "15": "Inner Mongolia",
    "23": "Heilongjiang",
    "45": "Guangxi",
    "54": "Tibet",
    "61": "Shaanxi",
    "64": "Ningxia",
    "65": "Xinjiang",
    "71": "Taiwan",
    "81": "Hong Kong",
    "82": "Macau",
}
KINDS = (
    ("自治州", " Prefecture"),
    ("自治县", " County"),
    ("自治旗", " Banner"),
    ("新区", " New Area"),
    ("地区", " Prefecture"),
    ("林区", " Forestry District"),
    ("矿区", " Mining District"),
    ("省", ""),
    ("市", ""),
    ("盟", " League"),
    ("区", " District"),
    ("县", " County"),
    ("旗", " Banner"),
)


@cache
def _book() -> dict[str, str]:
    lines = gzip.decompress(DATA.read_bytes()).decode().splitlines()
    return dict(line.split(",", 1) for line in lines)


@cache
def _under() -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = defaultdict(list)
    for code in _book():
        found[code[:-2]].append(code)
    return {parent: tuple(codes) for parent, codes in found.items()}


def exists(code: str) -> bool:
    """Whether there is such a division."""
    return code in _book()


def is_whole(code: str) -> bool:
    """Whether nothing stands under it, so that an address needs nothing finer."""
    return code in _book() and code not in _under()


def children(parent: str = "", locale: str | None = None) -> list[tuple[str, str]]:
    """(code, name) of what stands directly under a division; the provinces under nothing."""
    return [(code, name(code, locale)) for code in _under().get(parent, ())]


def name(code: str, locale: str | None = None) -> str:
    """The division's own name in a language (the reader's if none is said); empty if there is none."""
    chinese = _book().get(code, "")
    return chinese if (locale or language()) != "en" else _english(code, chinese)


def path(code: str) -> list[str]:
    """The codes from the province down to this division."""
    return [code[:size] for size in LEVELS if size <= len(code) and code[:size] in _book()]


def full_name(code: str, locale: str | None = None) -> str:
    """The place as an address says it: 浙江省绍兴市柯桥区, or Keqiao District, Shaoxing, Zhejiang."""
    locale = locale or language()
    codes = [part for part in path(code) if _book()[part] not in FILLERS]
    names = list(dict.fromkeys(name(part, locale) for part in codes))
    return ", ".join(reversed(names)) if locale == "en" else "".join(names)


def short_name(code: str, locale: str | None = None) -> str:
    """Province and city in short, for cards: 浙江绍兴, or Shaoxing, Zhejiang."""
    locale = locale or language()
    names = [name(part, locale) for part in path(code)[:2] if _book()[part] not in FILLERS]
    if locale == "en":
        return ", ".join(reversed(names))
    return "".join(re.sub(r"(省|市|特别行政区|维吾尔自治区|壮族自治区|回族自治区|自治区)$", "", part) for part in names)


def options(code: str) -> list[list[tuple[str, str]]]:
    """The choices of the three selects for a chosen division: provinces, and what stands under the chosen ones."""
    return [children(), children(code[:2]) if len(code) >= 2 else [], children(code[:4]) if len(code) >= 4 else []]


def values(code: str) -> list[str]:
    """What the three selects hold for a chosen division."""
    return [code[:size] if len(code) >= size else "" for size in LEVELS]


def chosen(*levels: str) -> str:
    """The finest division chosen in the three selects that stands under the ones before it."""
    found = ""
    for code in levels:
        if code in _book() and code.startswith(found) and len(code) > len(found):
            found = code
    return found


@lru_cache(maxsize=4096)
def _english(code: str, chinese: str) -> str:
    if code in PROVINCES:
        return PROVINCES[code]
    if chinese in FILLERS:
        return "Districts" if chinese == "市辖区" else "Counties"
    stem, kind = chinese, ""
    for sign, word in KINDS:
        if chinese.endswith(sign) and len(chinese) > len(sign) + (sign in ("区", "县", "旗", "市")):
            stem, kind = chinese[: -len(sign)], word
            break
    syllables = lazy_pinyin(stem)
    said = syllables[0] + "".join(f"'{one}" if one[:1] in "aeo" else one for one in syllables[1:]) if syllables else ""
    return said.capitalize() + kind
