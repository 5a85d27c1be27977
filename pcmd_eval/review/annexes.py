"""The annexes of a review: the tables of the notebooks on landscape pages, in the named styles of
the Word template.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple
from xml.sax.saxutils import quoteattr

import pandas as pd
from docx.document import Document
from docx.enum.section import WD_SECTION
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import nsdecls
from docx.table import Table

from pcmd_eval import indicators
from pcmd_eval.case import Case
from pcmd_eval.disclosure import load_disclosure
from pcmd_eval.objectives import OBJECTIVES
from pcmd_eval.review import earlier
from pcmd_eval.show import printed
from pcmd_eval.spelling import one_tone
from pcmd_eval.units import LEVELS
from pcmd_eval.words import VERDICTS, two_digits

NUMBER = (
    r"(?:khoảng |dưới )?[\d.,]+\*?|không công bố.*|–|\xa0"  # what stands to the right of its cell
)
TOTAL = "Tổng cộng"
DASHED = "–: chưa có số liệu, hoặc không phải báo cáo."
FEW = "Ít đơn vị: tổng sẽ cho biết số liệu của một đơn vị."
# The figures that districts are shown side by side with; those about persons stand in an annex of
# their own.
BY_DISTRICT = [
    "sessions",
    "attendance",
    "documents",
    "carried_out",
    "budget",
    "outreach",
    "supplies",
]
BY_DISTRICT += [
    "gbv_communication",
    "inspections",
    "cases",
    "administrative",
    "criminal",
    "pending",
]


class Annex(NamedTuple):
    """A title, a table as it is printed, and what stands under it."""

    title: str
    table: pd.DataFrame
    notes: tuple[str, ...]


def annexes_of(case: Case) -> Iterator[Annex]:
    """The annexes of this unit's document."""
    if case.whole:
        yield _results(case)
        for slug in case.plan.of_communes:
            objective = case.plan[slug]
            title = f"{objective.counted} chưa {objective.achievement}".upper()
            yield Annex(title, _communes(case, slug), ("–: không có.",))
        if case.figures["item"].isin(BY_DISTRICT).any():
            yield Annex("SỐ LIỆU THEO ĐƠN VỊ", _figures(case), (indicators.NOTE, DASHED))
    for slug in () if case.whole else case.plan.of_communes:
        present = {*case.plan.communes(case.unit).type}
        kinds = [kind for kind in LEVELS["commune"].types if kind in present]
        if active := OBJECTIVES[slug].active:
            title = f"{active} trong từng quý theo {', '.join(kinds)}".upper()
            yield Annex(title, _quarters(case, slug), ())
    yield from _persons(case)
    if compared := earlier.table(case):
        yield Annex(f"SO SÁNH VỚI NĂM {case.plan.previous.year}", *compared)


def _results(case: Case) -> Annex:
    only = [o for o in case.plan.objectives if o.district_target is None]
    notes = (
        f"Chỉ tiêu giao cho toàn {case.plan.kind}; kết quả cấp {case.plan.each} để tham khảo, "
        "không xếp hạng."
    )
    if only:
        listed = "; ".join(f"{o.number}. {o.title}" for o in only)
        notes += f" Chỉ đánh giá cho toàn {case.plan.kind}: {listed}."
    return Annex("KẾT QUẢ VÀ BÁO CÁO THEO ĐƠN VỊ", _findings(case), (notes,))


def _persons(case: Case) -> Iterator[Annex]:
    """Persons, fines and places of the unit, if anything may be told of them."""
    own = case.figures[case.figures.unit_code == case.unit]
    persons = own[own["item"].isin(indicators.persons(case.plan).index)]
    if persons.empty:
        return
    rounded = f"Số liệu được làm tròn đến bội số của {load_disclosure().base}."
    few = persons.words.eq(indicators.FEW).any()
    notes = () if case.internal else (rounded, *([FEW] if few else []))
    heads = ["Nội dung", "Đơn vị tính", "Số liệu"]
    lines = persons[["label", "measure", "words"]].set_axis(heads, axis=1)
    title = "SỐ LIỆU VỀ NGƯỜI ĐƯỢC HỖ TRỢ VÀ XỬ LÝ VI PHẠM"
    title += f" TOÀN {case.plan.kind.upper()}" if case.whole else ""
    yield Annex(title, _halved(_counted(printed(lines))), (indicators.NOTE, DASHED, *notes))


