"""No answer to an issue turns a verdict: for each rule of the table and each comparison of the form
files that break it where a single part decides, and the answer written either way.

Of 228, a town with 10 communes, 8 must maintain communication. Its communes stand in rows 5 to 14,
the first seven with sessions in every quarter, the others with none: what is written in row 12
decides. Other objectives decide by what a case writes there. What one file says is also sent in
two: the sheet that decides alone, after all others.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from io import BytesIO
from itertools import product
from typing import Any, NamedTuple

import pandas as pd
import pytest
from made import (
    COM,
    ENF,
    HARM,
    INT,
    MODEL,
    annotated,
    edited,
    good,
    inform,
    opened,
    place,
    put,
    repacked,
)
from openpyxl import Workbook

from pcmd_eval.evaluation.findings import evaluate
from pcmd_eval.office.intake.confirmations import draft_confirmations
from pcmd_eval.office.intake.issues import ISSUE_RULES
from pcmd_eval.office.intake.ownership import OWNERSHIP_RULES
from pcmd_eval.office.intake.returns import Intake
from pcmd_eval.plan.plan import Plan
from pcmd_eval.util.files import to_csv_bytes

Change = Callable[[Workbook], Any]
Parts = dict[str, bytes]
ENTRIES = {COM: 4, INT: 3, HARM: 3, MODEL: 2, ENF: 4}  # the first column that is filled in
DECIDES = {
    "communication": COM,
    "integration": INT,
    "harm_reduction": HARM,
    "support_model": MODEL,
    "enforcement": ENF,
}
IN_TWO = {"sheet": "unread-sheet"}  # of a later file without a sheet of the form
ALONE = ("refused",)  # beside a file that is read the named limit
# Rules without a case: notes, and those that are no reading of a cell of a return.
NO_READING = {
    *("unreadable-name", "not-a-return", "confirmations-name", "confirmations-unreadable", "mark"),
    *(name for name, rule in ISSUE_RULES.items() if rule.severity == "note"),
}


def write(**cells: Any) -> Change:
    """Return a change that writes values: COM_E12=1, or a list into the cells to the right."""

    def change(book: Workbook) -> None:
        for at, value in cells.items():
            short, _, cell = at.partition("_")
            first = book[place(f"{short}!A1").partition("!")[0]][cell]
            values = value if isinstance(value, list) else [value]
            put(first.parent, first.row, first.column, *values)

    return change


def do(*changes: Change) -> Change:
    """Return the changes one after the other."""
    return lambda book: [change(book) for change in changes]


def seven(book: Workbook) -> None:
    """Leave seven communes with sessions."""
    for row in (12, 13, 14):
        put(book[COM], row, 5, 0, 0, 0, 0, 0)


def rows_of_models(*lines: list[Any]) -> Change:
    """Return a change that writes lines of models instead of the denial."""
    return lambda book: [put(book[MODEL], 5 + at, 2, *line) for at, line in enumerate(lines)]


def sent(day: object, *changes: Change) -> Change:
    """Return changes of a file that is sent on another day than 18/12/2017."""
    return do(lambda book: inform(book, sent=day), *changes)


class Case(NamedTuple):
    """What breaks a rule, and the answers: each is what the file, or all files, say afterwards.

    `packed`: the change of the parts of the file that is asked about; `unit`: whose verdict it is.
    """

    objective: str
    asked: Change | dict[str, Change]
    answers: tuple[Change | dict[str, Change], ...]
    packed: Callable[[Parts], None] | None = None
    unit: str = "228"


NOTHING = do()
ROW = write(COM_E12=[1, 1, 1, 1, 60])
NONE = write(COM_E12=[0, 0, 0, 0, 0])
TWO = write(COM_E12=[1, 1, 0, 0, 60])
NO_PROGRAMME = write(INT_C5=["Chưa có", "Không"])
COMMUNE = "communication"
MODELS = "support_model"
TYPE_1, TYPE_2 = (
    ["Nhóm A", "1", None, "1/3/2017", "Có", 5],
    ["Nhóm A", "2", None, "1/3/2017", "Có", 5],
)


def shifted(book: Workbook) -> None:
    """Write every row one column to the right of where it belongs."""
    for row in range(5, 12):
        put(book[COM], row, 5, 1, 1, 1, 1, 60, 60)
    put(book[COM], 12, 5, 0, 1, 1, 0, 60, 60)


def moved_back(book: Workbook) -> None:
    """Move the figures of `shifted` to where they belong."""
    for row in range(5, 12):
        put(book[COM], row, 5, 1, 1, 1, 1, 60, None)
    put(book[COM], 12, 5, 1, 1, 1, 0, 60, None)


def without_notes(book: Workbook) -> None:
    """Take the numbers of `shifted` for remarks."""
    shifted(book)
    for row in range(5, 13):
        book[COM].cell(row, 10).value = None


def handled(book: Workbook) -> None:
    """Leave no case pending."""
    put(book[ENF], 8, 6, 3)
    put(book[ENF], 10, 6, 0)


def rising(book: Workbook) -> None:
    """Let no quarter of any commune fall."""
    for row in range(5, 12):
        put(book[COM], row, 5, 1, 2, 3, 4)


def merge(area: str) -> Change:
    """Return a change that merges cells of sheet 1."""
    return lambda book: book[COM].merge_cells(area)


def renamed(title: str) -> Change:
    """Return a change that gives sheet 1 another title."""
    return lambda book: setattr(book[COM], "title", title)


CASES: dict[str, Case] = {
    "unreadable": Case(COMMUNE, write(COM_E12=["1 buổi", 1, 1, 0, 60]), (ROW, TWO)),
    "code-name": Case(
        COMMUNE,
        do(ROW, write(COM_B12="Hùng Vương")),
        (ROW, do(NONE, write(COM_E6=[0, 0, 0, 0, 0]))),
    ),
    "foreign-unit": Case(
        COMMUNE,
        write(COM_B15="Xã Mơ", COM_E15=[1, 1, 1, 1, 60]),
        (ROW, NOTHING),
    ),
    "double-row": Case(
        COMMUNE,
        do(TWO, lambda book: put(book[COM], 15, 1, *twin(book), 0, 0, 1, 0, 60)),
        (write(COM_E12=[1, 1, 1, 0, 60]), TWO),
    ),
    "merged": Case(
        COMMUNE, do(write(COM_E12=[1, None, None, 0, 60]), merge("E12:G12")), (ROW, TWO)
    ),
    "shifted-column": Case(COMMUNE, shifted, (moved_back, without_notes)),
    "strange-column": Case(
        COMMUNE, do(TWO, write(COM_K4="Quý III (bổ sung)", COM_K12=3)), (ROW, TWO)
    ),
    "column": Case(COMMUNE, do(TWO, write(COM_G4="Kỳ 3", COM_G12=1)), (ROW, TWO)),
    "header": Case(COMMUNE, do(ROW, lambda book: book[COM].insert_rows(1, 2)), (ROW, NONE)),
    "sheet": Case(COMMUNE, do(ROW, renamed("Tuyên truyền của xã")), (ROW, NONE)),
    "distant-cell": Case(
        COMMUNE, do(write(COM_E12=[1, 1, None, 0, 60]), write(COM_ZZ900=1)), (ROW, TWO)
    ),
    "cutoff-date": Case(COMMUNE, lambda book: inform(book, cutoff="cuối năm"), (ROW, NOTHING)),
    "cutoff-year": Case(COMMUNE, lambda book: inform(book, cutoff="15/12/2018"), (ROW, NOTHING)),
    "cutoff-figures": Case(
        COMMUNE,
        do(ROW, lambda book: inform(book, cutoff="15/3/2017", sent="18/3/2017")),
        (ROW, TWO),
    ),
    "sent-before": Case(
        COMMUNE, lambda book: inform(book, cutoff="15/12/2017", sent="18/6/2017"), (ROW, NOTHING)
    ),
    "double-code": Case(
        "harm_reduction",
        do(lambda book: none_of(book, HARM), write(HARM_A12="3.1.1", HARM_C12=[1, 0, 0, 0, 5])),
        (
            do(lambda book: none_of(book, HARM), write(HARM_C5=[1, 0, 0, 0, 5])),
            lambda book: none_of(book, HARM),
        ),
    ),
    "unknown-code": Case(
        "harm_reduction",
        do(lambda book: none_of(book, HARM), write(HARM_A12="3.9", HARM_C12=[1, 0, 0, 0, 5])),
        (
            do(lambda book: none_of(book, HARM), write(HARM_C5=[1, 0, 0, 0, 5])),
            lambda book: none_of(book, HARM),
        ),
    ),
    "document-year": Case(
        "integration",
        write(INT_C5="45/KH-UBND ngày 12/4/2016"),
        (NOTHING, NO_PROGRAMME),
    ),
    "model-name": Case(
        MODELS,
        rows_of_models(TYPE_2, ["Nhóm B"]),
        (rows_of_models(TYPE_2, ["Nhóm B", *TYPE_1[1:]]), rows_of_models(TYPE_2)),
    ),
    "model-unnamed": Case(
        MODELS,
        rows_of_models(TYPE_2, [None, *TYPE_1[1:]]),
        (
            rows_of_models(TYPE_2, ["Nhóm B", *TYPE_1[1:]]),
            rows_of_models(TYPE_2, [None, *TYPE_1[1:]]),
        ),
    ),
    "none-and-lines": Case(
        MODELS,
        rows_of_models(["Không có mô hình"], TYPE_1),
        (rows_of_models(TYPE_1), NOTHING),
    ),
    "cases-parts": Case(
        "enforcement",
        do(handled, write(ENF_D7=4)),
        (handled, do(handled, write(ENF_D7=4, ENF_D10=1))),
    ),
    "attendance-without-sessions": Case(
        COMMUNE, write(COM_E12=[0, 0, 0, 0, 60]), (write(COM_E12=[1, 1, 1, 0, 60]), NONE)
    ),
    "done-without-document": Case(
        "integration",
        write(INT_C5="Chưa có"),
        (NOTHING, NO_PROGRAMME),
    ),
    "cases-handled": Case(
        "enforcement",
        do(handled, write(ENF_D8=3)),
        (do(handled, write(ENF_D7=4, ENF_D8=3)), do(handled, write(ENF_D8=1, ENF_D10=1))),
    ),
    "cases-pending": Case(
        "enforcement",
        do(handled, write(ENF_D10=5)),
        (handled, do(handled, write(ENF_D7=8, ENF_D10=5))),
    ),
    "cumulative": Case(
        COMMUNE,
        do(rising, ROW),
        (ROW, write(COM_E12=[1, 0, 0, 0, 60])),
    ),
    "places-inspected": Case(
        "enforcement", write(ENF_D6=99), (write(ENF_D5=99, ENF_D6=99), NOTHING)
    ),
    "persons-parts": Case("enforcement", write(ENF_D12=2), (write(ENF_D11=6, ENF_D12=2), NOTHING)),
    "persons-sellers": Case(
        "enforcement", write(ENF_D12=9), (write(ENF_D11=13, ENF_D12=9), NOTHING)
    ),
    "persons-buyers": Case(
        "enforcement", write(ENF_D13=9), (write(ENF_D11=13, ENF_D13=9), NOTHING)
    ),
    "persons-organisers": Case(
        "enforcement", write(ENF_D14=9), (write(ENF_D11=15, ENF_D14=9), NOTHING)
    ),
    "sessions-over-attendance": Case(COMMUNE, do(ROW, write(COM_I12=2)), (ROW, do(ROW))),
}
# No verdict rests on these: persons, places and attendance; any name leaves one model; cases handled
# that were more before contradict the pending ones, which asks anew.
NO_VERDICT = {
    "falling-count",
    *("persons-parts", "persons-sellers", "persons-buyers", "persons-organisers"),
    *("places-inspected", "sessions-over-attendance", "model-unnamed"),
}
FIRST, LATER, RETURNED = "16/12/2017", "20/12/2017", "27/12/2017"


def two(first: Change, later: Change, day: object = LATER) -> dict[str, Change]:
    """Return two files, one sent on 16/12/2017, and one on another day."""
    return {"a": sent(FIRST, first), "b": sent(day, later)}


def only_words(book: Workbook) -> None:
    """Leave a remark and nothing else."""
    clear(book, {*ENTRIES})
    book[COM]["J12"] = "Quý III sửa thành 4 cuộc"


def extra_sheet(book: Workbook) -> None:
    """Add a second sheet of the form's name, with figures."""
    book.create_sheet("1 Tuyên truyền (2)").append(["Xã", 1, 1, 1])


