"""What search engines and link previews are told: each page's one address, and where all of them are."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

from marketplace.kernel import memo
from marketplace.kernel.db import unit_of_work
from marketplace.showroom.queries import crawl
from tests.cast import Cast
from tests.factories import goods as make


@pytest.fixture
def codes(ctx: Flask, cast: Cast) -> list[str]:
    with unit_of_work():
        kind = make.category("gingham", attributes=True)
        made = [make.product(cast.acme_id, kind.id, on_hand=10) for _ in range(5)]
        draft = make.draft(cast.acme_id, kind.id)
        found = [*(one.code for one in made), draft.code]
    memo.forget_all()
    return found


@pytest.fixture
def root(app: Flask) -> str:
    return str(app.config["SETTINGS"].base_url).rstrip("/")


def meta(page: str) -> dict[str, str]:
    said = dict(re.findall(r'<meta (?:name|property)="([^"]+)" content="([^"]*)"', page))
    canonical = re.search(r'<link rel="canonical" href="([^"]*)"', page)
    return said | ({"canonical": canonical.group(1)} if canonical else {})


def test_a_product_has_one_address_a_summary_and_a_picture(root: str, client: FlaskClient, codes: list[str]) -> None:
    said = meta(client.get(f"/p/{codes[0]}?v=SKU&quantity=3").text)
    assert said["canonical"] == said["og:url"] == f"{root}/p/{codes[0]}"
    assert said["description"].startswith("精梳棉府绸")
    assert "<" not in said["description"]
    assert re.fullmatch(rf"{re.escape(root)}/media/goods/aa/.*\.webp", said["og:image"])


def test_filters_and_subdomains_are_the_same_page(root: str, client: FlaskClient, codes: list[str]) -> None:
    assert meta(client.get("/c/gingham?sort=newest&page=1").text)["canonical"] == f"{root}/c/gingham"
    by_path, by_host = client.get("/s/acme/"), client.get("/", base_url=root.replace("://", "://acme."))
    assert [meta(page.text)["canonical"] for page in (by_path, by_host)] == [f"{root}/s/acme/"] * 2
    assert meta(client.get("/search?q=x").text)["robots"] == "noindex"


def test_the_sitemap_names_everything_that_is_for_sale_and_nothing_else(
    client: FlaskClient, codes: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(crawl, "EACH", 2)
    memo.forget_all()
    index = client.get("/sitemap.xml")
    assert index.mimetype == "application/xml"
    parts = re.findall(r"<loc>https?://[^/]+([^<]+)</loc>", index.text)
    assert len(parts) == 4
    found = [path for part in parts for path in re.findall(r"<loc>https?://[^/]+([^<]+)</loc>", client.get(part).text)]
    assert [path for path in found if path.startswith("/p/")] == [f"/p/{code}" for code in codes[:5]]
    assert {"/", "/merchants/", "/apply/", "/c/gingham", "/s/acme/"} <= set(found)
    assert all(client.get(path).status_code == 200 for path in found)


def test_a_part_begins_where_the_index_says(client: FlaskClient, codes: list[str]) -> None:
    assert client.get("/sitemap/no-such-thing.xml").status_code == 404
    assert client.get(f"/sitemap/{codes[1]}.xml").status_code == 404


def test_robots_keep_out_of_what_is_somebodys_own(client: FlaskClient) -> None:
    said = client.get("/robots.txt")
    assert said.mimetype == "text/plain"
    for path in ("/desk", "/console", "/cart", "/orders", "/account", "/search"):
        assert f"Disallow: {path}\n" in said.text
    assert re.search(r"Sitemap: https?://\S+/sitemap.xml", said.text)
