"""What a picky visitor notices on a page: looked at in a real browser, wide and on a phone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tests.journeys.pages import chinese

ROOT = Path(__file__).resolve().parents[2]
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
WIDTHS = (1280, 390)
HEAVIEST = 150  # kilobytes on the wire without pictures
RULES = ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]
LEAKS = re.compile(r"%\(|\{\{|\}\}|<[a-z]+[ >]|\bundefined\b|\bNaN\b|&[a-z]+;")
CODE = re.compile(r"(?<![\w@./-])(?:[a-z]+(?:_[a-z]+)+|(?:merchant|freight|product|order|workflow|demo)\.[a-z_]+)(?![\w@.-])")
SENTENCE = re.compile(r"\b[a-z]{2,}(?: [a-z]{2,}){2,}\b")
HAN = re.compile(r"[\u4e00-\u9fff]")

ASK_AXE = """rules => axe.run(document, {runOnly: rules, resultTypes: ['violations']}).then(found =>
  found.violations.filter(one => ['serious', 'critical'].includes(one.impact))
  .map(one => `${one.id} × ${one.nodes.length}: ${one.nodes[0].target}`))"""
# Text that people see, but for what says that it is in another language or in none (names and codes), or is theirs to type.
ASK_TEXT = """() => {
  const page = document.documentElement.lang.slice(0, 2), said = [];
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const at = walk.currentNode.parentElement, own = at.closest('[lang]');
    if (['SCRIPT', 'STYLE', 'CODE', 'PRE', 'KBD', 'TEMPLATE', 'NOSCRIPT', 'TEXTAREA'].includes(at.tagName)) continue;
    if (at.closest('[translate=no]')) continue;
    if (own && own !== document.documentElement && own.lang.slice(0, 2) !== page) continue;
    const text = walk.currentNode.data.replace(/\\s+/g, ' ').trim(); if (text) said.push(text);
  }
  return said }"""
SIDEWAYS = "document.scrollingElement.scrollWidth - innerWidth"


@dataclass
class Walk:
    """One visitor's way through pages in one language; `troubles` are sentences to mend."""

    context: Any
    base: str
    language: str
    troubles: list[str] = field(default_factory=list)
    page: Any = None
    errors: list[str] = field(default_factory=list)
    hosts: set[str] = field(default_factory=set)
    weight: float = 0.0
    sizes: dict[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Watch what the browser asks for, and what it complains about."""
        self.page = self.context.new_page()
        self.page.on("console", lambda said: self.errors.append(said.text) if said.type == "error" else None)
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        wire, asked_for = self.context.new_cdp_session(self.page), {}
        wire.send("Network.enable")

        def asked(event: dict[str, Any]) -> None:
            asked_for[event["requestId"]] = (event.get("type", ""), event["request"]["url"])
            where = urlsplit(event["request"]["url"])
            if where.scheme in ("http", "https") and where.netloc != urlsplit(self.base).netloc:
                self.hosts.add(where.netloc)

        def came(event: dict[str, Any]) -> None:
            kind, url = asked_for.get(event["requestId"], ("", ""))
            if kind not in ("Image", "Media"):
                # What lies in the browser's cache weighs what it weighed when it came.
                self.sizes[url] = max(self.sizes.get(url, 0.0), event["encodedDataLength"] / 1024)
                self.weight += self.sizes[url]

        wire.on("Network.requestWillBeSent", asked)
        wire.on("Network.loadingFinished", came)

    def look(self, path: str, *, status: int = 200) -> None:
        """Open a page and write down what is wrong with it, wide and on a phone."""
        self.errors.clear()
        self.hosts.clear()
        self.weight = 0.0
        self.page.set_viewport_size({"width": WIDTHS[0], "height": 900})
        answer = self.page.goto(path, wait_until="load")
        if answer.status != status:
            self.troubles.append(f"{path} ({self.language}): {answer.status}")
            return
        self.page.evaluate(AXE.read_text("utf8"))
        for width in WIDTHS:
            self.page.set_viewport_size({"width": width, "height": 900})
            self.troubles += [f"{path} ({self.language}, {width}): {said}" for said in self._seen()]
        self.troubles += [f"{path} ({self.language}): {said}" for said in self._heard(status)]

    def _seen(self) -> Iterator[str]:
        side = self.page.evaluate(SIDEWAYS)
        if side > 0:
            yield f"scrolls {side} px sideways"
        yield from self.page.evaluate(ASK_AXE, RULES)

    def _heard(self, status: int) -> Iterator[str]:
        yield from (f"console: {said}" for said in self.errors if not (status >= 400 and f"status of {status}" in said))
        yield from (f"asks another host: {host}" for host in self.hosts)
        if self.weight > HEAVIEST:
            yield f"weighs {self.weight:.0f} kB"
        spoken = self.page.evaluate("document.documentElement.lang")
        if not spoken.startswith(self.language):
            yield f"is in {spoken}"
        yield from (f"reads {said!r}" for said in mixed(self.page.evaluate(ASK_TEXT), self.language))


def mixed(texts: list[str], language: str) -> Iterator[str]:
    """Texts that stand in the wrong language, or that were meant for programs."""
    for said in dict.fromkeys(texts):
        text = said.strip("· ,，、")
        odd = LEAKS.search(text) or CODE.search(text)
        if language == "zh":
            odd = odd or text == "None" or text in _english() or (SENTENCE.search(text) and not HAN.search(text))
        else:
            odd = odd or (HAN.search(text) and text in _han())
        if odd:
            yield said[:120]


@cache
def _english() -> frozenset[str]:
    """What the market says in English and says otherwise in Chinese."""
    return frozenset(words for words, said in chinese().items() if words != said and re.search("[A-Za-z]{3}", words))


@cache
def _han() -> frozenset[str]:
    return frozenset(said for words, said in chinese().items() if words != said)