def third_quarter(*figures: int) -> Change:
    """Return a change of quarter III of eight communes with sessions in two others."""
    return lambda book: [put(book[COM], 5 + at, 5, 2, 1, n, 0, 60) for at, n in enumerate(figures)]


def one_cell(text: str) -> Change:
    """Return a change of the form of activity of row 12, with sessions in two quarters."""
    return write(COM_D12=[text, 1, 1, 0, 0, 60] if text == "khác" else [text, 0, 1, 1, 0, 60])


def both_rows(book: Workbook) -> None:
    """Write the two forms of activity of row 12 in two rows."""
    one_cell("khác")(book)
    put(book[COM], 15, 1, *twin(book)[:3], "loa truyền thanh", 0, 1, 1, 0, 60)


def handled_by(cutoff: str, cases: int, day: str) -> Change:
    """Return a change of the year's cases: of two of quarter I so many are handled."""
    write_cases = write(ENF_D8=cases - 1, ENF_D9=1, ENF_D10=2 - cases, ENF_D7=2)
    return sent(day, handled, write_cases, lambda book: inform(book, cutoff=cutoff))


def of_doan_hung(book: Workbook) -> None:
    """Leave twenty of the 28 communes of 230 with sessions; the 21st decides."""
    for row in range(25, 33):
        put(book[COM], row, 5, 0, 0, 0, 0, 0)


