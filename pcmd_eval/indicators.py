"""The figures that are printed, one row each: where the Word review, the site and indicators.csv take numbers from.

data/figures.csv names them all: `{{ so.<name> }}` in a template or in people's own words prints one.
"""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

import pandas as pd

from pcmd_eval import paths
from pcmd_eval.case import Case
from pcmd_eval.disclosure import WITHHELD, among, load_disclosure
from pcmd_eval.files import read_csv
from pcmd_eval.objectives import OBJECTIVES, said, silent
from pcmd_eval.observations import COUNTS, counting
from pcmd_eval.words import OWN_BODIES, RETURN_WORDS, STANDINGS, number, short_date

COLUMNS = [
    "unit_code",
    "unit_name",
    "objective",
    "item",
    "label",
    "measure",
    "value",
    "state",
    "words",
]
NOT_TOLD, FEW = "không công bố", "không công bố (ít đơn vị)"  # of persons: never, and not here
NOTE = "* Chưa gồm phần chưa có số liệu."  # once, wherever a figure with this mark is printed
STEPS = {
    **{"communication": "communes", "integration": "programmes", "harm_reduction": "limbs"},
    **{"support_model": "models", "media": "months"},
}
TOLD_APART = ("communication", "support_model", "media")  # what is not known is a figure of its own


def catalogue(case: Case) -> pd.DataFrame:
    """The names a figure of this plan can have (index `name`): objective, item, kind, label, measure, all `string`.

    kind: sum, standing (of a district yes or no, of the province how many districts), whole (of the province alone),
    own (of its bodies alone), text. `item` says which cells or parts are summed.
    """
    rows = read_csv(paths.DATA / "figures.csv").set_index("name")
    rows = rows[
        rows.objective.isna()
        | rows.objective.isin([objective.slug for objective in case.plan.objectives])
    ]
    labels = {item.code: item.label for sheet in case.plan.form.sheets for item in sheet.items}
    label = rows["item"].str.removesuffix(":persons").map(labels)
    label = label.mask(rows["item"].str.endswith(":persons"), label + ": số người được tiếp cận")
    label = rows.label.fillna(label).mask(rows.kind == "own", OWN_BODIES + ": " + label)
    return rows.assign(label=label).fillna("").astype("string")


def persons(case: Case) -> pd.DataFrame:
    """The rows of the catalogue that are about persons, with `why`."""
    policy = load_disclosure()
    why = pd.concat(
        [pd.DataFrame(group).unstack().dropna() for group in (policy.masked, policy.coarse)]
    ).rename("why")
    return catalogue(case).query("kind != 'own'").join(why, on=["objective", "item"], how="inner")


def persons_told(case: Case, figures: pd.DataFrame) -> pd.DataFrame:
    """What is told of each of them for the whole province, and why it is treated so, as people read it."""
    rows = persons(case)
    told = rows.index.to_series().map(named(figures, case.plan.province)).fillna("–")
    return rows.assign(told=told)[["label", "measure", "told", "why"]].reset_index(drop=True)


def figures(case: Case) -> pd.DataFrame:
    """Every printed figure of every unit that reports, columns `COLUMNS`, all `string`: units by code, names in order.

    `state`: complete, incomplete (some of its parts are not known), unknown (none is: no value, a dash in words). What
    is about persons stands there for the province alone and rounded, unless the case is internal; withheld: there is
    something that is not told.
    """
    names, whole = catalogue(case).reset_index(), case.plan.province
    parts = pd.concat([_of_cells(case), *_of_steps(case), _of_returns(case)], ignore_index=True)
    shares = [
        (parts[parts.reporter != whole].assign(unit_code=parts.reporter), ["sum", "standing"]),
        (parts.assign(unit_code=whole), ["sum", "standing", "whole"]),
        (parts[parts.reporter == whole].assign(unit_code=whole), ["own"]),
    ]
    rows = pd.concat(
        [_summed(part).merge(names[names.kind.isin(kinds)]) for part, kinds in shares],
        ignore_index=True,
    )
    rows = pd.concat([_in_words(case, rows), _texts(case, names)], ignore_index=True)
    order = rows["name"].map(dict(zip(names["name"], names.index, strict=True)))
    rows = rows.assign(
        order=order, unit_name=rows.unit_code.map(case.units.full_name), item=rows["name"]
    )
    return rows.sort_values(["unit_code", "order"], ignore_index=True)[COLUMNS].astype("string")


def named(figures: pd.DataFrame, unit: str) -> dict[str, str]:
    """The words of a unit's figures by name."""
    return figures[figures.unit_code == unit].set_index("item").words.to_dict()


def _of_cells(case: Case) -> pd.DataFrame:
    """What figures are sums of: reporter, objective, item, number (<NA> where it is not known) and known.

    A cell belongs to all figures that name its item, its column, its period, or the kind of its period (Q, M, Y).
    """
    cells, policy = case.cells, load_disclosure()
    number = pd.to_numeric(cells.value.where(cells.value.str.fullmatch(r"\d+(\.\d+)?"))).astype(
        "Float64"
    )
    doubtful = ((cells.number == 0) & cells.some.isna()).fillna(
        False
    )  # a 0 of a period that was not over
    number = number.fillna(said(cells.value).astype("Float64")).mask(doubtful)
    items = cells["item"].mask(
        cells.objective == "communication"
    )  # there it is what a clerk calls the form
    keys = pd.concat([items, cells["column"], cells.period, cells.period.str[:1]]).rename("item")
    keys = keys.reset_index().drop_duplicates().set_index("index")
    found = (
        cells[["reporter", "objective"]]
        .assign(number=number, told=(cells.state == "reported") & ~doubtful)
        .join(keys)
    )
    hidden = among(
        found, policy.masked, policy.coarse, policy.yearly
    )  # hold no number, known or not
    return found.assign(known=found.number.notna() | (hidden & found.told))


