"""Read the sheets of an opened workbook: an observation of each cell asked for, and the issues."""

from collections.abc import Sequence
from typing import Any

from pcmd_eval.evaluation.states import Place
from pcmd_eval.office.intake.cell import Cell
from pcmd_eval.office.intake.cell_parsers import read_cell
from pcmd_eval.office.intake.confirmations import NOTHING, Confirmations
from pcmd_eval.office.intake.footer_rows import any_reported
from pcmd_eval.office.intake.issues import SentFile
from pcmd_eval.office.intake.keyed_sheet import KeyedSheet
from pcmd_eval.office.intake.row_matching import RowMatch
from pcmd_eval.office.intake.sheet_reader import SheetReader
from pcmd_eval.plan.form import Form
from pcmd_eval.plan.plan import Plan
from pcmd_eval.plan.register import has_type
from pcmd_eval.plan.sheet import Sheet
from pcmd_eval.util.spelling import fold

# The row name of the cell in which a sheet of lines states that there is no model.
STATEMENT = "none"


def read_tables(file: SentFile, plan: Plan) -> None:
    """Fill `file.tables` with a `KeyedSheet` for each sheet of the form in the workbook.

    `is_twice` marks a sheet that the workbook has more than once.
    """
    assert file.book, file.name
    for sheet in plan.sheets_of(file.reporter):
        if pages := file.book.pages(sheet.name):
            table = KeyedSheet(pages[0], plan, sheet, file.reporter)
            table.is_twice = len(pages) > 1
            file.tables[sheet.name] = table


def read_sheets(file: SentFile, plan: Plan, confirmations: Confirmations = NOTHING) -> None:
    """Add the observations and issues of the reporter's sheets; without a book all are absent."""
    for sheet in plan.sheets_of(file.reporter):
        reader = SheetReader(file, plan, sheet, confirmations)
        if sheet.rows == "lines":
            _read_model_lines(reader)
        else:
            _read_matched_rows(reader)
        reader.ask_about_links()
    if file.book and file.book.has_objects:
        file.add_issue("embedded-object", is_outside_table=True)


# -- rows of communes and of items -----------------------------------------------------------------


def _read_matched_rows(reader: SheetReader) -> None:
    """Read the rows of each commune or item; fall back to an ambiguous row if it has no other.

    An unmatched row with an entry, a known code or a commune's name is ambiguous: it gets an issue,
    and the cells of the commune or item it may belong to are unreadable.
    """
    matcher, matches = reader.table.matcher, reader.table.match_rows()
    reader.skip_footers(matched=[row for row in matches if matches[row].likely_code])
    rows: dict[str, list[int]] = {code: [] for code in matcher.names}
    ambiguous_rows: dict[str, int] = {}
    for row in reader.rows:
        match = matches[row]
        names_commune = matcher.has_communes and match.likely_code
        if match.matched in rows:
            rows[match.matched].append(row)
        elif reader.has_entry(row) or match.has_known_code or names_commune:
            _add_match_issue(reader, row, match)
            ambiguous_rows.setdefault(match.by_code, row)
            ambiguous_rows[match.by_label] = row  # the label wins over the code of another row
    read_rows = _read_commune if matcher.has_communes else _read_item
    for code, of_code in rows.items():
        ambiguous_row = ambiguous_rows.get(code, 0)  # 0: no row
        read_rows(reader, code, of_code or [ambiguous_row], ambiguous_row)


def _add_match_issue(reader: SheetReader, row: int, match: RowMatch) -> None:
    """Add the issue of a row that matches no row of this return.

    "code-name" if only one of code and label has a match, or each another one; else (neither has,
    or both mean one commune of another reporter) the `unmatched_rule` of the matcher: as its
    figures may belong to any row, all numbers of the sheet may grow.
    """
    matcher, code_column = reader.table.matcher, reader.sheet.columns[0]
    cell = reader.at(row, code_column.key)
    facts: dict[str, Any] = {"match": match, "among": matcher}
    facts["variant"] = str([*map(bool, match)])  # which parts matched decides the sentence
    if match.by_code == match.by_label:  # none, or one of another reporter
        facts["is_outside_table"] = not match.code and not has_type(match.label)
        if any(reader.is_filled(row, column) for column in reader.sheet.expected_columns):
            facts["growing"] = [Place(reader.file.reporter, "", reader.sheet.name)]
        reader.add_issue(matcher.unmatched_rule, cell, code_column.header, **facts)
    else:
        unit = (match.by_code or match.by_label) if matcher.has_communes else ""
        reader.add_issue("code-name", cell, code_column.header, unit, **facts)