def claimed(code: str, name: str) -> Change:
    """Return a change of the unit on the cover."""
    return lambda book: inform(book, code=code, name=name)


DOAN_HUNG = write(COM_E25=[1, 1, 1, 0, 60])


def linked(parts: Parts) -> None:
    """Take the sessions of row 12 in quarter III from another workbook."""
    sheet, cell = "xl/worksheets/sheet2.xml", rb'(<c r="G12"[^>]*>)<v>'
    parts[sheet] = re.sub(cell, rb"\1<f>[1]Sheet1!A1</f><v>", parts[sheet])


def embedding(parts: Parts) -> None:
    """Put an object into the workbook."""
    parts["xl/embeddings/oleObject1.bin"] = b"<x/>" * 9


CASES |= {
    "refused": Case(COMMUNE, do(ROW, lambda book: inform(book, year=2016)), (ROW, NONE)),
    "external-links": Case(COMMUNE, write(COM_E12=[1, 1, 1, 0, 60]), (ROW, TWO), linked),
    "embedded-object": Case(COMMUNE, write(COM_E12=[1, 1, 0, 0, None]), (ROW, TWO), embedding),
    "unread-sheet": Case(COMMUNE, extra_sheet, (ROW, NOTHING)),
    "words-only": Case(COMMUNE, two(TWO, only_words), (TWO, ROW)),
    "sent-date": Case(
        "integration",
        two(NOTHING, NO_PROGRAMME, "cuối tháng"),
        (NOTHING, NO_PROGRAMME),
    ),
    "sent-far": Case(
        "integration",
        two(NOTHING, NO_PROGRAMME, "20/12/2018"),
        (NOTHING, NO_PROGRAMME),
    ),
    "unordered-values": Case(
        "integration",
        two(NOTHING, NO_PROGRAMME, FIRST),
        (NOTHING, NO_PROGRAMME),
    ),
    "value-returns": Case(
        "integration",
        two(NOTHING, NO_PROGRAMME, "17/12/2017") | {"c": sent(LATER)},
        (NOTHING, NO_PROGRAMME),
    ),
    "gone-row": Case(
        COMMUNE,
        two(one_cell("khác"), one_cell("loa truyền thanh")),
        (both_rows, one_cell("loa truyền thanh")),
    ),
    "changed-period": Case(
        COMMUNE,
        two(third_quarter(*[2] * 8), third_quarter(*[0] * 8)),
        (third_quarter(*[2] * 8), third_quarter(*[0] * 8)),
    ),
    "later-zero": Case(
        COMMUNE,
        two(write(COM_E12=[1, 1, 1, 0, 60]), write(COM_E12=[1, 1, 0, 0, 60])),
        (write(COM_E12=[1, 1, 1, 0, 60]), TWO),
    ),
    "falling-count": Case(
        "enforcement",
        {"a": handled_by("30/11/2017", 2, FIRST), "b": handled_by("15/12/2017", 1, LATER)},
        (
            do(handled_by("15/12/2017", 1, LATER), write(ENF_D8=1)),
            handled_by("15/12/2017", 1, LATER),
        ),
    ),
    "reporter-name": Case(
        COMMUNE, two(TWO, do(ROW, claimed("228", "Huyện Đoan Hùng"))), (two(TWO, ROW), TWO)
    ),
    "file-name": Case(
        COMMUNE, {"a": sent(FIRST, TWO), "230-doan-hung": sent(LATER, ROW)}, (two(TWO, ROW), TWO)
    ),
    "foreign-file": Case(
        COMMUNE,
        two(of_doan_hung, do(of_doan_hung, DOAN_HUNG, claimed("228", "Thị xã Phú Thọ"))),
        (two(of_doan_hung, do(of_doan_hung, DOAN_HUNG)), of_doan_hung),
        unit="230",
    ),
}


