"""What changed between two evaluated sets, and the cells that did it: put back, they undo it."""

import json
import re
from functools import cache

import pandas as pd

from pcmd_eval.analysis.trace import cell_captions, decides
from pcmd_eval.evaluation.findings import DTYPES, judge
from pcmd_eval.evaluation.observations import KEY, load_tables
from pcmd_eval.plan.plan import Plan
from pcmd_eval.util.errors import InputRefused
from pcmd_eval.util.files import read_csv
from pcmd_eval.util.paths import OutputFolders
from pcmd_eval.util.vocabulary import CELL_STATE_LABELS, VERDICT_LABELS

_OF = ["unit_code", "objective"]
_NOW = ["verdict", "low", "high"]  # a row's finding, and what it was
_BEFORE = [f"{column}_before" for column in _NOW]
_PLACE = ["objective", "reporter", "unit_code", "period", "place"]
_MOVED = [
    *("reporter", "cell_unit", "file", "sheet", "cell", "item", "period"),
    *("value_before", "value"),
]
COLUMNS = ["unit_code", "unit_name", "objective", *_BEFORE, *_NOW, "cause", *_MOVED]
# Files, and libraries, that findings rest on.
_TELLING = re.compile("pcmd_eval/|data/(plans|forms|units)/|data/templates/sentences|[^/]+$")


def diff(plan: Plan, old: OutputFolders, new: OutputFolders) -> tuple[pd.DataFrame, int]:
    """The findings that changed, a row for each cell that did it, columns `COLUMNS`, all string;
    and how many cells say something else, and changed no finding.

    The cells are those of the returns that, put back alone, make the finding another one, or that,
    alone, would have made the old one another; else some that do so together, none of which can be
    left out. Where no cell did it, one row names in `cause` what else differs: plan, form,
    register, words of findings, code, libraries. Raises InputRefused where nothing was evaluated,
    or by another plan.
    """
    before, after = (_findings(plan, places) for places in (old, new))
    before = before.reindex(after.index, fill_value="")
    differs = (before != after).any(axis=1)
    changed = after.join(before.add_suffix("_before"))[differs].reset_index()
    cells = [_cells(plan, places) for places in (old, new)]
    causes = [_causes(plan, slug, *cells) for slug in changed.objective.unique()]
    causes = pd.concat([pd.DataFrame(columns=[*_OF, "key", *_MOVED]), *causes])
    rows = changed.merge(causes, on=_OF, how="left")
    rows["cause"] = rows.reporter.isna().map({True: _other_causes(old, new), False: "số liệu"})
    idle = len(_moved(*cells)) - len(causes.drop_duplicates("key"))
    return rows[COLUMNS].astype("string"), idle


def _findings(plan, places):
    """The findings of a set as text; refuses those of another plan."""
    findings = read_csv(places.internal / "findings.csv", DTYPES)
    for name, year in zip(findings.plan, findings.year, strict=True):
        if (name, year) != (plan.plan, plan.year):
            raise InputRefused(
                f"Không so được: một bộ được đánh giá theo Kế hoạch {name} năm {year}, "
                f"không phải {plan.plan} năm {plan.year}. Chỉ so hai bộ của cùng một kế hoạch; "
                "ghi --plan của kế hoạch ấy. "
                "Muốn so với năm trước: ghi khóa “previous” trong tệp kế hoạch rồi chạy "
                "“pcmd-eval run”, xem changes.csv."
            )
    return findings.astype("string").fillna("").set_index(_OF)


def _cells(plan, places):
    """The cells of a set; `key` tells each apart, also where a code stands twice, and `place` has a
    commune's rows of one period, or a reporter's.
    """
    cells, _ = load_tables(places.internal, plan)
    nth = cells.groupby(KEY, dropna=False).cumcount().astype("string")
    key = cells[KEY].fillna("").agg("|".join, axis=1) + "|" + nth
    place = cells.reporter + "|" + cells.unit_code + "|" + cells.period
    return cells.assign(key=key, place=place)


def _causes(plan, slug, old, new):
    """The cells that make a finding another one, by whose it is: `_OF`, `key` and `_MOVED`.

    Looked for in each return by itself first, so that those that do it together are of one sender
    wherever one is enough.
    """
    old = old[(old.objective == slug) & decides(old)]
    new = new[(new.objective == slug) & decides(new)]
    moved = _moved(old, new)
    all_keys = tuple(moved.key)
    units, changed_units = _trials(plan, slug, old, new, all_keys)
    rows = []
    for unit in sorted(units):
        alone = []
        for _, keys in moved.groupby("reporter").key:
            alone += _causing(changed_units, unit, tuple(keys))
        rows += [(unit, slug, key) for key in alone or _causing(changed_units, unit, all_keys)]
    return pd.DataFrame(rows, columns=[*_OF, "key"], dtype="string").merge(moved, on="key")


