"""Put the workbooks of one reporter together, sheet by sheet and key by key, before they are read.

Of each cell the latest filled version counts; where the versions differ, `Versions.settle` says
what has to be confirmed, and the cell is contradictory until it is.
"""

from collections.abc import Mapping, Sequence

from pcmd_eval.intake.carry_over import carry_other_sheets, carry_particulars
from pcmd_eval.intake.cell_versions import Versions
from pcmd_eval.intake.confirmations import NOTHING, Confirmations
from pcmd_eval.intake.issues import Issue, SentReturn
from pcmd_eval.intake.keyed_sheet import BLANK, IN_DOUBT, KeyedSheet, RowKey, Values
from pcmd_eval.plan.plan import Plan
from pcmd_eval.util.cell_ranges import Position


class Overlay:
    """The workbooks of a reporter, in the order of sending, laid over each other.

    `tables`: the sheets of the form; `values`: what is written into our form, by sheet; `issues`:
    where the files differ; `resent`: (file, sheet) of each sheet whose filled rows all stand in
    later files, too; `unordered`: the files with a cell of which it is not known whether it is the
    latest.
    """

    def __init__(
        self, plan: Plan, files: Sequence[SentReturn], confirmations: Confirmations = NOTHING
    ) -> None:
        self._plan, self._versions = plan, Versions(plan, files)
        self._asked = {(file.file, one.sheet, one.cell) for file in files for one in file.own_cells}
        self.resent: set[tuple[str, str]] = set()
        self.unordered = self._versions.unordered
        self.tables: dict[str, KeyedSheet] = {}
        self.values: dict[str, Values] = {}
        # By sheet and file: the table, and the rows of our form to which its rows have moved.
        self._sent: dict[tuple[str, str], KeyedSheet] = {}
        self._moved: dict[tuple[str, str], dict[int, int]] = {}
        copies = 0  # annotated returns among the later files
        for file in reversed(files):
            self._add_others(file)
            for older in map(KeyedSheet.in_our_form, file.tables.values()):
                place = older.sheet.name, file.file
                newer = self.tables.setdefault(older.sheet.name, older)
                self._sent[place] = older
                if newer is not older:
                    self._moved[place] = self._add_older(newer, older, is_in_copy=copies > 0)
            copies += file.is_copy
        self.issues: list[Issue] = []
        for name, table in self.tables.items():
            self.issues += self._versions.settle(table, confirmations)
            self.values[name] = table.values()

    def position(self, sheet: str, file: str, position: Position) -> Position:
        """Return the position in our form of a cell of a file."""
        row, column = position
        if table := self._sent.get((sheet, file)):
            row -= table.rows_above
            column = table.place(table.keys.get(column, f"+{column}"))
        return self._moved.get((sheet, file), {}).get(row, row), column

    # -- an earlier file below the later ones ------------------------------------------------------

    def _add_others(self, file: SentReturn) -> None:
        """Add the values of the sheets that are not read, where the later files have none."""
        form, book = self._plan.form, file.book
        assert book, file.file  # a file that could not be read is laid over nothing
        values, rows = carry_particulars(form, book)
        self._moved[form.info.sheet, file.file] = rows
        sheets = {form.info.sheet: values} | carry_other_sheets(self._plan, file.reporter, book)
        for name, older in sheets.items():
            newer = self.values.get(name, {})
            self.values[name] = older | {
                at: value for at, value in newer.items() if value not in BLANK or at not in older
            }

    def _add_older(self, newer: KeyedSheet, older: KeyedSheet, is_in_copy: bool) -> dict[int, int]:
        """Add the filled rows of an earlier file, and its cells where the later ones are blank.

        A row goes into the one with the same key, else into one of the same item or commune (or
        line) without entries, else below the last. One in doubt goes there, too, unless the others
        are known to be later. One that matches nothing goes where a later file has filled its
        place. `is_in_copy`: a later file is an annotated return, which held all rows. Return where
        each row goes.
        """
        if newer.sheet.rows == "lines":
            self._settle_statement(newer, older, is_in_copy)
        sheet, later_rows = newer.sheet, _LaterRows(newer)
        later_files = {cell.file for cell in newer.known.values()}
        # Of a sheet that is not read, no row is in doubt.
        is_order_known = not older.cells or self._versions.are_later(older.file, later_files)
        entries, unknown = older.count_entries(), older.count_unknown()
        targets: dict[int, int] = {}
        resent = []
        for row, key in later_rows.sort(older.row_keys()):
            is_doubtful = key.occurrence == IN_DOUBT and not is_order_known
            filled = max(entries[row], unknown[row])
            if not filled and not is_doubtful:
                continue
            is_twice = sheet.rows == "items" and key.occurrence > 1
            target = 0
            if is_order_known or not (is_doubtful or is_twice):
                target = later_rows.find(key)
            is_further = sheet.rows == "communes" and target in targets.values()
            if is_further and key.occurrence != IN_DOUBT:
                target = 0  # two rows of one file are no versions of each other
            place = target or (row if not key.matched else 0)
            is_resent = not is_doubtful and later_rows.entries[place] >= filled
            resent.append(is_resent)
            if target or not (is_in_copy or (is_resent and sheet.rows != "lines")):
                targets[row] = later_rows.take(key, target)
        if is_in_copy or (entries and all(resent)):
            self.resent.add((older.file, sheet.name))
        newer.lay_over(older, targets)
        return targets

    def _settle_statement(self, newer: KeyedSheet, older: KeyedSheet, is_in_copy: bool) -> None:
        """Drop an earlier statement that there is no model, or the models before a later one.

        Where it is not known which is the later, both stay, and the sender is asked.
        """
        lines, models = self._find_lines(newer), self._find_lines(older)
        later_files = {cell.file for (row, _), cell in newer.known.items() if row in lines}
        if not later_files or not self._versions.are_later(older.file, later_files):
            return
        for denial in older.find_denials().items():
            del older.cells[denial]
        denials = [*newer.find_denials().items()]
        for row, key in older.known if denials else ():
            if row in models:
                cell = older.cells.pop((row, key))
                if key == "name" and not is_in_copy:
                    statement = newer.cells[denials[0]]
                    versions = (*statement.earlier, cell)
                    newer.cells[denials[0]] = statement._replace(earlier=versions)

    def _find_lines(self, table: KeyedSheet) -> set[int]:
        """Return the rows with a model or a statement, not those of a total or signature.

        Of these its own file was asked for no cell.
        """
        name = table.sheet.name
        return {
            row
            for (row, _), cell in table.known.items()
            if not cell.is_blank and (cell.file, name, cell.address) in self._asked
        }


