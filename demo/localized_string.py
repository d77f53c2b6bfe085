"""Texts in both languages."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LocalizedString:
    """A text in Chinese and English."""

    zh: str
    en: str

    def localize(self, locale: str) -> str:
        """Return the text for a locale; Chinese unless it is English."""
        return self.en if locale.startswith("en") else self.zh

    def __bool__(self) -> bool:
        return bool(self.zh)
