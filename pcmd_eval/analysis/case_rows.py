"""Rows of a case's frames: of a unit or the province, of what is filled, and counted anew."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, TypeVar

import pandas as pd

from pcmd_eval.evaluation.findings import FINDING_KEY, evaluate
from pcmd_eval.evaluation.states import FILLED_STATES
from pcmd_eval.objectives.enforcement import least_detected
from pcmd_eval.plan.plan import Plan
from pcmd_eval.util.arguments import require_columns, require_text_codes
from pcmd_eval.util.errors import InputRefused

Frame = TypeVar("Frame", pd.DataFrame, pd.Series)


@dataclass(frozen=True, eq=False)
class WholeProvince:
    """Số liệu của toàn tỉnh, đứng riêng để không bị cộng cùng các đơn vị.

    case.province.findings
    """

    findings: pd.DataFrame
    indicators: pd.DataFrame
    changes: pd.DataFrame


def split_province(plan: Plan, frame: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the rows of the units and those of the whole province, each numbered from 0."""
    is_province_row = frame.unit_code == plan.province
    parts = frame[~is_province_row], frame[is_province_row]
    units, province = (part.reset_index(drop=True) for part in parts)
    return units, province


def select_unit_rows(frame: Frame, units: Collection[str]) -> tuple[Frame, pd.Index]:
    """Return the rows of some units, and the code of each row.

    The code is `reporter`, else `unit_code`: a column or a level of the index. Raises InputRefused
    for a frame that has neither, and for codes that are numbers.
    """
    levels: list[Any] = frame.index.names
    names = [*levels, *getattr(frame, "columns", ())]
    if not {"reporter", "unit_code"}.intersection(names):
        raise InputRefused(
            "cần bảng có cột hoặc chỉ mục reporter hay unit_code; bảng này có "
            f"{', '.join(map(str, names[:8]))}."
        )
    key = "reporter" if "reporter" in names else "unit_code"
    codes = frame.index.get_level_values(key) if key in levels else pd.Index(frame[key])
    require_text_codes(codes)
    is_of_unit = codes.isin([*units])
    return frame[is_of_unit], codes[is_of_unit]


def list_filled_pairs(plan: Plan, cell_counts: pd.DataFrame) -> set[tuple[str, str]]:
    """Return the pairs (unit, objective) with a filled cell; for the province in any unit's return.

    `cell_counts`: see `observations.count_cells`.
    """
    is_filled = cell_counts[[*FILLED_STATES]].sum(axis=1) > 0
    pairs = {*is_filled.index[is_filled]}
    return pairs | {(plan.province, slug) for _, slug in pairs}


def count_detected_cases(
    plan: Plan, cells: pd.DataFrame, indicators: pd.DataFrame
) -> dict[tuple[str, str], int | None]:
    """Return the known number of detected cases by (unit, objective): a minimum if incomplete.

    Where the parts tell of more than was reported (`least_detected`), that number.
    """
    cases = indicators[indicators["item"] == "cases"]
    if cases.empty:
        return {}
    least = least_detected(plan.steps("enforcement", cells)["quarters"])
    least[plan.province] = least.sum(min_count=1)
    pairs = cases.assign(least=cases.unit_code.map(least)).set_index(FINDING_KEY)
    return pairs[["value", "least"]].max(axis=1).astype("Int64").to_dict()


def hide_silent_bounds(
    findings: pd.DataFrame, filled_pairs: Collection[tuple[str, str]]
) -> pd.DataFrame:
    """Return findings with <NA> as `low` and `value_low` where the unit has no filled cell: its
    `low` of 0 is only a bound, no count.
    """
    require_columns(findings, ["unit_code", "objective", "low", "value_low"])
    pairs = zip(findings.unit_code, findings.objective, strict=True)
    is_silent = [pair not in filled_pairs for pair in pairs]
    return findings.assign(
        **{name: findings[name].mask(is_silent) for name in ("low", "value_low")}
    )


def recount_findings(
    plan: Plan, cells: pd.DataFrame, filed: pd.DataFrame, hidden: Collection[str]
) -> pd.DataFrame:
    """Return the findings of all units and the province, counted from the cells.

    Those of objectives that the cells do not tell (`hidden`) are the filed ones.
    """
    findings = evaluate(plan, cells)
    if not hidden:
        return findings
    is_hidden, is_filed = (frame.objective.isin([*hidden]) for frame in (findings, filed))
    findings = pd.concat([findings[~is_hidden], filed[is_filed]])
    order = pd.MultiIndex.from_frame(filed[FINDING_KEY])
    return findings.set_index(FINDING_KEY, drop=False).loc[order].reset_index(drop=True)