def twin(book: Workbook) -> list[Any]:
    """Return the first cells of row 12: code, name, type and form."""
    return [cell.value for cell in book[COM][12][:4]]


def none_of(book: Workbook, sheet: str) -> None:
    """Write 0 everywhere into sheet 3."""
    for row in range(5, 12):
        put(book[sheet], row, 3, 0, 0, 0, 0, 0)


def clear(book: Workbook, sheets: set[str]) -> None:
    """Empty the entries of these sheets."""
    for name, first in ENTRIES.items():
        for row in book[name].iter_rows(min_row=5, min_col=first) if name in sheets else ():
            for cell in row:
                cell.value = None


def files_of(
    case: Case, says: Change | Mapping[str, Change], is_parted: bool = False
) -> dict[str, bytes]:
    """Return the files of a case: as they are, or its sheet in a file of its own after the rest."""
    if not isinstance(says, Mapping):
        own = {DECIDES[case.objective]}
        rest, alone = (lambda book, s=sheets: clear(book, s) for sheets in (own, {*ENTRIES} - own))
        says = two(rest, do(alone, says), "18/12/2017") if is_parted else {"a": says}
    first = do(seven) if case.unit == "228" else NOTHING
    return {name: edited(good(case.unit), do(first, change)) for name, change in says.items()}


