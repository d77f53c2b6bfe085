"""The merchant applications of the demo: approved, waiting, rejected, withdrawn and unfinished ones."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from random import Random
from typing import Any
from uuid import UUID

from demo.buyers import BY_SLUG as BUYERS
from demo.buyers import Buyer
from demo.merchants import BY_SLUG as MERCHANTS
from demo.merchants import TRADING, Merchant
from demo.names import random_mobile_number
from demo.sample_pdf import make_licence_pdf
from demo.seeding import SeedContext
from demo.seeds.accounts import Person, create_demo_account
from marketplace.media.uploads import store_document
from tenants.accounts import queries as account_queries
from tenants.accounts.models import Account
from tenants.isolation import AccessPurpose, as_account, as_buyer, with_purpose
from tenants.merchant_applications import queries, services
from tenants.merchant_applications.fields import Step
from tenants.merchant_applications.models import Application

FIRST_ADMITTED_DAYS_AGO, DAYS_BETWEEN_ADMISSIONS = 690, 13  # days ago; days from one merchant to the next
REVIEWER = "market.reviewer"
FIELD_COMMENTS = {
    "address": "住所与营业执照上的不一致，请按执照填写完整。",
    "licence": "执照图片右下角被裁掉，看不清登记机关，请重新上传。",
}
REJECTION_NOTE = "申请经营的丝绸织锦需要提供生产或代理证明，现有材料看不出货源，暂不予入驻。补齐后欢迎再次申请。"
PROSPECTS = {
    "xiangxi": (
        "resist-dyed accessories",
        "湘西苗绣与蓝印花布合作社，绣娘四十余人，承接围巾、布包与装饰画的设计和定制，可来样打版。",
    ),
    "nanning": ("brocade", "经营壮锦与广西民族织锦，常备几何菱纹与凤凰纹花型六十余个，供旗袍、箱包与软装使用。"),
    "tianjin": ("accessories", "津门老字号帽厂，毛呢、针织与草编帽年产三十万顶，可贴牌，五百顶起订。"),
    "kunming": ("cotton-prints", "昆明手作布料工作室，自选图案小批量印花棉布，主要供手作人与民宿。"),
}


def seed(context: SeedContext) -> None:
    """Create every trading merchant by an approved application of its owner, and applications in all other states."""
    for position, merchant in enumerate(TRADING):
        applicant = _create_owner_account(
            context, merchant, days=FIRST_ADMITTED_DAYS_AGO - DAYS_BETWEEN_ADMISSIONS * position + 4
        )
        _submit_application(
            context,
            applicant,
            application_answers(merchant),
            days=FIRST_ADMITTED_DAYS_AGO - DAYS_BETWEEN_ADMISSIONS * position + 2,
        )
        context.ids[f"merchant/{merchant.slug}"] = _approve_application(
            context, applicant, days=FIRST_ADMITTED_DAYS_AGO - DAYS_BETWEEN_ADMISSIONS * position
        )
    _seed_pending_applications(context)
    _seed_other_applications(context)


def _seed_pending_applications(context: SeedContext) -> None:
    """Create applications that wait for a decision, and one with requested changes."""
    for slug, days in (("heting", 1.6), ("songjin", 0.2)):
        _submit_application(
            context,
            _create_owner_account(context, MERCHANTS[slug], days=days + 6),
            application_answers(MERCHANTS[slug]),
            days=days,
        )
    jinbu = _create_owner_account(context, MERCHANTS["jinbu"], days=12)
    _submit_application(context, jinbu, application_answers(MERCHANTS["jinbu"]), days=5)
    _request_changes(context, jinbu, days=3)


def _seed_other_applications(context: SeedContext) -> None:
    """Create applications of buyers: submitted again, rejected, withdrawn, not finished."""
    applicants = {slug: _get_account(slug) for slug in PROSPECTS}
    for slug, days in (("xiangxi", 9), ("nanning", 46), ("tianjin", 31)):
        _submit_application(context, applicants[slug], _prospect_answers(BUYERS[slug]), days=days)
    _request_changes(context, applicants["xiangxi"], days=7)
    _submit_application(context, applicants["xiangxi"], _prospect_answers(BUYERS["xiangxi"]), days=0.9)
    with context.days_ago(days=44), _as_reviewer():
        services.reject_application(
            application_id=_latest_application(applicants["nanning"]).id,
            number=1,
            reviewer_id=_reviewer_account().id,
            decision_note=REJECTION_NOTE,
        )
    with context.days_ago(days=30), _as_buyer(applicants["tianjin"]):
        services.withdraw_application(account_id=applicants["tianjin"].id)
    with context.days_ago(days=2), _as_buyer(applicants["kunming"]):
        _fill_in_application(applicants["kunming"], _prospect_answers(BUYERS["kunming"]), steps=(Step.BUSINESS, Step.IDENTITY))


def application_answers(merchant: Merchant) -> dict[str, Any]:
    """Return a merchant's answers in its application."""
    rng, owner = Random(f"application:{merchant.slug}"), merchant.staff[0]  # noqa: S311 - a demo, not a secret
    return {
        "kind": merchant.kind, "ownership": merchant.ownership, "name_zh": merchant.name.zh, "name_en": merchant.name.en,
        "slug": merchant.slug, "founded_year": str(merchant.founded), "staff_size": merchant.staff_size,
        "company_name": merchant.legal_name, "credit_code": merchant.credit_code, "legal_person": owner.name.zh,
        "region": merchant.division, "address": merchant.address, "contact_name": owner.name.zh,
        "contact_phone": random_mobile_number(rng), "contact_email": owner.email, "scopes": list(merchant.categories),
        "introduction": merchant.introduction.zh, "agreement": True,
    }  # fmt: skip


