"""The annexes of a review: the tables of the notebooks as they are printed on paper, and what
stands under them.
"""

import re
from typing import NamedTuple

import pandas as pd

from pcmd_eval import indicators
from pcmd_eval.case import Case
from pcmd_eval.objectives import OBJECTIVES
from pcmd_eval.review import earlier
from pcmd_eval.review.names import kinds, with_names
from pcmd_eval.review.results import gaps, standing
from pcmd_eval.review.settings import load_settings
from pcmd_eval.show import printed
from pcmd_eval.words import PERIODS, VERDICTS, lowered, short_date, two_digits

TOTAL = "Tổng cộng"
UNKNOWN, NOT_ASKED = "–", "×"
NOT_JUDGED = "không đánh giá riêng"
ELSEWHERE = " (a)"  # beside a figure: it is whole, what the verdict lacks stands in no column
LACKING = "chưa đủ số liệu"  # of a figure: a dash in a table


class Annex(NamedTuple):
    """A title, a table as it is printed, and what stands under it."""

    title: str
    table: pd.DataFrame
    note: str


def annexes_of(case: Case) -> dict[str, Annex]:
    """The annexes of this unit's document by key, in their order."""
    found = {}
    for key, make in (OF_PROVINCE if case.whole else OF_DISTRICT).items():
        for slug, table in make(case):
            if len(table):
                name = f"{key} {slug}" if key in found else key
                found[name] = _annex(case, key, slug, table)
    return found


def _annex(case, key, slug, frame):
    """A frame as it is printed; under it what its marks mean, and what is always said."""
    settings = load_settings()
    table = printed(frame, case).replace(LACKING, UNKNOWN)
    numbers = pd.Series(range(1, len(table) + 1), dtype="string")
    table.insert(0, "TT", numbers.mask(table.iloc[:, 0] == TOTAL, "\u00a0"))
    names = {"ZEROS": _open_zeros(case), "LAST": str(len(table.columns))}
    if slug:
        names["COUNTED"] = case.plan[slug].counted.upper()
        names["ACHIEVED"] = case.plan[slug].achievement.upper()
        names["ACTIVE"] = OBJECTIVES[slug].active.upper()
    text = settings.annexes[key]
    looks = with_names(settings.marks | _sayable(text.notes, names), case, **names)
    cells = [*map(str, table.to_numpy().ravel())]
    said = []
    for look, note in looks.items():
        if any(re.search(look, cell) for cell in cells):
            said.append(note)
    if text.halved:
        table = _halved(table)
    return Annex(with_names(text.title, case, **names), table, " ".join(said))


def _sayable(notes, names):
    """The notes without those about something that there is not here."""
    nothing = [f"{{{name}}}" for name, words in names.items() if not words]
    return {look: note for look, note in notes.items() if not any(map(note.count, nothing))}


