"""Permission tests of every route for every role, with own and foreign ids; CSRF; and GET requests that must not write."""

from __future__ import annotations

import pytest

from tenants.access.permissions import ROLE_PERMISSIONS, Permission, StaffRole
from tests.security.target import AttackTarget

SHARED_DATABASE = True
LOGIN_REDIRECTS = {302, 303}


def methods(rule) -> list[str]:
    return sorted(rule.methods - {"HEAD", "OPTIONS"})


def test_desk_returns_404_to_non_members(attack_target: AttackTarget) -> None:
    """Request all desk routes as staff of another merchant, buyer and platform staff: all get 404 and nothing changes."""
    clients = {name: getattr(attack_target.actors, name).client() for name in ("rival_owner", "buyer", "stranger", "admin")}
    before = attack_target.table_checksums()
    failures = []
    for rule in attack_target.rules("desk"):
        path = attack_target.build_path(rule, ownership="ours") or attack_target.build_path(rule, ownership="nobody")
        for method in methods(rule):
            for name, client in clients.items():
                response = client.open(path, method=method)
                if response.status_code != 404:
                    failures.append((name, method, path, response.status_code))
    assert failures == []
    assert attack_target.table_checksums() == before


def test_protected_routes_redirect_anonymous_to_login(attack_target: AttackTarget) -> None:
    """Request all protected routes anonymously: each one redirects to a login page."""
    client = attack_target.app.test_client()
    failures = []
    for rule in attack_target.rules():
        access = getattr(attack_target.app.view_functions[rule.endpoint], "access", None)
        if access not in ("staff", "platform", "login_required"):
            continue
        path = attack_target.build_path(rule, ownership="ours") or attack_target.build_path(rule, ownership="nobody")
        for method in methods(rule):
            response = client.open(path, method=method)
            if response.status_code not in LOGIN_REDIRECTS or "sign-in" not in response.headers.get("Location", ""):
                failures.append((method, path, response.status_code))
    assert failures == []


def test_desk_routes_enforce_role_permissions(attack_target: AttackTarget) -> None:
    """Request all desk routes with each role: 403 exactly where the role lacks the permission."""
    people = {
        StaffRole.SERVICE: attack_target.actors.clerk,
        StaffRole.WAREHOUSE: attack_target.actors.warehouse,
        StaffRole.OWNER: attack_target.actors.owner,
    }
    failures = []
    for role, person in people.items():
        client = person.client()
        for rule in attack_target.rules("desk"):
            permission = Permission(attack_target.app.view_functions[rule.endpoint].permission)
            path = attack_target.build_path(rule, ownership="ours") or attack_target.build_path(rule, ownership="nobody")
            response = client.get(path) if "GET" in rule.methods else client.post(path)
            if (response.status_code == 403) != (permission not in ROLE_PERMISSIONS[role]) or response.status_code >= 500:
                failures.append((str(role), path, str(permission), response.status_code))
    assert failures == []


def test_console_returns_404_to_non_platform_staff(attack_target: AttackTarget) -> None:
    clients = {name: getattr(attack_target.actors, name).client() for name in ("owner", "clerk", "buyer", "stranger")}
    failures = []
    for rule in attack_target.rules("console"):
        if getattr(attack_target.app.view_functions[rule.endpoint], "access", None) != "platform":
            continue
        path = attack_target.build_path(rule, ownership="ours") or attack_target.build_path(rule, ownership="nobody")
        for method in methods(rule):
            for name, client in clients.items():
                response = client.open(path, method=method)
                if response.status_code != 404:
                    failures.append((name, method, path, response.status_code))
    assert failures == []


def test_desk_foreign_ids_respond_like_unknown_ids(attack_target: AttackTarget) -> None:
    """Use foreign ids at the own desk: they respond exactly like nonexistent ids."""
    client = attack_target.actors.owner.client()
    before = attack_target.table_checksums()
    failures = []
    for rule in attack_target.rules("desk"):
        if rule.arguments <= {"merchant"}:
            continue
        foreign_path, unknown_path = (
            attack_target.build_path(rule, ownership="theirs"),
            attack_target.build_path(rule, ownership="nobody"),
        )
        if foreign_path is None or foreign_path == unknown_path:
            continue
        for method in methods(rule):
            response, unknown_response = client.open(foreign_path, method=method), client.open(unknown_path, method=method)
            if response.status_code < 400 or response.status_code != unknown_response.status_code:
                failures.append((method, foreign_path, response.status_code, unknown_response.status_code))
    assert failures == []
    assert attack_target.table_checksums() == before


