"""One sheet of the return form as data: its columns and its rows."""

from functools import cached_property
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from pcmd_eval.plan.document_references import Words
from pcmd_eval.util.spelling import fold
from pcmd_eval.util.vocabulary import PERIOD_LABELS
from pcmd_eval.util.yaml_models import StrictModel, Text

Period = Annotated[str, Field(pattern=r"^(Q[1-4]|M(0[1-9]|1[0-2])|Y)$")]
CellKind = Literal[
    "key", "label", "note", "name", "count", "amount", "choice", "document", "yes_no", "date"
]
# The columns by which the rows of a sheet are told apart.
_STRUCTURE = {
    "communes": ("unit", "unit_name", "form"),
    "items": ("code", "item"),
    "lines": ("name",),
}


class Column(StrictModel):
    """One column of a sheet.

    `period` is set for the cells that the form asks for, `fill` for labels that reporters fill in.
    A number above `most` is a slip: a day, a telephone number, another unit of money. `since`: the
    first version of the form that has the column.
    """

    key: Text
    header: Text
    kind: CellKind
    width: Annotated[int, Field(ge=4, le=80)]
    period: Period | None = None
    choices: Words = ()
    fill: bool = False
    most: int | None = None
    since: int = 1

    @model_validator(mode="after")
    def _check_period(self) -> Self:
        """Reject a period on a column of labels, and a column of observations without one."""
        if self.is_expected == (self.kind in ("key", "label", "note")):
            words = f"“period” đi cùng ô phải điền (kind {self.kind}), và ngược lại"
            raise ValueError(f"cột {self.key}: {words}")
        return self

    @property
    def is_expected(self) -> bool:
        """Return whether each cell of this column is an observation."""
        return self.period is not None

    @property
    def is_entry(self) -> bool:
        """Return whether people write in this column."""
        return self.is_expected or self.fill or self.kind == "note"

    @property
    def is_periodic(self) -> bool:
        """Return whether the column is of a quarter or month: code and period name its cells."""
        return self.period not in (None, "Y")

    def of(self, item: "Item | None") -> "Column":
        """Return the column as it is in the row of an item, which may have its own kind."""
        if not (item and self.is_periodic):
            return self
        of_item = {"kind": item.kind or self.kind, "most": item.most or self.most}
        return self.model_copy(update=of_item)


class Item(StrictModel):
    """A fixed row of a sheet; `kind` and `most` replace those of the columns.

    `since`: the first version of the form that has the row.
    """

    code: Text
    label: Text
    measure: str = ""
    optional: bool = False
    kind: CellKind | None = None
    most: int | None = None
    since: int = 1


class Group(StrictModel):
    """The label of all rows whose codes begin with this one."""

    code: Text
    label: Text


class Sheet(StrictModel):
    """One sheet of the form; the objective it serves is its name inside the package."""

    objective: Text
    name: Text
    title: Text
    instructions: Text
    reporter: Literal["unit", "province", "everyone"]
    rows: Literal["communes", "items", "lines"]
    columns: tuple[Column, ...]
    items: tuple[Item, ...] = ()
    groups: tuple[Group, ...] = ()
    spare_rows: int = 0
    none_statement: str = ""
    lines: Annotated[int, Field(ge=1, le=4)] = 1  # of text, as high as a row is written

    @model_validator(mode="after")
    def _check_columns_and_rows(self) -> Self:
        """Reject columns, rows or periods that cannot be told apart, and missing key columns."""
        keys = [column.key for column in self.columns]
        distinct: dict[str, list[str | None]] = {
            "cột": [*keys],
            "tiêu đề cột": [fold(column.header) for column in self.columns],
            "mã": [*(item.code for item in self.items), *(group.code for group in self.groups)],
            "quý, tháng (period)": [column.period for column in self.columns if column.is_periodic],
        }
        for what, values in distinct.items():
            if len({*values}) < len(values):
                raise ValueError(f"biểu {self.name} có {what} trùng nhau")
        if missing := [key for key in _STRUCTURE[self.rows] if key not in keys]:
            raise ValueError(f"biểu {self.name} thiếu cột {', '.join(missing)} (key)")
        return self

    @property
    def since(self) -> dict[str, int]:
        """The first version of the form that has each column, by key, and each row, by code."""
        rows = {item.code: item.since for item in self.items}
        return {column.key: column.since for column in self.columns} | rows

    def as_of(self, version: int) -> "Sheet":
        """Return the sheet as it was in an earlier version of the form."""
        entries = {
            "columns": tuple(column for column in self.columns if column.since <= version),
            "items": tuple(item for item in self.items if item.since <= version),
        }
        return Sheet.model_construct(**dict(self) | entries)

    @cached_property
    def expected_columns(self) -> tuple[Column, ...]:
        """The columns whose cells are observations."""
        return tuple(column for column in self.columns if column.is_expected)

    @cached_property
    def yearly_columns(self) -> tuple[Column, ...]:
        """The expected columns of the whole year: a cell is named by row and column."""
        return tuple(column for column in self.expected_columns if not column.is_periodic)

    @property
    def disclosure_keys(self) -> list[str]:
        """The keys of the disclosure policy: its rows, then its columns of the whole year.

        Rows without codes have one key together, that of the column that tells them apart.
        """
        rows = [item.code for item in self.items] or [_STRUCTURE[self.rows][-1]]
        return [*dict.fromkeys([*rows, *(column.key for column in self.yearly_columns)])]

    @cached_property
    def headers(self) -> dict[str, Column]:
        """The columns by their folded headers."""
        return {fold(column.header): column for column in self.columns}

    @cached_property
    def needed(self) -> tuple[Column, ...]:
        """The columns that a return must have: those with observations, and those that identify
        its rows.
        """
        row_keys = self.columns[:2]
        return tuple(c for c in self.columns if c.is_expected or c.fill or c in row_keys)

    @property
    def period_word(self) -> str:
        """Return the word for its periods: quý or tháng."""
        period = next(c.period for c in self.columns if c.is_periodic and c.period)
        return PERIOD_LABELS[period].split()[0].lower()

    @property
    def number(self) -> str:
        """The number at the beginning of its name."""
        return self.name.split()[0]

    def column(self, key: str) -> Column:
        """Return the column with that key."""
        return next(column for column in self.columns if column.key == key)

    def column_of(self, item: str, period: str) -> Column:
        """Return the column that the `item` and `period` of an observation name."""
        if period == "Y":
            return self.column(item.rpartition(":")[2])
        return next(column for column in self.expected_columns if column.period == period)

    def item_name(self, row: str, column: Column) -> str:
        """Return the `item` of an observation: the row's code, with the key of a yearly column."""
        return row if column.is_periodic else f"{row}:{column.key}"
