"""Whose a coded row is: code and label must agree, as code and name of a commune do.

Two signs that agree are enough, however the code is written (6.3., 6,3 or 6.3 as a number); one
strange sign alone is asked about; two that contradict each other spoil both rows they may mean.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from pcmd_eval.form import Item
from pcmd_eval.spelling import fold, fold_name

_MANY = 3  # from so many contradictions on, one fault tells of all


class Row(NamedTuple):
    """A row of a sheet as it was written.

    `filled`: whether anything stands in the columns that people fill in.
    """

    at: int
    code: object
    label: str
    filled: bool


class Signs(NamedTuple):
    """The items by a row's code (`sure`: written as the form does), the item by its label."""

    coded: tuple[str, ...]
    sure: bool
    labelled: str


class Contradiction(NamedTuple):
    """A row whose code is that of one item, and whose label is that of another."""

    row: Row
    coded: str
    labelled: str


class Told(NamedTuple):
    """A fault in the code of a row, in words."""

    row: int
    rule: str
    words: str


@dataclass
class Whose:
    """The rows of each item, the items in doubt with the row that raises it, and what to tell."""

    rows: dict[str, list[int]]
    doubtful: dict[str, int] = field(default_factory=dict)
    told: list[Told] = field(default_factory=list)


def signs(row: Row, items: Sequence[Item]) -> Signs:
    """Read code and label, each on its own; 6.1 and 6.10 are one number."""
    labelled = {_bare(item.label): item.code for item in items}.get(_bare(row.label), "")
    codes = {fold(item.code): item.code for item in items}
    if type(row.code) in (int, float):
        numbers = [code for code in codes.values() if code.count(".") == 1]
        return Signs(tuple(c for c in numbers if float(c) == row.code), False, labelled)
    written = fold(row.code or "")
    near = re.sub(r"[^0-9]+", ".", written).strip(".")
    coded = codes.get(written) or codes.get(near)
    return Signs((coded,) if coded else (), written in codes, labelled)


def decide(rows: Sequence[Row], items: Sequence[Item]) -> Whose:
    """Whose every row is, and what to tell of those that do not say it."""
    whose = Whose({item.code: [] for item in items})
    labels = {item.code: item.label for item in items}
    against: list[Contradiction] = []
    for row in rows:
        coded, sure, labelled = signs(row, items)
        if labelled in coded or (sure and not labelled):
            whose.rows[labelled or coded[0]].append(row.at)
        elif labelled and coded:
            against.append(Contradiction(row, coded[0], labelled))
        elif row.filled or fold(row.code or ""):
            suspect = labelled or (coded[0] if len(coded) == 1 else "")
            if suspect:
                whose.doubtful[suspect] = row.at
            whose.told.append(_unsure(row, suspect, labels.get(suspect, ""), labelled))
    for row, _, labelled in against:  # read as what its label says: its cells are of that kind
        whose.doubtful[labelled] = row.at
    for row, coded, _ in against:
        whose.doubtful.setdefault(coded, row.at)
    whose.told += _against(against, labels)
    _one_each(whose, {row.at for row in rows if row.filled})
    return whose


def _unsure(row: Row, suspect: str, label: str, labelled: str) -> Told:
    """One strange sign alone, or none."""
    code = f"mã “{row.code}”" if fold(row.code or "") else ""
    if suspect:
        words = f"{code} không đúng" if code else "chưa ghi mã"
        rule = "code-name" if labelled else "unknown-code"
        return Told(row.at, rule, f"{words}; ghi {suspect} ({label})")
    words = f"không có {code} trong biểu này" if code else "dòng có số liệu nhưng không ghi mã"
    remedy = "dòng không được tính, ghi mã của biểu hoặc xóa dòng"
    return Told(row.at, "unknown-code", f"{words}; {remedy}")


def _against(against: Sequence[Contradiction], labels: dict[str, str]) -> list[Told]:
    """A fault for each contradiction; one for all where a whole column was moved."""
    if len(against) >= _MANY:
        rows = [row.at for row, _, _ in against]
        mended = "; ".join(f"dòng {row.at}: {labelled}" for row, _, labelled in against)
        words = (
            f"mã và tên ở các dòng {min(rows)}–{max(rows)} không khớp (có thể một cột bị sắp xếp "
            f"hoặc đẩy xuống); nếu tên đúng thì ghi mã {mended}; nếu mã đúng thì ghi lại tên"
        )
        return [Told(min(rows), "code-name", words)]
    told = []
    for row, coded, labelled in against:
        said = f"mã {coded} là “{labels[coded]}”, tên ghi “{row.label}” ({labelled})"
        words = f"{said}: mã và tên phải khớp; sửa một trong hai"
        told.append(Told(row.at, "code-name", words))
    return told


def _one_each(whose: Whose, filled: set[int]) -> None:
    """Of the rows with one code those that are filled count; more than one is a fault."""
    for code, rows in whose.rows.items():
        counting = [at for at in rows if at in filled] or rows[:1]
        whose.rows[code] = counting
        if len(counting) > 1:
            named = ", ".join(map(str, counting))
            words = f"mã {code} đứng ở các dòng {named}; gộp thành một dòng"
            whose.told.append(Told(counting[1], "double-code", words))


def _bare(text: str) -> str:
    """Letters and digits alone, spelt one way."""
    return "".join(re.findall(r"[^\W_]", fold_name(re.sub(r"[^\w\s]", " ", text))))
