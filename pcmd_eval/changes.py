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
from pcmd_eval.indicators import catalogue, plain, worded, written
from pcmd_eval.plan import Plan
from pcmd_eval.strict import Strict, load
from pcmd_eval.words import STANDINGS, at_least, lowered, number, share

KEY = ["unit_code", "item"]
LEAST = " ít nhất "  # in the words of a difference that can only be larger
COLUMNS = ["unit_code", "unit_name", "objective", "item", "label", "measure", "before", "now"]
COLUMNS += ["change", "percent", "words", "why"]
DTYPES = dict.fromkeys(COLUMNS, "string")
STATE_REASONS = {
    "unknown": "chưa có số liệu năm {}",
    "withheld": "số liệu năm {} không công bố",
    "incomplete": "số liệu năm {} chưa đủ",
}


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
    rows = _beside(figures, before, names)
    rows = rows.assign(
        before=_starred(rows.words_before, rows.open_before),
        now=_starred(rows.words.mask(rows.state == "unknown"), rows.open),
        why=_why_not(plan, rows, names),
    )
    told = f"năm {plan.previous.year}: " + rows.before
    rows["words"] = _at_least(plan, rows).fillna(told)
    return _with_differences(rows, plan.previous.year).reindex(columns=COLUMNS).astype(DTYPES)


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
        fixed=sums["item"].isin(_resting(catalogue(plan)).index),
        why="",
    )
    return _with_differences(sums, plan.previous.year)[columns]


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
    figures = {plan.previous.year: row.before}
    if pd.notna(row.now):
        figures[plan.year] = row.now
    years = [f"năm {year} {at_least(words, row.measure)}" for year, words in figures.items()]
    return f"{row.label}: {', '.join(years)}; {follows}."


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


def _starred(words, parts):
    """The words with the star of a sum with gaps, also where a figure of its own tells how many."""
    return words.mask((parts > 0).fillna(False), words.str.removesuffix("*") + "*")


def _resting(names):
    """The counts of parts that rules decide: communes, programmes, limbs, models, months; no
    percentage of these.
    """
    parts = names["item"].str.contains(":(?:yes|no)$")
    return names[parts | (names.kind == "standing")]


def _beside(figures, before, names):
    """The figures of both years, those of the one before with the suffix `_before`.

    `fixed`: a part of a whole that stays; `apart`: what the figure is called that tells how many
    parts nobody knows, `open`.
    """
    rows = figures[figures.objective.notna() & ~figures["item"].str.endswith("_unknown")]
    rows = rows.join(before.add_suffix("_before"), on=KEY).reset_index(drop=True)
    answers = {1: STANDINGS[True].word, 0: STANDINGS[False].word}
    answer = rows.value_before.map(answers).astype("string").where(rows.measure.isna())
    unknown = names.index[names["item"].str.endswith(":unknown")]
    apart = {names["item"][name].removesuffix("unknown"): name for name in unknown}
    parts = rows["item"].map(names["item"]).str.replace("(yes|no)$", "", regex=True)
    told_by = parts.map(apart)
    of_parts = pd.MultiIndex.from_arrays([rows.unit_code, told_by])
    return rows.assign(
        words_before=answer.fillna(rows.words_before),
        fixed=rows["item"].isin(_resting(names).index),
        apart=told_by.map(names.label).map(lowered, na_action="ignore").astype("string"),
        open=figures.set_index(KEY).value.reindex(of_parts).array,
        open_before=before.value.reindex(of_parts).array,
    )


def _why_not(plan, rows, names):
    """Every reason why a row of both years isn't compared, joined by "; "; "" where it is."""
    why = pd.Series("", rows.index, dtype="string")
    for holds, words in [*_gaps(plan, rows), *_unlike(plan, rows, names)]:
        why = why.mask(holds.fillna(False), why + "; " + words)
    return why.str.removeprefix("; ")


def _gaps(plan, rows):
    """What isn't known of either year: of which rows, and how that reads."""
    then = plan.previous.year
    now = plan.year
    typed = rows.state_before.notna()
    there = rows.unit_code.isin((plan.earlier or plan).reporters.index)
    yield ~there, f"năm {then} không có đơn vị này trong danh mục"
    yield there & ~typed, f"không có số liệu năm {then}"
    for state, words in STATE_REASONS.items():
        yield rows.state == state, words.format(now)
        yield rows.state_before == state, words.format(then)
    asked = rows.apart.notna() & typed
    still = {}
    for year, parts in {now: rows.open, then: rows.open_before}.items():
        yield asked & parts.isna(), f"không rõ năm {year} còn " + rows.apart + " hay không"
        some = asked & (parts > 0).fillna(False)
        still[year] = (f"năm {year} còn " + written(parts)).where(some)
    yield still[now].notna(), still[now] + " " + rows.apart + (", " + still[then]).fillna("")
    yield still[now].isna() & still[then].notna(), still[then] + " " + rows.apart


