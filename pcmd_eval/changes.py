"""This year's figures beside those of the year before, and a difference only where nothing missing
could alter it.

What is missing of a sum can only add to it: so of a sum with gaps it can be sure that it is more,
and by how much at least. Everything else has a reason instead of a number.
"""

from decimal import Decimal

import pandas as pd

from pcmd_eval import paths
from pcmd_eval.disclosure import WITHHELD, among, load_disclosure, totals_before
from pcmd_eval.errors import InputRefused
from pcmd_eval.indicators import catalogue, plain, worded
from pcmd_eval.plan import Plan
from pcmd_eval.sentences import said
from pcmd_eval.strict import Strict, load
from pcmd_eval.words import STANDINGS, at_least, lowered, number, share

KEY = ["unit_code", "item"]
LEAST = "ít nhất "  # in the words of a difference that can only be larger
COLUMNS = ["unit_code", "unit_name", "objective", "item", "label", "measure", "before", "now"]
COLUMNS += ["change", "percent", "words", "why"]
DTYPES = dict.fromkeys(COLUMNS, "string")


class Comparison(Strict):
    """data/comparison.yaml: from which base on a percentage is told; from what share of the
    districts their sum.
    """

    base: int
    districts: int


def load_comparison() -> Comparison:
    """The values in force."""
    return load(paths.DATA / "comparison.yaml", Comparison)


def changes(plan: Plan, figures: pd.DataFrame, internal: bool) -> pd.DataFrame:
    """A row for each figure that a plan's objectives count, in the order of `figures`, dtypes
    `DTYPES`.

    `before` and `now` as printed; `change` and `percent` only where both years are complete, exact
    and mean the same, else `why` not; `words` is what can be said for sure. Without `internal`
    persons of the year before are masked. No row where the plan names no year before. Raises
    InputRefused where one of the years alone is made up.
    """
    if plan.before is None:
        return pd.DataFrame(columns=COLUMNS).astype(DTYPES)
    if refused := mixed(plan, figures):
        raise InputRefused(refused)
    names = catalogue(plan)
    before = plan.before if internal else _public(plan, names)
    rows = _beside(plan, figures, before, names)
    told = [_told(plan, row) for row in rows.itertuples()]
    return rows[COLUMNS[:6]].join(pd.DataFrame(told)).reindex(columns=COLUMNS).astype(DTYPES)


def among_same(changed: pd.DataFrame, plan: Plan) -> pd.DataFrame:
    """Of each figure the sums over those who are compared, the same in both years: the columns of
    changes, `units` (how many districts they are), `bodies` (whether the province's own, too).

    Only from so many of the districts on as `Comparison.districts` says.
    """
    columns = [*COLUMNS[2:], "units", "bodies"]
    rows = compared(changed, plan)
    bodies = rows.unit_code == plan.province
    rows = rows.assign(
        value_before=rows.before.map(amount),
        value=rows.now.map(amount),
        units=(~bodies).astype(int),
        bodies=bodies.astype(int),
    )
    figure = rows.groupby(["objective", "item", "label", "measure"], sort=False)
    sums = figure[["value_before", "value", "units", "bodies"]].sum().reset_index()
    sums = sums[sums.units * 100 >= load_comparison().districts * len(plan.districts)]
    if sums.empty:
        return pd.DataFrame(columns=columns)
    sums = sums.assign(
        before=sums.value_before.map(number),
        now=sums.value.map(number),
        fixed=sums["item"].isin(_resting(catalogue(plan))),
    )
    differences = [_difference(row, plan.previous.year) for row in sums.itertuples()]
    return sums.join(pd.DataFrame(differences, sums.index))[columns]


def compared(changed: pd.DataFrame, plan: Plan) -> pd.DataFrame:
    """The rows of each reporter with a difference; the province's own bodies under the figure that
    theirs is a part of.
    """
    own = changed["item"].str.startswith("own_")
    rows = changed[changed.change.notna() & (own | (changed.unit_code != plan.province))]
    rows = rows.assign(item=rows["item"].str.removeprefix("own_"))
    return rows.assign(label=rows["item"].map(catalogue(plan).label))


