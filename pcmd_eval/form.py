"""The return form as data: sheets, columns and rows, read by the template writer and the reader
alike.
"""

from collections.abc import Collection
from functools import cached_property
from pathlib import Path
from typing import Annotated, ClassVar, Literal

from pydantic import Field, model_validator

from pcmd_eval.documents import DocumentWords, Grammar
from pcmd_eval.errors import InputRefused
from pcmd_eval.spelling import fold
from pcmd_eval.strict import Strict, parse

Text = Annotated[str, Field(min_length=1)]
Period = Annotated[str, Field(pattern=r"^(Q[1-4]|M(0[1-9]|1[0-2])|Y)$")]
Kind = Literal[
    "key", "label", "note", "name", "count", "amount", "choice", "document", "yes_no", "date"
]


# The columns by which the rows of a sheet are told apart.
_STRUCTURE = {
    "communes": ("unit", "unit_name", "form"),
    "items": ("code", "item"),
    "lines": ("name",),
}


class Column(Strict):
    """One column of a sheet; `period` is set for the cells the form asks for, `fill` for labels
    people fill in.

    A number above `most` is a slip: a day, a telephone number, another unit of money.
    """

    key: Text
    header: Text
    kind: Kind
    width: Annotated[int, Field(ge=4, le=80)]
    period: Period | None = None
    choices: tuple[str, ...] = ()
    fill: bool = False
    most: int | None = None

    @model_validator(mode="after")
    def _asked_for(self):
        if self.asked == (self.kind in ("key", "label", "note")):
            words = f"“period” đi cùng ô phải điền (kind {self.kind}), và ngược lại"
            raise ValueError(f"cột {self.key}: {words}")
        return self

    @property
    def asked(self) -> bool:
        """Whether each cell of this column is an observation."""
        return self.period is not None

    @property
    def entry(self) -> bool:
        """Whether people write in this column."""
        return self.asked or self.fill or self.kind == "note"

    @property
    def main(self) -> bool:
        """Whether the column is one of the periods counted, so that the row's code alone names its
        cells.
        """
        return self.period not in (None, "Y")


class Item(Strict):
    """A fixed row of a sheet; `kind` and `most` replace the columns' own where the row holds
    something else.
    """

    code: Text
    label: Text
    measure: str = ""
    optional: bool = False
    kind: Kind | None = None
    most: int | None = None


class Sheet(Strict):
    """One sheet of the form; the objective it serves is its name inside the package."""

    objective: Text
    name: Text
    title: Text
    instructions: Text
    reporter: Literal["district", "province", "everyone"]
    rows: Literal["communes", "items", "lines"]
    columns: tuple[Column, ...]
    items: tuple[Item, ...] = ()
    spare_rows: int = 0
    none_statement: str = ""
    lines: Annotated[int, Field(ge=1, le=4)] = 1

    @model_validator(mode="after")
    def _consistent(self):
        if (self.rows == "items") != bool(self.items):
            raise ValueError("“items” đi cùng “rows: items”, và ngược lại")
        keys = [column.key for column in self.columns]
        for what, values in (
            ("cột trùng nhau", keys),
            ("tiêu đề cột trùng nhau", [fold(column.header) for column in self.columns]),
            ("mã trùng nhau", [item.code for item in self.items]),
            (
                "hai cột cùng một quý hoặc tháng (period)",
                [c.period for c in self.columns if c.main],
            ),
        ):
            if len({*values}) != len(values):
                raise ValueError(f"biểu {self.name} có {what}")
        if lacking := [key for key in _STRUCTURE[self.rows] if key not in keys]:
            raise ValueError(f"biểu {self.name} thiếu cột {', '.join(lacking)} (key)")
        return self

    @cached_property
    def asked(self) -> tuple[Column, ...]:
        """The columns whose cells are observations."""
        return tuple(column for column in self.columns if column.asked)

    @cached_property
    def headers(self) -> dict[str, int]:
        """Where each column stands, from 1, by its folded header."""
        return {fold(column.header): place for place, column in enumerate(self.columns, 1)}

    @property
    def number(self) -> str:
        """What its name begins with."""
        return self.name.split()[0]

    @property
    def telling(self) -> tuple[str, ...]:
        """The columns of code and label, by which a row is somebody's."""
        return _STRUCTURE[self.rows][:2]

    def item(self, code: str) -> Item:
        """The item with that code."""
        return next(item for item in self.items if item.code == code)

    def column(self, key: str) -> Column:
        """The column with that key."""
        return next(column for column in self.columns if column.key == key)

    def kind_of(self, column: Column, item: Item | None) -> Kind:
        """What the cell of this column and row holds."""
        return item.kind if item and item.kind and column.main else column.kind

    def most_of(self, column: Column, item: Item | None) -> int | None:
        """The largest number that the cell of this column and row can hold."""
        return item.most if item and item.most and column.main else column.most

    def item_name(self, row: str, column: Column) -> str:
        """The `item` of an observation: the row's code, with the column's key where the period is
        not enough.
        """
        return row if column.main else f"{row}:{column.key}"


