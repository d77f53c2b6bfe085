"""Drawing a picture of cloth: the scene, its cloths, the light."""

from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache

import numpy as np
from PIL import Image, ImageFilter

from demo.drawing import bundles, cloth_views, cloths
from demo.drawing.fields import Bytes, Field, luminance, mix, rgb
from demo.drawing.model import Cloth, Picture
from demo.drawing.scene import Scene, photo_grain

SetUp = Callable[[np.random.Generator, int], Scene]

VIEWS: dict[str, SetUp] = {
    "flat": cloth_views.flat,
    "wave": cloth_views.wave,
    "swirl": cloth_views.swirl,
    "drape": cloth_views.drape,
    "near": cloth_views.near,
    "corner": cloth_views.corner,
    "roll": bundles.roll,
    "pile": bundles.pile,
    "fan": bundles.fan,
    "bolts": bundles.bolts,
}
VARIANTS = 4  # number of arrangements of each view; the seed selects one
GROUNDS = ("#eeebe4", "#e8eaea", "#f0ede9", "#e6e3db", "#e2e6e6", "#ebe5de")


@lru_cache(maxsize=4)
def get_scene(view: str, variant: int, size: int) -> Scene:
    """Return the scene of a view; the costly part, shared by all cloths."""
    rng = np.random.default_rng(sum(map(ord, view)) * 101 + variant)
    return VIEWS[view](rng, size)


def draw_cloth(picture: Picture, size: int) -> Image.Image:
    """Draw a cloth in one of the views."""
    scene = get_scene(picture.view, picture.seed % VARIANTS, size)
    return render_scene(scene, picture, GROUNDS[picture.seed % len(GROUNDS)])


def render_scene(scene: Scene, picture: Picture, ground: str) -> Image.Image:
    """Render the scene in the picture's cloths."""
    textured = _apply_texture(scene, picture)
    if scene.cover is not None:
        base = rgb(ground)
        textured = base + (textured - base) * scene.cover[:, :, None]
    lit = _apply_light(textured, scene, picture.cloth)
    image = Image.fromarray(lit, "RGB")
    if scene.details is not None:
        image.paste(scene.details, (0, 0), scene.details)
    return image


def _apply_texture(scene: Scene, picture: Picture) -> Field:
    """Return the unlit cloths where the scene places them: sampled at twice the resolution and averaged."""
    tiles = [cloths.tile(cloth, scene.level, scene.near) for cloth in _assign_cloths(scene, picture)]
    texels = np.concatenate([tile.ravel() for tile in tiles]) if len(tiles) > 1 else tiles[0].ravel()
    texel_values = texels.take(scene.texel_indices)
    fine = Image.frombuffer("RGBX", (2 * scene.size, 2 * scene.size), texel_values.tobytes(), "raw", "RGBX", 0, 1)
    image = fine.reduce(2).convert("RGB")
    fuzz = picture.cloth.fuzz if picture.cloth.fuzz is not None else cloths.BINDINGS[picture.cloth.binding].fuzz
    if fuzz > 0.05:
        image = Image.blend(image, image.filter(ImageFilter.BoxBlur(1.4)), min(0.85, fuzz * 1.3))
    return np.asarray(image).astype(np.float32)


def _assign_cloths(scene: Scene, picture: Picture) -> list[Cloth]:
    """Return one cloth for each index of the scene; if the picture has fewer, they repeat, or the back is used."""
    if scene.cloths == 2 and not picture.other_cloths:
        return [picture.cloth, reverse(picture.cloth)]
    named = (picture.cloth, *picture.other_cloths)
    return [named[index % len(named)] for index in range(scene.cloths)]


def reverse(cloth: Cloth) -> Cloth:
    """Return the back of a cloth: a print shows through pale, a woven pattern is the same."""
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


def _apply_light(textured: Field, scene: Scene, cloth: Cloth) -> Bytes:
    """Light the cloth: cool shadows, warm lights, gloss and nap of the surface, photographic grain."""
    binding = cloths.BINDINGS[cloth.binding]
    sheen = binding.sheen if cloth.sheen is None else cloth.sheen
    light = scene.light.diffuse if scene.cover is None else scene.light.diffuse * (1 - 0.04 * scene.cover)
    if binding.nap:
        inside = 1.0 if scene.cover is None else scene.cover
        light = light * (1 + binding.nap * inside * (1.5 * scene.light.rim - 0.22))
    dark = luminance(cloth.dyes[0]) < 0.25
    shine = scene.light.gloss * (sheen * (120 if not dark else 90))
    grain = _photo_grain(scene.size)
    lit = np.empty_like(textured)
    for channel, warmth in enumerate((0.035, 0.0, -0.045)):
        channel_light = light + (light - 1) * warmth
        lit[:, :, channel] = textured[:, :, channel] * channel_light * (1 + shine * 0.006) + shine + grain
    return _tone_map(lit)


@lru_cache(maxsize=4)
def _photo_grain(size: int) -> Field:
    return photo_grain(size)


def _tone_map(lit: Field) -> Bytes:
    """Compress highlights, so that they do not clip."""
    over = np.maximum(lit - 215, 0)
    lit -= over * over / (over + 60)
    np.clip(lit, 0, 255, out=lit)
    return lit.astype(np.uint8)