def verdict(plan: Plan, intake: Intake, case: Case) -> str:
    """Return the verdict of the unit, of models that of the province if only 228 could have one."""
    cells, unit = intake.cells, case.unit
    if case.objective == MODELS:
        cells, unit = denied_elsewhere(cells), plan.province
    findings = evaluate(plan, cells, ()).set_index(["unit_code", "objective"])
    return str(findings.verdict[unit, case.objective])


def denied_elsewhere(cells: pd.DataFrame) -> pd.DataFrame:
    """Return the cells; every other reporter says that it has no model."""
    is_other = cells.objective.eq(MODELS) & cells.reporter.ne("228")
    denial = cells.value.mask(is_other, "Không có mô hình")
    state = cells.state.mask(is_other, "reported")
    return cells.assign(value=denial, state=state, number=cells.number.mask(is_other))


def parted(
    rules: Iterable[str], quick: int, slow: int
) -> Iterator[tuple[str, tuple[pytest.MarkDecorator, ...]]]:
    """Yield each rule with its marks: one in `quick` is quick, one in `slow` slow, others long."""
    for number, rule in enumerate(rules, 1):
        is_slow = number % slow == 0
        mark = () if number % quick == 0 else (pytest.mark.slow if is_slow else pytest.mark.long,)
        yield rule, mark


def test_every_rule_has_a_case(plan: Plan) -> None:
    comparisons = {check.id for check in plan.form.checks if check.severity != "note"}
    assert (ISSUE_RULES.keys() | comparisons) - NO_READING == CASES.keys()


IN_PARTS = [
    rule for rule, case in CASES.items() if not isinstance(case.asked, dict) and rule not in ALONE
]


@pytest.fixture(scope="module")
def known_answers() -> dict[tuple[Change, str], tuple[set[str], str]]:
    """Rules and verdict after the answers that several cases share."""
    return {}


