"""Videos that people send us: taken in so that nothing of them can harm, and so that every browser plays them (SF3).

A video is checked and put into a fresh container in a confined process (`kernel.reel`), which also takes its poster; that goes
the way of every picture. All its files lie under one key made from its content: `<key>.mp4`, `<key>-320.webp` …; they are public.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, TYPE_CHECKING, Any, TypeVar

from flask import current_app
from flask_babel import lazy_gettext as _l

from marketplace.kernel.db import advisory_lock
from marketplace.kernel.ports import Storage, content_key, file_key
from marketplace.kernel.uploads import (
    WIDTHS,
    Empty,
    PictureView,
    TooLarge,
    Unreadable,
    UploadRefused,
    checked_owner,
    keep_as,
    picture_view,
    press_outside,
)

if TYPE_CHECKING:
    from marketplace.kernel.press import Pressed

VIDEO_BYTES = 50 * 2**20
REQUEST_BYTES = 160 * 2**20  # of a form with a video: one that is far too large still gets its sentence at its field
MOST_MINUTES = 3
SECONDS = 12  # less than a transaction may wait for us
VIDEO_ACCEPT = "video/mp4,video/webm,video/quicktime,.mp4,.m4v,.mov,.webm"
BLOCK = 2**20
View = TypeVar("View", bound=Callable[..., Any])


class NotAVideo(UploadRefused):
    """No container that we take, by its content."""

    message = _l("Please choose a video in MP4 or WebM format.")


class NoMovingPicture(UploadRefused):
    """Sound alone."""

    message = _l("There is no picture in this file, only sound.")


class NotPlayed(UploadRefused):
    """A codec that browsers do not play."""

    message = _l("Not every browser plays this video (%(codec)s). Save it as MP4 with H.264 and choose that file.")


class NotHeard(UploadRefused):
    """Sound that browsers do not play."""

    message = _l("Not every browser plays the sound of this video (%(codec)s). Save it with AAC sound and choose that file.")


class TooLong(UploadRefused):
    """More time than anybody looks."""

    message = _l("This video is longer than %(limit)s minutes. Please cut it.")


class FrameTooLarge(UploadRefused):
    """More dots than a telephone can show in time."""

    message = _l("The picture of this video is larger than 3840 × 2160. Save it in a smaller size, 1080p for example.")


REFUSALS: dict[str, type[UploadRefused]] = {
    "kind": NotAVideo,
    "picture": NoMovingPicture,
    "codec": NotPlayed,
    "sound": NotHeard,
    "long": TooLong,
    "frame": FrameTooLarge,
}


@dataclass(frozen=True, kw_only=True)
class Video:
    """A video that is kept: its key, `mp4` or `webm`, its size upright in pixels, seconds, bytes, its poster's average colour."""

    key: str
    ending: str
    width: int
    height: int
    seconds: float
    size: int
    colour: str

    @property
    def url(self) -> str:
        """Where it is played from."""
        return f"/media/{self.key}.{self.ending}"

    @property
    def type(self) -> str:
        """Its media type."""
        return f"video/{self.ending}"

    @property
    def poster(self) -> PictureView | None:
        """The picture that stands for it, as the picture macros take it."""
        return picture_view(self.key, colour=self.colour)

    @property
    def time(self) -> str:
        """How long it takes, as players say it: 0:06."""
        whole = max(1, round(self.seconds))
        return f"{whole // 60}:{whole % 60:02d}"

    def to_json(self) -> dict[str, Any]:
        """For a JSONB column."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Video:
        """The inverse of `to_json`."""
        return cls(**data)


def video_of(kept: Mapping[str, Any] | None) -> Video | None:
    """What a JSONB column holds, or None."""
    return Video.from_json(kept) if kept else None


@dataclass(frozen=True, kw_only=True)
class TakenVideo:
    """A video that was found good and is not kept yet; its file goes when the `with` around it ends."""

    file: Path
    said: Mapping[str, Any]
    poster: Pressed

    def keep(self, *, owner: str) -> Video:
        """Put it into storage. `owner` is the first part of its key. Nobody throws it away before this transaction ends."""
        ending = str(self.said["ending"])
        key = file_key(checked_owner(owner), self.file, "")
        advisory_lock("video", key)
        _storage().put_file(f"{key}.{ending}", self.file)
        keep_as(key, self.poster)
        width, height, seconds = (self.said[name] for name in ("width", "height", "seconds"))
        size, colour = self.file.stat().st_size, self.poster.colour
        return Video(key=key, ending=ending, width=width, height=height, seconds=seconds, size=size, colour=colour)


def store_film(data: bytes, *, poster: Pressed, edges: tuple[int, int], seconds: float, owner: str) -> Video:
    """Keep a film (MP4) that the market itself made, with the picture that stands for it."""
    key = content_key(checked_owner(owner), data, "")
    _storage().put(f"{key}.mp4", data)
    keep_as(key, poster)
    width, height = edges
    colour = poster.colour
    return Video(key=key, ending="mp4", width=width, height=height, seconds=seconds, size=len(data), colour=colour)


@contextmanager
def taken_video(stream: IO[bytes]) -> Iterator[TakenVideo]:
    """Check a video from outside and put it into a fresh container, without keeping it.

    Raises UploadRefused: NotAVideo, TooLarge, Empty, TooLong, FrameTooLarge, NotPlayed, NotHeard, NoMovingPicture, Unreadable.
    """
    with TemporaryDirectory(prefix="video-") as name:
        folder = Path(name)
        _copy(stream, folder / "given")
        said = _remux(folder)
        _said, poster = press_outside((folder / "poster").read_bytes(), WIDTHS)
        yield TakenVideo(file=folder / "video", said=said, poster=poster)


def throw_away(*, key: str, ending: str, unless: Callable[[], bool]) -> bool:
    """Delete the files of a video that nothing shows any more; `unless` says whether something does, asked under its lock."""
    advisory_lock("video", key)
    if unless():
        return False
    _storage().delete([f"{key}.{ending}", *(f"{key}-{width}.webp" for width in WIDTHS)])
    return True


def takes_video(view: View) -> View:
    """Let the forms of this view be as large as one with a video may be; above the guard."""
    view.most_bytes = REQUEST_BYTES  # type: ignore[attr-defined]
    return view


def _copy(stream: IO[bytes], target: Path) -> None:
    """Counted while it is read: what the sender claims about its length means nothing."""
    length = 0
    with target.open("wb") as file:
        while block := stream.read(BLOCK):
            length += len(block)
            if length > VIDEO_BYTES:
                raise TooLarge(limit=VIDEO_BYTES // 2**20)
            file.write(block)
    if not length:
        raise Empty


def _remux(folder: Path) -> Mapping[str, Any]:
    """Let the confined process do the dangerous part. It gets no environment and no address of ours."""
    command = [sys.executable, "-I", str(Path(__file__).with_name("reel.py")), str(folder)]
    try:
        done = subprocess.run(command, capture_output=True, timeout=SECONDS, env={}, cwd=folder, check=False)  # noqa: S603
    except subprocess.TimeoutExpired:
        raise Unreadable from None
    if done.returncode != 0 or not done.stdout:
        raise Unreadable
    said: dict[str, Any] = json.loads(done.stdout)
    if "trouble" in said:
        raise REFUSALS.get(said["trouble"], Unreadable)(codec=said.get("codec", ""), limit=MOST_MINUTES)
    return said


def _storage() -> Storage:
    storage: Storage = current_app.extensions["storage"]
    return storage
