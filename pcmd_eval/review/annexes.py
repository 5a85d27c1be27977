"""The annexes of a review: the tables of the notebooks on landscape pages, in the named styles of the Word template."""

from collections.abc import Iterator
from typing import NamedTuple
from xml.sax.saxutils import quoteattr

import pandas as pd
from docx.document import Document
from docx.enum.section import WD_SECTION
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import nsdecls

from pcmd_eval import indicators
from pcmd_eval.case import Case
from pcmd_eval.disclosure import load_disclosure
from pcmd_eval.objectives import OBJECTIVES
from pcmd_eval.show import LEGEND, printed
from pcmd_eval.words import VERDICTS

NUMBER = (
    r"(?:khoảng |dưới )?[\d.,]+\*?|không công bố.*|–|\xa0"  # what stands to the right of its cell
)
FEW = "Ít đơn vị: tổng sẽ cho biết số liệu của một đơn vị."
# The figures that districts are shown side by side with; those about persons stand in an annex of their own.
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
    """The annexes of this unit's review."""
    if case.whole:
        only = "; ".join(
            f"{o.number}. {o.title}" for o in case.plan.objectives if o.district_target is None
        )
        note = "Thứ tự chữ cái, không xếp hạng; chỉ tiêu của tỉnh, kết luận của huyện cho biết phần đóng góp."
        notes = (note, *([f"Chỉ đặt cho toàn tỉnh: {only}."] if only else []))
        yield Annex("KẾT QUẢ VÀ BÁO CÁO THEO ĐƠN VỊ", _findings(case), notes)
    if "communication" in case.plan and case.whole:
        note = "Xã ghi tên; phường, thị trấn ghi cả loại. –: không có xã, phường, thị trấn nào."
        yield Annex(
            "XÃ, PHƯỜNG, THỊ TRẤN CHƯA DUY TRÌ TUYÊN TRUYỀN THƯỜNG XUYÊN", _communes(case), (note,)
        )
    elif "communication" in case.plan:
        yield Annex("TUYÊN TRUYỀN TRONG TỪNG QUÝ THEO XÃ, PHƯỜNG, THỊ TRẤN", _quarters(case), ())
    if case.whole:
        note = "Dòng cuối gồm cả số liệu của các cơ quan cấp tỉnh. Số vụ việc nhiều hay ít không phải là tốt hay xấu."
        yield Annex("SỐ LIỆU THEO ĐƠN VỊ", _figures(case), (indicators.NOTE, LEGEND, note))
    own = case.figures[case.figures.unit_code == case.unit]
    persons = own[own["item"].isin(indicators.persons(case.plan).index)]
    if len(persons):
        rounded = f"Số liệu về con người được làm tròn đến {load_disclosure().base}."
        few = persons.words.eq(indicators.FEW).any()
        notes = () if case.internal else (rounded, *([FEW] if few else []))
        lines = persons[["label", "measure", "words"]].set_axis(
            ["Nội dung", "Đơn vị tính", "Số liệu"], axis=1
        )
        title = "SỐ LIỆU VỀ CON NGƯỜI" + (", TOÀN TỈNH" if case.whole else "")
        yield Annex(title, _halved(printed(lines)), (indicators.NOTE, LEGEND, *notes))


def standing(case: Case, step: str) -> pd.Series:
    """Whether each commune of the unit (in each quarter) keeps communication up (boolean): a step of the notebook."""
    return case.own(
        OBJECTIVES["communication"](case.cells, case.rules("communication"), case.year)[step]
    )


def _findings(case: Case) -> pd.DataFrame:
    """What came of each district, and its finding on each objective that it has a part in."""
    districts, returns = case.plan.districts.index, case.received
    rows = case.findings[case.findings.unit_code.isin(districts)].query(
        "verdict != 'not_applicable'"
    )
    counts = case.counted(rows).mask(rows.verdict == "none_arose", "")
    looks = rows.verdict.map(
        {verdict: f"{look.shape} {look.word}\n" for verdict, look in VERDICTS.items()}
    )
    wide = rows.assign(said=(looks + counts).str.strip()).pivot(
        index="unit_code", columns="objective", values="said"
    )
    wide = wide[[o.slug for o in case.plan.objectives if o.slug in wide]].reindex(districts)
    filled = returns.reported.astype("string") + "/" + returns.expected.astype("string")
    shown = pd.concat(
        [returns.state.rename("Báo cáo"), filled.rename("Ô có số liệu"), wide], axis=1
    )
    return _by_name(case, shown, districts)


