"""Consistency rules: published totals with real errors are caught, correct ones are not, and no rule floods or crashes.

The published figures are those that reports in the press printed (in Vietnamese notation, with their own slips).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from conftest import evidence_of, observe
from hypothesis import given, settings
from hypothesis import strategies as st

from pcmd_eval import paths
from pcmd_eval.errors import InputRefused
from pcmd_eval.intake import checks
from pcmd_eval.intake.checks import consistency
from pcmd_eval.intake.faults import Fault
from pcmd_eval.intake.pages import Note
from pcmd_eval.observations import Evidence, Observation, observations_csv
from pcmd_eval.project import Project
from pcmd_eval.strict import load

COM, INT, HARM, ENF = "1 Tuyên truyền", "2 Lồng ghép", "3 Can thiệp", "6 Xử lý"
QUARTERS = ("Q1", "Q2", "Q3", "Q4")
TALK = "nói chuyện, hội nghị"


def row(unit: str, objective: str, item: str, number: int, figures: str, reporter: str = "230") -> list[Observation]:
    """The observations of a row of a sheet: four quarters and, after a bar, the figure of the year."""
    quarters, _, year = figures.partition("|")
    sheet, first, key = {
        "communication": (COM, "E", "attendance"),
        "harm_reduction": (HARM, "C", "persons"),
        "enforcement": (ENF, "D", ""),
    }[objective]
    cells = [
        replace(
            observe(reporter, unit, objective, item, period, token), sheet=sheet, cell=f"{chr(ord(first) + at)}{number}"
        )
        for at, (period, token) in enumerate(zip(QUARTERS, quarters.split(), strict=True))
    ]
    if year.strip():
        last = observe(reporter, unit, objective, f"{item}:{key}", "Y", year.strip())
        cells.append(replace(last, sheet=sheet, cell=f"{chr(ord(first) + 4)}{number}"))
    return cells


def talks(*figures: str) -> list[Observation]:
    """Rows of communication of so many communes of Đoan Hùng, all in one form."""
    return [
        cell
        for at, figure in enumerate(figures)
        for cell in row(f"{7969 + at:05d}", "communication", TALK, 5 + at, figure)
    ]


def cases(**rows: str) -> list[Observation]:
    """Rows of enforcement; `r63` is the row 6.3 in line 7 of the sheet."""
    return [
        cell
        for name, figures in rows.items()
        for cell in row("230", "enforcement", f"6.{name[2:]}", 4 + int(name[2:]), figures)
    ]


def found(
    project: Project,
    observations: Iterable[Observation] = (),
    notes: Sequence[Note] = (),
    evidence: Evidence | None = None,
) -> list[Fault]:
    """What the shipped rules find."""
    held = evidence or evidence_of(project.plan, project.register, observations)
    return consistency(held, {"230.xlsx": tuple(notes)})


def rules(faults: Iterable[Fault]) -> list[tuple[str, str]]:
    """Rule and cell of each fault."""
    return sorted((fault.rule, fault.cell) for fault in faults)


def note(text: str, unit: str = "230", cell: str = "H11", objective: str = "enforcement", sheet: str = ENF) -> Note:
    """A remark in a row of a sheet."""
    return Note(objective, unit, "6.7", sheet, cell, text)


# ---- comparisons ----------------------------------------------------------------------------------------------------

_SOUND = {"r61": "40 25 9 5", "r62": "5 2 0 0", "r63": "5 3 0 1", "r64": "3 2 0 1", "r65": "1 1 0 0", "r66": "1 0 0 0"}
_SOUND |= {"r67": "21 9 0 2", "r68": "8 4 0 1", "r69": "8 4 0 0", "r610": "5 1 0 1"}


def test_figures_that_agree_are_no_fault(project: Project) -> None:
    """5 = 3 + 1 + 1; 21 = 8 + 8 + 5; nothing where nothing happened."""
    assert found(project, cases(**_SOUND)) == []


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        # Hòa Bình: 22 persons of 8 + 8 + 5
        ({"r67": "22 9 0 2"}, [("persons-parts", "D11")]),
        ({"r63": "6 3 0 1"}, [("cases-parts", "D7")]),
        ({"r66": "0 0 0 0"}, [("cases-parts", "D7")]),
        ({"r64": "5 2 0 1", "r66": "0 0 0 0"}, [("cases-handled", "D7"), ("cases-parts", "D7")]),
        ({"r66": "6 0 0 0"}, [("cases-parts", "D7"), ("cases-pending", "D7")]),
        ({"r62": "5 26 0 0"}, [("places-inspected", "E5")]),
        ({"r68": "22 4 0 1"}, [("persons-parts", "D11"), ("persons-sellers", "D11")]),
        ({"r69": "22 4 0 0"}, [("persons-buyers", "D11"), ("persons-parts", "D11")]),
        ({"r610": "5 1 3 1"}, [("persons-organisers", "F11"), ("persons-parts", "F11")]),
        ({"r63": "6 4 0 1"}, [("cases-parts", "D7"), ("cases-parts", "E7")]),
        ({"r67": "22 9 0 3"}, [("persons-parts", "D11"), ("persons-parts", "G11")]),
    ],
)
def test_each_comparison_names_the_total_and_both_sides(
    project: Project, changed: dict[str, str], expected: list[tuple[str, str]]
) -> None:
    """One fault for each broken pair, at the total, with both cells and both values; nothing is changed."""
    faults = found(project, cases(**{**_SOUND, **changed}))
    assert rules(faults) == sorted(expected)
    for fault in faults:
        assert fault.severity == "confirm"
        assert f"{fault.cell}=" in fault.value
        assert " so với " in fault.value
        assert fault.file == "230.xlsx"


@pytest.mark.parametrize("token", ["-", "?", "x"])
def test_a_comparison_waits_until_every_figure_is_there(project: Project, token: str) -> None:
    """A blank is no zero: what is not known contradicts nothing."""
    rows = {**_SOUND, "r63": "9 3 0 1", "r66": f"{token} 0 0 0"}
    assert rules(found(project, cases(**rows))) == []


def test_part_and_whole_are_compared_even_where_the_other_part_is_blank(project: Project) -> None:
    """6.6 = 7 of 6.3 = 5 is wrong whatever 6.4 is."""
    rows = {**_SOUND, "r64": "- 2 0 1", "r66": "7 0 0 0"}
    assert rules(found(project, cases(**rows))) == [("cases-pending", "D7")]


# ---- sums in notes --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "22 đối tượng gồm 8 người bán dâm, 8 người mua dâm, 5 chủ chứa, môi giới",
        "Bắt 22 đối tượng, gồm: 8 người bán dâm, 8 người mua dâm và 5 chủ chứa",
        "22 người bao gồm 8 + 8 + 5",
        "Tổng số 1.116 cơ sở gồm 10 massage, 350 karaoke, 150 café, 45 khách sạn, 420 nhà nghỉ, 140 homestay",
        "3.520 người gồm 32 + 293 + 11 + 3.015 + 160",
        "Quý I: 12 cuộc gồm 7 + 4; quý II không tổ chức",
        "gồm 8 + 8 + 6",  # the row says 21 in quarter I
        "Gồm 8 người bán dâm, 8 người mua dâm, 7 môi giới",
        "22 NGƯỜI GỒM 8 + 8 + 5",
        "22 người gồm 8 + 8 + 5. Đã xử lý xong.",
    ],
)
def test_a_sum_that_does_not_add_up_is_caught(project: Project, text: str) -> None:
    """A total and its parts, or parts against the figures of their own row (21, 9, 0, 2 and together 32)."""
    (fault,) = found(project, cases(**_SOUND), [note(text)])
    assert (fault.rule, fault.cell, fault.severity) == ("note-sum", "H11", "confirm")
    assert text in fault.value


@pytest.mark.parametrize(
    "text",
    [
        "21 đối tượng gồm 8 người bán dâm, 8 người mua dâm, 5 chủ chứa, môi giới",
        "gồm 8 + 8 + 5",
        "gồm 21 + 9 + 0 + 2 cho bốn quý",
        "1.115 cơ sở gồm 10 massage, 350 karaoke, 150 café, 45 khách sạn, 420 nhà nghỉ, 140 homestay",
        "1.115 = 10 + 350 + 150 + 45 + 420 + 140",
        # partial lists
        "76.037 cơ sở, trong đó 42.335 lưu trú, 17.462 nhà hàng, karaoke, 154 vũ trường",
        "76.037 cơ sở gồm nhiều loại, trong đó 42.335 lưu trú, 17.462 nhà hàng",
        "40 cơ sở gồm 10 massage, 20 karaoke, v.v.",
        "40 cơ sở gồm 10 massage, 20 karaoke, V.V…",
        "40 cơ sở gồm 10 massage, 20 karaoke...",
        "40 cơ sở gồm 10 massage, 20 karaoke…",
        # other numbers beside the parts
        "12 cuộc, gồm 8 cuộc nói chuyện và 4 cuộc phát thanh ở 3 thôn",
        "12 cuộc gồm 8 nói chuyện, 4 phát thanh, phạt 45 triệu đồng",
        "gồm 2 buổi, 150 lượt người",
        "Gồm cả phóng sự và bản tin",
        "gồm Hội LHPN và Đoàn thanh niên",
        "12 văn bản gồm 45/KH-UBND ngày 12/4/2017 và 46/KH-UBND ngày 13/4/2017",
        "50 người gồm 60% nữ, 40% nam",
        "",
    ],
)
def test_a_sum_that_adds_up_or_is_none_is_left_alone(project: Project, text: str) -> None:
    """Correct sums, partial lists, other numbers."""
    assert found(project, cases(**_SOUND), [note(text)]) == []


# ---- percentages and denominators in notes --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "60/63 tỉnh, thành phố (đạt 95,2% chỉ tiêu kế hoạch)",
        "60/63 đạt 95%",
        "60/63 đạt 95,24%",
        "60/63 đạt 95,23%",  # cut, not rounded
        "60/63 đạt 95.2%",
        "21/28 xã, đạt 75%",
        "27/28 xã, thị trấn đạt 96,4%",
        "9 trên tổng số 12 hộ, bằng 75 %",
        "1.115/2.230 cơ sở (50%)",
        "27/28 xã tổ chức, tăng 12% so với cùng kỳ",
        "Quý 3/2017 đạt 80% kế hoạch",
        "Tháng 6/2017 đạt 50%",
        "Từ 12/4 đến 20/6 đạt 90% kế hoạch",
        "đến ngày 15/12 đạt 98%",
        "5/10 xã và 3/4 huyện đạt 75%",
        "0/0 đạt 0%",
        "Đạt 100% kế hoạch",
    ],
)
def test_a_percentage_that_agrees_is_left_alone(project: Project, text: str) -> None:
    """Rounded or cut at its own decimals; changes and dates are no shares."""
    assert [f for f in found(project, [], [note(text)]) if f.rule == "note-percent"] == []


@pytest.mark.parametrize(
    "text",
    [
        "60/63 tỉnh, thành phố (đạt 96,2% chỉ tiêu kế hoạch)",
        "60/63 đạt 95,3%",
        "60/63 đạt 96%",
        "60/63 đạt 94.9%",
        "21/28 đơn vị, đạt 75,1%",
        "3/4 chỉ tiêu (70%)",
        "9 trên tổng số 12 hộ, bằng 80 %",
    ],
)
def test_a_percentage_that_its_own_figures_contradict_is_caught(project: Project, text: str) -> None:
    """Neither rounded nor cut does it come out."""
    assert [f.rule for f in found(project, [], [note(text)])] == ["note-percent"]


@pytest.mark.parametrize(
    ("text", "unit", "caught"),
    [
        ("27/28 xã, phường, thị trấn", "230", False),
        ("27/28 xã", "230", False),
        ("26/27 xã", "230", False),  # Đoan Hùng: 27 xã and a town
        ("1/1 thị trấn", "230", False),
        ("22/22 xã", "230", True),  # the register of 2020
        ("27/29 xã, thị trấn", "230", True),
        ("9/10 xã, phường", "228", False),
        ("9/9 xã, phường", "228", True),
        ("7/13 huyện, thành, thị", "25", False),
        ("7/13 huyện", "25", False),
        ("7/12 huyện, thành, thị", "25", True),
        ("208/277 xã, phường, thị trấn", "25", False),
        ("208/225 xã, phường, thị trấn", "25", True),
        ("208/277 xã", "230", True),  # the province's number in a district's return
        ("4/5 xã trọng điểm", "230", False),
        ("8/10 xã đặc biệt khó khăn", "230", False),
        ("3/5 thôn", "230", False),
        ("27 trên tổng số 29 xã", "230", True),
    ],
)
def test_the_denominator_of_communes_is_the_register_s(project: Project, text: str, unit: str, caught: bool) -> None:
    """28 communes in Đoan Hùng, 10 in thị xã Phú Thọ, 13 districts, 277 communes in 2017."""
    faults = [f for f in found(project, [], [note(text, unit)]) if f.rule == "note-denominator"]
    assert bool(faults) == caught


def test_the_note_of_a_commune_is_held_against_its_district(project: Project) -> None:
    """A remark in the row of a commune of Đoan Hùng speaks of Đoan Hùng's communes."""
    wrong = note("27/29 xã", "07969", "J5", "communication", COM)
    assert rules(found(project, [], [wrong])) == [("note-denominator", "J5")]