def differences(changed: pd.DataFrame, plan: Plan) -> pd.Series:
    """How much more or less each row surely is, in words without the year; <NA> where nothing is
    sure.
    """
    sure = changed.change.notna() | changed.words.str.contains(LEAST).fillna(False)
    return changed.words.str.replace(f" so với năm {plan.last_year}", "").where(sure)


def for_people(changed: pd.DataFrame, plan: Plan) -> pd.DataFrame:
    """The rows that have a year before as a table: what, its measure, both years, and what follows
    or why nothing does.

    `changed`: rows of one unit, or of one figure of several, which are named instead, or those of
    `among_same`, which say of how many districts they are.
    """
    year = plan.last_year
    rows = changed[changed.before.notna()]
    follows = differences(rows, plan).fillna("không so sánh: " + rows.why)
    if "units" in rows:
        bodies = rows.bodies.map({1: f" và {plan.own_bodies.lower()}", 0: ""})
        of_all = f"/{len(plan.districts)} {plan.districts_word}"
        follows += " (" + rows.units.astype("string") + of_all + bodies + ")"
    years = {f"Năm {year}": rows.before, f"Năm {plan.year}": rows.now, "So sánh": follows}
    named = "label"
    if "unit_name" in rows and rows.unit_name.nunique() > 1:
        named = "unit_name"
    return rows[[named, "measure"]].assign(**years).reset_index(drop=True)


def first(changed: pd.DataFrame, plan: Plan) -> str:
    """A sentence on the first of the rows that has a year before."""
    if not plan.previous:
        return "Kế hoạch không nêu số liệu năm trước."
    rows = changed[changed.before.notna()].fillna({"measure": ""})
    if rows.empty:
        return f"Không có số liệu năm {plan.previous.year} để so."
    row = rows.iloc[0]
    follows = for_people(rows, plan)["So sánh"][0]
    before = at_least(row.before, row.measure)
    now = at_least(row.now, row.measure) if pd.notna(row.now) else ""
    return said("since", row.label, plan.previous.year, before, plan.year, now, follows)


def amount(printed: str) -> Decimal:
    """The number that is printed so: 2.510,5."""
    return Decimal(printed.replace(".", "").replace(",", "."))


def mixed(plan: Plan, figures: pd.DataFrame) -> str:
    """Why the two years are not put beside each other: one of them alone is made up, and would pass
    for real.
    """
    if plan.before is None or {*figures.illustrative} == {*plan.before.illustrative}:
        return ""
    made_up = "năm nay" if "yes" in {*figures.illustrative} else "năm trước"
    return (
        f"Không so được năm {plan.year} với năm {plan.previous.year}: chỉ số liệu {made_up} là "
        "minh họa. "
        f"Thay tệp data/previous/{plan.previous.figures} bằng số liệu cùng loại, hoặc bỏ khóa "
        "“previous” khỏi tệp kế hoạch."
    )


def _public(plan, names):
    """The year before as it may leave the department: persons for the whole province alone, masked
    as this year's.
    """
    rules = load_disclosure()
    persons = names[among(names, rules.masked, rules.coarse)]
    persons = persons[["objective", "item", "kind"]].rename(columns={"item": "cell"})
    rows = plan.before.join(persons, on="item")
    about = rows.objective.notna()
    told = rows[about].reset_index().rename(columns={"item": "name", "cell": "item"})
    told = totals_before(told, plan.province, rules)
    masked = told.assign(**worded(told.words))
    withheld = (told.words == WITHHELD).fillna(False)
    star = told.state.map({"incomplete": "*"}).fillna("")
    masked = masked.assign(
        words=(masked.words + star).mask(withheld), state=told.state.mask(withheld, "withheld")
    )
    return pd.concat([plan.before[~about], masked.set_index(["unit_code", "name"])])


def _resting(names):
    """The counts of parts that rules decide: communes, programmes, limbs, models, months; no
    percentage of these.
    """
    parts = names["item"].str.contains(":(?:yes|no)$")
    return names.index[parts | (names.kind == "standing")]


