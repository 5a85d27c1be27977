"""Write illustrative returns of a plan: made-up figures on its forms, with real names of units.

    python scripts/illustrative.py [PLAN] [FOLDER]

PLAN is phu_tho_2017 and FOLDER data/returns/<PLAN> by default. The cases of phu_tho_2017 are
planted in illustrative.yaml; those of any other plan are drawn from a seed, with the disorder of
real returns: some are missing, late or partial. Every run writes the same bytes, every return is
marked as made up, and a return without that mark is never overwritten. Nothing comes from a real
return.
"""

import io
import re
import sys
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cached_property
from pathlib import Path
from random import Random
from typing import Any

import yaml
from openpyxl import Workbook, load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from pcmd_eval.office.forms.blank_form import blank_return
from pcmd_eval.plan.form import Form
from pcmd_eval.plan.plan import Plan, load_plan
from pcmd_eval.plan.sheet import Sheet
from pcmd_eval.util import paths
from pcmd_eval.util.files import repack_zip, write_atomic

SHIPPED_PLAN = "phu_tho_2017"
PLANTED = yaml.safe_load(Path(__file__).with_suffix(".yaml").read_text(encoding="utf-8"))
TALK, LOUDSPEAKER, LEAFLET, BOARD, SHOW = PLANTED["forms"]

Typed = str | int | float | date | None


@dataclass(frozen=True)
class Row:
    """The row of one commune as typed; `stands`: whether it must count: yes, maybe or no."""

    stands: str
    quarters: Sequence[Typed]
    attendance: Typed = None
    form: str = TALK
    note: str = ""


@dataclass
class Cases:
    """The content that returns must have, most of it by reporter; illustrative.yaml explains the
    fields.
    """

    seed: int | str
    missing: Sequence[str]
    dates: Mapping[str, Mapping[str, Typed]]
    untouched: Sequence[Mapping[str, str]]
    offices: Mapping[str, str]
    maintaining: Mapping[str, int]
    integration: Mapping[str, Sequence[Sequence[Typed]]]
    limbs: Mapping[str, Sequence[str]]
    models: Mapping[str, Mapping[str, Typed]]
    silent_month: int
    portal_only_month: int
    cases: Mapping[str, Sequence[Sequence[int]]]
    rows: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    removed_rows: Sequence[str] = ()
    merged_row: str = ""
    second_rows: Sequence[Mapping[str, Any]] = ()
    names: Mapping[str, str] = field(default_factory=dict)
    numeric_codes: Sequence[str] = ()
    cells: Sequence[Sequence[Any]] = ()

    @cached_property
    def commune_rows(self) -> dict[str, Row]:
        """Return the planted rows of communes by code."""
        return {code: Row(**row) for code, row in self.rows.items()}


def planted_cases(plan: Plan) -> Cases:
    """Return the cases of illustrative.yaml; `plan`: the shipped one."""
    values = {key: value for key, value in PLANTED.items() if key in Cases.__dataclass_fields__}
    offices = {
        unit: f"{PLANTED['bodies'][unit == plan.province]} {plan.register.inline_name[unit]}"
        for unit in plan.reporters.index
    }
    return Cases(**values, offices=offices)


