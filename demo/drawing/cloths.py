"""Cloth textures: structure, yarn or print, dyes; the result is a seamlessly repeating tile."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageFilter

from demo.drawing import dyeing, figures, flora, geometry, knits, lace, weaves
from demo.drawing.fields import Bytes, as_bytes, mix, noise, rgb
from demo.drawing.model import Cloth
from demo.drawing.pattern_canvas import PatternCanvas
from demo.drawing.weaves import PATTERNS, SIDE, Structure
from demo.drawing.yarns import palette

Texels = npt.NDArray[np.uint32]
FAR_PITCH, NEAR_PITCH = 8, 24  # texels from thread to thread, in ordinary and in close-up views
NEAR_ZOOM = NEAR_PITCH / FAR_PITCH


@dataclass(frozen=True, slots=True)
class Binding:
    """How a structure is made, and how its surface reflects light: gloss, fuzz of fibres, nap."""

    build: Callable[[np.random.Generator, int], Structure]
    sheen: float = 0.04
    fuzz: float = 0.0
    nap: float = 0.0


def _woven(pattern: str, slub: float, relief: float = 1.0) -> Callable[[np.random.Generator, int], Structure]:
    return lambda rng, pitch: weaves.interlaced(PATTERNS[pattern], rng, pitch, slub, relief)


BINDINGS: dict[str, Binding] = {
    "plain": Binding(_woven("plain", 0.1, 0.7)),
    "poplin": Binding(_woven("rep", 0.05, 0.55), 0.07),
    "linen": Binding(_woven("plain", 0.95, 0.95), 0.03, 0.05),
    "canvas": Binding(_woven("basket", 0.3)),
    "oxford": Binding(_woven("oxford", 0.2, 0.9)),
    "twill": Binding(_woven("twill", 0.15, 0.9), 0.06),
    "denim": Binding(_woven("denim", 0.5, 1.05), 0.02),
    "satin": Binding(_woven("satin", 0.02, 0.32), 0.55),
    "sateen": Binding(_woven("satin", 0.04, 0.4), 0.2),
    "silk": Binding(_woven("plain", 0.05, 0.3), 0.4),
    "chiffon": Binding(_woven("plain", 0.12, 0.5), 0.12, 0.1),
    "herringbone": Binding(_woven("herringbone", 0.35), 0.02, 0.2),
    "birdseye": Binding(_woven("birdseye", 0.2), 0.03, 0.1),
    "worsted": Binding(_woven("twill", 0.08, 0.6), 0.08, 0.08),
    "tweed": Binding(_woven("twill", 0.8, 1.0), 0.0, 0.4),
    "flannel": Binding(_woven("twill", 0.3, 0.5), 0.0, 0.55),
    "jacquard": Binding(weaves.jacquard, 0.32),
    "dobby": Binding(weaves.dobby, 0.06),
    "seersucker": Binding(weaves.seersucker),
    "gauze": Binding(weaves.crinkled, 0.0, 0.12),
    "corduroy": Binding(weaves.corduroy, 0.0, 0.1, 0.5),
    "velvet": Binding(weaves.velvet, 0.0, 0.1, 1.0),
    "suede": Binding(weaves.velvet, 0.0, 0.1, 0.35),
    "jersey": Binding(knits.jersey, 0.03, 0.1),
    "rib": Binding(knits.rib, 0.02, 0.12),
    "sweater": Binding(knits.chunky, 0.0, 0.25),
    "cable": Binding(knits.cable, 0.0, 0.22),
    "pique": Binding(knits.pique, 0.03, 0.05),
    "waffle": Binding(knits.waffle, 0.0, 0.15),
    "terry": Binding(knits.terry, 0.0, 0.15, 0.2),
    "fleece": Binding(knits.fleece, 0.0, 0.35, 0.3),
    "sherpa": Binding(knits.sherpa, 0.0, 0.3, 0.3),
    "fur": Binding(knits.fur, 0.08, 0.25, 0.4),
    "mesh": Binding(knits.mesh, 0.1),
    "lace": Binding(lace.lace, 0.06),
    "tulle": Binding(lace.tulle, 0.06),
}

COARSE = frozenset(
    {
        "corduroy",
        "rib",
        "sweater",
        "cable",
        "waffle",
        "terry",
        "fleece",
        "sherpa",
        "fur",
        "lace",
        "tulle",
        "jacquard",
        "seersucker",
        "gauze",
    }
)

PRINTS: dict[str, Callable[[PatternCanvas], Bytes]] = {
    maker.__name__.replace("_", "-"): maker
    for maker in (
        flora.ditsy,
        flora.peony,
        flora.sprigs,
        flora.palms,
        flora.bamboo,
        flora.lotus,
        flora.daisies,
        geometry.dots,
        geometry.pebbles,
        geometry.bars,
        geometry.seigaiha,
        geometry.chevrons,
        geometry.triangles,
        geometry.lattice,
        geometry.stars,
        geometry.clouds,
        geometry.paisley,
        geometry.blueprint,
        geometry.wax,
        figures.bears,
        figures.whales,
        figures.rockets,
        figures.hearts,
        figures.rainbows,
        figures.cranes,
        figures.toile,
        figures.teacups,
        dyeing.tie_dye,
        dyeing.crackle,
        dyeing.watercolour,
        dyeing.ombre,
        dyeing.camouflage,
        dyeing.leopard,
        dyeing.zebra,
        dyeing.ikat,
        dyeing.brush,
        dyeing.marble,
        dyeing.terrazzo,
    )
}


@lru_cache(maxsize=30)
def structure(binding: str, pitch: int, halved: bool = False) -> Structure:
    """Return the uncoloured cloth, shared by all products of this binding; ``halved`` has half the texels a side."""
    if halved:
        return _halved(structure(binding, pitch))
    return BINDINGS[binding].build(np.random.default_rng(sum(map(ord, binding)) * 31), pitch)


def _halved(base: Structure) -> Structure:
    shade, hole = (
        None if part is None else np.asarray(Image.fromarray(part, "L").reduce(2)) for part in (base.shade, base.hole)
    )
    assert shade is not None
    return Structure(np.ascontiguousarray(base.thread[::2, ::2]), shade, base.threads, hole)


@lru_cache(maxsize=8)
def tile(cloth: Cloth, level: int = 0, near: bool = False) -> Texels:
    """Return the finished cloth, four bytes a texel; each ``level`` halves the side (for distant views)."""
    base = structure(cloth.binding, NEAR_PITCH if near else FAR_PITCH, level > 0)
    colours = _unlit_colours(cloth, base, NEAR_ZOOM if near else 1.0)
    image = Image.fromarray(_lit(colours, base, cloth.dyes), "RGB")
    return _packed(_distant(image, cloth, level - 1) if level > 1 else image)


def _distant(image: Image.Image, cloth: Cloth, level: int) -> Image.Image:
    """Return the cloth from a distance: fine threads are averaged against moiré; plain cloth shows twice as many."""
    if cloth.binding in COARSE:
        return image.reduce(1 << level)
    if cloth.pattern:
        return image.reduce(1 << level).filter(ImageFilter.BoxBlur(0.8))
    small = np.asarray(image.reduce(2 << level).filter(ImageFilter.BoxBlur(0.25 if cloth.binding == "denim" else 0.8)))
    return Image.fromarray(np.tile(small, (2, 2, 1)))


def _lit(colours: Bytes, base: Structure, dyes: tuple[str, ...]) -> Bytes:
    lit = (colours.astype(np.uint16) * base.shade[:, :, None]) >> 7
    whole: Bytes = np.minimum(lit, 255).astype(np.uint8)
    if base.hole is None:
        return whole
    backing = rgb(dyes[1] if len(dyes) > 1 else mix(dyes[0], "#6b655e", 0.72))
    share = base.hole[:, :, None].astype(np.float32) / 255
    return as_bytes(whole + (backing - whole) * share)


def _unlit_colours(cloth: Cloth, base: Structure, zoom: float) -> Bytes:
    """Return the colour of every texel, without light."""
    rng = np.random.default_rng(cloth.seed * 7919 + 17)
    if cloth.pattern in PRINTS:
        return PRINTS[cloth.pattern](PatternCanvas(base.shade.shape[0], zoom, cloth.dyes, cloth.grain, rng))
    threads = palette(cloth.binding, cloth.pattern, cloth.dyes, base.threads)
    colours = _thread_colours(threads, base.thread)
    if cloth.pattern == "melange":
        return _flecked(colours, cloth.dyes, rng, zoom)
    if cloth.pattern == "nep":
        return _nepped(colours, cloth.dyes, rng, zoom)
    return colours


def _thread_colours(threads: Bytes, thread: Bytes) -> Bytes:
    """Return the colour of every texel's thread; a lookup of four bytes at a time is much faster than by channel."""
    packed = np.zeros((len(threads), 4), np.uint8)
    packed[:, :3] = threads
    colours: Bytes = packed.view(np.uint32)[:, 0].take(thread).view(np.uint8).reshape(*thread.shape, 4)
    return colours[:, :, :3]


