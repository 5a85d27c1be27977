"""Put the workbooks of one reporter together in the form's layout, before they are read.

Of each cell the latest filled version counts; where the versions differ, `version_issues` says what
has to be confirmed, and the cell is contradictory until it is.
"""

from collections import Counter
from collections.abc import Container, Mapping, Sequence
from typing import NamedTuple

from pcmd_eval.intake.carry_over import CarriedSheet, carry_book
from pcmd_eval.intake.cell import OWN_ISSUE, Cell
from pcmd_eval.intake.cell_versions import VersionReader, Versions
from pcmd_eval.intake.confirmations import NOTHING, Confirmations
from pcmd_eval.intake.issues import Issue, SentReturn
from pcmd_eval.intake.workbook import Page, SentBook
from pcmd_eval.plan.plan import Plan
from pcmd_eval.plan.sheet import Sheet
from pcmd_eval.util.cell_ranges import Position
from pcmd_eval.util.spelling import fold

IN_DOUBT = 0


class RowKey(NamedTuple):
    """The key of a row in every file: code of item or commune, form of activity or model.

    Of a row that matches nothing `name` is all that its labels say. `occurrence`: 2 for the second
    row of the same, IN_DOUBT where code and label disagree.
    """

    matched: str
    name: str
    occurrence: int


class Overlay:
    """The workbooks of a reporter, in the order of sending, as one workbook to read.

    `sheets`: by name, those of the form in its layout, then the others; `issues`: where the files
    differ; `resent`: (file, sheet) of each sheet whose filled rows all stand in later files, too;
    `unordered`: the files with a cell of which it is not known whether it is the latest.
    """

    dropped = ()

    def __init__(
        self, plan: Plan, files: Sequence[SentReturn], confirmations: Confirmations = NOTHING
    ) -> None:
        self._plan, self._last, self._unit = plan, _book_of(files[-1]), files[0].reporter
        self.resent: set[tuple[str, str]] = set()
        form_sheets = self.form_sheets = {sheet.name: sheet for sheet in plan.sheets_of(self._unit)}
        reader = VersionReader(plan, files)
        versions = {name: Versions(reader, sheet) for name, sheet in form_sheets.items()}
        combined: dict[str, CarriedSheet] = {}
        copies = 0  # annotated returns among the later files
        for file in reversed(files):
            for name, older in self._carry(file).items():
                newer = combined.setdefault(name, older)
                if newer is not older and name in form_sheets:
                    self._add_older(versions[name], newer, older, file, is_in_copy=copies > 0)
                elif newer is not older:
                    newer.add_below(older)
            copies += file.is_copy
        names = dict.fromkeys([plan.form.info.sheet, *form_sheets, *combined])
        self.sheets = {name: combined[name] for name in names if name in combined}
        self.issues: list[Issue] = []
        self.unordered = reader.unordered
        for name in [name for name in form_sheets if name in combined]:
            self.issues += versions[name].settle(combined[name], confirmations)

    # -- what `read_sheets` asks of a workbook -----------------------------------------------------

    @property
    def visible(self) -> list[str]:
        """Return the titles of the last file's visible worksheets."""
        return self._last.visible

    def pages(self, name: str) -> list[Page]:
        """Return the sheet of the form with that name, unless every file lacks it."""
        row, columns = self._plan.form.header_row, self.form_sheets[name].columns
        headers = {(row, at): Cell("", column.header) for at, column in enumerate(columns, 1)}
        return [Page(headers | self.sheets[name].cells)] if name in self.sheets else []

    # -- an earlier file below the later ones ------------------------------------------------------

    def _carry(self, file: SentReturn) -> dict[str, CarriedSheet]:
        """Return the sheets of a file as its own reading believes them.

        A figure merged over several cells, or in a row that is in doubt, is marked; a sheet that
        stands twice, or whose table is moved, is not read.
        """
        sheets = carry_book(self._plan, self._unit, file.file, _book_of(file))
        states = {(cell.sheet, cell.cell): cell.state for cell in file.own_cells}
        values = {(issue.sheet, issue.cell) for issue in file.issues if issue.rule == "unreadable"}
        unread = {issue.sheet for issue in file.issues if issue.rule in ("header", "sheet")}
        for name, sheet in sheets.items():
            if name in unread:
                sheet.cells.clear()
                sheet.filled.clear()
            for at, cell in sheet.cells.items():
                place = name, cell.address
                if states.get(place) == "unreadable" and place not in values:
                    sheet.cells[at] = cell._replace(display_issue=OWN_ISSUE)
                elif states.get(place) == "contradictory":
                    sheet.cells[at] = cell._replace(doubt="contradictory")
        return sheets

    def _add_older(
        self,
        versions: Versions,
        newer: CarriedSheet,
        older: CarriedSheet,
        file: SentReturn,
        is_in_copy: bool,
    ) -> None:
        """Add the filled rows of an earlier file, and its cells where the later ones are blank.

        A row goes into the one with the same key, else into one of the same item or commune (or
        line) without entries, else below the last. One in doubt goes there, too, unless the others
        are known to be later. One that matches nothing goes where a later file has filled its
        place. `is_in_copy`: a later file is an annotated return, which held all
        rows.
        """
        sheet = versions.sheet
        if sheet.rows == "lines":
            self._settle_statement(versions, newer, older, file, is_in_copy)
        newer_keys, newer_rows = self._row_keys(sheet, newer), _rows_with_entries(sheet, newer)
        taken = {key: row for row, key in newer_keys.items() if row in newer_rows}
        free = _free_rows(newer_keys, newer_rows)
        last = max(newer_keys, default=self._plan.form.first_row - 1)
        target_rows: dict[int, int] = {}
        older_rows = _rows_with_entries(sheet, older)
        resent = []
        later_files = {cell.file for cell in newer.cells.values()}
        # Of a sheet that is not read, no row is in doubt.
        is_order_known = not older.cells or versions.are_later(file.file, later_files)
        for row, key in _sort_matches(self._row_keys(sheet, older), taken):
            is_doubtful = key.occurrence == IN_DOUBT and not is_order_known
            if row not in older_rows and not older.filled[row] and not is_doubtful:
                continue
            is_twice = sheet.rows == "items" and key.occurrence > 1
            target = 0
            if is_order_known or not (is_doubtful or is_twice):
                target = _find_row(taken, key) or free.pop(key.matched, 0)
            is_further = sheet.rows == "communes" and target in target_rows.values()
            if is_further and key.occurrence != IN_DOUBT:
                target = 0  # two rows of one file are no versions of each other
            place = target or (row if not key.matched else 0)
            filled = max(older_rows[row], older.filled[row])
            is_resent = not is_doubtful and newer_rows[place] >= filled
            resent.append(is_resent)
            if not target and (is_in_copy or (is_resent and sheet.rows != "lines")):
                continue
            if not target:
                last = target = last + 1
            target_rows[row] = target
            if key.occurrence != IN_DOUBT:
                taken[key] = target
            if key.matched or sheet.rows == "lines":  # a total is no data: none is asked about
                versions.add(key.matched, newer, older, row, target)
        if is_in_copy or (older_rows and all(resent)):
            self.resent.add((file.file, sheet.name))
        newer.add_below(older, target_rows)

    def _row_keys(self, sheet: Sheet, carried: CarriedSheet) -> dict[int, RowKey]:
        """Return the key of each row of data."""
        naming = {"communes": "form", "lines": "name"}.get(sheet.rows)
        name_column = sheet.columns.index(sheet.column(naming)) + 1 if naming else 0
        keys = {}
        occurrences: Counter[tuple[str, str]] = Counter()
        for row, match in sorted(carried.matches.items()):
            name = carried.cells.get((row, name_column), Cell(""))
            about = (match.likely, fold(name.text))
            if not match.likely and sheet.rows != "lines":
                about = ("", fold(f"{match.code} {match.label} {name.text}"))
            is_in_doubt = bool(match.likely) and not match.matched
            occurrences[about] += not is_in_doubt
            keys[row] = RowKey(*about, IN_DOUBT if is_in_doubt else occurrences[about])
        return keys

    def _settle_statement(
        self,
        versions: Versions,
        newer: CarriedSheet,
        older: CarriedSheet,
        file: SentReturn,
        is_in_copy: bool,
    ) -> None:
        """Drop an earlier statement that there is no model, or the models before a later one.

        Where it is not known which is the later, both stay, and the sender is asked.
        """
        lines, models = versions.find_lines(newer), versions.find_lines(older)
        later_files = {cell.file for (row, _), cell in newer.cells.items() if row in lines}
        if not later_files or not versions.are_later(file.file, later_files):
            return
        for position, _ in self._find_denials(older):
            older.drop(position)
        denials = self._find_denials(newer)
        for position, cell in [*older.cells.items()] if denials else ():
            if position[0] in models:
                older.drop(position)
                if position[1] == 2 and not is_in_copy:
                    versions.add_model(cell, *denials[0])

    def _find_denials(self, sheet: CarriedSheet) -> list[tuple[Position, Cell]]:
        """Return the cells of the first two columns that state that there is no model."""
        denies = self._plan.form.grammar.denies
        return [(at, cell) for at, cell in sheet.cells.items() if at[1] < 3 and denies(cell.text)]


