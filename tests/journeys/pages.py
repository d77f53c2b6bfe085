"""A person in front of the market: finds things by what they say, in the language that the person reads."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any

from babel.messages.pofile import read_po

from marketplace.kernel.translations import FOLDER

PATIENCE = 30_000  # milliseconds: the machine of the tests may have much to do


@cache
def chinese() -> dict[str, str]:
    """What the market says in Chinese for every English sentence."""
    said: dict[str, str] = {}
    for path in sorted((FOLDER / "zh_Hans").glob("*.po")):
        with path.open("rb") as file:
            for message in read_po(file):
                words = message.id if isinstance(message.id, str) else message.id[0]
                answer = message.string if isinstance(message.string, str) else message.string[0]
                if words:
                    said[words] = answer
    return said


class Person:
    """One person with a browser of their own."""

    def __init__(self, chromium: Any, base: str, language: str, *, width: int = 1280) -> None:
        self.base = base
        self.context = chromium.new_context(
            locale={"zh": "zh-CN", "en": "en-US"}[language], viewport={"width": width, "height": 900}, base_url=base
        )
        self.context.set_default_timeout(PATIENCE)
        self.page = self.context.new_page()
        self.language = language
        self.troubles: list[str] = []
        self.visited: list[str] = []
        self.page.on("console", lambda said: self._hear(said.type, said.text))
        self.page.on("pageerror", lambda error: self.troubles.append(str(error)))
        self.page.on("framenavigated", lambda frame: self.visited.append(frame.url))

    def _hear(self, kind: str, text: str) -> None:
        if kind == "error" and self.page.url.startswith(self.base):
            self.troubles.append(f"{self.page.url}: {text}")

    def say(self, english: str, **values: Any) -> str:
        """A sentence of the market in this person's language."""
        words = chinese()[english] if self.language == "zh" else english
        return words % values if values else words

    def open(self, path: str) -> None:
        """Type an address."""
        answer = self.page.goto(path)
        assert answer is None or answer.status < 400, f"{path}: {answer.status}"

    def fill(self, label: str, value: str, **values: Any) -> None:
        """Type into the field of this label."""
        self.page.get_by_label(self.say(label, **values)).first.fill(value)

    def choose(self, label: str, option: str) -> None:
        """Choose from a list, by what the option says."""
        field = self.page.get_by_label(self.say(label), exact=True).first
        field.locator("option", has_text=option).first.wait_for(state="attached")
        field.select_option(label=option)

    def tick(self, words: str) -> None:
        """Tick a box or a choice that says these words (of the market, or as they stand)."""
        self.page.locator("label.check", has_text=self.known(words)).locator("input").first.focus()
        self.page.keyboard.press("Space")

    def attach(self, label: str, path: Path) -> None:
        """Choose a file."""
        self.page.get_by_label(self.say(label)).first.set_input_files(str(path))

    def press(self, words: str, **values: Any) -> None:
        """Press a button, and wait for the page that follows."""
        name = re.compile(re.escape(self.say(words, **values)))
        seen = self.page.locator(":visible:not(.hide-seen)")  # a form's quiet button for Enter is for nobody's eyes
        self.page.get_by_role("button", name=name).and_(seen).first.click()
        self.page.wait_for_load_state("load")

    def follow(self, words: str, *, within: str = "body", **values: Any) -> None:
        """Follow a link that says these words (of the market, or as they stand)."""
        place = self.page.locator(within)
        place.get_by_role("link", name=self.known(words, **values)).locator("visible=true").first.click()
        self.page.wait_for_load_state("load")

    def known(self, words: str, **values: Any) -> str:
        """Words of the market in this language; other words as they stand."""
        return self.say(words, **values) if self.language == "en" or words in chinese() else words

    def reads(self, words: str, **values: Any) -> None:
        """Wait until these words can be seen."""
        self.page.get_by_text(self.known(words, **values)).locator("visible=true").first.wait_for()

    def text(self) -> str:
        """Everything that stands in the page's own part."""
        return str(self.page.locator("main").inner_text())

    def close(self) -> None:
        """Go home."""
        self.context.close()
