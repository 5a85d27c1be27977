"""Writes the illustrative returns of Phú Thọ 2017: made-up figures on the project's own forms, real
names of units.

    python scripts/illustrative.py [FOLDER]

FOLDER is data/returns/phu_tho_2017 unless named. Every run writes the same bytes. What is planted
stands in illustrative.yaml, so that it can be read and changed; everything else is drawn at random
from its seed. Nothing comes from a return of any district. tests/test_illustrative.py says what the
planted cases must lead to.
"""

import io
import re
import sys
from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from random import Random

import yaml
from openpyxl import Workbook, load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from pcmd_eval.forms.blank_form import blank_return
from pcmd_eval.plan.form import Form
from pcmd_eval.plan.plan import Plan, load_plan
from pcmd_eval.plan.sheet import Sheet
from pcmd_eval.util import paths
from pcmd_eval.util.files import repack_zip, write_atomic

PLAN = "phu_tho_2017"
PLANTED = yaml.safe_load(Path(__file__).with_suffix(".yaml").read_text(encoding="utf-8"))
TALK, LOUDSPEAKER, LEAFLET, BOARD, SHOW = PLANTED["forms"]

Typed = str | int | float | date | None


@dataclass(frozen=True)
class Row:
    """The row of one commune as typed; `stands` says what it must come to: yes, maybe or no."""

    stands: str
    quarters: Sequence[Typed]
    attendance: Typed = None
    form: str = TALK
    note: str = ""


ROWS = {code: Row(**row) for code, row in PLANTED["rows"].items()}


# ---- writing -------------------------------------------------------------------------------------


class Page:
    """One sheet of a return: cells by the code of their row and the key of their column."""

    def __init__(self, sheet: Worksheet, form: Form, layout: Sheet) -> None:
        """Keep where the columns are; rows are found by what stands in them."""
        self.sheet, self.layout, self.first = sheet, layout, form.first_row
        self.columns = {column.key: number for number, column in enumerate(layout.columns, 1)}
        self.key = next(column.key for column in layout.columns if column.kind in ("key", "label"))

    def row(self, code: str) -> int:
        """The first row with that code."""
        rows = range(self.first, self.sheet.max_row + 1)
        return next(
            row for row in rows if self.sheet.cell(row, self.columns[self.key]).value == code
        )

    def free_row(self) -> int:
        """The first spare row: after the last one with a code."""
        rows = range(self.first, self.sheet.max_row + 1)
        return 1 + max(row for row in rows if self.sheet.cell(row, self.columns[self.key]).value)

    def put(self, row: int, values: Mapping[str, Typed]) -> None:
        """Write cells of one row; an empty text leaves the cell empty."""
        for key, value in values.items():
            self.sheet.cell(row, self.columns[key]).value = None if value == "" else value

    def insert_below(self, row: int) -> int:
        """Insert a row with the look of `row` below it."""
        self.sheet.insert_rows(row + 1)
        for number in self.columns.values():
            self.sheet.cell(row + 1, number)._style = copy(self.sheet.cell(row, number)._style)
        return row + 1


def communication(page: Page, district: str, plan: Plan, rng: Random) -> None:
    """Fill the rows of communes: those planted as they stand, the others at random to reach
    `maintaining`.
    """
    communes = [*plan.communes(district).index]
    others = [code for code in communes if code not in ROWS]
    planted = sum(ROWS[code].stands == "yes" for code in communes if code in ROWS)
    drawn = rng.sample(others, PLANTED["maintaining"][district] - planted)
    for code in communes:
        row = ROWS.get(code) or random_row(rng, code in drawn, early=district == "236")
        page.put(page.row(code), _cells(row))
    for second in (found for found in PLANTED["second_rows"] if found["commune"] in communes):
        code, typed = second["commune"], _cells(Row(**second["row"]))
        unit = plan.register.loc[code]
        at = page.insert_below(page.row(code)) if second["below"] else page.free_row()
        page.put(at, {"unit": code, "unit_name": unit["name"], "unit_type": unit.type, **typed})
    for code, name in PLANTED["names"].items():
        if code in communes:
            page.put(page.row(code), {"unit_name": name})
    if PLANTED["merged_row"] in communes:
        row, first = page.row(PLANTED["merged_row"]), page.columns["q1"]
        page.sheet.merge_cells(start_row=row, end_row=row, start_column=first, end_column=first + 3)
    for code in set(communes) & set(PLANTED["removed_rows"]):
        page.sheet.delete_rows(page.row(code))


def _cells(row: Row) -> dict[str, Typed]:
    quarters = {f"q{number}": value for number, value in enumerate(row.quarters, 1)}
    return {"form": row.form, **quarters, "attendance": row.attendance, "note": row.note}


def random_row(rng: Random, maintains: bool, early: bool) -> Row:
    """A commune that surely maintains communication, or surely does not, also if quarter IV was not
    over (early).
    """
    active = (
        rng.choice((3, 4, 4)) if maintains else rng.choice((0, 1, 1) if early else (0, 1, 2, 2))
    )
    quarters = set(rng.sample(range(4), active))
    sessions = [rng.randint(1, 6) if quarter in quarters else 0 for quarter in range(4)]
    attendance = sum(rng.randint(30, 150) for _ in range(sum(sessions)))
    form = rng.choice((TALK, TALK, LOUDSPEAKER, LEAFLET, SHOW))
    return Row(
        "yes" if maintains else "no",
        sessions,
        attendance,
        form,
    )