def standing(case: Case, slug: str, step: str) -> pd.Series:
    """Whether each commune of the unit (in each quarter) counts (boolean): a step of the notebook."""
    return case.own(OBJECTIVES[slug](case.cells, case.rules(slug), case.year)[step])


def _findings(case: Case) -> pd.DataFrame:
    """What came of each district, and its finding on each objective that it has a part in."""
    districts = case.plan.districts.index
    rows = case.findings[case.findings.unit_code.isin(districts)]
    rows = rows[rows.verdict != "not_applicable"]
    counts = case.counted(rows)
    # The count of a unit that is itself one part, or sent nothing, says no more than its verdict.
    no_more = (rows.verdict == "none_arose") | (rows.target == "1") | ~counts.str.contains(r"\d")
    counts = counts.mask(no_more, "")
    marks = {verdict: f"{look.shape} {look.word}\n" for verdict, look in VERDICTS.items()}
    said = rows.assign(said=(rows.verdict.map(marks) + counts).str.strip())
    wide = said.pivot(index="unit_code", columns="objective", values="said")
    wide = wide[[o.slug for o in case.plan.objectives if o.slug in wide]].reindex(districts)
    return _by_name(
        case, wide.assign(**{"Báo cáo": case.received.state.map(case.plan.return_words)}), districts
    )


def _communes(case: Case, slug: str) -> pd.DataFrame:
    """The communes of each district that do not count, and those of which nobody can know yet."""
    kept = standing(case, slug, "communes")
    rows = kept[~kept.fillna(False)].rename("kept").reset_index()
    rows = rows.assign(name=rows.unit_code.map(case.units.inline_name), kept=rows.kept.isna())
    said = rows.groupby(["reporter", "kept"]).name.agg(_listed).unstack()
    heads = ["Chưa duy trì", "Chưa đủ số liệu"]
    said = said.reindex(columns=[False, True]).set_axis(heads, axis=1)
    units = [unit for unit in case.plan.districts.index if unit in said.index]
    return _by_name(case, said, pd.Index(units))


def _listed(names: pd.Series) -> str:
    """03 xã, thị trấn: xã Vân Du, …"""
    kinds = [kind.lower() for kind in LEVELS["commune"].types]
    found = [kind for kind in kinds if names.str.startswith(f"{kind} ").any()]
    return f"{two_digits(len(names))} {', '.join(found)}: {', '.join(names)}"


def _quarters(case: Case, slug: str) -> pd.DataFrame:
    """In which quarters each commune of a district was active, in two columns of lines."""
    wide = standing(case, slug, "quarters").unstack("period")
    return _halved(_by_name(case, wide, case.plan.communes(case.unit).index))


def _figures(case: Case) -> pd.DataFrame:
    """The figures of the districts and of the province's own bodies, and their sum."""
    rows = case.figures[case.figures["item"].isin(BY_DISTRICT)]
    labels = (rows.label + " (" + rows.measure + ")").groupby(rows["item"]).first()
    wide = rows.pivot(index="unit_code", columns="item", values="words")
    wide = wide[[item for item in BY_DISTRICT if item in wide]].reindex(case.plan.reporters.index)
    bodies = indicators.named(case.figures, case.plan.province)
    own = [bodies.get(f"own_{item}", "–") for item in wide]
    table = wide.loc[[*case.plan.districts.index]]
    table.index = case.units.full_name[table.index]
    table.loc[case.plan.own_bodies] = own
    table.loc[TOTAL] = wide.loc[case.plan.province]
    table = table.replace("chưa đủ số liệu", "–").rename(columns=labels)  # for width
    return _counted(printed(table.rename_axis("unit_name"), case))


