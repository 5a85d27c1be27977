"""Compare two evaluated sets: the findings that differ, and the deciding cells that changed."""

import pandas as pd

from pcmd_eval.analysis.trace import cell_captions, is_used
from pcmd_eval.evaluation.findings import FINDING_DTYPES, FINDING_KEY
from pcmd_eval.evaluation.observations import OBSERVATION_KEY, load_tables
from pcmd_eval.evaluation.states import FILLED_STATES
from pcmd_eval.plan.plan import Plan
from pcmd_eval.util.errors import InputRefused
from pcmd_eval.util.files import read_csv
from pcmd_eval.util.formatting import format_short_date
from pcmd_eval.util.paths import OutputFolders
from pcmd_eval.util.verdicts import VERDICT_LABELS
from pcmd_eval.util.vocabulary import ANSWER_LABELS, CELL_STATE_LABELS, SCENARIO_SUFFIX

_NEW_COLUMNS = ["verdict", "low", "high", "plan"]
_OLD_COLUMNS = [f"{column}_before" for column in _NEW_COLUMNS]
_CELL_COLUMNS = [
    *("reporter", "cell_unit", "file", "sheet", "cell", "item", "period"),
    *("value_before", "value", "cutoff_before", "cutoff"),
]
DIFF_COLUMNS = ["unit_code", "unit_name", "objective", *_OLD_COLUMNS, *_NEW_COLUMNS]
DIFF_COLUMNS += _CELL_COLUMNS
_NO_CUTOFF = "chưa ghi"
_MAX_CELLS = 12  # lines of cells under a finding; more are counted
_ANSWER_WORDS = {code: label.capitalize() for code, label in ANSWER_LABELS.items()}
_WITHOUT_CELLS = (
    "không ô nào của biểu này đổi; ngày chốt số liệu, quy tắc, biểu mẫu, danh mục hoặc "
    "chương trình của hai bộ khác nhau"
)


def diff(plan: Plan, old: OutputFolders, new: OutputFolders) -> tuple[pd.DataFrame, int]:
    """Return the findings that changed and the number of changed cells that none of them lists.

    The frame has columns `DIFF_COLUMNS`, all string: a row for each changed finding and changed
    cell of its unit (for the province: of every reporter) that its objective uses, or one row with
    <NA> for the cell if none changed. Raises InputRefused for a set of another plan.
    """
    old_findings, new_findings = (_finding_texts(plan, folders) for folders in (old, new))
    old_findings = old_findings.reindex(new_findings.index, fill_value="")
    differs = (old_findings != new_findings).drop(columns="plan").any(axis=1)
    changed = new_findings.join(old_findings.add_suffix("_before"))[differs].reset_index()
    cells = _changed_cells(*(_load_cells(plan, folders) for folders in (old, new)))
    copies = [cells.assign(unit_code=cells.reporter), cells.assign(unit_code=plan.province)]
    of_units = pd.concat(copies).drop_duplicates(["unit_code", "key"])
    rows = changed.merge(of_units[of_units.is_used], on=FINDING_KEY, how="left")
    unlisted = len(cells) - rows.key.nunique()
    return rows[DIFF_COLUMNS].astype("string"), unlisted


def _finding_texts(plan: Plan, folders: OutputFolders) -> pd.DataFrame:
    """Return the findings of a set as text, by unit and objective.

    Raises InputRefused for those of another plan.
    """
    findings = read_csv(folders.internal / "findings.csv", FINDING_DTYPES)
    for name, year in zip(findings.plan, findings.year, strict=True):
        if (name.removesuffix(SCENARIO_SUFFIX), year) != (plan.plan, plan.year):
            raise InputRefused(
                f"Không so được: một bộ được đánh giá theo Kế hoạch {name} năm {year}, "
                f"không phải {plan.plan} năm {plan.year}. Chỉ so hai bộ của cùng một kế hoạch; "
                "ghi --plan của kế hoạch đó. "
                "Muốn so với năm trước: ghi khóa “previous” trong tệp kế hoạch rồi chạy "
                "“pcmd-eval run”, xem changes.csv."
            )
    return findings.astype("string").fillna("").set_index(FINDING_KEY)


