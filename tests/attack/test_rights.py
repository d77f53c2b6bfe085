"""R20 and R36: every route, every kind of visitor, own and foreign things; forged requests; reading that writes."""

from __future__ import annotations

import pytest

from tenants.access.permissions import GRANTS, Permission, StaffRole
from tests.attack.world import World

ONE_WORLD = True
SENT_TO_SIGN_IN = {302, 303}


def methods(rule) -> list[str]:
    return sorted(rule.methods - {"HEAD", "OPTIONS"})


def test_strangers_never_come_behind_a_desk(world: World) -> None:
    """R20: somebody of another merchant, a buyer, the market's own staff: all get 404 and nothing changes."""
    browsers = {name: getattr(world.cast, name).browser() for name in ("rival_owner", "buyer", "stranger", "admin")}
    before = world.fingerprint()
    wrong = []
    for rule in world.rules("desk"):
        path = world.address(rule, whose="ours") or world.address(rule, whose="nobody")
        for method in methods(rule):
            for name, browser in browsers.items():
                answer = browser.open(path, method=method)
                if answer.status_code != 404:
                    wrong.append((name, method, path, answer.status_code))
    assert wrong == []
    assert world.fingerprint() == before


def test_nobody_comes_in_without_signing_in(world: World) -> None:
    """R20: anonymous visitors are sent to sign in, at every door that asks who they are."""
    visitor = world.app.test_client()
    wrong = []
    for rule in world.rules():
        access = getattr(world.app.view_functions[rule.endpoint], "access", None)
        if access not in ("staff", "market", "signed_in"):
            continue
        path = world.address(rule, whose="ours") or world.address(rule, whose="nobody")
        for method in methods(rule):
            answer = visitor.open(path, method=method)
            if answer.status_code not in SENT_TO_SIGN_IN or "sign-in" not in answer.headers.get("Location", ""):
                wrong.append((method, path, answer.status_code))
    assert wrong == []


def test_colleagues_do_what_their_role_grants_and_nothing_else(world: World) -> None:
    """R20: 403 exactly where the role's permissions say so."""
    people = {StaffRole.SERVICE: world.cast.clerk, StaffRole.WAREHOUSE: world.cast.warehouse, StaffRole.OWNER: world.cast.owner}
    wrong = []
    for role, person in people.items():
        browser = person.browser()
        for rule in world.rules("desk"):
            needed = Permission(world.app.view_functions[rule.endpoint].permission)
            path = world.address(rule, whose="ours") or world.address(rule, whose="nobody")
            answer = browser.get(path) if "GET" in rule.methods else browser.post(path)
            if (answer.status_code == 403) != (needed not in GRANTS[role]) or answer.status_code >= 500:
                wrong.append((str(role), path, str(needed), answer.status_code))
    assert wrong == []


def test_the_console_refuses_everybody_else(world: World) -> None:
    browsers = {name: getattr(world.cast, name).browser() for name in ("owner", "clerk", "buyer", "stranger")}
    wrong = []
    for rule in world.rules("console"):
        if getattr(world.app.view_functions[rule.endpoint], "access", None) != "market":
            continue
        path = world.address(rule, whose="ours") or world.address(rule, whose="nobody")
        for method in methods(rule):
            for name, browser in browsers.items():
                answer = browser.open(path, method=method)
                if answer.status_code != 404:
                    wrong.append((name, method, path, answer.status_code))
    assert wrong == []


def test_foreign_things_look_like_things_that_do_not_exist(world: World) -> None:
    """R20, isolation (c): at our own desk, their ids answer exactly as ids of nobody."""
    browser = world.cast.owner.browser()
    before = world.fingerprint()
    wrong = []
    for rule in world.rules("desk"):
        if rule.arguments <= {"merchant"}:
            continue
        theirs, nobodys = world.address(rule, whose="theirs"), world.address(rule, whose="nobody")
        if theirs is None or theirs == nobodys:
            continue
        for method in methods(rule):
            answer, blank = browser.open(theirs, method=method), browser.open(nobodys, method=method)
            if answer.status_code < 400 or answer.status_code != blank.status_code:
                wrong.append((method, theirs, answer.status_code, blank.status_code))
    assert wrong == []
    assert world.fingerprint() == before


def test_other_buyers_things_do_not_exist(world: World) -> None:
    """R20: a buyer with another buyer's ids."""
    browser = world.cast.buyer.browser()
    before = world.fingerprint()
    wrong = []
    for rule in world.rules("shop", "account"):
        access = getattr(world.app.view_functions[rule.endpoint], "access", None)
        if access != "signed_in" or not rule.arguments:
            continue
        theirs, nobodys = world.address(rule, whose="theirs"), world.address(rule, whose="nobody")
        for method in methods(rule) if theirs and theirs != nobodys else ():
            answer, blank = browser.open(theirs, method=method), browser.open(nobodys, method=method)
            if answer.status_code < 400 or answer.status_code != blank.status_code:
                wrong.append((method, theirs, answer.status_code, blank.status_code))
    assert wrong == []
    assert world.fingerprint() == before


def test_every_form_needs_its_token(world: World) -> None:
    """R36: unsafe requests without token, and those that other sites send with one, are refused and change nothing."""
    browser = world.cast.owner.browser()
    before = world.fingerprint()
    world.app.config["WTF_CSRF_ENABLED"] = True
    wrong = []
    try:
        for rule in world.rules("shop", "account", "desk", "console", "store"):
            path = world.address(rule, whose="ours") or world.address(rule, whose="nobody")
            for method in set(methods(rule)) - {"GET"}:
                bare = browser.open(path, method=method).status_code
                crossed = browser.open(path, method=method, headers={"Sec-Fetch-Site": "cross-site"}).status_code
                posed = browser.open(path, method=method, headers={"Origin": "https://evil.test"}).status_code
                if bare != 400 or crossed != 403 or posed != 403:
                    wrong.append((method, path, bare, crossed, posed))
    finally:
        world.app.config["WTF_CSRF_ENABLED"] = False
    assert wrong == []
    assert world.fingerprint() == before


def test_reading_writes_nothing(world: World) -> None:
    """R36: all GET routes together, as everybody, write no row and break nowhere."""
    people = [world.cast.owner.browser(), world.cast.buyer.browser(), world.cast.admin.browser(), world.app.test_client()]
    before = world.fingerprint()
    wrong = []
    for rule in world.rules():
        if "GET" not in rule.methods:
            continue
        for whose in ("ours", "theirs", "nobody"):
            path = world.address(rule, whose=whose)
            for browser in people if path else ():
                answer = browser.get(path)
                if answer.status_code >= 500 and rule.endpoint != "health.ready":
                    wrong.append((path, answer.status_code))
    assert wrong == []
    assert world.fingerprint() == before


def test_the_net_holds_what_the_guard_lets_through(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Control of R20: with the guard of one view switched off, the walk above must find it."""
    endpoint = "desk.today.index"
    guarded = world.app.view_functions[endpoint]
    monkeypatch.setitem(world.app.view_functions, endpoint, lambda: "open")
    assert world.cast.stranger.browser().get("/desk/acme/").status_code == 200
    monkeypatch.setitem(world.app.view_functions, endpoint, guarded)
    assert world.cast.stranger.browser().get("/desk/acme/").status_code == 404
