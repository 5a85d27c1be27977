"""Match the rows of several files of one reporter, and name them alike.

Items are matched by code; a commune's rows by form of activity, a row without form being the
commune's only one; models by name, and by type where a name stands twice in a file.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping
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
    """Return the row and the column that an item names ("2.1:document"); quarters name no column."""
    if cell.period != "Y":
        return cell.item, ""
    row, _, column = cell.item.rpartition(":")
    return row, column


def match_rows(sheet: Sheet, files: list[list[Observation]]) -> list[list[str]]:
    """Return for each cell of each file what identifies its row in every file.

    Items: the code. Communes: the folded form of activity. Lines: the model.
    """
    ways = {"communes": _commune_rows, "lines": _model_rows}
    return ways.get(sheet.rows, _item_rows)(files)


def _item_rows(files: list[list[Observation]]) -> list[list[str]]:
    return [[split_item(cell)[0] for cell in cells] for cells in files]


def _commune_rows(files):
    """Return the folded form of each row; a row without one is the commune's only other row."""
    forms = defaultdict(set)
    for cell in (cell for cells in files for cell in cells):
        forms[cell.unit_code].add(fold(split_item(cell)[0]))
    only = {unit: max(names) for unit, names in forms.items() if len(names - {""}) == 1}
    return [
        [fold(split_item(cell)[0]) or only.get(cell.unit_code, "") for cell in cells]
        for cells in files
    ]


def _model_rows(files):
    """Return the model of each line: its name, its type where the name stands twice, its turn."""
    lines = [_lines_of(cells) for cells in files]
    names = [Counter(name for name, _ in of_file.values()) for of_file in lines]
    keys = []
    for of_file, cells in zip(lines, files, strict=True):
        turns, by_row = Counter(), {STATEMENT: STATEMENT}
        for row, (name, kind) in of_file.items():
            repeated = not name or any(counted[name] > 1 for counted in names)
            model = f"{name}|{kind}" if repeated else name
            turns[model] += 1
            by_row[row] = f"{model}|{turns[model]}"
        keys.append([by_row[split_item(cell)[0]] for cell in cells])
    return keys


def _lines_of(cells):
    """Return folded name and type of each line of models, by its row."""
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


def name_rows(sheet: Sheet, merged: Mapping[CellKey, list[Observation]]) -> list[Observation]:
    """Return the observations, those of one row under one item, and models numbered anew."""
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
