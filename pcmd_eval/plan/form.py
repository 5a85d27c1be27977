"""The return form as data: its sheets, their texts and the comparisons of their cells.

The module that writes blank returns and the one that reads returns both use it.
"""

import re
from collections.abc import Collection, Mapping
from functools import cached_property
from pathlib import Path
from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

from pcmd_eval.plan.document_references import DocumentReader, DocumentWords, Words
from pcmd_eval.plan.sheet import CellKind, Period, Sheet
from pcmd_eval.util.errors import InputRefused
from pcmd_eval.util.spelling import any_of_pattern, fold, normalize_text
from pcmd_eval.util.vocabulary import PERIOD_LABELS
from pcmd_eval.util.yaml_models import StrictModel, Text, Texts, parse_model

Particular = Literal[
    "version", "plan", "year", "code", "name", "cutoff", "sent", "office", "illustrative"
]
CountedKind = Literal["days", "blanks", "blank_lines", "wrongs", "unseen"]
Severity = Literal["stop", "mend", "confirm", "note"]  # of an issue, the gravest first
_YEARS_AHEAD = 2  # a date more years after the plan's year is a typing error


class Below(StrictModel):
    """Words by which the reader recognises rows that are no data, see `below` in data/forms/.

    `total`, `total_tail`: of rows of totals; `signs`: of signatures, below which no data follow;
    `compared`: of rows that compare with other years.
    """

    total: Words
    total_tail: Words
    signs: Words
    compared: Words = ()


class HeaderWords(StrictModel):
    """Other headers that senders write, see `headers` in data/forms/.

    `ignored`: of columns that the reader skips; `units`: of measure, in brackets behind a header;
    `periods`: other names of a period; `spans`: names of longer parts of the year (M01-M06).
    """

    ignored: Words = ()
    units: Words = ()
    periods: dict[Period, Words] = Field(default_factory=dict)
    spans: dict[Annotated[str, Field(pattern=r"^M\d\d-M\d\d$")], Words] = Field(
        default_factory=dict
    )


class Official(StrictModel):
    """The head ({unit}), deadline line ({deadline}) and signatures of every sheet."""

    head: Text
    receiver: Text
    deadline: Text
    signs: tuple[Text, Text]


class Added(StrictModel):
    """A sheet that we add to a return: Kiểm tra or Cần sửa.

    `columns`: width by header; `of_part`: follows the hint where a return has several files.
    """

    name: Text
    title: Text
    hint: Text
    of_part: str = ""
    columns: dict[Text, int]


class Counted(StrictModel):
    """A line of the sheet Kiểm tra: `title` names what it counts, `say` what to do about it."""

    title: Text
    say: Text


class Info(StrictModel):
    """The sheet with the particulars of the return: label in column A, value in column B.

    `sent_within`: days after the cut-off; the sender must confirm a later day of sending.
    """

    sheet: Text
    title: Text
    guide: Texts
    sent_within: int = 366
    labels: dict[Particular, Text]
    hints: dict[str, str]
    days: ClassVar[tuple[Particular, ...]] = ("cutoff", "sent")  # particulars that are dates


class Check(Counted):
    """A comparison of the cells of one return; data/forms/ explains its keys above `checks`."""

    id: Text
    sheets: tuple[Text, ...]
    left: Texts
    operator: Literal["=", "<=", "needs", "grow"]
    right: tuple[Text, ...] = ()
    at: Text
    only: Words = ()
    least: int = 0
    severity: Severity
    doubts: Literal["all", "at", "after_some"] = "all"
    above_zero: bool = False

    @property
    def names(self) -> set[str]:
        """The codes of rows, or keys of columns, that it needs."""
        return {*self.left, *self.right, self.at, *(["form"] if self.only else [])}


