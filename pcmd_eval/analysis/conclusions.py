"""The findings of one unit: verdicts with bars, sentences, assumptions."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import pandas as pd

from pcmd_eval.analysis import missing_data
from pcmd_eval.analysis.case import Case, is_province, missing_of
from pcmd_eval.analysis.case_queries import all_findings, counts_of, rows_of_unit_code
from pcmd_eval.analysis.show import Shown, render_html
from pcmd_eval.analysis.unit_texts import assumptions_of, describe_compared_change
from pcmd_eval.objectives.aggregation import count_parts
from pcmd_eval.objectives.registry import OBJECTIVES
from pcmd_eval.util.formatting import format_number, join_items
from pcmd_eval.util.verdicts import JUDGED_VERDICTS, OPEN_VERDICTS, VERDICT_STYLES
from pcmd_eval.util.vocabulary import NO_VALUE


class ShareBar(NamedTuple):
    """A bar, in percent of the total: `sure` (low), `possible` (high - low) and the mark `needed`.

    `words`: the counts as a sentence.
    """

    sure: float
    possible: float
    needed: float
    words: str


def share_bar(finding: Mapping[str, Any]) -> ShareBar | None:
    """Return the bar of a finding that counts parts of a total; None for models and cases."""
    total = finding["total"]
    if OBJECTIVES[finding["objective"]].aggregate is not count_parts or pd.isna(total) or not total:
        return None
    low, high, needed = (finding[name] for name in ("low", "high", "needed"))
    sure, possible, mark = (round(100 * part / total, 2) for part in (low, high - low, needed))
    texts = [format_number(int(count)) for count in (low, high, needed, total)]
    words = "Chắc chắn {}, tối đa {}, cần {}, trong tổng số {}.".format(*texts)
    return ShareBar(sure, possible, mark, words)


def conclusion(case: Case, slug: str | None = None) -> Shown:
    """Kết luận của đơn vị: kết luận, lý do, quy tắc mà nó phụ thuộc vào, số liệu còn thiếu.

        conclusion(case, "communication")

    Of one objective; where the plan sets the unit no target, the finding of the province follows.
    Without an objective a table of all, with the counts and the comparison with last year.
    """
    if slug is None:
        return _conclusion_table(case)
    cases = [case]
    if case.finding(slug).verdict not in JUDGED_VERDICTS:
        cases.append(case.at(case.plan.province))
    rows, texts = [], []
    for of_unit in cases:
        finding = of_unit.finding(slug)
        style = VERDICT_STYLES[finding.verdict]
        notes = "; ".join(filter(None, [assumptions_of(of_unit, finding), case.plan.mark]))
        note = f" ({notes})" if notes else ""
        missing = describe_missing(of_unit, slug) if finding.verdict in OPEN_VERDICTS else ""
        rows.append((finding, style, note, missing))
        verdict = f"{finding.unit_name}: {style.shape} {style.word}{note}"
        texts.append("\n".join(filter(None, [verdict, finding.reason, missing])))
    return Shown(render_html("analysis/conclusion", rows=rows), "\n\n".join(texts))


def _conclusion_table(case: Case) -> Shown:
    """Return the table of all findings of a unit.

    Notes under it: that no missing data can change a finding; the objectives that the plan does not
    ask of the unit.
    """
    findings = rows_of_unit_code(case, all_findings(case))
    is_judged = findings.verdict.isin(JUDGED_VERDICTS)
    rows = [_conclusion_row(case, finding) for _, finding in findings[is_judged].iterrows()]
    heads = ["Chỉ tiêu", "Kết luận", "Diễn giải"]
    if any(row["change"] for row in rows):
        heads.append(f"So với năm {case.plan.previous_year}")
    notes = [*filter(None, [case.plan.mark])]
    if not findings.verdict.isin(OPEN_VERDICTS).any():
        notes.append(explain_no_missing(case))
    if numbers := [str(case.plan[slug].number) for slug in findings.objective[~is_judged]]:
        listed = f"{join_items(numbers)}: {VERDICT_STYLES['not_applicable'].word.lower()}"
        notes.append(f"Chỉ tiêu {listed}, kế hoạch không giao cho từng {case.plan.unit_word}.")
    html = render_html("analysis/conclusions", heads=heads, rows=rows, notes=notes)
    lines = [" | ".join(row["texts"][: len(heads)]) for row in rows]
    return Shown(html, "\n".join([" | ".join(heads), *lines, *notes]), "table")


def describe_missing(case: Case, slug: str) -> str:
    """Return a sentence on the data that could still change the finding on an objective."""
    missing = missing_data.rows_for(missing_of(case), case.finding(slug).to_frame().T)
    return missing_data.describe_missing(case.plan, missing, is_province(case))


def explain_no_missing(case: Case) -> str:
    """Return the sentence for a unit none of whose findings waits for missing data."""
    counts = case.unit_rows(case.cell_counts)
    if counts.drop(columns="reported").sum(axis=None) == 0:
        return "Không có chỉ tiêu nào còn thiếu số liệu."
    return "Số liệu còn thiếu không làm thay đổi kết luận nào."


def _conclusion_row(case: Case, finding: pd.Series) -> dict[str, Any]:
    """Return the row of one finding: what its cells are made of, by name.

    `counts`: "" without a number; `notes`: sentences after the reason; `change`: the comparison
    with the previous year, "" without one; `texts`: of its cells.
    """
    [counts] = counts_of(case, finding.to_frame().T)  # a frame of one row
    slug, notes = finding.objective, []
    if assumptions := assumptions_of(case, finding):
        notes.append(f"{assumptions[0].upper()}{assumptions[1:]}.")
    # The province's reason already names the units whose data are missing.
    if finding.verdict in OPEN_VERDICTS and not is_province(case):
        notes.append(describe_missing(case, slug))
    look, name = VERDICT_STYLES[finding.verdict], case.names[slug]
    shown_counts = counts.with_needed if counts.is_number else ""
    change = describe_compared_change(case, slug)
    verdict = " ".join(filter(None, [look.shape, look.word, shown_counts]))
    return {
        "slug": slug,
        "name": name,
        "verdict": finding.verdict,
        "look": look,
        "counts": shown_counts,
        "bar": share_bar(finding),
        "reason": finding.reason,
        "notes": notes,
        "change": change,
        "texts": [name, verdict, " ".join([finding.reason, *notes]), change or NO_VALUE],
    }