def _trials(plan, slug, old, new, all_keys):
    """The units whose finding is another one with all cells (a tuple of keys) exchanged, and what
    tells which of them it is with some: those of the new set put back, or those of the old one
    alone changed.
    """

    def judged(keys, explained=None):
        tried = [_exchanged(new, old, keys), _exchanged(old, new, keys)]
        findings = [judge(plan, slug, cells, explained=explained) for cells in tried]
        return pd.concat(findings, ignore_index=True).astype("string").fillna("")

    untouched = judged(())

    def changed(findings):
        return {*untouched.unit_code[(findings != untouched).any(axis=1)]}

    units = changed(judged(all_keys))

    @cache
    def changed_units(keys):
        return changed(judged(keys, units)) & units  # nobody asks what becomes of the others

    return units, changed_units


def _exchanged(cells, others, keys):
    """The cells, but those of the keys as the others have them; where no row is left of a place
    nothing is known of it.
    """
    rows = pd.concat([cells[~cells.key.isin(keys)], others[others.key.isin(keys)]])
    lost = cells.loc[~cells.place.isin(rows.place), _PLACE].drop_duplicates()
    return pd.concat([rows, lost.assign(row="none", state="absent")], ignore_index=True)


def _causing(changed_units, unit, keys):
    """Which cells change the finding of a unit alone, found by halves; else those that do so only
    together.
    """
    if unit not in changed_units(keys):
        return ()
    if len(keys) == 1:
        return keys
    half = len(keys) // 2
    alone = _causing(changed_units, unit, keys[:half]) + _causing(changed_units, unit, keys[half:])
    return alone or _fewest(changed_units, unit, keys)


def _fewest(changed_units, unit, keys):
    """What is left when every cell is dropped that can be."""
    for one in keys:
        fewer = tuple(key for key in keys if key != one)
        if unit in changed_units(fewer):
            keys = fewer
    return keys


def _moved(old, new):
    """The cells that say something else, or count otherwise, columns `key` and `_MOVED`."""
    old, new = _contents(old), _contents(new)
    rows = new.combine_first(old)  # of a cell that is there no more, where it was
    absent = {"value": CELL_STATE_LABELS["absent"], "counts": ""}
    old, new = (side[[*absent]].reindex(rows.index).fillna(absent) for side in (old, new))
    moved = rows.assign(value_before=old.value, value=new.value)
    moved = moved[(old != new).any(axis=1)].reset_index()
    return moved[["key", *_MOVED]].astype("string")


def _contents(cells):
    """Cells by key with what each says, its state if nothing, and with all by which it `counts`."""
    cutoff = cells.cutoff.where(cells.column == "start").fillna("")
    contents = cells.assign(
        cell_unit=cells.unit_code,
        value=cells.value.fillna(cells.state.map(CELL_STATE_LABELS)),
        counts=cells.some.astype("string").fillna("") + cutoff,
    )
    return contents.set_index("key")


def _other_causes(*sides):
    """What else differs that can change a finding, as the records of both runs say."""
    try:
        old, new = map(_versions, sides)
    except (FileNotFoundError, ValueError):  # not published, or damaged
        return "quy tắc hoặc chương trình; không có run.json của cả hai bộ đã công bố để so"
    causes = []
    for name in sorted(old.keys() | new.keys()):
        if old.get(name) != new.get(name) and _TELLING.match(name):
            causes.append("chương trình" if name.startswith("pcmd_eval/") else name)
    return ", ".join(dict.fromkeys(causes)) or "không rõ"


def _versions(places):
    """The hashes of files and the versions of libraries that a run rested on, by its record."""
    record = json.loads((places.published / "run.json").read_bytes())
    return record.get("inputs", {}) | record.get("versions", {})


def diff_lines(plan: Plan, rows: pd.DataFrame) -> list[str]:
    """What `diff` gives, in words: a line for each finding, below it its cells, or the cause."""
    captions = cell_captions(plan, rows, rows.cell_unit)
    cells = captions + ": " + rows.value_before + " → " + rows.value
    rows = rows.fillna("").assign(line="  " + cells.fillna("Do: " + rows.cause))
    lines = []
    for (_, slug), of_one in rows.groupby(_OF, sort=False):
        finding = of_one.iloc[0]
        before = _in_words(*finding[_BEFORE])
        now = _in_words(*finding[_NOW])
        lines += [f"{finding.unit_name}, {plan[slug].title}: {before} → {now}", *of_one.line]
    return lines


def _in_words(verdict, low, high):
    return f"{VERDICT_LABELS[verdict]} ({low}/{high})" if verdict else "không có"
