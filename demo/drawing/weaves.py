"""Woven bindings: the upper thread at each point, and its brightness."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from demo.drawing import ornament
from demo.drawing.fields import Bytes, Field, as_bytes, as_field, noise, smoothstep

SIDE = 1024  # texels per side of a tile; a power of two, so that coordinates wrap by masking


@dataclass(frozen=True, slots=True)
class Structure:
    """A tile of cloth without colour: the upper thread and its brightness.

    Threads are numbered, warp from 0, weft from ``threads``; brightness 128 leaves the dye unchanged.
    """

    thread: Bytes
    shade: Bytes
    threads: int
    hole: Bytes | None = None  # 255 where the cloth is transparent


def _rows(*rows: str) -> Bytes:
    return np.array([[int(digit) for digit in row] for row in rows], np.uint8)


def _sateen(shafts: int, step: int, warp_faced: bool) -> Bytes:
    bound = np.zeros((shafts, shafts), np.uint8)
    bound[np.arange(shafts), np.arange(shafts) * step % shafts] = 1
    return 1 - bound if warp_faced else bound


def _twill(over: int, under: int) -> Bytes:
    pattern_row = np.array([1] * over + [0] * under, np.uint8)
    return np.array([np.roll(pattern_row, -row) for row in range(over + under)])


def _herringbone(wide: int) -> Bytes:
    rising = np.tile(_twill(2, 2), (1, wide // 4))
    return np.concatenate([rising, np.roll(rising[:, ::-1], 2, 0)], 1)


def _diamonds() -> Bytes:
    half = np.concatenate([_twill(2, 2)[:, i % 4 : i % 4 + 1] for i in range(16)], 1)
    top = np.concatenate([half, half[:, ::-1]], 1)
    return np.concatenate([np.tile(top, (4, 1)), np.tile(top[::-1], (4, 1))], 0)


PATTERNS: dict[str, Bytes] = {
    "plain": _rows("10", "01"),
    "basket": _rows("1100", "1100", "0011", "0011"),
    "oxford": _rows("1100", "0011"),
    "twill": _twill(2, 2),
    "denim": _twill(3, 1),
    "satin": _sateen(8, 3, True),
    "herringbone": _herringbone(16),
    "birdseye": _diamonds(),
    "rep": _rows("10", "10", "01", "01"),
}


def interlaced(pattern: Bytes, rng: np.random.Generator, pitch: int, slub: float, relief: float = 1.0) -> Structure:
    """Return threads bound by a matrix of ones (warp on top), ``pitch`` texels apart, with irregularity ``slub``."""
    count = SIDE // pitch
    position = np.arange(SIDE, dtype=np.float32) / pitch
    across = position[None, :] + _wander(rng, slub)
    down = position[:, None] + _wander(rng, slub)
    whole_across, whole_down = np.floor(across), np.floor(down)
    column, row = whole_across.astype(np.int32), whole_down.astype(np.int32)
    bound = _crossings(pattern)[(row & (pattern.shape[0] - 1)) * pattern.shape[1] + (column & (pattern.shape[1] - 1))]
    up = (bound & 1) == 1
    height = _height(bound, up, as_field(down - whole_down - 0.5), as_field(across - whole_across - 0.5))
    thread = np.where(up, column % count, row % count + count).astype(np.uint8)
    tone = (1 + rng.standard_normal(2 * count) * (0.02 + 0.05 * slub)).astype(np.float32)
    if pitch > 12:
        height = as_field(height + _fibres(rng, up, (as_field(down), as_field(across))))
    return Structure(thread, shaded(height, relief * 0.5, tone[thread]), count)


def _wander(rng: np.random.Generator, slub: float) -> Field:
    return (noise(rng, SIDE, 24, 2) * slub * 0.42).astype(np.float32)


def _crossings(pattern: Bytes) -> Bytes:
    """Return for each crossing: 1 where warp is on top, 2 where the upper thread dives after it, 4 where before."""
    warp = pattern == 1
    after = np.where(warp, ~np.roll(warp, -1, 0), np.roll(warp, -1, 1))
    before = np.where(warp, ~np.roll(warp, 1, 0), np.roll(warp, 1, 1))
    return as_bytes((warp + 2 * after + 4 * before).ravel())


def _height(bound: Bytes, up: npt.NDArray[np.bool_], fy: Field, fx: Field) -> Field:
    """Return the heights of cylindrical threads that dive only where the next crossing hides them: long floats stay smooth."""
    across, along = np.where(up, fx, fy), np.where(up, fy, fx)
    diving = (bound & np.where(along > 0, np.uint8(2), np.uint8(4))) > 0
    dive = diving * smoothstep(0.05, 0.62, np.abs(along))
    return as_field(np.sqrt(np.clip(1 - (across * 1.86) ** 2, 0, 1)) * (1 - np.float32(0.62) * dive))


def _fibres(rng: np.random.Generator, up: npt.NDArray[np.bool_], position: tuple[Field, Field]) -> Field:
    """Return details of close views: the twist of the yarn and stray fibres."""
    down, across = position
    along, across_thread = np.where(up, down, across), np.where(up, across, down)
    twist = np.sin((along * 2.0 + across_thread * 2.6) * 2 * np.pi) * 0.09
    streak = np.where(up, noise(rng, SIDE, (40, 340), 1), noise(rng, SIDE, (340, 40), 1)) * 0.42
    return (twist + streak).astype(np.float32)


def shaded(height: Field, relief: float, tone: Field | float = 1.0) -> Bytes:
    """Return the brightness of a relief under a lamp at the upper left; 128 leaves the dye unchanged."""
    slope = (height - np.roll(height, (2, 2), (0, 1))) * 0.32
    light = 1 + relief * (height - height.mean()) + slope * relief
    return as_bytes(light * tone * 128)


def jacquard(rng: np.random.Generator, pitch: int) -> Structure:
    """Return a figure in weft satin on a ground of warp satin: one dye, two lustres."""
    figure = ornament.damask(SIDE, 8 / pitch)
    front, back = (interlaced(_sateen(8, 3, side), rng, pitch, 0.05) for side in (True, False))
    rim = figure ^ np.roll(figure, (3, 3), (0, 1))
    shade = np.where(figure, back.shade * 0.86, front.shade * 1.06) * np.where(rim, 0.9, 1)
    thread = np.where(figure, back.thread, front.thread)
    return Structure(thread, np.clip(shade, 0, 255).astype(np.uint8), front.threads)


def dobby(rng: np.random.Generator, pitch: int) -> Structure:
    """Return plain cloth with small raised figures in regular rows."""
    ground = interlaced(PATTERNS["plain"], rng, pitch, 0.08)
    figure = ornament.lozenges(SIDE, 8 / pitch)
    shade = np.where(figure, 150, ground.shade * np.where(np.roll(figure, (4, 4), (0, 1)), 0.8, 1.0))
    return Structure(ground.thread, shade.astype(np.uint8), ground.threads)


def seersucker(rng: np.random.Generator, pitch: int) -> Structure:
    """Return slack and tight strips in turn: the slack ones pucker."""
    ground = interlaced(PATTERNS["plain"], rng, pitch, 0.15, 0.8)
    strip = smoothstep(-0.15, 0.35, np.cos(np.arange(SIDE, dtype=np.float32) / SIDE * 2 * np.pi * 64 / pitch))[None, :]
    pucker = noise(rng, SIDE, (416 // pitch, 256 // pitch), 2) * strip
    slope = (pucker - np.roll(pucker, (6, 3), (0, 1))) * 1.1 + pucker * 0.16
    return Structure(ground.thread, np.clip(ground.shade * (1 + slope), 0, 255).astype(np.uint8), ground.threads)


def crinkled(rng: np.random.Generator, pitch: int) -> Structure:
    """Return double gauze and crêpe: an open plain weave with fine wrinkles."""
    ground = interlaced(PATTERNS["plain"], rng, pitch, 0.45, 0.7)
    wrinkle = noise(rng, SIDE, (88 // pitch, 320 // pitch), 3)
    slope = (wrinkle - np.roll(wrinkle, (4, 4), (0, 1))) * 1.0 + wrinkle * 0.08
    return Structure(ground.thread, np.clip(ground.shade * (1 + slope), 0, 255).astype(np.uint8), ground.threads)


def corduroy(rng: np.random.Generator, pitch: int) -> Structure:
    """Return ribs of cut pile with grooves between."""
    sway = noise(rng, SIDE, 6, 2) * 0.04
    phase = np.arange(SIDE, dtype=np.float32)[None, :] / pitch / 4 + sway
    wale = np.abs(np.sin(np.pi * phase)) ** 0.55
    pile = noise(rng, SIDE, (SIDE // (pitch * 2), SIDE // pitch * 2), 2) * 0.16
    height = wale * (1 + pile)
    slope = (height - np.roll(height, 3, 1)) * 0.5
    light = 0.5 + 0.6 * height + slope
    thread = np.zeros((SIDE, SIDE), np.uint8)
    return Structure(thread, np.clip(light * 124, 0, 255).astype(np.uint8), SIDE // pitch)


def velvet(rng: np.random.Generator, pitch: int) -> Structure:
    """Return a pile so fine that only its nap is visible."""
    nap = noise(rng, SIDE, 12, 3) * 0.07 + noise(rng, SIDE, SIDE // pitch * 3, 1) * (0.05 + 0.004 * pitch)
    return Structure(np.zeros((SIDE, SIDE), np.uint8), ((1 + nap) * 126).astype(np.uint8), SIDE // pitch)
