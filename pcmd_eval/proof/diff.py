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
from pcmd_eval.words import CELL_WORDS, PERIODS, VERDICTS

_FOUND = ["verdict", "low", "high", "needed", "total"]
_MOVED = ["reporter", "file", "sheet", "cell", "item", "period", "value_before", "value"]
COLUMNS = ["unit_code", "unit_name", "objective", *(c for f in _FOUND for c in (f"{f}_before", f)), "cause", *_MOVED]


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
    keyed = (
        each.findings[FINDING].astype("string").fillna("").set_index(["unit_code", "objective"]) for each in (was, now)
    )
    before, after = next(keyed).align(next(keyed), fill_value="")
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
        return judge(plan, slug, pd.concat([now.cells[kept], was.cells[back]], ignore_index=True)).set_index(
            "unit_code"
        )

    moved = _moved(*(each.cells[each.cells.objective == slug] for each in (was, now)))
    everybody, as_is = sorted({*moved.reporter}), with_back([])
    tried = {reporter: with_back([reporter]) for reporter in everybody}
    differs = sorted(n for n in was.made_with | now.made_with if was.made_with.get(n) != now.made_with.get(n))
    for unit in units:
        guilty = [reporter for reporter, found in tried.items() if not found.loc[unit].equals(as_is.loc[unit])]
        if not guilty and len(everybody) > 1 and not with_back(everybody).loc[unit].equals(as_is.loc[unit]):
            guilty = everybody
        cells = moved[moved.reporter.isin(guilty)].assign(cause="số liệu")
        yield cells.to_dict("records") or [{"cause": ", ".join(differs) or "quy tắc hoặc chương trình"}]


def _moved(was: pd.DataFrame, now: pd.DataFrame) -> pd.DataFrame:
    """The cells of which two sets say something else: another value, state or standing; columns `_MOVED`."""
    was, now = (each.assign(nth=each.groupby(KEY, dropna=False).cumcount()) for each in (was, now))
    both = now.merge(was, on=[*KEY, "nth"], how="outer", suffixes=("", "_before")).astype("string")
    both["value"], both["value_before"] = (
        both[f"value{end}"].fillna(both[f"state{end}"].map(CELL_WORDS)).fillna("") for end in ("", "_before")
    )
    told = ["value", "some", "cutoff"]
    same = [
        (both[c].fillna("") == both[f"{c}_before"].fillna("")) | ((c == "cutoff") & (both.column != "start"))
        for c in told
    ]
    for column in ("file", "sheet", "cell"):
        both[column] = both[column].fillna(both[f"{column}_before"])
    return both[~(same[0] & same[1] & same[2].fillna(True))][_MOVED].fillna("")


def lines(found: pd.DataFrame) -> list[str]:
    """What `diff` found, in words: a line for each finding, below it one for each cell, or for what else differs."""
    said = []
    for _, rows in found.fillna("").groupby(["unit_code", "objective"], sort=False):
        one = rows.iloc[0]
        endings = (
            f"{VERDICTS[v].word if v else 'không có'} ({low}/{high})"
            for v, low, high in (
                (one.verdict_before, one.low_before, one.high_before),
                (one.verdict, one.low, one.high),
            )
        )
        said.append(f"{one.unit_name}, {one.objective}: {' → '.join(endings)}")
        for row in rows.itertuples():
            place = " · ".join(
                part for part in (row.file, row.sheet, row.cell, row.item, PERIODS.get(row.period, "")) if part
            )
            said.append(
                f"  {place}: {row.value_before} → {row.value}" if row.cell or row.reporter else f"  Do: {row.cause}"
            )
    return said
