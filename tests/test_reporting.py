"""Reporting figures: who sent what, in time or not, and how many of the cells asked for hold a value.

One folder stands for a year: every state that a return can have, once. What is expected of a district is, by the form,
5 cells for each commune + 5 programmes x 3 + 7 activities x 5 + 1 (the statement) + 11 lines x 4 = 5 n + 95; of the
province 1 + 3 outlets x 12 + 44 = 81.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from broken import COM, HARM, blank, edited, good, write_info, zero_bytes
from openpyxl import Workbook

from pcmd_eval.intake.checks import examine
from pcmd_eval.observations import Evidence, ReturnState
from pcmd_eval.project import Project
from pcmd_eval.reporting import Reporting, current, reporting, silent

IN_TIME, DEADLINE, LATE = date(2017, 12, 18), date(2017, 12, 20), date(2017, 12, 21)


def sent(code: str, day: date | None, **marks: object) -> bytes:
    """A good return sent on that day."""

    def write(book: Workbook) -> None:
        write_info(book, "Ngày gửi", day)
        if marks.get("without"):
            book.remove(book[str(marks["without"])])
        for at in marks.get("blank", ()):  # type: ignore[attr-defined]
            book[COM][at] = None
        for at in marks.get("odd", ()):  # type: ignore[attr-defined]
            book[COM][at] = "khoảng 3"

    return edited(good(code), write)


def returned_empty(code: str) -> bytes:
    """The blank form, sent back with its two days."""

    def write(book: Workbook) -> None:
        write_info(book, "Ngày chốt số liệu", date(2017, 12, 15))
        write_info(book, "Ngày gửi", IN_TIME)

    return edited(blank(code), write)


@pytest.fixture(scope="module")
def year(project: Project, tmp_path_factory: pytest.TempPathFactory) -> Evidence:
    """14 reporters: of 235, 238, 239 and 240 nothing ever arrived."""
    folder = tmp_path_factory.mktemp("year")
    files = {
        "227": sent("227", DEADLINE),  # on time: the last day
        "228": sent("228", LATE),  # late by a day
        "230": sent("230", LATE, without=HARM),  # partial and late
        "231": returned_empty("231"),
        "232": edited(good("232"), lambda book: write_info(book, "Năm", 2016)),  # refused: unreadable
        "233-a": sent("233", IN_TIME),  # superseded by the next
        "233-b": sent("233", DEADLINE, odd=("E5", "E6")),
        "234-a": sent("234", IN_TIME),  # a tie
        "234-b": sent("234", IN_TIME),
        "236": sent("236", None),  # no day of sending: not late
        "237": sent("237", IN_TIME, blank=("E5", "F5", "G5")),
        "25": sent("25", IN_TIME),
        "nobody": zero_bytes(),
    }
    for name, content in files.items():
        (folder / f"{name}.xlsx").write_bytes(content)
    return examine(folder, project).evidence


STATES = {
    **{"227.xlsx": "on_time", "228.xlsx": "late", "230.xlsx": "partial", "231.xlsx": "empty", "232.xlsx": "unreadable"},
    **{"233-a.xlsx": "superseded", "233-b.xlsx": "on_time", "234-a.xlsx": "unreadable", "234-b.xlsx": "unreadable"},
    **{"236.xlsx": "on_time", "237.xlsx": "on_time", "25.xlsx": "on_time", "nobody.xlsx": "unreadable"},
}


def test_every_file_has_its_one_state(year: Evidence) -> None:
    """The first that holds; late is a separate yes or no."""
    assert {r.file: r.state.value for r in year.returns if r.file} == STATES
    assert {r.reporter for r in year.returns if r.state is ReturnState.MISSING} == {"235", "238", "239", "240"}
    late = {r.file: r.late for r in year.returns if r.file}
    assert (late["227.xlsx"], late["228.xlsx"], late["230.xlsx"], late["236.xlsx"]) == (False, True, True, False)


# communes: 227 23, 228 10, 230 28, 231 33, 232 27, 233 19, 234 17, 236 20, 237 14
@pytest.mark.parametrize(
    ("code", "expected"),
    [
        # 5 x 23 + 95 = 210
        ("227", Reporting(1, 1, 1, 210, 210, 0, 0, 0)),
        ("228", Reporting(1, 1, 0, 145, 145, 0, 0, 0)),
        # 235, of which 7 x 5 in a sheet that is not there
        ("230", Reporting(1, 1, 0, 235, 200, 0, 0, 35)),
        # 260 cells, all blank: returned, but no report
        ("231", Reporting(1, 0, 0, 260, 0, 260, 0, 0)),
        ("232", Reporting(1, 0, 0, 230, 0, 0, 0, 230)),
        # the later one counts, with two cells that cannot be read
        ("233", Reporting(1, 1, 1, 190, 188, 0, 2, 0)),
        ("234", Reporting(1, 0, 0, 180, 0, 0, 0, 180)),
        ("235", Reporting(1, 0, 0, 250, 0, 0, 0, 250)),
        ("236", Reporting(1, 1, 1, 195, 195, 0, 0, 0)),
        ("237", Reporting(1, 1, 1, 165, 162, 3, 0, 0)),
        ("25", Reporting(1, 1, 1, 81, 81, 0, 0, 0)),
    ],
)
def test_the_figures_of_a_reporter(year: Evidence, project: Project, code: str, expected: Reporting) -> None:
    """Worked from the form and the register."""
    assert reporting(year, [project.register.reporter(code)]) == expected


def test_the_figures_of_the_province(year: Evidence, project: Project) -> None:
    """14 expected; received 227, 228, 230, 233, 236, 237, 25; in time all of these but 228 and 230.

    Cells: 13 x 95 + 5 x 277 + 81 = 2701. Reported 210 + 145 + 200 + 188 + 195 + 162 + 81 = 1181, blank 260 + 3,
    unreadable 2, and the rest absent.
    """
    whole = reporting(year, project.register.reporters)
    assert whole == Reporting(14, 7, 5, 2701, 1181, 263, 2, 1255)
    assert 1181 + 263 + 2 + 1255 == 2701


def test_the_parts_add_up_to_the_whole(year: Evidence, project: Project) -> None:
    """The province is the sum of its reporters, whatever they sent: a rate is never above 100%."""
    each = [reporting(year, [unit]) for unit in project.register.reporters]
    whole = reporting(year, project.register.reporters)
    for name in Reporting.__dataclass_fields__:
        assert getattr(whole, name) == sum(getattr(one, name) for one in each)
    assert whole.on_time <= whole.received <= whole.expected
    assert whole.cells_reported <= whole.cells_expected


def test_those_to_write_to(year: Evidence) -> None:
    """Nothing came, nothing could be read, two came that contradict, or the form came back blank: in order of codes."""
    assert [(row.reporter, row.state.value) for row in silent(year)] == [
        *(("231", "empty"), ("232", "unreadable"), ("234", "unreadable"), ("235", "missing")),
        *(("238", "missing"), ("239", "missing"), ("240", "missing")),
    ]


def test_the_row_that_speaks_for_a_reporter(year: Evidence, project: Project) -> None:
    """The one that counts, never a superseded one."""
    rows = {unit.code: current(year, unit) for unit in project.register.reporters}
    assert rows["233"].file == "233-b.xlsx"
    assert rows["234"].state is ReturnState.UNREADABLE
    assert rows["235"].state is ReturnState.MISSING


def test_a_good_return_beside_a_refused_one_is_received(project: Project, tmp_path: Path) -> None:
    """The attempt that failed takes nothing away."""
    (tmp_path / "a.xlsx").write_bytes(edited(good(), lambda book: write_info(book, "Năm", 2016)))
    (tmp_path / "b.xlsx").write_bytes(good())
    evidence = examine(tmp_path, project).evidence
    assert current(evidence, project.register.reporter("228")).file == "b.xlsx"
    assert "228" not in [row.reporter for row in silent(evidence)]
