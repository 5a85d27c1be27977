"""This year's figures beside those of the year before, and a difference only where nothing missing
could alter it.

What is missing of a sum can only add to it: so of a sum with gaps it can be sure that it is more,
and by how much at least. Everything else has a reason instead of a number.
"""

from collections.abc import Iterator
from decimal import Decimal

import pandas as pd

from pcmd_eval import paths
from pcmd_eval.disclosure import WITHHELD, among, load_disclosure, totals_before
from pcmd_eval.errors import InputRefused
from pcmd_eval.indicators import catalogue, plain
from pcmd_eval.plan import Plan
from pcmd_eval.strict import Strict, load
from pcmd_eval.words import STANDINGS, at_least, number, share

KEY = ["unit_code", "item"]
COLUMNS = ["unit_code", "unit_name", "objective", "item", "label", "measure", "before", "now"]
COLUMNS += ["change", "percent", "words", "why"]
DTYPES = dict.fromkeys(COLUMNS, "string")
SIDES = {"before": "value_before", "now": "value"}  # as printed, and as a number
STATE_REASONS = {
    "unknown": "chưa có số liệu năm {}",
    "withheld": "số liệu năm {} không công bố",
    "incomplete": "số liệu năm {} chưa đủ",
}


Reason = tuple[pd.Series, pd.Series | str]  # of which rows, and how it reads


class Comparison(Strict):
    """data/comparison.yaml: from which base on a percentage is told; from what share of the
    districts their sum.
    """

    base: int
    base_why: str
    districts: int
    districts_why: str


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
    year, names = plan.previous.year, catalogue(plan)
    if refused := mixed(plan, figures):
        raise InputRefused(refused)
    before = plan.before if internal else _public(plan, names)
    rows = _beside(plan, figures, before, names)
    known = rows.words_before.notna()
    rows = rows.assign(
        before=rows.words_before,
        now=rows.words.mask(rows.state == "unknown"),
        why=_why_not(plan, rows, names),
        told=(f"năm {year}: " + rows.words_before).where(known),
    )
    rows["words"] = _at_least(plan, rows)
    return _with_differences(rows, year).reindex(columns=COLUMNS).astype(DTYPES)


def among_same(changed: pd.DataFrame, plan: Plan) -> pd.DataFrame:
    """Of each figure the sums over the districts compared, the same in both years: the columns of
    changes and `units`.

    Only from so many of the districts on as `Comparison.districts` says.
    """
    rows = changed[(changed.unit_code != plan.province) & changed.change.notna()]
    values = rows[["before", "now"]].map(amount).add_suffix("_value")
    groups = rows.join(values).groupby(["objective", "item", "label", "measure"], sort=False)
    sums = groups.agg(
        units=("item", "size"), value_before=("before_value", "sum"), value=("now_value", "sum")
    ).reset_index()
    sums = sums[sums.units * 100 >= load_comparison().districts * len(plan.districts)]
    sums = sums.assign(why="", told="", fixed=sums["item"].isin(_resting(catalogue(plan)).index))
    texts = {side: sums[column].map(number) for side, column in SIDES.items()}
    if sums.empty:
        return pd.DataFrame(columns=[*COLUMNS[2:], "units"])
    return _with_differences(sums.assign(**texts), plan.previous.year)[[*COLUMNS[2:], "units"]]


def for_people(changed: pd.DataFrame, plan: Plan) -> pd.DataFrame:
    """The rows that have a year before as a table: what, its measure, both years, and what follows
    or why nothing does.

    `changed`: rows of one unit, or those of `among_same`, which say of how many districts they are.
    """
    year = plan.previous.year if plan.previous else plan.year - 1
    rows = changed[changed.before.notna()]
    said = rows.change.notna() | rows.words.str.contains("ít nhất")
    words = rows.words.str.replace(f" so với năm {year}", "").where(
        said, "không so sánh: " + rows.why
    )
    if "units" in rows:
        words = words + " (" + rows.units.astype("string") + f"/{len(plan.districts)} đơn vị)"
    table = rows[["label", "measure"]].assign(
        **{
            f"Năm {year}": rows.before,
            f"Năm {plan.year}": rows.now,
            "So sánh": words,
        }
    )
    return table.reset_index(drop=True)


def first(changed: pd.DataFrame, plan: Plan) -> str:
    """A sentence on the first of the rows that has a year before."""
    if not plan.previous:
        return "Kế hoạch không nêu số liệu năm trước."
    rows = changed[changed.before.notna()]
    if rows.empty:
        return f"Không có số liệu năm {plan.previous.year} để so."
    row, table = rows.iloc[0], for_people(rows, plan).iloc[0]
    measure = "" if pd.isna(row.measure) else f" {row.measure}"
    then, now = at_least(row.before), "–" if pd.isna(row.now) else at_least(row.now)
    both = f"năm {plan.previous.year} {then}{measure}, năm {plan.year} {now}{measure}"
    return f"{row.label}: {both}; {table['So sánh']}."