@given(st.text(alphabet="0123456789.,/%+ gồmtrongđóxã\n", max_size=80))
@settings(max_examples=300)
def test_no_note_makes_a_rule_fail(project: Project, text: str) -> None:
    """Whatever somebody wrote: faults or none, never an exception."""
    found(project, cases(**_SOUND), [note(text)])


@pytest.mark.parametrize(
    "text", ["9" * 30_000, "gồm " + "1 + " * 8000, "1/" * 15_000, " " * 32_000 + "%", "1" + " " * 32_000 + "2%"]
)
def test_the_longest_cell_is_read_in_no_time(project: Project, text: str) -> None:
    """Excel's cells hold up to 32.767 characters; 60/63 with 40 decimals is no number either."""
    found(project, cases(**_SOUND), [note(text), note("60/63 đạt 95," + "2" * 40 + "%")])


# ---- quarters -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rows", "caught"),
    [
        (["1 2 3 4", "2 2 5 9", "0 1 1 3"], True),
        (["1 2 3 4", "2 2 5 9", "0 1 1 3", "0 0 0 0"], True),  # a row of zeros says nothing
        (["1 2 3 4", "2 2 5 9", "0 1 0 3"], False),
        (["1 2 3 4", "2 2 5 9"], False),  # too few to say
        (["1 1 1 1", "2 2 2 2", "1 1 1 1"], False),  # a standing pano does not rise
        (["1 2 3 4", "2 2 5 9", "1 1 1 1"], False),
        (["1 2 3 -", "2 2 5 9", "0 1 1 3"], False),
        (["0 0 0 0"] * 5, False),
    ],
)
def test_quarters_that_never_fall(project: Project, rows: list[str], caught: bool) -> None:
    """Cumulative figures: no row falls, three rise."""
    assert rules(found(project, talks(*rows))) == ([("cumulative", "E5")] if caught else [])


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (["3 3 1 2", "5 5 2 1", "4 4 0 3"], [("same-as-before", "F5")]),
        (["3 1 1 2", "5 2 2 1", "4 0 0 3"], [("same-as-before", "G5")]),
        (["1 1 1 0", "1 1 1 0", "1 1 1 0"], []),  # one in each is nothing to copy
        (["3 3 1 2", "5 5 2 1", "4 5 0 3"], []),
    ],
)
def test_a_quarter_that_is_the_one_before(project: Project, rows: list[str], expected: list[tuple[str, str]]) -> None:
    """Every row the same, and at least three different values."""
    assert rules(found(project, talks(*rows))) == expected


