"""Videos from outside: what is taken, what becomes of it, how it is handed out (SF3, safety §8)."""

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

from marketplace.kernel import reel, uploads, videos
from marketplace.kernel.db import unit_of_work
from marketplace.kernel.videos import Video
from marketplace.surfaces import media
from tests.factories.films import film, newest_film, turned, with_cover

SECRETS = {"title": "of the owner", "comment": "taken at home", "location": "+30.0000+120.0000/"}


def kept(data: bytes, owner: str = "acme") -> Video:
    with unit_of_work(), videos.taken_video(io.BytesIO(data)) as taken:
        return taken.keep(owner=owner)


def stored(app: Flask, video: Video) -> bytes:
    data: bytes = app.extensions["storage"].get(f"{video.key}.{video.ending}")
    return data


@pytest.mark.parametrize(
    ("kind", "codec", "sound", "ending"),
    [
        ("mp4", "libx264", "aac", "mp4"),
        ("mp4", "libx264", None, "mp4"),
        ("mov", "libx264", "aac", "mp4"),
        ("webm", "libvpx-vp9", "libopus", "webm"),
        ("webm", "libvpx", None, "webm"),
        ("matroska", "libvpx-vp9", None, "webm"),
    ],
)
def test_what_browsers_play_is_kept(ctx: Flask, kind: str, codec: str, sound: str | None, ending: str) -> None:
    video = kept(film(kind, codec, sound=sound, notes=SECRETS))
    assert (video.ending, video.width, video.height) == (ending, 160, 120)
    assert video.seconds == pytest.approx(1, abs=0.1)
    assert (video.time, video.type) == ("0:01", f"video/{ending}")
    data = stored(ctx, video)
    assert len(data) == video.size
    with av.open(io.BytesIO(data)) as again:
        assert [one.type for one in again.streams] == ["video", *(["audio"] if sound else [])]
        assert sum(1 for _frame in again.decode(video=0)) == 25
    assert Video.from_json(video.to_json()) == video


def test_the_newest_codec_is_only_copied_not_encoded(ctx: Flask) -> None:
    assert kept(newest_film()).ending == "webm"
    assert os.sched_getscheduler(0) == os.SCHED_OTHER


def test_nothing_of_the_original_but_picture_and_sound_stays(ctx: Flask) -> None:
    data = film("mov", sound="aac", notes=SECRETS)
    assert all(word.encode() in data for word in ("of the owner", "taken at home", "+30.0000"))
    fresh = stored(ctx, kept(data + b"<script>x</script>"))
    assert [word for word in ("of the owner", "taken at home", "+30.0000", "<script>", "Lavf") if word.encode() in fresh] == []
    assert fresh.index(b"moov") < fresh.index(b"mdat")  # starts before all of it is there


def test_subtitles_and_covers_are_left_out(ctx: Flask, tmp_path: Path) -> None:
    buffer = io.BytesIO()
    with av.open(io.BytesIO(film())) as given, av.open(buffer, "w", format="mp4") as both:
        picture = given.streams.video[0]
        streams = [both.add_stream_from_template(picture) for _again in range(2)]
        for packet in given.demux(picture):
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
                    both.mux(copy)
    with av.open(io.BytesIO(stored(ctx, kept(buffer.getvalue())))) as again:
        assert len(again.streams) == 1


def test_the_poster_is_the_first_frame_that_shows_something(ctx: Flask, client: FlaskClient) -> None:
    video = kept(film(black=12))
    assert video.poster is not None
    for url, width in ((video.poster.thumb, 160), (video.poster.url, 160)):
        answer = client.get(url)
        assert (answer.status_code, answer.mimetype) == (200, "image/webp")
        shown = Image.open(io.BytesIO(answer.data)).convert("RGB")
        assert shown.size == (width, 120)
        red, _green, blue = shown.getpixel((80, 20))  # type: ignore[misc]
        assert red > 150 > blue
    assert kept(film(black=99)).colour == "#000000"  # there is nothing to see in it: the brightest does


def test_what_was_filmed_upright_is_upright(ctx: Flask, client: FlaskClient) -> None:
    video = kept(turned(film()))
    assert (video.width, video.height) == (120, 160)
    assert video.poster is not None
    shown = Image.open(io.BytesIO(client.get(video.poster.url).data)).convert("RGB")
    assert shown.size == (120, 160)
    red, _green, blue = shown.getpixel((100, 80))  # type: ignore[misc]
    assert red > 150 > blue  # what was above is at the right
    with av.open(io.BytesIO(stored(ctx, video))) as again:
        assert abs(next(again.decode(video=0)).rotation) == 90


