"""Compare two evaluated sets: findings.csv and observations.csv, merged by their keys."""

import pandas as pd

from pcmd_eval.analysis.trace import cell_captions
from pcmd_eval.evaluation.findings import FINDING_DTYPES, FINDING_KEY
from pcmd_eval.evaluation.observations import OBSERVATION_KEY, load_tables
from pcmd_eval.plan.plan import Plan
from pcmd_eval.util.errors import InputRefused
from pcmd_eval.util.files import read_csv
from pcmd_eval.util.paths import OutputFolders
from pcmd_eval.util.verdicts import VERDICT_LABELS
from pcmd_eval.util.vocabulary import ANSWER_LABELS, CELL_STATE_LABELS, SCENARIO_SUFFIX

_ADDRESS = ["file", "sheet", "cell"]
_CONTENT = ["value", "state", "raw"]
_MAX_CELLS = 40  # lines of cells that are printed; more are counted
_ANSWER_WORDS = {code: label.capitalize() for code, label in ANSWER_LABELS.items()}


def diff(plan: Plan, old: OutputFolders, new: OutputFolders) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the findings and the cells that differ between two sets.

    Findings: the columns of findings.csv, and each but the key again as `<column>_before`. Cells:
    `objective`, `reporter`, `unit_code`, `item`, `period`, and `file`, `sheet`, `cell`, `value`,
    `state`, `raw`, each again as `<column>_before`. All string; <NA> where a set has no such row.
    Raises InputRefused for a set of another plan.
    """
    old_findings, new_findings = _read_findings(plan, old), _read_findings(plan, new)
    compared = [column for column in FINDING_DTYPES if column not in (*FINDING_KEY, "plan")]
    findings = _list_changes(old_findings, new_findings, compared)
    cells = _list_changes(_read_cells(plan, old), _read_cells(plan, new), _CONTENT)
    return findings, cells.drop(columns="occurrence")


def _list_changes(old: pd.DataFrame, new: pd.DataFrame, compared: list[str]) -> pd.DataFrame:
    """Return the rows of two tables, merged by their indexes, that differ in a compared column."""
    keys = new.index.union(old.index, sort=False)
    before, now = old.reindex(keys), new.reindex(keys)
    differs = (before[compared].fillna("") != now[compared].fillna("")).any(axis=1)
    return now.join(before.add_suffix("_before"))[differs].reset_index()


def _read_findings(plan: Plan, folders: OutputFolders) -> pd.DataFrame:
    """Return findings.csv as text, by unit and objective. Raises InputRefused for another plan's."""
    findings = read_csv(folders.internal / "findings.csv", dict.fromkeys(FINDING_DTYPES, "string"))
    for name, year in zip(findings.plan, findings.year, strict=True):
        if (name.removesuffix(SCENARIO_SUFFIX), year) != (plan.plan, str(plan.year)):
            raise InputRefused(
                f"Không so được: một bộ được đánh giá theo Kế hoạch {name} năm {year}, "
                f"không phải {plan.plan} năm {plan.year}. Chỉ so hai bộ của cùng một kế hoạch; "
                "ghi --plan của kế hoạch đó. "
                "Muốn so với năm trước: ghi khóa “previous” trong tệp kế hoạch rồi chạy "
                "“pcmd-eval run”, xem changes.csv."
            )
    return findings.set_index(FINDING_KEY)


def _read_cells(plan: Plan, folders: OutputFolders) -> pd.DataFrame:
    """Return the cells of a set as text; by their key, and a count from 0 of those that share it
    (in rows with the same code).
    """
    cells, _ = load_tables(folders.internal, plan)
    occurrence = cells.groupby(OBSERVATION_KEY).cumcount().rename("occurrence")
    cells = cells.set_index([*OBSERVATION_KEY, occurrence])
    return cells[[*_ADDRESS, *_CONTENT]].astype("string")


# ---- in words ------------------------------------------------------------------------------------


def diff_lines(plan: Plan, findings: pd.DataFrame, cells: pd.DataFrame) -> list[str]:
    """Return what `diff` found in words: a line for each finding, then one for each cell."""
    lines = []
    for row in findings.itertuples():
        old = _verdict_and_counts(
            row.plan_before, row.verdict_before, row.low_before, row.high_before
        )
        new = _verdict_and_counts(row.plan, row.verdict, row.low, row.high)
        name = plan.register.full_name[row.unit_code]
        lines.append(f"{name}, {plan[row.objective].title}: {old} → {new}")
    lines = lines or ["Không có kết luận nào khác."]
    if cells.empty:
        return [*lines, "Không có ô nào khác."]
    places = cells.assign(
        **{name: cells[name].fillna(cells[f"{name}_before"]) for name in _ADDRESS}
    )
    before = cells[[f"{name}_before" for name in _CONTENT]].set_axis(_CONTENT, axis=1)
    captions = cell_captions(plan, places, cells.unit_code)
    cell_lines = [*(captions + ": " + _cell_texts(before) + " → " + _cell_texts(cells))]
    lines += [f"{len(cells)} ô khác nhau:", *cell_lines[:_MAX_CELLS]]
    if len(cells) > _MAX_CELLS:
        lines.append(f"và {len(cells) - _MAX_CELLS} ô khác")
    return lines


def _verdict_and_counts(plan_name: str, verdict: str, low: str, high: str) -> str:
    """Return a finding as text, "Đạt (5 đến 6)"; that of a scenario says so."""
    if pd.isna(verdict):
        return "không có"
    if pd.isna(low):
        counts = ""
    elif pd.isna(high):
        counts = f" ({low} trở lên)"
    elif low == high:
        counts = f" ({low})"
    else:
        counts = f" ({low} đến {high})"
    return VERDICT_LABELS[verdict] + counts + SCENARIO_SUFFIX * plan_name.endswith(SCENARIO_SUFFIX)


def _cell_texts(cells: pd.DataFrame) -> pd.Series:
    """Return what stands in each cell, with its state unless it is reported: "9 (chưa khớp)"."""
    labels = cells.state.map(CELL_STATE_LABELS).fillna(CELL_STATE_LABELS["absent"])
    contents = cells.value.replace(_ANSWER_WORDS).fillna(cells.raw)
    with_state = (contents + " (" + labels + ")").fillna(labels)
    return contents.where((cells.state == "reported").fillna(False), with_state)
