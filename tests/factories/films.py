"""Small real videos, as merchants' cameras would write them, and some that nobody should take."""

from __future__ import annotations

import io
import subprocess
import sys
from fractions import Fraction
from typing import Any

import av
import numpy as np
from PIL import Image

QUICK = {
    "libx264": {"preset": "ultrafast"},
    "libvpx-vp9": {"deadline": "realtime", "cpu-used": "8"},
    "libx265": {"x265-params": "log-level=none"},
}


def film(
    kind: str = "mp4",
    codec: str | None = "libx264",
    *,
    size: tuple[int, int] = (160, 120),
    frames: int = 25,
    fps: int = 25,
    sound: str | None = None,
    dots: str = "yuv420p",
    black: int = 0,
    notes: dict[str, str] | None = None,
) -> bytes:
    """A video: red above and blue below, after `black` black frames; `sound` is a codec of silence beside it."""
    buffer = io.BytesIO()
    with av.open(buffer, "w", format=kind) as file:
        file.metadata.update(notes or {})
        picture: Any = file.add_stream(codec, rate=fps, options=QUICK.get(codec, {})) if codec else None
        heard: Any = file.add_stream(sound, rate=48_000) if sound else None
        if picture is not None:
            picture.width, picture.height, picture.pix_fmt = *size, dots
            _roll(file, picture, frames, black)
        if heard is not None:
            _hush(file, heard, max(1, frames * 48_000 // fps // 1024))
    return buffer.getvalue()


def newest_film() -> bytes:
    """A video in AV1, made in a process of its own.

    SVT-AV1, when root runs it, puts its caller before everything else on the machine (SCHED_FIFO 99), and all that its caller
    starts afterwards inherits that: servers and browsers of later tests would not let each other run.
    """
    make = "import sys; from tests.factories.films import film; sys.stdout.buffer.write(film('webm', 'libsvtav1'))"
    return subprocess.run([sys.executable, "-c", make], check=True, stdout=subprocess.PIPE, timeout=60).stdout


def _roll(file: Any, stream: Any, frames: int, black: int) -> None:
    dark = np.zeros((stream.height, stream.width, 3), np.uint8)
    lit = dark.copy()
    lit[: stream.height // 2], lit[stream.height // 2 :] = (210, 60, 50), (40, 60, 190)
    for number in range(frames):
        frame = av.VideoFrame.from_ndarray(dark if number < black else lit, "rgb24")
        frame.pts, frame.time_base = number, Fraction(1, int(stream.average_rate))
        file.mux(stream.encode(frame))
    file.mux(stream.encode())


def _hush(file: Any, stream: Any, blocks: int) -> None:
    form = stream.codec_context.format.name
    flat = form.endswith("p")
    quiet = np.zeros((2, 1024) if flat else (1, 2048), np.float32 if form.startswith("flt") else np.int16)
    for number in range(blocks):
        frame = av.AudioFrame.from_ndarray(quiet, form, "stereo")
        frame.sample_rate, frame.pts = 48_000, number * 1024
        file.mux(stream.encode(frame))
    file.mux(stream.encode())


def turned(data: bytes) -> bytes:
    """The same MP4 as a telephone held upright writes it: to be shown turned by a quarter, clockwise."""
    at = data.index(b"tkhd") + 44
    quarter = (0, 1 << 16, 0, -(1 << 16), 0, 0, 0, 0, 1 << 30)
    return data[:at] + b"".join(number.to_bytes(4, "big", signed=True) for number in quarter) + data[at + 36 :]


def with_cover(data: bytes) -> bytes:
    """The sound alone of an MP4, with a cover picture as players show it."""
    cover, buffer = io.BytesIO(), io.BytesIO()
    Image.new("RGB", (64, 64), "#336699").save(cover, "JPEG")
    with av.open(io.BytesIO(data)) as given, av.open(buffer, "w", format="mp4") as kept:
        (heard,) = given.streams.audio
        fresh: Any = kept.add_stream_from_template(heard)
        shown: Any = kept.add_stream("mjpeg", rate=1)
        shown.width = shown.height = 64
        shown.pix_fmt, shown.disposition = "yuvj420p", av.stream.Disposition.attached_pic
        for packet in given.demux(heard):
            if packet.size:
                packet.stream = fresh
                kept.mux(packet)
        frame = av.VideoFrame.from_image(Image.open(cover)).reformat(format="yuvj420p")
        frame.pts, frame.time_base = 0, Fraction(1, 1)
        kept.mux(shown.encode(frame))
        kept.mux(shown.encode())
    return buffer.getvalue()
