"""Lookups of regions and their names. A code has 2 (province), 4 (city) or 6 digits (district)."""

from __future__ import annotations

import gzip
import re
from collections import defaultdict
from functools import cache, lru_cache
from pathlib import Path

from marketplace.kernel.localized_text import current_language

DATA = Path(__file__).with_name("data") / "divisions.csv.gz"
ENGLISH = DATA.with_name("english.csv.gz")  # written by `python -m tools.romanize_regions`
LEVELS = (2, 4, 6)
# Entries of the list that only group others: "city districts", "counties under the province".
PLACEHOLDER_NAMES = {"市辖区", "县", "省直辖县级行政区划", "自治区直辖县级行政区划"}


@cache
def _regions() -> dict[str, str]:
    lines = gzip.decompress(DATA.read_bytes()).decode().splitlines()
    return dict(line.split(",", 1) for line in lines)


@cache
def _children() -> dict[str, tuple[str, ...]]:
    codes_by_parent: dict[str, list[str]] = defaultdict(list)
    for code in _regions():
        codes_by_parent[code[:-2]].append(code)
    return {parent: tuple(codes) for parent, codes in codes_by_parent.items()}


def exists(code: str) -> bool:
    """Return whether there is a region with this code."""
    return code in _regions()


def is_leaf(code: str) -> bool:
    """Return whether the region has no subdivisions, so that an address needs nothing finer."""
    return code in _regions() and code not in _children()


def children(parent: str = "", locale: str | None = None) -> list[tuple[str, str]]:
    """Return (code, name) of the direct subdivisions; the provinces without a parent."""
    return [(code, name(code, locale)) for code in _children().get(parent, ())]


def name(code: str, locale: str | None = None) -> str:
    """Return the region's own name in a language (the reader's by default); empty if there is none."""
    chinese = _regions().get(code, "")
    return chinese if (locale or current_language()) != "en" else _english_names().get(code, "")


def path(code: str) -> list[str]:
    """Return the codes from the province down to this region."""
    return [code[:size] for size in LEVELS if size <= len(code) and code[:size] in _regions()]


def full_name(code: str, locale: str | None = None) -> str:
    """Return the name as it stands in an address: 浙江省绍兴市柯桥区, or Keqiao District, Shaoxing, Zhejiang."""
    locale = locale or current_language()
    codes = [part for part in path(code) if _regions()[part] not in PLACEHOLDER_NAMES]
    names = list(dict.fromkeys(name(part, locale) for part in codes))
    return ", ".join(reversed(names)) if locale == "en" else "".join(names)


def short_name(code: str, locale: str | None = None) -> str:
    """Return province and city in short, for cards: 浙江绍兴, or Shaoxing, Zhejiang."""
    return _short_name(code, locale or current_language())


@lru_cache(maxsize=4096)
def _short_name(code: str, locale: str) -> str:
    names = [name(part, locale) for part in path(code)[:2] if _regions()[part] not in PLACEHOLDER_NAMES]
    if locale == "en":
        return ", ".join(reversed(names))
    return "".join(re.sub(r"(省|市|特别行政区|维吾尔自治区|壮族自治区|回族自治区|自治区)$", "", part) for part in names)


def select_options(code: str) -> list[list[tuple[str, str]]]:
    """Return the options of the three selects for a chosen region: provinces, and the subdivisions of the chosen ones."""
    return [children(), children(code[:2]) if len(code) >= 2 else [], children(code[:4]) if len(code) >= 4 else []]


def select_values(code: str) -> list[str]:
    """Return the values of the three selects for a chosen region."""
    return [code[:size] if len(code) >= size else "" for size in LEVELS]


def parse_selects(*levels: str) -> str:
    """Return the finest region chosen in the three selects that is a subdivision of the ones before it."""
    selected = ""
    for code in levels:
        if code in _regions() and code.startswith(selected) and len(code) > len(selected):
            selected = code
    return selected


@cache
def _english_names() -> dict[str, str]:
    lines = gzip.decompress(ENGLISH.read_bytes()).decode().splitlines()
    return dict(line.split(",", 1) for line in lines)