def amount(printed: str) -> Decimal:
    """The number that is printed so: 2.510,5."""
    return Decimal(printed.replace(".", "").replace(",", "."))


def mixed(plan: Plan, figures: pd.DataFrame) -> str:
    """Why the two years are not put beside each other: one of them alone is made up, and would pass
    for real.
    """
    if plan.before is None:
        return ""
    marks = {"năm nay": {*figures.illustrative}, "năm trước": {*plan.before.illustrative}}
    if marks["năm nay"] == marks["năm trước"]:
        return ""
    made_up = next(year for year, said in marks.items() if "yes" in said)
    return (
        f"Không so được năm {plan.year} với năm {plan.previous.year}: chỉ số liệu {made_up} là "
        "minh họa. "
        f"Thay tệp data/previous/{plan.previous.figures} bằng số liệu cùng loại, hoặc bỏ khóa "
        "“previous” khỏi tệp kế hoạch."
    )


def _public(plan: Plan, names: pd.DataFrame) -> pd.DataFrame:
    """The year before as it may leave the department: persons for the whole province alone, masked
    as this year's.
    """
    rules = load_disclosure()
    persons = names[among(names, rules.masked, rules.coarse)]
    persons = persons[["objective", "item", "kind"]].rename(columns={"item": "cell"})
    rows = plan.before.join(persons, on="item")
    about = rows.objective.notna()
    told = rows[about].reset_index().rename(columns={"item": "name", "cell": "item"})
    told = totals_before(told, plan.province, rules).set_index(["unit_code", "name"])
    return pd.concat([plan.before[~about], _masked(told).rename_axis(KEY)])


def _masked(told: pd.DataFrame) -> pd.DataFrame:
    """Quantities in the words that `totals_before` gives them."""
    value = pd.to_numeric(told.words, errors="coerce").astype("Float64")
    held, zero = told.words == WITHHELD, (value == 0).fillna(False)
    star = told.state.map({"incomplete": "*"}).fillna("")
    written = value.map(plain, na_action="ignore").map(
        lambda text: number(int(text)), na_action="ignore"
    )
    about = "khoảng " + written.astype("string")
    words = about.mask(zero, "0").fillna(told.words) + star
    return told.assign(
        value=value,
        words=words.mask(held),
        state=told.state.mask(held, "withheld"),
        precision=told.precision.mask(value.notna(), "rounded"),
    )


def _resting(names: pd.DataFrame) -> pd.DataFrame:
    """The counts of parts that rules decide: communes, programmes, limbs, models, months; no
    percentage of these.
    """
    parts = names["item"].str.contains(":(?:yes|no)$")
    return names[parts | (names.kind == "standing")]


def _beside(
    plan: Plan, figures: pd.DataFrame, before: pd.DataFrame, names: pd.DataFrame
) -> pd.DataFrame:
    """The figures of both years, those of the one before with the suffix `_before`.

    `fixed`: a part of a whole that stays; `open`: how many parts nobody knows that stand in a
    figure of their own.
    """
    rows = figures[figures.objective.notna() & ~figures["item"].str.endswith("_unknown")]
    rows = rows.join(before.add_suffix("_before"), on=KEY).reset_index(drop=True)
    answers = {1: STANDINGS[True].word, 0: STANDINGS[False].word}
    said = rows.value_before.map(answers).astype("string")
    rows["words_before"] = said.where(rows.measure.isna()).fillna(rows.words_before)
    stems = names["item"].str.removesuffix("unknown")[names["item"].str.endswith(":unknown")]
    apart = dict(zip(stems, stems.index, strict=True))
    own = rows["item"].map(names["item"]).str.replace("(yes|no)$", "", regex=True).map(apart)
    keys = pd.MultiIndex.from_arrays([rows.unit_code, own])
    now = figures.set_index(KEY).value
    rows = rows.assign(
        told_apart=own.notna(),
        open=now.reindex(keys).array,
        open_before=before.value.reindex(keys).array,
        fixed=rows["item"].isin(_resting(names).index),
    )
    return rows


def _why_not(plan: Plan, rows: pd.DataFrame, names: pd.DataFrame) -> pd.Series:
    """Every reason why a row of both years isn't compared, joined by "; "; "" where it is."""
    why = pd.Series("", rows.index, dtype="string")
    for holds, words in (*_gaps(plan, rows), *_unlike(plan, rows, names)):
        why = why.mask(holds, why + "; " + words)
    return why.str.removeprefix("; ")