def _prospect_answers(buyer: Buyer) -> dict[str, Any]:
    scopes, introduction = PROSPECTS[buyer.slug]
    first_address = buyer.addresses[0]
    return {
        "kind": "manufacturer", "ownership": "private", "name_zh": buyer.name.zh[2:8], "name_en": buyer.name.en.split(",")[0],
        "slug": f"{buyer.slug}-shop", "founded_year": "2014", "staff_size": "21-50", "company_name": buyer.name.zh,
        "credit_code": buyer.credit_code, "legal_person": buyer.contact.zh, "region": first_address.division,
        "address": first_address.street, "contact_name": buyer.contact.zh, "contact_phone": buyer.phone,
        "contact_email": buyer.email, "scopes": scopes.split(), "introduction": introduction, "agreement": True,
    }  # fmt: skip


def _create_owner_account(context: SeedContext, merchant: Merchant, *, days: float) -> Account:
    owner = merchant.staff[0]
    with context.days_ago(days=days):
        return create_demo_account(context, Person(login=merchant.slug, email=owner.email, name=owner.name.zh))


def _submit_application(context: SeedContext, applicant: Account, answers: Mapping[str, Any], *, days: float) -> None:
    with context.days_ago(days=days), _as_buyer(applicant):
        _fill_in_application(applicant, answers, steps=tuple(Step))
        documents = {"licence": "营业执照"} | ({"authorisation": "品牌授权书"} if answers["kind"] == "agent" else {})
        for name, title in documents.items():
            content = make_licence_pdf(title, _licence_lines(answers))
            stored = store_document(io.BytesIO(content), filename=f"{title}.pdf", key_prefix=str(applicant.buyer_id))
            services.save_document(account_id=applicant.id, name=name, document=stored.to_json())
        services.submit_application(account_id=applicant.id)


def _fill_in_application(applicant: Account, answers: Mapping[str, Any], *, steps: Sequence[Step]) -> None:
    services.start_application(buyer_id=applicant.buyer_id, account_id=applicant.id, answers={})
    for step in steps:
        services.save_answers(account_id=applicant.id, step=step, answers=answers)


def _licence_lines(answers: Mapping[str, Any]) -> tuple[str, ...]:
    return (
        f"统一社会信用代码：{answers['credit_code']}",
        f"名称：{answers['company_name']}",
        f"法定代表人：{answers['legal_person']}",
        f"住所：{answers['address']}",
        f"成立日期：{answers['founded_year']}年",
    )


def _approve_application(context: SeedContext, applicant: Account, *, days: float) -> UUID:
    with context.days_ago(days=days), _as_reviewer():
        latest = _latest_application(applicant)
        merchant = services.approve_application(
            application_id=latest.id,
            number=latest.submission_count,
            reviewer_id=_reviewer_account().id,
            scopes=latest.answers["scopes"],
        )
        return merchant.id


def _request_changes(context: SeedContext, applicant: Account, *, days: float) -> None:
    with context.days_ago(days=days), _as_reviewer():
        latest = _latest_application(applicant)
        note = "材料基本齐全，请改正下面两处后再次提交。"
        services.request_changes(
            application_id=latest.id,
            number=latest.submission_count,
            reviewer_id=_reviewer_account().id,
            field_comments=FIELD_COMMENTS,
            decision_note=note,
        )


@contextmanager
def _as_buyer(account: Account) -> Iterator[None]:
    with as_account(account.id), as_buyer(buyer_id=account.buyer_id, account_id=account.id):
        yield


@contextmanager
def _as_reviewer() -> Iterator[None]:
    """Run as the platform's reviewer at the console."""
    with as_account(_reviewer_account().id), with_purpose(AccessPurpose.CONSOLE):
        yield


def _reviewer_account() -> Account:
    return _get_account(REVIEWER)


def _get_account(login: str) -> Account:
    account = account_queries.find_account_by_login_or_email(login)
    if account is None:
        raise LookupError(f"{login} has no account yet")
    return account


def _latest_application(applicant: Account) -> Application:
    return queries.get_own_application(applicant.id, lock=False)
