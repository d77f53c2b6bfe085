"""Uploaded videos: validation, remuxing, posters, storage and range responses."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import zlib
from collections.abc import Callable
from pathlib import Path

import av
import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image

from marketplace.kernel.db import unit_of_work
from marketplace.media import uploads, video_worker, videos
from marketplace.media.videos import Video
from marketplace.surfaces import media
from tests.factories.video_factory import audio_with_cover, make_av1_video, make_video, rotate_quarter

PRIVATE_METADATA = {"title": "of the owner", "comment": "taken at home", "location": "+30.0000+120.0000/"}


def store(data: bytes, owner: str = "acme") -> Video:
    with unit_of_work(), videos.process_upload(io.BytesIO(data)) as processed:
        return processed.store(key_prefix=owner)


def read_stored(app: Flask, video: Video) -> bytes:
    data: bytes = app.extensions["storage"].get(f"{video.key}.{video.extension}")
    return data


@pytest.mark.parametrize(
    ("container", "codec", "audio_codec", "extension"),
    [
        ("mp4", "libx264", "aac", "mp4"),
        ("mp4", "libx264", None, "mp4"),
        ("mov", "libx264", "aac", "mp4"),
        ("webm", "libvpx-vp9", "libopus", "webm"),
        ("webm", "libvpx", None, "webm"),
        ("matroska", "libvpx-vp9", None, "webm"),
    ],
)
def test_store_playable_video_preserves_streams(
    ctx: Flask, container: str, codec: str, audio_codec: str | None, extension: str
) -> None:
    video = store(make_video(container, codec, audio_codec=audio_codec, metadata=PRIVATE_METADATA))
    assert (video.extension, video.width, video.height) == (extension, 160, 120)
    assert video.seconds == pytest.approx(1, abs=0.1)
    assert (video.duration_label, video.type) == ("0:01", f"video/{extension}")
    data = read_stored(ctx, video)
    assert len(data) == video.size
    with av.open(io.BytesIO(data)) as container_file:
        assert [stream.type for stream in container_file.streams] == ["video", *(["audio"] if audio_codec else [])]
        assert sum(1 for _frame in container_file.decode(video=0)) == 25
    assert Video.from_json(video.to_json()) == video


def test_av1_video_is_remuxed_not_encoded(ctx: Flask) -> None:
    assert store(make_av1_video()).extension == "webm"
    assert os.sched_getscheduler(0) == os.SCHED_OTHER


def test_store_video_strips_metadata(ctx: Flask) -> None:
    data = make_video("mov", audio_codec="aac", metadata=PRIVATE_METADATA)
    assert all(secret.encode() in data for secret in ("of the owner", "taken at home", "+30.0000"))
    stored_data = read_stored(ctx, store(data + b"<script>x</script>"))
    assert [
        secret for secret in ("of the owner", "taken at home", "+30.0000", "<script>", "Lavf") if secret.encode() in stored_data
    ] == []
    assert stored_data.index(b"moov") < stored_data.index(b"mdat")  # playback can start before the download is complete


def test_store_video_drops_extra_streams(ctx: Flask, tmp_path: Path) -> None:
    buffer = io.BytesIO()
    with av.open(io.BytesIO(make_video())) as source, av.open(buffer, "w", format="mp4") as output:
        video_stream = source.streams.video[0]
        streams = [output.add_stream_from_template(video_stream) for _copy_number in range(2)]
        for packet in source.demux(video_stream):
            if packet.size:
                for stream in streams:
                    copy = av.Packet(bytes(packet))
                    copy.pts, copy.dts, copy.duration, copy.time_base = (
                        packet.pts,
                        packet.dts,
                        packet.duration,
                        packet.time_base,
                    )
                    copy.is_keyframe, copy.stream = packet.is_keyframe, stream
                    output.mux(copy)
    with av.open(io.BytesIO(read_stored(ctx, store(buffer.getvalue())))) as stored_container:
        assert len(stored_container.streams) == 1


def test_poster_is_first_bright_frame(ctx: Flask, client: FlaskClient) -> None:
    video = store(make_video(black_frames=12))
    assert video.poster is not None
    for url, width in ((video.poster.thumb, 160), (video.poster.url, 160)):
        response = client.get(url)
        assert (response.status_code, response.mimetype) == (200, "image/webp")
        image = Image.open(io.BytesIO(response.data)).convert("RGB")
        assert image.size == (width, 120)
        red, _green, blue = image.getpixel((80, 20))  # type: ignore[misc]
        assert red > 150 > blue
    assert store(make_video(black_frames=99)).colour == "#000000"  # no frame is bright enough: the brightest one is used


def test_rotated_video_preserves_orientation(ctx: Flask, client: FlaskClient) -> None:
    video = store(rotate_quarter(make_video()))
    assert (video.width, video.height) == (120, 160)
    assert video.poster is not None
    image = Image.open(io.BytesIO(client.get(video.poster.url).data)).convert("RGB")
    assert image.size == (120, 160)
    red, _green, blue = image.getpixel((100, 80))  # type: ignore[misc]
    assert red > 150 > blue  # the top edge is now at the right
    with av.open(io.BytesIO(read_stored(ctx, video))) as container:
        assert abs(next(container.decode(video=0)).rotation) == 90


@pytest.mark.parametrize(
    ("make_data", "error_class"),
    [
        (lambda: b"", uploads.EmptyFile),
        (lambda: b"hello, this is no video at all", videos.UnsupportedContainer),
        (lambda: b"<svg xmlns='http://www.w3.org/2000/svg'/>", videos.UnsupportedContainer),
        (lambda: b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n", videos.UnsupportedContainer),
        (lambda: make_video("avi", "mpeg4"), videos.UnsupportedContainer),
        (lambda: make_video("matroska"), videos.UnsupportedContainer),
        (lambda: make_video(codec="mpeg4"), videos.UnsupportedVideoCodec),
        (lambda: make_video(codec="libx265"), videos.UnsupportedVideoCodec),
        (lambda: make_video(pixel_format="yuv420p10le"), videos.UnsupportedVideoCodec),
        (lambda: make_video(pixel_format="yuv444p"), videos.UnsupportedVideoCodec),
        (lambda: make_video(audio_codec="ac3"), videos.UnsupportedAudioCodec),
        (lambda: make_video(codec=None, audio_codec="aac", frames=50), videos.NoVideoStream),
        (lambda: audio_with_cover(make_video(codec=None, audio_codec="aac", frames=50)), videos.NoVideoStream),
        (lambda: make_video(frames=200, fps=1), videos.VideoTooLong),
        (lambda: make_video(size=(4200, 64), frames=1), videos.ResolutionTooHigh),
        (lambda: make_video()[:300], uploads.CorruptFile),
        (lambda: make_video(frames=100)[:-2000], uploads.CorruptFile),
        (lambda: b"\0\0\0\x18ftypisom" + os.urandom(5000), uploads.CorruptFile),
        (lambda: b"\x1a\x45\xdf\xa3" + zlib.compress(b"x" * 5000), uploads.CorruptFile),
    ],
)
def test_process_upload_invalid_file_raises(
    ctx: Flask, make_data: Callable[[], bytes], error_class: type[uploads.UploadError]
) -> None:
    with pytest.raises(error_class) as exc_info, videos.process_upload(io.BytesIO(make_data())):
        pass
    assert type(exc_info.value) is error_class
    assert "%(" not in exc_info.value.user_message()


def test_unsupported_codec_message_names_codec_and_remedy(ctx: Flask) -> None:
    with (
        pytest.raises(videos.UnsupportedVideoCodec) as exc_info,
        videos.process_upload(io.BytesIO(make_video(codec="libx265"))),
    ):
        pass
    assert "HEVC, H.265" in exc_info.value.user_message()
    assert "MP4" in exc_info.value.user_message()


def test_process_upload_stops_reading_at_size_limit(ctx: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    data = make_video(frames=60)
    monkeypatch.setattr(videos, "MAX_VIDEO_BYTES", len(data) - 1)
    monkeypatch.setattr(videos, "CHUNK_BYTES", 512)
    stream = io.BytesIO(data + b"x" * 10_000)
    with pytest.raises(uploads.FileTooLarge), videos.process_upload(stream):
        pass
    assert stream.tell() < len(data) + 1024  # reading stops soon after the limit


def test_small_file_with_huge_resolution_raises(ctx: Flask) -> None:
    data = make_video(size=(8192, 8192), frames=1)
    assert len(data) < 200_000
    with pytest.raises(videos.ResolutionTooHigh), videos.process_upload(io.BytesIO(data)):
        pass


def test_container_size_claim_is_ignored(ctx: Flask) -> None:
    data = make_video(size=(64, 48), frames=2)
    offset = data.index(b"\0\x40\0\x30", data.index(b"stsd"))
    video = store(data[:offset] + b"\xfd\xe8\xfd\xe8" + data[offset + 4 :])
    assert max(video.width, video.height) < 200


def test_video_worker_applies_rlimits(tmp_path: Path) -> None:
    code = (
        "import sys; sys.argv = ['video_worker', sys.argv[1]]; import runpy, resource\n"
        "module = runpy.run_path(sys.argv[1]); module['_apply_rlimits']()\n"
        "print([resource.getrlimit(getattr(resource, 'RLIMIT_' + name))[1] for name in ('AS', 'CPU', 'FSIZE', 'CORE')])\n"
    )
    completed = subprocess.run(
        [sys.executable, "-c", code, video_worker.__file__], capture_output=True, text=True, check=True, cwd=tmp_path
    )
    assert completed.stdout.strip() == str([video_worker.MEMORY, video_worker.CPU_SECONDS, video_worker.MAX_FILE_BYTES, 0])


def test_worker_timeout_raises_corrupt_file(ctx: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(videos, "WORKER_TIMEOUT_S", 0.01)
    with pytest.raises(uploads.CorruptFile), videos.process_upload(io.BytesIO(make_video())):
        pass


def test_process_upload_removes_temporary_files(ctx: Flask, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with videos.process_upload(io.BytesIO(make_video())) as processed:
        assert processed.file.exists()
        assert len(list(tmp_path.iterdir())) == 1
    with pytest.raises(uploads.CorruptFile), videos.process_upload(io.BytesIO(make_video()[:200])):
        pass
    assert list(tmp_path.iterdir()) == []


def test_range_request_returns_partial_content(ctx: Flask, client: FlaskClient) -> None:
    video = store(make_video(frames=50))
    data = read_stored(ctx, video)
    full_response = client.get(video.url)
    assert (full_response.status_code, full_response.mimetype, full_response.data) == (200, "video/mp4", data)
    assert full_response.headers["Accept-Ranges"] == "bytes"
    assert full_response.content_length == len(data)
    assert "immutable" in full_response.headers["Cache-Control"]
    assert full_response.headers["X-Content-Type-Options"] == "nosniff"
    assert full_response.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    for range_header, first, end in (
        ("bytes=0-1", 0, 2),
        ("bytes=100-", 100, len(data)),
        ("bytes=-7", len(data) - 7, len(data)),
    ):
        partial_response = client.get(video.url, headers={"Range": range_header})
        assert (partial_response.status_code, partial_response.data) == (206, data[first:end])
        assert partial_response.headers["Content-Range"] == f"bytes {first}-{end - 1}/{len(data)}"
        assert partial_response.content_length == end - first
        assert "immutable" in partial_response.headers["Cache-Control"]
    unsatisfiable_response = client.get(video.url, headers={"Range": f"bytes={len(data)}-"})
    assert (
        unsatisfiable_response.status_code,
        unsatisfiable_response.headers["Content-Range"],
        unsatisfiable_response.data,
    ) == (416, f"bytes */{len(data)}", b"")
    assert "immutable" not in unsatisfiable_response.headers["Cache-Control"]


def test_if_range_with_other_etag_returns_full_file(ctx: Flask, client: FlaskClient) -> None:
    video = store(make_video())
    etag = client.get(video.url).headers["ETag"]
    matching_response = client.get(video.url, headers={"Range": "bytes=0-9", "If-Range": etag})
    mismatched_response = client.get(video.url, headers={"Range": "bytes=0-9", "If-Range": '"another"'})
    assert (matching_response.status_code, len(matching_response.data)) == (206, 10)
    assert (mismatched_response.status_code, len(mismatched_response.data)) == (200, video.size)
    assert client.get(video.url, headers={"If-None-Match": etag}).status_code == 304
    head_response = client.head(video.url)
    assert (head_response.status_code, head_response.content_length, head_response.data) == (200, video.size, b"")


def test_media_route_serves_shops_and_rejects_invalid_keys(ctx: Flask, client: FlaskClient) -> None:
    video = store(make_video())
    assert client.get(video.url, base_url="http://acme.localhost").status_code == 200
    digest = "0" * 32
    assert media.MEDIA_KEY_PATTERN.match(f"acme/00/{digest}.mp4")
    for key in (f"private/00/{digest}.mp4", f"acme/00/{digest}.html", f"acme/00/{digest}.mp4.exe", f"acme/00/{digest}-320.mp4"):
        assert not media.MEDIA_KEY_PATTERN.match(key)
        assert client.get(f"/media/{key}").status_code == 404
    assert client.get(f"/media/acme/00/{digest}.webm").status_code == 404


def test_delete_stored_video_retains_video_in_use(ctx: Flask, client: FlaskClient) -> None:
    video = store(make_video())
    assert video.poster is not None
    with unit_of_work():
        assert not videos.delete_stored_video(key=video.key, extension=video.extension, in_use=lambda: True)
    assert client.get(video.url).status_code == 200
    with unit_of_work():
        assert videos.delete_stored_video(key=video.key, extension=video.extension, in_use=lambda: False)
    assert [client.get(url).status_code for url in (video.url, video.poster.url, video.poster.full)] == [404] * 3


@pytest.mark.parametrize(("container", "codec"), [("webm", "libvpx"), ("webm", "libvpx-vp9"), ("mp4", "libx264")])
def test_video_worker_reads_no_freed_memory(tmp_path: Path, container: str, codec: str) -> None:
    """Overwrite freed memory (glibc), because the streams of a closed file are freed, but usually still hold the data."""
    (tmp_path / video_worker.INPUT_NAME).write_bytes(make_video(container, codec))
    command = [sys.executable, "-I", str(video_worker.__file__), str(tmp_path)]
    completed = subprocess.run(
        command, capture_output=True, text=True, env={"MALLOC_PERTURB_": "165"}, cwd=tmp_path, check=False
    )
    assert (completed.returncode, '"width": 160, "height": 120' in completed.stdout) == (0, True)
