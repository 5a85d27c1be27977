"""Whose a coded row is: code and label must agree, as code and name of a commune do.

Two signs that agree are enough, however the code is written (6.3., 6,3 or 6.3 as a number); one strange sign alone is
asked about; two that contradict each other spoil both rows they may mean.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from pcmd_eval.form import Item
from pcmd_eval.spelling import fold, fold_name

_MANY = 3  # from so many contradictions on, one fault tells of all


class Row(NamedTuple):
    """A row of a sheet as it was written; `filled`: whether anything stands in the columns that people fill in."""

    at: int
    code: object
    label: str
    filled: bool


class Signs(NamedTuple):
    """What a row says: the items by its code (`sure`: written as the form does), the item by its label."""

    coded: tuple[str, ...]
    sure: bool
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
    if isinstance(row.code, float | int) and not isinstance(row.code, bool):
        numbers = [code for code in codes.values() if code.count(".") == 1]
        return Signs(tuple(c for c in numbers if float(c) == row.code), False, labelled)
    written = fold(row.code or "")
    if written in codes:
        return Signs((codes[written],), True, labelled)
    near = re.sub(r"[^0-9]+", ".", written).strip(".")
    return Signs((codes[near],) if near in codes else (), False, labelled)


def decide(rows: Sequence[Row], items: Sequence[Item]) -> Whose:
    """Whose every row is, and what to tell of those that do not say it."""
    found = Whose({item.code: [] for item in items})
    names = {item.code: item.label for item in items}
    against: list[tuple[Row, str, str]] = []
    for row in rows:
        coded, sure, labelled = signs(row, items)
        if labelled in coded or (sure and not labelled):
            found.rows[labelled or coded[0]].append(row.at)
        elif labelled and coded:
            against.append((row, coded[0], labelled))
        elif row.filled or fold(row.code or ""):
            suspect = labelled or (coded[0] if len(coded) == 1 else "")
            if suspect:
                found.doubtful[suspect] = row.at
            found.told.append(_unsure(row, suspect, names.get(suspect, ""), labelled))
    for (
        row,
        _,
        label,
    ) in against:  # a row is read as what its label says: its cells are of that kind
        found.doubtful[label] = row.at
    for row, code, _ in against:
        found.doubtful.setdefault(code, row.at)
    found.told += _against(against, names)
    _one_each(found, {row.at for row in rows if row.filled})
    return found


def _unsure(row: Row, suspect: str, name: str, labelled: str) -> Told:
    """One strange sign alone, or none."""
    said = f"mã “{row.code}”" if fold(row.code or "") else ""
    if suspect:
        words = f"{said} không đúng" if said else "chưa ghi mã"
        rule = "code-name" if labelled else "unknown-code"
        return Told(row.at, rule, f"{words}; ghi {suspect} ({name})")
    words = f"không có {said} trong biểu này" if said else "dòng có số liệu nhưng không ghi mã"
    return Told(
        row.at, "unknown-code", f"{words}; dòng không được tính, ghi mã của biểu hoặc xóa dòng"
    )


def _against(rows: Iterable[tuple[Row, str, str]], names: dict[str, str]) -> list[Told]:
    mend = {row.at: label for row, _, label in rows}
    if len(mend) < _MANY:
        return [
            Told(
                row.at,
                "code-name",
                f"mã {code} là “{names[code]}”, tên ghi “{row.label}” ({label}): "
                "mã và tên phải khớp; sửa một trong hai",
            )
            for row, code, label in rows
        ]
    so = "; ".join(f"dòng {at}: {code}" for at, code in mend.items())
    words = (
        f"mã và tên ở các dòng {min(mend)}–{max(mend)} không khớp (có thể một cột bị sắp xếp hoặc "
        f"đẩy xuống); nếu tên đúng thì ghi mã {so}; nếu mã đúng thì ghi lại tên"
    )
    return [Told(min(mend), "code-name", words)]


def _one_each(found: Whose, filled: set[int]) -> None:
    """Of the rows with one code those that are filled count; more than one is a fault."""
    for code, rows in found.rows.items():
        own = [at for at in rows if at in filled] or rows[:1]
        found.rows[code] = own
        if len(own) > 1:
            words = f"mã {code} đứng ở các dòng {', '.join(map(str, own))}; gộp thành một dòng"
            found.told.append(Told(own[1], "double-code", words))


def _bare(text: str) -> str:
    """Letters and digits alone, spelt one way."""
    return "".join(re.findall(r"[^\W_]", fold_name(re.sub(r"[^\w\s]", " ", text))))
