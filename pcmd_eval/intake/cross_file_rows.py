"""Match the rows of several files of one reporter, and name them alike.

Items are matched by code; a commune's rows by form of activity, a row without form being the
commune's only one; models by name, and by type where a name stands twice in a file.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence, Set
from typing import NamedTuple

from pcmd_eval.evaluation.observations import Observation
from pcmd_eval.intake.row_readers import STATEMENT
from pcmd_eval.plan.sheet import Sheet
from pcmd_eval.util.spelling import fold


class CellKey(NamedTuple):
    """The identity of a cell in every file; `row`: code, folded form of activity, or model."""

    unit_code: str
    row: str
    column: str


def split_item(cell: Observation) -> tuple[str, str]:
    """Return the row and column of an item ("2.1:document"); items of quarters have no column."""
    if cell.period != "Y":
        return cell.item, ""
    row, _, column = cell.item.rpartition(":")
    return row, column


def match_rows(sheet: Sheet, files: list[list[Observation]]) -> list[list[str]]:
    """Return a key for each cell of each file; equal keys are the same row in different files.

    Rows of items: the code. Rows of communes: the folded form of activity. Lines: the model.
    """
    key_functions = {"communes": _commune_row_keys, "lines": _model_row_keys}
    return key_functions.get(sheet.rows, _item_row_keys)(files)


def _item_row_keys(files: list[list[Observation]]) -> list[list[str]]:
    """Return the code of each cell's row."""
    return [[split_item(cell)[0] for cell in cells] for cells in files]


def _commune_row_keys(files):
    """Return the folded form of activity of each cell's row.

    A row without one takes the form of the commune's other rows, if they have only one.
    """
    forms = defaultdict(set)
    for cell in (cell for cells in files for cell in cells):
        forms[cell.unit_code].add(fold(split_item(cell)[0]))
    # The maximum is the form itself: "" sorts before it.
    only_form = {unit: max(names) for unit, names in forms.items() if len(names - {""}) == 1}
    return [
        [fold(split_item(cell)[0]) or only_form.get(cell.unit_code, "") for cell in cells]
        for cells in files
    ]


def _model_row_keys(files):
    """Return the row key of each cell on a sheet of models: the model's name and a running number.

    The type is part of the key where the name is blank or stands twice in a file.
    """
    models_by_file = [_name_and_type_by_row(cells) for cells in files]
    name_counts = [Counter(name for name, _ in models.values()) for models in models_by_file]
    keys = []
    for models, cells in zip(models_by_file, files, strict=True):
        occurrences, key_by_row = Counter(), {STATEMENT: STATEMENT}
        for row, (name, kind) in models.items():
            is_ambiguous = not name or any(counts[name] > 1 for counts in name_counts)
            model = f"{name}|{kind}" if is_ambiguous else name
            occurrences[model] += 1
            key_by_row[row] = f"{model}|{occurrences[model]}"
        keys.append([key_by_row[split_item(cell)[0]] for cell in cells])
    return keys


def _name_and_type_by_row(cells):
    """Return the folded name and the type of each model, by its row."""
    lines: dict[str, tuple[str, str]] = {}
    for cell in cells:
        row, column = split_item(cell)
        if row == STATEMENT:
            continue
        name, kind = lines.get(row, ("", ""))
        if column == "name":
            name = fold(cell.value)
        elif column == "type":
            kind = cell.value
        lines[row] = (name, kind)
    return lines


def select_commune_cells(cells: Sequence[CellKey], filled: Set[CellKey]) -> Iterator[CellKey]:
    """Yield the cells of communes that combined files are asked for, as if they were one file.

    `filled`: the cells with an entry in any file. A row without an entry counts only if its commune
    has none in any row: then its last row is asked for. Next to a row with quarters, a row without
    is asked only for the cells that it fills.
    """
    filled_rows = {(key.unit_code, key.row) for key in filled}
    filled_units = {unit for unit, _ in filled_rows}
    rows_with_quarters = {
        (key.unit_code, key.row) for key in filled if key.column.startswith(("Q", "M"))
    }
    units_with_quarters = {unit for unit, _ in rows_with_quarters}
    last_rows = {key.unit_code: key.row for key in cells}
    for key in cells:
        row = (key.unit_code, key.row)
        if key.unit_code not in filled_units:
            is_asked = key.row == last_rows[key.unit_code]
        elif key.unit_code in units_with_quarters and row not in rows_with_quarters:
            is_asked = key in filled
        else:
            is_asked = row in filled_rows
        if is_asked:
            yield key


def name_rows(sheet: Sheet, merged: Mapping[CellKey, list[Observation]]) -> list[Observation]:
    """Return the observations with one item for each matched row.

    A row takes its name from the first cell that has one; models are numbered anew.
    """
    names: dict[tuple[str, str], str] = {}
    for key, cells in merged.items():
        name = split_item(cells[0])[0]
        if sheet.rows == "lines" and key.row != STATEMENT:
            name = f"{sheet.number}.{len({**names, key[:2]: ''})}"
            name = names.get(key[:2], name)
        names[key[:2]] = name or names.get(key[:2], "")
    renamed = []
    for key, cells in merged.items():
        for cell in cells:
            row, column = names[key[:2]], split_item(cell)[1]
            renamed.append(cell._replace(item=f"{row}:{column}" if cell.period == "Y" else row))
    return renamed
