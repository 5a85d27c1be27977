"""The return form as data: sheets, columns and rows, read by the template writer and the reader alike."""

from collections.abc import Collection
from functools import cached_property
from typing import Annotated, Literal

from pydantic import Field, model_validator

from pcmd_eval import paths
from pcmd_eval.spelling import fold
from pcmd_eval.strict import Strict, load
from pcmd_eval.units import Register, Unit

Text = Annotated[str, Field(min_length=1)]
Period = Annotated[str, Field(pattern=r"^(Q[1-4]|M(0[1-9]|1[0-2])|Y)$")]
Kind = Literal["key", "label", "note", "name", "count", "amount", "choice", "document", "yes_no", "date"]


class Column(Strict):
    """One column of a sheet; `period` is set for the cells the form asks for, `fill` for labels people fill in."""

    key: Text
    header: Text
    kind: Kind
    width: Annotated[int, Field(ge=4, le=80)]
    period: Period | None = None
    choices: tuple[str, ...] = ()
    fill: bool = False

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
        """Whether the column is one of the periods counted, so that the row's code alone names its cells."""
        return self.period not in (None, "Y")


class Item(Strict):
    """A fixed row of a sheet; `kind` replaces the columns' kind where the row holds something else."""

    code: Text
    label: Text
    measure: str = ""
    optional: bool = False
    kind: Kind | None = None


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

    @model_validator(mode="after")
    def _consistent(self) -> "Sheet":
        if (self.rows == "items") != bool(self.items):
            raise ValueError("“items” đi cùng “rows: items”, và ngược lại")
        for what, values in (("cột", [c.key for c in self.columns]), ("mã", [i.code for i in self.items])):
            if len(set(values)) != len(values):
                raise ValueError(f"{what} trùng nhau trong biểu {self.name}")
        return self

    @cached_property
    def asked(self) -> tuple[Column, ...]:
        """The columns whose cells are observations."""
        return tuple(column for column in self.columns if column.asked)

    def column(self, key: str) -> Column:
        """The column with that key."""
        return next(column for column in self.columns if column.key == key)

    def kind_of(self, column: Column, item: Item | None) -> Kind:
        """What the cell of this column and row holds."""
        return item.kind if item and item.kind and column.main else column.kind

    def item_name(self, row: str, column: Column) -> str:
        """The `item` of an observation: the row's code, with the column's key where the period is not enough."""
        return row if column.main else f"{row}:{column.key}"


class Info(Strict):
    """The sheet with the particulars of the return: label in column A, value in column B."""

    sheet: Text
    title: Text
    labels: dict[Literal["version", "plan", "year", "code", "name", "cutoff", "sent", "office", "illustrative"], Text]
    hints: dict[str, str]


class Form(Strict):
    """The form: its version, the words it knows, and its sheets in order."""

    version: int
    header_row: int
    first_row: int
    yes_word: Text
    no_word: Text
    none_words: tuple[str, ...]
    example_date: Text
    info: Info
    sheets: tuple[Sheet, ...]

    @cached_property
    def folded_none_words(self) -> frozenset[str]:
        """The words that mean "no document", folded."""
        return frozenset(fold(word) for word in self.none_words)

    def sheets_of(self, reporter: Unit, register: Register) -> tuple[Sheet, ...]:
        """The sheets that this reporter fills in."""
        level = "province" if reporter.code == register.province.code else "district"
        return tuple(sheet for sheet in self.sheets if sheet.reporter in (level, "everyone"))

    def of_plan(self, objectives: Collection[str], province: str, year: int) -> "Form":
        """The form as a plan uses it: only the sheets of its objectives; its province and year put into the texts."""
        sheets = []
        for sheet in self.sheets:
            if sheet.objective in objectives:
                labels = (i.label.replace("{province}", province) for i in sheet.items)
                items = tuple(i.model_copy(update={"label": x}) for i, x in zip(sheet.items, labels, strict=True))
                told = sheet.instructions.replace("{year}", str(year))
                sheets.append(sheet.model_copy(update={"items": items, "instructions": told}))
        example = self.example_date.replace("{year}", str(year))
        return self.model_copy(update={"sheets": tuple(sheets), "example_date": example})

    def sheet(self, objective: str) -> Sheet:
        """The sheet that serves this objective."""
        return next(sheet for sheet in self.sheets if sheet.objective == objective)


def load_form(name: str) -> Form:
    """Read a form of data/forms; raises InputRefused that names each faulty key."""
    return load(paths.FORMS / f"{name}.yaml", Form)