def integration(page: Page, district: str, plan: Plan, rng: Random) -> None:
    """Fill the programmes; money and words at random."""
    for item, (document, carried_out) in zip(
        page.layout.items, PLANTED["integration"][district], strict=False
    ):
        done = str(carried_out).casefold() == "có"
        values: dict[str, Typed] = {"document": document, "carried_out": carried_out}
        if document is not None or carried_out is not None:
            values |= {
                "content": rng.choice(PLANTED["content"]) if done else None,
                "budget": rng.randint(5, 40) if done else 0,
            }
        page.put(page.row(item.code), values)


def harm_reduction(page: Page, district: str, plan: Plan, rng: Random) -> None:
    """Fill the activities of the planted limbs at random, zeros elsewhere."""
    for item in page.layout.items:
        active, reached = item.code[:3] in PLANTED["limbs"][district], PLANTED["reached"][item.code]
        usual = (0, 0, 1, 1) if reached[1] < 5 else (0, 1, 1, 2, 3)
        counts = [rng.choice(usual) if active else 0 for _ in range(4)]
        if active and item.code.endswith(".1"):
            counts[1] = rng.randint(1, 4)  # at least one activity in each limb
        persons = sum(rng.randint(*reached) for _ in range(sum(counts)))
        page.put(
            page.row(item.code),
            {f"q{n}": count for n, count in enumerate(counts, 1)} | {"persons": persons},
        )


def support_model(page: Page, reporter: str, plan: Plan, rng: Random) -> None:
    """Fill the planted line, or the statement that there is none."""
    page.put(page.first, PLANTED["models"].get(reporter, {"name": page.layout.none_statement}))


def media(page: Page, province: str, plan: Plan, rng: Random) -> None:
    """Fill the months of the provincial outlets; the optional row is left as it is."""
    for item in (item for item in page.layout.items if not item.optional):
        for month in range(1, 13):
            only_portal = month == PLANTED["portal_only_month"] and item.code != PLANTED["portal"]
            quiet = month == PLANTED["silent_month"] or only_portal
            page.put(page.row(item.code), {f"m{month}": 0 if quiet else rng.randint(1, 5)})


def enforcement(page: Page, reporter: str, plan: Plan, rng: Random) -> None:
    """Fill the planted cases, with persons and fines that agree with them."""
    for number, (administrative, criminal, pending) in enumerate(PLANTED["cases"][reporter], 1):
        cases = administrative + criminal + pending
        selling = sum(rng.choice((1, 1, 2)) for _ in range(cases))
        buying = sum(rng.choice((1, 1, 2)) for _ in range(cases))
        fines = sum(rng.choice((0.75, 1.5, 2.5, 5)) for _ in range(administrative))
        premises = rng.randint(0, 2) if cases else 0
        counts = [rng.randint(4, 15), premises, cases, administrative, criminal, pending]
        counts += [selling + buying + criminal, selling, buying, criminal]
        for row, value in enumerate([*counts, fines], 1):
            page.put(page.row(f"6.{row}"), {f"q{number}": value})


FILLERS = {
    "communication": communication,
    "integration": integration,
    "harm_reduction": harm_reduction,
    "support_model": support_model,
    "media": media,
    "enforcement": enforcement,
}


def particulars(workbook: Workbook, reporter: str, plan: Plan) -> None:
    """Fill the first sheet: dates, office, and the mark that the figures are made up."""
    info = plan.form.info
    sheet = workbook[info.sheet]
    labels = {sheet.cell(row, 1).value: row for row in range(1, sheet.max_row + 1)}
    body = "Sở" if reporter == plan.province else "Phòng"
    dates = PLANTED["dates"][reporter]
    office = f"{body} Lao động - Thương binh và Xã hội {plan.register.inline_name[reporter]}"
    for key, value in (
        ("cutoff", dates["cutoff"]),
        ("sent", dates["sent"]),
        ("office", office),
        ("illustrative", plan.form.yes_word),
    ):
        sheet.cell(labels[info.labels[key]], 2).value = value


def filled_return(plan: Plan, reporter: str) -> bytes:
    """The workbook of one reporter."""
    rng = Random(
        f"{PLANTED['seed']} {reporter}"
    )  # each its own, so that a change to one leaves the others alone
    workbook = load_workbook(io.BytesIO(blank_return(plan, reporter)))
    particulars(workbook, reporter, plan)
    for layout in plan.sheets_of(reporter):
        page = Page(workbook[layout.name], plan.form, layout)
        if {"reporter": reporter, "objective": layout.objective} != PLANTED["untouched"]:
            FILLERS[layout.objective](page, reporter, plan, rng)
        for code, objective, row, column, value in PLANTED["cells"]:
            if (code, objective) == (reporter, layout.objective):
                page.put(page.row(row), {column: value})
        for code in PLANTED["numeric_codes"] if layout.rows == "communes" else ():
            if plan.register.parent[code] == reporter:
                page.put(page.row(code), {"unit": int(code)})
    workbook.properties.created = workbook.properties.modified = datetime(2017, 1, 1)
    buffer = io.BytesIO()
    workbook.save(buffer)
    return repack_zip(buffer.getvalue(), {"docProps/core.xml": _undated})


def _undated(part: bytes) -> bytes:
    return re.sub(rb"(<dcterms:modified[^>]*>)[^<]*", rb"\g<1>2017-01-01T00:00:00Z", part)


def write_returns(folder: Path) -> list[Path]:
    """Write every return into `folder`; a file that is there is replaced."""
    plan = load_plan(PLAN)
    written = []
    for reporter, name in plan.reporters.folder.drop(PLANTED["missing"]).items():
        written.append(folder / f"{name}.xlsx")
        write_atomic(written[-1], filled_return(plan, reporter))
    return written


if __name__ == "__main__":
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else paths.returns_folder(PLAN)
    print(f"{len(write_returns(target))} workbooks in {target}")
