"""Scenes: the cloth coordinates and the light of each pixel of a picture. The cloth is sampled afterwards."""

import math
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageFilter

from demo.drawing.fields import Bytes, Field, noise, resized
from demo.drawing.light import Light
from demo.drawing.weaves import SIDE

TexelIndices = npt.NDArray[np.int32]


@dataclass(slots=True)
class Layer:
    """One piece of cloth: its place, the part it shows, its light, and its shadow on the layers below.

    ``u`` and ``v`` are cloth coordinates in picture widths, on a coarse grid. ``mask`` has twice the picture's resolution; None
    covers everything. ``cloth`` is an index of the picture's cloths. ``shadow`` is its darkness and ``lift`` its offset, in
    picture widths.
    """

    u: Field
    v: Field
    light: Light
    mask: Image.Image | None = None
    cloth: int = 0
    shadow: float = 0.0
    lift: float = 0.012


@dataclass(slots=True)
class Scene:
    """The composed arrangement."""

    size: int
    texel_indices: TexelIndices
    light: Light
    cover: Field | None
    level: int = 0
    near: bool = False
    cloths: int = 1
    details: Image.Image | None = None
    grain: Field = field(default_factory=lambda: np.zeros((1, 1), np.float32))


_FULL = 520  # pictures of less than about this width need fewer texels than the tile has
Box = tuple[int, int, int, int]  # left, top, right, bottom, in pixels of the picture


def compose(layers: list[Layer], size: int, span: float, level: int = 0, near: bool = False) -> Scene:
    """Composite the layers, back to front. ``span`` is how many texels a picture's width shows.

    Small pictures sample a reduced tile, as fine threads would cause moiré.
    """
    level += max(0, round(math.log2(_FULL / size)))
    texel_indices = np.zeros((2 * size, 2 * size), np.int32)
    fields = [np.full((size, size), value, np.float32) for value in (1.0, 0.0, 0.0, 0.0)]
    light, cover = Light(*fields[:3]), fields[3]
    for layer in layers:
        _composite(layer, texel_indices, light, cover, span / (1 << level), SIDE >> level)
    all_covered = bool(cover.min() > 0.999)
    count = 1 + max(layer.cloth for layer in layers)
    return Scene(size, texel_indices, light, None if all_covered else cover, level, near, count)


def _composite(layer: Layer, texel_indices: TexelIndices, light: Light, cover: Field, scale: float, side: int) -> None:
    """Composite one layer and its shadow, only in the part of the picture that it touches."""
    size = cover.shape[0]
    mask = layer.mask or Image.new("L", (2 * size, 2 * size), 255)
    bbox = mask.getbbox()
    if bbox is None:
        return
    small = mask.reduce(2)
    if layer.shadow:
        _cast_shadow(light, small, layer)
    box = (bbox[0] // 2, bbox[1] // 2, (bbox[2] + 1) // 2, (bbox[3] + 1) // 2)
    region = (slice(box[1], box[3]), slice(box[0], box[2]))
    fine_region = (slice(2 * box[1], 2 * box[3]), slice(2 * box[0], 2 * box[2]))
    np.copyto(
        texel_indices[fine_region],
        _layer_texel_indices(layer, box, size, scale, side),
        where=np.asarray(mask)[fine_region] > 127,
    )
    share = np.asarray(small)[region].astype(np.float32) / 255
    for below, above in zip(_fields(light), _fields(layer.light), strict=True):
        below[region] += (_part(above, box, size, 1) - below[region]) * share
    np.maximum(cover[region], share, out=cover[region])


def _fields(light: Light) -> tuple[Field, Field, Field]:
    return light.diffuse, light.gloss, light.rim


def _part(field_: Field, box: Box, size: int, fine: int) -> Field:
    """Return a box of the picture from a coarse field; the picture is ``fine`` times as fine."""
    rows = field_.shape[0] / size
    image = Image.fromarray(np.ascontiguousarray(field_, np.float32), "F")
    target = ((box[2] - box[0]) * fine, (box[3] - box[1]) * fine)
    edges = (box[0] * rows, box[1] * rows, box[2] * rows, box[3] * rows)
    return np.asarray(image.resize(target, Image.Resampling.BICUBIC, box=edges))


def _layer_texel_indices(layer: Layer, box: Box, size: int, scale: float, side: int) -> TexelIndices:
    """Return the index of the texel seen by each half pixel."""
    across = _part(layer.u * scale + 4 * side, box, size, 2).astype(np.int32) & (side - 1)
    down = _part(layer.v * scale + 4 * side, box, size, 2).astype(np.int32) & (side - 1)
    down *= side
    down += across
    down += layer.cloth * side * side
    return down


def _cast_shadow(light: Light, mask: Image.Image, layer: Layer) -> None:
    """Draw the shadow of a piece on everything below it: a wide soft one away from the lamp, and a narrow one around."""
    size = mask.width
    far = round(layer.lift * size)
    box = mask.getbbox() or (0, 0, size, size)
    room = 4 * far + 6
    box = (max(0, box[0] - room), max(0, box[1] - room), min(size, box[2] + room), min(size, box[3] + room))
    part = mask.crop(box)
    wide = Image.new("L", part.size)
    wide.paste(part, (far, round(far * 1.3)))
    soft = np.asarray(wide.filter(ImageFilter.GaussianBlur(max(1.0, far * 0.9)))).astype(np.float32)
    tight = np.asarray(part.filter(ImageFilter.GaussianBlur(max(0.8, size / 260)))).astype(np.float32)
    dark = (1 - layer.shadow * soft / 255) * (1 - layer.shadow * 0.4 * tight / 255)
    for field_ in _fields(light):
        field_[box[1] : box[3], box[0] : box[2]] *= dark


def photo_grain(size: int) -> Field:
    """Return photographic grain, two brightness steps strong."""
    rng = np.random.default_rng(5)
    coarse = noise(rng, size, size // 3, 1) * 1.6
    return (coarse + rng.standard_normal((size, size)) * 1.1).astype(np.float32)


def as_mask(inside: Field, size: int) -> Image.Image:
    """Return a mask at twice the picture's size from the distance inside the shape, in picture widths."""
    sharp = np.clip(resized(inside, 2 * size) * (2 * size) + 0.5, 0, 1) * 255
    packed: Bytes = sharp.astype(np.uint8)
    return Image.fromarray(packed, "L")
