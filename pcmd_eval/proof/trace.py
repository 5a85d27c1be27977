"""The cells behind a finding: what each counts as by itself, and how the parts stand that it belongs to."""

import pandas as pd

from pcmd_eval.objectives import ANSWERS, CASES, OBJECTIVES, Steps
from pcmd_eval.observations import OBSERVATIONS
from pcmd_eval.plan import Plan
from pcmd_eval.spelling import fold
from pcmd_eval.words import CELL_WORDS, PERIODS, STANDINGS

COLUMNS = [*OBSERVATIONS, "rule", "counts_as"]
_LINE = ["reporter", "row"]


def decides(cells: pd.DataFrame) -> pd.Series:
    """Which cells can decide something under some rule: figures of the whole year and other rows of cases cannot."""
    answers = [f"{slug} {column}" for slug, columns in ANSWERS.items() for column in columns]
    counted = (cells.column == "") & (
        ~cells.objective.eq("enforcement") | cells["item"].isin(CASES)
    )
    return counted | (cells.objective + " " + cells.column).isin(answers)


def behind(plan: Plan, cells: pd.DataFrame, unit: str, slug: str) -> tuple[pd.DataFrame, Steps]:
    """The cells that a finding looks at, with what they `count` (boolean) and their `limb`, and the steps from them.

    Of a district, a code, these are its own cells, of the province everybody's. Beside those of the steps they are the
    names of models, which tell them apart, and "Không có mô hình", which is a no.
    """
    steps = OBJECTIVES[slug](cells, plan.values(slug), plan.year)
    names = cells[(cells.objective == slug) & (cells.column == "name")]
    none = names.row == "none"
    counts = pd.concat(
        [steps["cells"], (~none).astype("boolean").mask(none & names.value.isna())]
    ).sort_index()
    found = cells.loc[counts.index].assign(counts=counts, limb=cells["item"].str[:3])
    return (found if unit == plan.province else found[found.reporter == unit]), steps


def trace(plan: Plan, cells: pd.DataFrame, unit: str, slug: str) -> pd.DataFrame:
    """The rows behind one finding: `OBSERVATIONS`, then `rule` and `counts_as` (`low`, `unknown`, `none`), all string.

    `rule` reads "active_quarters: 07969/Q1 low; 07969 low": the rule, before it `open_period_days` where a 0 was not
    believed, then each part that the cell is counted in, from the smallest on, and how that stands.
    """
    (found, steps), rules = behind(plan, cells, unit, slug), plan.values(slug)
    if rules.get("pending") == "not_handled":  # known, and no handled case
        found["counts"] = found.counts.mask(
            (found["item"] == "6.6") & found.counts.fillna(False), False
        )
    models = {
        key: found[found.column == key].set_index(_LINE).value.fillna("")
        for key in ("name", "type")
    }
    found = found.join(pd.DataFrame(models | {"name": models["name"].map(fold)}), on=_LINE)
    doubted = (found.counts.isna() & (found.value == "0").fillna(False)).map(
        {True: "open_period_days, ", False: ""}
    )
    rule = (doubted.astype("string") + next(iter(rules)) + ":").mask(
        found.row.eq("none").fillna(False), "no_model"
    )
    for name, part in [*steps.items()][1:]:
        rule += found.join(_told(name, part), on=part.index.names).told.fillna("")
    return found.assign(rule=rule.str.rstrip(":;"), counts_as=_words(found.counts))[COLUMNS].astype(
        "string"
    )


def _words(standing: pd.Series) -> pd.Series:
    return standing.map({True: "low", False: "none"}).astype("string").fillna("unknown")


def _told(name: str, part: pd.Series | pd.DataFrame) -> pd.Series:
    """Name and standing of each part, by the index of the step."""
    ending = {"quarters": endings, "reporters": lambda cases: cases.verdict}
    words = ending[name](part) if isinstance(part, pd.DataFrame) else _words(part)
    keys = part.index.to_frame().drop(columns="reporter" if "unit_code" in part.index.names else [])
    return (" " + keys.agg("/".join, axis=1).astype("string") + " " + words + ";").rename("told")


def endings(quarters: pd.DataFrame) -> pd.Series:
    """How a quarter of cases stands: the first that holds."""
    complete = pd.Series("complete", quarters.index, dtype="string")
    open_ = (~quarters.complete, "incomplete")
    return complete.case_when(
        [
            (quarters.contradictory.fillna(False), "contradictory"),
            open_,
            (quarters.unhandled.fillna(False), "unhandled"),
        ]
    )


# ---- in words -------------------------------------------------------------------------------------------------------


def spoken(plan: Plan, items: pd.Series) -> pd.Series:
    """Items of observations in the words of the form: "2.1:carried_out", 2.1 Giảm nghèo Đã thực hiện."""
    words = plan.form.names | {"none": ""}
    parts = items.fillna("").str.split(":").explode()
    named = parts.map(words).fillna(parts)
    return named.groupby(level=0).agg(" ".join).reindex(items.index).str.strip()


def places(rows: pd.DataFrame) -> pd.Series:
    """Where cells stand, 230-doan-hung.xlsx · 2 Lồng ghép · D5; <NA> for those that no return has."""
    return rows.file + " · " + rows.sheet + " · " + rows.cell


def about(plan: Plan, rows: pd.DataFrame, units: pd.Series) -> pd.Series:
    """Where cells stand, of whom and what they tell, and when."""
    whose, when = (
        units.map(plan.register.full_name).astype("string"),
        rows.period.map(PERIODS).astype("string"),
    )
    what = spoken(plan, rows["item"]) + ", "
    return (
        places(rows).fillna("chưa có trong báo cáo")
        + ": "
        + whose
        + ", "
        + what.where(what != ", ", "")
        + when
    )


def lines(plan: Plan, found: pd.DataFrame) -> list[str]:
    """The rows of a trace in words, one line each: where the cell is, of whom and what, what it says and counts as."""
    counts = {
        "low": STANDINGS[True].word,
        "none": STANDINGS[False].word,
        "unknown": STANDINGS[None].word,
    }
    said = found.raw.fillna(found.state.map(CELL_WORDS)) + " → " + found.counts_as.map(counts)
    return [*(about(plan, found, found.unit_code) + ": " + said)]
