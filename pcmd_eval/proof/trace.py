"""The cells behind a finding: what each counts as by itself, and how the parts stand that it belongs to."""

import pandas as pd

from pcmd_eval.objectives import OBJECTIVES, Steps
from pcmd_eval.observations import OBSERVATIONS
from pcmd_eval.plan import Plan
from pcmd_eval.spelling import fold
from pcmd_eval.words import CELL_WORDS, PERIODS, STANDINGS

COLUMNS = [*OBSERVATIONS, "rule", "counts_as"]
_LINE = ["reporter", "row"]


def counted(cells: pd.DataFrame, slug: str, steps: Steps) -> pd.Series:
    """What each cell that a finding looks at counts as by itself (boolean), by the index of `cells`.

    Beside those of the steps: the names of models, which tell them apart, and "Không có mô hình", which is a no.
    """
    names = cells[(cells.objective == slug) & (cells.column == "name")]
    none = names.row == "none"
    return pd.concat([steps["cells"], (~none).astype("boolean").mask(none & names.value.isna())]).sort_index()


def trace(plan: Plan, cells: pd.DataFrame, unit: str, slug: str) -> pd.DataFrame:
    """The rows behind one finding: `OBSERVATIONS`, then `rule` and `counts_as` (`low`, `unknown`, `none`), all string.

    `rule` reads "active_quarters: 07969/Q1 low; 07969 low": the rule, before it `open_period_days` where a 0 was not
    believed, then each part that the cell is counted in, from the smallest on, and how that stands. Of a district, a
    code, it gives the district's own cells, of the province everybody's.
    """
    rules = plan.values(slug)
    steps = OBJECTIVES[slug](cells, rules, plan.year)
    counts = counted(cells, slug, steps)
    if rules.get("pending") == "not_handled":  # known, and no handled case
        counts = counts.mask((cells["item"] == "6.6") & counts.fillna(False), False)
    found = cells.assign(counts_as=_words(counts), limb=cells["item"].str[:3]).loc[counts.index]
    found = found if unit == plan.province else found[found.reporter == unit]
    models = found[found.column.isin(["name", "type"])].pivot(index=_LINE, columns="column", values="value")
    models = models.reindex(columns=["name", "type"]).fillna("").assign(name=lambda of: of.name.map(fold))
    found = found.join(models, on=_LINE)
    doubted = found.counts_as.eq("unknown") & found.number.notna()
    rule = doubted.map({True: "open_period_days, ", False: ""}).astype("string") + next(iter(rules)) + ":"
    silent = found.counts_as.map({"none": " stated", "unknown": " silent"})  # where a return says whether it has models
    rule = rule.mask((found.row == "none").fillna(False), "no_model: " + found.reporter + silent)
    for name, part in [*steps.items()][1:]:
        rule += found.join(_told(name, part), on=part.index.names).told.fillna("")
    return found.assign(rule=rule.str.rstrip(":;"))[COLUMNS].astype("string")


def _words(standing: pd.Series) -> pd.Series:
    return standing.map({True: "low", False: "none"}).astype("string").fillna("unknown")


def _told(name: str, part: pd.Series | pd.DataFrame) -> pd.Series:
    """Name and standing of each part, by the index of the step."""
    ending = {"quarters": _of_cases, "reporters": lambda cases: cases.verdict}
    words = ending[name](part) if isinstance(part, pd.DataFrame) else _words(part)
    keys = part.index.to_frame().drop(columns="reporter" if "unit_code" in part.index.names else [])
    return (" " + keys.agg("/".join, axis=1).astype("string") + " " + words + ";").rename("told")


def _of_cases(quarters: pd.DataFrame) -> pd.Series:
    """How a quarter of cases stands: the first that holds."""
    complete = pd.Series("complete", quarters.index, dtype="string")
    open_ = (~quarters.complete, "incomplete")
    return complete.case_when([(quarters.contradictory, "contradictory"), open_, (quarters.unhandled, "unhandled")])


def spoken(plan: Plan, items: pd.Series) -> pd.Series:
    """Items of observations in the words of the form: "2.1:carried_out" is 2.1 Đã thực hiện."""
    heads = {column.key: column.header for sheet in plan.form.sheets for column in sheet.asked}
    return items.fillna("").map(lambda item: " ".join(heads.get(part, part) for part in item.split(":")))


def lines(plan: Plan, found: pd.DataFrame) -> list[str]:
    """The rows of a trace in words, one line each: where the cell is, of whom and what, what it says and counts as."""
    counts = {"low": STANDINGS[True].word, "none": STANDINGS[False].word, "unknown": STANDINGS[None].word}
    told = pd.DataFrame({
        "place": (found.file + " · " + found.sheet + " · " + found.cell).fillna("chưa có trong báo cáo"),
        "unit": found.unit_code.map(plan.register.full_name),
        "what": spoken(plan, found["item"]),
        "period": found.period.map(PERIODS),
        "said": found.raw.fillna(found.state.map(CELL_WORDS)),
        "counts": found.counts_as.map(counts),
    })  # fmt: skip
    return [f"{r.place}: {r.unit}, {r.what}, {r.period}: {r.said} → {r.counts}" for r in told.itertuples()]