def _by_name(case: Case, frame: pd.DataFrame, units: pd.Index) -> pd.DataFrame:
    """A frame by code as it is printed: these units in their order, by name, under their numbers."""
    named = frame.reindex(units).set_axis(case.units.full_name[units].rename("unit_name"), axis=0)
    return _counted(printed(named, case))


def _counted(table: pd.DataFrame) -> pd.DataFrame:
    """The table with a number in front of each line, but not of a total."""
    numbers = pd.Series(range(1, len(table) + 1), dtype="string")
    table.insert(0, "TT", numbers.mask(table.iloc[:, 0] == TOTAL, "\u00a0"))
    return table


def _halved(lines: pd.DataFrame) -> pd.DataFrame:
    """The second half of a long table beside the first."""
    halves = (lines.iloc[: -(-len(lines) // 2)], lines.iloc[-(-len(lines) // 2) :])
    return pd.concat([half.reset_index(drop=True) for half in halves], axis=1).fillna("\u00a0")


# ---- on paper: the last section of the template is a landscape page that counts from 1 -----------


def append(document: Document, found: list[Annex], attached: str) -> None:
    """Put each annex on pages of its own, with the line `attached` under its title."""
    for at, annex in enumerate(found):
        section = document.add_section(WD_SECTION.NEW_PAGE) if at else document.sections[-1]
        heading = document.add_paragraph("Phụ lục" if len(found) == 1 else "", "Phụ lục")
        if len(found) == 1:  # only several are told apart by number
            heading._p.get_or_add_pPr().get_or_add_numPr().get_or_add_numId().val = 0
        document.add_paragraph(annex.title, "Tên phụ lục")
        document.add_paragraph(attached, "Kèm theo")
        _table(document, annex, section.page_width - section.left_margin - section.right_margin)
        marks = {cell[-1:] for cell in annex.table.to_numpy().ravel()}
        for note in (note for note in annex.notes if note[0] not in "*–" or note[0] in marks):
            document.add_paragraph(note, "Ghi chú bảng")


def _table(document: Document, annex: Annex, room: int) -> None:
    columns = [annex.table.iloc[:, at] for at in range(annex.table.shape[1])]
    table = document.add_table(0, len(columns), "Table Grid")
    table.autofit = False
    widths = _widths(columns, room)
    for column, width in zip(table.columns, widths, strict=True):
        column.width = width
    ids = {style.name: style.style_id for style in document.styles}
    heads = [ids["Đầu bảng"]] * len(columns)
    _row(table, tuple(annex.table.columns), heads, widths, "w:tblHeader")
    _row(table, [f"({at + 1})" for at in range(len(columns))], heads, widths, "w:tblHeader")
    numbers = [column.str.fullmatch(NUMBER).all() for column in columns]
    styles = [ids["Ô số nhỏ" if number else "Ô nhỏ"] for number in numbers]
    for line in annex.table.itertuples(index=False, name=None):
        _row(table, line, styles, widths, "w:cantSplit")
    caption = parse_xml(f"<w:tblCaption {nsdecls('w')} w:val={quoteattr(annex.title)}/>")
    table._tbl.tblPr.append(caption)


def _row(
    table: Table, texts: Sequence[str], styles: Sequence[str], widths: Sequence[int], property_: str
) -> None:
    """`styles` by their ids: to look each up by its name takes longer than all the rest."""
    row = table.add_row()
    row._tr.get_or_add_trPr().append(OxmlElement(property_))
    for cell, words, style, width in zip(row.cells, texts, styles, widths, strict=True):
        cell.width, cell.paragraphs[0]._p.style = width, style
        cell.paragraphs[0].add_run(one_tone(words)).bold = True if TOTAL in texts else None


def _widths(columns: list[pd.Series], room: int) -> list[int]:
    """How wide each column is, by its longest line and the longest word of its head."""
    weights = []
    for column in columns:
        longest = column.str.split("\n").explode().str.len().max()
        head = max(map(len, str(column.name).split())) * 1.2
        weights.append(min(max(longest, head), 45) + 3)
    return [int(room * weight / sum(weights)) for weight in weights]
