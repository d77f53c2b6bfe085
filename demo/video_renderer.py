"""Renders videos of products: the viewport moves over generated pictures, and fades between them.

It runs in its own processes, as the drawing does (so it imports little), and the same pictures give the same video everywhere.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import av
from PIL import Image

from demo import drawing
from marketplace.media import image_worker

FRAME_SIZE = 640  # of the video, in pixels
SOURCE_SIZE = 760  # of the source pictures, in pixels, so that crops are not enlarged
FPS = 18  # frames a second
SHOT_FRAMES, FADE_FRAMES = 40, 10  # frames
# Start and end of the viewport, one path a shot: left, top and size, as shares of the picture.
CAMERA_PATHS = (
    ((0.00, 0.00, 1.00), (0.10, 0.08, 0.82)),
    ((0.01, 0.17, 0.82), (0.17, 0.01, 0.82)),
)
ENCODER_OPTIONS = {"preset": "superfast", "crf": "28", "tune": "stillimage", "threads": "1"}
# The colour space of Pillow, by the code points of ITU-T H.273.
BT601, LIMITED = 6, 1
# Limited range: luma 16 to 235, chroma 16 to 240; some players assume it whatever the metadata says.
LUMA_RANGE = [round(16 + step * 219 / 255) for step in range(256)]
CHROMA_RANGE = [round(128 + (step - 128) * 224 / 255) for step in range(256)]
Bands = Sequence[Image.Image]
Job = tuple[str, tuple[drawing.Picture, ...]]


def render_job(job: Job, widths: Sequence[int]) -> tuple[str, tuple[bytes, image_worker.EncodedImage, float]]:
    """Render one of many videos; its poster is encoded like any picture."""
    fingerprint, pictures = job
    data, poster, seconds = render_video(pictures)
    return fingerprint, (data, image_worker.encode_renditions(poster, widths, effort=2), seconds)


def render_video(pictures: Sequence[drawing.Picture]) -> tuple[bytes, Image.Image, float]:
    """Return an MP4 of these pictures in turn, its poster, and its duration in seconds."""
    stills = [drawing.draw(picture, SOURCE_SIZE).convert("RGB") for picture in pictures[: len(CAMERA_PATHS)]]
    with TemporaryDirectory() as folder:
        path = Path(folder) / "video.mp4"
        with av.open(str(path), "w", format="mp4", options={"movflags": "+faststart", "fflags": "+bitexact"}) as file:
            count = _encode_frames(file, [_to_ycbcr_bands(still) for still in stills])
        return path.read_bytes(), stills[0].resize((FRAME_SIZE, FRAME_SIZE), Image.Resampling.LANCZOS), round(count / FPS, 2)


def _to_ycbcr_bands(still: Image.Image) -> Bands:
    light, blue, red = still.convert("YCbCr").split()
    return light.point(LUMA_RANGE), blue.point(CHROMA_RANGE), red.point(CHROMA_RANGE)


def _encode_frames(file: Any, stills: Sequence[Bands]) -> int:
    stream = file.add_stream("libx264", rate=FPS, options=ENCODER_OPTIONS)
    stream.width, stream.height, stream.pix_fmt = FRAME_SIZE, FRAME_SIZE, "yuv420p"
    stream.codec_context.colorspace, stream.codec_context.color_range = BT601, LIMITED
    count = 0
    for count, bands in enumerate(_frames(stills), 1):
        frame = av.VideoFrame(FRAME_SIZE, FRAME_SIZE, "yuv420p")
        for plane, band in zip(frame.planes, bands, strict=True):
            plane.update(band.tobytes())
        frame.pts, frame.time_base = count - 1, Fraction(1, FPS)
        file.mux(stream.encode(frame))
    file.mux(stream.encode())
    return count


def _frames(stills: Sequence[Bands]) -> Iterator[Bands]:
    """Yield the frames: each still for its time, the last frames of one blended with the first of the next."""
    last = len(stills) - 1
    for number, still in enumerate(stills):
        yield from (
            _camera_crop(still, number, frame_number) for frame_number in range(FADE_FRAMES if number else 0, SHOT_FRAMES)
        )
        for frame_number in range(FADE_FRAMES if number < last else 0):
            outgoing, incoming = (
                _camera_crop(still, number, SHOT_FRAMES + frame_number),
                _camera_crop(stills[number + 1], number + 1, frame_number),
            )
            blend_ratio = (frame_number + 1) / (FADE_FRAMES + 1)
            yield [
                Image.blend(outgoing_band, incoming_band, blend_ratio)
                for outgoing_band, incoming_band in zip(outgoing, incoming, strict=True)
            ]


def _camera_crop(still: Bands, number: int, frame_number: int) -> Bands:
    """Return the crop of a still after a number of frames; the motion eases in and out.

    Luma in full, chroma at half the size, as the video stores them.
    """
    begin, end = CAMERA_PATHS[number]
    progress = frame_number / (SHOT_FRAMES + FADE_FRAMES)
    progress = progress * progress * (3 - 2 * progress)
    left, top, size = ((a + (b - a) * progress) * SOURCE_SIZE for a, b in zip(begin, end, strict=True))
    box = (left, top, left + size, top + size)
    edges = (FRAME_SIZE, FRAME_SIZE // 2, FRAME_SIZE // 2)
    return [band.resize((edge, edge), Image.Resampling.BILINEAR, box) for band, edge in zip(still, edges, strict=True)]
