"""What changed between two evaluated sets, and the cells that did it: put back alone, the finding would be another."""

import json
import re

import pandas as pd

from pcmd_eval.files import read_csv
from pcmd_eval.findings import COLUMNS as FINDING
from pcmd_eval.findings import DTYPES, judge
from pcmd_eval.observations import KEY, load_tables
from pcmd_eval.paths import Places
from pcmd_eval.plan import Plan
from pcmd_eval.proof.trace import about, decides
from pcmd_eval.words import CELL_WORDS, VERDICTS

_OF = ["unit_code", "objective"]
_NOW = ["verdict", "low", "high"]  # a row's finding, and what it was
_BEFORE = [f"{column}_before" for column in _NOW]
_MOVED = [
    "reporter",
    "cell_unit",
    "file",
    "sheet",
    "cell",
    "item",
    "period",
    "value_before",
    "value",
]
_TELLING = re.compile(
    "pcmd_eval/|data/(plans|forms|units)/|[^/]+$"
)  # files, and libraries, that findings rest on
COLUMNS = ["unit_code", "unit_name", "objective", *_BEFORE, *_NOW, "cause", *_MOVED]


def diff(plan: Plan, old: Places, new: Places) -> pd.DataFrame:
    """The findings that changed, a row for each cell that changed one, columns `COLUMNS`, all string; none if none did.

    The cells are those of the returns that, put back alone, make the finding another one, or else of all together.
    Where no cell did it, one row names in `cause` what else differs: plan, form, register, code, libraries.
    Raises InputRefused where nothing was evaluated.
    """
    sides = old, new
    was, now = (load_tables(places.internal, plan)[0] for places in sides)
    filed = (read_csv(places.internal / "findings.csv", DTYPES)[FINDING] for places in sides)
    before, after = (findings.astype("string").fillna("").set_index(_OF) for findings in filed)
    before = before.reindex(after.index, fill_value="")
    changed = after.join(before.add_suffix("_before"))[(before != after).any(axis=1)].reset_index()
    causes = [_culprits(plan, slug, was, now) for slug in changed.objective.unique()]
    found = changed.merge(
        pd.concat([pd.DataFrame(columns=[*_OF, *_MOVED]), *causes]), on=_OF, how="left"
    )
    found = found.assign(
        cause=found.reporter.mask(found.reporter.notna(), "số liệu").fillna(_besides(*sides))
    )
    return found[COLUMNS].astype("string")


def _culprits(plan: Plan, slug: str, was: pd.DataFrame, now: pd.DataFrame) -> pd.DataFrame:
    """The cells that make a finding another one, by the unit whose finding it is, columns `_OF` and `_MOVED`."""
    was, now = (cells[cells.objective == slug] for cells in (was, now))

    def judged(back: list[str]) -> pd.DataFrame:
        mixed = pd.concat(
            [now[~now.reporter.isin(back)], was[was.reporter.isin(back)]], ignore_index=True
        )
        return judge(plan, slug, mixed).set_index("unit_code").astype("string").fillna("")

    def moves(back: list[str]) -> set[str]:
        differs = (judged(back) != as_is).any(axis=1)
        return {*differs.index[differs]}

    moved, as_is = _moved(was, now), judged([])
    everybody = sorted({*moved.reporter})
    alone = {reporter: moves([reporter]) for reporter in everybody}
    together = moves(everybody) - set().union(*alone.values())
    guilty = [
        (unit, slug, reporter)
        for reporter in everybody
        for unit in sorted(alone[reporter] | together)
    ]
    return pd.DataFrame(guilty, columns=[*_OF, "reporter"]).merge(moved, on="reporter")


def _moved(was: pd.DataFrame, now: pd.DataFrame) -> pd.DataFrame:
    """The cells of which two sets say something else, or that count otherwise, columns `_MOVED`."""
    was, now = (
        cells.assign(
            nth=cells.groupby(KEY, dropna=False).cumcount(),
            cell_unit=cells.unit_code,
            told=cells.value.fillna(cells.state.map(CELL_WORDS)),
            counts=cells.some.astype("string").fillna("")
            + cells.cutoff.where(cells.column == "start").fillna(""),
        )[decides(cells)]
        for cells in (was, now)
    )
    both = now.merge(was, on=[*KEY, "nth"], how="outer", suffixes=("", "_before")).astype("string")
    sides = {"value": "told", "value_before": "told_before"}
    both = both.assign(
        **{side: both[told].fillna(CELL_WORDS["absent"]) for side, told in sides.items()}
    )
    both = both[
        (both.value != both.value_before)
        | (both.counts.fillna("") != both.counts_before.fillna(""))
    ]
    places = ("cell_unit", "file", "sheet", "cell")
    return both.assign(
        **{column: both[column].fillna(both[f"{column}_before"]) for column in places}
    )[_MOVED]


def _besides(*sides: Places) -> str:
    """What two sets were made with that differs and can change a finding, as the records of their runs say."""
    records = [places.published / "run.json" for places in sides]
    if not all(record.is_file() for record in records):
        return "quy tắc hoặc chương trình; không có run.json của cả hai bộ đã công bố để so"
    runs = [json.loads(record.read_bytes()) for record in records]
    was, now = ({**run.get("inputs", {}), **run.get("versions", {})} for run in runs)
    differs = sorted(name for name in was | now if was.get(name) != now.get(name))
    said = [
        "chương trình" if name.startswith("pcmd_eval/") else name
        for name in differs
        if _TELLING.match(name)
    ]
    return ", ".join(dict.fromkeys(said)) or "không rõ"


def lines(plan: Plan, found: pd.DataFrame) -> list[str]:
    """What `diff` found, in words: a line for each finding, below it one for each cell, or for what else differs."""
    cells = about(plan, found, found.cell_unit) + ": " + found.value_before + " → " + found.value
    told = found.fillna("").assign(told="  " + cells.fillna("Do: " + found.cause))
    said = []
    for (_, slug), rows in told.groupby(_OF, sort=False):
        one = rows.iloc[0]
        sides = (one[_BEFORE], one[_NOW])
        was, now = (
            f"{VERDICTS[v].word} ({low}/{high})" if v else "không có" for v, low, high in sides
        )
        said += [f"{one.unit_name}, {plan[slug].title}: {was} → {now}", *rows.told]
    return said
