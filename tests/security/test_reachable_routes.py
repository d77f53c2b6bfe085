"""Coverage of the attacks: every writing route is attacked by a form of a page, or listed here with the reason."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from flask import request
from flask.testing import FlaskClient
from sqlalchemy import text

from tests.security.change_recorder import ChangeRecorder
from tests.security.crawler import Crawler, Form
from tests.security.target import AttackTarget
from tests.security.test_foreign_ids import list_sides
from tests.security.test_mass_assignment import attack_roles, field_values, marker_changes, submit_and_undo

SHARED_DATABASE = True
UNSAFE = {"POST", "PUT", "PATCH", "DELETE"}
# No page of the seeded application shows a form for these routes. Each is attacked directly, from the URL map.
SERVICE_UNAVAILABLE = 503  # no sandbox gateway is running that could call this webhook
NEEDS_EMAIL_TOKEN = "its page requires a token from an e-mail"
UNREACHABLE: dict[str, str] = {
    "account.auth.continue_to_desk": "offered to users without a desk session: all actors have one",
    "account.auth.do_confirm_email": NEEDS_EMAIL_TOKEN,
    "account.auth.do_confirm_email_change": NEEDS_EMAIL_TOKEN,
    "account.auth.do_reset_password": NEEDS_EMAIL_TOKEN,
    "account.invitation.register": NEEDS_EMAIL_TOKEN,
    "account.me.resend_confirmation": "offered until the e-mail address is confirmed: all actors have confirmed theirs",
    "console.merchants.invite_owner": "offered for merchants without an owner: both merchants have one",
    "console.payments.retry_refund": "offered when the gateway has rejected a refund",
    "console.payments.mark_refunded_manually": "offered when the gateway has rejected a refund",
    "console.payments.sync_payment": "offered while a payment is pending at the gateway",
    "hooks.payments.sandbox_webhook": "no form: signed webhooks of the payment gateway",
    "shop.apply.reapply": "offered after a rejection",
    "shop.checkout.payment_status": "polled by the page to which the gateway returns the buyer",
}


def attacked_endpoints(attack_target: AttackTarget) -> set[str]:
    """Return the routes attacked by the foreign id and mass assignment tests; crawls them if those tests did not run."""
    for role, person, starts in attack_roles(attack_target):
        if f"extra fields {role}" not in attack_target.attacked_endpoints:
            crawler = Crawler(attack_target.app, person.client() if person else attack_target.app.test_client()).crawl(*starts)
            attack_target.attacked_endpoints[f"extra fields {role}"] = crawler.form_endpoints()
    for side in list_sides(attack_target):
        if f"foreign {side.name}" not in attack_target.attacked_endpoints:
            attack_target.attacked_endpoints[f"foreign {side.name}"] = (
                Crawler(attack_target.app, side.person.client(), max_per_route=5).crawl(*side.start_pages).form_endpoints()
            )
    return set().union(*attack_target.attacked_endpoints.values())


def unsafe_rules(attack_target: AttackTarget) -> dict[str, Any]:
    """Return every route with an unsafe method, by endpoint."""
    return {rule.endpoint: rule for rule in attack_target.rules() if rule.methods and rule.methods & UNSAFE}


def test_every_unsafe_route_is_attacked(attack_target: AttackTarget, recorder: ChangeRecorder) -> None:
    """Require every writing route to be reached (create its state in tests/security/state_fixtures.py) or listed above."""
    reached = attacked_endpoints(attack_target)
    recorder.undo()
    missing = sorted(set(unsafe_rules(attack_target)) - reached)
    assert missing == sorted(UNREACHABLE)


def forms_for_endpoint(attack_target: AttackTarget, endpoint: str) -> Iterator[tuple[FlaskClient, Form]]:
    """Yield an empty form of the route for each actor with access to its site, and for an anonymous client."""
    actors, site = attack_target.actors, endpoint.split(".")[0]
    people = {"desk": (actors.owner,), "console": (actors.admin,)}.get(site, (actors.buyer, actors.owner))
    rule = unsafe_rules(attack_target)[endpoint]
    for ownership in ("ours", "theirs"):
        action = (
            attack_target.build_path(rule, ownership=ownership)
            or attack_target.build_path(rule, ownership="nobody")
            or rule.rule
        )
        for client in (*(person.client() for person in people), attack_target.app.test_client()):
            yield client, Form(page_path=action, action=action, method="POST")


def attack_endpoint(attack_target: AttackTarget, recorder: ChangeRecorder, endpoint: str) -> list[Any]:
    """Submit all extra fields, including foreign ids, to a route; return the failures."""
    failures: list[Any] = []
    foreign_ids = {
        str(attack_target.actors.rival_id),
        str(attack_target.actors.other_buyer.buyer_id),
        str(attack_target.actors.other_buyer.account_id),
    }
    for client, form in forms_for_endpoint(attack_target, endpoint):
        for index in (0, 1):
            status, changes = submit_and_undo(
                recorder, form, client, {name: pair[index] for name, pair in field_values(attack_target).items()}
            )
            foreign = [change for change in changes if foreign_ids & {str(value) for value in change[2].values()}]
            broken = status >= 500 and status != SERVICE_UNAVAILABLE
            if broken or marker_changes(changes) or foreign:
                failures.append((form.action, status, marker_changes(changes), foreign))
    return failures


def test_unlinked_routes_ignore_unknown_fields(attack_target: AttackTarget, recorder: ChangeRecorder) -> None:
    recorder.clear()
    assert [failure for endpoint in UNREACHABLE for failure in attack_endpoint(attack_target, recorder, endpoint)] == []


def test_control_unlinked_route_accepting_all_fields_is_detected(
    attack_target: AttackTarget, recorder: ChangeRecorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unsafe_view() -> str:
        with attack_target.engine.begin() as connection:
            connection.execute(
                text("update accounts set name = :name where id = :id"),
                {"name": request.form["name"], "id": request.form["id"]},
            )
        return "done"

    monkeypatch.setitem(attack_target.app.view_functions, "account.me.resend_confirmation", unsafe_view)
    recorder.clear()
    assert attack_endpoint(attack_target, recorder, "account.me.resend_confirmation") != []