def test_buyer_foreign_ids_respond_like_unknown_ids(attack_target: AttackTarget) -> None:
    """Use ids of another buyer: they respond exactly like nonexistent ids."""
    client = attack_target.actors.buyer.client()
    before = attack_target.table_checksums()
    failures = []
    for rule in attack_target.rules("shop", "account"):
        access = getattr(attack_target.app.view_functions[rule.endpoint], "access", None)
        if access != "login_required" or not rule.arguments:
            continue
        foreign_path, unknown_path = (
            attack_target.build_path(rule, ownership="theirs"),
            attack_target.build_path(rule, ownership="nobody"),
        )
        for method in methods(rule) if foreign_path and foreign_path != unknown_path else ():
            response, unknown_response = client.open(foreign_path, method=method), client.open(unknown_path, method=method)
            if response.status_code < 400 or response.status_code != unknown_response.status_code:
                failures.append((method, foreign_path, response.status_code, unknown_response.status_code))
    assert failures == []
    assert attack_target.table_checksums() == before


def test_unsafe_requests_require_csrf_token_and_same_origin(attack_target: AttackTarget) -> None:
    """Send unsafe requests without a token, and cross-site ones: they are rejected and change nothing."""
    client = attack_target.actors.owner.client()
    before = attack_target.table_checksums()
    attack_target.app.config["WTF_CSRF_ENABLED"] = True
    failures = []
    try:
        for rule in attack_target.rules("shop", "account", "desk", "console", "store"):
            path = attack_target.build_path(rule, ownership="ours") or attack_target.build_path(rule, ownership="nobody")
            for method in set(methods(rule)) - {"GET"}:
                without_token = client.open(path, method=method).status_code
                cross_site = client.open(path, method=method, headers={"Sec-Fetch-Site": "cross-site"}).status_code
                foreign_origin = client.open(path, method=method, headers={"Origin": "https://evil.test"}).status_code
                if without_token != 400 or cross_site != 403 or foreign_origin != 403:
                    failures.append((method, path, without_token, cross_site, foreign_origin))
    finally:
        attack_target.app.config["WTF_CSRF_ENABLED"] = False
    assert failures == []
    assert attack_target.table_checksums() == before


def test_get_requests_write_nothing(attack_target: AttackTarget) -> None:
    """Request all GET routes as every role: no row is written and no response is a server error."""
    clients = [
        attack_target.actors.owner.client(),
        attack_target.actors.buyer.client(),
        attack_target.actors.admin.client(),
        attack_target.app.test_client(),
    ]
    before = attack_target.table_checksums()
    failures = []
    for rule in attack_target.rules():
        if "GET" not in rule.methods:
            continue
        for ownership in ("ours", "theirs", "nobody"):
            path = attack_target.build_path(rule, ownership=ownership)
            for client in clients if path else ():
                response = client.get(path)
                if response.status_code >= 500 and rule.endpoint != "health.ready":
                    failures.append((path, response.status_code))
    assert failures == []
    assert attack_target.table_checksums() == before


def test_control_unguarded_view_is_detected(attack_target: AttackTarget, monkeypatch: pytest.MonkeyPatch) -> None:
    """Control: a view without its access decorator is accessible, which the tests above would detect."""
    endpoint = "desk.dashboard.index"
    original_view = attack_target.app.view_functions[endpoint]
    monkeypatch.setitem(attack_target.app.view_functions, endpoint, lambda: "open")
    assert attack_target.actors.stranger.client().get("/desk/acme/").status_code == 200
    monkeypatch.setitem(attack_target.app.view_functions, endpoint, original_view)
    assert attack_target.actors.stranger.client().get("/desk/acme/").status_code == 404