def test_rows_that_lack_a_quarter_are_passed_over(project: Project) -> None:
    """A column is missing, or cells are merged over rows: no rule trips."""
    whole = talks("1 2 3 4", "2 2 5 9", "0 1 1 3", "3 3 1 2")
    assert found(project, [cell for cell in whole if cell.period != "Q4"]) == []
    merged = [replace(cell, cell="E5") if cell.period == "Q1" else cell for cell in whole]
    found(project, merged)


# ---- the year before ------------------------------------------------------------------------------------------------


@pytest.fixture
def shipped() -> list[dict[str, object]]:
    """The rules as shipped."""
    return yaml.safe_load((paths.DATA / "checks.yaml").read_text(encoding="utf-8"))["rules"]


def with_rules(folder: Path, rules_: list[dict[str, object]], monkeypatch: pytest.MonkeyPatch) -> Path:
    """Let the checks read these rules."""
    path = folder / "checks.yaml"
    path.write_text(yaml.safe_dump({"rules": rules_}, allow_unicode=True), encoding="utf-8")
    monkeypatch.setattr(paths, "DATA", folder)
    monkeypatch.setattr(paths, "ROOT", folder)
    return path


@pytest.mark.parametrize(
    ("before", "caught"),
    [
        # Ninh Thuận reported 463 sessions and 9.100 people in 2017 and in 2018.
        (["120 115 118 110 | 9100", "3 2 1 1 | 70"], True),
        (["118 115 118 110 | 9830", "3 2 1 1 | 70"], False),
        (["120 115 118 110 | 9100"], False),  # the second row is new
    ],
)
def test_figures_of_the_year_before(
    tmp_path: Path,
    project: Project,
    monkeypatch: pytest.MonkeyPatch,
    shipped: list[dict[str, object]],
    before: list[str],
    caught: bool,
) -> None:
    """Every figure the same as in the observations of the year before: a copy?"""
    (tmp_path / "2016.csv").write_bytes(observations_csv(talks(*before)))
    for rule in shipped:
        if rule["id"] == "same-as-last-year":
            rule["parameters"] = {"min_rows": 3, "previous": "2016.csv"}
    with_rules(tmp_path, shipped, monkeypatch)
    faults = found(project, talks("120 115 118 110 | 9100", "3 2 1 1 | 70"))
    assert rules(faults) == ([("same-as-last-year", "E5")] if caught else [])


