"""All garment shapes, and their rendering."""

from functools import lru_cache

import numpy as np
from PIL import Image

from demo.drawing.accessories import ACCESSORIES
from demo.drawing.bottoms import BOTTOMS
from demo.drawing.dresses import DRESSES
from demo.drawing.garment_pattern import Garment
from demo.drawing.garment_renderer import render_garment
from demo.drawing.household import HOUSEHOLD
from demo.drawing.model import Picture
from demo.drawing.outerwear import OUTERWEAR
from demo.drawing.scene import Scene
from demo.drawing.studio import GROUNDS, render_scene
from demo.drawing.tops import TOPS

SHAPES: dict[str, Garment] = {**TOPS, **OUTERWEAR, **DRESSES, **BOTTOMS, **ACCESSORIES, **HOUSEHOLD}
VARIANTS = 1


@lru_cache(maxsize=2)
def _setting(shape: str, variant: int, size: int) -> Scene:
    return render_garment(SHAPES[shape], np.random.default_rng(sum(map(ord, shape)) * 13 + variant), size)


def draw_garment(picture: Picture, size: int) -> Image.Image:
    """Draw a whole garment."""
    return render_scene(_setting(picture.shape, picture.seed % VARIANTS, size), picture, GROUNDS[picture.seed % len(GROUNDS)])
