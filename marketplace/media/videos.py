"""Uploads of videos that every browser plays.

A video is validated and remuxed into a new container in a sandboxed process (`media.video_worker`), which also extracts the
poster; that is encoded like any picture. All files have one key made from the content: `<key>.mp4`, `<key>-320.webp` …; they
are public.
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
from marketplace.media.uploads import (
    WIDTHS,
    CorruptFile,
    EmptyFile,
    FileTooLarge,
    PictureView,
    UploadError,
    picture_view,
    run_image_worker,
    store_at_key,
    validate_key_prefix,
)

if TYPE_CHECKING:
    from marketplace.media.image_worker import EncodedImage

MAX_VIDEO_BYTES = 50 * 2**20
MAX_REQUEST_BYTES = (
    160 * 2**20
)  # of a form with a video: above MAX_VIDEO_BYTES, so that a larger file gets its error at the field
MAX_MINUTES = 3
WORKER_TIMEOUT_S = 12  # less than the limit of an idle transaction
VIDEO_ACCEPT = "video/mp4,video/webm,video/quicktime,.mp4,.m4v,.mov,.webm"
CHUNK_BYTES = 2**20
View = TypeVar("View", bound=Callable[..., Any])


class UnsupportedContainer(UploadError):
    """A file whose content is neither MP4 nor WebM."""

    code = "unsupported_container"
    message = _l("Please choose a video in MP4 or WebM format.")


class NoVideoStream(UploadError):
    """A file with audio only."""

    code = "no_video_stream"
    message = _l("There is no picture in this file, only sound.")


class UnsupportedVideoCodec(UploadError):
    """A video codec that not every browser plays."""

    code = "unsupported_video_codec"
    message = _l("Not every browser plays this video (%(codec)s). Save it as MP4 with H.264 and choose that file.")


class UnsupportedAudioCodec(UploadError):
    """An audio codec that not every browser plays."""

    code = "unsupported_audio_codec"
    message = _l("Not every browser plays the sound of this video (%(codec)s). Save it with AAC sound and choose that file.")


class VideoTooLong(UploadError):
    """A video longer than MAX_MINUTES."""

    code = "video_too_long"
    message = _l("This video is longer than %(limit)s minutes. Please cut it.")


class ResolutionTooHigh(UploadError):
    """A resolution too high for phones to decode."""

    code = "resolution_too_high"
    message = _l("The picture of this video is larger than 3840 × 2160. Save it in a smaller size, 1080p for example.")


ERRORS_BY_REASON: dict[str, type[UploadError]] = {
    "container": UnsupportedContainer,
    "no_video_stream": NoVideoStream,
    "video_codec": UnsupportedVideoCodec,
    "audio_codec": UnsupportedAudioCodec,
    "too_long": VideoTooLong,
    "resolution": ResolutionTooHigh,
}


@dataclass(frozen=True, kw_only=True)
class Video:
    """A stored video: key, extension (`mp4` or `webm`), upright size in pixels, seconds, bytes, and the poster's colour."""

    key: str
    extension: str
    width: int
    height: int
    seconds: float
    size: int
    colour: str

    @property
    def url(self) -> str:
        """The URL of the file."""
        return f"/media/{self.key}.{self.extension}"

    @property
    def type(self) -> str:
        """The media type."""
        return f"video/{self.extension}"

    @property
    def poster(self) -> PictureView | None:
        """The poster, for the picture macros."""
        return picture_view(self.key, colour=self.colour)

    @property
    def duration_label(self) -> str:
        """The duration as shown by players: 0:06."""
        total_seconds = max(1, round(self.seconds))
        return f"{total_seconds // 60}:{total_seconds % 60:02d}"

    def to_json(self) -> dict[str, Any]:
        """Return the value of a JSONB column."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Video:
        """Return the video of a `to_json` result."""
        return cls(**data)


def load_video(data: Mapping[str, Any] | None) -> Video | None:
    """Return the video of a JSONB column, or None."""
    return Video.from_json(data) if data else None


@dataclass(frozen=True, kw_only=True)
class ProcessedVideo:
    """A validated video that is not stored yet; its file is deleted at the end of `process_upload`."""

    file: Path
    metadata: Mapping[str, Any]
    poster: EncodedImage

    def store(self, *, key_prefix: str) -> Video:
        """Store the video. `key_prefix` is the first part of its key. A lock prevents its deletion until the transaction ends."""
        extension = str(self.metadata["extension"])
        key = file_key(validate_key_prefix(key_prefix), self.file, "")
        advisory_lock("video", key)
        _storage().put_file(f"{key}.{extension}", self.file)
        store_at_key(key, self.poster)
        width, height, seconds = (self.metadata[name] for name in ("width", "height", "seconds"))
        size, colour = self.file.stat().st_size, self.poster.colour
        return Video(key=key, extension=extension, width=width, height=height, seconds=seconds, size=size, colour=colour)


def store_generated_video(
    data: bytes, *, poster: EncodedImage, dimensions: tuple[int, int], seconds: float, key_prefix: str
) -> Video:
    """Store an MP4 video that the application generated, with its poster."""
    key = content_key(validate_key_prefix(key_prefix), data, "")
    _storage().put(f"{key}.mp4", data)
    store_at_key(key, poster)
    width, height = dimensions
    colour = poster.colour
    return Video(key=key, extension="mp4", width=width, height=height, seconds=seconds, size=len(data), colour=colour)


@contextmanager
def process_upload(stream: IO[bytes]) -> Iterator[ProcessedVideo]:
    """Validate and remux an uploaded video, without storing it.

    Raises UploadError: UnsupportedContainer, FileTooLarge, EmptyFile, VideoTooLong, ResolutionTooHigh, UnsupportedVideoCodec,
    UnsupportedAudioCodec, NoVideoStream, CorruptFile.
    """
    with TemporaryDirectory(prefix="video-") as name:
        folder = Path(name)
        _copy(stream, folder / "input")
        metadata = _run_video_worker(folder)
        _header, poster = run_image_worker((folder / "poster").read_bytes(), WIDTHS)
        yield ProcessedVideo(file=folder / "output", metadata=metadata, poster=poster)


def delete_stored_video(*, key: str, extension: str, in_use: Callable[[], bool]) -> bool:
    """Delete the files of a video unless `in_use()`, which is called under the video's lock; return whether it was."""
    advisory_lock("video", key)
    if in_use():
        return False
    _storage().delete([f"{key}.{extension}", *(f"{key}-{width}.webp" for width in WIDTHS)])
    return True


