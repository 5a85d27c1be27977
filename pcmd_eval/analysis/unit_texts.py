"""Texts on one unit: the change since the previous year, and the assumptions."""

import pandas as pd

from pcmd_eval.analysis.case import Case, require_own_findings, rows_of_unit_code
from pcmd_eval.evaluation import sensitivity
from pcmd_eval.statistics.year_on_year import summarize_changes
from pcmd_eval.util.arguments import validate_arguments

NO_ASSUMPTION = "không phụ thuộc quy tắc nào"


@validate_arguments
def describe_change(case: Case, slug: str) -> str:
    """Câu so một chỉ tiêu với năm trước: đại lượng quyết định kết luận, hay đại lượng so được khác.

    show(describe_change(case, "communication"))

    Nếu không đại lượng nào so được thì nêu lý do.
    """
    rows = rows_of_unit_code(case, case.changes)
    slug = case.plan.objective(slug).slug
    return summarize_changes(rows[rows.objective == slug], case.plan)


def describe_compared_change(case: Case, slug: str) -> str:
    """Return `describe_change` if any of the objective's rows is compared, else ""."""
    compared = rows_of_unit_code(case, case.changes.dropna(subset="change"))
    return describe_change(case, slug) if slug in [*compared.objective] else ""


def assumptions_of(case: Case, finding: pd.Series) -> str:
    """Return the assumptions of a finding as text, see `assumptions_text`; "" for none."""
    alternatives = case.alternatives(finding.objective, every_unit=True)
    return sensitivity.assumptions_text(case.plan, finding, alternatives)


@validate_arguments
def describe_assumptions(case: Case, findings: pd.DataFrame) -> pd.Series:
    """Quy tắc và mức do cơ quan đánh giá chọn mà từng kết luận phụ thuộc vào.

    describe_assumptions(case, case.unit_rows(case.findings))
    """
    require_own_findings(case, findings)
    texts = [assumptions_of(case, finding) or NO_ASSUMPTION for _, finding in findings.iterrows()]
    return pd.Series(texts, findings.index, dtype="string", name="assumptions")
