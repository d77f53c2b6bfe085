"""The parameters of the picture generator: a cloth, and a picture of it or of a product made from it."""

from dataclasses import dataclass
from enum import StrEnum


class PictureKind(StrEnum):
    """The kind of a picture; its views and shapes are listed in the module that draws it."""

    CLOTH = "cloth"
    GARMENT = "garment"
    TRIM = "trim"
    LOGO = "logo"
    BANNER = "banner"
    TILE = "tile"


@dataclass(frozen=True, slots=True)
class Cloth:
    """A cloth: its binding, its woven or printed pattern, and its dyes.

    ``dyes`` are ``#rrggbb``, the ground first, then the other yarns or inks. ``grain`` enlarges (above 1) or shrinks the repeat
    of a printed pattern. ``sheen`` and ``fuzz`` are from 0 to 1; the default depends on the binding.
    """

    binding: str = "plain"
    pattern: str = ""
    dyes: tuple[str, ...] = ("#d9cfbb",)
    grain: float = 1.0
    seed: int = 0
    sheen: float | None = None
    fuzz: float | None = None


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture: its kind, the cloth, and its subject.

    ``view`` names the view of a cloth (``flat``, ``drape``, ``roll`` …); ``shape`` names a garment or a trim. ``other_cloths``
    are further cloths besides the first: colour variants, contrast panels, strips of a banner.
    """

    kind: PictureKind = PictureKind.CLOTH
    cloth: Cloth = Cloth()
    view: str = "flat"
    shape: str = ""
    other_cloths: tuple[Cloth, ...] = ()
    seed: int = 0
