"""What the divisions are called, and what stands under what. A code has 2 (province), 4 (city) or 6 digits (district)."""

from __future__ import annotations

import gzip
import re
from collections import defaultdict
from functools import cache, lru_cache
from pathlib import Path

from marketplace.kernel.texts import language

DATA = Path(__file__).with_name("data") / "divisions.csv.gz"
ENGLISH = DATA.with_name("english.csv.gz")  # written by `python -m tenants.regions.romanising`
LEVELS = (2, 4, 6)
# Levels of the list that are no places of their own: "city districts", "counties under the province".
FILLERS = {"市辖区", "县", "省直辖县级行政区划", "自治区直辖县级行政区划"}


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
    return chinese if (locale or language()) != "en" else _english().get(code, "")


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
    return _short_name(code, locale or language())


@lru_cache(maxsize=4096)
def _short_name(code: str, locale: str) -> str:
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


@cache
def _english() -> dict[str, str]:
    lines = gzip.decompress(ENGLISH.read_bytes()).decode().splitlines()
    return dict(line.split(",", 1) for line in lines)
