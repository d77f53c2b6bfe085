"""Generated names of people and phone numbers."""

from random import Random

from demo.localized_string import LocalizedString

_SURNAMES = """
陈:Chen 林:Lin 黄:Huang 张:Zhang 李:Li 王:Wang 吴:Wu
周:Zhou 徐:Xu 孙:Sun 马:Ma 朱:Zhu 胡:Hu 郭:Guo
何:He 高:Gao 罗:Luo 郑:Zheng 梁:Liang 谢:Xie 宋:Song
唐:Tang 许:Xu 邓:Deng 沈:Shen 曾:Zeng 彭:Peng 潘:Pan
蔡:Cai 钟:Zhong 傅:Fu 陆:Lu
"""
_GIVEN_NAMES = """
文慧:Wenhui 建国:Jianguo 晓燕:Xiaoyan 志强:Zhiqiang 丽娟:Lijuan 海波:Haibo 秀英:Xiuying
国栋:Guodong 雅琴:Yaqin 明远:Mingyuan 淑芬:Shufen 俊杰:Junjie 佩珊:Peishan 家豪:Jiahao
思敏:Simin 永康:Yongkang 美玲:Meiling 德华:Dehua 春梅:Chunmei 立新:Lixin 婉清:Wanqing
振东:Zhendong 若兰:Ruolan 伟民:Weimin 巧云:Qiaoyun 子轩:Zixuan 静怡:Jingyi 光明:Guangming
玉珍:Yuzhen 浩然:Haoran 月华:Yuehua 启航:Qihang
"""


def _parse_pairs(text: str) -> list[tuple[str, str]]:
    return [(zh, en) for zh, _, en in (pair.partition(":") for pair in text.split())]


def random_person_name(rng: Random) -> LocalizedString:
    """Return a name, surname first in Chinese, last in English."""
    (surname, surname_en), (given_name, given_name_en) = (
        rng.choice(_parse_pairs(_SURNAMES)),
        rng.choice(_parse_pairs(_GIVEN_NAMES)),
    )
    return LocalizedString(surname + given_name, f"{given_name_en} {surname_en}")


def random_mobile_number(rng: Random) -> str:
    """Return a mobile number of a series that no operator has assigned."""
    return "1999" + "".join(str(rng.randrange(10)) for _ in range(7))
