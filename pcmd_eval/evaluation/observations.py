"""The tidy frame of observations, one row per cell that the form asks for; the frame of returns."""

from itertools import product
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from pcmd_eval.evaluation.states import CELL_STATES, mask_unknown
from pcmd_eval.objectives.registry import MODEL_SLUGS
from pcmd_eval.plan.form import Form
from pcmd_eval.plan.plan import Plan
from pcmd_eval.util.errors import InputRefused
from pcmd_eval.util.files import read_csv


class Observation(NamedTuple):
    """One cell that the form asks for, as text; "" for <NA>.

    `unit_code`: of a commune on a sheet of communes, else the reporter; `raw`: the cell's text.
    """

    reporter: str
    unit_code: str
    objective: str
    item: str
    period: str
    value: str
    state: str
    file: str = ""
    sheet: str = ""
    cell: str = ""
    raw: str = ""


OBSERVATIONS = Observation._fields
CELL_COUNTS = ("expected", "reported", "blank", "unreadable", "absent")
RETURNS = (
    "reporter",
    "unit_name",
    "state",
    "late",
    "file",
    "sent",
    "cutoff",
    *CELL_COUNTS,
    "illustrative",
)
COUNTED_STATES = ("empty", "partial", "late", "on_time")  # of returns whose cells count
SOME = ">0"  # all that the public edition discloses of some numbers, see `disclosure_control`
OBSERVATION_KEY = ["objective", "reporter", "unit_code", "item", "period"]


def counted_returns(returns: pd.DataFrame) -> pd.DataFrame:
    """Return the returns whose cells count, one row for each, indexed by `reporter`.

    `returns`: a row for each file, in the order of `sent`. Of several files of a reporter the cell
    counts are summed, `cutoff` is the latest, and all else is that of the last file.
    """
    files = returns[returns.state.isin(COUNTED_STATES)]
    last = files.drop_duplicates("reporter", keep="last").set_index("reporter")
    by_reporter = files.groupby("reporter")
    counts = by_reporter[[*CELL_COUNTS]].sum()
    return last.assign(**counts, cutoff=by_reporter.cutoff.max())


def received_returns(returns: pd.DataFrame) -> pd.DataFrame:
    """Return a row by `reporter`: that of `counted_returns`, else that of its last file."""
    rows = pd.concat([counted_returns(returns).reset_index(), returns.iloc[::-1]])
    return rows.dropna(subset="reporter").drop_duplicates("reporter").set_index("reporter")


def type_returns(returns: pd.DataFrame) -> pd.DataFrame:
    """Return the frame of returns, read as text, with its dtypes.

    `late`, `illustrative`: boolean; `sent`, `cutoff`: datetime; counts: Int64; the rest: string.
    """
    answers = {
        column: returns[column].map({"yes": True, "no": False}).astype("boolean")
        for column in ("late", "illustrative")
    }
    days = {
        column: pd.to_datetime(returns[column].replace("", pd.NA), format="%Y-%m-%d")
        for column in ("sent", "cutoff")
    }
    return returns.assign(**answers, **days).astype(dict.fromkeys(CELL_COUNTS, "Int64"))


def is_illustrative(returns: pd.DataFrame) -> bool:
    """Return whether any of the returns is marked as illustrative."""
    return bool(returns.illustrative.fillna(False).any())


def type_cells(rows: pd.DataFrame, returns: pd.DataFrame, plan: Plan) -> pd.DataFrame:
    """Return the rows of observations.csv, whose states are judged, with dtypes and more columns.

    The columns of the file, `OBSERVATIONS`, are `string`. Derived are row, column: the parts of
    `item` ("2.1:document"); cutoff: the last day of the data of the cell's file; number (Int64) of
    a cell of kind count, amount (Float64) of one of kind amount, in the form's unit of measure;
    some (boolean): whether either is above 0; quantity: what a row counts, where its sheet's rows
    are no sum (see `Form.quantities`; "4.1 (230)" a line of models); unit_name, reporter_name; the
    name of the area where communes report. What is not known is masked, see `states.mask_unknown`.
    """
    return mask_unknown(derive_columns(rows, returns, plan))


