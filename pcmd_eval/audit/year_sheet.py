"""This year beside the year before as a page of formulas: each difference from its two figures."""

import pandas as pd

from pcmd_eval.audit.formulas import SAME, audit_formula
from pcmd_eval.audit.sheet_writer import Entry, Sheets, entries
from pcmd_eval.plan.plan import Plan
from pcmd_eval.statistics.year_on_year import load_comparison
from pcmd_eval.util.formatting import parse_number

PAGE = "So với năm trước"
HOW = (
    "Thay đổi và tỷ lệ được tính lại từ hai số; dòng có lý do thì không so. Sửa số ở ô nền vàng để "
    "xem. Tăng, giảm không nói lên tốt hay chưa tốt."
)


def write_years(plan: Plan, sheets: Sheets, changed: pd.DataFrame) -> None:
    """Every figure with a year before, and what `changed` says of it; see `changes.changes`."""
    then = f"Năm {plan.previous.year}"
    now = f"Năm {plan.year}"
    rows = changed[changed.before.notna()]
    compared = rows.change.notna()
    values = rows[["before", "now"]].fillna("")
    numbers = values[compared].map(lambda text: float(parse_number(text)))
    values = values.where(~compared, numbers)
    frame = pd.DataFrame({
        "Mã đơn vị": rows.unit_code,
        "Đơn vị": rows.unit_name,
        "Nội dung": rows.label,
        "Đơn vị tính": rows.measure.fillna(""),
        then: [Entry(value, look="input") for value in values.before],
        now: [Entry(value, look="input") for value in values.now],
        "Không so vì": rows.why.mask(compared, "").fillna(""),
        "Không tính tỷ lệ vì": rows.why.where(compared, "").fillna(""),
        **_differences(rows, f"[{then}]", f"[{now}]"),
    })  # fmt: skip
    source = f"Nguồn số liệu năm {plan.previous.year}: {plan.previous.source}"
    sheets.write(PAGE, HOW, frame, quoted=source)


def _differences(rows, then, now):
    """The columns of change and percentage, from the figures and as filed, and if both agree."""
    change = pd.to_numeric(rows.change)
    percent = pd.to_numeric(rows.percent).round(1) + 0.0  # -0,03 is 0
    base = load_comparison().base
    return {
        "Thay đổi": entries(audit_formula("change", now=now, then=then), change),
        "Tỷ lệ (%)": entries(audit_formula("percent", then=then, base=base), percent),
        "Thay đổi theo sổ": entries("", change),
        "Tỷ lệ theo sổ": entries("", percent),
        "Khớp": entries(audit_formula("same_change"), pd.Series(SAME, rows.index)),
    }
