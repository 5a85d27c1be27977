"""Whose a row is: its code and its label must agree, of an item of the form as of a commune.

Two signs that agree are enough, however the code is written (6.3., 6,3 or 6.3 as a number); one
strange sign alone is asked about; two that contradict each other spoil both rows they may mean.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from pcmd_eval.form import Sheet
from pcmd_eval.plan import Plan
from pcmd_eval.spelling import fold, fold_name
from pcmd_eval.units import alike, named, readings

_MANY = 3  # from so many contradictions on, one fault tells of all


class Row(NamedTuple):
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

    `sure`: the code was written as the form writes it, and no label speaks against it.
    """

    coded: tuple[str, ...]
    labelled: tuple[str, ...]
    sure: bool


class Doubt(NamedTuple):
    """A row that does not say whose it is: the one its code means and the one its label means."""

    row: Row
    coded: str
    labelled: str


class Told(NamedTuple):
    """A fault in the signs of a row, in words; `about` is the owner it may be of, if any."""

    row: int
    rule: str
    words: str
    about: str = ""


@dataclass
class Whose:
    """The rows of each owner, the owners in doubt with the row that raises it, and what to tell."""

    rows: dict[str, list[int]]
    doubtful: dict[str, int] = field(default_factory=dict)
    told: list[Told] = field(default_factory=list)


class Items:
    """The rows that the form itself has in a sheet; people may put a label in their own words."""

    key, strange, several = "mã", "unknown-code", False

    def __init__(self, sheet: Sheet) -> None:
        self.names = {item.code: item.label for item in sheet.items}
        self._codes = {fold(code): code for code in self.names}
        self._labels = {_bare(label): code for code, label in self.names.items()}

    def signs(self, row: Row) -> Signs:
        """Read code and label, each on its own; 6.1 and 6.10 are one number."""
        label = self._labels.get(_bare(row.label))
        labelled = (label,) if label else ()
        if row.typed:
            numbers = [code for code in self.names if code.count(".") == 1]
            return Signs(tuple(c for c in numbers if float(c) == float(row.code)), labelled, False)
        written = fold(row.code)
        near = re.sub(r"[^0-9]+", ".", written).strip(".")
        code = self._codes.get(written) or self._codes.get(near)
        return Signs((code,) if code else (), labelled, written in self._codes)

    def hint(self, label: str) -> str:
        """What a label that nobody knows may mean; of items nothing is guessed."""
        return ""

    def unknown(self, row: Row) -> str:
        """What to say of a row that is nobody's."""
        said = "dòng có số liệu nhưng không ghi mã"
        if row.code:
            said = f"không có mã “{row.code}” trong biểu này"
        return f"{said}; dòng không được tính, ghi mã của biểu hoặc xóa dòng"


class Communes:
    """The communes of one reporter, each with as many rows as it has forms of communication."""

    key, strange, several = "mã xã", "foreign-unit", True

    def __init__(self, plan: Plan, reporter: str) -> None:
        self._plan, self._reporter, self._own = plan, reporter, plan.communes(reporter)
        self.names = self._own.full_name.to_dict()
        self._by_name: dict[str, dict[str, str]] = {}  # folded name: code: type
        for unit in self._own.itertuples():
            self._by_name.setdefault(fold_name(unit.name), {})[unit.Index] = unit.type

    def signs(self, row: Row) -> Signs:
        """Read code and name; a number (7888 is 07888) is sure only where the name agrees."""
        code, labelled = fold(row.code), self._named(row.label)
        coded = tuple(c for c in {code, code.zfill(5)} if c in self.names)
        if self._of_another(row):
            labelled = ()
        return Signs(coded, labelled, coded == (code,) and not row.typed and not row.label)

    def hint(self, label: str) -> str:
        """The commune that a name nobody knows may mean."""
        if not label or len(self._named(label)) == 1:
            return ""
        if later := self._plan.later_unit(label, self._reporter):
            return f" ({later}; năm của kế hoạch chưa có)"
        near = alike(label, self._own).full_name
        return f" (có phải {near.iloc[0]}?)" if len(near) else ""

    def unknown(self, row: Row) -> str:
        """What to say of a row that is no commune's of the reporter."""
        names, code = self._plan.register.full_name, fold(row.code)
        said = f"không rõ xã nào (mã “{code}”, tên “{row.label}”{self.hint(row.label)})"
        if self._of_another(row):
            said = f"“{names[code]}” không thuộc {names[self._reporter]}"
        return f"{said}; dòng này không được tính, sửa mã và tên"

    def _named(self, name):
        """The communes that a written name means, as `units.named`, for thousands of rows."""
        meant: list[str] = []
        for kind, said in readings(name):
            own = self._by_name.get(fold_name(said), {})
            meant += [code for code, type_ in own.items() if kind in (None, type_)]
        return tuple(dict.fromkeys(meant))

    def _of_another(self, row):
        """Whether the code is of another reporter's commune, and the name does not deny it."""
        register, code = self._plan.register, fold(row.code)
        if code in self.names or code not in register.index:
            return False
        return not row.label or not named(row.label, register.loc[[code]]).empty