class _LaterRows:
    """The rows of the later files, into which those of an earlier one go.

    `entries`: the number of filled cells of each.
    """

    def __init__(self, table: KeyedSheet) -> None:
        keys, self.entries = table.row_keys(), table.count_entries()
        self._taken = {key: row for row, key in keys.items() if row in self.entries}
        self._free = {
            key.matched: row  # the first of an item or commune
            for row, key in reversed(keys.items())
            if row not in self.entries and key.occurrence != IN_DOUBT
        }
        self._last = max(keys, default=table.form.first_row - 1)

    def sort(self, keys: Mapping[int, RowKey]) -> list[tuple[int, RowKey]]:
        """Return rows and keys, first those with a row of their own, last those in doubt."""
        return sorted(
            keys.items(),
            key=lambda item: (item[1].occurrence == IN_DOUBT, item[1] not in self._taken),
        )

    def find(self, key: RowKey) -> int:
        """Return the row that a row with this key goes into, 0 for none.

        That is the one with the same key, else the only filled row of the same commune or item if
        one of the two names is blank or both are equal, else one of it without entries, which is
        then used up.
        """
        similar = {
            row
            for other, row in self._taken.items()
            if other.matched == key.matched
            and other.name in ("", key.name or other.name)
            and other.occurrence != IN_DOUBT
        }
        if key in self._taken:
            return self._taken[key]
        return (
            similar.pop() if key.matched and len(similar) == 1 else self._free.pop(key.matched, 0)
        )

    def take(self, key: RowKey, row: int) -> int:
        """Return the row, now taken by a key; for 0 the next below the last."""
        self._last += not row
        row = row or self._last
        if key.occurrence != IN_DOUBT:
            self._taken[key] = row
        return row