def _flecked(colours: Bytes, dyes: tuple[str, ...], rng: np.random.Generator, zoom: float) -> Bytes:
    """Add fibres of another dye: short streaks along the rows."""
    streak = noise(rng, SIDE, (round(240 / zoom), round(70 / zoom)), 2)[:, :, None]
    other = rgb(dyes[1] if len(dyes) > 1 else mix(dyes[0], "#ffffff", 0.5))
    share = np.clip(streak * 1.5 + 0.35, 0, 1)
    part = share[:: SIDE // len(colours), :: SIDE // len(colours)] * 0.75
    return as_bytes(colours + (other - colours) * part)


def _nepped(colours: Bytes, dyes: tuple[str, ...], rng: np.random.Generator, zoom: float) -> Bytes:
    """Add small knots of coloured wool, as in Donegal tweed."""
    cells = round(110 / zoom)
    for number, dye in enumerate(dyes[2:] or ("#d8c9a8", "#8a4b3a")):
        knot = noise(rng, SIDE, (cells, round(cells * (0.8 + 0.1 * number))), 1)
        colours = np.where(
            knot[:: SIDE // len(colours), :: SIDE // len(colours), None] > 0.5, rgb(dye).astype(np.uint8), colours
        )
    return colours


def _packed(image: Image.Image) -> Texels:
    texels: Texels = np.asarray(image.convert("RGBX")).view(np.uint32)[:, :, 0]
    return np.ascontiguousarray(texels)
