"""Hold files that may be another unit's: they do not count, and cells they would change are
doubted.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import compress

import pandas as pd

from pcmd_eval.evaluation.observations import OBSERVATIONS, Observation, split_items
from pcmd_eval.evaluation.states import Place
from pcmd_eval.office.intake.confirmations import Confirmations
from pcmd_eval.office.intake.issues import SentFile
from pcmd_eval.office.intake.ownership import OWNERSHIP_RULES, add_file_name_issue, find_other_unit
from pcmd_eval.office.intake.row_readers import STATEMENT, read_sheets, read_tables
from pcmd_eval.plan.disclosure import COMPARED_CLASSES
from pcmd_eval.plan.plan import Plan
from pcmd_eval.util.spelling import fold

Key = tuple[str, str, str, str, int]  # unit, objective, item, period, number of equal ones
Group = list[Observation]  # one filled cell, or all of a list, which counts whole


def hold_misnamed_files(
    plan: Plan, files: Sequence[SentFile], confirmations: Confirmations
) -> None:
    """Mark files of a reporter whose name holds another unit as unreadable until confirmed.

    A file counts all the same if it changes no filled cell of the reporter's files of other names,
    and either adds none to them or has figures of the reporter's communes.
    """
    unheld = [file for file in files if not file.state]
    misnamed = {file.name: unit for file in unheld if (unit := find_other_unit(plan, file))}
    others = [file for file in unheld if file.name not in misnamed] if misnamed else []
    known = {
        key: (group, other.day)
        for other in sorted(others, key=lambda other: other.day)
        for key, group in _group(plan, _compared_cells(plan, other.observations)).items()
    }
    for file in unheld:
        if not (other_unit := misnamed.get(file.name)):
            continue
        groups = _group(plan, _compared_cells(plan, file.observations))
        has_communes = any(unit != file.reporter for unit, *_ in groups)
        adds_cells = not groups.keys() <= known.keys()
        if [*_find_changed(groups, file.day, known)] or (adds_cells and not has_communes):
            add_file_name_issue(file, plan, other_unit)
            if not confirmations.find(file.issues[-1]):
                file.state = "unreadable"
                file.issues = [issue for issue in file.issues if issue.rule in OWNERSHIP_RULES]


def doubt_changed_cells(
    plan: Plan, held_files: Iterable[SentFile], observations: Mapping[str, Sequence[Observation]]
) -> None:
    """Set `doubted` in the issues of held files: the cells of each possible unit they would change.

    `observations`: those that count, by reporter, whatever their day: that of a held file is on a
    cover which may be another unit's.
    """
    for file in held_files:
        places: list[Place] = []
        for unit in sorted({file.reporter, *file.pointed_to} & observations.keys()):
            reading = SentFile(file.name, unit, book=file.book)
            read_tables(reading, plan)
            read_sheets(reading, plan)
            known = {key: (cells, "") for key, cells in _group(plan, observations[unit]).items()}
            changed = _find_changed(_group(plan, reading.observations), "", known)
            places += map(Place.of, changed)
        file.issues = [
            issue._replace(doubted=(*places,)) if issue.rule in OWNERSHIP_RULES else issue
            for issue in file.issues
        ]


def _find_changed(
    groups: Mapping[Key, Group], day: str, known: Mapping[Key, tuple[Group, str]]
) -> Iterator[Observation]:
    """Yield the known cells that a file would change: it has other content for them, and they were
    not sent after it.

    `groups`: the file's cells by key; `day`: of its sending, "" if unknown; `known`: by key, the
    known cells and their day of sending.
    """
    for key in filter(known.__contains__, groups):  # in the order of the file
        known_cells, known_day = known[key]
        is_earlier = day != "" and day < known_day
        if not is_earlier and _contents(groups[key]) != _contents(known_cells):
            yield from known_cells


def _compared_cells(plan: Plan, cells: Sequence[Observation]) -> list[Observation]:
    """Return the cells whose disclosure class is in `COMPARED_CLASSES`."""
    frame = split_items(pd.DataFrame(cells, columns=[*OBSERVATIONS], dtype="string"))
    return [*compress(cells, plan.classify(frame).isin(COMPARED_CLASSES))]


def _contents(cells: Group) -> set[tuple[str, str]]:
    """Return the folded item and the content of each cell."""
    return {(fold(cell.item), _content(cell)) for cell in cells}


def _content(cell: Observation) -> str:
    """Return the value of a cell; "~" and the folded text of a document or an unreadable cell; ""
    for the statement that there is no model, however it is worded.
    """
    if cell.item.startswith(STATEMENT):
        return ""
    return f"~{fold(cell.raw)}" if cell.value in ("", "given") else cell.value


def _group(plan: Plan, cells: Iterable[Observation]) -> dict[Key, Group]:
    """Return the filled cells by a key that is equal in all files of a unit."""
    lists = {sheet.objective for sheet in plan.form.sheets if sheet.rows == "lines"}
    groups: dict[Key, Group] = {}
    numbers: Counter[tuple[str, ...]] = Counter()  # two rows of a commune may have one form
    for cell in cells:
        if cell.state != "blank" and cell.raw:  # an unreadable one replaces a figure, too
            is_line = cell.objective in lists
            key = cell.unit_code, cell.objective, "" if is_line else fold(cell.item), cell.period
            numbers[key] += not is_line
            groups.setdefault((*key, numbers[key]), []).append(cell)
    return groups
