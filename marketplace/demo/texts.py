"""Words in both languages of the market."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Said:
    """The same thing in Chinese and in English."""

    zh: str
    en: str

    def in_(self, locale: str) -> str:
        """The words for a locale; Chinese unless it is English."""
        return self.en if locale.startswith("en") else self.zh

    def __bool__(self) -> bool:
        return bool(self.zh)
