"""The register of 2017, and written names that lead to one unit or to none."""

import csv
import gzip
import re
import unicodedata
from functools import cache

import pytest

from pcmd_eval import paths
from pcmd_eval.errors import InputRefused
from pcmd_eval.spelling import order
from pcmd_eval.units import Register, Unit, load_register, means

# A tone on the first vowel and the same on the second: hoà, hòa.
_PAIRS = [
    (f"{first}{tone}{second}", f"{first}{second}{tone}")
    for first, second in ("oa", "oe", "uy")
    for tone in "\u0300\u0309\u0303\u0301\u0323"
]


def other_tone_place(name: str) -> str:
    """Hòa as Hoà and Thuỷ as Thủy."""
    text = unicodedata.normalize("NFD", name)
    for old, new in _PAIRS:
        text = re.sub(rf"{old}\b", "\0", text) if old in text else re.sub(rf"{new}\b", old, text)
        text = text.replace("\0", new)
    return unicodedata.normalize("NFC", text)


def other_i(name: str) -> str:
    """Mỹ as Mĩ and Vi as Vy: i and y at the end of a syllable, after a consonant."""
    text = unicodedata.normalize("NFD", name)
    swap = {"i": "y", "y": "i"}
    text = re.sub(
        r"(?<=[bcdhklmnpqrstvx])([iy])(?=[\u0300\u0301\u0303\u0309\u0323]?(?:\s|$))", lambda m: swap[m[1]], text
    )
    return unicodedata.normalize("NFC", text)


SHORT = {"Phường": "P", "Xã": "X", "Thị trấn": "TT", "Huyện": "H", "Thị xã": "TX", "Thành phố": "TP", "Quận": "Q"}


def spellings(unit: Unit) -> dict[str, str]:
    """How people write a unit's name."""
    name, kind = unit.name, unit.type
    return {
        "as in the register": name,
        "type before it": f"{kind} {name}",
        "lower case with type": f"{kind} {name}".lower(),
        "capitals": name.upper(),
        "capitals with type": f"{kind} {name}".upper(),
        "decomposed": unicodedata.normalize("NFD", f"{kind} {name}"),
        "spaces": f"  {name.replace(' ', '  ')}\u00a0",
        "short type": f"{SHORT[kind]}. {name}",
        "short type without space": f"{SHORT[kind]}.{name}",
        "short type in lower case": f"{SHORT[kind].lower()} {name}",
        "other tone place": other_tone_place(name),
        "i for y": other_i(name),
        "eth for đ": name.replace("Đ", "\u00d0").replace("đ", "\u00f0"),
    }


def test_the_register_is_that_of_2017(register: Register) -> None:
    """13 districts and 277 communes; codes are text with their leading zeros."""
    assert [d.code for d in register.districts] == [
        *("227", "228", "230", "231", "232", "233", "234", "235", "236", "237", "238", "239", "240")
    ]
    assert [u.code for u in register.reporters][-2:] == ["240", "25"]
    communes = register.communes("25")
    assert len(communes) == 277 == len({c.code for c in communes})
    assert all(re.fullmatch(r"0\d{4}", c.code) for c in communes)
    counts = {d.code: len(register.communes(d.code)) for d in register.districts}
    assert counts == {
        **{"227": 23, "228": 10, "230": 28, "231": 33, "232": 27, "233": 19, "234": 17},
        **{"235": 31, "236": 20, "237": 14, "238": 23, "239": 15, "240": 17},
    }
    assert register.province == Unit("25", "Phú Thọ", "Tỉnh", "")


def test_names_of_a_unit(register: Register) -> None:
    """With its type at the head of a line and inside a sentence, and as a folder."""
    unit = register.reporter("230")
    assert (unit.full_name, unit.inline_name, unit.folder) == ("Huyện Đoan Hùng", "huyện Đoan Hùng", "230-doan-hung")
    assert (
        register.province.full_name == "Tỉnh Phú Thọ" and register.reporter("227").inline_name == "thành phố Việt Trì"
    )
    assert register.units["08230"].full_name == "Thị trấn Phong Châu"


@pytest.mark.parametrize("code", ["999", "", "23", "07969", "2", "0230", "230 "])
def test_an_unknown_reporter_is_refused_with_the_codes_there_are(register: Register, code: str) -> None:
    """A commune is no reporter, and a code is not guessed."""
    with pytest.raises(InputRefused) as refusal:
        register.reporter(code)
    assert f"“{code}”" in str(refusal.value) and "230 Huyện Đoan Hùng" in str(refusal.value)


def test_every_name_of_the_province_in_every_spelling(register: Register) -> None:
    """277 communes and 13 districts: each spelling leads to that code and to no other unit of its district."""
    for unit in (*register.districts, *register.communes("25")):
        for manner, written in spellings(unit).items():
            assert register.find(written, unit.parent) == unit, f"{unit.code} {unit.full_name}, {manner}: {written!r}"


