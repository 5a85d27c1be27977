"""Check the arguments of analysts' functions; messages say what is expected, seen and to do."""

import pandas as pd

from pcmd_eval.evaluation.findings import FINDING_COLUMNS
from pcmd_eval.plan.plan import Plan
from pcmd_eval.statistics.indicators import describe_sums
from pcmd_eval.util.arguments import require_columns, require_text_codes
from pcmd_eval.util.errors import InputRefused


def require_unit(plan: Plan, unit: object) -> str:
    """Return the code of the reporter that `unit`, a code or name (also without accents), means.

    An int is accepted as a code: papermill's option -p makes 230 an int. Raises InputRefused for
    anything else.
    """
    if type(unit) is int and str(unit) in plan.reporters.index:
        return str(unit)
    if not isinstance(unit, str):
        codes = [code for code in plan.reporters.index if code.lstrip("0") == str(unit)]
        raise InputRefused(
            f"Mã đơn vị là văn bản trong dấu nháy, như “{plan.province}”; đây là {unit!r}. Gọi "
            f"papermill thì ghi “-r unit {[*codes, unit][0]}”: tùy chọn -p biến chữ số thành số, "
            "mất số 0 ở đầu."
        )
    return str(plan.unit(unit).name)  # `.name` of a row is its index label, the code


def as_sums(numbers: pd.DataFrame | pd.Series) -> pd.DataFrame:
    """Return a frame of sums (value, state and words), or a series of numbers, taken as complete,
    as one.
    """
    if isinstance(numbers, pd.Series):
        values = pd.Series([*numbers], numbers.index, dtype="Float64")
        return describe_sums(values, pd.Series(True, values.index))
    require_columns(numbers, ["value", "state", "words"])
    return numbers


def require_codes(labels: pd.Index, codes: pd.Index) -> None:
    """Raise InputRefused unless all labels of an index are among `codes`, which are texts."""
    require_text_codes(labels)
    if unknown := [str(label) for label in labels if label not in codes]:
        raise InputRefused(
            f"không có mã đơn vị {', '.join(unknown[:5])}. "
            'Đặt chỉ mục bằng .set_index("unit_code"), mã là văn bản.'
        )


def require_own_findings(plan: Plan, findings: pd.DataFrame) -> None:
    """Raise InputRefused unless `findings` are findings under the rules of the plan."""
    require_columns(findings, FINDING_COLUMNS)
    if {*findings["plan"]} - {plan.marked_number}:
        raise InputRefused(
            "các kết luận này theo quy tắc khác với case. Đưa bộ số liệu đã cho ra chúng: "
            "t = what_if(case, …), rồi đưa t và t.findings."
        )
