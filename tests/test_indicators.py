"""What stands in indicators.csv: on small evidence by hand, and on the shipped returns as openpyxl reads them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from conftest import MONTHS, QUARTERS, evidence_of, observe, observe_row
from openpyxl import load_workbook

from pcmd_eval import paths
from pcmd_eval.disclosure import load_disclosure
from pcmd_eval.errors import InputRefused
from pcmd_eval.indicators import COLUMNS, Indicator, Status, indicators, indicators_csv, load_indicators, own_figures
from pcmd_eval.intake.checks import examine
from pcmd_eval.observations import Evidence, Observation
from pcmd_eval.project import Project

RULES = load_disclosure()
Rows = dict[tuple[str, str, str], Indicator]


def made(project: Project, rows: Iterable[Observation], **more: Any) -> Rows:
    """The indicators of these observations by unit, objective and name; all other reporters sent nothing."""
    return by_key(indicators(evidence_of(project.plan, project.register, rows, **more), project.form, RULES))


def by_key(rows: Iterable[Indicator]) -> Rows:
    found = {(row.unit_code, row.objective, row.indicator): row for row in rows}
    return found


def short(row: Indicator) -> tuple[object, ...]:
    """The value or how it stands, and what it rests on."""
    value = row.value if row.status is Status.SHOWN else row.status.value
    return value if row.known is None else (value, row.known, row.expected)  # type: ignore[return-value]


# ---- by hand --------------------------------------------------------------------------------------------------------


def test_sessions_are_the_sum_of_the_known_cells(project: Project) -> None:
    """Two communes of 228 with three rows; the figures were closed in September, so that a 0 of Q4 is not known."""
    a, b = (c.code for c in project.register.communes("228")[:2])
    rows = [
        *observe_row("228", a, "communication", "", QUARTERS, "3 0 2 0"),
        *observe_row("228", a, "communication", "", QUARTERS, "1 - 2 4"),
        *observe_row("228", b, "communication", "", QUARTERS, "? 5 x 0"),
        *(observe("228", a, "communication", ":attendance", "Y", token) for token in ("120", "0")),
        observe("228", b, "communication", ":attendance", "Y", "30"),
    ]
    found = made(project, rows, cutoffs={"228": date(2017, 9, 30)})
    shown = {name: short(row) for (unit, slug, name), row in found.items() if (unit, slug) == ("228", "communication")}
    assert shown == {
        "sessions:Q1": ("4", 2, 3),
        "sessions:Q2": ("5", 2, 3),
        "sessions:Q3": ("4", 2, 3),
        "sessions:Q4": ("4", 1, 3),
        "sessions": ("17", 7, 12),
        "attendance": ("150", 2, 3),  # the 0 of a year that was not over is not known
        "communes": "10",
        "maintaining": ("1", 1, 10),  # a: Q1, Q3 and Q4
        "unclear": ("9", 1, 10),
        "not_maintaining": ("0", 1, 10),
    }
    assert short(found["25", "communication", "sessions"]) == ("17", 0, 13)
    assert short(found["227", "communication", "sessions"]) == ("unknown", 0, 0)
    assert short(found["25", "communication", "communes"]) == "277"


def test_programmes_documents_and_budget(project: Project) -> None:
    pairs = {"2.1": "given Có", "2.2": "given Không", "2.3": "none -", "2.4": "? Có", "2.5": "none Không"}
    rows = [
        observe("230", "230", "integration", f"{code}:{column}", "Y", token)
        for code, pair in pairs.items()
        for column, token in zip(("document", "carried_out"), pair.split(), strict=True)
    ]
    budget = ("12.5", "7.25", "0", "-", "0.25")
    rows += [observe("230", "230", "integration", f"2.{n}:budget", "Y", token) for n, token in enumerate(budget, 1)]
    rows += [
        observe("231", "231", "integration", f"2.1:{c}", "Y", t)
        for c, t in (("document", "given"), ("carried_out", "yes"))
    ]
    found = made(project, rows, missing=[u.code for u in project.register.reporters if u.code not in ("230", "231")])
    shown = {name: short(row) for (unit, slug, name), row in found.items() if (unit, slug) == ("230", "integration")}
    assert shown == {
        **{"2.1": "low", "2.2": "none", "2.3": "none", "2.4": "unknown", "2.5": "none", "2.6": "none"},
        "documents": ("2", 4, 5),
        "carried_out": ("2", 4, 5),
        "counted": ("1", 4, 5),
        "budget": ("20", 4, 5),
    }
    whole = {name: short(row) for (unit, slug, name), row in found.items() if (unit, slug) == ("25", "integration")}
    # 231 gave the first programme alone: the form asks for the others, so that nothing is known of them.
    assert whole["2.1"] == ("2", 2, 13)
    assert whole["documents"] == ("3", 1, 13)
    assert whole["counted"] == ("2", 1, 13)
    assert short(found["227", "integration", "2.6"]) == "unknown"  # sent nothing


def test_activities_by_district_only_where_not_about_persons(project: Project) -> None:
    rows = []
    for code, values in {"230": "1 0 2 0", "231": "4 1 - 0"}.items():
        for item in ("3.1.1", "3.1.2"):
            rows += observe_row(code, code, "harm_reduction", item, QUARTERS, values)
        rows.append(observe(code, code, "harm_reduction", "3.1.2:persons", "Y", 3 if code == "230" else 20))
    rows += observe_row("232", "232", "harm_reduction", "3.1.2", QUARTERS, "9 9 9 9")
    found = made(project, rows)
    assert short(found["231", "harm_reduction", "3.1.1"]) == ("5", 3, 4)
    assert ("231", "harm_reduction", "3.1.2") not in found
    assert short(found["25", "harm_reduction", "3.1.1"]) == ("8", 1, 13)
    # Of 3.1.2 231 is not complete: 3 + 36, of which 232 knows its 36 and so the 3.
    assert short(found["25", "harm_reduction", "3.1.2"]) == ("withheld", 2, 13)
    assert short(found["25", "harm_reduction", "3.1.2:persons"]) == ("withheld", 2, 13)
    assert (found["230", "harm_reduction", "3.1"].value, found["25", "harm_reduction", "3.1"].value) == ("low", "3")


def models(reporter: str, *lines: str) -> list[Observation]:
    """Lines of name, type, start, operating, persons."""
    columns = ("name", "type", "start", "operating", "persons")
    return [
        observe(reporter, reporter, "support_model", f"4.{at}:{column}", "Y", token.strip())
        for at, line in enumerate(lines, 1)
        for column, token in zip(columns, line.split("|"), strict=True)
    ]


def test_the_persons_of_a_model_of_two_reporters_are_counted_once(project: Project) -> None:
    rows = models("227", "Đồng hành | 1 | 2016-06-01 | yes | 18", "Nhóm A | 3 | 2016-06-01 | yes | 40")
    rows += models("25", "ĐỒNG  hành | 1 | 2016-06-01 | yes | 18") + models("230", "B | 1 | - | yes | 9")
    rows.append(observe("228", "228", "support_model", "none:name", "Y", "Không có mô hình"))
    found = made(project, rows)
    # B counts without a day of start, as the plan's rule is; nothing is said by ten of the fourteen.
    assert short(found["25", "support_model", "models"]) == ("2", 4, 14)
    assert short(found["25", "support_model", "models_unclear"]) == ("0", 4, 14)
    assert short(found["25", "support_model", "persons"]) == ("27", 4, 14)
    hosts = {unit: short(found[unit, "support_model", "hosts"]) for unit in ("227", "228", "230", "231")}
    assert hosts == {"227": "low", "228": "none", "230": "low", "231": "silent"}
    assert short(found["25", "support_model", "own.hosts"]) == "low"


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ("18", "18", ("18", 2, 14)),
        ("18", "-", ("18", 2, 14)),
        ("18", "19", ("unknown", 0, 14)),  # they do not agree
        ("3", "3", ("withheld", 2, 14)),
    ],
)
def test_reporters_of_one_model_have_to_agree(project: Project, first: str, second: str, expected: object) -> None:
    rows = models("227", f"M | 1 | 2016-06-01 | yes | {first}") + models("25", f"m | 1 | 2016-06-01 | yes | {second}")
    assert short(made(project, rows)["25", "support_model", "persons"]) == expected


def test_persons_of_models_are_not_all_known_while_a_reporter_is_silent_or_a_model_is_unclear(project: Project) -> None:
    """227 tells all; 228 has a model without a type, 230 one without its persons; 231 says nothing, the rest: none."""
    rows = models("227", "A | 1 | 2016-06-01 | yes | 18") + models("228", "B | - | 2016-06-01 | yes | 9")
    rows += models("230", "C | 1 | 2016-06-01 | yes | -")
    quiet = [u.code for u in project.register.reporters if u.code not in ("227", "228", "230", "231")]
    rows += [observe(code, code, "support_model", "none:name", "Y", "Không có mô hình") for code in quiet]
    found = made(project, rows)
    assert short(found["25", "support_model", "persons"]) == ("18", 11, 14)
    assert short(found["25", "support_model", "models"]) == ("2", 13, 14)


def test_media_by_month_and_by_outlet(project: Project) -> None:
    rows = [
        *observe_row("25", "25", "media", "5.1", MONTHS, "1 0 2 0 0 - 0 0 0 0 0 0"),
        *observe_row("25", "25", "media", "5.2", MONTHS, "0 0 0 0 0 0 0 0 0 0 4 0"),
    ]
    found = made(project, rows)
    words = [found["25", "media", month].value for month in MONTHS]
    assert words == ["low", "none", "low", "none", "none", "unknown", "none", "none", "none", "none", "low", "none"]
    assert short(found["25", "media", "5.1"]) == ("3", 11, 12)
    assert short(found["25", "media", "5.2"]) == ("4", 12, 12)
    assert short(found["25", "media", "5.4"]) == ("unknown", 0, 0)
    assert ("227", "media", "5.1") not in found


def violators(unit: str, row: str, kinds: tuple[str, str, str], fines: str = "0 0 0 0") -> list[Observation]:
    rows = dict(zip(("6.8", "6.9", "6.10"), kinds, strict=True)) | {"6.7": row, "6.11": fines}
    return [o for item, cells in rows.items() for o in observe_row(unit, unit, "enforcement", item, QUARTERS, cells)]


NONE = "0 0 0 0"


def test_violators_by_reporter_by_kind_and_their_fines(project: Project) -> None:
    """12, 8 and 21, all shown; 231 has a blank quarter and is in no sum."""
    rows = violators("227", "5 3 2 2", ("5 0 2 2", "0 3 0 0", NONE), "1.5 0 0 0")
    rows += violators("228", "8 0 0 0", ("8 0 0 0", NONE, NONE), "2 0 0 0.25")
    rows += violators("25", "0 20 0 1", (NONE, "0 20 0 1", NONE), "0 6 0 0")
    rows += violators("231", "9 9 - 9", ("9 9 - 9", NONE, NONE))
    rows = [o for o in rows if o.reporter != "231" or o.item == "6.7"]
    found = made(project, rows)
    table = {unit: short(found[unit, "enforcement", "6.7"]) for unit in ("227", "228", "230", "231", "25")}
    assert table == {
        **{"227": ("12", 4, 4), "228": ("8", 4, 4), "230": ("unknown", 0, 0), "231": ("unknown", 3, 4)},
        "25": ("41", 3, 14),
    }
    assert short(found["25", "enforcement", "own.6.7"]) == ("21", 4, 4)
    # 6.8: 9 + 8; 6.9: 3 + 21, of which 25 takes off 21 and has the 3. Hidden with it is 6.8: 6.10 is 0.
    kinds = {item: short(found["25", "enforcement", item]) for item in ("6.8", "6.9", "6.10")}
    assert kinds == {"6.8": ("withheld", 3, 14), "6.9": ("withheld", 3, 14), "6.10": ("0", 3, 14)}
    assert short(found["25", "enforcement", "6.11"]) == ("9.75", 3, 14)
    assert not {key for key in found if key[0] != "25" and key[2] in ("6.2", "6.8", "6.9", "6.10", "6.11")}


def test_kinds_that_do_not_come_from_the_same_reporters_are_withheld(project: Project) -> None:
    """Total less kinds would be the violators of the one who did not tell the kinds."""
    rows = violators("227", "50 0 0 0", ("20 0 0 0", "20 0 0 0", "10 0 0 0"))
    rows += [o for o in violators("228", "30 0 0 0", ("x 0 0 0",) * 3) if o.item in ("6.7", "6.11")]
    found = made(project, rows)
    assert short(found["25", "enforcement", "6.7"]) == ("80", 2, 14)
    assert [short(found["25", "enforcement", item])[0] for item in ("6.8", "6.9", "6.10")] == ["withheld"] * 3  # type: ignore[index]


def test_returns_by_reporter_and_of_the_province(project: Project) -> None:
    found = made(project, (), cutoffs={"230": date(2017, 11, 30)}, missing=["227", "228"])
    assert {name: short(row) for (unit, slug, name), row in found.items() if (unit, slug) == ("230", "")} == {
        **{"state": "on_time", "late": "unknown", "cutoff": "2017-11-30", "sent": "2017-12-20"},
        **dict.fromkeys(("expected", "reported", "blank", "unreadable", "absent"), "0"),
    }
    assert short(found["227", "", "state"]) == "missing"
    assert short(found["227", "", "sent"]) == "unknown"
    assert short(found["25", "", "own.state"]) == "on_time"
    assert short(found["25", "", "reporters"]) == ("14", 12, 14)


# ---- withheld values leave no trace ---------------------------------------------------------------------------------


def test_files_are_the_same_where_only_withheld_values_differ(project: Project) -> None:
    def content(small: int, other: int) -> bytes:
        rows = violators("227", f"{small} 0 0 0", (f"{small} 0 0 0", NONE, NONE), "2 0 0 0")
        rows += violators("228", f"{other} 0 0 0", (f"{other} 0 0 0", NONE, NONE), "2 0 0 0")
        for unit, many in (("230", 10), ("231", 40)):
            rows += violators(unit, f"{many} 0 0 0", (f"{many} 0 0 0", NONE, NONE), "3 0 0 0")
        rows += observe_row("232", "232", "harm_reduction", "3.1.2", QUARTERS, f"{small} 0 0 0")
        evidence = evidence_of(project.plan, project.register, rows)
        return indicators_csv(indicators(evidence, project.form, RULES))

    assert content(3, 9) == content(4, 8) == content(2, 10)
    assert content(3, 9) != content(3, 8)  # the total is another


# ---- the file -------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def shipped(project: Project) -> Evidence:
    return examine(paths.returns_folder("phu_tho_2017"), project).evidence


@pytest.fixture(scope="module")
def rows(shipped: Evidence, project: Project) -> list[Indicator]:
    return indicators(shipped, project.form, RULES)


def test_the_file_reads_back_as_written(rows: list[Indicator], tmp_path: Path) -> None:
    content = indicators_csv(rows)
    (tmp_path / "indicators.csv").write_bytes(content)
    assert load_indicators(content) == load_indicators(tmp_path / "indicators.csv") == rows
    assert content.decode().splitlines()[0].split(",") == list(COLUMNS)
    assert b"\r" not in content
    with pytest.raises(InputRefused, match=r"none\.csv"):
        load_indicators(tmp_path / "none.csv")


def test_rows_stand_by_unit_objective_and_name(rows: list[Indicator], project: Project) -> None:
    number = {"": 0} | {o.slug: o.number for o in project.plan.objectives}
    keys = [(row.unit_code, number[row.objective], row.indicator) for row in rows]
    assert keys == sorted(set(keys))
    assert all(bool(row.value) == (row.status is Status.SHOWN) for row in rows)
    assert all(row.known is None or row.known <= row.expected for row in rows if row.expected is not None)


def test_exactly_what_the_rules_list_is_there(rows: list[Indicator], project: Project) -> None:
    expected = set()
    for unit in project.register.districts:
        expected |= {(unit.code, slug, name) for slug, at in RULES.open.items() for name in at.district}
        expected.add((unit.code, "enforcement", "6.7"))
    expected |= {("25", slug, f"own.{name}") for slug, at in RULES.open.items() for name in at.own}
    expected |= {("25", slug, name) for slug, at in RULES.open.items() for name in at.province}
    expected |= {("25", s.objective, s.item) for s in RULES.sensitive if s.level != "never"}
    expected.add(("25", "enforcement", "own.6.7"))
    assert set(by_key(rows)) == expected


def test_nobody_knows_of_others_in_the_own_figures(shipped: Evidence, project: Project) -> None:
    own = own_figures(shipped, RULES)
    assert own.keys() == {unit.code for unit in project.register.reporters}
    assert own["240"] == {}  # sent nothing
    assert own["232"]["enforcement", "6.7"] == 4
    assert own["227"]["support_model", "persons"] == own["25"]["support_model", "persons"] == 18


# ---- the shipped returns, read without the package -----------------------------------------------------------------


def cells(code: str, sheet: str, first: int, columns: str, row_code: str | None = None) -> list[list[Any]]:
    """The cells of the columns in the rows whose first cell is `row_code`, or of every coded row."""
    (path,) = paths.returns_folder("phu_tho_2017").glob(f"{code}-*.xlsx")
    page = load_workbook(path, data_only=True)[sheet]
    lines = [row for row in range(first, page.max_row + 1) if page.cell(row, 1).value is not None]
    wanted = [row for row in lines if row_code is None or str(page.cell(row, 1).value) == row_code]
    return [[page[f"{column}{row}"].value for column in columns] for row in wanted]


def test_violators_of_the_shipped_returns(rows: list[Indicator], project: Project) -> None:
    found, total = by_key(rows), 0
    for unit in project.register.reporters:
        if unit.code == "240":
            continue
        (year,) = cells(unit.code, "6 Xử lý", 5, "DEFG", "6.7")
        summed = sum(int(value) for value in year)
        total += summed
        row = found[unit.code, "enforcement", "own.6.7" if unit.code == "25" else "6.7"]
        assert short(row) == ("withheld" if 0 < summed < 5 else str(summed), 4, 4), unit
    assert short(found["25", "enforcement", "6.7"]) == (str(total), 13, 14)
    assert short(found["240", "enforcement", "6.7"]) == ("unknown", 0, 4)


@pytest.mark.parametrize("item", ["6.1", "6.3", "6.4", "6.11"])
def test_sums_of_the_shipped_returns(item: str, rows: list[Indicator], project: Project) -> None:
    codes = [unit.code for unit in project.register.reporters if unit.code != "240"]
    cell = [value for code in codes for value in cells(code, "6 Xử lý", 5, "DEFG", item)[0]]
    known = [Decimal(str(value).replace(",", ".")) for value in cell if value is not None]
    assert Decimal(by_key(rows)["25", "enforcement", item].value) == sum(known)


def test_sessions_of_a_shipped_return(rows: list[Indicator]) -> None:
    """227: every cell is a plain number or blank."""
    lines = cells("227", "1 Tuyên truyền", 5, "EFGH")
    found = by_key(rows)
    for at, quarter in enumerate(QUARTERS):
        column = [line[at] for line in lines]
        known = [int(value) for value in column if value is not None]
        row = found["227", "communication", f"sessions:{quarter}"]
        assert (int(row.value), row.expected) == (sum(known), len(column))