def _load_cells(plan: Plan, folders: OutputFolders) -> pd.DataFrame:
    """Return the cells of a set with `is_used`, `cell_unit`, `text` (value, or raw text and
    state), `some` as text and `cutoff` in words.

    The index `key` identifies a cell in every set: `OBSERVATION_KEY` and a count from 0 of the
    cells that share it (in rows with the same code).
    """
    cells, _ = load_tables(folders.internal, plan)
    occurrence = cells.groupby(OBSERVATION_KEY, dropna=False).cumcount().astype("string")
    answers = cells.value.map(_ANSWER_WORDS).mask(cells.column.isin(["name"]))
    states = cells.state.map(CELL_STATE_LABELS)
    raw_and_state = (cells.raw + " (" + states + ")").where(cells.state.isin(FILLED_STATES))
    is_reported = cells.state == "reported"
    text = answers.fillna(cells.value).where(is_reported).fillna(raw_and_state).fillna(states)
    key = cells[OBSERVATION_KEY].fillna("").agg("|".join, axis=1) + "|" + occurrence
    contents = cells.assign(
        cell_unit=cells.unit_code,
        is_used=is_used(cells),
        text=text,
        some=cells.some.astype("string").fillna(""),
        cutoff=cells.cutoff.map(format_short_date, na_action="ignore").fillna(_NO_CUTOFF),
    )
    return contents.set_index(key.rename("key"))


def _changed_cells(old: pd.DataFrame, new: pd.DataFrame) -> pd.DataFrame:
    """Return the cells whose `text` or `some` differs between the sets.

    Columns `key`, `objective`, `is_used` (bool) and `_CELL_COLUMNS`; `value_before` and
    `value` are `text`; the cut-offs are days in words where they differ, else <NA>.
    """
    cells = new.combine_first(old)
    absent = {"text": CELL_STATE_LABELS["absent"], "some": "", "cutoff": _NO_CUTOFF}
    before, now = (one_set[[*absent]].reindex(cells.index).fillna(absent) for one_set in (old, new))
    is_changed = (before[["text", "some"]] != now[["text", "some"]]).any(axis=1)
    has_moved = before.cutoff != now.cutoff
    cells = cells.assign(
        value_before=before.text,
        value=now.text,
        cutoff_before=before.cutoff.where(has_moved),
        cutoff=now.cutoff.where(has_moved),
    )
    cells = cells[is_changed].reset_index()
    return cells[["key", "objective", "is_used", *_CELL_COLUMNS]].astype({"is_used": bool})


def diff_lines(plan: Plan, rows: pd.DataFrame) -> list[str]:
    """Return the rows of `diff` in words: a line for each finding, below it its cells."""
    captions = cell_captions(plan, rows, rows.cell_unit)
    cutoffs = " (ngày chốt số liệu " + rows.cutoff_before + " → " + rows.cutoff + ")"
    values = rows.value_before + " → " + rows.value
    texts = "  " + captions + ": " + values + cutoffs.fillna("")
    rows = rows.fillna("").assign(line=texts.fillna(f"  {_WITHOUT_CELLS}"))
    lines = []
    for (_, slug), cell_rows in rows.groupby(FINDING_KEY, sort=False):
        finding = cell_rows.iloc[0]
        old_text = _verdict_and_counts(*finding[_OLD_COLUMNS])
        new_text = _verdict_and_counts(*finding[_NEW_COLUMNS])
        lines.append(f"{finding.unit_name}, {plan[slug].title}: {old_text} → {new_text}")
        lines += [*cell_rows.line[:_MAX_CELLS]]
        if len(cell_rows) > _MAX_CELLS:
            lines.append(f"  và {len(cell_rows) - _MAX_CELLS} ô khác")
    return lines


def _verdict_and_counts(verdict: str, low: str, high: str, plan: str) -> str:
    """Return a finding as text: "Đạt (5 đến 6)"; "không có" where a set lacks it (verdict ""); that
    of a scenario says so.
    """
    label = VERDICT_LABELS.get(verdict, "không có")
    upper = f" đến {high}" if high else " trở lên"
    counts = f" ({low}{upper * (low != high)})" if low else ""
    return label + counts + SCENARIO_SUFFIX * plan.endswith(SCENARIO_SUFFIX)