def _gaps(plan: Plan, rows: pd.DataFrame) -> Iterator[Reason]:
    """What isn't known of either year."""
    then, old = plan.previous.year, (plan.earlier or plan).reporters.index
    there, typed = rows.unit_code.isin(old), rows.state_before.notna()
    yield ~there, f"năm {then} không có đơn vị này trong danh mục"
    yield there & ~typed, f"không có số liệu năm {then}"
    for state, words in STATE_REASONS.items():
        yield rows.state == state, words.format(plan.year)
        yield (rows.state_before == state).fillna(False), words.format(then)
    asked = rows.told_apart & typed
    for year, parts in ((plan.year, rows.open), (then, rows.open_before)):
        yield asked & parts.isna(), f"không rõ năm {year} còn phần chưa đủ số liệu hay không"
        many = parts.map(plain, na_action="ignore").astype("string")
        words = f"năm {year} còn " + many + " phần chưa đủ số liệu"
        yield asked & (parts > 0).fillna(False), words


def _unlike(plan: Plan, rows: pd.DataFrame, names: pd.DataFrame) -> Iterator[Reason]:
    """What the two years don't mean alike, or don't tell exactly."""
    typed = rows.state_before.notna()
    other = rows.measure_before.notna() & (rows.measure_before != rows.measure).fillna(True)
    yield other, f"đơn vị tính năm {plan.previous.year} là “" + rows.measure_before + "”"
    recounted = rows["item"].map(_recounted(plan, names))
    yield typed & recounted.notna(), recounted
    exact = rows.precision.eq("exact") & rows.precision_before.eq("exact")
    yield typed & ~exact.fillna(False), "số làm tròn, chỉ đặt cạnh nhau"
    yield typed & rows.measure.isna(), "câu trả lời có hoặc không, chỉ đặt cạnh nhau"


def _recounted(plan: Plan, names: pd.DataFrame) -> dict[str, str]:
    """By name of a figure, why the rules that it rests on are not those of the year before."""
    found = {}
    for name, slug in _resting(names).objective.items():
        now = dict([*plan[slug].rules.items(), *plan.rules.items()])
        now = {key: rule for key, rule in now.items() if key not in ("deadline", "complete_share")}
        if plan.earlier is None or slug not in plan.earlier:
            found[name] = f"chưa rõ quy tắc đếm của năm {plan.previous.year}"
            continue
        then = dict([*plan.earlier[slug].rules.items(), *plan.earlier.rules.items()])
        other = [rule.label for key, rule in now.items() if then[key].value != rule.value]
        if other:
            found[name] = f"quy tắc đếm đã đổi: {', '.join(other)}"
    return found


def _at_least(plan: Plan, rows: pd.DataFrame) -> pd.Series:
    """What is sure of rows that cannot be compared only because one of the years is not complete,
    else what is told.
    """
    then, gap = plan.previous.year, STATE_REASONS["incomplete"]
    change = (rows.value - rows.value_before).round(6)
    more = (rows.why == gap.format(plan.year)) & (change > 0).fillna(False)
    less = (rows.why == gap.format(then)) & (change < 0).fillna(False)
    size = change.abs().map(plain, na_action="ignore").map(Decimal, na_action="ignore")
    size = size.map(number, na_action="ignore").astype("string")
    said = " ít nhất " + size + " " + rows.measure + f" so với năm {then}"
    return rows.told.mask(more, "tăng" + said).mask(less, "giảm" + said)


def _with_differences(rows: pd.DataFrame, year: int) -> pd.DataFrame:
    """The rows with change, percent and words where there is no reason why not; else as they are."""
    empty = {"change": None, "percent": None}
    told = [
        _difference(row, year) if row.why == "" else {**empty, "words": row.words, "why": row.why}
        for row in rows.itertuples()
    ]
    kept = rows.drop(columns=["words", "why"], errors="ignore")
    return kept.join(pd.DataFrame(told, index=rows.index).replace({"why": {"": pd.NA}}))


def _difference(row, year: int) -> dict[str, str | None]:
    """How much more or less; a percentage of a base that is large enough, and of no part of a fixed
    whole.
    """
    now, was = (Decimal(plain(value)) for value in (row.value, row.value_before))
    change, base = now - was, load_comparison().base
    told = {"change": plain(change), "percent": None, "why": None}
    if was == 0:
        more = f"tăng {number(now)} {row.measure} (năm {year} không có)"
        why = f"năm {year} không có nên không tính tỷ lệ" if now else None
        return told | {"words": more if now else f"năm {year} cũng không có", "why": why}
    percent, aside = "", ""
    if row.fixed:
        told["why"] = "phần của một tổng cố định nên không tính tỷ lệ"
    elif was < base:
        told["why"] = f"năm {year} dưới {base} nên không tính tỷ lệ"
    else:
        percent = share(int(abs(change) * 10**6), int(was * 10**6), places=1)
        sign = "-" if change < 0 else ""
        told["percent"] = sign + percent.strip("%").replace(".", "").replace(",", ".")
        aside = f" ({percent})"
    if not change:
        return told | {"words": f"bằng năm {year}", "why": None}
    verb = "tăng" if change > 0 else "giảm"
    amount = f"{number(abs(change))} {row.measure}"
    return told | {"words": f"{verb} {amount}{aside} so với năm {year}"}