def _unlike(plan, rows, names):
    """What the two years don't mean alike, or don't tell exactly, as `_gaps` gives it."""
    typed = rows.state_before.notna()
    other = rows.measure_before.notna() & (rows.measure_before != rows.measure).fillna(True)
    yield other, f"đơn vị tính năm {plan.previous.year} là “" + rows.measure_before + "”"
    recounted = rows["item"].map(_recounted(plan, names))
    yield typed & recounted.notna(), recounted
    exact = (rows.precision == "exact") & (rows.precision_before == "exact")
    yield typed & ~exact, "số làm tròn, chỉ đặt cạnh nhau"
    yield typed & rows.measure.isna(), "câu trả lời có hoặc không, chỉ đặt cạnh nhau"


def _recounted(plan, names):
    """By name of a figure, why the rules that it rests on are not those of the year before."""
    found = {}
    for name, slug in _resting(names).objective.items():
        if plan.earlier is None or slug not in plan.earlier:
            found[name] = f"chưa rõ quy tắc đếm của năm {plan.previous.year}"
            continue
        now = _counting_rules(plan, slug)
        then = _counting_rules(plan.earlier, slug)
        other = [rule.label for key, rule in now.items() if then[key].value != rule.value]
        if other:
            found[name] = f"quy tắc đếm đã đổi: {', '.join(other)}"
    return found


def _counting_rules(plan, slug):
    """The rules by which an objective's parts count, by key."""
    rules = dict([*plan[slug].rules.items(), *plan.rules.items()])
    return {key: rules[key] for key in rules if key not in ("deadline", "complete_share")}


def _at_least(plan, rows):
    """What is sure where nothing but the gaps of one year prevents a comparison."""
    then = plan.previous.year
    gap = STATE_REASONS["incomplete"]
    change = (rows.value - rows.value_before).round(6)
    more = ((rows.why == gap.format(plan.year)) & (change > 0)).fillna(False)
    less = ((rows.why == gap.format(then)) & (change < 0)).fillna(False)
    sure = LEAST + written(change.abs()) + " " + rows.measure + f" so với năm {then}"
    nothing = pd.Series(pd.NA, rows.index, dtype="string")
    return nothing.mask(more, "tăng" + sure).mask(less, "giảm" + sure)


def _with_differences(rows, year):
    """The rows with change, percent and words where nothing speaks against it; else as they are."""
    empty = {"change": None, "percent": None}
    base = load_comparison().base
    differences = []
    for row in rows.itertuples():
        if row.why:
            differences.append(empty | {"words": row.words, "why": row.why})
        else:
            differences.append(_difference(row, year, base))
    kept = rows.drop(columns=["words", "why"], errors="ignore")
    return kept.join(pd.DataFrame(differences, rows.index).replace({"why": {"": pd.NA}}))


def _difference(row, year, base):
    """How much more or less; a percentage of a base that is large enough, and of no part of a fixed
    whole.
    """
    now = Decimal(plain(row.value))
    was = Decimal(plain(row.value_before))
    change = now - was
    percent = None
    share_of_base = ""
    no_percent = {
        f"năm {year} không có nên không tính tỷ lệ": was == 0,
        "phần của một tổng cố định nên không tính tỷ lệ": row.fixed,
        f"năm {year} dưới {base} nên không tính tỷ lệ": was < base,
    }
    why = next((words for words, holds in no_percent.items() if holds), None)
    if not why:
        size = share(int(abs(change) * 10**6), int(was * 10**6))
        percent = f"{'-' if change < 0 else ''}{amount(size.strip('%'))}"
        share_of_base = f" ({size})"
    verb = "tăng" if change > 0 else "giảm"
    size = f"{number(abs(change))} {row.measure}"
    words = f"{verb} {size}{share_of_base} so với năm {year}"
    if not was:
        words = f"tăng {size} (năm {year} không có)"
    if not change:
        words = f"bằng năm {year}" if was else f"năm {year} cũng không có"
        why = None
    return {"change": plain(change), "percent": percent, "words": words, "why": why}
