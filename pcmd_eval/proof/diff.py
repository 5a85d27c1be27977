"""What changed between two evaluated sets, and the cells that did it: put back, they undo it."""

import json
import re
from functools import cache

import pandas as pd

from pcmd_eval.errors import InputRefused
from pcmd_eval.files import read_csv
from pcmd_eval.findings import DTYPES, judge
from pcmd_eval.observations import KEY, load_tables
from pcmd_eval.paths import Places
from pcmd_eval.plan import Plan
from pcmd_eval.proof.trace import about, decides
from pcmd_eval.words import CELL_WORDS, VERDICTS

_OF = ["unit_code", "objective"]
_NOW = ["verdict", "low", "high"]  # a row's finding, and what it was
_BEFORE = [f"{column}_before" for column in _NOW]
_PLACE = ["cell_unit", "file", "sheet", "cell"]
_MOVED = [
    "reporter",
    *_PLACE,
    "item",
    "period",
    "value_before",
    "value",
]
# Files, and libraries, that findings rest on.
_TELLING = re.compile("pcmd_eval/|data/(plans|forms|units)/|data/templates/sentences|[^/]+$")
COLUMNS = [
    "unit_code",
    "unit_name",
    "objective",
    *_BEFORE,
    *_NOW,
    "cause",
    *_MOVED,
]


def diff(plan: Plan, old: Places, new: Places) -> pd.DataFrame:
    """The findings that changed, a row for each cell that did it, columns `COLUMNS`, all string.

    The cells are those of the returns that, put back alone, make the finding another one, or that,
    alone, would have made the old one another; else the fewest that do so together. Where no cell
    did it, one row names in `cause` what else differs: plan, form, register, code, libraries.
    Raises InputRefused where nothing was evaluated, or by another plan.
    """
    filed = [read_csv(places.internal / "findings.csv", DTYPES) for places in (old, new)]
    for findings in filed:
        _refuse_another(plan, findings)
    was, now = _cells(plan, old, new)
    texts = [findings.astype("string").fillna("").set_index(_OF) for findings in filed]
    before, after = texts
    before = before.reindex(after.index, fill_value="")
    differs = (before != after).any(axis=1)
    changed = after.join(before.add_suffix("_before"))[differs].reset_index()
    causes = [_culprits(plan, slug, was, now) for slug in changed.objective.unique()]
    moved = pd.concat([pd.DataFrame(columns=[*_OF, *_MOVED]), *causes])
    found = changed.merge(moved, on=_OF, how="left")
    cause = found.reporter.mask(found.reporter.notna(), "số liệu").fillna(_besides(old, new))
    return found.assign(cause=cause)[COLUMNS].astype("string")


def without_effect(plan: Plan, old: Places, new: Places, found: pd.DataFrame) -> int:
    """How many cells two sets tell otherwise, and no finding changed; `found`: see `diff`."""
    guilty = found.loc[found.reporter.notna(), _MOVED].drop_duplicates()
    return len(_moved(*_cells(plan, old, new))) - len(guilty)


def _refuse_another(plan, findings):
    for name, year in zip(findings.plan, findings.year, strict=True):
        if (name, year) != (plan.plan, plan.year):
            raise InputRefused(
                f"Không so được: một bộ được đánh giá theo Kế hoạch {name} năm {year}, "
                f"không phải {plan.plan} năm {plan.year}. Chỉ so hai bộ của cùng một kế hoạch; "
                "ghi --plan của kế hoạch ấy. "
                "Muốn so với năm trước: ghi khóa “previous” trong tệp kế hoạch rồi chạy "
                "“pcmd-eval run”, "
                "xem changes.csv."
            )


def _cells(plan, old, new):
    """The cells of both sets; `key` tells each apart, also where a code stands twice."""
    sides = [load_tables(places.internal, plan)[0] for places in (old, new)]
    return [cells.assign(key=_keys(cells)) for cells in sides]


def _keys(cells):
    nth = cells.groupby(KEY, dropna=False).cumcount().astype("string")
    return cells[KEY].fillna("").agg("|".join, axis=1) + "|" + nth


