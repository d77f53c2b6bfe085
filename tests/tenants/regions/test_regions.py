"""China's divisions, in both languages."""

from __future__ import annotations

import gzip

import pytest
from flask.testing import FlaskClient

from tenants.regions import queries as regions
from tenants.regions import romanising


@pytest.mark.parametrize(
    ("code", "chinese", "english"),
    [
        ("330603", "浙江省绍兴市柯桥区", "Keqiao District, Shaoxing, Zhejiang"),
        ("110101", "北京市东城区", "Dongcheng District, Beijing"),
        ("500101", "重庆市万州区", "Wanzhou District, Chongqing"),
        ("441900", "广东省东莞市", "Dongguan, Guangdong"),
        ("429004", "湖北省仙桃市", "Xiantao, Hubei"),
        ("610100", "陕西省西安市", "Xi'an, Shaanxi"),
        ("71", "台湾省", "Taiwan"),
        ("999999", "", ""),
        ("", "", ""),
    ],
)
def test_places_are_called_as_people_call_them(code: str, chinese: str, english: str) -> None:
    assert regions.full_name(code, "zh_Hans") == chinese
    assert regions.full_name(code, "en") == english


def test_the_list_is_whole() -> None:
    assert len(regions.children("", "zh_Hans")) == 34
    assert ("330603", "柯桥区") in regions.children("3306", "zh_Hans")
    assert regions.is_whole("330603")
    assert regions.is_whole("71")
    assert not regions.is_whole("3306")
    assert not regions.is_whole("")
    assert not regions.is_whole("330699")


def test_a_choice_stands_under_the_one_before_it() -> None:
    assert regions.chosen("33", "3306", "330603") == "330603"
    assert regions.chosen("33", "3306", "110101") == "3306"
    assert regions.chosen("33", "1101", "330603") == "330603"
    assert regions.chosen("xx", "", "") == ""
    assert regions.chosen("", "", "330603") == "330603"


def test_the_selects_ask_for_what_stands_under(client: FlaskClient) -> None:
    assert {"code": "33", "name": "浙江省"} in client.get("/regions").json
    assert client.get("/regions?parent=71").json == []
    client.set_cookie("lang", "en", domain="localhost")
    assert {"code": "330603", "name": "Keqiao District"} in client.get("/regions?parent=3306").json


def test_every_division_is_kept_in_latin_letters_as_its_sound_says() -> None:
    kept = gzip.decompress(regions.ENGLISH.read_bytes()).decode().splitlines()
    assert kept == romanising.lines()


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("110105", "Chaoyang District"),
        ("310105", "Changning District"),
        ("310112", "Minhang District"),
        ("1501", "Hohhot"),
        ("5333", "Nujiang Prefecture"),
        ("130371", "Qinhuangdao Development Zone"),
        ("130271", "Hebei Tangshan Lutai Development Zone"),
        ("410471", "Pingdingshan High-tech Zone"),
        ("152529", "Zhengxiangbai Banner"),
        ("140428", "Zhangzi County"),
    ],
)
def test_places_are_called_as_maps_call_them(code: str, name: str) -> None:
    """Characters of two sounds, names that are not Chinese, and zones that are named after what they lie in."""
    kept = dict(line.split(",", 1) for line in gzip.decompress(regions.ENGLISH.read_bytes()).decode().splitlines())
    assert kept[code] == name
