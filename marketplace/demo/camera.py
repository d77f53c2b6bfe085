"""Films the goods of the demo market: the camera moves over pictures that the drawing program has drawn, and fades between them.

It runs in a process of its own, as drawing does, and the same pictures give the same film on every machine.
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

EDGE = 640  # of the film, in pixels
DRAWN = 800  # of what it is filmed from: the camera comes as near as that
RATE = 24  # frames a second
SHOT, FADE = 54, 14  # frames
# From where to where the camera goes, one path a shot: left, top, and how much it sees, each as a part of the picture.
PATHS = (
    ((0.00, 0.00, 1.00), (0.10, 0.08, 0.80)),
    ((0.02, 0.18, 0.80), (0.18, 0.02, 0.80)),
    ((0.10, 0.10, 0.80), (0.00, 0.00, 1.00)),
)
HOW = {"preset": "veryfast", "crf": "29", "tune": "stillimage", "threads": "1"}


def film(pictures: Sequence[drawing.Picture]) -> tuple[bytes, Image.Image]:
    """An MP4 of these pictures in turn, and the frame that stands for it."""
    stills = [drawing.draw(picture, DRAWN).convert("RGB") for picture in pictures[: len(PATHS)]]
    with TemporaryDirectory() as folder:
        path = Path(folder) / "film.mp4"
        with av.open(str(path), "w", format="mp4", options={"movflags": "+faststart", "fflags": "+bitexact"}) as file:
            _shoot(file, stills)
        return path.read_bytes(), _seen(stills[0], 0, 0)


def _shoot(file: Any, stills: Sequence[Image.Image]) -> None:
    stream = file.add_stream("libx264", rate=RATE, options=HOW)
    stream.width, stream.height, stream.pix_fmt = EDGE, EDGE, "yuv420p"
    for number, image in enumerate(_frames(stills)):
        frame = av.VideoFrame.from_image(image)
        frame.pts, frame.time_base = number, Fraction(1, RATE)
        file.mux(stream.encode(frame))
    file.mux(stream.encode())


def _frames(stills: Sequence[Image.Image]) -> Iterator[Image.Image]:
    """Each still for its time, the last frames of one over the first of the next."""
    last = len(stills) - 1
    for number, still in enumerate(stills):
        yield from (_seen(still, number, at) for at in range(FADE if number else 0, SHOT))
        if number < last:
            for at in range(FADE):
                yield Image.blend(
                    _seen(still, number, SHOT + at), _seen(stills[number + 1], number + 1, at), (at + 1) / (FADE + 1)
                )


def _seen(still: Image.Image, number: int, at: int) -> Image.Image:
    """What the camera sees of a still, so many frames after it came to it; it starts and stops gently."""
    begin, end = PATHS[number]
    way = at / (SHOT + FADE)
    way = way * way * (3 - 2 * way)
    left, top, size = (a + (b - a) * way for a, b in zip(begin, end, strict=True))
    box = (left * still.width, top * still.height, (left + size) * still.width, (top + size) * still.height)
    return still.resize((EDGE, EDGE), Image.Resampling.BILINEAR, box)