def _read_commune(reader: SheetReader, code: str, rows: Sequence[int], ambiguous_row: int) -> None:
    """Read the rows of one commune; `rows`: row numbers, [0] for none; `ambiguous_row`: see
    `_read_item`.

    If a row reports a quarter, rows without one are read only where they are filled.
    """
    periodic = [column for column in reader.sheet.expected_columns if column.is_periodic]
    has_quarters = any(any_reported(reader.rows.get(r, {}), periodic, reader.form) for r in rows)
    first_rows: dict[str, int] = {}  # by form of activity; "" may mean any form
    for row in rows:
        expected = reader.sheet.expected_columns
        if has_quarters and not any(reader.is_filled(row, column) for column in periodic):
            expected = tuple(column for column in expected if reader.is_filled(row, column))
        if not expected:
            continue
        activity = reader.at(row, "form")
        name = fold(activity.text)
        same_names = first_rows.keys() if not name else first_rows.keys() & {name, ""}
        twin = min((first_rows[other] for other in same_names), default=row)
        first_rows.setdefault(name, row)
        if twin != row:
            header = reader.sheet.column("form").header
            doubts = _compare_twins(reader, twin, row)
            reader.add_issue("double-row", activity, header, code, twin=twin, **doubts)
        reader.read_row(row, code, activity.text, expected, ambiguous=bool(ambiguous_row))


def _compare_twins(reader: SheetReader, twin: int, row: int) -> dict[str, Any]:
    """Return the places `doubted` and `growing` of two rows of a commune that may be one row.

    Doubted: cells of the year, and of a period in which only one row is above 0. If both are above
    0, the larger is doubted and the smaller may only grow.
    """
    doubted, growing = list[Place](), list[Place]()
    for column in reader.sheet.expected_columns:
        cells = [reader.at(twin, column.key), reader.at(row, column.key)]
        readings = [read_cell(cell, "count", reader.form, most=column.most) for cell in cells]
        numbers = [int(reading.value or 0) for reading in readings]
        places = [reader.place(cell) for cell in cells]
        if column.is_periodic and all(numbers):
            smaller = places.pop(numbers.index(min(numbers)))
            growing.append(smaller)
        if any(numbers) or not column.is_periodic:
            doubted += places
    return {"doubted": doubted, "growing": growing}


def _read_item(reader: SheetReader, code: str, rows: Sequence[int], ambiguous_row: int) -> None:
    """Read the row of one item; `rows`: its row numbers, [0] for none.

    Its cells are ambiguous if two of its rows are filled, or if `ambiguous_row` (0: none) may be
    its row, too.
    """
    filled = [row for row in rows if reader.has_entry(row)]
    if len(filled) > 1:
        code_column = reader.sheet.columns[0]
        cell = reader.at(filled[1], code_column.key)
        reader.add_issue("double-code", cell, code_column.header, code=code, rows=filled)
    if filled or not reader.items[code].optional or reader.has_entry(ambiguous_row):
        ambiguous = bool(ambiguous_row) or len(filled) > 1
        for row in filled or rows[:1]:
            reader.read_row(
                row, reader.file.reporter, code, reader.sheet.expected_columns, ambiguous
            )


# -- lines of models -------------------------------------------------------------------------------


def _read_model_lines(reader: SheetReader) -> None:
    """Read the line of each model, or the one cell that states that there is none.

    A row is the line of a model if its type, start or operation is readable. If the statement is
    there, too, the lines are ambiguous.
    """
    sheet, form, reporter = reader.sheet, reader.form, reader.file.reporter
    line_columns = [
        column for column in sheet.expected_columns if column.kind in ("choice", "date", "yes_no")
    ]
    name_column = sheet.column("name")
    lines = [row for row, cells in reader.rows.items() if any_reported(cells, line_columns, form)]
    statements = reader.table.find_no_model_statements()
    reader.skip_footers(matched=[*lines, *statements])
    unclear = [
        row
        for row in reader.rows
        if row not in statements and row not in lines and reader.has_entry(row)
    ]
    for row in unclear:
        no_value = Cell(reader.at(row, "name").address)  # the name may be a person's
        reader.add_issue("model-name", no_value, name_column.header)
    if statements and lines:
        cell = reader.at(min(statements), "name")
        reader.add_issue("none-and-lines", cell, name_column.header, statement=sheet.none_statement)
    if lines:
        _add_unclear_lines(reader, unclear)
    for row in lines:
        cell = reader.at(row, "name")
        if row not in statements and (cell.is_blank or form.is_nameless(cell.text)):
            reader.add_issue("model-unnamed", cell, name_column.header)
        name = line_name(form, sheet, row)
        reader.read_row(row, reporter, name, sheet.expected_columns, ambiguous=bool(statements))
    if not lines:
        row = min(statements or unclear, default=form.first_row)
        cell = reader.at(row, statements.get(row, "name"))
        cell = cell if row in statements else Cell(cell.address)
        reader.add_observation(cell, reporter, STATEMENT, name_column, ambiguous=row in unclear)


def _add_unclear_lines(reader: SheetReader, rows: Sequence[int]) -> None:
    """Add unreadable observations, without content, for rows that may each be one more model."""
    for row in rows:
        name = line_name(reader.form, reader.sheet, row)
        for column in reader.sheet.expected_columns:
            no_value = Cell(reader.at(row, column.key).address)
            reader.add_observation(no_value, reader.file.reporter, name, column, ambiguous=True)


def line_name(form: Form, sheet: Sheet, row: int) -> str:
    """Return the name of a line: 4.1."""
    return f"{sheet.number}.{row - form.first_row + 1}"
