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
from pcmd_eval.indicators import catalogue, digits, worded
from pcmd_eval.plan import Plan
from pcmd_eval.sentences import phrase
from pcmd_eval.strict import Strict, load
from pcmd_eval.words import STANDINGS, lowered, number, share, unstarred

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
    if plan.previous_figures is None:
        return pd.DataFrame(columns=COLUMNS).astype(DTYPES)
    if refused := mixed(plan, figures):
        raise InputRefused(refused)
    rows = _beside(plan, figures, plan.previous_figures if internal else _public(plan))
    told = pd.DataFrame([_told(plan, row) for row in rows.itertuples()], rows.index)
    return rows[COLUMNS[:6]].join(told).reindex(columns=COLUMNS).astype(DTYPES)


def mixed(plan: Plan, figures: pd.DataFrame) -> str:
    """Why the two years are not put beside each other: one of them alone is made up, and would pass
    for real.
    """
    if plan.previous_figures is None or {*figures.illustrative} == {
        *plan.previous_figures.illustrative
    }:
        return ""
    return phrase("mixed", plan, "yes" in {*figures.illustrative})


# ---- both years of each figure -------------------------------------------------------------------


def _beside(plan, figures, before):
    """The figures of both years, those of the one before with the suffix `_before`, None for <NA>.

    `by_rules`: see `_named`; `other_rules`: why parts do not count as they did; `unclear_label`:
    what the figure is called that tells how many parts nobody knows, `unclear`.
    """
    names = _named(plan)
    rows = figures[figures.objective.notna() & ~figures["item"].str.endswith("_unknown")]
    rows = rows.join(before.add_suffix("_before"), on=KEY).reset_index(drop=True)
    rows = rows.join(names[["by_rules", "unclear_item"]], on="item")
    parts = pd.MultiIndex.from_frame(rows[["unit_code", "unclear_item"]])
    rows = rows.assign(
        other_rules=rows.objective.map(_other_rules(plan)).where(rows.by_rules),
        unclear_label=rows.unclear_item.map(names.label).map(lowered, na_action="ignore"),
        unclear=figures.set_index(KEY).value.reindex(parts).array,
        unclear_before=before.value.reindex(parts).array,
    )
    return rows.astype(object).where(rows.notna(), None)


def _named(plan):
    """The catalogue with `by_rules`, whether a figure counts parts that rules decide (communes,
    programmes, limbs, models, months), and `unclear_item`, the figure that tells how many of them
    nobody knows.
    """
    names = catalogue(plan)
    step = names["item"].str.extract("^(.*):(?:yes|no)$", expand=False)
    unclear = names.reset_index().set_index("item")["name"].filter(like=":unknown")
    return names.assign(
        by_rules=step.notna() | (names.kind == "standing"),
        unclear_item=(step + ":unknown").map(unclear),
    )


def _other_rules(plan):
    """By objective why its parts don't count as in the year before, where that is so."""
    found = {}
    for slug in plan.by_slug:
        then = None
        if plan.previous_plan and slug in plan.previous_plan:
            then = _counting_rules(plan.previous_plan, slug)
        now = _counting_rules(plan, slug).items()
        other = [rule.label for key, rule in now if then and then[key].value != rule.value]
        found[slug] = phrase("other_rules", then, other, plan.previous.year) or None
    return found


def _counting_rules(plan, slug):
    """The rules by which an objective's parts count, by key."""
    return dict(plan[slug].rules) | {"open_period_days": plan.rules["open_period_days"]}


def _public(plan):
    """The year before as it may leave the department: persons for the whole province alone, masked
    as this year's.
    """
    rules = load_disclosure()
    names = catalogue(plan)
    persons = names.loc[among(names, rules.masked, rules.coarse), ["objective", "item", "kind"]]
    about = plan.previous_figures.index.get_level_values("item").isin(persons.index)
    rows = plan.previous_figures[about].rename_axis(["unit_code", "name"]).reset_index()
    told = totals_before(rows.join(persons, on="name"), plan.province, rules)
    withheld = (told.words == WITHHELD).fillna(False)
    told = told.assign(**worded(told.words), state=told.state.mask(withheld, "withheld"))
    star = told.state.map({"incomplete": "*"}).fillna("")
    told = told.assign(words=(told.words + star).mask(withheld), item=told["name"])
    return pd.concat([plan.previous_figures[~about], told.set_index(KEY)[[*plan.previous_figures]]])


# ---- what both years say -------------------------------------------------------------------------


def _told(plan, row):
    """What both years say of a figure, and what follows, or why nothing does."""
    then = plan.previous.year
    before = row.words_before
    if row.measure is None and row.value_before in (0, 1):
        before = STANDINGS[row.value_before == 1].word
    before = _starred(before, row.unclear_before)
    now = None if row.state == "unknown" else _starred(row.words, row.unclear)
    there = row.unit_code in (plan.previous_plan or plan).reporters.index
    why = phrase("why_not", row, plan.year, then, there)
    if not why:
        return {"before": before, "now": now} | _difference(row, then)
    words = _at_least(row, why, plan.year, then) or (before and f"năm {then}: {before}")
    return {"before": before, "now": now, "words": words, "why": why}


