"""Hold files that may be another unit's: they do not count, and cells they would change are
doubted.
"""

from collections.abc import Iterable, Mapping, Sequence

import pandas as pd

from pcmd_eval.evaluation.observations import Observation
from pcmd_eval.evaluation.states import Place
from pcmd_eval.office.intake.confirmations import Confirmations
from pcmd_eval.office.intake.issues import SentFile
from pcmd_eval.office.intake.ownership import OWNERSHIP_RULES, add_file_name_issue, find_other_unit
from pcmd_eval.office.intake.row_readers import read_sheets, read_tables
from pcmd_eval.office.intake.versions import CELL_KEY, list_versions
from pcmd_eval.plan.disclosure import COMPARED_CLASSES
from pcmd_eval.plan.plan import Plan
from pcmd_eval.util.spelling import fold


def hold_misnamed_files(
    plan: Plan, files: Sequence[SentFile], confirmations: Confirmations
) -> None:
    """Mark files of a reporter whose name holds another unit as unreadable until confirmed.

    A file counts all the same if it changes no filled cell of the reporter's files of other names,
    and either adds none to them or has figures of the reporter's communes.
    """
    unheld = [file for file in files if not file.state]
    misnamed = {file.name: unit for file in unheld if (unit := find_other_unit(plan, file))}
    if not misnamed:
        return
    rows = _list_filled(plan, unheld)
    rows = rows[plan.classify(rows).isin(COMPARED_CLASSES)]
    known = rows[~rows.file.isin(misnamed)].sort_values("day", kind="stable")
    known = known[known["rank"] == known.groupby(CELL_KEY)["rank"].transform("last")]
    for file in (file for file in unheld if file.name in misnamed):
        sent = rows[rows.file == file.name]
        has_communes = (sent.unit_code != file.reporter).any()
        adds_cells = len(sent.merge(known[CELL_KEY].drop_duplicates())) < len(sent)
        if len(_find_changed(sent, known)) or (adds_cells and not has_communes):
            add_file_name_issue(file, plan, misnamed[file.name])
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
            counted = SentFile(observations=[*observations[unit]])
            rows = _list_filled(plan, [reading, counted])
            is_sent = rows["rank"] == 0
            places += map(Place.of, _find_changed(rows[is_sent], rows[~is_sent]).itertuples())
        file.issues = [
            issue._replace(doubted=(*places,)) if issue.rule in OWNERSHIP_RULES else issue
            for issue in file.issues
        ]


def _list_filled(plan: Plan, files: Sequence[SentFile]) -> pd.DataFrame:
    """Return the rows of `list_versions` that are filled.

    A list counts whole: its cells share a key, and all of it is their `content`.
    """
    rows = list_versions(plan, files, [])
    rows = rows[rows.filled & (rows.raw != "")]
    if rows.empty:  # `transform` refuses it
        return rows
    is_text = rows.value.isin(["", "given"])  # an unreadable 0 is not the number 0
    rows = rows.assign(content=rows.content.mask(is_text, "~" + rows.content))
    is_list = rows.layout == "lines"
    cells = rows[["name", "nth", "column", "content"]].astype("string").agg("|".join, axis=1)
    lists = cells.groupby([rows["rank"], rows.objective]).transform(
        lambda of: "\n".join(sorted(of))
    )
    return rows.assign(
        content=rows.content.mask(is_list, lists),
        name=rows["item"].map(fold).mask(is_list, ""),  # a row without a form stays its own
        nth=rows.nth.mask(is_list, 0),
        column=rows.column.mask(is_list, ""),
    )


def _find_changed(sent: pd.DataFrame, known: pd.DataFrame) -> pd.DataFrame:
    """Return the known rows that a file would change: it has other content for them, and they were
    not sent after it. `sent`: the rows of the file.
    """
    pairs = known.merge(sent.drop_duplicates(CELL_KEY), on=CELL_KEY, suffixes=("", "_sent"))
    is_earlier = (pairs.day_sent != "") & (pairs.day_sent < pairs.day)
    return pairs[~is_earlier & (pairs.content != pairs.content_sent)]
