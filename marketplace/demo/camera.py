"""Films the goods of the demo market: the camera moves over pictures that the drawing program has drawn, and fades between them.

It runs in processes of its own, as drawing does (so it imports little), and the same pictures give the same film everywhere.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import av
from PIL import Image

from marketplace.catalogue import drawing
from marketplace.kernel import press

EDGE = 640  # of the film, in pixels
DRAWN = 760  # of what it is filmed from: the camera comes as near as that
RATE = 18  # frames a second
SHOT, FADE = 40, 10  # frames
# From where to where the camera goes, one path a shot: left, top, and how much it sees, each as a part of the picture.
PATHS = (
    ((0.00, 0.00, 1.00), (0.10, 0.08, 0.82)),
    ((0.01, 0.17, 0.82), (0.17, 0.01, 0.82)),
)
HOW = {"preset": "superfast", "crf": "28", "tune": "stillimage", "threads": "1"}
# How Pillow counts colours, in the numbers of the standard (ITU-T H.273).
BT601, LIMITED = 6, 1
# Films keep light in 16 to 235 and colour in 16 to 240; some players take them so whatever a film says.
LIGHT = [round(16 + step * 219 / 255) for step in range(256)]
COLOUR = [round(128 + (step - 128) * 224 / 255) for step in range(256)]
Bands = Sequence[Image.Image]
Job = tuple[str, tuple[drawing.Picture, ...]]


def shoot(job: Job, widths: Sequence[int]) -> tuple[str, tuple[bytes, press.Pressed, float]]:
    """Film one of many; its poster is pressed like any picture."""
    mark, pictures = job
    data, poster, seconds = film(pictures)
    return mark, (data, press.render(poster, widths, effort=2), seconds)


def film(pictures: Sequence[drawing.Picture]) -> tuple[bytes, Image.Image, float]:
    """An MP4 of these pictures in turn, the picture that stands for it, and how many seconds it takes."""
    stills = [drawing.draw(picture, DRAWN).convert("RGB") for picture in pictures[: len(PATHS)]]
    with TemporaryDirectory() as folder:
        path = Path(folder) / "film.mp4"
        with av.open(str(path), "w", format="mp4", options={"movflags": "+faststart", "fflags": "+bitexact"}) as file:
            count = _shoot(file, [_bands(still) for still in stills])
        return path.read_bytes(), stills[0].resize((EDGE, EDGE), Image.Resampling.LANCZOS), round(count / RATE, 2)


def _bands(still: Image.Image) -> Bands:
    light, blue, red = still.convert("YCbCr").split()
    return light.point(LIGHT), blue.point(COLOUR), red.point(COLOUR)


def _shoot(file: Any, stills: Sequence[Bands]) -> int:
    stream = file.add_stream("libx264", rate=RATE, options=HOW)
    stream.width, stream.height, stream.pix_fmt = EDGE, EDGE, "yuv420p"
    stream.codec_context.colorspace, stream.codec_context.color_range = BT601, LIMITED
    count = 0
    for count, bands in enumerate(_frames(stills), 1):
        frame = av.VideoFrame(EDGE, EDGE, "yuv420p")
        for plane, band in zip(frame.planes, bands, strict=True):
            plane.update(band.tobytes())
        frame.pts, frame.time_base = count - 1, Fraction(1, RATE)
        file.mux(stream.encode(frame))
    file.mux(stream.encode())
    return count


def _frames(stills: Sequence[Bands]) -> Iterator[Bands]:
    """Each still for its time, the last frames of one over the first of the next."""
    last = len(stills) - 1
    for number, still in enumerate(stills):
        yield from (_seen(still, number, at) for at in range(FADE if number else 0, SHOT))
        for at in range(FADE if number < last else 0):
            going, coming = _seen(still, number, SHOT + at), _seen(stills[number + 1], number + 1, at)
            share = (at + 1) / (FADE + 1)
            yield [Image.blend(one, other, share) for one, other in zip(going, coming, strict=True)]


def _seen(still: Bands, number: int, at: int) -> Bands:
    """What the camera sees of a still, so many frames after it came to it; it starts and stops gently.

    Light in full, colour at half the size: as the film keeps them.
    """
    begin, end = PATHS[number]
    way = at / (SHOT + FADE)
    way = way * way * (3 - 2 * way)
    left, top, size = ((a + (b - a) * way) * DRAWN for a, b in zip(begin, end, strict=True))
    box = (left, top, left + size, top + size)
    edges = (EDGE, EDGE // 2, EDGE // 2)
    return [band.resize((edge, edge), Image.Resampling.BILINEAR, box) for band, edge in zip(still, edges, strict=True)]
