"""Writes the divisions in Latin letters, for readers of English: `python -m tenants.regions.romanising`.

The dictionary of sounds takes 60 MB, so its answers are kept as data and no page loads it.
"""

from __future__ import annotations

import gzip

from pypinyin import lazy_pinyin

from tenants.regions.queries import DATA, ENGLISH, FILLERS

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


def lines() -> list[str]:
    """`code,name` of every division."""
    known = (line.split(",", 1) for line in gzip.decompress(DATA.read_bytes()).decode().splitlines())
    return [f"{code},{english(code, chinese)}" for code, chinese in known]


def english(code: str, chinese: str) -> str:
    """A division's name in English: its sound, and what kind of place it is."""
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


if __name__ == "__main__":
    ENGLISH.write_bytes(gzip.compress("\n".join(lines()).encode(), mtime=0))