@pytest.mark.parametrize(
    ("making", "refusal"),
    [
        (lambda: b"", uploads.Empty),
        (lambda: b"hello, this is no video at all", videos.NotAVideo),
        (lambda: b"<svg xmlns='http://www.w3.org/2000/svg'/>", videos.NotAVideo),
        (lambda: b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n", videos.NotAVideo),
        (lambda: film("avi", "mpeg4"), videos.NotAVideo),
        (lambda: film("matroska"), videos.NotAVideo),
        (lambda: film(codec="mpeg4"), videos.NotPlayed),
        (lambda: film(codec="libx265"), videos.NotPlayed),
        (lambda: film(dots="yuv420p10le"), videos.NotPlayed),
        (lambda: film(dots="yuv444p"), videos.NotPlayed),
        (lambda: film(sound="ac3"), videos.NotHeard),
        (lambda: film(codec=None, sound="aac", frames=50), videos.NoMovingPicture),
        (lambda: with_cover(film(codec=None, sound="aac", frames=50)), videos.NoMovingPicture),
        (lambda: film(frames=200, fps=1), videos.TooLong),
        (lambda: film(size=(4200, 64), frames=1), videos.FrameTooLarge),
        (lambda: film()[:300], uploads.Unreadable),
        (lambda: film(frames=100)[:-2000], uploads.Unreadable),
        (lambda: b"\0\0\0\x18ftypisom" + os.urandom(5000), uploads.Unreadable),
        (lambda: b"\x1a\x45\xdf\xa3" + zlib.compress(b"x" * 5000), uploads.Unreadable),
    ],
)
def test_what_cannot_be_shown_is_refused(ctx: Flask, making: Callable[[], bytes], refusal: type[uploads.UploadRefused]) -> None:
    with pytest.raises(refusal) as refused, videos.taken_video(io.BytesIO(making())):
        pass
    assert type(refused.value) is refusal
    assert "%(" not in refused.value.sentence()


def test_the_sentence_names_the_codec_and_the_way_out(ctx: Flask) -> None:
    with pytest.raises(videos.NotPlayed) as refused, videos.taken_video(io.BytesIO(film(codec="libx265"))):
        pass
    assert "HEVC, H.265" in refused.value.sentence()
    assert "MP4" in refused.value.sentence()


def test_the_size_is_counted_while_it_is_read(ctx: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    data = film(frames=60)
    monkeypatch.setattr(videos, "VIDEO_BYTES", len(data) - 1)
    monkeypatch.setattr(videos, "BLOCK", 512)
    stream = io.BytesIO(data + b"x" * 10_000)
    with pytest.raises(uploads.TooLarge), videos.taken_video(stream):
        pass
    assert stream.tell() < len(data) + 1024  # nobody reads on


def test_a_small_file_with_an_enormous_picture_costs_little(ctx: Flask) -> None:
    data = film(size=(8192, 8192), frames=1)
    assert len(data) < 200_000
    with pytest.raises(videos.FrameTooLarge), videos.taken_video(io.BytesIO(data)):
        pass


def test_a_lie_of_the_container_about_the_size_is_not_believed(ctx: Flask) -> None:
    data = film(size=(64, 48), frames=2)
    at = data.index(b"\0\x40\0\x30", data.index(b"stsd"))
    video = kept(data[:at] + b"\xfd\xe8\xfd\xe8" + data[at + 4 :])
    assert max(video.width, video.height) < 200


def test_the_confined_process_may_write_little_and_take_little(tmp_path: Path) -> None:
    code = (
        "import sys; sys.argv = ['reel', sys.argv[1]]; import runpy, resource\n"
        "seen = runpy.run_path(sys.argv[1]); seen['_confine']()\n"
        "print([resource.getrlimit(getattr(resource, 'RLIMIT_' + name))[1] for name in ('AS', 'CPU', 'FSIZE', 'CORE')])\n"
    )
    said = subprocess.run([sys.executable, "-c", code, reel.__file__], capture_output=True, text=True, check=True, cwd=tmp_path)
    assert said.stdout.strip() == str([reel.MEMORY, reel.CPU_SECONDS, reel.LARGEST_FILE, 0])


def test_a_process_that_hangs_or_dies_is_a_broken_file(ctx: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(videos, "SECONDS", 0.01)
    with pytest.raises(uploads.Unreadable), videos.taken_video(io.BytesIO(film())):
        pass


def test_nothing_is_left_behind(ctx: Flask, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with videos.taken_video(io.BytesIO(film())) as taken:
        assert taken.file.exists()
        assert len(list(tmp_path.iterdir())) == 1
    with pytest.raises(uploads.Unreadable), videos.taken_video(io.BytesIO(film()[:200])):
        pass
    assert list(tmp_path.iterdir()) == []


def test_players_get_the_part_they_ask_for(ctx: Flask, client: FlaskClient) -> None:
    video = kept(film(frames=50))
    data = stored(ctx, video)
    whole = client.get(video.url)
    assert (whole.status_code, whole.mimetype, whole.data) == (200, "video/mp4", data)
    assert whole.headers["Accept-Ranges"] == "bytes"
    assert whole.content_length == len(data)
    assert "immutable" in whole.headers["Cache-Control"]
    assert whole.headers["X-Content-Type-Options"] == "nosniff"
    assert whole.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    for asked, first, end in (("bytes=0-1", 0, 2), ("bytes=100-", 100, len(data)), ("bytes=-7", len(data) - 7, len(data))):
        part = client.get(video.url, headers={"Range": asked})
        assert (part.status_code, part.data) == (206, data[first:end])
        assert part.headers["Content-Range"] == f"bytes {first}-{end - 1}/{len(data)}"
        assert part.content_length == end - first
        assert "immutable" in part.headers["Cache-Control"]
    beyond = client.get(video.url, headers={"Range": f"bytes={len(data)}-"})
    assert (beyond.status_code, beyond.headers["Content-Range"], beyond.data) == (416, f"bytes */{len(data)}", b"")
    assert "immutable" not in beyond.headers["Cache-Control"]


def test_a_part_of_another_file_is_not_mixed_in(ctx: Flask, client: FlaskClient) -> None:
    video = kept(film())
    mark = client.get(video.url).headers["ETag"]
    same = client.get(video.url, headers={"Range": "bytes=0-9", "If-Range": mark})
    other = client.get(video.url, headers={"Range": "bytes=0-9", "If-Range": '"another"'})
    assert (same.status_code, len(same.data)) == (206, 10)
    assert (other.status_code, len(other.data)) == (200, video.size)
    assert client.get(video.url, headers={"If-None-Match": mark}).status_code == 304
    head = client.head(video.url)
    assert (head.status_code, head.content_length, head.data) == (200, video.size, b"")


def test_it_is_served_in_shops_too_and_nothing_else_is(ctx: Flask, client: FlaskClient) -> None:
    video = kept(film())
    assert client.get(video.url, base_url="http://acme.localhost").status_code == 200
    word = "0" * 32
    assert media.KEY.match(f"acme/00/{word}.mp4")
    for key in (f"private/00/{word}.mp4", f"acme/00/{word}.html", f"acme/00/{word}.mp4.exe", f"acme/00/{word}-320.mp4"):
        assert not media.KEY.match(key)
        assert client.get(f"/media/{key}").status_code == 404
    assert client.get(f"/media/acme/00/{word}.webm").status_code == 404


def test_it_is_thrown_away_only_when_nothing_shows_it(ctx: Flask, client: FlaskClient) -> None:
    video = kept(film())
    assert video.poster is not None
    with unit_of_work():
        assert not videos.throw_away(key=video.key, ending=video.ending, unless=lambda: True)
    assert client.get(video.url).status_code == 200
    with unit_of_work():
        assert videos.throw_away(key=video.key, ending=video.ending, unless=lambda: False)
    assert [client.get(url).status_code for url in (video.url, video.poster.url, video.poster.full)] == [404] * 3


@pytest.mark.parametrize(("kind", "codec"), [("webm", "libvpx"), ("webm", "libvpx-vp9"), ("mp4", "libx264")])
def test_nothing_is_read_from_memory_that_was_given_back(tmp_path: Path, kind: str, codec: str) -> None:
    """A closed file's streams are freed memory, and right nearly always all the same: here it is overwritten (glibc)."""
    (tmp_path / reel.GIVEN).write_bytes(film(kind, codec))
    command = [sys.executable, "-I", str(reel.__file__), str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, env={"MALLOC_PERTURB_": "165"}, cwd=tmp_path, check=False)
    assert (done.returncode, '"width": 160, "height": 120' in done.stdout) == (0, True)