def _book_of(file: SentReturn) -> SentBook:
    """Return the workbook of a file that could be read: another one is laid over nothing."""
    assert file.book, file.file
    return file.book


def _rows_with_entries(sheet: Sheet, carried: CarriedSheet) -> Counter[int]:
    """Return the number of filled cells, in columns that reporters fill in, of each row."""
    entries = [at for at, column in enumerate(sheet.columns, 1) if column.is_entry]
    filled = [(row, at) for (row, at), cell in carried.cells.items() if not cell.is_blank]
    return Counter(row for row, at in filled if at in entries)


def _free_rows(keys: Mapping[int, RowKey], rows_with_entries: Container[int]) -> dict[str, int]:
    """Return the first row without entries of each item or commune, but for rows in doubt."""
    is_free = {row: row not in rows_with_entries for row in keys}
    rows = [row for row, key in keys.items() if is_free[row] and key.occurrence != IN_DOUBT]
    return {keys[row].matched: row for row in reversed(rows)}


def _sort_matches(keys: Mapping[int, RowKey], taken: Container[RowKey]) -> list[tuple[int, RowKey]]:
    """Return rows and keys, first those with a row of their own, last those in doubt."""
    return sorted(
        keys.items(), key=lambda item: (item[1].occurrence == IN_DOUBT, item[1] not in taken)
    )


def _find_row(taken: Mapping[RowKey, int], key: RowKey) -> int:
    """Return the row with a key; of a commune or item also the only one with or without a name."""
    if key in taken or not key.matched:
        return taken.get(key, 0)
    like = {
        row
        for other, row in taken.items()
        if other.matched == key.matched
        and other.name in ("", key.name or other.name)
        and other.occurrence != IN_DOUBT
    }
    return like.pop() if len(like) == 1 else 0
