"""The tidy frame of observations, one row for each cell that the form asks for, and the frame of returns."""

from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from pcmd_eval.errors import InputRefused
from pcmd_eval.files import read_csv
from pcmd_eval.plan import Plan

OBSERVATIONS = (
    *("reporter", "unit_code", "objective", "item", "period", "value", "state"),
    *("file", "sheet", "cell", "raw"),
)
COUNTS = ("expected", "reported", "blank", "unreadable", "absent")
RETURNS = (
    "reporter",
    "unit_name",
    "state",
    "late",
    "file",
    "sent",
    "cutoff",
    *COUNTS,
    "illustrative",
)
SOME = ">0"  # all that the public edition tells of some numbers (see disclosure)
KEY = ["objective", "reporter", "unit_code", "item", "period"]
LAST_MONTHS = {"Q1": 3, "Q2": 6, "Q3": 9, "Q4": 12, "Y": 12} | {
    f"M{month:02d}": month for month in range(1, 13)
}


def period_ends(year: int) -> dict[str, pd.Timestamp]:
    """The last day of every quarter, month and of the year, by the code of the period."""
    return {
        period: pd.Timestamp(year, month, 1) + pd.offsets.MonthEnd()
        for period, month in LAST_MONTHS.items()
    }


def counting(returns: pd.DataFrame) -> pd.DataFrame:
    """The returns whose cells are those of their reporter, indexed by `reporter`."""
    return returns[returns.state.isin(["empty", "partial", "late", "on_time"])].set_index(
        "reporter"
    )


def tidy(rows: pd.DataFrame, returns: pd.DataFrame, plan: Plan) -> pd.DataFrame:
    """The observations as calculations take them: the columns `OBSERVATIONS`, all `string`, and what follows from them.

    `row`, `column`: the parts of `item` ("2.1:document"); `cutoff`: the day up to which the reporter's figures go;
    `number` (Int64): a whole number reported; `some` (boolean): True above 0, False for a 0 that can be believed, else
    <NA>; `unit_name`, `reporter_name`. A 0 cannot be believed where its period ended more than `open_period_days` after
    the cut-off. Raises AssertionError where a cell that the form asks for has no row.
    """
    cells = rows[[*OBSERVATIONS]].astype("string").reset_index(drop=True)
    split = (
        cells["item"].where(cells.period == "Y").str.rpartition(":")
    )  # cells of quarters and months have no column
    names, cutoff = plan.register.full_name, counting(returns).cutoff
    cells = cells.assign(
        value=cells.value.where(cells.state == "reported"),
        row=split[0].fillna(cells["item"]),
        column=split[2].fillna(""),
        cutoff=cells.reporter.map(cutoff).astype("string"),
        unit_name=cells.unit_code.map(names).astype("string"),
        reporter_name=cells.reporter.map(names).astype("string"),
    )
    counted = cells.value.where(
        cells.column.isin(["", "attendance", "persons", "budget"])
        & cells.value.str.fullmatch(r"\d+")
    )
    number = pd.to_numeric(counted).astype("Int64")
    ends = cells.period.map(period_ends(plan.year))
    days = (ends - pd.to_datetime(cells.cutoff)).dt.days
    still_open = (number == 0).fillna(False) & (days > plan.rules["open_period_days"].value)
    cells = cells.assign(
        number=number, some=((number > 0) | (cells.value == SOME)).mask(still_open)
    )
    lacking = sorted(set(_asked(plan)) - set(_given(cells)))
    assert not lacking, f"observations without a row: {lacking[:5]}"
    return cells


def _asked(plan: Plan) -> Iterator[tuple[str, str, str, str]]:
    """Objective, unit, item and period of every cell that must have a row; "" for items that a return names itself."""
    for reporter in plan.reporters.index:
        for sheet in plan.sheets_of(reporter):
            if sheet.rows == "communes":
                for commune in plan.communes(reporter).index:
                    yield from (
                        (sheet.objective, commune, "", column.period) for column in sheet.asked
                    )
            elif sheet.rows == "lines":
                yield sheet.objective, reporter, "", "Y"
            for item in (item for item in sheet.items if not item.optional):
                for column in sheet.asked:
                    yield (
                        sheet.objective,
                        reporter,
                        sheet.item_name(item.code, column),
                        column.period,
                    )


def _given(cells: pd.DataFrame) -> Iterator[tuple[str, str, str, str]]:
    free = cells.objective.isin(["communication", "support_model"])
    return zip(
        cells.objective, cells.unit_code, cells["item"].mask(free, ""), cells.period, strict=True
    )


def load_tables(folder: Path, plan: Plan) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Read back observations.csv and returns.csv of `folder` as (cells, returns).

    Raises InputRefused as `read_csv`, and for tables of another plan.
    """
    returns = read_csv(
        folder / "returns.csv", dict.fromkeys(RETURNS, "string") | dict.fromkeys(COUNTS, "Int64")
    )
    rows = read_csv(folder / "observations.csv", dict.fromkeys(OBSERVATIONS, "string"))
    try:
        return tidy(rows, returns, plan), returns
    except AssertionError:
        words = (
            f"Các bảng trong {folder.parent.name}/{folder.name} không phải của kế hoạch {plan.plan}"
        )
        raise InputRefused(
            f"{words}. Kiểm tra --plan, hoặc chạy lại “pcmd-eval evaluate”."
        ) from None