def _culprits(plan, slug, was, now):
    """The cells that make a finding another one, by whose it is, columns `_OF` and `_MOVED`."""
    was = was[(was.objective == slug) & decides(was)]
    now = now[(now.objective == slug) & decides(now)]
    moved = _moved(was, now)
    moves = _mover(plan, slug, was, now)

    def guilty(unit, group):
        if unit not in moves(group):
            return ()
        if len(group) == 1:
            return group
        half = len(group) // 2
        found = guilty(unit, group[:half]) + guilty(unit, group[half:])
        return found or _fewest(group, lambda fewer: unit in moves(fewer))

    every = tuple(moved.key)
    rows = []
    for unit in sorted(moves(every)):
        culprits = []
        for _, keys in moved.groupby("reporter").key:
            culprits += guilty(unit, tuple(keys))
        rows += [(unit, slug, key) for key in culprits or guilty(unit, every)]
    return pd.DataFrame(rows, columns=[*_OF, "key"], dtype="string").merge(moved, on="key")


def _mover(plan, slug, was, now):
    """What says whose finding is another one with these cells (a tuple of keys) put back, or these
    alone changed.
    """

    def judged(cells, others, group):
        mixed = [cells[~cells.key.isin(group)], others[others.key.isin(group)]]
        found = judge(plan, slug, pd.concat(mixed, ignore_index=True))
        return found.set_index("unit_code").astype("string").fillna("")

    as_is = judged(now, was, ())
    as_was = judged(was, now, ())

    @cache
    def moves(group):
        differs = judged(now, was, group).ne(as_is) | judged(was, now, group).ne(as_was)
        return {*differs.index[differs.any(axis=1)]}

    return moves


def _fewest(group, enough):
    """What is left of a group when everything is dropped that can be."""
    for one in group:
        fewer = tuple(key for key in group if key != one)
        group = fewer if fewer and enough(fewer) else group
    return group


def _moved(was, now):
    """The cells that say something else, or count otherwise, columns `key` and `_MOVED`."""
    keys = [*KEY, "key"]
    both = _said(now).merge(_said(was), on=keys, how="outer", suffixes=("", "_before"))
    both = both.astype("string")
    nothing = {"value": CELL_WORDS["absent"], "counts": ""}
    both = both.fillna(nothing | {f"{column}_before": said for column, said in nothing.items()})
    for column in _PLACE:  # of a cell that is there no more
        both[column] = both[column].fillna(both[f"{column}_before"])
    differs = both.value != both.value_before
    differs |= both.counts != both.counts_before
    return both.loc[differs, ["key", *_MOVED]]


def _said(cells):
    """Cells with what each says, its state if nothing, and with all by which it `counts`."""
    cutoff = cells.cutoff.where(cells.column == "start").fillna("")
    return cells.assign(
        cell_unit=cells.unit_code,
        value=cells.value.fillna(cells.state.map(CELL_WORDS)),
        counts=cells.some.astype("string").fillna("") + cutoff,
    )


def _besides(*sides):
    """What else differs that can change a finding, as the records of both runs say."""
    records = [places.published / "run.json" for places in sides]
    if not all(record.is_file() for record in records):
        return "quy tắc hoặc chương trình; không có run.json của cả hai bộ đã công bố để so"
    was, now = map(_given, records)
    differ = []
    for name in sorted(was.keys() | now.keys()):
        if was.get(name) != now.get(name) and _TELLING.match(name):
            differ.append("chương trình" if name.startswith("pcmd_eval/") else name)
    return ", ".join(dict.fromkeys(differ)) or "không rõ"


def _given(file):
    """The hashes of files and the versions of libraries that a run rested on, by its record."""
    record = json.loads(file.read_bytes())
    return record.get("inputs", {}) | record.get("versions", {})


def lines(plan: Plan, found: pd.DataFrame) -> list[str]:
    """What `diff` found, in words: a line for each finding, below it its cells, or the cause."""
    cells = about(plan, found, found.cell_unit) + ": " + found.value_before + " → " + found.value
    told = found.fillna("").assign(told="  " + cells.fillna("Do: " + found.cause))
    words = []
    for (_, slug), rows in told.groupby(_OF, sort=False):
        one = rows.iloc[0]
        was = _in_words(*one[_BEFORE])
        now = _in_words(*one[_NOW])
        words += [f"{one.unit_name}, {plan[slug].title}: {was} → {now}", *rows.told]
    return words


def _in_words(verdict, low, high):
    return f"{VERDICTS[verdict].word} ({low}/{high})" if verdict else "không có"
