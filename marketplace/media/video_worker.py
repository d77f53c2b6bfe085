"""Remuxing of one video into a new container, in a subprocess with limited memory and time.

`media.videos` runs this file as a script in a directory with the untrusted file `input`; it writes `output` (the stored
video) and `poster` (a JPEG of an early frame). Only the packets of one video and one audio stream are copied: no metadata,
locations, chapters, subtitles, covers or attachments. Nothing is re-encoded, so it is fast.
"""

from __future__ import annotations

import json
import resource
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import av
from PIL import Image, ImageStat

INPUT_NAME, OUTPUT_NAME, POSTER_NAME = "input", "output", "poster"
MEMORY = 1024 * 2**20
CPU_SECONDS = 10
MAX_FILE_BYTES = 64 * 2**20
MAX_SECONDS = 180
MAX_PIXELS = 3840 * 2160
MAX_SIDE = 4096
POSTER_MAX_SIDE = 1600
MIN_POSTER_BRIGHTNESS = 40  # mean brightness (0 to 255) above which a frame is used
MAX_POSTER_FRAMES = 300  # frames; if none is bright enough, the brightest is used

# Codecs that browsers play, by container: (video, audio); and the options of the new container.
SUPPORTED_CODECS = {"mp4": ({"h264"}, {"aac"}), "webm": ({"vp8", "vp9", "av1"}, {"opus", "vorbis"})}
DEMUXERS = {"mp4": "mov", "webm": "matroska"}
MUXER_OPTIONS = {"mp4": {"movflags": "+faststart"}, "webm": {"cues_to_front": "1"}}
# 8 bits with 4:2:0 chroma subsampling; browsers play the newer codecs with 10 bits as well.
PIXEL_FORMATS_8BIT = {"yuv420p", "yuvj420p"}
CODECS_10BIT = {"vp9", "av1"}
CODEC_LABELS = {
    "hevc": "HEVC, H.265",
    "h264": "H.264, 10-bit",
    "mpeg4": "MPEG-4 Part 2",
    "prores": "ProRes",
    "mp3": "MP3",
    "ac3": "Dolby AC-3",
    "eac3": "Dolby E-AC-3",
}


class VideoRejected(Exception):
    """A video that is not accepted: a reason code for `media.videos`, and the codec concerned."""

    def __init__(self, reason: str, codec: str = "") -> None:
        super().__init__(reason)
        self.reason, self.codec = reason, codec


def detect_container(header: bytes) -> str:
    """Return `mp4` or `webm`, by the first bytes of the file. Raises VideoRejected."""
    if header[4:8] == b"ftyp":
        return "mp4"
    if header[:4] == b"\x1a\x45\xdf\xa3":
        return "webm"
    raise VideoRejected("container")


def process_video(folder: Path) -> dict[str, Any]:
    """Check `input`, write `output` and `poster`, and return their metadata. Raises VideoRejected, and av's errors."""
    with (folder / INPUT_NAME).open("rb") as file:
        container = detect_container(file.read(16))
    with _open(folder, container) as source:
        video_stream, audio_stream = _select_streams(source, container)
        rotation = _extract_poster(source, video_stream, folder / POSTER_NAME)
    with _open(folder, container) as source:
        video_stream, audio_stream = _select_streams(source, container)
        seconds = _remux(source, [stream for stream in (video_stream, audio_stream) if stream], folder / OUTPUT_NAME, container)
        # While the file is open: the streams of a closed file are freed memory.
        width, height = _display_size(video_stream, rotation=rotation)
    with Image.open(folder / POSTER_NAME) as poster:
        poster_size = poster.size
    return {"extension": container, "width": width, "height": height, "seconds": round(seconds, 2), "poster": poster_size}


def _open(folder: Path, container: str) -> Any:
    """Open the file with the demuxer of its container, without following references to other files."""
    options = {"protocol_whitelist": "file"} | ({"enable_drefs": "0"} if container == "mp4" else {})
    return av.open(str(folder / INPUT_NAME), format=DEMUXERS[container], options=options, metadata_errors="replace")


