"""Small real videos as cameras write them, and files that uploads must reject."""

from __future__ import annotations

import io
import subprocess
import sys
from fractions import Fraction
from typing import Any

import av
import numpy as np
from PIL import Image

FAST_ENCODER_OPTIONS = {
    "libx264": {"preset": "ultrafast"},
    "libvpx-vp9": {"deadline": "realtime", "cpu-used": "8"},
    "libx265": {"x265-params": "log-level=none"},
}


def make_video(
    container: str = "mp4",
    codec: str | None = "libx264",
    *,
    size: tuple[int, int] = (160, 120),
    frames: int = 25,
    fps: int = 25,
    audio_codec: str | None = None,
    pixel_format: str = "yuv420p",
    black_frames: int = 0,
    metadata: dict[str, str] | None = None,
) -> bytes:
    """Encode a video, red above and blue below, after `black_frames` black frames; `audio_codec` adds a silent track."""
    buffer = io.BytesIO()
    with av.open(buffer, "w", format=container) as container_file:
        container_file.metadata.update(metadata or {})
        video_stream: Any = (
            container_file.add_stream(codec, rate=fps, options=FAST_ENCODER_OPTIONS.get(codec, {})) if codec else None
        )
        audio_stream: Any = container_file.add_stream(audio_codec, rate=48_000) if audio_codec else None
        if video_stream is not None:
            video_stream.width, video_stream.height, video_stream.pix_fmt = *size, pixel_format
            _encode_frames(container_file, video_stream, frames, black_frames)
        if audio_stream is not None:
            _encode_silence(container_file, audio_stream, max(1, frames * 48_000 // fps // 1024))
    return buffer.getvalue()


def make_av1_video() -> bytes:
    """Encode an AV1 video in a separate process.

    SVT-AV1 run by root gives its process the real-time priority SCHED_FIFO 99, which later child processes inherit: the servers
    and browsers of later tests would starve each other.
    """
    code = (
        "import sys; from tests.factories.video_factory import make_video;"
        " sys.stdout.buffer.write(make_video('webm', 'libsvtav1'))"
    )
    return subprocess.run([sys.executable, "-c", code], check=True, stdout=subprocess.PIPE, timeout=60).stdout


def _encode_frames(container_file: Any, stream: Any, frames: int, black_frames: int) -> None:
    black_image = np.zeros((stream.height, stream.width, 3), np.uint8)
    color_image = black_image.copy()
    color_image[: stream.height // 2], color_image[stream.height // 2 :] = (210, 60, 50), (40, 60, 190)
    for index in range(frames):
        frame = av.VideoFrame.from_ndarray(black_image if index < black_frames else color_image, "rgb24")
        frame.pts, frame.time_base = index, Fraction(1, int(stream.average_rate))
        container_file.mux(stream.encode(frame))
    container_file.mux(stream.encode())


def _encode_silence(container_file: Any, stream: Any, blocks: int) -> None:
    sample_format = stream.codec_context.format.name
    is_planar = sample_format.endswith("p")
    samples = np.zeros((2, 1024) if is_planar else (1, 2048), np.float32 if sample_format.startswith("flt") else np.int16)
    for index in range(blocks):
        frame = av.AudioFrame.from_ndarray(samples, sample_format, "stereo")
        frame.sample_rate, frame.pts = 48_000, index * 1024
        container_file.mux(stream.encode(frame))
    container_file.mux(stream.encode())


def rotate_quarter(data: bytes) -> bytes:
    """Set the rotation of an MP4 to a quarter turn clockwise, as a phone held upright does."""
    offset = data.index(b"tkhd") + 44
    matrix = (0, 1 << 16, 0, -(1 << 16), 0, 0, 0, 0, 1 << 30)
    return data[:offset] + b"".join(number.to_bytes(4, "big", signed=True) for number in matrix) + data[offset + 36 :]


def audio_with_cover(data: bytes) -> bytes:
    """Return an audio-only MP4 with a cover picture."""
    cover, buffer = io.BytesIO(), io.BytesIO()
    Image.new("RGB", (64, 64), "#336699").save(cover, "JPEG")
    with av.open(io.BytesIO(data)) as source, av.open(buffer, "w", format="mp4") as output:
        (audio_stream,) = source.streams.audio
        output_audio: Any = output.add_stream_from_template(audio_stream)
        cover_stream: Any = output.add_stream("mjpeg", rate=1)
        cover_stream.width = cover_stream.height = 64
        cover_stream.pix_fmt, cover_stream.disposition = "yuvj420p", av.stream.Disposition.attached_pic
        for packet in source.demux(audio_stream):
            if packet.size:
                packet.stream = output_audio
                output.mux(packet)
        frame = av.VideoFrame.from_image(Image.open(cover)).reformat(format="yuvj420p")
        frame.pts, frame.time_base = 0, Fraction(1, 1)
        output.mux(cover_stream.encode(frame))
        output.mux(cover_stream.encode())
    return buffer.getvalue()