class Form(StrictModel):
    """The form: its version, the words it knows, its sheets in order, and comparisons of cells."""

    version: int
    header_row: int
    first_row: int
    yes_word: Text
    no_word: Text
    none_words: Words
    no_names: Words = ()
    example_date: Text
    year: int
    documents: DocumentWords
    below: Below
    headers: HeaderWords = HeaderWords()
    official: Official
    check_page: Added
    mend_page: Added
    counted: dict[CountedKind, Counted]
    advice: dict[CellKind, Text]
    info: Info
    sheets: tuple[Sheet, ...]
    checks: tuple[Check, ...]

    @model_validator(mode="after")
    def _check_comparisons(self) -> Self:
        """Reject a comparison whose `right` or `at` does not fit its operands, or that names a
        sheet, row or column that the form does not have.
        """
        sheets = {sheet.objective: sheet for sheet in self.sheets}
        for check in self.checks:
            if (check.operator == "grow") == bool(check.right):
                raise ValueError(f"so sánh {check.id}: “grow” không có right, phép khác phải có")
            if check.at not in (*check.left, *check.right):
                raise ValueError(f"so sánh {check.id}: “at” phải là một trong left, right")
            for objective in check.sheets:
                if objective not in sheets:
                    raise ValueError(f"so sánh {check.id}: không có biểu {objective}")
                sheet = sheets[objective]
                keys, codes = {c.key for c in sheet.columns}, {item.code for item in sheet.items}
                # The names are all keys or all codes: the smaller set tells which was meant.
                unknown = min(check.names - keys, check.names - codes, key=len)
                if unknown:
                    words = f"biểu {sheet.name} không có {', '.join(sorted(unknown))}"
                    raise ValueError(f"so sánh {check.id}: {words}")
        return self

    @model_validator(mode="after")
    def _check_since(self) -> Self:
        """Reject a row or column whose `since` is above the form's `version`."""
        for sheet in self.sheets:
            for name, since in sheet.since.items():
                if since > self.version:
                    raise ValueError(
                        f"biểu {sheet.name}: {name} ghi since {since} mà version của biểu mẫu là "
                        f"{self.version}; nâng version"
                    )
        return self

    @cached_property
    def versions(self) -> list[int]:
        """The versions whose returns can be read, ascending; this one is the last.

        An earlier one can be read if each later version has entries with its `since`.
        """
        since = {version for sheet in self.sheets for version in sheet.since.values()}
        first = self.version
        while first > 1 and first in since:
            first -= 1
        return [*range(first, self.version + 1)]

    def as_of(self, version: int) -> "Form":
        """Return the form as it was in an earlier version, without comparisons of later entries."""
        since = [pair for sheet in self.sheets for pair in sheet.since.items()]
        added = {name for name, first in since if first > version}
        entries = {
            "version": version,
            "sheets": tuple(sheet.as_of(version) for sheet in self.sheets),
            "checks": tuple(check for check in self.checks if not check.names & added),
        }
        return Form.model_construct(**dict(self) | entries)

    @property
    def yes_no(self) -> tuple[str, str]:
        """The two words that a cell of kind yes_no may hold."""
        return self.yes_word, self.no_word

    @property
    def latest_year(self) -> int:
        """The last year that a date in a return can have."""
        return self.year + _YEARS_AHEAD

    @cached_property
    def document_reader(self) -> DocumentReader:
        """The reader of cells about a document, with the form's words."""
        return DocumentReader(self.documents, self.none_words)

    def is_nameless(self, text: str) -> bool:
        """Return whether a text is no name of a model: a word of `no_names`, or without letters."""
        letters = re.sub(r"[\W\d_]", "", fold(text))
        return letters in {"", *map(fold, self.no_names)}

    @cached_property
    def labels_by_code(self) -> dict[str, str]:
        """Labels by column key, by code of a row or group, and by item (2.1:document)."""
        labels = {
            column.key: column.header for sheet in self.sheets for column in sheet.expected_columns
        }
        for sheet in self.sheets:
            labels |= {group.code: f"{group.code} {group.label}" for group in sheet.groups}
            for item in sheet.items:
                label = labels[item.code] = f"{item.code} {item.label}"
                for column in sheet.yearly_columns:
                    labels[sheet.item_name(item.code, column)] = f"{label}: {column.header}"
        return labels

    @cached_property
    def quantities(self) -> dict[str, str]:
        """The quantity that each row with its own unit of measure counts, by code.

        It is the code itself; rows that an “=” comparison adds up share one: "6.4 + 6.5 + 6.6".
        """
        codes = [item.code for sheet in self.sheets for item in sheet.items if item.measure]
        quantities = dict(zip(codes, codes, strict=True))
        equations = [check for check in self.checks if check.operator == "="]
        for side in (side for check in equations for side in (check.left, check.right)):
            quantities |= {code: " + ".join(side) for code in side if code in quantities}
        return quantities

    def header_of(self, text: str, sheet: Sheet) -> str:
        """Return the folded header of the form's column that `text`, a sender's header, means.

        "" for a header in `headers.ignored`; an unknown header is returned folded.
        """
        folded = fold(text)
        if folded in sheet.headers:
            return folded
        # One suffix may follow another: "Quý I (lượt) 2017".
        without_suffix = self._header_suffix.sub("", normalize_text(text))
        stems = {fold(without_suffix), fold(self._header_suffix.sub("", without_suffix))}
        position_of = self._header_positions[sheet.name]
        if positions := [position_of[stem] for stem in stems if stem in position_of]:
            return fold(sheet.columns[min(positions)].header)
        return "" if folded in map(fold, self.headers.ignored) else folded

    @cached_property
    def _header_positions(self) -> dict[str, dict[str, int]]:
        """Positions of columns by sheet name and folded header or alias; the first column wins."""
        positions: dict[str, dict[str, int]] = {sheet.name: {} for sheet in self.sheets}
        for sheet in self.sheets:
            for at, column in enumerate(sheet.columns):
                names = [column.header, f"số {column.header}"]
                if column.is_periodic and column.period:
                    names += self.headers.periods.get(column.period, ())
                for name in names:
                    positions[sheet.name].setdefault(fold(name), at)
        return positions

    @cached_property
    def _header_suffix(self) -> re.Pattern[str]:
        """The pattern of what may follow a header: a unit of measure in brackets, or the year."""
        units = any_of_pattern(map(normalize_text, self.headers.units))
        return re.compile(rf" ?(?:\((?:số )?(?:{units})\)|[/-] ?{self.year}|(?:năm )?{self.year})$")

    def periods_in(self, title: str, sheet: Sheet) -> list[str]:
        """Return the sheet's periods that share a month with the parts of the year in a header.

        On a sheet of quarters: "Quý II (bổ sung)" -> ["Q2"], "Tháng 11" -> ["Q4"].
        """
        text, months = normalize_text(title), set[int]()
        for name in sorted(self._months_of_names, key=len, reverse=True):
            text, found = re.subn(rf"(?<!\w){re.escape(name)}(?!\w)", " ", text)
            months |= self._months_of_names[name] if found else set()
        periods = [c.period for c in sheet.columns if c.is_periodic and c.period]
        return [period for period in periods if not months.isdisjoint(months_of(period))]

    @cached_property
    def _months_of_names(self) -> dict[str, set[int]]:
        """The months by normalized name of a quarter, month or span of months."""
        names = {}
        for period, label in PERIOD_LABELS.items():
            if period != "Y":
                for name in (label, *self.headers.periods.get(period, ())):
                    names[normalize_text(name)] = months_of(period)
        for span, words in self.headers.spans.items():
            first, last = (int(month[1:]) for month in span.split("-"))  # "M01-M06"
            names |= {normalize_text(name): {*range(first, last + 1)} for name in words}
        return names

    def checks_of(self, objective: str) -> list[Check]:
        """Return the comparisons of the sheet of this objective."""
        return [check for check in self.checks if objective in check.sheets]

    def sheet(self, objective: str) -> Sheet:
        """Return the sheet of this objective."""
        return next(sheet for sheet in self.sheets if sheet.objective == objective)

    def relabel(self, labels: Mapping[str, str]) -> "Form":
        """Return the form with these labels (by code) for its items; raise InputRefused for an
        unknown code.
        """
        codes = {item.code for sheet in self.sheets for item in sheet.items}
        if unknown := sorted(labels.keys() - codes):
            raise InputRefused(
                f"Kế hoạch, khóa “labels”: biểu mẫu không có mã {', '.join(unknown)}; "
                f"dùng một trong {', '.join(sorted(codes))}."
            )
        sheets = []
        for sheet in self.sheets:
            items = [
                i.model_copy(update={"label": labels.get(i.code, i.label)}) for i in sheet.items
            ]
            sheets.append(sheet.model_copy(update={"items": tuple(items)}))
        return self.model_copy(update={"sheets": tuple(sheets)})


def months_of(period: str) -> set[int]:
    """Return the months of a quarter, a month or the year: Q2 -> {4, 5, 6}, M11 -> {11}."""
    if period == "Y":
        return {*range(1, 13)}
    number = int(period[1:])
    return {number} if period[0] == "M" else {*range(3 * number - 2, 3 * number + 1)}


def load_form(path: Path, objectives: Collection[str], **placeholders: str) -> Form:
    """Return a form of data/forms with the sheets of these objectives.

    `placeholders` are replaced in the texts of the file: year="2017" replaces `{year}`.
    Raises InputRefused that names each faulty key.
    """
    if not path.is_file():
        raise InputRefused(
            f"Không tìm thấy biểu mẫu {path.name} trong data/forms. Kiểm tra tên trong kế hoạch."
        )
    form = parse_model(path.read_bytes(), path.name, Form, placeholders=(*placeholders.items(),))
    sheets = tuple(sheet for sheet in form.sheets if sheet.objective in objectives)
    return form.model_copy(update={"sheets": sheets})
