"""Texts on one unit: the change since the previous year, and the assumptions."""

import pandas as pd

from pcmd_eval.analysis.case import Case
from pcmd_eval.analysis.case_queries import all_changes, rows_of_unit_code
from pcmd_eval.evaluation import sensitivity


def describe_compared_change(case: Case, slug: str) -> str:
    """Return `Case.describe_change` if any of the objective's rows is compared, else ""."""
    compared = rows_of_unit_code(case, all_changes(case).dropna(subset="change"))
    return case.describe_change(slug) if slug in [*compared.objective] else ""


def assumptions_of(case: Case, finding: pd.Series) -> str:
    """Return the assumptions of a finding as text, see `assumptions_text`; "" for none."""
    alternatives = case.alternatives(finding.objective, every_unit=True)
    return sensitivity.assumptions_text(case.plan, finding, alternatives)
