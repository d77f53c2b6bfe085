"""What can be asked of the drawing program: a cloth, and a picture of it or of something made from it."""

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """The sort of picture; which views and shapes it knows stands in the module that draws it."""

    CLOTH = "cloth"
    GARMENT = "garment"
    TRIM = "trim"
    LOGO = "logo"
    BANNER = "banner"
    TILE = "tile"


@dataclass(frozen=True, slots=True)
class Cloth:
    """A cloth: how its threads are bound, what pattern is woven or printed, and its dyes.

    ``dyes`` are ``#rrggbb``, the ground first, then the other yarns or inks. ``grain`` enlarges (above 1) or shrinks
    the repeat of a printed pattern. ``slub``, ``sheen`` and ``fuzz`` run from 0 to 1; left out, the binding decides.
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
    """One picture: its kind, the cloth, and what is shown of it.

    ``view`` names the arrangement of a cloth (``flat``, ``drape``, ``roll`` …); ``shape`` names a garment or a
    trim. ``others`` are further cloths beside the first: colour variants, contrast panels, strips of a banner.
    """

    kind: Kind = Kind.CLOTH
    cloth: Cloth = Cloth()
    view: str = "flat"
    shape: str = ""
    others: tuple[Cloth, ...] = ()
    seed: int = 0
