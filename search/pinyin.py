"""How Chinese sounds in Latin letters, so that a buyer without a Chinese keyboard still finds 棉布 by `mianbu`."""

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
LONGEST_SYLLABLE = 6
LONGEST_WORD = 24
READINGS = 3

_latin = re.compile(r"[a-z]+")


def sounds(chinese: str) -> list[str]:
    """The syllables of a run of Chinese characters, without tones; characters without a reading are left out."""
    # The dictionary behind it takes 60 MB: only the processes that write the index ever load it.
    from pypinyin import lazy_pinyin

    return [sound for sound in lazy_pinyin(chinese, errors="ignore", v_to_u=False) if _latin.fullmatch(sound)]


def pairs(syllables: list[str]) -> list[str]:
    """Neighbouring syllables written as one word: a single syllable stands for too many characters to be of use."""
    return [first + second for first, second in pairwise(syllables)]


@lru_cache(maxsize=4096)
def readings(word: str) -> tuple[tuple[str, ...], ...]:
    """The ways to read a Latin word as two or more syllables (`fangan`: fang an, fan gan); none for most English."""
    if not 3 <= len(word) <= LONGEST_WORD or not _latin.fullmatch(word):
        return ()
    found: list[tuple[str, ...]] = []
    open_ends: list[tuple[int, tuple[str, ...]]] = [(0, ())]
    while open_ends and len(found) < READINGS:
        start, so_far = open_ends.pop()
        if start == len(word):
            found.append(so_far)
            continue
        # Longest last, so that it is popped first: people write the fullest syllable they can.
        for end in range(start + 1, min(start + LONGEST_SYLLABLE, len(word)) + 1):
            if word[start:end] in SYLLABLES:
                open_ends.append((end, (*so_far, word[start:end])))
    return tuple(reading for reading in found if len(reading) > 1)
