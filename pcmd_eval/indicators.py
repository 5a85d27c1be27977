"""The one table of quantities: of each what is known, whether that is all of it, and how both are
put into words.

Notebooks, charts, Excel, indicators.csv, Word and site take their numbers from it. data/figures.csv
names them all: `{{ so.<name> }}` in a template or in people's own words prints one.
"""

from decimal import Decimal

import pandas as pd

from pcmd_eval import paths
from pcmd_eval.counting import of_cases, of_models, silent
from pcmd_eval.definitions import OBJECTIVES
from pcmd_eval.disclosure import WITHHELD, among, by_item, load_disclosure
from pcmd_eval.files import read_csv
from pcmd_eval.objectives import model_names, said
from pcmd_eval.observations import COUNTS, SOME, counting, made_up, received
from pcmd_eval.plan import Plan
from pcmd_eval.words import STANDINGS, lowered, number, short_date

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
NOT_TOLD, FEW = "không công bố", "không công bố (ít đơn vị)"  # of persons: never, and not here
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
            for column in sheet.asked:
                name = sheet.item_name(item.code, column)
                header = f"{item.label}: {lowered(column.header)}"
                labels[name] = item.label if column.main else header
    return labels


def persons(plan: Plan) -> pd.DataFrame:
    """The rows of the catalogue that are about persons, with `why`."""
    policy = load_disclosure()
    why = by_item(policy.masked, policy.coarse).rename("why")
    return catalogue(plan).query("kind != 'own'").join(why, on=["objective", "item"], how="inner")


def persons_told(plan: Plan, figures: pd.DataFrame) -> pd.DataFrame:
    """What is told of each of them for the whole province, and why it is treated so, as people read
    it.
    """
    rows = persons(plan)
    told = rows.index.to_series().map(words_by_name(figures, plan.province)).fillna("–")
    return rows.assign(told=told)[["label", "measure", "told", "why"]].reset_index(drop=True)


