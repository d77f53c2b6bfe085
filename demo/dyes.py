"""The dyes of the shade card by their traditional names, each with its colour family."""

from dataclasses import dataclass

from demo.localized_string import LocalizedString


@dataclass(frozen=True, slots=True)
class Dye:
    """A dye: code, names, family (a choice of the attribute ``colour``) and ``#rrggbb``."""

    code: str
    name: LocalizedString
    family: str
    hex: str


FAMILIES: dict[str, LocalizedString] = {
    "white": LocalizedString("白色系", "Whites"),
    "beige": LocalizedString("米杏系", "Beiges"),
    "yellow": LocalizedString("黄色系", "Yellows"),
    "orange": LocalizedString("橙色系", "Oranges"),
    "red": LocalizedString("红色系", "Reds"),
    "pink": LocalizedString("粉色系", "Pinks"),
    "purple": LocalizedString("紫色系", "Purples"),
    "blue": LocalizedString("蓝色系", "Blues"),
    "cyan": LocalizedString("青色系", "Teals"),
    "green": LocalizedString("绿色系", "Greens"),
    "brown": LocalizedString("棕色系", "Browns"),
    "grey": LocalizedString("灰色系", "Greys"),
    "black": LocalizedString("黑色系", "Blacks"),
    "multi": LocalizedString("多色", "Multicoloured"),
}

_DYE_TABLE = """
yuebai 月白 Moon-white white #dfe7ea
susha 素纱白 Raw-silk-white white #f1ede4
xuebai 雪白 Snow-white white #f4f4f1
xiangya 象牙白 Ivory beige #f0e6d0
mibai 米白 Rice-white beige #eae1cf
xing 杏色 Apricot-beige beige #e3cdb0
ma 麻本色 Natural-flax beige #cfc0a4
tuo 驼色 Camel brown #b28d62
qiuxiang 秋香 Autumn-fragrance yellow #c9a94f
xianghuang 缃黄 Pale-silk-yellow yellow #e5cf8a
jianghuang 姜黄 Turmeric yellow #d29e3c
ehuang 鹅黄 Gosling-yellow yellow #ecd98c
xiangse 香色 Incense-brown brown #a07c4a
xinghong 杏红 Apricot orange #dd8a55
juhong 橘红 Tangerine orange #d2662f
zhuhong 朱红 Vermilion red #c2412d
yanzhi 胭脂 Rouge red #a02c3d
zaohong 枣红 Jujube-red red #7a2730
shiliu 石榴红 Pomegranate red #b8323a
jiangzi 绛紫 Deep-crimson-purple purple #64283f
zheshi 赭石 Ochre brown #9a5a38
hupo 琥珀 Amber orange #b96f2c
fen 藕粉 Lotus-root-pink pink #dcbab0
taohong 桃红 Peach-blossom pink #d98592
haitang 海棠红 Begonia pink #c75f6f
ouhe 藕荷 Lotus-mauve purple #bca3b7
zidian 紫丁香 Lilac purple #9d88ae
qinglian 青莲 Iris-violet purple #6b4c86
muzi 木槿紫 Hibiscus-purple purple #8a6a93
tianqing 天青 Sky-after-rain cyan #9ab8c0
jilan 霁蓝 Altar-blue blue #2f5a8c
dianlan 靛蓝 Indigo blue #28436e
baolan 宝蓝 Royal-blue blue #27509b
canglan 藏蓝 Navy blue #232f4b
hulan 湖蓝 Lake-blue blue #5c93b4
wulan 雾蓝 Mist-blue blue #8fa5b8
qianniu 牵牛蓝 Morning-glory-blue blue #5a72ac
shiqing 石青 Azurite cyan #3d7487
qingci 青瓷 Celadon cyan #a3c0b2
kongque 孔雀绿 Peacock-green green #23766c
dailv 黛绿 Mountain-green green #35534a
molv 墨绿 Ink-green green #24413a
zhuqing 竹青 Bamboo-green green #78936a
doulv 豆绿 Bean-green green #a6b886
liuhuang 柳黄 Willow-yellow green #c3c578
ganlan 橄榄绿 Olive green #6c6a3f
junlv 军绿 Army-green green #545a40
conglv 葱绿 Scallion-green green #7fae5f
hetao 核桃棕 Walnut brown #6a4a37
kafei 咖啡 Coffee brown #4d382e
tanxiang 檀香 Sandalwood brown #8f6b52
yinhui 银灰 Silver-grey grey #bdc0c1
qianhui 铅灰 Lead-grey grey #83878b
yanhui 烟灰 Smoke-grey grey #9c968d
daihui 黛灰 Slate grey #565f66
tanhei 炭黑 Charcoal black #3b3c3e
xuanqing 玄青 Raven-black black #26282d
hei 正黑 Jet-black black #1c1c1e
"""


def _parse_dye(line: str) -> Dye:
    code, zh, en, family, shade = line.split()
    return Dye(code, LocalizedString(zh, en.replace("-", " ")), family, shade)


DYES: dict[str, Dye] = {dye.code: dye for dye in map(_parse_dye, _DYE_TABLE.strip().splitlines())}


def dye_hex_codes(*codes: str) -> tuple[str, ...]:
    """Return the dyes of these codes as ``#rrggbb``."""
    return tuple(DYES[code].hex for code in codes)
