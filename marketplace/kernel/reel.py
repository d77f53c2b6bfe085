"""Puts one video into a fresh container, in a process of its own, which may use little memory and time.

`kernel.videos` starts this file as a script, in a folder where the untrusted file lies as `given`; beside it come `video` (what
is kept) and `poster` (a JPEG of an early frame). Of the original only the packets of one picture and one sound stream are
taken over: no notes, places, chapters, subtitles, covers or attachments. Nothing is encoded anew, so it takes hardly any time.
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

GIVEN, KEPT, POSTER = "given", "video", "poster"
MEMORY = 1024 * 2**20
CPU_SECONDS = 10
LARGEST_FILE = 64 * 2**20
MOST_SECONDS = 180
MOST_PIXELS = 3840 * 2160
LONGEST_SIDE = 4096
POSTER_EDGE = 1600
BRIGHT = 40  # of 255: the mean of a frame that shows something
LOOKED_AT = 300  # frames, until the brightest of them has to do

# What browsers play, by container: (streams of pictures, of sound), and how the fresh container is written.
PLAYED = {"mp4": ({"h264"}, {"aac"}), "webm": ({"vp8", "vp9", "av1"}, {"opus", "vorbis"})}
READERS = {"mp4": "mov", "webm": "matroska"}
WRITING = {"mp4": {"movflags": "+faststart"}, "webm": {"cues_to_front": "1"}}
# Eight bits and colour at half the size; the newer ones are played with ten as well.
PLAIN = {"yuv420p", "yuvj420p"}
DEEP = {"vp9", "av1"}
CALLED = {
    "hevc": "HEVC, H.265",
    "h264": "H.264, 10-bit",
    "mpeg4": "MPEG-4 Part 2",
    "prores": "ProRes",
    "mp3": "MP3",
    "ac3": "Dolby AC-3",
    "eac3": "Dolby E-AC-3",
}


class Trouble(Exception):
    """Why the video is not taken: a word for `kernel.videos`, and the codec that it is about."""

    def __init__(self, word: str, codec: str = "") -> None:
        super().__init__(word)
        self.word, self.codec = word, codec


def kind_of(head: bytes) -> str:
    """`mp4` or `webm`, by how the file begins. Raises Trouble."""
    if head[4:8] == b"ftyp":
        return "mp4"
    if head[:4] == b"\x1a\x45\xdf\xa3":
        return "webm"
    raise Trouble("kind")


def take(folder: Path) -> dict[str, Any]:
    """Check `given`, write `video` and `poster`; what they are like. Raises Trouble, and what av raises for broken files."""
    with (folder / GIVEN).open("rb") as file:
        kind = kind_of(file.read(16))
    with _opened(folder, kind) as given:
        picture, sound = _streams(given, kind)
        turn = _poster(given, picture, folder / POSTER)
    with _opened(folder, kind) as given:
        picture, sound = _streams(given, kind)
        seconds = _remux(given, [stream for stream in (picture, sound) if stream], folder / KEPT, kind)
        width, height = _shown_size(picture, turned=turn)  # while it is open: a closed file's streams are freed memory
    with Image.open(folder / POSTER) as poster:
        shown = poster.size
    return {"ending": kind, "width": width, "height": height, "seconds": round(seconds, 2), "poster": shown}


def _opened(folder: Path, kind: str) -> Any:
    """The file, read by the one reader of its kind: it follows no links to other files."""
    options = {"protocol_whitelist": "file"} | ({"enable_drefs": "0"} if kind == "mp4" else {})
    return av.open(str(folder / GIVEN), format=READERS[kind], options=options, metadata_errors="replace")


def _streams(given: Any, kind: str) -> tuple[Any, Any]:
    """The picture and the sound (or None) that are kept. Raises Trouble for what browsers do not play."""
    picture = next((one for one in given.streams.video if not one.disposition & av.stream.Disposition.attached_pic), None)
    if picture is None:
        raise Trouble("picture")
    sound = next(iter(given.streams.audio), None)
    pictures, sounds = PLAYED[kind]
    context = picture.codec_context
    name, form = str(context.codec.canonical_name), str(context.pix_fmt)
    if max(context.width, context.height) > LONGEST_SIDE or context.width * context.height > MOST_PIXELS:
        raise Trouble("frame")
    if form == "None":
        raise Trouble("broken")
    if name not in pictures and name in PLAYED["mp4"][0]:
        raise Trouble("kind")
    if name not in pictures or not (form in PLAIN or (form == "yuv420p10le" and name in DEEP)):
        raise Trouble("codec", _called(picture))
    if sound is not None and str(sound.codec_context.codec.canonical_name) not in sounds:
        raise Trouble("sound", _called(sound))
    if given.duration and given.duration / av.time_base > MOST_SECONDS + 1:
        raise Trouble("long")
    return picture, sound


def _called(stream: Any) -> str:
    name = str(stream.codec_context.codec.canonical_name)
    return CALLED.get(name, name.upper())


def _poster(given: Any, picture: Any, target: Path) -> int:
    """Write the first frame that shows something, upright and with square dots; the quarter turns it needed, in degrees."""
    picture.thread_type, picture.codec_context.thread_count = "NONE", 1
    best, light = None, -1.0
    for frame in _frames(given, picture):
        seen = ImageStat.Stat(frame.reformat(width=48, height=48, format="rgb24").to_image().convert("L")).mean[0]
        if seen > light:
            best, light = frame, seen
        if seen >= BRIGHT:
            break
    if best is None:
        raise Trouble("broken")
    turn = int(best.rotation or 0) % 360
    width, height = _fitted(*_shown_size(picture, turned=0))
    image = best.reformat(width=width, height=height, format="rgb24").to_image()
    image.rotate(turn, expand=True).save(target, "JPEG", quality=92)
    return turn


def _frames(given: Any, picture: Any) -> Iterator[Any]:
    for number, frame in enumerate(given.decode(picture)):
        if number >= LOOKED_AT:
            return
        yield frame


def _shown_size(picture: Any, *, turned: int) -> tuple[int, int]:
    """In square dots, upright."""
    context = picture.codec_context
    ratio = picture.sample_aspect_ratio or context.sample_aspect_ratio or 1
    width, height = max(2, round(context.width * ratio)), context.height
    if max(width, height) > 4 * LONGEST_SIDE:
        raise Trouble("frame")
    return (height, width) if turned in (90, 270) else (width, height)


def _fitted(width: int, height: int) -> tuple[int, int]:
    share = min(1.0, POSTER_EDGE / max(width, height))
    return max(2, round(width * share)), max(2, round(height * share))


def _remux(given: Any, streams: list[Any], target: Path, kind: str) -> float:
    """Write the packets of `streams` and nothing else; how many seconds they last. Raises Trouble."""
    declared = (given.duration or 0) / av.time_base
    begins: list[float] = []
    reached = 0.0
    with av.open(str(target), "w", format=kind, options={**WRITING[kind], "fflags": "+bitexact"}) as kept:
        fresh = {stream.index: kept.add_stream_from_template(stream, opaque=True) for stream in streams}
        for packet in given.demux(streams):
            if not packet.size:
                continue
            if packet.is_corrupt:
                raise Trouble("broken")
            if packet.pts is not None:
                at = float(packet.pts * packet.time_base)
                begins = begins or [at]
                reached = max(reached, at + float((packet.duration or 0) * packet.time_base) - begins[0])
            if reached > MOST_SECONDS + 1:
                raise Trouble("long")
            packet.stream = fresh[packet.stream.index]
            kept.mux(packet)
    if not begins or reached < declared * 0.9 - 1:
        raise Trouble("broken")
    return max(reached, 0.04)


def _confine() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (LARGEST_FILE, LARGEST_FILE))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (24, 24))


def main() -> None:
    """Work in the folder that was named; say in a line of JSON what came of it."""
    Image.init()
    _confine()
    av.logging.set_level(None)
    try:
        said = take(Path(sys.argv[1]))
    except Trouble as trouble:
        said = {"trouble": trouble.word, "codec": trouble.codec}
    except (av.FFmpegError, OSError, ValueError, MemoryError, ArithmeticError, LookupError, TypeError, AttributeError):
        said = {"trouble": "broken"}
    sys.stdout.write(json.dumps(said) + "\n")


if __name__ == "__main__":
    main()
