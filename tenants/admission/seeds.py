"""How the merchants of the demo market came in: by their applications. Some still knock at the door, some were turned away."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from random import Random
from typing import Any
from uuid import UUID

from marketplace.demo.buyers import BY_SLUG as BUYERS
from marketplace.demo.buyers import Buyer
from marketplace.demo.merchants import BY_SLUG as MERCHANTS
from marketplace.demo.merchants import TRADING, Merchant
from marketplace.demo.papers import licence
from marketplace.demo.people import mobile
from marketplace.kernel.seeding import Plan
from marketplace.kernel.uploads import store_document
from tenants.accounts import queries as accounts
from tenants.accounts.models import Account
from tenants.accounts.seeds import Person, open_account
from tenants.admission import queries, services
from tenants.admission.fields import Step
from tenants.admission.models import Application
from tenants.scope import Purpose, buying_as, signed_in_as, working_on

FIRST_ADMITTED, BETWEEN = 690, 13  # days ago; days from one merchant to the next
REVIEWER = "market.reviewer"
REMARKS = {
    "address": "住所与营业执照上的不一致，请按执照填写完整。",
    "licence": "执照图片右下角被裁掉，看不清登记机关，请重新上传。",
}
TURNED_AWAY = "申请经营的丝绸织锦需要提供生产或代理证明，现有材料看不出货源，暂不予入驻。补齐后欢迎再次申请。"
HOPES = {
    "xiangxi": (
        "resist-dyed accessories",
        "湘西苗绣与蓝印花布合作社，绣娘四十余人，承接围巾、布包与装饰画的设计和定制，可来样打版。",
    ),
    "nanning": ("brocade", "经营壮锦与广西民族织锦，常备几何菱纹与凤凰纹花型六十余个，供旗袍、箱包与软装使用。"),
    "tianjin": ("accessories", "津门老字号帽厂，毛呢、针织与草编帽年产三十万顶，可贴牌，五百顶起订。"),
    "kunming": ("cotton-prints", "昆明手作布料工作室，自选图案小批量印花棉布，主要供手作人与民宿。"),
}


def seed(plan: Plan) -> None:
    """Every trading merchant by an approved application of its owner, and applications in all other states."""
    for place, merchant in enumerate(TRADING):
        applicant = _owner(plan, merchant, days=FIRST_ADMITTED - BETWEEN * place + 4)
        _hand_in(plan, applicant, answers_of(merchant), days=FIRST_ADMITTED - BETWEEN * place + 2)
        plan.ids[f"merchant/{merchant.slug}"] = _approve(plan, applicant, days=FIRST_ADMITTED - BETWEEN * place)
    _knocking(plan)
    _others(plan)


def _knocking(plan: Plan) -> None:
    """Merchants that wait for an answer, and one that has been asked for changes."""
    for slug, days in (("heting", 1.6), ("songjin", 0.2)):
        _hand_in(plan, _owner(plan, MERCHANTS[slug], days=days + 6), answers_of(MERCHANTS[slug]), days=days)
    jinbu = _owner(plan, MERCHANTS["jinbu"], days=12)
    _hand_in(plan, jinbu, answers_of(MERCHANTS["jinbu"]), days=5)
    _send_back(plan, jinbu, days=3)


def _others(plan: Plan) -> None:
    """Buyers who would like to sell as well: handed in again, turned away, taken back, not finished."""
    people = {slug: _account(slug) for slug in HOPES}
    for slug, days in (("xiangxi", 9), ("nanning", 46), ("tianjin", 31)):
        _hand_in(plan, people[slug], _hopes(BUYERS[slug]), days=days)
    _send_back(plan, people["xiangxi"], days=7)
    _hand_in(plan, people["xiangxi"], _hopes(BUYERS["xiangxi"]), days=0.9)
    with plan.ago(days=44), _market():
        services.reject(application_id=_latest(people["nanning"]).id, number=1, reviewer_id=_reviewer().id, said=TURNED_AWAY)
    with plan.ago(days=30), _buying(people["tianjin"]):
        services.withdraw(account_id=people["tianjin"].id)
    with plan.ago(days=2), _buying(people["kunming"]):
        _write(people["kunming"], _hopes(BUYERS["kunming"]), steps=(Step.BUSINESS, Step.IDENTITY))


def answers_of(merchant: Merchant) -> dict[str, Any]:
    """What a merchant said of itself when it applied."""
    dice, owner = Random(f"application:{merchant.slug}"), merchant.staff[0]  # noqa: S311 - a demo, not a secret
    return {
        "kind": merchant.kind, "ownership": merchant.ownership, "name_zh": merchant.name.zh, "name_en": merchant.name.en,
        "slug": merchant.slug, "founded_year": str(merchant.founded), "staff_size": merchant.staff_size,
        "company_name": merchant.legal_name, "credit_code": merchant.credit_code, "legal_person": owner.name.zh,
        "region": merchant.division, "address": merchant.address, "contact_name": owner.name.zh,
        "contact_phone": mobile(dice), "contact_email": owner.email, "scopes": list(merchant.categories),
        "introduction": merchant.introduction.zh, "agreement": True,
    }  # fmt: skip


def _hopes(buyer: Buyer) -> dict[str, Any]:
    scopes, introduction = HOPES[buyer.slug]
    first = buyer.addresses[0]
    return {
        "kind": "manufacturer", "ownership": "private", "name_zh": buyer.name.zh[2:8], "name_en": buyer.name.en.split(",")[0],
        "slug": f"{buyer.slug}-shop", "founded_year": "2014", "staff_size": "21-50", "company_name": buyer.name.zh,
        "credit_code": buyer.credit_code, "legal_person": buyer.contact.zh, "region": first.division,
        "address": first.street, "contact_name": buyer.contact.zh, "contact_phone": buyer.phone,
        "contact_email": buyer.email, "scopes": scopes.split(), "introduction": introduction, "agreement": True,
    }  # fmt: skip


def _owner(plan: Plan, merchant: Merchant, *, days: float) -> Account:
    owner = merchant.staff[0]
    with plan.ago(days=days):
        return open_account(plan, Person(login=merchant.slug, email=owner.email, name=owner.name.zh))


def _hand_in(plan: Plan, applicant: Account, answers: Mapping[str, Any], *, days: float) -> None:
    with plan.ago(days=days), _buying(applicant):
        _write(applicant, answers, steps=tuple(Step))
        papers = {"licence": "营业执照"} | ({"authorisation": "品牌授权书"} if answers["kind"] == "agent" else {})
        for name, title in papers.items():
            paper = licence(title, _lines(answers))
            kept = store_document(io.BytesIO(paper), filename=f"{title}.pdf", owner=str(applicant.buyer_id))
            services.keep_paper(account_id=applicant.id, name=name, document=kept.to_json())
        services.submit(account_id=applicant.id)


def _write(applicant: Account, answers: Mapping[str, Any], *, steps: Sequence[Step]) -> None:
    services.start(buyer_id=applicant.buyer_id, account_id=applicant.id, answers={})
    for step in steps:
        services.save(account_id=applicant.id, step=step, answers=answers)


def _lines(answers: Mapping[str, Any]) -> tuple[str, ...]:
    return (
        f"统一社会信用代码：{answers['credit_code']}",
        f"名称：{answers['company_name']}",
        f"法定代表人：{answers['legal_person']}",
        f"住所：{answers['address']}",
        f"成立日期：{answers['founded_year']}年",
    )


def _approve(plan: Plan, applicant: Account, *, days: float) -> UUID:
    with plan.ago(days=days), _market():
        latest = _latest(applicant)
        merchant = services.approve(
            application_id=latest.id, number=latest.rounds, reviewer_id=_reviewer().id, scopes=latest.answers["scopes"]
        )
        return merchant.id


def _send_back(plan: Plan, applicant: Account, *, days: float) -> None:
    with plan.ago(days=days), _market():
        latest = _latest(applicant)
        said = "材料基本齐全，请改正下面两处后再次提交。"
        services.request_changes(
            application_id=latest.id, number=latest.rounds, reviewer_id=_reviewer().id, remarks=REMARKS, said=said
        )


@contextmanager
def _buying(account: Account) -> Iterator[None]:
    with signed_in_as(account.id), buying_as(buyer_id=account.buyer_id, account_id=account.id):
        yield


@contextmanager
def _market() -> Iterator[None]:
    """As the market's reviewer at the console."""
    with signed_in_as(_reviewer().id), working_on(Purpose.CONSOLE):
        yield


def _reviewer() -> Account:
    return _account(REVIEWER)


def _account(login: str) -> Account:
    found = accounts.account_by_name(login)
    if found is None:
        raise LookupError(f"{login} has no account yet")
    return found


def _latest(applicant: Account) -> Application:
    return queries.mine(applicant.id, lock=False)
