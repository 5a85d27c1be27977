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
from pcmd_eval.units import alike, named, readings

_NUMBER = re.compile(r"[0-9]+(\.[0-9]+)?")  # a code that Excel may take for a number
_MANY = 3  # from so many contradictions on, one fault tells of all


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

    coded: tuple[str, ...]
    labelled: tuple[str, ...]
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
    """The rows that the form itself has in a sheet; people may put a label in their own words."""

    key, rule, several = "mã", "unknown-code", False

    def __init__(self, names: dict[str, str]) -> None:
        self.names = names
        self._codes = {fold(code): code for code in names}
        self._labels = {"".join(bare_words(label)): code for code, label in names.items()}
        self._digits = min(map(len, names), default=0)

    def signs(self, row: WrittenRow) -> Signs:
        """Read code and label, each on its own; 6.1 and 6.10 are one number, 7888 is 07888."""
        written = fold(row.code)
        near = re.sub(r"[^0-9]+", ".", written).strip(".")
        spellings = dict.fromkeys((written, near, written.zfill(self._digits)))
        coded = [self._codes[spelling] for spelling in spellings if spelling in self._codes]
        if row.typed:
            numbers = filter(_NUMBER.fullmatch, self.names)
            coded = [code for code in numbers if float(code) == float(row.code)]
        sure = written in self._codes and not row.typed
        return Signs(tuple(coded), self.labelled(row.label), sure)

    def labelled(self, label: str) -> tuple[str, ...]:
        """The owners that a label means."""
        code = self._labels.get("".join(bare_words(label)))
        return (code,) if code else ()

    def hint(self, label: str) -> str:
        """What a label that nobody knows may mean; of items nothing is guessed."""
        return ""

    def elsewhere(self, row: WrittenRow) -> bool:
        """Whether a row is of an owner who has none in this sheet."""
        return False

    def unknown(self, row: WrittenRow) -> str:
        """What to say of a row that is nobody's."""
        said = "dòng có số liệu nhưng không ghi mã"
        if row.code:
            said = f"không có mã “{row.code}” trong biểu này"
        return f"{said}; dòng không được tính, ghi mã của biểu hoặc xóa dòng"


class Communes(Items):
    """The communes of one reporter, each with as many rows as it has forms of communication."""

    key, rule, several = "mã xã", "foreign-unit", True

    def __init__(self, plan: Plan, reporter: str) -> None:
        self._plan = plan
        self._reporter = reporter
        self._own = plan.communes(reporter)
        super().__init__(self._own.full_name.to_dict())
        self._by_name: dict[str, dict[str, str]] = {}  # folded name: code: type
        for unit in self._own.itertuples():
            self._by_name.setdefault(fold_name(unit.name), {})[unit.Index] = unit.type

    def signs(self, row: WrittenRow) -> Signs:
        """As of items; but a name that is not of the code always speaks against it."""
        coded, labelled, sure = super().signs(row)
        if self.elsewhere(row):
            labelled = ()
        return Signs(coded, labelled, sure and not row.label)

    def labelled(self, label: str) -> tuple[str, ...]:
        """The communes that a written name means, as `units.named`, for thousands of rows."""
        meant: list[str] = []
        for kind, name in readings(label):
            own = self._by_name.get(fold_name(name), {})
            meant += [code for code, type_ in own.items() if kind in (None, type_)]
        return tuple(dict.fromkeys(meant))

    def hint(self, label: str) -> str:
        """The commune that a name nobody knows may mean."""
        if not label:
            return ""
        if later := self._plan.later_unit(label, self._reporter):
            return f" ({later}; năm của kế hoạch chưa có)"
        near = alike(label, self._own).full_name
        return f" (có phải {near.iloc[0]}?)" if len(near) else ""

    def elsewhere(self, row: WrittenRow) -> bool:
        """Whether the code is of another reporter's commune, and the name does not deny it."""
        register = self._plan.register
        code = fold(row.code)
        if code in self.names or code not in register.index:
            return False
        return not row.label or not named(row.label, register.loc[[code]]).empty

    def unknown(self, row: WrittenRow) -> str:
        """What to say of a row that is no commune's of the reporter."""
        names = self._plan.register.full_name
        code = fold(row.code)
        if self.elsewhere(row):
            said = f"“{names[code]}” không thuộc {names[self._reporter]}"
        else:
            said = f"không rõ xã nào (mã “{code}”, tên “{row.label}”{self.hint(row.label)})"
        return f"{said}; dòng này không được tính, sửa mã và tên"


