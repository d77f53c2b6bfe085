"""The drawing program: same words, same picture; every word of its vocabulary draws something worth looking at."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from marketplace.catalogue.drawing import Cloth, Job, Kind, Picture, average_colour, draw, draw_many, vocabulary
from marketplace.catalogue.drawing.cloths import tile
from marketplace.catalogue.drawing.weaves import SIDE

WORDS = vocabulary()
DYES = ("#e8dfcf", "#b8452d", "#2a4d9b", "#5c7a4e")
GINGHAM = Picture(cloth=Cloth("plain", "gingham", ("#f3ece0", "#c8371b")), view="flat", seed=2)
SMALL = 64


def pixels(image: Image.Image) -> np.ndarray:
    return np.asarray(image.convert("RGB")).astype(int)


def test_the_same_words_give_the_same_pixels() -> None:
    first = draw(GINGHAM, SMALL).tobytes()
    tile.cache_clear()
    assert draw(GINGHAM, SMALL).tobytes() == first


def test_another_seed_arranges_the_cloth_anew() -> None:
    assert draw(replace(GINGHAM, seed=3), SMALL).tobytes() != draw(GINGHAM, SMALL).tobytes()


def test_gingham_shows_its_two_dyes_and_what_lies_between() -> None:
    seen = pixels(draw(replace(GINGHAM, view="flat"), 160)).reshape(-1, 3)
    redness = seen[:, 0] - seen[:, 2]
    assert (redness > 110).mean() > 0.15
    assert (redness < 35).mean() > 0.15


@pytest.mark.parametrize("binding", WORDS["bindings"])
def test_every_binding_has_texture_and_keeps_its_dye(binding: str) -> None:
    image = draw(Picture(cloth=Cloth(binding, "", ("#2f7a62",)), view="wave"), SMALL)
    red, green, blue = pixels(image).reshape(-1, 3).mean(0)
    assert green > red + 12
    assert green > blue
    assert pixels(image).std() > 4


@pytest.mark.parametrize("pattern", [word for word in WORDS["patterns"] if word])
def test_every_pattern_shows_more_than_its_ground(pattern: str) -> None:
    plain = Cloth("sweater" if pattern in ("breton", "rugby", "fair-stripe") else "plain", "", DYES[:1])
    bare = draw(Picture(cloth=plain, view="flat"), SMALL)
    patterned = draw(Picture(cloth=replace(plain, pattern=pattern, dyes=DYES), view="flat"), SMALL)
    assert np.abs(pixels(patterned) - pixels(bare)).mean() > 3


@pytest.mark.parametrize("pattern", ["peony", "seigaiha", "tie-dye", "leopard", "clouds", "dots"])
def test_a_printed_tile_repeats_without_a_seam(pattern: str) -> None:
    texels = tile(Cloth("velvet", pattern, DYES), 1).view(np.uint8).reshape(SIDE // 2, SIDE // 2, 4)[:, :, :3].astype(int)
    for axis in (0, 1):
        steps = np.abs(np.diff(texels, axis=axis)).mean(axis=(1 - axis, 2))
        seam = np.abs(np.take(texels, 0, axis) - np.take(texels, -1, axis)).mean()
        assert seam <= steps.max() * 1.6


@pytest.mark.parametrize("view", WORDS["views"])
def test_every_view_is_lit(view: str) -> None:
    image = draw(Picture(cloth=Cloth("twill", "", ("#8a6d9b",)), view=view), SMALL)
    assert image.size == (SMALL, SMALL)
    assert pixels(image).mean(2).std() > 2


@pytest.mark.parametrize("shape", WORDS["garments"])
def test_a_garment_lies_on_a_neutral_ground(shape: str) -> None:
    image = pixels(draw(Picture(Kind.GARMENT, Cloth("twill", "", ("#24427f",)), shape=shape), SMALL))
    ground, middle = image[0, 0], image[SMALL // 2, SMALL // 2 - 6]
    assert ground.min() > 190
    assert ground.max() - ground.min() < 25
    assert middle[2] > middle[0]


@pytest.mark.parametrize("shape", WORDS["trims"])
def test_a_trim_shows_its_colours(shape: str) -> None:
    cloths = [Cloth("suede", "", (dye,)) for dye in ("#a8505a", "#3c5a80", "#7e9a84", "#d9a566", "#222222")]
    image = pixels(draw(Picture(Kind.TRIM, cloths[0], shape=shape, others=tuple(cloths[1:])), SMALL))
    assert image.std() > 15


def test_marks_are_two_coloured_and_differ() -> None:
    marks = {draw(Picture(Kind.LOGO, Cloth(dyes=("#27406f", "#f3ece0")), seed=seed), SMALL).tobytes() for seed in range(9)}
    assert len(marks) == 9


def test_a_banner_is_four_times_as_wide_as_high_and_a_tile_is_square() -> None:
    cloth = Cloth("denim", "", ("#27406f",))
    assert draw(Picture(Kind.BANNER, cloth, others=(cloth,)), 320).size == (320, 80)
    assert draw(Picture(Kind.TILE, cloth, others=(cloth,)), 80).size == (80, 80)


def test_the_average_colour_is_that_of_the_picture() -> None:
    assert average_colour(Image.new("RGB", (9, 9), (18, 52, 86))) == "#123456"


@pytest.mark.parametrize(
    "picture",
    [
        Picture(cloth=Cloth("gossamer")),
        Picture(cloth=Cloth("plain", "unicorns")),
        Picture(cloth=Cloth("plain", "", ())),
        Picture(cloth=Cloth("plain", "", ("red",))),
        Picture(view="sideways"),
        Picture(Kind.GARMENT, shape="armour"),
        Picture(Kind.TRIM, shape="spurs"),
    ],
)
def test_unknown_words_are_refused(picture: Picture) -> None:
    with pytest.raises(ValueError, match=r"no such|not a colour|at least one"):
        draw(picture, SMALL)


def test_many_pictures_are_written_once_at_each_width(tmp_path: Path) -> None:
    jobs = [Job(f"cloth/{seed}", replace(GINGHAM, seed=seed)) for seed in range(3)]
    assert draw_many(jobs, tmp_path, (64, 32), processes=1) == 3
    assert sorted(path.name for path in (tmp_path / "cloth").iterdir()) == [f"{n}-{w}.webp" for n in range(3) for w in (32, 64)]
    with Image.open(tmp_path / "cloth/0-32.webp") as image:
        assert (image.format, image.size) == ("WEBP", (32, 32))
    written = (tmp_path / "cloth/1-64.webp").stat().st_mtime_ns
    (tmp_path / "cloth/2-32.webp").unlink()
    assert draw_many(jobs, tmp_path, (64, 32), processes=1) == 1
    assert (tmp_path / "cloth/1-64.webp").stat().st_mtime_ns == written
    assert (tmp_path / "cloth/2-32.webp").exists()