@pytest.mark.parametrize("content", [None, b"not,the,columns\n1,2,3\n", b"\xff\xfe\x00"])
def test_a_table_of_the_year_before_that_cannot_be_read_is_named(
    tmp_path: Path,
    project: Project,
    monkeypatch: pytest.MonkeyPatch,
    shipped: list[dict[str, object]],
    content: bytes | None,
) -> None:
    """Missing or something else: a sentence with its name."""
    if content is not None:
        (tmp_path / "2016.csv").write_bytes(content)
    for rule in shipped:
        if rule["id"] == "same-as-last-year":
            rule["parameters"] = {"min_rows": 3, "previous": "2016.csv"}
    with_rules(tmp_path, shipped, monkeypatch)
    with pytest.raises(InputRefused, match=r"2016\.csv"):
        found(project, talks("1 0 0 0 | 5"))


# ---- attendance -----------------------------------------------------------------------------------------------------


def people(*each: int, sessions: str = "2 0 1 1") -> list[str]:
    """Rows with so many people at each of their sessions."""
    total = sum(map(int, sessions.split()))
    return [f"{sessions} | {total * one}" for one in each]


@pytest.mark.parametrize(
    ("each", "odd"),
    [
        # Ninh Thuận: 21,8 and 19,7 and 19,7 a session, then 5,3
        ([22, 20, 20, 21, 19, 20, 22, 18, 20, 21, 5], [10]),
        ([22, 20, 20, 21, 19, 20, 22, 18, 20, 21, 2000], [10]),
        ([22, 20, 20, 21, 19, 20, 22, 18, 20, 21, 45], []),
        ([20] * 11, []),  # all alike: MAD 0
        ([20] * 10 + [21], []),
        ([20] * 10 + [400], [10]),
        ([20] * 10 + [30], []),
        ([20] * 9 + [2000], [9]),
        ([20] * 8 + [2000], []),  # nine rows are too few to compare
        ([1, 900], []),
        ([0] * 12, []),  # nobody came anywhere: another rule's business
    ],
)
def test_attendance_that_stands_out(project: Project, each: list[int], odd: list[int]) -> None:
    """Against rows of the same form, both ways; never a flood where all are alike."""
    faults = [f for f in found(project, talks(*people(*each))) if f.rule == "attendance"]
    assert [fault.cell for fault in faults] == [f"I{5 + at}" for at in odd]
    assert all(fault.severity == "note" for fault in faults)


