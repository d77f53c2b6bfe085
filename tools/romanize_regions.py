"""Romanize the names of administrative divisions for English readers: `python -m tools.romanize_regions`.

The pinyin dictionary takes 60 MB of memory, so the results are stored as data and no page loads it.
"""

from __future__ import annotations

import gzip
import re
from collections.abc import Sequence

from pypinyin import lazy_pinyin

from tenants.regions.queries import DATA, ENGLISH, PLACEHOLDER_NAMES

PROVINCE_NAMES = {
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
# Names whose usual English form is not pinyin, or for which the dictionary chooses a wrong reading.
EXONYMS = {
    "呼和浩特": "Hohhot", "呼伦贝尔": "Hulunbuir", "巴彦淖尔": "Bayannur", "乌兰察布": "Ulanqab", "鄂尔多斯": "Ordos",
    "锡林郭勒": "Xilingol", "阿拉善": "Alxa", "兴安": "Hinggan", "哈尔滨": "Harbin", "齐齐哈尔": "Qiqihar",
    "乌鲁木齐": "Urumqi", "克拉玛依": "Karamay", "吐鲁番": "Turpan", "哈密": "Hami", "喀什": "Kashgar", "伊犁": "Ili",
    "和田": "Hotan", "阿克苏": "Aksu", "阿勒泰": "Altay", "塔城": "Tacheng", "昌吉": "Changji", "库尔勒": "Korla",
    "巴音郭楞": "Bayingolin", "博尔塔拉": "Bortala", "克孜勒苏": "Kizilsu", "石河子": "Shihezi",
    "拉萨": "Lhasa", "日喀则": "Xigaze", "昌都": "Qamdo", "那曲": "Nagqu", "林芝": "Nyingchi", "阿里": "Ngari",
    "甘孜": "Garze", "阿坝": "Ngawa", "香格里拉": "Shangri-La", "迪庆": "Diqing", "西双版纳": "Xishuangbanna",
    "闵行": "Minhang", "繁峙": "Fanshi", "六安": "Lu'an", "蚌埠": "Bengbu", "台州": "Taizhou", "丽水": "Lishui",
    "乐清": "Yueqing", "乐亭": "Laoting", "铅山": "Yanshan", "洪洞": "Hongtong", "莘县": "Shenxian",
    "浚县": "Xunxian", "蔚县": "Yuxian",
    "牟平": "Muping", "中牟": "Zhongmu", "尉犁": "Yuli", "大城": "Daicheng", "长子": "Zhangzi", "枞阳": "Zongyang",
    "番禺": "Panyu", "东阿": "Dong'e", "单县": "Shanxian", "郫都": "Pidu", "铜仁": "Tongren", "荥阳": "Xingyang",
    "荥经": "Yingjing",
    "会同": "Huitong", "曾都": "Zengdu", "涡阳": "Guoyang", "黄陂": "Huangpi",
}  # fmt: skip
READINGS = {"长": "chang", "朝": "chao", "都": "du"}  # the reading used in place names
# The name of an ethnic group in an autonomous division, which the English name omits.
ETHNIC_GROUPS = re.compile(
    "(?<=..)(?:(?:蒙古|回|藏|维吾尔|苗|彝|壮|布依|朝鲜|满|侗|瑶|白|土家|哈尼|哈萨克|傣|黎|傈僳|佤|畲|拉祜|水|东乡|纳西|景颇|柯尔克孜|土|达斡尔|仫佬"
    "|羌|布朗|撒拉|毛南|仡佬|锡伯|普米|塔吉克|怒|鄂温克|保安|裕固|独龙|鄂伦春|门巴|珞巴|各)族?)+$|(?:蒙古|哈萨克|柯尔克孜|回|藏)$"
)
TYPE_SUFFIXES = (
    ("高新技术产业开发区", " High-tech Zone"),
    ("高新技术产业园区", " High-tech Park"),
    ("现代产业园区", " Industrial Park"),
    ("循环化工园区", " Chemical Park"),
    ("城乡一体化示范区", " Demonstration District"),
    ("航空港经济综合实验区", " Airport Economy Zone"),
    ("风景名胜区", " Scenic Area"),
    ("转型综合改革示范区", " Reform Demonstration Zone"),
    ("高新技术开发区", " High-tech Zone"),
    ("高技术产业开发区", " High-tech Zone"),
    ("经济技术开发区", " Development Zone"),
    ("经济开发区", " Development Zone"),
    ("工业园区", " Industrial Park"),
    ("开发区", " Development Zone"),
    ("管理区", " District"),
    ("示范区", " District"),
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
AUTONOMOUS = frozenset({"自治州", "自治县", "自治旗"})


def csv_lines() -> list[str]:
    """Return `code,name` of every division."""
    names_by_code = dict(line.split(",", 1) for line in gzip.decompress(DATA.read_bytes()).decode().splitlines())
    return [
        f"{code},{english_name(code, name, (names_by_code.get(code[:2], ''), names_by_code.get(code[:4], '')))}"
        for code, name in names_by_code.items()
    ]


def english_name(code: str, chinese: str, parents: Sequence[str] = ()) -> str:
    """Return the English name of a division: the romanized stem and its type.

    Args:
        code: code of the division.
        chinese: Chinese name of the division.
        parents: Chinese names of its province and city.
    """
    if code in PROVINCE_NAMES:
        return PROVINCE_NAMES[code]
    if chinese in PLACEHOLDER_NAMES:
        return "Districts" if chinese == "市辖区" else "Counties"
    stem, type_name = chinese, ""
    for suffix, translation in TYPE_SUFFIXES:
        if chinese.endswith(suffix) and len(chinese) > len(suffix) + (suffix in ("区", "县", "旗", "市")):
            stem, type_name = chinese[: -len(suffix)], translation
            if suffix in AUTONOMOUS:
                stem = ETHNIC_GROUPS.sub("", stem)
            break
    return " ".join(map(_romanize, _split_parents(stem, parents))) + type_name


def _split_parents(stem: str, parents: Sequence[str]) -> list[str]:
    """Split the names of province and city off the beginning of the name of a zone."""
    parts = []
    for name in parents:
        short = name.rstrip("省市")
        if short and stem.startswith(short) and stem != short:
            parts.append(short)
            stem = stem.removeprefix(name).removeprefix(short)
    return [part for part in (*parts, stem) if part]


def _romanize(stem: str) -> str:
    if stem in EXONYMS:
        return EXONYMS[stem]
    syllables = lazy_pinyin(stem)
    if len(syllables) == len(stem):
        syllables = [READINGS.get(char, reading) for char, reading in zip(stem, syllables, strict=True)]
    joined = (
        syllables[0] + "".join(f"'{syllable}" if syllable[:1] in "aeo" else syllable for syllable in syllables[1:])
        if syllables
        else ""
    )
    return joined.capitalize()


if __name__ == "__main__":
    ENGLISH.write_bytes(gzip.compress("\n".join(csv_lines()).encode(), mtime=0))
