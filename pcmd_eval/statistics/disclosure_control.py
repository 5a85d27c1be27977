"""Statistical disclosure control: public cells carry no numbers of persons, provincial totals are
rounded.

What is published is made from `public` and `totals` and from nothing else, so that no table, bar or
sentence discloses more about persons than these two do. tests/attack.py tries what follows.
"""

from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pandas as pd

from pcmd_eval.evaluation.observations import SOME
from pcmd_eval.evaluation.states import FILLED_STATES
from pcmd_eval.objectives.registry import MODEL_SLUGS
from pcmd_eval.objectives.support_model import models_of_lines
from pcmd_eval.plan.plan import Plan
from pcmd_eval.statistics.components import (
    UNNAMED,
    list_cell_components,
    list_step_components,
    sum_components,
)
from pcmd_eval.util import paths
from pcmd_eval.util.yaml_models import StrictModel, load_model

SUPPRESSED = "withheld"  # a sum that is not disclosed; <NA> stays "not reported"
KEYS = ["objective", "item"]
TOTALS = dict.fromkeys((*KEYS, "words", "state"), "string") | {"value": "Float64"}
ItemReasons = dict[str, dict[str, str]]  # objective: {item: why it is listed}


class Disclosure(StrictModel):
    """The policy of data/disclosure.yaml, whose comments give the reasons.

    Groups of items about persons: of `summed` only the province's sum is public, of `coarse` only
    whether a unit had any in the year, of `never` nothing. Where communes report, only the
    province's numbers of `province_only` are public, and no unit's of an objective with coarse
    items. `beyond`: the public item of which an item is a part. A sum is disclosed from `least` on,
    `average` for each reporter with a part, if `parts` reporters have one above 0 and the reporter
    with the largest sees in the others' more than `width` above one each; it is rounded to `base`.
    """

    base: int
    least: int
    average: int
    parts: int
    width: int
    source: str
    summed: ItemReasons
    coarse: ItemReasons
    never: ItemReasons
    province_only: ItemReasons
    beyond: dict[str, dict[str, str]]
    exceptions: ItemReasons

    @property
    def about_persons(self) -> pd.Series:
        """Return the reason why each item is about persons, by objective and item."""
        return by_item(self.summed, self.coarse, self.never)


def load_disclosure() -> Disclosure:
    """Return the policy in force; raises InputRefused that names each faulty key."""
    return load_model(paths.DATA / "disclosure.yaml", Disclosure)


def unpublished_slugs(plan: Plan, policy: Disclosure) -> list[str]:
    """Return the slugs of the objectives whose findings by unit are not published.

    Where communes report, these are the objectives with items under `province_only` or `coarse`;
    elsewhere there are none.
    """
    slugs = {*policy.province_only, *policy.coarse} if plan.communes_report else set()
    return [slug for slug in plan.by_slug if slug in slugs]


def public_findings(plan: Plan, findings: pd.DataFrame, policy: Disclosure) -> pd.DataFrame:
    """Return the findings that may be published, see `unpublished_slugs`."""
    is_internal = findings.objective.isin(unpublished_slugs(plan, policy))
    return findings[~is_internal | (findings.unit_code == plan.province)].reset_index(drop=True)


def is_suppressed(plan: Plan, rows: pd.DataFrame, policy: Disclosure) -> pd.Series:
    """Return whether each row (objective, item) has an item that is suppressed for every unit."""
    suppressed = is_listed(rows, policy.summed, policy.never)
    if plan.communes_report:
        suppressed |= is_listed(rows, policy.province_only)
        suppressed |= rows.objective.isin([*policy.coarse]).astype(bool)
    return suppressed


def public(plan: Plan, cells: pd.DataFrame, policy: Disclosure) -> pd.DataFrame:
    """Return the same cells without numbers of persons and names of models.

    A coarse cell says 0, or `>0` in all filled quarters of a unit that had any in the year: "some
    in the year", never "in this quarter". No `raw`, no `file`, no word that a clerk typed. The
    state of a filled cell without its number is `open` where it may still grow, else `reported`:
    `contradictory` would say that it exceeds another.
    """
    is_filled = cells.state.isin(FILLED_STATES)
    is_masked = is_suppressed(plan, cells, policy)
    is_masked &= (cells.reporter != plan.province) | is_listed(cells, policy.summed, policy.never)
    is_coarse = is_listed(cells, policy.coarse) & ~is_masked
    is_above_zero = is_coarse & cells.some.fillna(False)
    unit_items = [cells.reporter, cells["item"]]
    had_any_in_year = is_above_zero.groupby(unit_items, dropna=False).transform("any")
    is_some = had_any_in_year & is_coarse & is_filled  # published as SOME
    is_masked |= is_some
    models = _number_models(cells)
    empty = pd.Series(pd.NA, cells.index, dtype="string")
    # The clerk of a commune types the row, a form of communication.
    has_typed_row = cells.objective.isin(plan.commune_slugs)
    value = cells.value.mask(is_masked).mask(is_some, SOME)
    return cells.assign(
        item=cells["item"].mask(has_typed_row, (":" + cells["column"]).fillna("")),
        row=cells["row"].mask(has_typed_row, ""),
        value=value.mask(models.notna(), models),
        state=cells.state.mask(is_masked & is_filled & (cells.state != "open"), "reported"),
        number=cells.number.mask(is_masked),
        amount=cells.amount.mask(is_masked),
        some=cells.some.mask(is_masked).mask(is_some, True),
        raw=empty,
        file=empty,
    )


