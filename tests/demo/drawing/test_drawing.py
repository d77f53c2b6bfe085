"""The picture generator: the same parameters give the same image, and every name of its vocabulary gives a distinct one."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from demo.drawing import Cloth, Job, Picture, PictureKind, average_colour, draw, draw_many, vocabulary
from demo.drawing.cloths import tile
from demo.drawing.weaves import SIDE

VOCABULARY = vocabulary()
DYES = ("#e8dfcf", "#b8452d", "#2a4d9b", "#5c7a4e")
GINGHAM = Picture(cloth=Cloth("plain", "gingham", ("#f3ece0", "#c8371b")), view="flat", seed=2)
SIZE = 64


def pixels(image: Image.Image) -> np.ndarray:
    return np.asarray(image.convert("RGB")).astype(int)


def test_draw_is_deterministic() -> None:
    first = draw(GINGHAM, SIZE).tobytes()
    tile.cache_clear()
    assert draw(GINGHAM, SIZE).tobytes() == first


def test_draw_other_seed_gives_other_image() -> None:
    assert draw(replace(GINGHAM, seed=3), SIZE).tobytes() != draw(GINGHAM, SIZE).tobytes()


def test_gingham_contains_both_dyes() -> None:
    colours = pixels(draw(replace(GINGHAM, view="flat"), 160)).reshape(-1, 3)
    redness = colours[:, 0] - colours[:, 2]
    assert (redness > 110).mean() > 0.15
    assert (redness < 35).mean() > 0.15


@pytest.mark.parametrize("binding", VOCABULARY["bindings"])
def test_binding_has_texture_and_retains_dye(binding: str) -> None:
    image = draw(Picture(cloth=Cloth(binding, "", ("#2f7a62",)), view="wave"), SIZE)
    red, green, blue = pixels(image).reshape(-1, 3).mean(0)
    assert green > red + 12
    assert green > blue
    assert pixels(image).std() > 4


@pytest.mark.parametrize("pattern", [name for name in VOCABULARY["patterns"] if name])
def test_pattern_differs_from_plain_cloth(pattern: str) -> None:
    plain = Cloth("sweater" if pattern in ("breton", "rugby", "fair-stripe") else "plain", "", DYES[:1])
    bare = draw(Picture(cloth=plain, view="flat"), SIZE)
    patterned = draw(Picture(cloth=replace(plain, pattern=pattern, dyes=DYES), view="flat"), SIZE)
    assert np.abs(pixels(patterned) - pixels(bare)).mean() > 3


@pytest.mark.parametrize("pattern", ["peony", "seigaiha", "tie-dye", "leopard", "clouds", "dots"])
def test_printed_tile_is_seamless(pattern: str) -> None:
    texels = tile(Cloth("velvet", pattern, DYES), 1).view(np.uint8).reshape(SIDE // 2, SIDE // 2, 4)[:, :, :3].astype(int)
    for axis in (0, 1):
        steps = np.abs(np.diff(texels, axis=axis)).mean(axis=(1 - axis, 2))
        seam = np.abs(np.take(texels, 0, axis) - np.take(texels, -1, axis)).mean()
        assert seam <= steps.max() * 1.6


@pytest.mark.parametrize("view", VOCABULARY["views"])
def test_view_has_light_and_shadow(view: str) -> None:
    image = draw(Picture(cloth=Cloth("twill", "", ("#8a6d9b",)), view=view), SIZE)
    assert image.size == (SIZE, SIZE)
    assert pixels(image).mean(2).std() > 2


@pytest.mark.parametrize("shape", VOCABULARY["garments"])
def test_garment_has_neutral_background(shape: str) -> None:
    image = pixels(draw(Picture(PictureKind.GARMENT, Cloth("twill", "", ("#24427f",)), shape=shape), SIZE))
    ground, middle = image[0, 0], image[SIZE // 2, SIZE // 2 - 6]
    assert ground.min() > 190
    assert ground.max() - ground.min() < 25
    assert middle[2] > middle[0]


@pytest.mark.parametrize("shape", VOCABULARY["trims"])
def test_trim_is_not_uniform(shape: str) -> None:
    cloths = [Cloth("suede", "", (dye,)) for dye in ("#a8505a", "#3c5a80", "#7e9a84", "#d9a566", "#222222")]
    image = pixels(draw(Picture(PictureKind.TRIM, cloths[0], shape=shape, other_cloths=tuple(cloths[1:])), SIZE))
    assert image.std() > 15


def test_logos_differ_by_seed() -> None:
    logos = {
        draw(Picture(PictureKind.LOGO, Cloth(dyes=("#27406f", "#f3ece0")), seed=seed), SIZE).tobytes() for seed in range(9)
    }
    assert len(logos) == 9


def test_banner_and_tile_aspect_ratio() -> None:
    cloth = Cloth("denim", "", ("#27406f",))
    assert draw(Picture(PictureKind.BANNER, cloth, other_cloths=(cloth,)), 320).size == (320, 80)
    assert draw(Picture(PictureKind.TILE, cloth, other_cloths=(cloth,)), 80).size == (80, 80)


def test_average_colour_of_uniform_image() -> None:
    assert average_colour(Image.new("RGB", (9, 9), (18, 52, 86))) == "#123456"


@pytest.mark.parametrize(
    "picture",
    [
        Picture(cloth=Cloth("gossamer")),
        Picture(cloth=Cloth("plain", "unicorns")),
        Picture(cloth=Cloth("plain", "", ())),
        Picture(cloth=Cloth("plain", "", ("red",))),
        Picture(view="sideways"),
        Picture(PictureKind.GARMENT, shape="armour"),
        Picture(PictureKind.TRIM, shape="spurs"),
    ],
)
def test_draw_unknown_name_raises(picture: Picture) -> None:
    with pytest.raises(ValueError, match=r"no such|not a colour|at least one"):
        draw(picture, SIZE)


def test_draw_many_writes_each_width_once(tmp_path: Path) -> None:
    jobs = [Job(f"cloth/{seed}", replace(GINGHAM, seed=seed)) for seed in range(3)]
    assert draw_many(jobs, tmp_path, (64, 32), processes=1) == 3
    assert sorted(path.name for path in (tmp_path / "cloth").iterdir()) == [f"{n}-{w}.webp" for n in range(3) for w in (32, 64)]
    with Image.open(tmp_path / "cloth/0-32.webp") as image:
        assert (image.format, image.size) == ("WEBP", (32, 32))
    modified_at = (tmp_path / "cloth/1-64.webp").stat().st_mtime_ns
    (tmp_path / "cloth/2-32.webp").unlink()
    assert draw_many(jobs, tmp_path, (64, 32), processes=1) == 1
    assert (tmp_path / "cloth/1-64.webp").stat().st_mtime_ns == modified_at
    assert (tmp_path / "cloth/2-32.webp").exists()
