"""Check that a frame has every cell that the form asks for: steps count the unknown ones, too."""

from itertools import product
from typing import TYPE_CHECKING

import pandas as pd

from pcmd_eval.util.errors import InputRefused

if TYPE_CHECKING:
    from pcmd_eval.plan.plan import Plan


def require_every_cell(plan: "Plan", slug: str, cells: pd.DataFrame) -> None:
    """Raise InputRefused if a cell that the form asks for has no row: the cells were filtered.

    Absent cells have rows, too. These may be missing: cells of optional rows, all cells of lines
    but one in the column `name`, and cells that only later versions of the form ask for.
    """
    plan = plan.as_of(plan.form.versions[0])
    sheet = plan.form.sheet(slug)
    is_of_communes = slug in plan.commune_slugs
    reporters = [unit for unit in plan.reporters.index if sheet in plan.sheets_of(unit)]
    units = [*plan.communes().index] if is_of_communes else reporters
    rows = [item.code for item in sheet.items if not item.optional] or [""]
    columns = [sheet.column("name")] if sheet.rows == "lines" else sheet.expected_columns
    expected = [
        (unit, row, "" if column.is_periodic else column.key, column.period)
        for unit, row, column in product(units, rows, columns)
    ]
    keys = [
        (cells.unit_code if is_of_communes else cells.reporter).tolist(),
        cells.row.tolist() if sheet.items else [""] * len(cells),
        cells.column.fillna("").tolist(),
        cells.period.tolist(),
    ]
    found = {*zip(*keys, strict=True)}
    missing = [key for key in expected if key not in found]
    if missing:
        listed = "; ".join(" ".join(filter(None, key)) for key in missing[:3])
        more = ", …" if len(missing) > 3 else ""
        raise InputRefused(
            f"Tính kết luận cần mọi ô của biểu, kể cả ô chưa có số liệu; bảng này thiếu "
            f"{len(missing)} ô: {listed}{more}. Tính trước, lọc sau: found = judge(case.plan, "
            f'"{slug}", case.cells), rồi found[found.unit_code == case.unit].'
        )
