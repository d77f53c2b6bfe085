"""Pinyin of Chinese text, so that users without a Chinese keyboard find 棉布 by `mianbu`."""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import pairwise

_SYLLABLES = """
a ai an ang ao ba bai ban bang bao bei ben beng bi bian biao bie bin bing bo bu ca cai can cang cao ce cen ceng
cha chai chan chang chao che chen cheng chi chong chou chu chuai chuan chuang chui chun chuo ci cong cou cu cuan
cui cun cuo da dai dan dang dao de dei den deng di dian diao die ding diu dong dou du duan dui dun duo e ei en er
fa fan fang fei fen feng fo fou fu ga gai gan gang gao ge gei gen geng gong gou gu gua guai guan guang gui gun guo
ha hai han hang hao he hei hen heng hong hou hu hua huai huan huang hui hun huo ji jia jian jiang jiao jie jin jing
jiong jiu ju juan jue jun ka kai kan kang kao ke ken keng kong kou ku kua kuai kuan kuang kui kun kuo la lai lan
lang lao le lei leng li lia lian liang liao lie lin ling liu long lou lu luan lun luo lv lve ma mai man mang mao me
mei men meng mi mian miao mie min ming miu mo mou mu na nai nan nang nao ne nei nen neng ni nian niang niao nie nin
ning niu nong nou nu nuan nuo nv nve o ou pa pai pan pang pao pei pen peng pi pian piao pie pin ping po pou pu qi
qia qian qiang qiao qie qin qing qiong qiu qu quan que qun ran rang rao re ren reng ri rong rou ru ruan rui run ruo
sa sai san sang sao se sen seng sha shai shan shang shao she shei shen sheng shi shou shu shua shuai shuan shuang
shui shun shuo si song sou su suan sui sun suo ta tai tan tang tao te teng ti tian tiao tie ting tong tou tu tuan
tui tun tuo wa wai wan wang wei wen weng wo wu xi xia xian xiang xiao xie xin xing xiong xiu xu xuan xue xun ya yan
yang yao ye yi yin ying yo yong you yu yuan yue yun za zai zan zang zao ze zei zen zeng zha zhai zhan zhang zhao zhe
zhen zheng zhi zhong zhou zhu zhua zhuai zhuan zhuang zhui zhun zhuo zi zong zou zu zuan zui zun zuo"""
SYLLABLES = frozenset(_SYLLABLES.split())
MAX_SYLLABLE_LENGTH = 6
MAX_WORD_LENGTH = 24
MAX_SEGMENTATIONS = 3

_latin = re.compile(r"[a-z]+")


def to_pinyin(chinese: str) -> list[str]:
    """Return the syllables of Chinese text without tones; characters without a reading are skipped."""
    # Its dictionary takes 60 MB of memory: only the processes that write the index load it.
    from pypinyin import lazy_pinyin

    return [syllable for syllable in lazy_pinyin(chinese, errors="ignore", v_to_u=False) if _latin.fullmatch(syllable)]


def bigrams(syllables: list[str]) -> list[str]:
    """Return pairs of adjacent syllables as one word: a single syllable matches too many characters to be useful."""
    return [first + second for first, second in pairwise(syllables)]


@lru_cache(maxsize=4096)
def segmentations(word: str) -> tuple[tuple[str, ...], ...]:
    """Return the ways to split a Latin word into two or more syllables (`fangan`: fang an, fan gan).

    Most English words have none.
    """
    if not 3 <= len(word) <= MAX_WORD_LENGTH or not _latin.fullmatch(word):
        return ()
    complete: list[tuple[str, ...]] = []
    partial: list[tuple[int, tuple[str, ...]]] = [(0, ())]
    while partial and len(complete) < MAX_SEGMENTATIONS:
        start, syllables = partial.pop()
        if start == len(word):
            complete.append(syllables)
            continue
        # Longest last, so that it is popped first: users type the longest syllable that fits.
        for end in range(start + 1, min(start + MAX_SYLLABLE_LENGTH, len(word)) + 1):
            if word[start:end] in SYLLABLES:
                partial.append((end, (*syllables, word[start:end])))
    return tuple(segmentation for segmentation in complete if len(segmentation) > 1)