def drawn_cases(plan: Plan) -> Cases:
    """Draw the cases of any plan; the seed depends on its number and name only."""
    rng = Random(f"{plan.plan} {plan.name}")
    units = [unit for unit in plan.expected_reporters if unit != plan.province]
    missing = rng.sample(units, max(1, len(units) // 30))
    early = rng.sample(units, max(1, len(units) // 40))
    blank = rng.sample([unit for unit in units if unit not in missing], max(1, len(units) // 40))
    return Cases(
        seed=f"{plan.plan} {plan.name}",
        missing=missing,
        dates={unit: _draw_dates(rng, plan, unit in early) for unit in plan.reporters.index},
        untouched=[
            {"reporter": unit, "objective": plan.sheets_of(unit)[-1].objective} for unit in blank
        ],
        offices=_offices(plan),
        maintaining={unit: _draw_maintaining(rng, plan, unit) for unit in plan.reporters.index},
        integration={unit: _draw_programmes(rng, plan) for unit in plan.reporters.index},
        limbs={unit: rng.choice(([], ["3.1"], ["3.2"], ["3.1", "3.2"])) for unit in units},
        models=_draw_models(rng, plan, units),
        silent_month=rng.randint(1, 12),
        portal_only_month=rng.randint(1, 12),
        cases={unit: _draw_quarters_of_cases(rng) for unit in plan.reporters.index},
    )


def _offices(plan):
    """Return the name of the sending office by reporter."""
    offices = {unit: f"Ủy ban nhân dân {name}" for unit, name in plan.reporters.inline_name.items()}
    offices[plan.province] = f"Cơ quan thường trực {plan.register.inline_name[plan.province]}"
    return offices


def _draw_dates(rng, plan, is_early):
    """Draw the cut-off and the day of sending; with an early cut-off the year is still open."""
    deadline = plan.rules["deadline"].value
    is_late = rng.random() < 0.06
    sent = deadline + timedelta(days=rng.randint(1, 9) if is_late else -rng.randint(0, 4))
    cutoff = date(plan.year, 11, 30)
    if not is_early:
        cutoff = date(plan.year, 12, rng.choice((15, 15, 18, 20)))
    return {"cutoff": cutoff, "sent": max(sent, cutoff)}


def _draw_maintaining(rng, plan, unit):
    """Draw the number of a unit's communes that maintain communication."""
    communes = len(plan.communes(unit))
    return sum(rng.random() < 0.9 for _ in range(communes))


def _draw_programmes(rng, plan):
    """Draw document and answer of five programmes."""
    answers = []
    for _ in range(5):
        day = date(plan.year, rng.randint(2, 6), rng.randint(13, 28))
        document = f"{rng.randint(11, 99)}/KH-UBND ngày {day.day}/{day.month}/{plan.year}"
        written = rng.choice(([document, "Có"], [document, "Có"], ["Chưa có", "Không"]))
        answers.append(written if rng.random() < 0.97 else [document, None])
    return answers


def _draw_models(rng, plan, units):
    """Draw the lines of models of a few units, by unit."""
    lines = {}
    for unit in rng.sample(units, max(1, len(units) // 30)):
        lines[unit] = {
            "name": f"Mô hình hỗ trợ cộng đồng {plan.register.name[unit]}",
            "type": "1",
            "start": date(plan.year, rng.randint(1, 9), 1),
            "operating": "Có",
            "persons": rng.randint(5, 30),
        }
    return lines


def _draw_quarters_of_cases(rng):
    """Draw administrative, criminal and pending cases of four quarters; most quarters have none."""
    quarters = []
    for _ in range(4):
        cases = rng.choice((0, 0, 0, 1, 1, 2, 3))
        criminal = rng.randint(0, cases)
        quarters.append([cases - criminal, criminal, 0])
    if rng.random() < 0.05:
        quarters[3][2] = 1
    return quarters


# ---- writing -------------------------------------------------------------------------------------


class Page:
    """One sheet of a return: cells by the code of their row and the key of their column."""

    def __init__(self, sheet: Worksheet, form: Form, layout: Sheet) -> None:
        self.sheet, self.layout, self.first = sheet, layout, form.first_row
        self.columns = {column.key: number for number, column in enumerate(layout.columns, 1)}
        self.key = next(column.key for column in layout.columns if column.kind in ("key", "label"))

    def row(self, code: str) -> int:
        """Return the number of the first row with that code."""
        rows = range(self.first, self.sheet.max_row + 1)
        return next(
            row for row in rows if self.sheet.cell(row, self.columns[self.key]).value == code
        )

    def free_row(self) -> int:
        """Return the number of the row after the last one with a code."""
        rows = range(self.first, self.sheet.max_row + 1)
        return 1 + max(row for row in rows if self.sheet.cell(row, self.columns[self.key]).value)

    def write(self, row: int, values: Mapping[str, Typed]) -> None:
        """Write cells of one row; an empty text leaves the cell empty."""
        for key, value in values.items():
            self.sheet.cell(row, self.columns[key]).value = None if value == "" else value

    def insert_below(self, row: int) -> int:
        """Insert a row with the style of `row` below it and return its number."""
        self.sheet.insert_rows(row + 1)
        for number in self.columns.values():
            self.sheet.cell(row + 1, number)._style = copy(self.sheet.cell(row, number)._style)
        return row + 1


def fill_communication(page: Page, unit: str, plan: Plan, cases: Cases, rng: Random) -> None:
    """Fill the rows of communes: planted ones as they are, others at random up to `maintaining`."""
    communes = [*plan.communes(unit).index]
    planted = cases.commune_rows
    others = [code for code in communes if code not in planted]
    counted = sum(planted[code].stands == "yes" for code in communes if code in planted)
    drawn = rng.sample(others, cases.maintaining[unit] - counted)
    open_quarter = cases.dates[unit]["cutoff"] == date(plan.year, 11, 30)
    for code in communes:
        row = planted.get(code) or random_row(rng, code in drawn, open_quarter)
        page.write(page.row(code), _cells(row))
    for second in (row for row in cases.second_rows if row["commune"] in communes):
        code, typed = second["commune"], _cells(Row(**second["row"]))
        commune = plan.register.loc[code]
        at = page.insert_below(page.row(code)) if second["below"] else page.free_row()
        labels = {"unit": code, "unit_name": commune["name"], "unit_type": commune.type}
        page.write(at, labels | typed)
    for code, name in cases.names.items():
        if code in communes:
            page.write(page.row(code), {"unit_name": name})
    if cases.merged_row in communes:
        row, first = page.row(cases.merged_row), page.columns["q1"]
        page.sheet.merge_cells(start_row=row, end_row=row, start_column=first, end_column=first + 3)
    for code in set(communes) & set(cases.removed_rows):
        page.sheet.delete_rows(page.row(code))


def _cells(row):
    """Return the cells of a commune's row by the key of their column."""
    quarters = {f"q{number}": value for number, value in enumerate(row.quarters, 1)}
    return {"form": row.form, **quarters, "attendance": row.attendance, "note": row.note}


def random_row(rng: Random, maintains: bool, open_quarter: bool) -> Row:
    """Draw the row of a commune that surely maintains communication, or surely does not.

    With `open_quarter` the fourth quarter was not over at the cut-off, so that a zero in it is
    unknown: two active quarters might then become three.
    """
    few = (0, 1, 1) if open_quarter else (0, 1, 2, 2)
    count = rng.choice((3, 4, 4)) if maintains else rng.choice(few)
    quarters = set(rng.sample(range(4), count))
    sessions = [rng.randint(1, 6) if quarter in quarters else 0 for quarter in range(4)]
    attendance = sum(rng.randint(30, 150) for _ in range(sum(sessions)))
    form = rng.choice((TALK, TALK, LOUDSPEAKER, LEAFLET, SHOW))
    return Row("yes" if maintains else "no", sessions, attendance, form)


def fill_integration(page: Page, unit: str, plan: Plan, cases: Cases, rng: Random) -> None:
    """Fill the programmes; money and words at random."""
    answers = zip(page.layout.items, cases.integration[unit], strict=False)
    for item, (document, carried_out) in answers:
        is_done = str(carried_out).casefold() == "có"
        values: dict[str, Typed] = {"document": document, "carried_out": carried_out}
        if document is not None or carried_out is not None:
            values |= {
                "content": rng.choice(PLANTED["content"]) if is_done else None,
                "budget": rng.randint(5, 40) if is_done else 0,
            }
        page.write(page.row(item.code), values)


def fill_harm_reduction(page: Page, unit: str, plan: Plan, cases: Cases, rng: Random) -> None:
    """Fill the activities of the unit's limbs at random, zeros elsewhere."""
    for item in page.layout.items:
        active, reached = item.code[:3] in cases.limbs[unit], PLANTED["reached"][item.code]
        usual = (0, 0, 1, 1) if reached[1] < 5 else (0, 1, 1, 2, 3)
        counts = [rng.choice(usual) if active else 0 for _ in range(4)]
        if active and item.code.endswith(".1"):
            counts[1] = rng.randint(1, 4)  # at least one activity in each limb
        persons = sum(rng.randint(*reached) for _ in range(sum(counts)))
        quarters = {f"q{number}": count for number, count in enumerate(counts, 1)}
        page.write(page.row(item.code), quarters | {"persons": persons})


def fill_support_model(page: Page, unit: str, plan: Plan, cases: Cases, rng: Random) -> None:
    """Fill the unit's line, or the statement that it has no model."""
    page.write(page.first, cases.models.get(unit, {"name": page.layout.none_statement}))


def fill_media(page: Page, unit: str, plan: Plan, cases: Cases, rng: Random) -> None:
    """Fill the months of the provincial outlets; the optional row stays as it is."""
    for item in (item for item in page.layout.items if not item.optional):
        for month in range(1, 13):
            only_portal = month == cases.portal_only_month and item.code != PLANTED["portal"]
            is_silent = month == cases.silent_month or only_portal
            page.write(page.row(item.code), {f"m{month}": 0 if is_silent else rng.randint(1, 5)})


def fill_enforcement(page: Page, unit: str, plan: Plan, cases: Cases, rng: Random) -> None:
    """Fill the unit's cases, with persons and fines that agree with them."""
    for number, (administrative, criminal, pending) in enumerate(cases.cases[unit], 1):
        detected = administrative + criminal + pending
        selling = sum(rng.choice((1, 1, 2)) for _ in range(detected))
        buying = sum(rng.choice((1, 1, 2)) for _ in range(detected))
        fines = sum(rng.choice((0.75, 1.5, 2.5, 5)) for _ in range(administrative))
        premises = rng.randint(0, 2) if detected else 0
        counts = [rng.randint(4, 15), premises, detected, administrative, criminal, pending]
        counts += [selling + buying + criminal, selling, buying, criminal]
        for row, value in enumerate([*counts, fines], 1):
            page.write(page.row(f"6.{row}"), {f"q{number}": value})


FILLERS = {
    "communication": fill_communication,
    "integration": fill_integration,
    "harm_reduction": fill_harm_reduction,
    "support_model": fill_support_model,
    "media": fill_media,
    "enforcement": fill_enforcement,
}


def fill_cover(workbook: Workbook, unit: str, plan: Plan, cases: Cases) -> None:
    """Fill the first sheet: dates, office, and the mark that the figures are made up."""
    info = plan.form.info
    sheet = workbook[info.sheet]
    labels = {sheet.cell(row, 1).value: row for row in range(1, sheet.max_row + 1)}
    values = {
        "cutoff": cases.dates[unit]["cutoff"],
        "sent": cases.dates[unit]["sent"],
        "office": cases.offices[unit],
        "illustrative": plan.form.yes_word,
    }
    for key, value in values.items():
        sheet.cell(labels[info.labels[key]], 2).value = value


def filled_return(plan: Plan, unit: str, cases: Cases) -> bytes:
    """Return the workbook of one reporter as bytes."""
    rng = Random(f"{cases.seed} {unit}")  # of its own: a change to one return changes no other
    workbook = load_workbook(io.BytesIO(blank_return(plan, unit)))
    fill_cover(workbook, unit, plan, cases)
    for layout in plan.sheets_of(unit):
        page = Page(workbook[layout.name], plan.form, layout)
        if {"reporter": unit, "objective": layout.objective} not in cases.untouched:
            FILLERS[layout.objective](page, unit, plan, cases, rng)
        for code, objective, row, column, value in cases.cells:
            if (code, objective) == (unit, layout.objective):
                page.write(page.row(row), {column: value})
        for code in cases.numeric_codes if layout.rows == "communes" else ():
            if code in plan.communes(unit).index:
                page.write(page.row(code), {"unit": int(code)})
    workbook.properties.created = workbook.properties.modified = datetime(plan.year, 1, 1)
    buffer = io.BytesIO()
    workbook.save(buffer)
    day = f"{plan.year}-01-01T00:00:00Z".encode()
    fixed = re.compile(rb"(<dcterms:modified[^>]*>)[^<]*")
    return repack_zip(
        buffer.getvalue(), {"docProps/core.xml": lambda part: fixed.sub(rb"\g<1>" + day, part)}
    )


def is_illustrative(path: Path, plan: Plan) -> bool:
    """Return whether a workbook of the plan is marked as made up."""
    workbook = load_workbook(path, read_only=True)
    info = plan.form.info
    rows = workbook[info.sheet].iter_rows(max_col=2, values_only=True)
    marks = dict(rows)
    workbook.close()
    return marks.get(info.labels["illustrative"]) == plan.form.yes_word


def write_returns(folder: Path, name: str = SHIPPED_PLAN) -> list[Path]:
    """Write every return of a plan into `folder` and return their paths.

    Exits if `folder` has a workbook without the illustrative mark.
    """
    plan = load_plan(name)
    if real := [path for path in sorted(folder.glob("*.xlsx")) if not is_illustrative(path, plan)]:
        sys.exit(f"{real[0]} is not marked as illustrative; choose another folder")
    cases = planted_cases(plan) if name == SHIPPED_PLAN else drawn_cases(plan)
    folders = plan.reporters.folder[plan.expected_reporters].drop([*cases.missing])
    written = []
    for unit, file in folders.items():
        written.append(folder / f"{file}.xlsx")
        write_atomic(written[-1], filled_return(plan, unit, cases))
    return written


if __name__ == "__main__":
    parser = ArgumentParser(description=__doc__, formatter_class=RawDescriptionHelpFormatter)
    parser.add_argument("plan", nargs="?", default=SHIPPED_PLAN)
    parser.add_argument("folder", nargs="?", type=Path)
    asked = parser.parse_args()
    target = asked.folder or paths.returns_folder(asked.plan)
    print(f"{len(write_returns(target, asked.plan))} workbooks in {target}")
