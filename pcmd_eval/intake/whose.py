"""Whose a row is: its code and its label must agree, of an item of the form as of a commune.

Two signs that agree are enough, however the code is written (6.3., 6,3 or 6.3 as a number); one
strange sign alone is asked about; two that contradict each other spoil both rows they may mean.
"""

import re
from collections.abc import Iterable
from typing import NamedTuple

from pcmd_eval.form import Sheet
from pcmd_eval.plan import Plan
from pcmd_eval.spelling import bare_words, fold, fold_name
from pcmd_eval.units import spellings

_NUMBER = re.compile(r"[0-9]+(\.[0-9]+)?")  # a code that Excel may take for a number


class WrittenRow(NamedTuple):
    """A row of a sheet as it was written; `typed`: the code is a number, not text.

    `filled`: whether anything stands in the columns that people fill in.
    """

    at: int
    code: str
    label: str
    typed: bool = False
    filled: bool = True


class Signs(NamedTuple):
    """The owners that a row's code may mean, those that its label may mean.

    `sure`: the code is written as the form writes it, and no label speaks against it.
    """

    coded: list[str]
    labelled: list[str]
    sure: bool


class Told(NamedTuple):
    """A fault in the signs of a row, in words; `about` is the owner it may be of, if any."""

    row: int
    rule: str
    words: str
    about: str = ""


class Whose(NamedTuple):
    """The rows of each owner, the owners in doubt with the row that raises it, and what to tell."""

    rows: dict[str, list[int]]
    doubtful: dict[str, int]
    told: list[Told]


class Items:
    """The rows that the form itself has in a sheet; people may put a label in their own words.

    `names`: what they are called, by code; `others`: those that have no row here, but may be meant.
    """

    key, rule, several = "mã", "unknown-code", False

    def __init__(self, names: dict[str, str], others: dict[str, str] | None = None) -> None:
        self.names = names
        self.others = others or {}
        self._codes = {fold(code): code for code in self.others | names}
        self._digits = min(map(len, names), default=0)
        self._labels: dict[str, list[str]] = {}
        for code, label in (names | self.others).items():
            for spelling in self.spelt(label):
                self._labels.setdefault(spelling, []).append(code)

    def spelt(self, label: str) -> set[str]:
        """The ways in which a label may be written."""
        return {"".join(bare_words(label))}

    def hint(self, label: str) -> str:
        """What a label that nobody knows may mean; of items nothing is guessed."""
        return ""

    def signs(self, row: WrittenRow) -> Signs:
        """Read code and label, each on its own; 6.1 and 6.10 are one number, 7888 is 07888."""
        written = fold(row.code)
        near = re.sub(r"[^0-9]+", ".", written).strip(".")
        ways = dict.fromkeys((written, near, written.zfill(self._digits)))
        coded = [self._codes[way] for way in ways if way in self._codes]
        if row.typed:
            numbers = filter(_NUMBER.fullmatch, self._codes)
            coded = [code for code in numbers if float(code) == float(row.code)]
        labelled = []
        for spelling in self.spelt(row.label):
            labelled += self._labels.get(spelling, ())
        labelled = [code for code in labelled if code in self.names or code in coded]
        sure = written in self._codes and not row.typed
        return Signs(coded, labelled, sure and not (row.label if self.several else labelled))


class Communes(Items):
    """The communes of one reporter, each with as many rows as it has forms of communication.

    A name that is not of the code always speaks against it.
    """

    key, rule, several = "mã xã", "foreign-unit", True

    def __init__(self, plan: Plan, reporter: str) -> None:
        self._plan = plan
        self._reporter = reporter
        own = plan.communes(reporter)
        every = plan.communes()
        others = every[every.parent != reporter]
        super().__init__(own.full_name.to_dict(), others.full_name.to_dict())
        for code, name in every.name.items():
            self._labels.setdefault(fold_name(name), []).append(code)

    def spelt(self, label: str) -> set[str]:
        """With or without its type."""
        return spellings(label)

    def hint(self, label: str) -> str:
        """The commune of a later year that a name means."""
        later = self._plan.later_unit(label, self._reporter)
        return f" ({later}; năm của kế hoạch chưa có)" if later else ""


def owners(plan: Plan, sheet: Sheet, reporter: str) -> Items:
    """Those whose rows stand in a sheet: its items, or the reporter's communes.

    Nobody's are lines, before they are written.
    """
    names = {item.code: item.label for item in sheet.items}
    return Communes(plan, reporter) if sheet.rows == "communes" else Items(names)


def meant(among: Items, code: object, label: object) -> str:
    """Whose a row may be by its label, else by its code; "" if neither says it."""
    row = WrittenRow(0, str(code or ""), str(label or ""), type(code) in (int, float))
    coded, labelled, _ = among.signs(row)
    return next(iter((*labelled, *coded)), "")


def decide(rows: Iterable[WrittenRow], among: Items) -> Whose:
    """Whose every row is, and what to tell of those that do not say it.

    A row in doubt is read as what its label says: its cells are of that kind.
    """
    whose = Whose({code: [] for code in among.names}, {}, [])
    for row in rows:
        coded, labelled, sure = among.signs(row)
        agreed = next((code for code in coded if sure or code in labelled), "")
        code, label = agreed or _only(coded), agreed or _only(labelled)
        if agreed in among.names:
            whose.rows[agreed].append(row.at)
        elif row.filled or coded or (labelled and among.several):
            whose.told.append(_told(row, code, label, among))
            if label:
                whose.doubtful[label] = row.at
            if code:
                whose.doubtful.setdefault(code, row.at)
    return whose


def _only(codes):
    return codes[0] if len(codes) == 1 else ""


def _told(row, code, label, among):
    """The fault of a row, by the one owner that its code means and the one that its label does."""
    names = among.names | among.others
    if code and code == label:
        said = f"“{names[code]}” không thuộc đơn vị báo cáo; dòng không được tính, sửa mã và tên"
        return Told(row.at, among.rule, said)
    if code:
        other = f" ({label})" if label else among.hint(row.label)
        said = f"mã “{row.code}” là “{names[code]}”, tên ghi “{row.label}”{other}"
        words = f"{said}: mã và tên phải khớp; sửa một trong hai"
        return Told(row.at, "code-name", words, code)
    if label:
        said = f"{among.key} “{row.code}” không đúng" if row.code else f"chưa ghi {among.key}"
        return Told(row.at, "code-name", f"{said}; ghi {label} ({names[label]})", label)
    said = f"không rõ dòng của ai (mã “{row.code}”, tên “{row.label}”{among.hint(row.label)})"
    return Told(row.at, among.rule, f"{said}; dòng không được tính, ghi đúng mã và tên")