def owners(plan: Plan, sheet: Sheet, reporter: str) -> Items | None:
    """Those whose rows stand in a sheet; none of lines, which are nobody's before they are written.

    Communes are asked for by name and code alike.
    """
    if sheet.rows == "lines":
        return None
    names = {item.code: item.label for item in sheet.items}
    return Communes(plan, reporter) if sheet.rows == "communes" else Items(names)


def meant(among: Items, code: object, label: object) -> str:
    """Whose a row may be by its label, else by its code; "" if neither says it."""
    row = WrittenRow(0, str(code or ""), str(label or ""), type(code) in (int, float))
    coded, labelled, _ = among.signs(row)
    return next(iter((*labelled, *coded)), "")


def decide(rows: Iterable[WrittenRow], among: Items) -> Whose:
    """Whose every row is, and what to tell of those that do not say it."""
    whose = Whose({code: [] for code in among.names}, {}, [])
    doubts: list[
        tuple[WrittenRow, str, str]
    ] = []  # a row, the one its code means, the one its label does
    for row in rows:
        coded, labelled, sure = among.signs(row)
        agreed = [code for code in coded if code in labelled or (sure and not labelled)]
        if agreed:
            whose.rows[agreed[0]].append(row.at)
        elif row.filled or coded or (labelled and among.several):
            doubts.append((row, _only(coded), _only(labelled)))
    for row, _, labelled in doubts:  # read as what its label says: its cells are of that kind
        if labelled:
            whose.doubtful[labelled] = row.at
    for row, coded, _ in doubts:
        if coded:
            whose.doubtful.setdefault(coded, row.at)
    whose.told.extend(_told(doubts, among))
    return whose


def _only(codes):
    return codes[0] if len(codes) == 1 else ""


def _told(doubts, among):
    """A fault for each row in doubt; one for all where a whole column was moved."""
    against = [doubt for doubt in doubts if all(doubt)]
    if len(against) >= _MANY:
        first, about, _ = against[0]
        last, _, _ = against[-1]
        mended = "; ".join(f"dòng {row.at}: {labelled}" for row, _, labelled in against)
        words = (
            f"mã và tên ở các dòng {first.at}–{last.at} không khớp (có thể một cột bị sắp xếp "
            f"hoặc đẩy xuống); nếu tên đúng thì ghi mã {mended}; nếu mã đúng thì ghi lại tên"
        )
        yield Told(first.at, "code-name", words, about)
        doubts = [doubt for doubt in doubts if doubt not in against]
    for row, coded, labelled in doubts:
        if about := coded or labelled:
            yield Told(row.at, "code-name", _disagree(row, coded, labelled, among), about)
        elif row.filled:
            yield Told(row.at, among.rule, among.unknown(row))


def _disagree(row, coded, labelled, among):
    """What to say of code and label, of which at least one is known."""
    if not coded:
        said = f"{among.key} “{row.code}” không đúng" if row.code else f"chưa ghi {among.key}"
        return f"{said}; ghi {labelled} ({among.names[labelled]})"
    other = f" ({labelled})" if labelled else among.hint(row.label)
    said = f"mã “{row.code}” là “{among.names[coded]}”, tên ghi “{row.label}”{other}"
    return f"{said}: mã và tên phải khớp; sửa một trong hai"
