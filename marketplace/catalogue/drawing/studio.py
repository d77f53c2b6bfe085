"""Draws a picture: sets the scene, puts the cloth in, takes the photograph."""

from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache

import numpy as np
from PIL import Image, ImageFilter

from . import bundles, cloths, views
from .fields import Bytes, Field, luminance, mix, rgb
from .model import Cloth, Picture
from .scene import Scene, dust

SetUp = Callable[[np.random.Generator, int], Scene]

VIEWS: dict[str, SetUp] = {
    "flat": views.flat,
    "wave": views.wave,
    "swirl": views.swirl,
    "drape": views.drape,
    "near": views.near,
    "corner": views.corner,
    "roll": bundles.roll,
    "pile": bundles.pile,
    "fan": bundles.fan,
    "bolts": bundles.bolts,
}
VARIANTS = 4  # arrangements of each view; the seed chooses one
GROUNDS = ("#eeebe4", "#e8eaea", "#f0ede9", "#e6e3db", "#e2e6e6", "#ebe5de")


@lru_cache(maxsize=4)
def setting(view: str, variant: int, size: int) -> Scene:
    """The scene of a view; the costly part, shared by every cloth shown in it."""
    rng = np.random.default_rng(sum(map(ord, view)) * 101 + variant)
    return VIEWS[view](rng, size)


def cloth_picture(picture: Picture, size: int) -> Image.Image:
    """A cloth in one of the views."""
    scene = setting(picture.view, picture.seed % VARIANTS, size)
    return photograph(scene, picture, GROUNDS[picture.seed % len(GROUNDS)])


def photograph(scene: Scene, picture: Picture, ground: str) -> Image.Image:
    """The scene in the picture's cloths."""
    seen = _shown(scene, picture)
    if scene.cover is not None:
        base = rgb(ground)
        seen = base + (seen - base) * scene.cover[:, :, None]
    lit = _exposed(seen, scene, picture.cloth)
    image = Image.fromarray(lit, "RGB")
    if scene.details is not None:
        image.paste(scene.details, (0, 0), scene.details)
    return image


def _shown(scene: Scene, picture: Picture) -> Field:
    """The cloths, unlit, where the scene places them: sampled twice as finely as the picture and averaged."""
    tiles = [cloths.tile(cloth, scene.level, scene.near) for cloth in _worn(scene, picture)]
    texels = np.concatenate([tile.ravel() for tile in tiles]) if len(tiles) > 1 else tiles[0].ravel()
    found = texels.take(scene.places)
    fine = Image.frombuffer("RGBX", (2 * scene.size, 2 * scene.size), found.tobytes(), "raw", "RGBX", 0, 1)
    image = fine.reduce(2).convert("RGB")
    fuzz = picture.cloth.fuzz if picture.cloth.fuzz is not None else cloths.BINDINGS[picture.cloth.binding].fuzz
    if fuzz > 0.05:
        image = Image.blend(image, image.filter(ImageFilter.BoxBlur(1.4)), min(0.85, fuzz * 1.3))
    return np.asarray(image).astype(np.float32)


def _worn(scene: Scene, picture: Picture) -> list[Cloth]:
    """One cloth for each place of the scene; where the picture names fewer, they take turns, or the back is shown."""
    if scene.cloths == 2 and not picture.others:
        return [picture.cloth, reverse(picture.cloth)]
    named = (picture.cloth, *picture.others)
    return [named[at % len(named)] for at in range(scene.cloths)]


def reverse(cloth: Cloth) -> Cloth:
    """The back of a cloth: a print shows through pale, a woven pattern is the same."""
    if cloth.pattern in cloths.PRINTS:
        ground = cloth.dyes[0]
        return replace(
            cloth,
            dyes=(
                mix(ground, "#f4efe6", 0.3),
                *(mix(dye, mix(ground, "#f4efe6", 0.3), 0.62) for dye in cloth.dyes[1:]),
            ),
        )
    if cloth.binding == "denim":
        return replace(cloth, binding="twill", dyes=(mix(cloth.dyes[0], "#e4e4df", 0.62), "#e4e4df"))
    return replace(cloth, dyes=tuple(mix(dye, "#efe9df", 0.16) for dye in cloth.dyes))


def _exposed(seen: Field, scene: Scene, cloth: Cloth) -> Bytes:
    """Light on cloth: cool shadows, warm lights, lustre of smooth and napped surfaces, the photograph's own grain."""
    how = cloths.BINDINGS[cloth.binding]
    sheen = how.sheen if cloth.sheen is None else cloth.sheen
    light = scene.light.diffuse if scene.cover is None else scene.light.diffuse * (1 - 0.04 * scene.cover)
    if how.nap:
        inside = 1.0 if scene.cover is None else scene.cover
        light = light * (1 + how.nap * inside * (1.5 * scene.light.rim - 0.22))
    dark = luminance(cloth.dyes[0]) < 0.25
    shine = scene.light.gloss * (sheen * (120 if not dark else 90))
    grain = _dust(scene.size)
    lit = np.empty_like(seen)
    for channel, warmth in enumerate((0.035, 0.0, -0.045)):
        own = light + (light - 1) * warmth
        lit[:, :, channel] = seen[:, :, channel] * own * (1 + shine * 0.006) + shine + grain
    return _developed(lit)


@lru_cache(maxsize=4)
def _dust(size: int) -> Field:
    return dust(size)


def _developed(lit: Field) -> Bytes:
    """A soft shoulder, so that lights do not burn out."""
    over = np.maximum(lit - 215, 0)
    lit -= over * over / (over + 60)
    np.clip(lit, 0, 255, out=lit)
    return lit.astype(np.uint8)