def _halved(lines):
    """The second half of a long table beside the first."""
    middle = -(-len(lines) // 2)
    halves = [half.reset_index(drop=True) for half in (lines[:middle], lines[middle:])]
    return pd.concat(halves, axis=1).fillna("")


# ---- each maker gives frames, each with the objective it is about --------------------------------


def _results(case):
    """What came of each reporter, and a district's finding on each objective it has a part in."""
    plan = case.plan
    districts = plan.districts.index
    rows = case.findings[case.findings.unit_code.isin(districts)]
    rows = rows[rows.verdict != "not_applicable"]
    # The count of a unit that is itself one part, or sent nothing, says no more than its verdict.
    counts = case.counted(rows).str.replace(r"(\d+)/\1 \(cần \1\)", r"\1/\1", regex=True)
    no_more = (rows.verdict == "none_arose") | (rows.target == "1") | ~counts.str.contains(r"\d")
    marks = {verdict: f"{look.shape} {look.word}\n" for verdict, look in VERDICTS.items()}
    rows["said"] = (rows.verdict.map(marks) + counts.mask(no_more, "")).str.strip()
    wide = rows.pivot(index="unit_code", columns="objective", values="said")
    wide = wide[[slug for slug in plan.by_slug if slug in wide]]
    bodies = {sheet.objective: NOT_JUDGED for sheet in plan.sheets_of(plan.province)}
    if bodies:
        wide.loc[plan.province] = [bodies.get(slug, NOT_ASKED) for slug in wide]
    wide["Ngày gửi báo cáo"] = _came(case)
    wide["Số ô chưa có số liệu"] = gaps(case)
    yield "", _by_name(case, wide, wide.index)


def _open_zeros(case):
    """Whose zeros of a period that had not ended are not believed: huyện Tam Nông chốt ngày
    30/11/2017: quý IV.
    """
    cells = case.cells[(case.cells.value == "0") & case.cells.some.isna()]
    periods = cells.groupby(["reporter", "cutoff"], sort=False).period.unique()
    said = []
    for (unit, cutoff), codes in periods.items():
        told = [lowered(PERIODS[code]) for code in sorted(codes)]
        said.append(f"{case.plan.listed([unit])} chốt ngày {short_date(cutoff)}: {', '.join(told)}")
    return "; ".join(said)


def _came(case):
    """The day of each return, and what is the matter with it; in time only where a deadline is
    known.
    """
    rows = case.received
    words = case.plan.return_words
    assumed = case.plan.held_to is None
    late = (rows.late == "yes").fillna(False) & (rows.state != "late")
    said = {
        "day": rows.sent.map(short_date, na_action="ignore"),
        "state": rows.state.map(words).mask((rows.state == "on_time") & assumed),
        "late": late.map({True: words["late"]}),
    }
    return pd.DataFrame(said).apply(lambda row: "; ".join(row.dropna()), axis=1)


def _communes(case):
    """The communes of each district that do not count, and those of which nobody can know yet."""
    for slug in case.plan.of_communes:
        kept = standing(case, slug, "communes").rename("kept").reset_index()
        kept = kept.join(case.units[["inline_name", "type"]], on="unit_code")
        lines = {unit: _of_district(own) for unit, own in kept.groupby("reporter")}
        table = pd.DataFrame(lines, index=["Chưa duy trì", "Chưa đủ số liệu"], dtype="string").T
        units = [unit for unit in case.plan.districts.index if unit in lines]
        yield slug, _by_name(case, table, units)


def _of_district(communes):
    """Those that do not count, and the unknown; none is a word for what is known."""
    unknown = communes.kept.isna()
    none = UNKNOWN if unknown.all() else "không có"
    groups = (communes[~communes.kept.fillna(True)], communes[unknown])
    return [_listed(own) if len(own) else none for own in groups]


def _listed(communes):
    """03 xã, thị trấn: xã Vân Du, …"""
    of = ", ".join(kinds(communes.type.str.lower()))
    return f"{two_digits(len(communes))} {of}: {', '.join(communes.inline_name)}"


def _quarters(case):
    """In which quarters each commune of a district was active."""
    for slug in case.plan.of_communes:
        if OBJECTIVES[slug].active:
            wide = standing(case, slug, "quarters").unstack("period")
            yield slug, _by_name(case, wide, case.plan.communes(case.unit).index)


def _figures(case):
    """The figures of the districts and of the province's own bodies, and their sum."""
    items = load_settings().by_district
    rows = case.figures[case.figures["item"].isin(items)]
    heads = (rows.label + " (" + rows.measure + ")").groupby(rows["item"]).first()
    elsewhere = (rows.state == "complete") & _lacking_elsewhere(case, rows)
    rows = rows.assign(words=rows.words.mask(elsewhere, rows.words + ELSEWHERE))
    wide = rows.pivot(index="unit_code", columns="item", values="words")
    wide = wide[[item for item in items if item in wide]].reindex(case.plan.reporters.index)
    bodies = indicators.named(case.figures, case.plan.province)
    table = wide.copy()
    table.loc[case.plan.province] = [bodies.get(f"own_{item}", NOT_ASKED) for item in wide]
    table = _by_name(case, table, table.index)
    table.loc[TOTAL] = wide.loc[case.plan.province]
    if len(heads):
        yield "", table.rename(columns=heads)


def _lacking_elsewhere(case, rows):
    """Of whom the figures shown are all whole, while others lack on which the verdict is open."""
    keys = ["unit_code", "objective"]
    whole = (rows.state == "complete").groupby([rows[key] for key in keys]).transform("all")
    known = case.cells.state == "reported"
    known = known.groupby([case.cells.reporter, case.cells.objective]).all()
    found = case.findings.set_index(keys).verdict == "undetermined"
    lacking = found & ~known.rename_axis(keys).reindex(found.index, fill_value=True)
    of_rows = pd.MultiIndex.from_frame(rows[keys])
    return whole & lacking.reindex(of_rows, fill_value=False).to_numpy()


def _persons(case):
    """Persons, fines and places of the unit, if anything may be told of them."""
    own = case.of_unit(case.figures)
    own = own[own["item"].isin(indicators.persons(case.plan).index)]
    yield "", own[["label", "measure", "words"]]


def _compared(case):
    yield "", earlier.table(case)


OF_PROVINCE = {
    "results": _results,
    "communes": _communes,
    "figures": _figures,
    "persons": _persons,
    "compared": _compared,
}
OF_DISTRICT = {
    "quarters": _quarters,
    "persons": _persons,
    "compared": _compared,
}


def _by_name(case, frame, units):
    """The rows of these units by name, in their order; the province's are those of its bodies."""
    names = case.units.full_name[units].rename("unit_name")
    names = names.mask(names.index == case.plan.province, case.plan.own_bodies)
    return frame.reindex(units).set_axis(names, axis=0)
