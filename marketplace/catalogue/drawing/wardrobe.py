"""Everything that can be cut from a cloth, and how it is photographed."""

from functools import lru_cache

import numpy as np
from PIL import Image

from .accessories import ACCESSORIES
from .bottoms import BOTTOMS
from .cut import Garment
from .dresses import DRESSES
from .household import HOUSEHOLD
from .model import Picture
from .outerwear import OUTERWEAR
from .scene import Scene
from .studio import GROUNDS, photograph
from .tailor import sew
from .tops import TOPS

SHAPES: dict[str, Garment] = {**TOPS, **OUTERWEAR, **DRESSES, **BOTTOMS, **ACCESSORIES, **HOUSEHOLD}
VARIANTS = 1


@lru_cache(maxsize=2)
def _setting(shape: str, variant: int, size: int) -> Scene:
    return sew(SHAPES[shape], np.random.default_rng(sum(map(ord, shape)) * 13 + variant), size)


def garment_picture(picture: Picture, size: int) -> Image.Image:
    """A garment, whole."""
    return photograph(_setting(picture.shape, picture.seed % VARIANTS, size), picture, GROUNDS[picture.seed % len(GROUNDS)])
