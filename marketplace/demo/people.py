"""Invented names of people."""

from random import Random

from .texts import Said

_SURNAMES = """
陈:Chen 林:Lin 黄:Huang 张:Zhang 李:Li 王:Wang 吴:Wu
周:Zhou 徐:Xu 孙:Sun 马:Ma 朱:Zhu 胡:Hu 郭:Guo
何:He 高:Gao 罗:Luo 郑:Zheng 梁:Liang 谢:Xie 宋:Song
唐:Tang 许:Xu 邓:Deng 沈:Shen 曾:Zeng 彭:Peng 潘:Pan
蔡:Cai 钟:Zhong 傅:Fu 陆:Lu
"""
_GIVEN = """
文慧:Wenhui 建国:Jianguo 晓燕:Xiaoyan 志强:Zhiqiang 丽娟:Lijuan 海波:Haibo 秀英:Xiuying
国栋:Guodong 雅琴:Yaqin 明远:Mingyuan 淑芬:Shufen 俊杰:Junjie 佩珊:Peishan 家豪:Jiahao
思敏:Simin 永康:Yongkang 美玲:Meiling 德华:Dehua 春梅:Chunmei 立新:Lixin 婉清:Wanqing
振东:Zhendong 若兰:Ruolan 伟民:Weimin 巧云:Qiaoyun 子轩:Zixuan 静怡:Jingyi 光明:Guangming
玉珍:Yuzhen 浩然:Haoran 月华:Yuehua 启航:Qihang
"""


def _pairs(words: str) -> list[tuple[str, str]]:
    return [(zh, en) for zh, _, en in (word.partition(":") for word in words.split())]


def person(dice: Random) -> Said:
    """Somebody's name, surname first in Chinese, last in English."""
    (family, family_en), (given, given_en) = dice.choice(_pairs(_SURNAMES)), dice.choice(_pairs(_GIVEN))
    return Said(family + given, f"{given_en} {family_en}")


def mobile(dice: Random) -> str:
    """A mobile number of a series that no operator has given out."""
    return "1999" + "".join(str(dice.randrange(10)) for _ in range(7))
