"""Hold files that may be another unit's: they do not count, and cells they would change are
doubted.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

import pandas as pd

from pcmd_eval.evaluation.observations import OBSERVATIONS, Observation, split_items
from pcmd_eval.evaluation.states import FILLED_STATES, Place
from pcmd_eval.office.intake.confirmations import Confirmations
from pcmd_eval.office.intake.issues import SentReturn
from pcmd_eval.office.intake.ownership import OWNERSHIP_RULES, add_file_name_issue, find_other_unit
from pcmd_eval.office.intake.row_readers import STATEMENT, read_sheets, read_tables
from pcmd_eval.plan.disclosure import COMPARED_CLASSES
from pcmd_eval.plan.plan import Plan
from pcmd_eval.util.spelling import fold

Key = tuple[str, str, str, str, int]  # unit, objective, item, period, number of equal ones


def hold_misnamed_files(
    plan: Plan, files: Sequence[SentReturn], confirmations: Confirmations
) -> None:
    """Mark files of a reporter whose name holds another unit as unreadable until confirmed.

    A file counts all the same if it changes no cell of the reporter's other files, and either fills
    none or has rows of communes.
    """
    for file in files:
        other_unit = "" if file.state else find_other_unit(plan, file)
        if not other_unit:
            continue
        others = [other for other in files if other is not file and not other.state]
        others.sort(key=lambda other: other.day)
        known = {
            key: (cell, other.day) for other in others for key, cell in _keyed(other.observations)
        }
        has_own_rows = any(cell.unit_code != file.reporter for cell in file.observations)
        compared = _compared_cells(plan, file.observations)
        is_fill = any(key not in known for key, _ in _keyed(compared))
        if [*_changed(compared, file.day, known)] or (is_fill and not has_own_rows):
            add_file_name_issue(file, plan, other_unit)
            if not confirmations.find(file.issues[-1]):
                file.state = "unreadable"
                file.issues = [issue for issue in file.issues if issue.rule in OWNERSHIP_RULES]


def doubt_changed_cells(
    plan: Plan, held_files: Iterable[SentReturn], observations: Mapping[str, Sequence[Observation]]
) -> None:
    """Set `doubted` in the issues of held files: the cells of each possible unit they would change.

    `observations`: those that count, by reporter, whatever their day.
    """
    for file in held_files:
        places: list[Place] = []
        for unit in sorted({file.reporter, *file.pointed_to} & observations.keys()):
            reading = SentReturn(file.file, unit, sent=file.sent, book=file.book)
            read_tables(reading, plan)
            read_sheets(reading, plan)
            # Without a day: never later, so that each is compared.
            known = {key: (cell, "") for key, cell in _keyed(observations[unit])}
            changed = _changed(reading.observations, reading.day, known)
            places += map(Place.of, changed)
            lists = [_lines(plan, cells) for cells in (reading.observations, observations[unit])]
            if lists[0] and lists[0].keys() != lists[1].keys():
                places += map(Place.of, lists[1].values())
        file.issues = [
            issue._replace(doubted=(*places,)) if issue.rule in OWNERSHIP_RULES else issue
            for issue in file.issues
        ]


def _changed(
    cells: Iterable[Observation], sent: str, known: Mapping[Key, tuple[Observation, str]]
) -> Iterator[Observation]:
    """Yield the cells of `known` (cell and day of sending by key) that `cells`, sent on the day
    `sent` ("" if unknown), would change: those of another content and not of a later day.
    """
    for key, cell in _keyed(cells):
        if found := known.get(key):
            other, day = found
            is_earlier = sent != "" and sent < day
            if not is_earlier and _content(cell) != _content(other):
                yield other


def _lines(plan: Plan, cells: Iterable[Observation]) -> dict[tuple[str, str], Observation]:
    """Return the filled cells of lists, which count whole, by item and content."""
    lists = {sheet.objective for sheet in plan.form.sheets if sheet.rows == "lines"}
    return {(cell.item, _content(cell)): cell for cell in _filled(cells) if cell.objective in lists}


def _compared_cells(plan: Plan, cells: Sequence[Observation]) -> list[Observation]:
    """Return the filled cells whose disclosure class is in `COMPARED_CLASSES`."""
    filled = [*_filled(cells)]
    frame = split_items(pd.DataFrame(filled, columns=[*OBSERVATIONS], dtype="string"))
    is_compared = plan.classify(frame).isin(COMPARED_CLASSES)
    return [cell for cell, compared in zip(filled, is_compared, strict=True) if compared]


def _filled(cells: Iterable[Observation]) -> Iterator[Observation]:
    return (cell for cell in cells if cell.state in FILLED_STATES)


def _content(cell: Observation) -> str:
    """Return the value to compare; for documents and cells without a value the folded text, for
    the statement of no line "".
    """
    if cell.item.startswith(STATEMENT):
        return ""
    return cell.value if cell.value not in ("", "given") else fold(cell.raw)


def _keyed(cells: Iterable[Observation]) -> Iterator[tuple[Key, Observation]]:
    """Yield the filled cells, each with a key that is equal in all files of a unit."""
    numbers: Counter[tuple[str, ...]] = Counter()  # two rows of a commune may have one form
    for cell in _filled(cells):
        key = cell.unit_code, cell.objective, fold(cell.item), cell.period
        numbers[key] += 1
        yield (*key, numbers[key]), cell
