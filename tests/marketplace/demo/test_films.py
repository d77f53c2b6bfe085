"""The films of the demo market: of different merchants' goods, small, and always the same."""

import io
from pathlib import Path

import av
from flask import Flask

from marketplace.demo import camera
from marketplace.demo.films import COUNT, SHOPS, Films, wanted_films
from marketplace.demo.goods import goods
from marketplace.kernel.uploads import WIDTHS


def test_different_merchants_show_goods_on_sale() -> None:
    on_sale = {f"product/{one.reference}": one for one in goods(420) if one.state == "on_sale"}
    wanted = wanted_films("demo")
    filmed = [on_sale[name] for name in wanted if name.startswith("product/")]
    assert len(filmed) == COUNT["demo"]
    assert len({one.merchant for one in filmed}) == len({one.category for one in filmed}) == len(filmed)
    assert [name for name in wanted if name.startswith("shop/")] == [f"shop/{one.merchant}" for one in filmed[:SHOPS]]
    assert wanted_films("demo") == wanted


def test_the_same_pictures_give_the_same_film_small_enough_for_a_telephone() -> None:
    pictures, *_rest = wanted_films("small").values()
    _mark, (data, poster, seconds) = camera.shoot(("one", pictures), widths=WIDTHS)
    assert camera.film(pictures)[0] == data
    assert 3 < seconds < 6
    assert 20_000 < len(data) < 400_000
    assert data.index(b"moov") < data.index(b"mdat")
    assert poster.width == camera.EDGE
    with av.open(io.BytesIO(data)) as file:
        frames = [frame.to_image().resize((8, 8)).tobytes() for frame in file.decode(video=0)]
    assert len(frames) == round(seconds * camera.RATE)
    assert len({frames[0], frames[len(frames) // 2], frames[-1]}) == 3  # it moves


def test_what_was_filmed_is_not_filmed_again(ctx: Flask, tmp_path: Path) -> None:
    said: list[str] = []

    def films() -> dict[str, object]:
        return dict(Films("small", storage=ctx.extensions["storage"], known=tmp_path / "films.json", say=said.append))

    first = films()
    assert len(first) == COUNT["small"] + SHOPS
    assert len(said) == 1
    assert films() == first
    assert len(said) == 1
