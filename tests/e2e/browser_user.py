"""User of the marketplace in a real browser, who finds elements by their texts in one language."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any

from babel.messages.pofile import read_po

from marketplace.kernel.po_files import TRANSLATIONS_DIR

TIMEOUT_MS = 30_000  # milliseconds; long, because the test machine may be busy


@cache
def chinese_translations() -> dict[str, str]:
    """Return the Chinese translation of every message."""
    translations: dict[str, str] = {}
    for path in sorted((TRANSLATIONS_DIR / "zh_Hans").glob("*.po")):
        with path.open("rb") as file:
            for message in read_po(file):
                msgid = message.id if isinstance(message.id, str) else message.id[0]
                msgstr = message.string if isinstance(message.string, str) else message.string[0]
                if msgid:
                    translations[msgid] = msgstr
    return translations


class BrowserUser:
    """User with a browser context of their own."""

    def __init__(self, chromium: Any, base_url: str, language: str, *, width: int = 1280) -> None:
        self.base_url = base_url
        self.context = chromium.new_context(
            locale={"zh": "zh-CN", "en": "en-US"}[language], viewport={"width": width, "height": 900}, base_url=base_url
        )
        self.context.set_default_timeout(TIMEOUT_MS)
        self.page = self.context.new_page()
        self.language = language
        self.page_errors: list[str] = []
        self.visited_urls: list[str] = []
        self.page.on("console", lambda console_message: self._record_console_error(console_message.type, console_message.text))
        self.page.on("pageerror", lambda error: self.page_errors.append(str(error)))
        self.page.on("framenavigated", lambda frame: self.visited_urls.append(frame.url))

    def _record_console_error(self, level: str, text: str) -> None:
        if level == "error" and self.page.url.startswith(self.base_url):
            self.page_errors.append(f"{self.page.url}: {text}")

    def translate(self, msgid: str, **values: Any) -> str:
        """Return a message in the language of the user."""
        text = chinese_translations()[msgid] if self.language == "zh" else msgid
        return text % values if values else text

    def goto(self, path: str) -> None:
        """Open a path; assert that it is no error page."""
        response = self.page.goto(path)
        assert response is None or response.status < 400, f"{path}: {response.status}"

    def fill_field(self, label: str, value: str, **values: Any) -> None:
        """Fill the field with this label."""
        self.page.get_by_label(self.translate(label, **values)).first.fill(value)

    def select_option(self, label: str, option: str) -> None:
        """Select an option by its text."""
        field = self.page.get_by_label(self.translate(label), exact=True).first
        field.locator("option", has_text=option).first.wait_for(state="attached")
        field.select_option(label=option)

    def check(self, text: str) -> None:
        """Check the checkbox or radio button with this label (a message or a literal text)."""
        self.page.locator("label.check", has_text=self.translate_if_known(text)).locator("input").first.focus()
        self.page.keyboard.press("Space")

    def upload_file(self, label: str, path: Path) -> None:
        """Select a file for an upload field."""
        self.page.get_by_label(self.translate(label)).first.set_input_files(str(path))

    def click_button(self, text: str, **values: Any) -> None:
        """Click a button and wait for the next page."""
        name = re.compile(re.escape(self.translate(text, **values)))
        # The hidden default button of a form for Enter is excluded.
        visible = self.page.locator(":visible:not(.visually-hidden)")
        self.page.get_by_role("button", name=name).and_(visible).first.click()
        self.page.wait_for_load_state("load")

    def click_link(self, text: str, *, within: str = "body", **values: Any) -> None:
        """Click the link with this text (a message or a literal text)."""
        container = self.page.locator(within)
        container.get_by_role("link", name=self.translate_if_known(text, **values)).locator("visible=true").first.click()
        self.page.wait_for_load_state("load")

    def translate_if_known(self, text: str, **values: Any) -> str:
        """Return the translation of a message; other texts unchanged."""
        return self.translate(text, **values) if self.language == "en" or text in chinese_translations() else text

    def wait_for_text(self, text: str, **values: Any) -> None:
        """Wait until this text is visible."""
        self.page.get_by_text(self.translate_if_known(text, **values)).locator("visible=true").first.wait_for()

    def main_text(self) -> str:
        """Return the text of the main element."""
        return str(self.page.locator("main").inner_text())

    def close(self) -> None:
        """Close the browser context."""
        self.context.close()
