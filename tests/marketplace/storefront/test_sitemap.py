"""Metadata for search engines and link previews: canonical URLs, sitemap, robots.txt."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

from marketplace.kernel import cache
from marketplace.kernel.db import unit_of_work
from marketplace.storefront.queries import sitemap
from tests.actors import Actors
from tests.factories import product_factory


@pytest.fixture
def product_codes(ctx: Flask, actors: Actors) -> list[str]:
    with unit_of_work():
        category = product_factory.create_category("gingham", attributes=True)
        products = [product_factory.create_product(actors.acme_id, category.id, on_hand=10) for _ in range(5)]
        draft = product_factory.create_draft(actors.acme_id, category.id)
        all_codes = [*(product.code for product in products), draft.code]
    cache.clear_all()
    return all_codes


@pytest.fixture
def base_url(app: Flask) -> str:
    return str(app.config["SETTINGS"].base_url).rstrip("/")


def read_meta_tags(page: str) -> dict[str, str]:
    tags = dict(re.findall(r'<meta (?:name|property)="([^"]+)" content="([^"]*)"', page))
    canonical = re.search(r'<link rel="canonical" href="([^"]*)"', page)
    return tags | ({"canonical": canonical.group(1)} if canonical else {})


def test_product_page_has_canonical_description_and_image(base_url: str, client: FlaskClient, product_codes: list[str]) -> None:
    tags = read_meta_tags(client.get(f"/p/{product_codes[0]}?v=SKU&quantity=3").text)
    assert tags["canonical"] == tags["og:url"] == f"{base_url}/p/{product_codes[0]}"
    assert tags["description"].startswith("精梳棉府绸")
    assert "<" not in tags["description"]
    assert re.fullmatch(rf"{re.escape(base_url)}/media/goods/aa/.*\.webp", tags["og:image"])


def test_canonical_ignores_filters_and_subdomains(base_url: str, client: FlaskClient, product_codes: list[str]) -> None:
    assert read_meta_tags(client.get("/c/gingham?sort=newest&page=1").text)["canonical"] == f"{base_url}/c/gingham"
    by_path, by_host = client.get("/s/acme/"), client.get("/", base_url=base_url.replace("://", "://acme."))
    assert [read_meta_tags(page.text)["canonical"] for page in (by_path, by_host)] == [f"{base_url}/s/acme/"] * 2
    assert read_meta_tags(client.get("/search?q=x").text)["robots"] == "noindex"


def test_sitemap_lists_only_public_pages(
    client: FlaskClient, product_codes: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sitemap, "PRODUCTS_PER_PART", 2)
    cache.clear_all()
    index = client.get("/sitemap.xml")
    assert index.mimetype == "application/xml"
    parts = re.findall(r"<loc>https?://[^/]+([^<]+)</loc>", index.text)
    assert len(parts) == 4
    paths = [path for part in parts for path in re.findall(r"<loc>https?://[^/]+([^<]+)</loc>", client.get(part).text)]
    assert [path for path in paths if path.startswith("/p/")] == [f"/p/{code}" for code in product_codes[:5]]
    assert {"/", "/merchants/", "/apply/", "/c/gingham", "/s/acme/"} <= set(paths)
    assert all(client.get(path).status_code == 200 for path in paths)


def test_sitemap_part_unknown_start_is_not_found(client: FlaskClient, product_codes: list[str]) -> None:
    assert client.get("/sitemap/no-such-thing.xml").status_code == 404
    assert client.get(f"/sitemap/{product_codes[1]}.xml").status_code == 404


def test_robots_disallows_private_paths(client: FlaskClient) -> None:
    response = client.get("/robots.txt")
    assert response.mimetype == "text/plain"
    for path in ("/desk", "/console", "/cart", "/orders", "/account", "/search"):
        assert f"Disallow: {path}\n" in response.text
    assert re.search(r"Sitemap: https?://\S+/sitemap.xml", response.text)