def _number_models(cells: pd.DataFrame) -> pd.Series:
    """Return "mô hình 1", "mô hình 2" … for the names of models, <NA> elsewhere.

    Lines of one name and several types are several models, as in the sums.
    """
    is_name = cells["column"].isin(["name"]) & cells.value.notna()
    model = cells.join(models_of_lines(cells), on=["reporter", "row"]).model.where(is_name)
    numbers = pd.Series(model.factorize()[0] + 1, cells.index, dtype="string")
    return ("mô hình " + numbers).where(model.notna())


def totals(plan: Plan, cells: pd.DataFrame, policy: Disclosure) -> pd.DataFrame:
    """Return the published sums of suppressed items, over the province and the year.

    Columns `TOTALS`: `words` is "0" where all parts are known zeros, `withheld` where the sum would
    not hide its parts, else the number; <NA> over nothing. `value` is that number,
    `state` complete or incomplete. Each sum over persons is rounded on its own;
    those of `province_only` are exact. `cells` are the exact ones.
    """
    province_only = by_item(policy.province_only).index if plan.communes_report else []
    listed = [*by_item(policy.summed).index, *province_only]
    components = list_cell_components(plan, cells)
    if plan.communes_report:
        components = pd.concat([components, *list_step_components(plan, cells, set())])
    is_published = pd.MultiIndex.from_frame(components[KEYS]).isin(listed)
    sums = sum_components(components[is_published], KEYS)
    words = []
    for (slug, item), (value, is_complete) in sums.iterrows():
        if pd.isna(value):
            words.append(pd.NA)
        elif (slug, item) in province_only:
            words.append(str(int(value)))
        elif value == 0 and is_complete:
            words.append("0")
        elif _hides_parts(_list_parts(components, slug, item, policy), policy):
            words.append(round_to_base(Decimal(str(value)), policy.base))
        else:
            words.append(SUPPRESSED)
    state = sums.complete.map({True: "complete", False: "incomplete"})
    frame = sums.index.to_frame(index=False).assign(words=words, state=state.array)
    numbers = pd.to_numeric(frame.words.replace(SUPPRESSED, pd.NA), errors="coerce")
    return frame.assign(value=numbers)[[*TOTALS]].astype(TOTALS)


def _list_parts(components: pd.DataFrame, slug: str, item: str, policy: Disclosure) -> pd.DataFrame:
    """Return reporter, part and number of the parts above 0 that a sum must hide.

    A part is what one reporter reported, or one named model; of an item in `beyond` only what goes
    beyond the number of the public item.
    """
    rows = components[components.objective == slug].dropna(subset="number")
    parts = rows[(rows["item"] == item) & (rows.dedup_key != UNNAMED).fillna(True)]
    parts = parts.assign(part=parts.dedup_key.fillna(parts.reporter))
    numbers = parts.groupby(["reporter", "part"]).number
    numbers = (numbers.max() if slug in MODEL_SLUGS else numbers.sum()).reset_index()
    if public_item := policy.beyond.get(slug, {}).get(item):
        is_public = rows["item"] == public_item
        public_number = rows[is_public].groupby("reporter").number.sum()
        numbers["number"] -= numbers.reporter.map(public_number).fillna(0)
    return numbers[numbers.number > 0]


def _hides_parts(parts: pd.DataFrame, policy: Disclosure) -> bool:
    """Return whether a sum hides its parts from each reporter that knows its own.

    Of n parts that are at least 1, a reporter sees in the others sum - own - (n - 1) at most; that
    is least for the one with the largest part.
    """
    largest = parts.groupby("part").number.max()
    reporters = parts.reporter.nunique()
    if reporters < policy.parts or largest.sum() < max(policy.least, policy.average * reporters):
        return False
    for _, own_parts in parts.groupby("reporter").part:
        others = largest.drop(own_parts)
        # A reporter of all models but one would see the number of that one.
        if len(others) < policy.parts - 1 or others.sum() - len(others) <= policy.width:
            return False
    return True


def round_to_base(value: Decimal, base: int) -> str:
    """Return the nearest multiple of `base` as digits; half is rounded up."""
    return str(int((value / base).to_integral_value(ROUND_HALF_UP)) * base)


def by_item(*groups: Mapping[str, Any]) -> pd.Series:
    """Return what the policy's groups say of each item, by objective and item."""
    return pd.concat([pd.DataFrame(group).unstack().dropna() for group in groups])


def is_listed(rows: pd.DataFrame, *groups: ItemReasons) -> pd.Series:
    """Return whether the item of each row (objective, item) is in one of the policy's groups.

    The lines of models have no codes of their own: the policy lists their columns.
    """
    columns = rows["item"].str.replace(r"^.*:", "", regex=True)
    items = rows["item"].mask(rows.objective.isin(MODEL_SLUGS), columns)
    listed = pd.MultiIndex.from_arrays([rows.objective, items]).isin(by_item(*groups).index)
    return pd.Series(listed, rows.index)
