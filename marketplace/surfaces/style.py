"""The living style page: every macro of the face, with goods of the trade, in the reader's language."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from marketplace.kernel import clock
from marketplace.kernel.money import Money
from marketplace.kernel.texts import pick
from marketplace.surfaces.frame import static
from tenants.access.guards import market_only
from tenants.access.permissions import MarketRight

Thing = dict[str, Any]
CLOTHS = {
    "gingham": "#dd8f7c",
    "denim": "#4f6a94",
    "waves": "#5b75a2",
    "linen": "#cbb993",
    "plaid": "#335a41",
    "dots": "#3a4868",
    "stripe": "#cdd5dd",
    "jade": "#2f7f66",
}
console = Blueprint("style", __name__)


@console.get("/style")
@market_only(MarketRight.CONSOLE_SEE)
def index() -> ResponseReturnValue:
    """Every part of the face on one page."""
    return render_template("console/style.html", **samples())


def samples() -> Thing:
    """Realistic goods, orders and figures for every macro; nothing of it is in the database."""
    now = clock.now()
    return {
        "cards": _cards(),
        "merchants": _merchants(),
        "pictures": [picture(name) for name in CLOTHS],
        "tiers": _tiers(),
        "orders": _orders(),
        "waiting": _waiting(),
        "figures": _figures(),
        "facet_groups": _facets(),
        "events": _events(now),
        "lines": _statement(now),
        "review": _review(),
        "tasks": _tasks(),
        "days": [f"{day.month}/{day.day}" for day in (now - timedelta(days=29 - n) for n in range(30))],
        "sales": [round(9000 + 5200 * ((n * 7919) % 13) / 13 + 260 * n) for n in range(30)],
        "visits": [round(5200 + 3900 * ((n * 104729) % 17) / 17 + 90 * n) for n in range(30)],
        "swatches": CLOTHS,
        "now": now,
        "yuan": yuan,
        "t": t,
    }


def t(chinese: str, english: str) -> str:
    """Sample goods are content, not words of the interface: they bring both languages along."""
    return pick({"zh_Hans": chinese, "en": english})


def yuan(amount: str) -> Money:
    """`18.50` as money."""
    return Money.parse(amount, "CNY")


def picture(name: str, alt: str = "") -> Thing:
    """A sample cloth with its average colour."""
    return {"url": static(f"sample/{name}.svg"), "alt": alt, "colour": CLOTHS[name]}


def _card(cloth: str, name: str, price: str, *facts: str, **more: Any) -> Thing:
    minimum, stock, origin, merchant, replies = facts
    base = {"name": name, "url": "#cards", "picture": picture(cloth), "price": yuan(price) if price else None}
    facts_of = {"unit": t("米", "m"), "minimum": minimum, "stock": stock, "origin": origin}
    return {**base, **facts_of, "merchant": merchant, "merchant_url": "#merchants", "replies": replies, **more}


def _cards() -> list[Thing]:
    return [
        _card(
            "gingham", t("全棉色织格子布 40×40 110×70 衬衫裙料", "Yarn-dyed cotton gingham, 40×40 110×70"), "18.50",
            t("2 米起批", "from 2 m"), t("现货 3,260 米", "3,260 m in stock"), t("浙江 绍兴", "Shaoxing"),
            t("兴隆布行", "Xinglong Cloth"), t("12 分钟内回复", "answers in 12 min"), flag=t("48 小时发货", "ships in 48 h"),
        ),
        _card(
            "denim", t("12 安环锭竹节牛仔布 靛蓝 宽幅 158 cm", "12 oz ring-spun slub denim, indigo, 158 cm"), "21.20",
            t("50 米起批", "from 50 m"), t("7 天交货", "made in 7 days"), t("广东 佛山", "Foshan"),
            t("均安牛仔厂", "Jun'an Denim Mill"), t("8 分钟内回复", "answers in 8 min"), high=yuan("23"),
        ),
        _card(
            "waves", t("青海波印花棉布 和风手作布 平纹 115 克", "Seigaiha print on plain cotton, 115 gsm"), "14.80",
            t("3 米起批", "from 3 m"), t("现货 980 米", "980 m in stock"), t("江苏 南通", "Nantong"),
            t("南通百织", "Baizhi Weavers"), t("25 分钟内回复", "answers in 25 min"), was=yuan("16.80"),
        ),
        _card(
            "linen", t("纯亚麻本色布 14 支 砂洗 家居服装", "Pure linen, natural, 14 count, washed"), "",
            t("5 米起批", "from 5 m"), t("暂时缺货", "sold out"), t("江苏 常熟", "Changshu"),
            t("麻之源纺织", "Mazhiyuan Linen"), t("1 小时内回复", "answers in 1 h"), in_stock=False,
        ),
        _card(
            "plaid", t("毛呢格纹大衣料 苏格兰格 480 克", "Wool tartan coating, 480 gsm"), "46.00",
            t("20 米起批", "from 20 m"), t("现货 760 米", "760 m in stock"), t("江苏 江阴", "Jiangyin"),
            t("华宏毛纺", "Huahong Woollens"), t("30 分钟内回复", "answers in 30 min"),
        ),
    ]  # fmt: skip


def _merchants() -> list[Thing]:
    line = t("生产厂家 · 民营 · 入驻 6 年", "Manufacturer · private · 6 years here")
    figures = [
        (t("首次回复", "First answer"), t("12 分钟", "12 min")),
        (t("准时发货", "On time"), "98.7%"),
        (t("纠纷率", "Disputes"), "0.3%"),
        (t("复购", "Buy again"), "61%"),
    ]
    badges = [(t("已核验", "Verified"), "good"), (t("可开专票", "VAT invoices"), "info")]
    strip = [picture(name) for name in ("gingham", "stripe", "dots", "plaid")]
    first = {"name": t("兴隆布行", "Xinglong Cloth"), "url": "#merchants", "line": line, "figures": figures}
    other = {"name": t("均安牛仔厂", "Jun'an Denim Mill"), "url": "#merchants", "line": t("生产厂家 · 佛山", "Manufacturer · Foshan")}
    return [
        {**first, "logo": picture("plaid"), "badges": badges, "pictures": strip, "goods": t("在售 312 款", "312 products")},
        {**other, "badges": badges[:1], "pictures": strip[::-1], "goods": t("在售 86 款", "86 products")},
    ]


def _tiers() -> list[Thing]:
    return [
        {"from": 2, "to": 49, "price": yuan("18.50")},
        {"from": 50, "to": 199, "price": yuan("17.80")},
        {"from": 200, "to": 999, "price": yuan("17.20")},
        {"from": 1000, "price": None},
    ]


def _orders() -> list[Thing]:
    states = [
        (t("待订单审核", "Order review"), "due"),
        (t("待发货", "To be shipped"), "info"),
        (t("已收货", "Received"), "good"),
        (t("申请退货", "Return asked for"), "bad"),
        (t("草稿", "Draft"), ""),
    ]
    rows = [
        ("20261122-0412", t("锦绣服饰（杭州）", "Jinxiu Garments"), "gingham", t("朱红格 60 米等 3 项", "Gingham 60 m and 2 more"), "2318.00"),
        ("20261122-0397", t("阿玲手作", "Aling Crafts"), "waves", t("青海波 4 米", "Seigaiha 4 m"), "80.80"),
        ("20261121-1188", t("远航制衣（宁波）", "Yuanhang Clothing"), "denim", t("竹节牛仔 600 米", "Slub denim 600 m"), "12720.00"),
        ("20261121-1043", t("素人工作室", "Suren Studio"), "linen", t("亚麻本色 12 米", "Natural linen 12 m"), "388.80"),
        ("20261120-0871", t("华彩校服（合肥）", "Huacai Uniforms"), "plaid", t("苏格兰格 1,200 米", "Tartan 1,200 m"), "55200.00"),
    ]
    names = ("number", "buyer", "cloth", "goods")
    return [
        {**dict(zip(names, row[:4], strict=True)), "sum": yuan(row[4]), "state": state, "waits": t(f"{n} 小时", f"{n} h")}
        for n, (row, state) in enumerate(zip(rows, states, strict=True), start=1)
    ]


def _waiting() -> list[Thing]:
    review, ship, stock = t("逐单审核", "Review"), t("打单发货", "Ship"), t("补货", "Restock")
    return [
        {"label": t("12 张订单待订单审核", "12 orders wait for review"), "why": t("最早的等了 3 小时 12 分 · 共 ¥46,280.00", "the first for 3 h 12 min · ¥46,280.00 in all"), "icon": "order", "url": "#queue", "action": review, "when": t("超 2 小时", "over 2 h"), "urgent": True},
        {"label": t("8 张订单待发货", "8 orders to ship"), "why": t("3 张承诺今天发出；2 单同一收货人可合并", "3 promised for today; 2 go to one buyer"), "icon": "truck", "url": "#queue", "action": ship, "when": t("今天 18:00 前", "before 18:00"), "urgent": False},
        {"label": t("2 个规格低于警戒线", "2 variants run low"), "why": t("朱红格 155 cm 剩 34 米（警戒 50 米）", "Gingham 155 cm: 34 m left of 50"), "icon": "warehouse", "url": "#queue", "action": stock, "when": None, "urgent": False},
    ]  # fmt: skip


def _figures() -> list[Thing]:
    days = [9, 12, 10, 15, 13, 19, 16, 22, 21, 28, 25, 33]
    return [
        {"label": t("今天成交", "Sold today"), "value": t("¥28,640", "¥28,640"), "detail": t("比上周日", "against last Sunday"), "change": 0.18, "series": days, "url": None},
        {"label": t("担保中，待放款", "Held, to be released"), "value": "¥136,902", "detail": t("3 天内放款 ¥41,300", "¥41,300 within 3 days"), "change": None, "series": [], "url": "#statement"},
        {"label": t("访客", "Visitors"), "value": "1,286", "detail": t("比昨天", "against yesterday"), "change": -0.04, "series": days[::-1], "url": None},
        {"label": t("平均回复", "Average answer"), "value": t("11 分钟", "11 min"), "detail": t("同行 34 分钟", "others: 34 min"), "change": None, "series": [], "url": None},
    ]  # fmt: skip


def _facets() -> list[Thing]:
    def option(value: str, label: str, count: int, on: bool = False, colour: str = "") -> Thing:
        return {"value": value, "label": label, "count": count, "on": on, "colour": colour}

    made_of = [("cotton", t("全棉", "Cotton"), 842, True), ("mix", t("棉涤混纺", "Cotton and polyester"), 301), ("flax", t("棉麻", "Cotton and linen"), 88), ("silk", t("真丝", "Silk"), 0)]
    colours = [("white", t("本白", "White"), 210, False, "#f4f2ec"), ("ink", t("墨黑", "Black"), 187, False, "#1d2129"), ("indigo", t("靛蓝", "Indigo"), 96, True, "#2a4d9b"), ("red", t("朱红", "Vermilion"), 74, False, "#c8371b"), ("sand", t("卡其", "Khaki"), 61, False, "#a9916a"), ("jade", t("翡翠", "Jade"), 33, False, "#2f7a62")]
    return [
        {"name": "composition", "label": t("成分", "Composition"), "kind": "list", "options": [option(*one) for one in made_of]},
        {"name": "colour", "label": t("颜色", "Colour"), "kind": "swatches", "options": [option(*one) for one in colours]},
        {"name": "weight", "label": t("克重", "Weight"), "kind": "range", "options": [], "low": "120", "high": "160", "unit": t("克/平方米", "g per m²")},
    ]  # fmt: skip


def _events(now: datetime) -> list[Thing]:
    clerk = t("陈店长", "Manager Chen")
    return [
        {"label": t("第 2 个包裹已发出", "Second parcel shipped"), "at": now - timedelta(hours=2), "by": clerk, "tone": "info", "icon": "truck", "detail": t("顺丰 SF1432 7768 9011", "SF Express SF1432 7768 9011")},
        {"label": t("买家留言", "The buyer wrote"), "at": now - timedelta(hours=5), "tone": "due", "icon": "talk", "said": t("朱红格请按 148 门幅裁，不要拼接。", "Please cut the gingham at 148 cm width, no joins.")},
        {"label": t("财务审核通过", "Passed finance review"), "at": now - timedelta(hours=22), "by": t("林会计", "Accountant Lin"), "tone": "good"},
        {"label": t("已下单", "Placed"), "at": now - timedelta(hours=26), "by": t("锦绣服饰", "Jinxiu Garments")},
    ]  # fmt: skip


def _statement(now: datetime) -> list[Thing]:
    held, due, fee = t("担保资金 0412", "Escrow 0412"), t("商户可用", "Available"), t("佣金收入", "Commission")
    sale = [(held, yuan("2318"), None), (due, None, yuan("2202.10")), (fee, None, yuan("115.90"))]
    back = [(due, yuan("344"), None), (t("退款在途", "Refund in transit"), None, yuan("344"))]
    return [
        {"day": now - timedelta(days=1), "what": t("订单 20261121-0412 放款", "Order 20261121-0412 released"), "amount": yuan("2202.10"), "left": yuan("62418.07"), "postings": sale},
        {"day": now - timedelta(days=2), "what": t("订单 20261118-0033 退款", "Order 20261118-0033 refunded"), "amount": yuan("-344"), "left": yuan("60215.97"), "postings": back},
    ]  # fmt: skip


def _review() -> list[Thing]:
    return [
        {"name": "company", "label": t("企业名称", "Company"), "value": t("绍兴兴隆纺织品有限公司", "Shaoxing Xinglong Textiles Ltd.")},
        {"name": "licence", "label": t("统一社会信用代码", "Registration number"), "value": "91330621MA2XXXXX7K", "remark": t("与执照照片上的不一致，请核对最后两位。", "Differs from the licence; please check the last two signs.")},
    ]  # fmt: skip


def _tasks() -> list[Thing]:
    return [
        {"name": t("导入 秋冬面料.xlsx", "Import autumn-fabrics.xlsx"), "done": 812, "total": 1940, "state": "running", "note": t("已读 812 行，3 行有错", "812 rows read, 3 with errors")},
        {"name": t("导出 10 月订单", "Export of October's orders"), "done": 1, "total": 1, "state": "done", "url": "#tray"},
    ]  # fmt: skip