def allow_video_upload(view: View) -> View:
    """Raise the request size limit of this view for video uploads; above the permission decorator."""
    view.max_bytes = MAX_REQUEST_BYTES  # type: ignore[attr-defined]
    return view


def _copy(stream: IO[bytes], target: Path) -> None:
    """Copy the stream up to the size limit, because the declared length cannot be trusted."""
    length = 0
    with target.open("wb") as file:
        while chunk := stream.read(CHUNK_BYTES):
            length += len(chunk)
            if length > MAX_VIDEO_BYTES:
                raise FileTooLarge(limit=MAX_VIDEO_BYTES // 2**20)
            file.write(chunk)
    if not length:
        raise EmptyFile


def _run_video_worker(folder: Path) -> Mapping[str, Any]:
    """Process the untrusted file in the sandboxed process, which gets no environment variables."""
    command = [sys.executable, "-I", str(Path(__file__).with_name("video_worker.py")), str(folder)]
    try:
        completed = subprocess.run(command, capture_output=True, timeout=WORKER_TIMEOUT_S, env={}, cwd=folder, check=False)  # noqa: S603
    except subprocess.TimeoutExpired:
        raise CorruptFile from None
    if completed.returncode != 0 or not completed.stdout:
        raise CorruptFile
    result: dict[str, Any] = json.loads(completed.stdout)
    if "error" in result:
        raise ERRORS_BY_REASON.get(result["error"], CorruptFile)(codec=result.get("codec", ""), limit=MAX_MINUTES)
    return result


def _storage() -> Storage:
    storage: Storage = current_app.extensions["storage"]
    return storage