def derive_columns(rows: pd.DataFrame, returns: pd.DataFrame, plan: Plan) -> pd.DataFrame:
    """Return the observations with the columns of `type_cells`, before values are masked."""
    cells = rows[[*OBSERVATIONS]].astype("string").reset_index(drop=True)
    # A key is never <NA>: a commune without a row, or a row without a name, has the item "".
    cells = cells.assign(item=cells["item"].fillna(""))
    # The province's own cells are not those of the whole province.
    names = plan.senders.full_name.combine_first(plan.register.full_name)
    cells = split_items(cells)
    # A clerk's word for a form of communication is no code.
    codes = cells.row.mask(cells.objective.isin(plan.commune_slugs))
    # Several lines, also of several reporters, may be one model.
    lines = (cells.row + " (" + cells.reporter + ")").where(cells.objective.isin(MODEL_SLUGS))
    cells = cells.assign(
        quantity=codes.map(plan.form.quantities).astype("string").fillna(lines),
        cutoff=_cutoffs(cells, returns),
        unit_name=cells.unit_code.map(names),
        reporter_name=cells.reporter.map(names),
    )
    texts = ["quantity", "cutoff", "unit_name", "reporter_name"]
    if plan.communes_report:
        areas = cells.unit_code.map(plan.register.area_name)
        cells["area"] = areas.mask(cells.unit_code == plan.province, plan.own_bodies)
        texts.append("area")
    cells = cells.astype(dict.fromkeys(texts, "string"))
    return cells.assign(**_type_numbers(cells.value, cell_kinds(cells, plan.form)))


def _cutoffs(cells: pd.DataFrame, returns: pd.DataFrame) -> pd.Series:
    """Return the cut-off (ISO) of each cell: that of its file, <NA> where the file states none.

    A cell of no file (absent) has the latest cut-off of its reporter. `returns`: a row by file.
    """
    files = returns.assign(cutoff=returns.cutoff.dt.strftime("%Y-%m-%d"))
    of_file = files.dropna(subset="file").drop_duplicates("file").set_index("file").cutoff
    of_reporter = counted_returns(returns).cutoff.dt.strftime("%Y-%m-%d")
    has_file = cells.file.isin(of_file.index)
    return cells.file.map(of_file).where(has_file, cells.reporter.map(of_reporter))


def split_items(cells: pd.DataFrame) -> pd.DataFrame:
    """Return the cells with `item` split into `row` and `column` (<NA> for a quarter or month)."""
    yearly = cells["item"].where(cells.period == "Y")  # cells of quarters and months have no column
    split = yearly.str.extract(r"(?s)^(.*):([^:]*)$")
    return cells.assign(row=split[0].fillna(cells["item"]), column=split[1])


def _type_numbers(value: pd.Series, kind: pd.Series) -> dict[str, pd.Series]:
    """Return the columns `number` (Int64, of counts), `amount` (Float64, of amounts) and `some`.

    `some` (boolean): whether the value is above 0 or `SOME`; <NA> for no number.
    """
    number = pd.to_numeric(value.where(kind == "count"), errors="coerce").astype("Int64")
    amount = pd.to_numeric(value.where(kind == "amount"), errors="coerce").astype("Float64")
    some = (number.astype("Float64").fillna(amount) > 0) | (value == SOME)
    return {"number": number, "amount": amount, "some": some}


def cell_kinds(cells: pd.DataFrame, form: Form) -> pd.Series:
    """Return the kind of each cell (count, date …): its row's if it has one, else its column's."""
    kinds = {}
    for sheet in form.sheets:
        for column, item in product(sheet.expected_columns, (None, *sheet.items)):
            column_key = "" if column.is_periodic else column.key
            code = item.code if item else ""
            kinds[sheet.objective, column_key, column.period, code] = column.for_item(item).kind
    row = cells.row.where(cells.objective.isin([s.objective for s in form.sheets if s.items]), "")
    columns = (cells.objective, cells.column.fillna(""), cells.period, row)
    # As lists: iterating over a string column takes ten times as long.
    keys = zip(*(column.tolist() for column in columns), strict=True)
    return pd.Series([kinds.get(key) for key in keys], cells.index, dtype="string")


def count_cells(cells: pd.DataFrame) -> pd.DataFrame:
    """Return the number of cells by reporter and objective, a column for each state (Int64)."""
    counts = pd.crosstab([cells.reporter, cells.objective], cells.state)
    return counts.reindex(columns=[*CELL_STATES], fill_value=0).astype("Int64")


def load_tables(folder: Path, plan: Plan) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Read back observations.csv and returns.csv of `folder` as (cells, returns).

    Raises InputRefused as `read_csv`, and for tables of another plan.
    """
    returns = type_returns(read_csv(folder / "returns.csv", dict.fromkeys(RETURNS, "string")))
    rows = read_csv(folder / "observations.csv", dict.fromkeys(OBSERVATIONS, "string"))
    sheets_of_plan = {
        (unit, sheet.objective) for unit in plan.reporters.index for sheet in plan.sheets_of(unit)
    }
    sheets = rows[["reporter", "objective"]].drop_duplicates()
    if sheets_of_plan != {*sheets.itertuples(index=False, name=None)}:
        raise InputRefused(
            f"Các bảng trong {folder.parent.name}/{folder.name} không phải của kế hoạch "
            f"{plan.plan}. Kiểm tra --plan, hoặc chạy lại “pcmd-eval evaluate”."
        )
    return type_cells(rows, returns, plan), returns  # the file has the judged states
