"""Read the sheet `Thông tin`: reporter, plan and year, cut-off and day of sending."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

import pandas as pd

from pcmd_eval.evaluation.states import Place
from pcmd_eval.office.intake.cell import Cell
from pcmd_eval.office.intake.cell_parsers import Reading, read_cell
from pcmd_eval.office.intake.issues import SentFile
from pcmd_eval.office.intake.workbook import SentBook
from pcmd_eval.plan.form import Info, Particular, months_of
from pcmd_eval.plan.plan import Plan
from pcmd_eval.plan.register import has_type, match_name
from pcmd_eval.util.days import read_last_day
from pcmd_eval.util.formatting import lowercase_first
from pcmd_eval.util.spelling import fold
from pcmd_eval.util.vocabulary import PERIOD_LABELS


def read_particulars(file: SentFile, plan: Plan, book: SentBook) -> None:
    """Fill in the return's reporter, its days, and whether it is illustrative, and add the issues
    of the sheet.

    A return of another plan, year, form or unit is refused, with all reasons at once.
    """
    form, info = plan.form, plan.form.info
    if len(book.pages(info.sheet)) != 1:
        file.refuse("particulars", info.sheet)
        return
    cells = file.cover = _find_cells(info, book)
    days = {key: read_cell(_with_last_day(cells[key]), "date", form) for key in info.days}
    reporter = _find_reporter(plan, cells["code"].text)
    file.reporter = reporter or file.reporter  # else the unit in the file's name
    file.cutoff = days["cutoff"].value
    file.day = file.sent = days["sent"].value
    file.late = file.sent > plan.rules["deadline"].value.isoformat()
    file.illustrative = fold(cells["illustrative"].text) == fold(form.yes_word)
    version = fold(cells["version"].text)
    file.version = next((one for one in form.versions if version == str(one)), 0)
    for key, expected in _find_mismatches(plan, file, reporter):
        cell, label = cells[key], info.labels[key]
        facts = {"page": info.sheet, "label": label, "quoted": cell.quoted, "expected": expected}
        file.refuse(key, cell.address, cell=cell, column=label, sheet=info.sheet, **facts)
    if file.state:
        return
    for key, rule, facts in _find_doubts(plan, cells, days, file):
        file.add_cover_issue(rule, info, key, **facts)


def _with_last_day(cell: Cell) -> Cell:
    """Replace a text such as “từ 1/1 đến 31/12/2026” by its last day, a date; keep other cells."""
    day = read_last_day(cell.text) if isinstance(cell.value, str) else None
    return cell._replace(value=day) if day and not cell.display_issue else cell


def check_days(file: SentFile, plan: Plan) -> None:
    """Add the issues of days that an Excel in English may have swapped with their months.

    Signs of it: numbers in a quarter or month that begins after the cut-off; a day of sending long
    after the cut-off.
    """
    info = plan.form.info
    if not file.cutoff.startswith(str(plan.year)):  # has its own issue
        return
    cutoff = date.fromisoformat(file.cutoff)
    later_cells = [
        cell
        for cell in file.observations
        if cell.period != "Y"
        and cell.state == "reported"
        and cell.value != "0"
        and min(months_of(cell.period)) > cutoff.month
    ]
    if later_cells:
        first = later_cells[0]
        file.add_cover_issue(
            "cutoff-figures",
            info,
            "cutoff",
            doubted=map(Place.of, later_cells),
            written=file.cover["cutoff"].quoted,
            cutoff=file.cutoff,
            period=lowercase_first(PERIOD_LABELS[first.period]),
            where=f"{first.sheet}, ô {first.cell}",
        )
    days_after = (date.fromisoformat(file.sent) - cutoff).days if file.sent else 0
    if days_after > info.sent_within:
        written = file.cover["sent"].quoted
        file.add_cover_issue(
            "sent-far", info, "sent", written=written, sent=file.sent, days=days_after
        )


def _find_cells(info: Info, book: SentBook) -> dict[Particular, Cell]:
    """Return the cell of each particular; of several rows with its label the first one counts."""
    [page] = book.pages(info.sheet)
    cells = sorted(page.cells.items(), reverse=True)
    rows = {fold(cell.text): row for (row, column), cell in cells if column == 1}
    found = {key: rows.get(fold(label)) for key, label in info.labels.items()}
    return {key: page.at(row, 2) if row else Cell("") for key, row in found.items()}


def _expected_code(plan: Plan, name: str, unit_in_name: str) -> str:
    """Word the expected code, for a message: that of the unit on the cover, else that of
    `unit_in_name` (of the file, "" if none).
    """
    units = match_name(name, plan.reporters).index if name else []
    unit = units[0] if len(units) == 1 else unit_in_name
    if unit:
        return f"{plan.register.full_name[unit]} mang mã {unit}"
    return "Ghi mã có sẵn trong biểu mẫu do Sở gửi"


def _find_mismatches(
    plan: Plan, file: SentFile, reporter: str
) -> Iterator[tuple[Particular, object]]:
    """Yield (key, expected value) of each particular that contradicts the form or the plan.

    `reporter`: that of the code on the cover, "" if none.
    """
    cells = file.cover
    if not file.version:
        yield "version", plan.form.version
    expected_values: dict[Particular, object] = {"plan": plan.plan, "year": plan.year}
    for key, expected in expected_values.items():
        if fold(cells[key].text) != fold(expected):
            yield key, expected
    if not reporter:
        yield "code", _expected_code(plan, cells["name"].text, file.reporter)


def _find_reporter(plan: Plan, code: str) -> str:
    """Return the reporter with that code, else ""; digits are padded: Excel turns 07 into 7."""
    widths = {*plan.reporters.index.str.len()} if code.isdigit() else ()
    matches = plan.reporters.index.intersection([code, *(code.zfill(width) for width in widths)])
    return str(matches[0]) if len(matches) == 1 else ""


def _find_doubts(
    plan: Plan,
    cells: Mapping[Particular, Cell],
    days: Mapping[Particular, Reading],
    file: SentFile,
) -> Iterator[tuple[Particular, str, dict[str, Any]]]:
    """Yield (key, rule, facts for the message) of each particular that the sender is asked about.

    These are another unit's name, a day that is blank or unreadable, a cut-off in another year, a
    day of sending before it, and a mark that is neither yes, no nor blank.
    """
    name, row = cells["name"], plan.reporters.loc[[file.reporter]]
    if name.text and _names_another_unit(plan, name.text, row):
        facts = {"name": name.quoted, "code": file.reporter, "full_name": row.full_name.iloc[0]}
        yield "name", "reporter-name", facts
    for key, day in days.items():
        if not day.value:
            yield key, f"{key}-date", {"written": cells[key].quoted, "why": day.issue}
    cutoff, sent = file.cutoff, file.sent
    if cutoff and cutoff[:4] != str(plan.year):
        written = cells["cutoff"].quoted
        yield "cutoff", "cutoff-year", {"written": written, "cutoff": cutoff, "year": plan.year}
    elif sent and sent < cutoff:
        written = cells["sent"].quoted
        yield "sent", "sent-before", {"written": written, "sent": sent, "cutoff": cutoff}
    mark = fold(cells["illustrative"].text)
    if mark not in ("", *map(fold, plan.form.yes_no)):
        yield "illustrative", "mark", {}


def _names_another_unit(plan: Plan, written: str, unit: pd.DataFrame) -> bool:
    """Return whether `written` ends with another unit's name and not with that of `unit` (one row).

    An office may precede the name (“Phòng LĐTBXH huyện Đoan Hùng”); text after a comma is ignored.
    """
    words = written.partition(",")[0].split()
    endings = [" ".join(words[start:]) for start in range(len(words))]
    with_type = [ending for ending in endings if has_type(ending)]  # "huyện An Bình", not "An Bình"
    candidates, units = (with_type, plan.register) if with_type else (endings, plan.reporters)
    if any(not match_name(candidate, unit).empty for candidate in candidates):
        return False
    return any(not match_name(candidate, units).empty for candidate in candidates)
