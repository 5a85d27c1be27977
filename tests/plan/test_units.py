"""The register of 2017, and written names that lead to one unit or to none."""

import re
import unicodedata
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from pcmd_eval.plan.plan import Plan, load_plan
from pcmd_eval.plan.register import load_register, match_name
from pcmd_eval.util import paths
from pcmd_eval.util.errors import InputRefused
from pcmd_eval.util.spelling import strip_accents

SHORT = {"Phường": "P", "Xã": "X", "Thị trấn": "TT", "Huyện": "H", "Thị xã": "TX"}
SHORT |= {"Thành phố": "TP", "Quận": "Q"}
# A tone on the first vowel and the same on the second: hoà, hòa.
PAIRS = [
    (f"{a}{tone}{b}", f"{a}{b}{tone}")
    for a, b in ("oa", "oe", "uy")
    for tone in "\u0300\u0309\u0303\u0301\u0323"
]


def spellings(name: str, kind: str) -> list[str]:
    """Return spellings of a unit's name."""
    decomposed, whole = unicodedata.normalize("NFD", name), f"{kind} {name}"
    for old, new in PAIRS:
        one, other = (old, new) if old in decomposed else (new, old)
        decomposed = re.sub(rf"{one}\b", other, decomposed)
    return [
        *(name, whole, whole.upper(), unicodedata.normalize("NFD", whole)),
        *(f"  {name.replace(' ', '  ')}\u00a0", f"{SHORT[kind]}. {name}"),
        *(f"{SHORT[kind].lower()} {name}", unicodedata.normalize("NFC", decomposed)),
        name.replace("Đ", "\u00d0").replace("đ", "\u00f0"),
    ]


def within(plan: Plan, code: str) -> pd.DataFrame:
    """The units directly under one."""
    return plan.register[plan.register.parent == code]


def test_register_of_2017_has_13_districts_and_277_communes(plan: Plan) -> None:
    """Codes are text with their leading zeros; names for a line and for a sentence."""
    assert [*plan.reporters.index] == [str(code) for code in (227, 228, *range(230, 241), 25)]
    sizes = [len(plan.communes(code)) for code in plan.reporters.index[:-1]]
    assert sizes == [23, 10, 28, 33, 27, 19, 17, 31, 20, 14, 23, 15, 17]
    assert len(plan.communes()) == 277
    assert plan.communes().index.str.fullmatch(r"0\d{4}").all()
    row = plan.unit("230")
    assert (row.full_name, row.inline_name) == ("Huyện Đoan Hùng", "huyện Đoan Hùng")
    assert row.folder == "230-doan-hung"
    assert plan.register.full_name["25"] == "Tỉnh Phú Thọ"
    assert [*plan.reporting_units.name][:3] == ["Việt Trì", "Phú Thọ", "Đoan Hùng"]


def test_communes_changed_by_an_analyst_change_no_other_frame(plan: Plan) -> None:
    communes = plan.communes("230")
    communes["mine"] = 1
    communes.loc[communes.index[0], "name"] = "Của tôi"
    fresh = plan.communes("230")
    assert "mine" not in fresh and "Của tôi" not in {*fresh.name, *plan.register.name}
    assert plan.communes("999").empty and [*plan.communes("999")] == [*fresh]


@pytest.mark.slow
def test_match_name_every_spelling_leads_to_one_unit(plan: Plan) -> None:
    """All communes and districts: each spelling leads to its code and to no other unit of the
    district.
    """
    for parent, units in plan.register[plan.register.parent != ""].groupby("parent"):
        for code, unit in units.iterrows():
            for spelling in spellings(unit["name"], unit.type):
                assert [*match_name(spelling, units).index] == [code], (parent, spelling)


@pytest.mark.parametrize(
    ("written", "parent", "code"),
    [
        ("Phong Châu", "228", "07945"),
        ("Phong Châu", "233", "08230"),
        ("TT. Phong Châu", "228", None),
        ("phường Phong Châu", "233", None),
        ("Phong Châu", "25", None),
        ("Hùng Long", "230", "08029"),
        ("Hưng Long", "230", None),
        ("Hưng Long", "234", "08314"),
        ("Văn Luông", "240", "08596"),
        ("Văn Lương", "240", None),
        ("Văn Lương", "236", "08455"),
        ("Hung Long", "230", None),
        ("TX Phú Thọ", "25", "228"),
        ("Tỉnh Phú Thọ", "25", None),
        ("Thị trấn Đoan Hùng", "230", "07969"),
        ("Huyện Đoan Hùng", "230", None),
        ("Thị trấn", "230", None),
        ("", "230", None),
        ("Đông Khê", "230", "07972"),
        ("Đồng Khê", "230", None),
        ("xã HÙNG XUYÊN", "230", None),  # of later years
    ],
)
def test_match_name_look_alikes_are_told_apart(
    plan: Plan, written: str, parent: str, code: str | None
) -> None:
    """Accents, types and districts tell them apart; a name that fits none matches none."""
    assert [*match_name(written, within(plan, parent)).index] == ([code] if code else [])


