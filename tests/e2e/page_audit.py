"""Audit of a page in a real browser, at desktop and phone widths: accessibility, layout, console, weight, language."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tests.e2e.browser_user import chinese_translations

ROOT = Path(__file__).resolve().parents[2]
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
WIDTHS = (1280, 390)
MAX_PAGE_KB = 150  # kilobytes on the wire without pictures
AXE_TAGS = ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]
LEAKED_MARKUP = re.compile(r"%\(|\{\{|\}\}|<[a-z]+[ >]|\bundefined\b|\bNaN\b|&[a-z]+;")
LEAKED_IDENTIFIER = re.compile(
    r"(?<![\w@./-])(?:[a-z]+(?:_[a-z]+)+|(?:merchant|freight|product|order|workflow|demo)\.[a-z_]+)(?![\w@.-])"
)
ENGLISH_SENTENCE = re.compile(r"\b[a-z]{2,}(?: [a-z]{2,}){2,}\b")
HAN_CHARACTER = re.compile(r"[\u4e00-\u9fff]")

AXE_JS = """rules => axe.run(document, {runOnly: rules, resultTypes: ['violations']}).then(result =>
  result.violations.filter(violation => ['serious', 'critical'].includes(violation.impact))
  .map(violation => `${violation.id} × ${violation.nodes.length}: ${violation.nodes[0].target}`))"""
# Visible text, except elements marked as another language or as not translatable (names and codes), and typed text.
VISIBLE_TEXT_JS = """() => {
  const language = document.documentElement.lang.slice(0, 2), texts = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement, localized = element.closest('[lang]');
    if (['SCRIPT', 'STYLE', 'CODE', 'PRE', 'KBD', 'TEMPLATE', 'NOSCRIPT', 'TEXTAREA'].includes(element.tagName)) continue;
    if (element.closest('[translate=no]')) continue;
    if (localized && localized !== document.documentElement && localized.lang.slice(0, 2) !== language) continue;
    const text = walker.currentNode.data.replace(/\\s+/g, ' ').trim(); if (text) texts.push(text);
  }
  return texts }"""
OVERFLOW_JS = "document.scrollingElement.scrollWidth - innerWidth"


@dataclass
class PageAudit:
    """Audit of the pages of one visitor in one language; `issues` collects the defects."""

    context: Any
    base_url: str
    language: str
    issues: list[str] = field(default_factory=list)
    page: Any = None
    errors: list[str] = field(default_factory=list)
    hosts: set[str] = field(default_factory=set)
    page_kb: float = 0.0
    kb_by_url: dict[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Open a page and subscribe to its requests and console errors."""
        self.page = self.context.new_page()
        self.page.on(
            "console",
            lambda console_message: self.errors.append(console_message.text) if console_message.type == "error" else None,
        )
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        cdp, request_by_id = self.context.new_cdp_session(self.page), {}
        cdp.send("Network.enable")

        def on_request(event: dict[str, Any]) -> None:
            request_by_id[event["requestId"]] = (event.get("type", ""), event["request"]["url"])
            url = urlsplit(event["request"]["url"])
            if url.scheme in ("http", "https") and url.netloc != urlsplit(self.base_url).netloc:
                self.hosts.add(url.netloc)

        def on_finished(event: dict[str, Any]) -> None:
            resource_type, url = request_by_id.get(event["requestId"], ("", ""))
            if resource_type not in ("Image", "Media"):
                # A response from the browser cache counts with its original size.
                self.kb_by_url[url] = max(self.kb_by_url.get(url, 0.0), event["encodedDataLength"] / 1024)
                self.page_kb += self.kb_by_url[url]

        cdp.on("Network.requestWillBeSent", on_request)
        cdp.on("Network.loadingFinished", on_finished)

    def audit_page(self, path: str, *, status: int = 200) -> None:
        """Open a page and collect its defects at desktop and phone widths."""
        self.errors.clear()
        self.hosts.clear()
        self.page_kb = 0.0
        self.page.set_viewport_size({"width": WIDTHS[0], "height": 900})
        response = self.page.goto(path, wait_until="load")
        if response.status != status:
            self.issues.append(f"{path} ({self.language}): {response.status}")
            return
        self.page.evaluate(AXE.read_text("utf8"))
        for width in WIDTHS:
            self.page.set_viewport_size({"width": width, "height": 900})
            self.issues += [f"{path} ({self.language}, {width}): {issue}" for issue in self._layout_issues()]
        self.issues += [f"{path} ({self.language}): {issue}" for issue in self._content_issues(status)]

    def _layout_issues(self) -> Iterator[str]:
        overflow = self.page.evaluate(OVERFLOW_JS)
        if overflow > 0:
            yield f"scrolls {overflow} px sideways"
        yield from self.page.evaluate(AXE_JS, AXE_TAGS)

    def _content_issues(self, status: int) -> Iterator[str]:
        yield from (f"console: {detail}" for detail in self.errors if not (status >= 400 and f"status of {status}" in detail))
        yield from (f"asks another host: {host}" for host in self.hosts)
        if self.page_kb > MAX_PAGE_KB:
            yield f"weighs {self.page_kb:.0f} kB"
        page_language = self.page.evaluate("document.documentElement.lang")
        if not page_language.startswith(self.language):
            yield f"is in {page_language}"
        yield from (f"reads {detail!r}" for detail in misplaced_texts(self.page.evaluate(VISIBLE_TEXT_JS), self.language))


def misplaced_texts(texts: list[str], language: str) -> Iterator[str]:
    """Yield texts in the wrong language and leaked markup or identifiers."""
    for raw_text in dict.fromkeys(texts):
        text = raw_text.strip("· ,，、")
        is_misplaced = LEAKED_MARKUP.search(text) or LEAKED_IDENTIFIER.search(text)
        if language == "zh":
            is_misplaced = (
                is_misplaced
                or text == "None"
                or text in _english_sentences()
                or (ENGLISH_SENTENCE.search(text) and not HAN_CHARACTER.search(text))
            )
        else:
            is_misplaced = is_misplaced or (HAN_CHARACTER.search(text) and text in _chinese_sentences())
        if is_misplaced:
            yield raw_text[:120]


@cache
def _english_sentences() -> frozenset[str]:
    """Return the English messages that have a different Chinese translation."""
    return frozenset(
        msgid for msgid, msgstr in chinese_translations().items() if msgid != msgstr and re.search("[A-Za-z]{3}", msgid)
    )


@cache
def _chinese_sentences() -> frozenset[str]:
    return frozenset(msgstr for msgid, msgstr in chinese_translations().items() if msgid != msgstr)