def owners(plan: Plan, sheet: Sheet, reporter: str) -> Items | Communes | None:
    """Those whose rows stand in a sheet; of lines, which are nobody's before they are written,
    none.
    """
    if sheet.rows == "lines":
        return None
    return Communes(plan, reporter) if sheet.rows == "communes" else Items(sheet)


def meant(among: Items | Communes, code: object, label: object) -> str:
    """Whose a row may be by its label, else by its code; "" if neither says it."""
    row = Row(0, str(code or ""), str(label or ""), isinstance(code, int | float))
    coded, labelled, _ = among.signs(row)
    return next(iter((*labelled, *coded)), "")


def decide(rows: Iterable[Row], among: Items | Communes) -> Whose:
    """Whose every row is, and what to tell of those that do not say it."""
    whose = Whose({code: [] for code in among.names})
    filled: set[int] = set()
    doubts: list[Doubt] = []
    for row in rows:
        if row.filled:
            filled.add(row.at)
        coded, labelled, sure = among.signs(row)
        agreed = [code for code in coded if code in labelled or (sure and not labelled)]
        if agreed:
            whose.rows[agreed[0]].append(row.at)
        elif row.filled or coded or (labelled and among.several):
            doubts.append(Doubt(row, _only(coded), _only(labelled)))
    for row, _, labelled in doubts:  # read as what its label says: its cells are of that kind
        if labelled:
            whose.doubtful[labelled] = row.at
    for row, coded, _ in doubts:
        if coded:
            whose.doubtful.setdefault(coded, row.at)
    whose.told += _told(doubts, among)
    if not among.several:
        _one_each(whose, filled)
    return whose


def _only(codes):
    return codes[0] if len(codes) == 1 else ""


def _told(doubts, among):
    """A fault for each row in doubt; one for all where a whole column was moved."""
    against = [doubt for doubt in doubts if doubt.coded and doubt.labelled]
    if len(against) >= _MANY:
        rows = [doubt.row.at for doubt in against]
        mended = "; ".join(f"dòng {doubt.row.at}: {doubt.labelled}" for doubt in against)
        words = (
            f"mã và tên ở các dòng {min(rows)}–{max(rows)} không khớp (có thể một cột bị sắp xếp "
            f"hoặc đẩy xuống); nếu tên đúng thì ghi mã {mended}; nếu mã đúng thì ghi lại tên"
        )
        yield Told(min(rows), "code-name", words, against[0].coded)
        doubts = [doubt for doubt in doubts if doubt not in against]
    for row, coded, labelled in doubts:
        about = coded or labelled
        if about:
            yield Told(row.at, "code-name", _disagree(row, coded, labelled, among), about)
        elif row.filled:
            yield Told(row.at, among.strange, among.unknown(row))


def _disagree(row, coded, labelled, among):
    """Code and label, of which at least one is known."""
    if not coded:
        said = f"{among.key} “{row.code}” không đúng" if row.code else f"chưa ghi {among.key}"
        return f"{said}; ghi {labelled} ({among.names[labelled]})"
    meant = f" ({labelled})" if labelled else among.hint(row.label)
    said = f"mã “{row.code}” là “{among.names[coded]}”, tên ghi “{row.label}”{meant}"
    return f"{said}: mã và tên phải khớp; sửa một trong hai"


def _one_each(whose, filled):
    """Of the rows with one code those that are filled count; more than one is a fault."""
    for code, rows in whose.rows.items():
        counting = [at for at in rows if at in filled] or rows[:1]
        whose.rows[code] = counting
        if len(counting) > 1:
            named_rows = ", ".join(map(str, counting))
            words = f"mã {code} đứng ở các dòng {named_rows}; gộp thành một dòng"
            whose.told.append(Told(counting[1], "double-code", words))


def _bare(text):
    """Letters and digits alone, spelt one way."""
    return "".join(re.findall(r"[^\W_]", fold_name(re.sub(r"[^\w\s]", " ", text))))