def test_match_name_without_accents_only_suggests_a_unit(plan: Plan) -> None:
    """Good for a message, never for a decision."""
    communes = within(plan, "230")
    assert match_name("hung long", communes).empty
    assert [*match_name("Xã Hung Long", communes, strip_accents).index] == ["08029"]


@pytest.mark.parametrize(
    "written", ["999", "", "07969", "0230", "Phong Châu", "Phu Tho", "Doan Hung 1"]
)
def test_unit_unknown_or_ambiguous_is_refused_with_the_known_ones(plan: Plan, written: str) -> None:
    """A commune is no reporter; a name that fits two units is not guessed."""
    two = "228 Thị xã Phú Thọ; 25 Tỉnh Phú Thọ"
    with pytest.raises(InputRefused) as refusal:
        plan.unit(written)
    message = str(refusal.value)
    assert f"“{written}”" in message
    assert (two if written == "Phu Tho" else "230 Huyện Đoan Hùng") in message


def test_unit_is_found_by_code_or_name(plan: Plan) -> None:
    """As people write it, with or without the type; Phú Thọ alone is the town or the province."""
    spellings_by_code = {
        "231": ["H. Hạ Hòa", "Ha Hoa", "231 "],
        "230": ["đoan hùng", " 230 ", "Doan Hung", "huyen doan hung", "Đoan Hung"],
        "228": ["thị xã Phú Thọ", "Thi xa Phu Tho"],
        "25": ["Tỉnh Phú Thọ", "tinh phu tho"],
    }
    for code, names in spellings_by_code.items():
        assert [plan.unit(name).name for name in names] == [code] * len(names)
    with pytest.raises(InputRefused):
        plan.unit("Phú Thọ")


def test_reporters_stand_in_register_order_with_the_province_last(plan: Plan) -> None:
    """By code, the province last whatever its code."""
    other = load_plan("thua_thien_hue_2017")
    assert [*other.reporters.index] == [*other.reporting_units.index, "46"]
    assert sorted(other.reporters.index)[0] == "46"


def test_match_name_twin_communes_are_told_apart_by_their_type() -> None:
    """28 districts of Vietnam have a town and a commune of one name: the bare name leads to both."""
    path = paths.UNITS / "vietnam_2017.csv.gz"
    rows = pd.read_csv(path, dtype="string", keep_default_na=False)
    twins = rows[rows.duplicated(["district_code", "commune_name"], keep=False)]
    assert twins.groupby(["district_code", "commune_name"]).ngroups == 28
    for province in twins.province_code.unique()[:5]:
        register = load_register(path, province)
        for code in twins.commune_code[twins.province_code == province]:
            unit = register.loc[code]
            communes = register[register.parent == unit.parent]
            assert len(match_name(unit["name"], communes)) == 2
            assert [*match_name(unit.full_name, communes).index] == [code]


def test_load_register_unknown_province_is_refused() -> None:
    with pytest.raises(InputRefused, match="“99”"):
        load_register(paths.UNITS / "phu_tho_2017.csv", "99")


ISLAND = "25,Phú Thọ,Tỉnh,888,Đảo Xa,Huyện,,,"


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda rows: [row.rpartition(",")[0] for row in rows], "dòng 1: thiếu cột commune_type"),
        (lambda rows: [*rows[:4], ISLAND, *rows[4:]], "dòng 5: xã cần một mã 5 chữ số"),
        (lambda rows: [*rows, rows[3]], "dòng 279: xã cần một mã 5 chữ số (mỗi mã một đơn vị)"),
        (lambda rows: [*rows, rows[-1].replace("Tân Sơn", "Sơn")], "dòng 279: huyện cần một mã 3"),
        (
            lambda rows: [row.replace(",07888,", ",7888,") for row in rows],
            "dòng 2: xã cần một mã 5",
        ),
        (
            lambda rows: [row.replace("Thị xã", "Đặc khu") for row in rows],
            "thấy “228, Phú Thọ, Đặc",
        ),
        (lambda rows: ["một dòng, không phải bảng"], "dòng 1: thiếu cột province_code"),
        (lambda rows: [*rows, rows[1] + ",thừa,cột"], "không phải bảng CSV"),
    ],
)
def test_load_register_impossible_values_are_refused_with_their_lines(
    tmp_path: Path, change: Callable[[list[str]], list[str]], expected: str
) -> None:
    """The first bad line is named with its file."""
    rows = (paths.UNITS / "phu_tho_2017.csv").read_text(encoding="utf-8").splitlines()
    file = tmp_path / "danh_muc.csv"
    file.write_text("\n".join(change(rows)) + "\n", encoding="utf-8")
    with pytest.raises(InputRefused) as refusal:
        load_register(file, "25")
    [reason] = refusal.value.reasons
    assert reason.startswith("Danh mục danh_muc.csv") and expected in reason