@pytest.mark.parametrize(
    ("rule", "is_parted"),
    [
        *(pytest.param(rule, False, marks=mark) for rule, mark in parted(CASES, 24, slow=4)),
        *(pytest.param(rule, True, marks=mark) for rule, mark in parted(IN_PARTS, 24, slow=12)),
    ],
)
def test_verdict_beside_an_issue_stands_whatever_is_answered(
    plan: Plan,
    post: Callable[..., Intake],
    known_answers: dict[tuple[Change, str], tuple[set[str], str]],
    rule: str,
    is_parted: bool,
) -> None:
    case = CASES[rule]
    files = files_of(case, case.asked, is_parted)
    if case.packed:
        files[max(files)] = repacked(case.packed, files[max(files)])
    asked = post(**files)
    expected = IN_TWO.get(rule, rule) if is_parted else rule
    assert expected in {*asked.issues.rule[asked.issues.severity != "note"]}
    told = verdict(plan, asked, case)
    after = set()
    for answer in case.answers:
        key = (answer if callable(answer) else do(), case.objective)
        if key not in known_answers:
            answered = post(**files_of(case, answer))
            known_answers[key] = {*answered.issues.rule}, verdict(plan, answered, case)
        rules, found = known_answers[key]
        assert rule not in rules or rule == "model-unnamed"
        after.add(found)
    if rule in NO_VERDICT:
        assert after <= {told, "undetermined"}
    else:
        assert told == "undetermined" and len(after) == 2, (told, after)


def mended(copy: bytes, meant: bytes) -> bytes:
    """Return an annotated return in which a clerk has written what another file says."""
    book, says, buffer = opened(copy), opened(meant), BytesIO()
    for page in [page for page in book if page.title not in ("Kiểm tra", "Cần sửa")]:
        if page.title not in says.sheetnames:
            del book[page.title]
            continue
        last = max(page.max_row, says[page.title].max_row)
        for at in product(range(4, last + 1), range(1, 30)):
            page.cell(*at).value = says[page.title].cell(*at).value
    book.save(buffer)
    return buffer.getvalue()


def told(intake: Intake, unit: str) -> tuple[set[str], list[tuple[str, ...]]]:
    """Return the rules that ask, and what the cells of a unit say, wherever they stand."""
    keys = ["objective", "unit_code", "row", "column", "period", "state", "raw"]
    cells = intake.cells[intake.cells.reporter == unit][keys].fillna("").astype("string")
    issues = intake.issues[intake.issues.severity != "note"]
    return {*issues.rule}, sorted(cells.itertuples(index=False, name=None))


# A refused or held file has no copy: the file itself is mended, or it is confirmed.
ROUND = [rule for rule in CASES if rule not in ("refused", *OWNERSHIP_RULES)]


@pytest.mark.parametrize(
    "rule", [pytest.param(rule, marks=mark) for rule, mark in parted(ROUND, 48, slow=8)]
)
def test_copy_mended_as_asked_is_read_as_meant_alone_and_beside_its_file(
    plan: Plan, post: Callable[..., Intake], rule: str
) -> None:
    """What was asked is gone, nothing new is asked, and the value is the one that was meant.

    Of what the clerk leaves as it stands, the department confirms what it can.
    """
    case = CASES[rule]
    files = files_of(case, case.asked)
    if case.packed:
        files[max(files)] = repacked(case.packed, files[max(files)])
    first = post(**files)
    copies = {name.removesuffix(".xlsx"): copy for name, copy in annotated(plan, first).items()}
    others = {name: file for name, file in files.items() if name not in copies}
    lines = signed(first)
    assert copies
    for answer in case.answers:
        [meant] = files_of(case, answer).values()
        meant = edited(meant, lambda book: inform(book, sent=RETURNED))
        back = {f"{name} sửa": mended(copy, meant) for name, copy in copies.items()}
        expected = told(post(lines, a=meant), case.unit)
        assert told(post(lines, **files, **back), case.unit) == expected
        alone = post(lines, **others, **back)
        # Without its base a copy is asked about where it differs from the unit's other files.
        again = lines + signed(alone, "unordered-values") if others else lines
        assert told(post(again, **others, **back), case.unit) == expected


def signed(intake: Intake, rule: str = "") -> bytes:
    """Return confirmations of what is asked, or of a rule alone (without the header)."""
    lines = draft_confirmations(intake.issues).assign(by="Phòng", on="8/1/2018")
    content = to_csv_bytes(lines[lines.rule == rule] if rule else lines)
    return content.partition(b"\n")[2] if rule else content
