"""What changed between two evaluated sets, and the cells that did it: put back alone, the finding would be another."""

import json
from collections.abc import Iterator
from typing import NamedTuple

import pandas as pd

from pcmd_eval.files import read_csv
from pcmd_eval.findings import COLUMNS as FINDING
from pcmd_eval.findings import DTYPES, judge
from pcmd_eval.observations import KEY, load_tables
from pcmd_eval.paths import Places
from pcmd_eval.plan import Plan
from pcmd_eval.proof.trace import spoken
from pcmd_eval.words import CELL_WORDS, PERIODS, VERDICTS

_NOW = ["verdict", "low", "high"]  # a row's finding, and what it was
_BEFORE = [f"{column}_before" for column in _NOW]
_MOVED = ["reporter", "file", "sheet", "cell", "item", "period", "value_before", "value"]
COLUMNS = ["unit_code", "unit_name", "objective", *_BEFORE, *_NOW, "cause", *_MOVED]


class Evaluated(NamedTuple):
    """A set: its cells, its findings, and what it was made with besides returns (run.json: file or library, hash)."""

    cells: pd.DataFrame
    findings: pd.DataFrame
    made_with: dict[str, str]


def load_set(plan: Plan, places: Places) -> Evaluated:
    """Read the set of an output folder; raises InputRefused if nothing was evaluated there."""
    records = (folder / "run.json" for folder in (places.internal, places.published))
    run = next((json.loads(path.read_bytes()) for path in records if path.is_file()), {})
    cells, _ = load_tables(places.internal, plan)
    made_with = {**run.get("inputs", {}), **run.get("versions", {})}
    return Evaluated(cells, read_csv(places.internal / "findings.csv", DTYPES), made_with)


def diff(plan: Plan, old: Evaluated | Places, new: Evaluated | Places) -> pd.DataFrame:
    """The findings that changed, a row for each cell that changed one, columns `COLUMNS`, all string; none if none did.

    The cells are those of the returns that, put back alone, make the finding another one, or else of all together.
    Where no cell did it, one row names in `cause` what else differs: plan, form, register, code, libraries.
    """
    was, now = (load_set(plan, each) if isinstance(each, Places) else each for each in (old, new))
    keys = ["unit_code", "objective"]
    before, after = (each.findings[FINDING].astype("string").fillna("").set_index(keys) for each in (was, now))
    before, after = before.align(after, fill_value="")
    changed = after.join(before.add_suffix("_before"))[(before != after).any(axis=1)].reset_index()
    rows = [
        {**finding.to_dict(), **cause}
        for slug, findings in changed.groupby("objective", sort=False)
        for finding, causes in zip(findings.iloc, _causes(plan, was, now, slug, findings.unit_code), strict=True)
        for cause in causes
    ]
    return pd.DataFrame(rows, columns=COLUMNS).astype("string")


def _causes(plan: Plan, was: Evaluated, now: Evaluated, slug: str, units: pd.Series) -> Iterator[list[dict[str, str]]]:
    """For each of these units what made its finding another one: cells, or what else differs."""

    def with_back(reporters: list[str]) -> pd.DataFrame:
        kept, back = ~now.cells.reporter.isin(reporters), was.cells.reporter.isin(reporters)
        mended = pd.concat([now.cells[kept], was.cells[back]], ignore_index=True)
        return judge(plan, slug, mended).set_index("unit_code")

    moved = _moved(*(each.cells[each.cells.objective == slug] for each in (was, now)))
    everybody, as_is = sorted({*moved.reporter}), with_back([])
    tried = {reporter: with_back([reporter]) for reporter in everybody}
    together = with_back(everybody)
    for unit in units:
        guilty = [reporter for reporter, found in tried.items() if not found.loc[unit].equals(as_is.loc[unit])]
        if not guilty and not together.loc[unit].equals(as_is.loc[unit]):
            guilty = everybody
        cells = moved[moved.reporter.isin(guilty)].assign(cause="số liệu")
        yield cells.to_dict("records") or [{"cause": _besides(was.made_with, now.made_with)}]


def _besides(was: dict[str, str], now: dict[str, str]) -> str:
    """What two sets were made with that differs and can change a finding, in words."""
    if not (was and now):
        return "quy tắc hoặc chương trình; không có run.json của cả hai bộ để so"
    differs = sorted(name for name in was | now if was.get(name) != now.get(name))
    code = [name for name in differs if name.startswith("pcmd_eval/")]
    said = [name for name in differs if name.startswith(("data/plans/", "data/forms/", "data/units/"))]
    said += [f"chương trình ({len(code)} tệp)"] if code else []
    return ", ".join([*said, *(name for name in differs if "/" not in name)]) or "không rõ"


def _moved(was: pd.DataFrame, now: pd.DataFrame) -> pd.DataFrame:
    """The cells of which two sets say something else, or that count otherwise, columns `_MOVED`."""
    was, now = (
        cells.assign(
            nth=cells.groupby(KEY, dropna=False).cumcount(),
            told=cells.value.fillna(cells.state.map(CELL_WORDS)),
            counts=cells.some.astype("string").fillna("") + cells.cutoff.where(cells.column == "start").fillna(""),
        )
        for cells in (was, now)
    )
    both = now.merge(was, on=[*KEY, "nth"], how="outer", suffixes=("", "_before")).astype("string")
    both = both[((both.told != both.told_before) | (both.counts != both.counts_before)).fillna(True)]
    places = {column: both[column].fillna(both[f"{column}_before"]) for column in ("file", "sheet", "cell")}
    return both.assign(**places, value=both.told, value_before=both.told_before)[_MOVED].fillna("")


def lines(plan: Plan, found: pd.DataFrame) -> list[str]:
    """What `diff` found, in words: a line for each finding, below it one for each cell, or for what else differs."""
    told = found.fillna("").assign(what=spoken(plan, found["item"]), period=found.period.map(PERIODS).fillna(""))
    said = []
    for (_, slug), rows in told.groupby(["unit_code", "objective"], sort=False):
        one = rows.iloc[0]
        was, now = (
            f"{VERDICTS[verdict].word} ({low}/{high})" if verdict else "không có"
            for verdict, low, high in one[[*_BEFORE, *_NOW]].to_numpy().reshape(2, 3)
        )
        said.append(f"{one.unit_name}, {plan[slug].title}: {was} → {now}")
        for row in rows.itertuples():
            place = " · ".join(filter(None, (row.reporter, row.file, row.sheet, row.cell, row.what, row.period)))
            said.append(f"  {place}: {row.value_before} → {row.value}" if place else f"  Do: {row.cause}")
    return said