def _starred(words, unclear_parts):
    """The words with the star of a sum with gaps, also where a figure of its own tells how many."""
    return f"{words.removesuffix('*')}*" if words and unclear_parts else words


def _at_least(row, why, year, then):
    """What is sure where nothing but the gaps of one year prevents a comparison."""
    change = _exact(row.value or 0) - _exact(row.value_before or 0)
    more = change > 0 and why == phrase("gap", "incomplete", year)
    less = change < 0 and why == phrase("gap", "incomplete", then)
    return phrase("difference", change, LEAST, row.measure, True, then) if more or less else None


def _difference(row, year):
    """How much more or less; a percentage of a base that is large enough, and of no part of a fixed
    whole.
    """
    was = _exact(row.value_before)
    change = _exact(row.value) - was
    why = phrase("no_percent", was, load_comparison().base, row.by_rules, year)
    percent = "" if why else share(int(abs(change) * 10**6), int(was * 10**6))
    sign = "-" if change < 0 else ""
    return {
        "change": digits(change),
        "percent": f"{sign}{amount(percent.removesuffix('%'))}" if percent else None,
        "words": phrase("difference", change, "", row.measure, was, year, percent),
        "why": why if why and change else None,
    }


def _exact(value):
    return Decimal(digits(value))


def amount(printed: str) -> Decimal:
    """The number that is printed so: 2.510,5."""
    return Decimal(printed.replace(".", "").replace(",", "."))


# ---- the same reporters in both years ------------------------------------------------------------


def among_same(changed: pd.DataFrame, plan: Plan) -> pd.DataFrame:
    """Of each figure the sums over those who are compared, the same in both years: the columns of
    changes, `units` (how many districts they are), `whose` (that in words, with the province's own
    bodies where they are among them).

    Only from so many of the districts on as `Comparison.districts` says.
    """
    rows = _compared(changed, plan)
    sums = rows.groupby(["objective", "item", "measure"], sort=False)
    sums = sums[["value_before", "value", "units", "bodies"]].sum().reset_index()
    sums = sums[sums.units * 100 >= load_comparison().districts * len(plan.districts)]
    names = _named(plan)
    of_all = f"/{len(plan.districts)} {plan.districts_word}"
    with_bodies = sums.bodies.map({1: f" và {plan.own_bodies.lower()}", 0: ""})
    sums = sums.assign(
        label=sums["item"].map(names.label),
        by_rules=sums["item"].map(names.by_rules),
        before=sums.value_before.map(number),
        now=sums.value.map(number),
        whose=sums.units.astype("string") + of_all + with_bodies,
    )
    told = [_difference(row, plan.previous.year) for row in sums.itertuples()]
    told = pd.DataFrame(told, sums.index, COLUMNS[8:])
    return sums.join(told)[[*COLUMNS[2:], "units", "whose"]]


def _compared(changed, plan):
    """The rows of each reporter with a difference, with the numbers of both years; the province's
    own bodies (`bodies`) under the figure that theirs is a part of.
    """
    bodies = changed["item"].str.startswith("own_")
    rows = changed.assign(item=changed["item"].str.removeprefix("own_"), bodies=bodies.astype(int))
    rows = rows[changed.change.notna() & (bodies | (changed.unit_code != plan.province))]
    numbers = {"value_before": rows.before.map(amount), "value": rows.now.map(amount)}
    return rows.assign(**numbers, units=1 - rows.bodies)


# ---- for people ----------------------------------------------------------------------------------


def differences(changed: pd.DataFrame, plan: Plan) -> pd.Series:
    """How much more or less each row surely is, in words without the year; <NA> where nothing is
    sure.
    """
    sure = changed.change.notna() | changed.words.str.contains(LEAST).fillna(False)
    return changed.words.str.replace(f" so với năm {plan.previous_year}", "").where(sure)


def for_people(changed: pd.DataFrame, plan: Plan) -> pd.DataFrame:
    """The rows that have a year before as a table: what, its measure, both years, and what follows
    or why nothing does.

    `changed`: rows of one unit, or of one figure of several, which are named instead, or those of
    `among_same`, which say whose they are.
    """
    rows = changed[changed.before.notna()]
    follows = differences(rows, plan).fillna("không so sánh: " + rows.why)
    if "whose" in rows:
        follows += " (" + rows.whose + ")"
    of_several = "unit_name" in rows and rows.unit_name.nunique() > 1
    named = rows[["unit_name" if of_several else "label", "measure"]]
    years = {f"Năm {plan.previous_year}": rows.before, f"Năm {plan.year}": rows.now}
    return named.assign(**years, **{"So sánh": follows}).reset_index(drop=True)


def first(changed: pd.DataFrame, plan: Plan) -> str:
    """A sentence on the first of the rows that has a year before."""
    rows = changed[changed.before.notna()]
    if rows.empty:
        return phrase("nothing_before", plan)
    row = rows.iloc[0].fillna("")
    before, now = unstarred(row.before, row.measure), unstarred(row.now or "–", row.measure)
    return phrase(
        "since", row.label, before, row.now and now, plan, for_people(rows, plan)["So sánh"][0]
    )
