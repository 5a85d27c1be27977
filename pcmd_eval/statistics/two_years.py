"""The figures of two years beside each other, with what tells whether they mean the same."""

import pandas as pd

from pcmd_eval.evaluation.explanations import phrase
from pcmd_eval.plan.plan import Plan
from pcmd_eval.plan.previous_year import KEY
from pcmd_eval.statistics.disclosure_control import (
    WITHHELD,
    among,
    load_disclosure,
    previous_totals,
)
from pcmd_eval.statistics.indicators import catalogue, worded
from pcmd_eval.util.formatting import lowercase_first


def side_by_side(plan: Plan, figures: pd.DataFrame, internal: bool) -> pd.DataFrame:
    """The figures that the plan's objectives count, those of the previous year with the suffix
    `_previous`, None for <NA>; unless `internal`, as they may leave the department.

    `by_rules`: see `parts_catalogue`; `other_rules`: why parts do not count as they did;
    `unclear_label`: what the figure is called that tells how many parts nobody knows, `unclear`.
    """
    names = parts_catalogue(plan)
    previous = plan.previous_figures if internal else _public(plan)
    rows = figures[figures.objective.notna() & ~figures["item"].str.endswith("_unknown")]
    rows = rows.join(previous.add_suffix("_previous"), on=KEY).reset_index(drop=True)
    rows = rows.join(names[["by_rules", "unclear_item"]], on="item")
    unclear = pd.MultiIndex.from_frame(rows[["unit_code", "unclear_item"]])
    rows = rows.assign(
        other_rules=rows.objective.map(_other_rules(plan)).where(rows.by_rules),
        unclear_label=rows.unclear_item.map(names.label).map(lowercase_first, na_action="ignore"),
        unclear=figures.set_index(KEY).value.reindex(unclear).array,
        unclear_previous=previous.value.reindex(unclear).array,
    )
    return rows.astype(object).where(rows.notna(), None)


def parts_catalogue(plan: Plan) -> pd.DataFrame:
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
    """By objective why its parts don't count as in the previous year, where that is so."""
    reasons = {}
    for slug in plan.by_slug:
        previous, changed = None, []
        if plan.previous_plan and slug in plan.previous_plan:
            previous = _counting_rules(plan.previous_plan, slug)
            rules = _counting_rules(plan, slug).items()
            changed = [rule.label for key, rule in rules if previous[key].value != rule.value]
        reasons[slug] = phrase("other_rules", previous, changed, plan.previous.year) or None
    return reasons


def _counting_rules(plan, slug):
    """The rules by which an objective's parts count, by key."""
    return dict(plan[slug].rules) | {"open_period_days": plan.rules["open_period_days"]}


def _public(plan):
    """The previous year as it may leave the department: persons for the whole province alone,
    masked as this year's.
    """
    policy = load_disclosure()
    names, previous = catalogue(plan), plan.previous_figures
    persons = names.loc[among(names, policy.masked, policy.coarse), ["objective", "item", "kind"]]
    about = previous.index.get_level_values("item").isin(persons.index)
    rows = previous[about].rename_axis(["unit_code", "name"]).reset_index()
    totals = previous_totals(rows.join(persons, on="name"), plan.province, policy)
    withheld = (totals.words == WITHHELD).fillna(False)
    totals = totals.assign(
        **worded(totals.words), state=totals.state.mask(withheld, "withheld"), item=totals["name"]
    )
    star = totals.state.map({"incomplete": "*"}).fillna("")
    totals["words"] = (totals.words + star).mask(withheld)
    return pd.concat([previous[~about], totals.set_index(KEY)[[*previous]]])