def figures(
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
    names = catalogue(plan).query("kind != 'text'").reset_index().reset_index(names="order")
    whole = plan.province
    parts = [_of_cells(cells), _of_returns(returns), *_of_steps(plan, cells, {*names["item"]})]
    parts = pd.concat(parts, ignore_index=True)
    bodies = parts.reporter == whole
    summed = [
        _summed(parts[~bodies], parts.reporter, names[names.kind.isin(["sum", "standing"])]),
        _summed(parts, whole, names[names.kind != "own"]),
        _summed(parts[bodies], whole, names[names.kind == "own"]),
    ]
    rows = pd.concat(summed, ignore_index=True).assign(precision="exact", words=pd.NA)
    if totals is not None:
        rows = _disclosed(rows, totals, whole)
    return _laid_out(_stated(rows, plan), plan, returns)


def _summed(parts, units, names):
    """For each unit and name the sum of what is known, <NA> over nothing, and whether all of it is;
    what is one thing counts once.
    """
    parts = parts.assign(unit_code=units)
    keys = ["unit_code", "objective", "item"]
    once = parts.sort_values("number", na_position="first", kind="stable")
    again = once.once.notna() & once.duplicated([*keys, "once"], keep="last")
    value = once[~again].groupby(keys).number.sum(min_count=1).round(6)
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


def for_csv(figures: pd.DataFrame) -> pd.DataFrame:
    """The table as indicators.csv holds it: whole numbers without a point."""
    return figures.assign(value=figures.value.map(digits, na_action="ignore").astype("string"))


def words_by_name(figures: pd.DataFrame, unit: str) -> dict[str, str]:
    """The words of a unit's figures by name."""
    return figures[figures.unit_code == unit].set_index("item").words.to_dict()


def of_return(plan: Plan, returns: pd.DataFrame, unit: str) -> dict[str, str]:
    """What became of the return of a district, in words by name: its state and its dates."""
    came = received(returns).loc[unit]
    told = {"return_state": plan.return_words.get(came.state, "–")}
    for key in ("sent", "cutoff"):
        if pd.notna(came[key]):
            told[key] = short_date(came[key])
    return told


def _of_cells(cells):
    """What figures are sums of: reporter, objective, item, number (<NA> where it is not known),
    known, once.

    A cell belongs to all figures that name its item, its column, its period, or the kind of its
    period (Q, M, Y). Parts with the same `once` are one and the same thing, told by several
    reporters.
    """
    number = cells.number.astype("Float64").fillna(cells.amount)
    number = number.fillna(said(cells.value).astype("Float64"))
    withheld = cells.value.isna() | (cells.value == SOME)  # what the public edition doesn't tell
    # Of a commune the item is what a clerk calls the form.
    items = cells["item"].mask(cells.unit_code != cells.reporter)
    kind_of_period = cells.period.str[:1]
    keys = pd.concat([items, cells["column"], cells.period, kind_of_period]).rename("item")
    keys = keys.reset_index().drop_duplicates().set_index("index")
    found = cells[["reporter", "objective"]].assign(
        number=number,
        known=number.notna() | ((cells.state == "reported") & withheld),
        once=model_names(cells),
    )
    return found.join(keys)


def _of_steps(plan, cells, items):
    """How many parts count, do not, and may: communes, programmes (also by row), limbs, models and
    months.

    `items`: those that have a figure; where what is not known has one of its own, all is known.
    """
    for slug in plan.by_slug:
        definition = OBJECTIVES[slug]
        if definition.counts is of_cases:  # whose figures are sums of cells
            continue
        own = cells[cells.objective == slug]
        step = definition.figures or definition.named[0]
        parts = plan.steps(slug, cells)[step].rename("counts").reset_index()
        yes = parts.counts
        known = yes.notna() | (f"{step}:unknown" in items)
        yield _parts(slug, parts, f"{step}:yes", yes, known)
        yield _parts(slug, parts, f"{step}:no", ~yes, known)
        yield _parts(slug, parts, f"{step}:unknown", yes.isna(), known)
        yield _parts(slug, parts, f"{step}:all", yes.notna() | yes.isna(), known)
        for key in parts.columns.intersection(["row", "limb"]):
            yield _parts(slug, parts, parts[key], yes, known)
            yield _of_mute(slug, own, parts[key])
        if definition.counts is of_models:
            yield from _of_silence(plan, slug, own)


def _parts(slug, parts, item, number, known):
    return parts.assign(objective=slug, item=item, number=number.astype("Float64"), known=known)


def _of_mute(slug, cells, items):
    """Of who says nothing nobody knows what it has, also in rows that others alone have added."""
    heard = cells.reporter[cells.state == "reported"]
    mute = cells.reporter[~cells.reporter.isin(heard)].unique()
    return _not_known(slug, mute, items.unique())


def _not_known(slug, reporters, items):
    unsaid = pd.MultiIndex.from_product([reporters, items], names=["reporter", "item"])
    nothing = pd.Series(pd.NA, unsaid, dtype="Float64", name="number").reset_index()
    return nothing.assign(objective=slug, known=False)


def _of_silence(plan, slug, cells):
    """No line of a model is a count of 0, unless somebody has not said whether there is one."""
    unsaid = silent(cells)
    models = {"models:yes": 0.0 if unsaid.empty else None, "models:unknown": 0.0}
    number = pd.Series(models, dtype="Float64", name="number").rename_axis("item").reset_index()
    yield number.assign(known=number.number.notna(), objective=slug, reporter=plan.province)
    asked = plan.form.sheet(slug).asked
    counted = [column.key for column in asked if column.kind in ("count", "amount")]
    yield _not_known(slug, unsaid, counted)


def _of_returns(returns):
    """Of each reporter whether its return came, in time or late, and how many cells it fills."""
    came = received(returns)
    counts = came.index.isin(counting(returns).index)
    wide = came[[*COUNTS]].assign(
        reporters=came.state != "not_asked",
        received=counts,
        on_time=came.state == "on_time",
        late=came.state == "late",
        partial=counts & ~came.state.isin(["on_time", "late"]),
    )
    long = wide.astype("Float64").melt(ignore_index=False, var_name="item", value_name="number")
    return long.reset_index().assign(objective="", known=True)


def _disclosed(rows, totals, whole):
    """The rows that may be told: those about persons of the whole province alone, in the words of
    `totals`.
    """
    policy = load_disclosure()
    about = among(rows, policy.masked, policy.coarse)
    coarse = among(rows, policy.coarse)
    told = rows[["objective", "item"]].merge(totals, how="left").value.set_axis(rows.index)
    told = worded(told)
    told["words"] = told.words.replace(WITHHELD, FEW).mask(coarse, NOT_TOLD)
    rows = rows.astype({"words": "string"})
    rows[[*told]] = rows[[*told]].mask(about, told)
    return rows[~about | ((rows.unit_code == whole) & (rows.kind != "own"))]


def worded(sums: pd.Series) -> pd.DataFrame:
    """Value, words and precision of sums as `disclosure.totals` tells them; "withheld" stays so."""
    value = pd.to_numeric(sums, errors="coerce").astype("Float64")
    words = ("khoảng " + figure_text(value)).mask((value == 0).fillna(False), "0").fillna(sums)
    below = words.str.startswith("dưới").fillna(False)
    precision = below.map({True: "below", False: "rounded"}).astype("string")
    return pd.DataFrame({"value": value, "words": words, "precision": precision})


def _stated(rows, plan):
    """The rows with their state and words: this alone decides what a gap in a sum looks like."""
    words = rows.words.astype("string").fillna(figure_text(rows.value))
    state = pd.Series("complete", rows.index, dtype="string").case_when([
        (words.isin([NOT_TOLD, FEW]), "withheld"),
        (words.isna(), "unknown"),
        (~rows.complete, "incomplete"),
    ])  # fmt: skip
    incomplete = state == "incomplete"
    words = words.mask(incomplete, words + "*").fillna("–")
    # "0*" would read as none.
    words = words.mask(incomplete & (rows.value == 0).fillna(False), "chưa đủ số liệu")
    answers = rows.value.map({1: STANDINGS[True].word, 0: STANDINGS[False].word})
    answers = answers.astype("string").fillna(STANDINGS[None].word)
    standing = rows.kind == "standing"
    whole = rows.unit_code == plan.province
    words = words.mask(standing & ~whole, answers)
    measure = rows.measure.mask(standing & whole, plan.districts_word)
    return rows.assign(state=state, words=words, measure=measure)


def digits(value: float) -> str:
    """A number of the table without needless decimals: 22.5, 3."""
    return f"{value:.6f}".rstrip("0").rstrip(".")


def figure_text(values: pd.Series) -> pd.Series:
    """Numbers as they are printed, <NA> for none: 1.234,5."""
    texts = values.map(lambda value: number(Decimal(digits(value))), na_action="ignore")
    return texts.astype("string")