@pytest.mark.parametrize(
    ("written", "within", "code"),
    [
        ("Phong Châu", "228", "07945"),
        ("Phong Châu", "233", "08230"),
        ("phường Phong Châu", "228", "07945"),
        ("TT. Phong Châu", "233", "08230"),
        ("TT. Phong Châu", "228", None),
        ("phường Phong Châu", "233", None),
        ("Phong Châu", "25", None),
        ("Hùng Long", "230", "08029"),
        ("Hưng Long", "230", None),
        ("Hưng Long", "234", "08314"),
        ("Hùng Long", "234", None),
        ("Văn Luông", "240", "08596"),
        ("Văn Lương", "240", None),
        ("Văn Lương", "236", "08455"),
        ("Văn Luông", "236", None),
        ("Hung Long", "230", None),
        ("Doan Hung", "25", None),
        ("Hạ Hòa", "25", "231"),
        ("H. Thanh Thủy", "25", "239"),
        ("TX. Phú Thọ", "25", "228"),
        ("TX Phú Thọ", "25", "228"),
        ("Phú Thọ", "25", "228"),
        ("Tỉnh Phú Thọ", "25", None),
        ("TP. Việt Trì", "25", "227"),
        ("thành phố Việt Trì", "25", "227"),
        ("Thị trấn Đoan Hùng", "230", "07969"),
        ("Huyện Đoan Hùng", "230", None),
        ("Xã Đoan Hùng", "230", None),
        ("Thị trấn", "230", None),
        ("", "230", None),
        ("Đoan Hùng (thị trấn)", "230", None),
        ("Đông Khê", "230", "07972"),
        ("Đồng Khê", "230", None),
    ],
)
def test_look_alikes_are_never_confused(register: Register, written: str, within: str, code: str | None) -> None:
    """Accents, types and districts tell them apart; what fits none is none."""
    found = register.find(written, within)
    assert (found.code if found else None) == code


def test_without_accents_a_name_is_only_a_suggestion(register: Register) -> None:
    """Good for a message, never for a decision."""
    assert register.find("hung long", "230") is None
    assert [u.code for u in register.suggest("hung long", "230")] == ["08029"]
    assert [u.code for u in register.suggest("Xã Hung Long", "230")] == ["08029"]
    assert [u.code for u in register.suggest("Hưng Long", "230")] == ["08029"]
    assert register.suggest("Không Có", "230") == []
    for unit in register.communes("25"):
        bare = "".join(c for c in unicodedata.normalize("NFD", unit.name) if not unicodedata.combining(c))
        bare = bare.replace("Đ", "D").replace("đ", "d")
        assert unit in register.suggest(bare, unit.parent)
        if bare != unit.name:
            assert register.find(bare, unit.parent) is None


def test_a_commune_of_later_years_is_named_as_such_and_never_found(register: Register) -> None:
    """Hùng Xuyên was made of three communes in 2019: a message says so, and no commune of 2017 is meant."""
    for written in ("Hùng Xuyên", "xã HÙNG XUYÊN"):
        assert register.find(written, "230") is None
        said = register.later_unit(written, "230")
        assert all(part in said for part in ("Hùng Xuyên", "Đông Khê", "Hùng Quan", "Nghinh Xuyên", "828/NQ-UBTVQH14"))
    assert register.later_unit("Hùng Xuyên", "231") == "" == register.later_unit("Hùng Long", "230")


def test_a_name_means_its_own_unit_only(register: Register) -> None:
    """With another type before it, a name means another unit."""
    town = register.units["08230"]
    assert means("Phong Châu", town) and means("Thị trấn Phong Châu", town)
    assert not means("Phường Phong Châu", town) and not means("Phong Chau", town)


# ---- the nation ------------------------------------------------------------------------------------------------------


@cache
def nation() -> list[dict[str, str]]:
    """Every commune of the country in 2017."""
    with gzip.open(paths.UNITS / "vietnam_2017.csv.gz", "rt", encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


@cache
def province(code: str) -> Register:
    """One province of the compressed register."""
    return load_register(paths.UNITS / "vietnam_2017.csv.gz", code)


def test_the_shipped_register_is_a_part_of_the_nation(register: Register) -> None:
    """The same units with the same names."""
    assert province("25") == register or province("25").units == register.units


def test_names_of_a_sample_of_the_nation_in_every_spelling() -> None:
    """Every fifteenth district: each spelling leads to that code, or, where two units share a name, to none."""
    districts = sorted({(row["province_code"], row["district_code"]) for row in nation()})[::15]
    assert len(districts) > 40
    for province_code, district in districts:
        units = province(province_code).communes(district)
        for unit in units:
            shared = sum(u.name == unit.name for u in units) > 1
            for manner, written in spellings(unit).items():
                found = province(province_code).find(written, district)
                if shared and "type" not in manner and manner != "decomposed":
                    assert found is None
                else:
                    assert found == unit, f"{unit.code} {unit.full_name}, {manner}: {written!r}"


def test_two_communes_of_one_name_are_told_apart_by_their_type() -> None:
    """28 districts have a town and a commune of one name: the bare name is neither, with its type it is one."""
    seen: dict[tuple[str, str], list[dict[str, str]]] = {}
    for row in nation():
        seen.setdefault((row["district_code"], row["commune_name"]), []).append(row)
    twins = [rows for rows in seen.values() if len(rows) > 1]
    assert len(twins) == 28
    for rows in twins:
        register = province(rows[0]["province_code"])
        assert register.find(rows[0]["commune_name"], rows[0]["district_code"]) is None
        for row in rows:
            unit = register.units[row["commune_code"]]
            assert register.find(unit.full_name, unit.parent) == unit


def test_a_province_that_is_not_there_is_refused() -> None:
    """In words, with the code."""
    with pytest.raises(InputRefused, match="“99”"):
        load_register(paths.UNITS / "phu_tho_2017.csv", "99")


# ---- order -----------------------------------------------------------------------------------------------------------


def test_districts_in_vietnamese_order(register: Register) -> None:
    """C before Đ before H; â after a (Tam, Tân); Phù (huyền) before Phú (sắc)."""
    names = sorted((d.name for d in register.districts), key=order)
    assert names == [
        *("Cẩm Khê", "Đoan Hùng", "Hạ Hoà", "Lâm Thao", "Phù Ninh", "Phú Thọ", "Tam Nông", "Tân Sơn"),
        *("Thanh Ba", "Thanh Sơn", "Thanh Thuỷ", "Việt Trì", "Yên Lập"),
    ]
