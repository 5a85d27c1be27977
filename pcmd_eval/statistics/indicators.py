"""The one table of quantities: of each what is known, whether that is all of it, and how both are
put into words.

Notebooks, charts, Excel, indicators.csv, Word and site take their numbers from it. data/figures.csv
names them all: `{{ so.<name> }}` in a template or in people's own words prints one.
"""

from decimal import Decimal

import pandas as pd

from pcmd_eval.evaluation.observations import made_up, received
from pcmd_eval.plan.plan import Plan
from pcmd_eval.statistics.components import list_components
from pcmd_eval.statistics.disclosure_control import WITHHELD, among, by_item, load_disclosure
from pcmd_eval.util import paths
from pcmd_eval.util.files import read_csv
from pcmd_eval.util.formatting import format_number, format_short_date, lowercase_first
from pcmd_eval.util.vocabulary import STATUS_STYLES

COLUMNS = [
    "plan",
    "year",
    "level",
    "unit_code",
    "unit_name",
    "objective",
    "item",
    "label",
    "measure",
]
COLUMNS += ["value", "state", "precision", "illustrative", "words"]
DTYPES = dict.fromkeys(COLUMNS, "string") | {"year": "Int64", "value": "Float64"}
NEVER_PUBLISHED, TOO_FEW = (
    "không công bố",
    "không công bố (ít đơn vị)",
)  # of persons: never, and not here
NOTE = "* Chưa gồm phần chưa có số liệu."  # once, wherever a figure with this mark is printed


def catalogue(plan: Plan) -> pd.DataFrame:
    """The names a figure of this plan can have (index `name`): objective, item, kind, label,
    measure, all `string`.

    kind: sum, standing (of a district yes or no, of the province how many districts), whole (of the
    province alone), own (of its bodies alone), text. `item` says which cells or parts are summed.
    """
    rows = read_csv(paths.DATA / "figures.csv").set_index("name")
    rows = rows[rows.objective.isna() | rows.objective.isin([*plan.by_slug])]
    labels = rows["item"].map(_labels(plan.form)).astype("string")
    label = rows.label.fillna(labels)
    label = label.mask(rows.kind == "own", f"{plan.own_bodies}: " + label)
    return rows.assign(label=label).fillna("").astype("string")


def _labels(form):
    """What the form calls its rows, and their further columns, by the item that a figure sums."""
    labels = {}
    for sheet in form.sheets:
        for item in sheet.items:
            labels[item.code] = item.label
            for column in sheet.further:
                name = sheet.item_name(item.code, column)
                labels[name] = f"{item.label}: {lowercase_first(column.header)}"
    return labels


def list_person_items(plan: Plan) -> pd.DataFrame:
    """The rows of the catalogue that are about persons, with `why`."""
    policy = load_disclosure()
    why = by_item(policy.masked, policy.coarse).rename("why")
    return catalogue(plan).query("kind != 'own'").join(why, on=["objective", "item"], how="inner")


def describe_person_items(plan: Plan, figures: pd.DataFrame) -> pd.DataFrame:
    """What is told of each of them for the whole province, and why it is treated so, as people read
    it.
    """
    rows = list_person_items(plan)
    words = rows.index.to_series().map(words_by_name(figures, plan.province)).fillna("–")
    return rows.assign(told=words)[["label", "measure", "told", "why"]].reset_index(drop=True)


def compute_indicators(
    plan: Plan, cells: pd.DataFrame, returns: pd.DataFrame, totals: pd.DataFrame | None = None
) -> pd.DataFrame:
    """Every quantity of every unit that reports, dtypes `DTYPES`: units by code, items in the
    catalogue's order.

    `value` is the sum of what is known; `state`: complete, incomplete (some of its parts are not
    known), unknown (none is: no value, a dash in words), withheld (there is something that is not
    told). `totals`: what may be told of persons (see disclosure), who then stand there for the
    province alone, with `precision` rounded, or below where the words give a bound and there is no
    value.
    """
    names = catalogue(plan).query("kind != 'text'").reset_index()
    names = names.assign(order=names.index)
    province = plan.province
    parts = list_components(plan, cells, returns, {*names["item"]})
    bodies = parts.reporter == province
    summed = [
        _summed(parts[~bodies], parts.reporter, names[names.kind.isin(["sum", "standing"])]),
        _summed(parts, province, names[names.kind != "own"]),
        _summed(parts[bodies], province, names[names.kind == "own"]),
    ]
    rows = pd.concat(summed, ignore_index=True).assign(precision="exact", words=pd.NA)
    if totals is not None:
        rows = _disclosed(rows, totals, province)
    return _laid_out(_stated(rows, plan), plan, returns)


