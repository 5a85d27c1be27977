"""The tables in the annex of a notice to one unit: requests, communes by quarter, persons."""

from collections.abc import Iterator

import pandas as pd

from pcmd_eval.analysis.case import Case, rows_of_unit_code
from pcmd_eval.objectives.registry import OBJECTIVES
from pcmd_eval.reports.placeholders import commune_kinds
from pcmd_eval.reports.requests import request_table
from pcmd_eval.reports.summary import UNDETERMINED, steps_of
from pcmd_eval.reports.year_on_year import label_with_measures
from pcmd_eval.statistics.indicators import list_person_items


def unit_tables(case: Case) -> Iterator[pd.DataFrame]:
    """Yield what a unit is asked for, in which quarters each commune was active, and the unit's
    figures on persons.
    """
    requests = request_table(case)
    requests.attrs |= {"caption": "Số liệu đề nghị bổ sung, sửa hoặc xác nhận", "columns": 1}
    yield requests
    slug = next(iter(case.plan.commune_slugs), None)
    if slug and (active := OBJECTIVES[slug].active_label):
        yield _communes_by_quarter(case, slug, active)
    rows = rows_of_unit_code(case, case.indicators)
    rows = rows[rows["item"].isin(list_person_items(case.plan).index)]
    # Zeros and unknown figures stand in the text of the notice.
    rows = rows[rows.words.notna() & ~rows.words.isin(["–", "0", UNDETERMINED])]
    indicators = label_with_measures(rows)
    indicators.attrs["caption"] = "Số liệu khác"
    yield indicators


def _communes_by_quarter(case, slug, active):
    """Return the quarters of each commune that was not active in all of them."""
    wide = case.unit_rows(steps_of(case, slug)["quarters"]).unstack("period")
    communes = case.plan.communes(case.unit)
    is_listed = ~wide.reindex(communes.index).fillna(False).all(axis=1)
    table = index_by_name(wide, communes.full_name[is_listed])
    table.attrs["caption"] = f"{active[:1].upper()}{active[1:]} theo quý"
    if not is_listed.all():
        kinds = commune_kinds(case.plan, communes.type[~is_listed])
        table.attrs["note"] = f"Các {kinds} không nêu ở bảng có {active} trong mọi quý."
    return table


def index_by_name(frame: pd.DataFrame, names: pd.Series) -> pd.DataFrame:
    """Return the rows whose codes `names` has, in that order, indexed by the names."""
    return frame.loc[names.index].set_axis(names.rename("unit_name"), axis=0)