def _communes(case: Case) -> pd.DataFrame:
    """The communes of each district that do not keep communication up, and those of which nobody can know yet."""
    kept, names = standing(case, "communes"), case.units.inline_name.str.removeprefix("xã ")
    rows = kept[~kept.fillna(False)].rename("kept").reset_index()
    rows = rows.assign(name=rows.unit_code.map(names), kept=rows.kept.isna())
    said = (
        rows.groupby(["reporter", "kept"])
        .name.agg(lambda own: f"{len(own)}: {', '.join(own)}")
        .unstack()
    )
    said = said.reindex(columns=[False, True]).set_axis(
        ["Không duy trì", "Chưa đủ số liệu"], axis=1
    )
    return _by_name(case, said, case.plan.districts.index).query(
        "`Không duy trì` != '–' or `Chưa đủ số liệu` != '–'"
    )


def _quarters(case: Case) -> pd.DataFrame:
    """In which quarters each commune of a district had communication, in two columns of lines."""
    wide = standing(case, "quarters").unstack("period")
    return _halved(_by_name(case, wide, case.plan.communes(case.unit).index))


def _figures(case: Case) -> pd.DataFrame:
    rows = case.figures[case.figures["item"].isin(BY_DISTRICT)]
    labels = (rows.label + " (" + rows.measure + ")").groupby(rows["item"]).first()
    wide = rows.pivot(index="unit_code", columns="item", values="words").replace(
        "chưa đủ số liệu", "–"
    )  # for width
    wide = wide[[item for item in BY_DISTRICT if item in wide]].rename(columns=labels)
    return _by_name(case, wide, case.plan.reporters.index)


def _by_name(case: Case, frame: pd.DataFrame, units: pd.Index) -> pd.DataFrame:
    """A frame by code as it is printed: these units in their order, by name."""
    return printed(
        frame.reindex(units).set_axis(case.units.full_name[units].rename("unit_name"), axis=0), case
    )


def _halved(lines: pd.DataFrame) -> pd.DataFrame:
    """The second half of a long table beside the first."""
    halves = (lines.iloc[: -(-len(lines) // 2)], lines.iloc[-(-len(lines) // 2) :])
    return pd.concat([half.reset_index(drop=True) for half in halves], axis=1).fillna("\u00a0")


# ---- on paper: the last section of the template is a landscape page that counts from 1 -------------------------------


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
    table = document.add_table(0, annex.table.shape[1], "Table Grid")
    table.autofit = False
    columns = [annex.table.iloc[:, at] for at in range(annex.table.shape[1])]
    styles = ["Ô số nhỏ" if column.str.fullmatch(NUMBER).all() else "Ô nhỏ" for column in columns]
    texts = [tuple(annex.table.columns), *annex.table.itertuples(index=False, name=None)]
    for at, line in enumerate(texts):
        row = table.add_row()
        row._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit" if at else "w:tblHeader"))
        for cell, words, style in zip(row.cells, line, styles, strict=True):
            cell.paragraphs[0].text, cell.paragraphs[0].style = words, style if at else "Đầu bảng"
    lines = [column.str.split("\n").explode().str.len().max() for column in columns]
    heads = [max(map(len, name.split())) * 1.2 for name in annex.table.columns]
    weights = [min(max(pair), 45) + 2 for pair in zip(lines, heads, strict=True)]
    for column, weight in zip(table.columns, weights, strict=True):
        column.width = int(room * weight / sum(weights))
        for cell in column.cells:
            cell.width = column.width
    caption = parse_xml(f"<w:tblCaption {nsdecls('w')} w:val={quoteattr(annex.title)}/>")
    table._tbl.tblPr.append(caption)