def _summed(parts, units, names):
    """For each unit and name the sum of what is known, <NA> over nothing, and whether all of it is;
    of what several tell of one thing the largest number counts.
    """
    parts = parts.assign(unit_code=units)
    keys = ["unit_code", "objective", "item"]
    ascending = parts.sort_values("number", na_position="first", kind="stable")
    again = ascending.once.notna() & ascending.duplicated([*keys, "once"], keep="last")
    value = ascending[~again].groupby(keys).number.sum(min_count=1).round(6)
    complete = parts.groupby(keys).known.all()
    sums = pd.DataFrame({"value": value, "complete": complete}).reset_index()
    return sums.merge(names, on=["objective", "item"])


def _laid_out(rows, plan, returns):
    """The rows with the columns that say of what and of whom they are, in their order."""
    rows = rows.assign(
        plan=plan.plan,
        year=plan.year,
        level=rows.unit_code.map(plan.register.level),
        unit_name=rows.unit_code.map(plan.register.full_name),
        item=rows["name"],
        illustrative="yes" if made_up(returns) else "no",
    )
    rows = rows.sort_values(["unit_code", "order"], ignore_index=True)[COLUMNS]
    return rows.replace({"objective": {"": pd.NA}, "measure": {"": pd.NA}}).astype(DTYPES)


def format_for_csv(figures: pd.DataFrame) -> pd.DataFrame:
    """The table as indicators.csv holds it: whole numbers without a point."""
    return figures.assign(
        value=figures.value.map(format_digits, na_action="ignore").astype("string")
    )


def words_by_name(figures: pd.DataFrame, unit: str) -> dict[str, str]:
    """The words of a unit's figures by name."""
    return figures[figures.unit_code == unit].set_index("item").words.to_dict()


def describe_return(plan: Plan, returns: pd.DataFrame, unit: str) -> dict[str, str]:
    """What became of the return of a district, in words by name: its state and its dates."""
    came = received(returns).loc[unit]
    words = {"return_state": plan.return_words.get(came.state, "–")}
    for key in ("sent", "cutoff"):
        if pd.notna(came[key]):
            words[key] = format_short_date(came[key])
    return words


def _disclosed(rows, totals, province):
    """The rows that may be told: those about persons of the whole province alone, in the words of
    `totals`.
    """
    policy = load_disclosure()
    about = among(rows, policy.masked, policy.coarse)
    coarse = among(rows, policy.coarse)
    sums = rows[["objective", "item"]].merge(totals, how="left").value.set_axis(rows.index)
    told = worded(sums)
    told["words"] = told.words.replace(WITHHELD, TOO_FEW).mask(coarse, NEVER_PUBLISHED)
    rows = rows.astype({"words": "string"})
    rows[[*told]] = rows[[*told]].mask(about, told)
    return rows[~about | ((rows.unit_code == province) & (rows.kind != "own"))]


def worded(sums: pd.Series) -> pd.DataFrame:
    """Value, words and precision of sums as `disclosure.totals` tells them; "withheld" stays so."""
    value = pd.to_numeric(sums, errors="coerce").astype("Float64")
    words = ("khoảng " + format_values(value)).mask((value == 0).fillna(False), "0")
    words = words.fillna(sums)  # "dưới 5", withheld
    below = words.str.startswith("dưới").fillna(False)
    precision = below.map({True: "below", False: "rounded"}).astype("string")
    return pd.DataFrame({"value": value, "words": words, "precision": precision})


def _stated(rows, plan):
    """The rows with their state and words: this alone decides what a gap in a sum looks like."""
    words = rows.words.astype("string").fillna(format_values(rows.value))
    state = pd.Series("complete", rows.index, dtype="string").case_when([
        (words.isin([NEVER_PUBLISHED, TOO_FEW]), "withheld"),
        (words.isna(), "unknown"),
        (~rows.complete, "incomplete"),
    ])  # fmt: skip
    incomplete = state == "incomplete"
    words = words.mask(incomplete, words + "*").fillna("–")
    # "0*" would read as none.
    words = words.mask(incomplete & (rows.value == 0).fillna(False), "chưa đủ số liệu")
    answers = rows.value.map({1: STATUS_STYLES[True].word, 0: STATUS_STYLES[False].word})
    answers = answers.astype("string").fillna(STATUS_STYLES[None].word)
    standing = rows.kind == "standing"
    whole = rows.unit_code == plan.province
    words = words.mask(standing & ~whole, answers)
    measure = rows.measure.mask(standing & whole, plan.unit_kinds)
    return rows.assign(state=state, words=words, measure=measure)


def format_digits(value: float) -> str:
    """A number of the table without needless decimals: 22.5, 3."""
    return f"{value:.6f}".rstrip("0").rstrip(".")


def format_values(values: pd.Series) -> pd.Series:
    """Numbers as they are printed, <NA> for none: 1.234,5."""
    texts = values.map(
        lambda value: format_number(Decimal(format_digits(value))), na_action="ignore"
    )
    return texts.astype("string")