def _beside(plan, figures, before, names):
    """The figures of both years, those of the one before with the suffix `_before`, None for <NA>.

    `fixed`: a part of a whole that stays; `recounted`: why its parts don't count as they did;
    `apart`: what the figure is called that tells how many parts nobody knows, `open`.
    """
    rows = figures[figures.objective.notna() & ~figures["item"].str.endswith("_unknown")]
    rows = rows.join(before.add_suffix("_before"), on=KEY).reset_index(drop=True)
    items = names["item"]
    unknown = items[items.str.endswith(":unknown")].str.removesuffix("unknown")
    parts = rows["item"].map(items).str.replace("(yes|no)$", "", regex=True)
    told_by = parts.map(pd.Series(unknown.index, unknown))
    of_parts = pd.MultiIndex.from_arrays([rows.unit_code, told_by])
    fixed = rows["item"].isin(_resting(names))
    rows = rows.assign(
        fixed=fixed,
        recounted=rows.objective.map(_recounted(plan)).where(fixed),
        apart=told_by.map(names.label).map(lowered, na_action="ignore"),
        open=figures.set_index(KEY).value.reindex(of_parts).array,
        open_before=before.value.reindex(of_parts).array,
    )
    return rows.astype(object).where(rows.notna(), None)


def _recounted(plan):
    """By objective why its parts don't count as in the year before, where that is so."""
    found = {}
    for slug in plan.by_slug:
        if plan.earlier is None or slug not in plan.earlier:
            found[slug] = f"chưa rõ quy tắc đếm của năm {plan.previous.year}"
            continue
        now = _counting_rules(plan, slug)
        then = _counting_rules(plan.earlier, slug)
        other = [rule.label for key, rule in now.items() if then[key].value != rule.value]
        if other:
            found[slug] = f"quy tắc đếm đã đổi: {', '.join(other)}"
    return found


def _counting_rules(plan, slug):
    """The rules by which an objective's parts count, by key."""
    return dict(plan[slug].rules) | {"open_period_days": plan.rules["open_period_days"]}


def _told(plan, row):
    """What both years say of a figure, and what follows, or why nothing does."""
    then = plan.previous.year
    before = row.words_before
    if row.measure is None and row.value_before in (0, 1):
        before = STANDINGS[row.value_before == 1].word
    before = _starred(before, row.open_before)
    now = None if row.state == "unknown" else _starred(row.words, row.open)
    told = {"before": before, "now": now}
    there = row.unit_code in (plan.earlier or plan).reporters.index
    why = said("why_not", row, plan.year, then, there).removeprefix("; ")
    if not why:
        return told | _difference(row, then)
    words = _at_least(row, why, then) or (before and f"năm {then}: {before}")
    return told | {"words": words, "why": why}


def _starred(words, parts):
    """The words with the star of a sum with gaps, also where a figure of its own tells how many."""
    return f"{words.removesuffix('*')}*" if words and parts else words


def _at_least(row, why, year):
    """What is sure where nothing but the gaps of one year prevents a comparison."""
    change = _exact(row.value or 0) - _exact(row.value_before or 0)
    more = row.state == "incomplete" and change > 0
    less = row.state_before == "incomplete" and change < 0
    if ";" in why or not (more or less):
        return None
    size = f"{LEAST}{number(abs(change))} {row.measure}"
    return said("difference", change, size, True, year)


def _exact(value):
    return Decimal(plain(value))


def _difference(row, year):
    """How much more or less; a percentage of a base that is large enough, and of no part of a fixed
    whole.
    """
    was = _exact(row.value_before)
    change = _exact(row.value) - was
    size = f"{number(abs(change))} {row.measure}"
    percent = None
    why = _no_percent(was, row.fixed, year)
    if not why:
        share_of_base = share(int(abs(change) * 10**6), int(was * 10**6))
        percent = f"{'-' if change < 0 else ''}{amount(share_of_base.strip('%'))}"
        size += f" ({share_of_base})"
    words = said("difference", change, size, bool(was), year)
    why = why if change else None
    return {"change": plain(change), "percent": percent, "words": words, "why": why}


def _no_percent(base, fixed, year):
    if not base:
        return f"năm {year} không có nên không tính tỷ lệ"
    if fixed:
        return "phần của một tổng cố định nên không tính tỷ lệ"
    least = load_comparison().base
    return f"năm {year} dưới {least} nên không tính tỷ lệ" if base < least else None