def _select_streams(source: Any, container: str) -> tuple[Any, Any]:
    """Return the video stream and the audio stream (or None) to keep. Raises VideoRejected for unsupported codecs."""
    video_stream = next(
        (stream for stream in source.streams.video if not stream.disposition & av.stream.Disposition.attached_pic), None
    )
    if video_stream is None:
        raise VideoRejected("no_video_stream")
    audio_stream = next(iter(source.streams.audio), None)
    video_codecs, audio_codecs = SUPPORTED_CODECS[container]
    context = video_stream.codec_context
    codec_name, pixel_format = str(context.codec.canonical_name), str(context.pix_fmt)
    if max(context.width, context.height) > MAX_SIDE or context.width * context.height > MAX_PIXELS:
        raise VideoRejected("resolution")
    if pixel_format == "None":
        raise VideoRejected("corrupt")
    if codec_name not in video_codecs and codec_name in SUPPORTED_CODECS["mp4"][0]:
        raise VideoRejected("container")
    if codec_name not in video_codecs or not (
        pixel_format in PIXEL_FORMATS_8BIT or (pixel_format == "yuv420p10le" and codec_name in CODECS_10BIT)
    ):
        raise VideoRejected("video_codec", _codec_label(video_stream))
    if audio_stream is not None and str(audio_stream.codec_context.codec.canonical_name) not in audio_codecs:
        raise VideoRejected("audio_codec", _codec_label(audio_stream))
    if source.duration and source.duration / av.time_base > MAX_SECONDS + 1:
        raise VideoRejected("too_long")
    return video_stream, audio_stream


def _codec_label(stream: Any) -> str:
    name = str(stream.codec_context.codec.canonical_name)
    return CODEC_LABELS.get(name, name.upper())


def _extract_poster(source: Any, video_stream: Any, target: Path) -> int:
    """Write the first bright frame, upright and with square pixels; return its rotation in degrees."""
    video_stream.thread_type, video_stream.codec_context.thread_count = "NONE", 1
    best, best_brightness = None, -1.0
    for frame in _decode_frames(source, video_stream):
        brightness = ImageStat.Stat(frame.reformat(width=48, height=48, format="rgb24").to_image().convert("L")).mean[0]
        if brightness > best_brightness:
            best, best_brightness = frame, brightness
        if brightness >= MIN_POSTER_BRIGHTNESS:
            break
    if best is None:
        raise VideoRejected("corrupt")
    rotation = int(best.rotation or 0) % 360
    width, height = _fit_within(*_display_size(video_stream, rotation=0))
    image = best.reformat(width=width, height=height, format="rgb24").to_image()
    image.rotate(rotation, expand=True).save(target, "JPEG", quality=92)
    return rotation


def _decode_frames(source: Any, video_stream: Any) -> Iterator[Any]:
    for number, frame in enumerate(source.decode(video_stream)):
        if number >= MAX_POSTER_FRAMES:
            return
        yield frame


def _display_size(video_stream: Any, *, rotation: int) -> tuple[int, int]:
    """Return the size in square pixels, in upright orientation."""
    context = video_stream.codec_context
    ratio = video_stream.sample_aspect_ratio or context.sample_aspect_ratio or 1
    width, height = max(2, round(context.width * ratio)), context.height
    if max(width, height) > 4 * MAX_SIDE:
        raise VideoRejected("resolution")
    return (height, width) if rotation in (90, 270) else (width, height)


def _fit_within(width: int, height: int) -> tuple[int, int]:
    scale = min(1.0, POSTER_MAX_SIDE / max(width, height))
    return max(2, round(width * scale)), max(2, round(height * scale))


def _remux(source: Any, streams: list[Any], target: Path, container: str) -> float:
    """Write the packets of `streams` only; return their duration in seconds. Raises VideoRejected."""
    declared_seconds = (source.duration or 0) / av.time_base
    start_times: list[float] = []
    duration = 0.0
    with av.open(str(target), "w", format=container, options={**MUXER_OPTIONS[container], "fflags": "+bitexact"}) as output:
        output_streams = {stream.index: output.add_stream_from_template(stream, opaque=True) for stream in streams}
        for packet in source.demux(streams):
            if not packet.size:
                continue
            if packet.is_corrupt:
                raise VideoRejected("corrupt")
            if packet.pts is not None:
                seconds = float(packet.pts * packet.time_base)
                start_times = start_times or [seconds]
                duration = max(duration, seconds + float((packet.duration or 0) * packet.time_base) - start_times[0])
            if duration > MAX_SECONDS + 1:
                raise VideoRejected("too_long")
            packet.stream = output_streams[packet.stream.index]
            output.mux(packet)
    if not start_times or duration < declared_seconds * 0.9 - 1:
        raise VideoRejected("corrupt")
    return max(duration, 0.04)


def _apply_rlimits() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (MAX_FILE_BYTES, MAX_FILE_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (24, 24))


def main() -> None:
    """Process the directory of the first argument; write the result as a line of JSON."""
    Image.init()
    _apply_rlimits()
    av.logging.set_level(None)
    try:
        result = process_video(Path(sys.argv[1]))
    except VideoRejected as exc:
        result = {"error": exc.reason, "codec": exc.codec}
    except (av.FFmpegError, OSError, ValueError, MemoryError, ArithmeticError, LookupError, TypeError, AttributeError):
        result = {"error": "corrupt"}
    sys.stdout.write(json.dumps(result) + "\n")


if __name__ == "__main__":
    main()