@given(st.lists(st.sampled_from((0, 0, 0, 1, 20, 20, 400)), min_size=0, max_size=28))
@settings(max_examples=60)
def test_degenerate_columns_neither_crash_nor_flood(project: Project, each: list[int]) -> None:
    """Any column: at most half of those who came at all stand out, as they are held against the middle."""
    faults = [f for f in found(project, talks(*people(*each))) if f.rule == "attendance"]
    assert len(faults) <= len([one for one in each if one]) // 2


def test_most_rows_zero_make_no_flood(project: Project) -> None:
    """27 communes without a session and one with: nothing to compare, nothing odd."""
    assert found(project, talks(*["0 0 0 0 | 0"] * 27, "1 0 1 1 | 90")) == []


def test_sessions_without_people_and_people_without_sessions(project: Project) -> None:
    """0 people at a talk; 60 people at no session; a loudspeaker counts nobody."""
    assert rules(found(project, talks("1 0 1 1 | 0"))) == [("sessions-without-attendance", "I5")]
    assert rules(found(project, talks("0 0 0 0 | 60"))) == [("attendance-without-sessions", "I5")]
    loud = row("07969", "communication", "loa truyền thanh", 5, "12 12 0 12 | 0")
    assert found(project, loud) == []
    assert found(project, talks("1 0 - 1 | 0", "0 0 0 0 | -", "0 0 0 - | 60")) == []