def _of_steps(case: Case) -> Iterator[pd.DataFrame]:
    """How many parts count, do not, and may: communes, programmes (also by row), limbs, models and months."""
    for slug, step in STEPS.items():
        if slug in case.plan:
            standing = OBJECTIVES[slug](case.cells, case.rules(slug), case.year)[step]
            index, yes = standing.index.to_frame(index=False), standing.reset_index(drop=True)
            counted = {"yes": yes, "no": ~yes, "unknown": yes.isna(), "all": yes.notna() | True}
            parts = [(f"{step}:{answer}", number) for answer, number in counted.items()]
            parts += [(index[key], yes) for key in ("row", "limb") if key in index]
            for item, number in parts:
                known = number.notna() | (slug in TOLD_APART)
                yield index.assign(
                    objective=slug, item=item, number=number.astype("Float64"), known=known
                )
    if (
        "support_model" in case.plan
    ):  # no line is a count of 0, unless somebody has not said whether there is a model
        mute = silent(case.cells)
        said_all = mute.empty
        rows = pd.DataFrame({"item": ["models:yes", "models:unknown"], "known": [said_all, True]})
        rows = rows.assign(number=pd.array([0.0 if said_all else None, 0.0], dtype="Float64"))
        yield rows.assign(objective="support_model", reporter=case.plan.province)
        unsaid = pd.DataFrame(
            {"reporter": mute, "item": "persons", "number": pd.array([None] * len(mute), "Float64")}
        )
        yield unsaid.assign(objective="support_model", known=False)


def _of_returns(case: Case) -> pd.DataFrame:
    """Who reported, when, and how completely."""
    returns = case.received.reset_index()
    received = returns.reporter.isin(counting(case.returns).index)
    flags = {"reporters": returns.state != "not_asked", "received": received}
    flags |= {"on_time": returns.state == "on_time", "late": returns.state == "late"}
    flags["partial"] = received & ~flags["on_time"] & ~flags["late"]
    wide = (
        returns[["reporter", *COUNTS]]
        .assign(**flags)
        .astype(dict.fromkeys([*flags, *COUNTS], "Float64"))
    )
    return wide.melt("reporter", var_name="item", value_name="number").assign(
        objective="", known=True
    )


def _summed(parts: pd.DataFrame) -> pd.DataFrame:
    """The sum of what is known, <NA> over nothing, and whether all of it is."""
    own = parts.groupby(["unit_code", "objective", "item"])
    return pd.DataFrame(
        {"value": own.number.sum(min_count=1), "complete": own.known.all()}
    ).reset_index()


def _in_words(case: Case, rows: pd.DataFrame) -> pd.DataFrame:
    """The rows that may be told, with value as text, state and words."""
    whole, policy = rows.unit_code == case.plan.province, load_disclosure()
    value = rows.value.map(
        lambda value: f"{value:.6f}".rstrip("0").rstrip("."), na_action="ignore"
    ).astype("string")
    words = value.map(lambda text: number(Decimal(text)), na_action="ignore")
    kept_back = pd.Series(pd.NA, rows.index, dtype="string")
    if not case.internal:
        told = rows[["objective", "item"]].merge(case.totals, how="left").value.set_axis(rows.index)
        persons, coarse = among(rows, policy.masked, policy.coarse), among(rows, policy.coarse)
        kept_back = kept_back.mask((told == WITHHELD).fillna(False), FEW).mask(coarse, NOT_TOLD)
        told = told.mask(kept_back.notna())
        value = value.mask(persons, told)
        words = words.mask(persons, told.mask(told.str.fullmatch(r"[1-9]\d*"), "khoảng " + told))
        rows = rows[~persons | (whole & (rows.kind != "own"))]
    state = rows.complete.map({True: "complete", False: "incomplete"}).mask(value.isna(), "unknown")
    words = (words + state.map({"incomplete": "*"}).fillna("")).fillna("–")
    words = words.mask(
        (state == "incomplete") & (value == "0"), "chưa đủ số liệu"
    )  # "0*" would read as none
    state, words = state.mask(kept_back.notna(), "withheld"), kept_back.fillna(words)
    answers = value.map({"1": STANDINGS[True].word, "0": STANDINGS[False].word}).fillna(
        STANDINGS[None].word
    )
    words = words.mask((rows.kind == "standing") & ~whole, answers)
    measure = rows.measure.mask((rows.kind == "standing") & whole, case.plan.districts_word)
    return rows.assign(value=value, state=state, words=words, measure=measure)


def _texts(case: Case, names: pd.DataFrame) -> pd.DataFrame:
    """What became of the return of each district: its state and its dates."""
    own = case.received.query("reporter in @case.plan.districts.index").reset_index()
    own = own.rename(columns={"reporter": "unit_code", "state": "return_state"})
    rows = own.melt("unit_code", ["return_state", "sent", "cutoff"], "name").merge(names, on="name")
    words = rows.value.map(
        lambda text: RETURN_WORDS.get(text) or short_date(date.fromisoformat(text)),
        na_action="ignore",
    )
    state = pd.Series("complete", rows.index).mask(rows.value.isna(), "unknown")
    return rows.assign(words=words.fillna("–"), state=state)