class Below(Strict):
    """Words that stand below and beside the data of a sheet; the comment above `below` in the form
    says which.
    """

    total: tuple[str, ...] = ()
    total_tail: tuple[str, ...] = ()
    signs: tuple[str, ...] = ()


class Official(Strict):
    """What every sheet bears of an official form: its head ({unit}, {deadline}), and who signs left
    and right.
    """

    head: Text
    signs: tuple[Text, Text]


class Info(Strict):
    """The sheet with the particulars of the return: label in column A, value in column B."""

    sheet: Text
    title: Text
    labels: dict[
        Literal[
            "version", "plan", "year", "code", "name", "cutoff", "sent", "office", "illustrative"
        ],
        Text,
    ]
    hints: dict[str, str]
    days: ClassVar = ("cutoff", "sent")  # the labels beside which a day stands


class Check(Strict):
    """A comparison of the cells of one return; the comment above `checks` in the form says what its
    keys mean.
    """

    id: Text
    sheets: tuple[Text, ...]
    each: Literal["period", "row", "sheet"]
    left: Annotated[tuple[Text, ...], Field(min_length=1)]
    operator: Literal["=", "<=", "needs", "grow"]
    right: tuple[Text, ...] = ()
    at: Text
    only: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    least: int = 0
    severity: Literal["stop", "confirm", "note"]
    doubtful: bool = False
    title: Text
    say: Text

    @property
    def contradiction(self) -> str:
        """What of its keys cannot go together, in words; "" if all can."""
        grows = self.operator == "grow"
        if grows != (self.each == "sheet") or grows == bool(self.right):
            return "“grow” đi với “each: sheet” và không có right, và ngược lại"
        return "" if {*self.only} <= {"form"} else "“only” chỉ nhận cột form (hình thức)"


class Form(Strict):
    """The form: its version, the words it knows, its sheets in order, and what their cells say of
    each other.
    """

    version: int
    header_row: int
    first_row: int
    yes_word: Text
    no_word: Text
    none_words: tuple[str, ...]
    example_date: Text
    year: int = 0
    documents: DocumentWords = DocumentWords()
    below: Below = Below()
    official: Official
    info: Info
    sheets: tuple[Sheet, ...]
    checks: tuple[Check, ...]

    @model_validator(mode="after")
    def _named(self):
        for check in self.checks:
            if wrong := check.contradiction or self._unknown(check):
                raise ValueError(f"so sánh {check.id}: {wrong}")
        return self

    def _unknown(self, check):
        """What a comparison names that its sheets do not have, in words; "" if they have all."""
        sheets = {sheet.objective: sheet for sheet in self.sheets}
        for objective in check.sheets:
            if objective not in sheets:
                return f"không có biểu {objective}"
            sheet = sheets[objective]
            known = {column.key for column in sheet.columns}
            if check.each == "period":
                known = {item.code for item in sheet.items}
            if strange := {*check.left, *check.right, check.at, *check.only} - known:
                return f"biểu {sheet.name} không có {', '.join(sorted(strange))}"
        return ""

    @cached_property
    def grammar(self) -> Grammar:
        """How a document is written, in the form's words."""
        return Grammar(self.documents, self.none_words, f"45/KH-UBND ngày {self.example_date}")

    @cached_property
    def names(self) -> dict[str, str]:
        """What codes stand for: columns by key, rows by code, cells of both ("2.1:document")."""
        names = {column.key: column.header for sheet in self.sheets for column in sheet.asked}
        for sheet in self.sheets:
            for item in sheet.items:
                label = names[item.code] = f"{item.code} {item.label}"
                for column in (column for column in sheet.asked if not column.main):
                    names[sheet.item_name(item.code, column)] = f"{label}: {column.header}"
        return names

    def sheets_of(self, level: str) -> tuple[Sheet, ...]:
        """The sheets that a reporter of this level (`district`, `province`) fills in."""
        return tuple(sheet for sheet in self.sheets if sheet.reporter in (level, "everyone"))

    def sheet(self, objective: str) -> Sheet:
        """The sheet that serves this objective."""
        return next(sheet for sheet in self.sheets if sheet.objective == objective)


def load_form(path: Path, objectives: Collection[str], **words: str) -> Form:
    """The form of data/forms as a plan uses it: the sheets of its objectives, `{province}`,
    `{year}`, `{plan}` put in.

    Raises InputRefused that names each faulty key.
    """
    if not path.is_file():
        raise InputRefused(
            f"Không tìm thấy biểu mẫu {path.name} trong data/forms. Kiểm tra tên trong kế hoạch."
        )
    content = path.read_text(encoding="utf-8")
    for name, value in words.items():
        content = content.replace(f"{{{name}}}", value)
    form = parse(content.encode(), path.name, Form)
    checks = []
    for check in form.checks:
        if own := tuple(slug for slug in check.sheets if slug in objectives):
            checks.append(check.model_copy(update={"sheets": own}))
    sheets = tuple(sheet for sheet in form.sheets if sheet.objective in objectives)
    return form.model_copy(update={"sheets": sheets, "checks": tuple(checks)})