# ---- the file of rules ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ({"check": "no_such_check"}, "no_such_check"),
        ({"compare": "6.4 + 6.5 >= 6.3"}, "6.4 + 6.5 <= 6.3"),
        ({"compare": "6.4 6.3"}, "6.4 + 6.5 <= 6.3"),
        ({"compare": "6.4 = 6.3 + 6.5"}, "6.4 + 6.5 <= 6.3"),
        ({"compare": "__import__('os') = 6.3"}, "6.4 + 6.5 <= 6.3"),
        ({}, "đúng một"),
        ({"compare": "6.4 <= 6.3", "check": "cumulative"}, "đúng một"),
        ({"check": "cumulative"}, "min_rows"),
        ({"check": "cumulative", "parameters": {"min_row": 3}}, "min_rows"),
        ({"check": "document_year", "parameters": {"year": 2017}}, "document_year"),
        ({"compare": "6.4 <= 6.3", "severity": "fatal"}, "severity"),
        ({"compare": "6.4 <= 6.3", "say": ""}, "say"),
        ({"compare": "6.4 <= 6.3", "sayy": "x"}, "sayy"),
        ({"compare": "6.4 <= 6.3", "id": ""}, "id"),
    ],
)
def test_a_rule_that_cannot_work_is_an_error_that_names_it(
    tmp_path: Path, project: Project, monkeypatch: pytest.MonkeyPatch, rule: dict[str, object], words: str
) -> None:
    """Never a rule that silently does nothing: the file, the place in it and what is wrong."""
    rule = {"id": "mine", "severity": "note", "say": "Xem lại", **rule}
    path = with_rules(
        tmp_path, [{"id": "a", "severity": "note", "say": "x", "compare": "6.4 <= 6.3"}, rule], monkeypatch
    )
    with pytest.raises(InputRefused) as refused:
        found(project)
    said = "\n".join(refused.value.reasons)
    assert path.name in said
    assert "rules.1" in said
    assert words in said


def test_a_new_rule_needs_no_code(tmp_path: Path, project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """A line of data: fines and cases compared, decimals allowed; the words are the rule's."""
    mine = {"id": "fines", "severity": "stop", "say": "Tiền phạt ít hơn số vụ", "compare": "6.3 <= 6.11"}
    with_rules(tmp_path, [mine], monkeypatch)
    held = cases(r63="5 3 0 1", r611="5 2.5 0 12.5")
    (fault,) = found(project, held)
    assert (fault.rule, fault.cell, fault.severity, fault.message) == (
        "fines",
        "E15",
        "stop",
        "Tiền phạt ít hơn số vụ.",
    )


def test_the_shipped_rules_are_each_of_one_kind_and_named_once() -> None:
    """As the issue lists them."""
    shipped = load(paths.DATA / "checks.yaml", checks.Rules).rules
    names = [rule.id for rule in shipped]
    assert len(set(names)) == len(names)
    assert {"cases-parts", "persons-parts", "note-sum", "note-percent", "note-denominator"} <= set(names)
    assert {"cumulative", "same-as-before", "same-as-last-year", "attendance", "document-year"} <= set(names)
    assert {rule.check for rule in shipped if rule.check} == set(checks._CHECKS)


# ---- whose faults ---------------------------------------------------------------------------------------------------


def test_only_the_return_that_counts_is_held_against_the_rules(project: Project) -> None:
    """A note of a file that was superseded or refused asks nobody anything."""
    held = evidence_of(project.plan, project.register, [])
    wrong = note("60/63 đạt 96,2%")
    assert [f.file for f in consistency(held, {"230.xlsx": (wrong,)})] == ["230.xlsx"]
    assert consistency(held, {"230-old.xlsx": (wrong,)}) == []
    gone = evidence_of(project.plan, project.register, [], missing=["230"])
    assert consistency(gone, {"230.xlsx": (wrong,)}) == []


def test_a_rule_changes_no_value(project: Project) -> None:
    """The evidence is the same object with the same contents after the check."""
    held = evidence_of(project.plan, project.register, cases(**{**_SOUND, "r67": "22 9 0 2"}))
    before = list(held.observations)
    assert found(project, evidence=held)
    assert list(held.observations) == before
