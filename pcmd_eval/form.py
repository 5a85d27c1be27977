"""The return form as data: sheets, columns and rows, read by the template writer and the reader
alike.
"""

from collections.abc import Collection
from functools import cached_property
from pathlib import Path
from typing import Annotated, ClassVar, Literal

from pydantic import Field, model_validator

from pcmd_eval.documents import DocumentWords, Grammar, Words
from pcmd_eval.errors import InputRefused
from pcmd_eval.spelling import fold
from pcmd_eval.strict import Strict, Text, Texts, parse

Period = Annotated[str, Field(pattern=r"^(Q[1-4]|M(0[1-9]|1[0-2])|Y)$")]
Kind = Literal[
    "key", "label", "note", "name", "count", "amount", "choice", "document", "yes_no", "date"
]
Severity = Literal["stop", "confirm", "note"]  # of a fault, the gravest first


_YEARS_AHEAD = 2  # of the plan's year: what lies farther ahead is a slip
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
    choices: Words = ()
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

    def of(self, item: "Item | None") -> "Column":
        """The column as it is in the row of an item, which may hold something else."""
        if not (item and self.main):
            return self
        own = {"kind": item.kind or self.kind, "most": item.most or self.most}
        return self.model_copy(update=own)


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


class Group(Strict):
    """Rows of a sheet whose codes begin with this one, and what they are called together."""

    code: Text
    label: Text


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
    groups: tuple[Group, ...] = ()
    spare_rows: int = 0
    none_statement: str = ""
    lines: Annotated[int, Field(ge=1, le=4)] = 1

    @model_validator(mode="after")
    def _consistent(self):
        keys = [column.key for column in self.columns]
        distinct = {
            "cột": keys,
            "tiêu đề cột": [fold(column.header) for column in self.columns],
            "mã": [row.code for row in (*self.items, *self.groups)],
            "quý, tháng (period)": [column.period for column in self.columns if column.main],
        }
        for what, values in distinct.items():
            if len({*values}) < len(values):
                raise ValueError(f"biểu {self.name} có {what} trùng nhau")
        if lacking := [key for key in _STRUCTURE[self.rows] if key not in keys]:
            raise ValueError(f"biểu {self.name} thiếu cột {', '.join(lacking)} (key)")
        return self

    @cached_property
    def asked(self) -> tuple[Column, ...]:
        """The columns whose cells are observations."""
        return tuple(column for column in self.columns if column.asked)

    @cached_property
    def headers(self) -> dict[str, Column]:
        """The columns by their folded headers."""
        return {fold(column.header): column for column in self.columns}

    @property
    def number(self) -> str:
        """What its name begins with."""
        return self.name.split()[0]

    def item(self, code: str) -> Item:
        """The item with that code."""
        return next(item for item in self.items if item.code == code)

    def column(self, key: str) -> Column:
        """The column with that key."""
        return next(column for column in self.columns if column.key == key)

    def item_name(self, row: str, column: Column) -> str:
        """The `item` of an observation: the row's code, with the column's key where the period is
        not enough.
        """
        return row if column.main else f"{row}:{column.key}"


class Below(Strict):
    """Words that stand below and beside the data of a sheet; the comment above `below` in the form
    says which.
    """

    total: Words
    total_tail: Words
    signs: Words


class Official(Strict):
    """What every sheet bears of an official form: its head ({unit}, {deadline}), and who signs left
    and right.
    """

    head: Text
    signs: tuple[Text, Text]


class Added(Strict):
    """A sheet that we add to a return; the comment above `check_page` in the form says which."""

    name: Text
    title: Text
    hint: Text
    columns: dict[Text, int]


class Counted(Strict):
    """What is counted in a sheet, in words, and what to do if it is not 0."""

    title: Text
    say: Text


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


class Check(Counted):
    """A comparison of the cells of one return; the comment above `checks` in the form says what its
    keys mean.
    """

    id: Text
    sheets: tuple[Text, ...]
    left: Texts
    operator: Literal["=", "<=", "needs", "grow"]
    right: tuple[Text, ...] = ()
    at: Text
    only: Words = ()
    least: int = 0
    severity: Severity
    doubtful: bool = False

    @property
    def names(self) -> set[str]:
        """The codes of rows, or the keys of columns, that it names."""
        return {*self.left, *self.right, self.at, *(["form"] if self.only else [])}


class Form(Strict):
    """The form: its version, the words it knows, its sheets in order, and what their cells say of
    each other.
    """

    version: int
    header_row: int
    first_row: int
    yes_word: Text
    no_word: Text
    none_words: Words
    example_date: Text
    year: int
    documents: DocumentWords
    below: Below
    official: Official
    check_page: Added
    mend_page: Added
    counted: dict[Literal["days", "blanks", "blank_lines", "wrongs", "strays"], Counted]
    advice: dict[Kind, Text]
    info: Info
    sheets: tuple[Sheet, ...]
    checks: tuple[Check, ...]

    @model_validator(mode="after")
    def _comparable(self):
        """A comparison names rows or columns, those that each of its sheets has."""
        sheets = {sheet.objective: sheet for sheet in self.sheets}
        for check in self.checks:
            if (check.operator == "grow") == bool(check.right):
                raise ValueError(f"so sánh {check.id}: “grow” không có right, phép khác phải có")
            for objective in check.sheets:
                if objective not in sheets:
                    raise ValueError(f"so sánh {check.id}: không có biểu {objective}")
                sheet = sheets[objective]
                known = [{column.key for column in sheet.columns}, {i.code for i in sheet.items}]
                if strange := min((check.names - own for own in known), key=len):
                    words = f"biểu {sheet.name} không có {', '.join(sorted(strange))}"
                    raise ValueError(f"so sánh {check.id}: {words}")
        return self

    @property
    def yes_no(self) -> tuple[str, str]:
        """The words of which a cell of this kind holds one."""
        return self.yes_word, self.no_word

    @property
    def latest_year(self) -> int:
        """The last year of a day that is no slip."""
        return self.year + _YEARS_AHEAD

    @cached_property
    def grammar(self) -> Grammar:
        """How a document is written, in the form's words."""
        return Grammar(self.documents, self.none_words)

    @cached_property
    def names(self) -> dict[str, str]:
        """What codes stand for: columns by key, rows and their groups by code, cells of both
        ("2.1:document").
        """
        names = {column.key: column.header for sheet in self.sheets for column in sheet.asked}
        for sheet in self.sheets:
            names |= {group.code: f"{group.code} {group.label}" for group in sheet.groups}
            for item in sheet.items:
                label = names[item.code] = f"{item.code} {item.label}"
                for column in (column for column in sheet.asked if not column.main):
                    names[sheet.item_name(item.code, column)] = f"{label}: {column.header}"
        return names

    def checks_of(self, objective: str) -> list[Check]:
        """The comparisons of the sheet that serves this objective."""
        return [check for check in self.checks if objective in check.sheets]

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
    sheets = tuple(sheet for sheet in form.sheets if sheet.objective in objectives)
    return form.model_copy(update={"sheets": sheets})
