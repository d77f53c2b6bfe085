"""Patterns without sharp edges: resist dyes, ink clouds, animal hides, camouflage."""

import numpy as np

from demo.drawing.fields import Bytes, Field, noise, resized, rgb, smoothstep
from demo.drawing.pattern_canvas import PatternCanvas


def _visible_part(page: PatternCanvas, field: Field) -> Field:
    """Return the visible part of a field."""
    if page.zoom == 1:
        return field
    part = round(page.side / page.zoom)
    return resized(field[:part, :part], page.side)


def _blend(page: PatternCanvas, shares: list[Field]) -> Bytes:
    """Blend inks over the ground in turn, each weighted by its field."""
    blended = np.broadcast_to(rgb(page.dyes[0]), (page.side, page.side, 3)).astype(np.float32)
    for number, share in enumerate(shares):
        strength = _visible_part(page, share)[:, :, None]
        blended = blended + (rgb(page.ink(number)) - blended) * strength
    return np.clip(blended, 0, 255).astype(np.uint8)


def _ring_coordinates(page: PatternCanvas) -> tuple[Field, Field]:
    """Return distance and angle from the nearest of the tile's two centres, so that rings repeat seamlessly."""
    axis = (np.arange(page.side, dtype=np.float32) + 0.5) / page.side
    y, x = np.meshgrid(axis, axis, indexing="ij")
    turned = (y < 0.5) == (x < 0.5)
    dy, dx = np.mod(y, 0.5) - 0.25, np.mod(x, 0.5) - 0.25
    return np.hypot(dx, dy).astype(np.float32), np.where(turned, np.arctan2(dy, dx), np.arctan2(dx, dy))


def tie_dye(page: PatternCanvas) -> Bytes:
    """Draw tie-dye: soft rings with pleats radiating from the knot."""
    far, angle = _ring_coordinates(page)
    cloud = noise(page.rng, page.side, 10, 4)
    pleat = np.abs(np.sin(angle * 9 + cloud * 3)) * smoothstep(0.02, 0.2, far)
    rings = np.sin(far * 62 + cloud * 3.2) - pleat * 0.9
    return _blend(page, [smoothstep(-0.75, 0.6, rings), smoothstep(0.5, 1.0, -rings) * 0.7])


def crackle(page: PatternCanvas) -> Bytes:
    """Draw batik: a dyed ground with fine veins where the wax broke."""
    first, second = noise(page.rng, page.side, 9, 4), noise(page.rng, page.side, 14, 4)
    vein = np.exp(-(((first + 0.1) / 0.02) ** 2)) + np.exp(-((second / 0.016) ** 2))
    field = smoothstep(-0.12, 0.04, noise(page.rng, page.side, 5, 3) + 0.1)
    return _blend(page, [np.clip(field * 0.95 + 0.05, 0, 1), np.clip(vein, 0, 1).astype(np.float32) * 0.7])


def watercolour(page: PatternCanvas) -> Bytes:
    """Draw washes that merge and have a darker rim."""
    shares = []
    for _ in range(max(2, len(page.dyes) - 1)):
        wash = noise(page.rng, page.side, 6, 4)
        rim = np.exp(-(((wash - 0.12) / 0.035) ** 2)) * 0.22
        shares.append((smoothstep(0.06, 0.42, wash) * 0.68 + rim).astype(np.float32))
    return _blend(page, shares)


def ombre(page: PatternCanvas) -> Bytes:
    """Draw a gradient from one dye to the next and back."""
    axis = np.arange(page.side, dtype=np.float32) / page.side
    wave = (0.5 - 0.5 * np.cos(2 * np.pi * axis))[:, None] + noise(page.rng, page.side, 6, 3) * 0.05
    return _blend(page, [smoothstep(0.0, 1.0, wave)])


def camouflage(page: PatternCanvas) -> Bytes:
    """Draw blotches of four tones."""
    cells = max(3, round(9 / page.grain))
    return _blend(
        page, [smoothstep(0.08, 0.1, noise(page.rng, page.side, (cells, max(2, cells * 2 // 3)), 3)) for _ in range(3)]
    )


def leopard(page: PatternCanvas) -> Bytes:
    """Draw open rosettes on a tawny ground."""
    spot = noise(page.rng, page.side, round(17 / page.grain), 1)
    broken = smoothstep(-0.15, 0.0, noise(page.rng, page.side, round(34 / page.grain), 2))
    ring = smoothstep(0.12, 0.17, spot) * (1 - smoothstep(0.42, 0.5, spot)) * broken
    return _blend(page, [smoothstep(0.36, 0.42, spot) * 0.6, ring])


def zebra(page: PatternCanvas) -> Bytes:
    """Draw forking stripes."""
    flow = noise(page.rng, page.side, 5, 2)
    down = np.arange(page.side, dtype=np.float32)[:, None] / page.side
    return _blend(page, [smoothstep(-0.1, 0.1, np.sin(2 * np.pi * (down * 9 + flow * 2.2)))])


def ikat(page: PatternCanvas) -> Bytes:
    """Draw diamonds with the feathered edges of resist-dyed warp."""
    axis = np.arange(page.side, dtype=np.float32) / page.side
    feather = noise(page.rng, page.side, (7, 300), 2) * 0.1 + noise(page.rng, page.side, (3, 128), 1) * 0.06
    rows = page.even_row_count(6)
    x = np.abs(np.mod(axis[None, :] * rows, 1) - 0.5) * 2
    y = np.abs(np.mod(axis[:, None] * rows / 2 + feather, 1) - 0.5) * 2
    far = x + y
    rings = [
        smoothstep(0.86, 0.92, far),
        smoothstep(0.28, 0.34, far) * (1 - smoothstep(0.56, 0.62, far)),
        1 - smoothstep(0.12, 0.18, far),
    ]
    return _blend(page, [ring.astype(np.float32) for ring in rings])


def brush(page: PatternCanvas) -> Bytes:
    """Draw broad dry brush strokes."""
    shares = []
    for _ in range(max(2, len(page.dyes) - 1)):
        stroke = noise(page.rng, page.side, (14, 3), 2)
        dry = noise(page.rng, page.side, (260, 10), 2)
        shares.append(smoothstep(0.18, 0.3, stroke + dry * 0.3))
    return _blend(page, shares)


def marble(page: PatternCanvas) -> Bytes:
    """Draw marbling."""
    first = noise(page.rng, page.side, 4, 4)
    lines = [np.sin(first * 16 + phase) for phase in (0.0, 2.1, 4.2)]
    return _blend(page, [smoothstep(0.55, 0.8, wave.astype(np.float32)) for wave in lines])


def terrazzo(page: PatternCanvas) -> Bytes:
    """Draw stone chips."""
    shares = []
    for _ in range(max(2, len(page.dyes) - 1)):
        chip = np.maximum(np.abs(noise(page.rng, page.side, 30, 1)), np.abs(noise(page.rng, page.side, 24, 1)))
        shares.append(1 - smoothstep(0.07, 0.085, chip))
    return _blend(page, shares)
