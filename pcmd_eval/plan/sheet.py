"""One sheet of the return form as data: its columns and its rows."""

from functools import cached_property
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from pcmd_eval.plan.document_references import Words
from pcmd_eval.util.spelling import fold
from pcmd_eval.util.vocabulary import PERIOD_WORDS
from pcmd_eval.util.yaml_models import StrictModel, Text

Period = Annotated[str, Field(pattern=r"^(Q[1-4]|M(0[1-9]|1[0-2])|Y)$")]
CellKind = Literal[
    "key", "label", "note", "name", "count", "amount", "choice", "document", "yes_no", "date"
]
# By kind of rows, the keys of the columns that identify a row; each such sheet must have them.
_ROW_KEY_COLUMNS = {
    "communes": ("unit", "unit_name", "form"),
    "items": ("code", "item"),
    "lines": ("name",),
}


class Column(StrictModel):
    """One column of a sheet.

    `period`: that of its cells, which the form asks for; None for labels. `fill`: whether reporters
    fill in a column of labels. `most`: a larger number is a typing error (a day, a telephone
    number, another unit of money). `since`: the first version of the form that has the column.
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
        is_label = self.kind in ("key", "label", "note")
        if is_label == (self.period is not None):
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
        """Return whether the column is of a quarter or month (not of labels, nor of the year)."""
        return self.period not in (None, "Y")

    def for_item(self, item: "Item | None") -> "Column":
        """Return a periodic column with the `kind` and `most` of an item that has its own; return
        any other column, or one without an item, unchanged.
        """
        if not (item and self.is_periodic):
            return self
        overrides = {"kind": item.kind or self.kind, "most": item.most or self.most}
        return self.model_copy(update=overrides)


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
    """A label for all rows whose codes begin with `code`."""

    code: Text
    label: Text


class Sheet(StrictModel):
    """One sheet of the form.

    `objective`: the slug of its objective, by which code names the sheet; `name`: as in Excel, "2
    Lồng ghép"; `reporter`: who fills it in; `rows`: one for each commune, fixed `items`, or free
    lines; `spare_rows`: empty rows for more lines; `none_statement`: the text of the row "none".
    """

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
    lines: Annotated[int, Field(ge=1, le=4)] = 1  # the height of a row, in lines of text

    @model_validator(mode="after")
    def _check_columns_and_rows(self) -> Self:
        """Reject repeated keys, headers, codes or periods, and missing key columns."""
        keys = [column.key for column in self.columns]
        distinct: dict[str, list[str | None]] = {
            "cột": [*keys],
            "tiêu đề cột": [fold(column.header) for column in self.columns],
            "mã": [*(item.code for item in self.items), *(group.code for group in self.groups)],
            "quý, tháng (period)": [column.period for column in self.columns if column.is_periodic],
        }
        for label, values in distinct.items():
            if len({*values}) < len(values):
                raise ValueError(f"biểu {self.name} có {label} trùng nhau")
        if missing := [key for key in _ROW_KEY_COLUMNS[self.rows] if key not in keys]:
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
        """The expected columns of the whole year, with period Y."""
        return tuple(column for column in self.expected_columns if not column.is_periodic)

    @property
    def disclosure_keys(self) -> list[str]:
        """The keys of the disclosure policy: its rows, then its columns of the whole year.

        Rows without codes share one key: `form` for communes, `name` for lines.
        """
        row_keys = [item.code for item in self.items] or [_ROW_KEY_COLUMNS[self.rows][-1]]
        return [*dict.fromkeys([*row_keys, *(column.key for column in self.yearly_columns)])]

    @cached_property
    def headers(self) -> dict[str, Column]:
        """The columns by their folded headers."""
        return {fold(column.header): column for column in self.columns}

    @cached_property
    def required_columns(self) -> tuple[Column, ...]:
        """The columns that a return must have: the expected ones, columns of labels that reporters
        fill in (`fill`), and the first two, which identify its rows.
        """
        row_keys = self.columns[:2]
        return tuple(
            column
            for column in self.columns
            if column.is_expected or column.fill or column in row_keys
        )

    @property
    def period_word(self) -> str:
        """The word for its periods: quý or tháng."""
        period = next(
            column.period for column in self.columns if column.is_periodic and column.period
        )
        return PERIOD_WORDS[period[0]]

    @property
    def number(self) -> str:
        """The number at the beginning of its name: "2" of "2 Lồng ghép"."""
        return self.name.split()[0]

    def column(self, key: str) -> Column:
        """Return the column with that key."""
        return next(column for column in self.columns if column.key == key)

    def column_of(self, item: str, period: str) -> Column:
        """Return the column that `item` ("2.1:document") and `period` of an observation name."""
        if period == "Y":
            return self.column(item.rpartition(":")[2])
        return next(column for column in self.expected_columns if column.period == period)

    def item_name(self, row: str, column: Column) -> str:
        """Return the `item` of an observation: "2.1:document", or "3.1.2" in a periodic column."""
        return row if column.is_periodic else f"{row}:{column.key}"
