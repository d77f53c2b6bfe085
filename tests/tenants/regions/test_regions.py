"""Tests of China's administrative regions in both languages."""

from __future__ import annotations

import gzip

import pytest
from flask.testing import FlaskClient

from tenants.regions import queries as regions
from tools import romanize_regions


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
def test_full_name_in_both_languages(code: str, chinese: str, english: str) -> None:
    assert regions.full_name(code, "zh_Hans") == chinese
    assert regions.full_name(code, "en") == english


def test_children_and_is_leaf() -> None:
    assert len(regions.children("", "zh_Hans")) == 34
    assert ("330603", "柯桥区") in regions.children("3306", "zh_Hans")
    assert regions.is_leaf("330603")
    assert regions.is_leaf("71")
    assert not regions.is_leaf("3306")
    assert not regions.is_leaf("")
    assert not regions.is_leaf("330699")


def test_parse_selects_ignores_codes_outside_parent() -> None:
    assert regions.parse_selects("33", "3306", "330603") == "330603"
    assert regions.parse_selects("33", "3306", "110101") == "3306"
    assert regions.parse_selects("33", "1101", "330603") == "330603"
    assert regions.parse_selects("xx", "", "") == ""
    assert regions.parse_selects("", "", "330603") == "330603"


def test_regions_endpoint_lists_children(client: FlaskClient) -> None:
    assert {"code": "33", "name": "浙江省"} in client.get("/regions").json
    assert client.get("/regions?parent=71").json == []
    client.set_cookie("lang", "en", domain="localhost")
    assert {"code": "330603", "name": "Keqiao District"} in client.get("/regions?parent=3306").json


def test_english_names_file_is_up_to_date() -> None:
    stored_lines = gzip.decompress(regions.ENGLISH.read_bytes()).decode().splitlines()
    assert stored_lines == romanize_regions.csv_lines()


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
def test_english_names_special_cases(code: str, name: str) -> None:
    """Check characters with two readings, names that are not Chinese, and zones named after their surroundings."""
    names_by_code = dict(line.split(",", 1) for line in gzip.decompress(regions.ENGLISH.read_bytes()).decode().splitlines())
    assert names_by_code[code] == name
