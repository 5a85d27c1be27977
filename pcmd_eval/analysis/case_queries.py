"""What the other modules of the package ask of a case."""

from functools import partial

import numpy as np
import pandas as pd

from pcmd_eval.analysis import case_rows
from pcmd_eval.analysis.case import Case, cached, filled_pairs_of
from pcmd_eval.evaluation.findings import Counts, format_counts
from pcmd_eval.util import vocabulary
from pcmd_eval.util.frames import records_of


def prepare(case: Case) -> None:
    """Compute and cache what all units share, before `Case.at` copies the case for each."""
    for slug in case.plan.by_slug:
        case.alternatives(slug)
    # Cached properties: `copy` in `Case.at` takes their values along.
    _ = case.findings, case.indicators, case.changes, case.province, case.names
    _ = case._received_returns, case._findings_by_key
    _ = filled_pairs_of(case), detected_cases_of(case)
    _ = case.plan.senders, case.plan.communes()


def all_findings(case: Case) -> pd.DataFrame:
    """Return the findings of units and province, the rows of findings.csv."""
    return case._findings


def all_indicators(case: Case) -> pd.DataFrame:
    """Return the indicators of units and province, the rows of indicators.csv."""
    return case._indicators


def all_changes(case: Case) -> pd.DataFrame:
    """Return the changes of units and province, the rows of changes.csv."""
    return case._changes


def marks_on(case: Case, *frames: pd.DataFrame | pd.Series) -> list[str]:
    """Return the marks of the case, and that of made-up figures if a frame has some, by its column
    `illustrative`.
    """
    made_up = [np.ravel(frame.get("illustrative", [])) for frame in frames]
    marks = [vocabulary.ILLUSTRATIVE_MARK] * any("yes" in {*values} for values in made_up)
    return [*dict.fromkeys([*case.marks, *marks])]


def is_internal(case: Case) -> bool:
    """Return whether the case is that of the internal edition, with exact numbers of persons."""
    return case._internal


def requests_of(case: Case) -> pd.DataFrame:
    """Return the rows of check.csv: requests and notes; none in the public edition."""
    return case._issues


def inline_name(case: Case) -> str:
    """Return the name of the unit within a sentence: huyện Đoan Hùng."""
    return case.plan.unit(case.unit).inline_name


def received_returns_of(case: Case) -> pd.DataFrame:
    """Return a row by reporter: that of the return that counts, else of its last file."""
    return case._received_returns


def rows_of_unit_code(case: Case, frame: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of a frame whose `unit_code` is this unit."""
    return frame[frame.unit_code == case.unit]


def counts_text(case: Case, findings: pd.DataFrame) -> pd.Series:
    """Return the counts of each finding as text: "5 đến 6/13 (cần 7)"."""
    texts = [counts.with_needed for counts in counts_of(case, findings)]
    return pd.Series(texts, findings.index, dtype="string")


def counts_of(case: Case, findings: pd.DataFrame) -> list[Counts]:
    """Return the counts of each row of `findings`; see `findings.format_counts`."""
    counts = []
    for row in records_of(findings):
        pair = row["unit_code"], row["objective"]
        is_silent = pair not in filled_pairs_of(case)
        counts.append(format_counts(row, is_silent, detected_cases_of(case).get(pair)))
    return counts


def detected_cases_of(case: Case) -> dict[tuple[str, str], int | None]:
    """Return `case_rows.count_detected_cases`; computed once for all units."""
    inputs = (case.plan, case.cells, all_indicators(case))
    return cached(case, detected_cases_of, partial(case_rows.count_detected_cases, *inputs))
