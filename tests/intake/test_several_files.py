"""Several files of one reporter are one return, put together cell by cell."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pandas as pd
import pytest
from made import COM, ENF, HARM, INT, MODEL, edited, good, inform, opened, put
from openpyxl import Workbook

from pcmd_eval.evaluation.findings import evaluate
from pcmd_eval.evaluation.observations import counted_returns, received_returns
from pcmd_eval.intake.confirmations import CONFIRMATION_COLUMNS, open_lines
from pcmd_eval.intake.issues import check_table, issue_table
from pcmd_eval.intake.returns import Intake
from pcmd_eval.objectives.support_model import support_model
from pcmd_eval.plan.plan import Plan
from pcmd_eval.util.files import to_csv_bytes

Post = Callable[..., Intake]
QUARTERS = {  # columns of the quarter in 1, 3 and 6; cut-off and day of sending
    1: (date(2017, 3, 31), date(2017, 4, 3)),
    2: (date(2017, 6, 30), date(2017, 7, 3)),
    3: (date(2017, 9, 30), date(2017, 10, 2)),
    4: (date(2017, 12, 15), date(2017, 12, 18)),
}
FIRST = {COM: 5, HARM: 3, ENF: 4}  # the column of quarter I
ENTRIES = {COM: 4, INT: 3, HARM: 3, MODEL: 2, ENF: 4}  # the first column that is filled in
CELLS = ["objective", "unit_code", "item", "period"]


def sent(change: Callable[[Workbook], Any], day: Any, code: str = "228", **more: Any) -> bytes:
    """A good return after a change, sent on that day."""

    def fill(book: Workbook) -> None:
        change(book)
        inform(book, sent=day, **more)

    return edited(good(code), fill)


def same(book: Workbook) -> None:
    """Change nothing."""


def only(*sheets: str) -> Callable[[Workbook], None]:
    """Empty the figures of all other sheets."""

    def clear(book: Workbook) -> None:
        for name, first in ENTRIES.items():
            for row in book[name].iter_rows(min_row=5, min_col=first) if name not in sheets else ():
                for cell in row:
                    cell.value = None

    return clear


def quarter(number: int, code: str = "228") -> bytes:
    """Return a file with the figures of one quarter; the last has the year's."""

    def clear(book: Workbook) -> None:
        for sheet, first in FIRST.items():
            for row in book[sheet].iter_rows(min_row=5, min_col=first, max_col=first + 3):
                for at, cell in enumerate(row, 1):
                    if at != number:
                        cell.value = None
        if number != 4:
            only(COM, HARM, ENF)(book)
            for sheet, column in ((COM, 9), (HARM, 7)):
                for row in book[sheet].iter_rows(min_row=5, min_col=column, max_col=column):
                    row[0].value = None

    cutoff, day = QUARTERS[number]
    return sent(clear, day, code, cutoff=cutoff)


def told(intake: Intake, reporter: str = "228") -> pd.DataFrame:
    """Return the content of each cell of a reporter by its subject."""
    cells = intake.cells[intake.cells.reporter == reporter]
    return cells.set_index(CELLS)[["value", "state"]].sort_index()


def cell(intake: Intake, place: str) -> tuple[str, str, str]:
    """State, value and file of the observation at a place."""
    sheet, _, address = place.partition("!")
    rows = intake.cells[(intake.cells.sheet == sheet) & (intake.cells["cell"] == address)]
    found, *_ = rows.itertuples()  # merged cells have one address
    return found.state, "" if pd.isna(found.value) else found.value, found.file


def states(intake: Intake) -> dict[str, str]:
    """The state of each file."""
    files = intake.returns.dropna(subset="file")
    return dict(zip(files.file.str.removesuffix(".xlsx"), files.state, strict=True))


def rules(intake: Intake) -> list[tuple[str, str, str]]:
    """Rule, severity and place of each issue."""
    places = intake.issues.sheet + "!" + intake.issues["cell"]
    return [*zip(intake.issues.rule, intake.issues.severity, places, strict=True)]


# ---- one return in parts -------------------------------------------------------------------------


def test_combine_four_quarter_files_read_as_one_whole_file(post: Post, plan: Plan) -> None:
    whole = post(a=good())
    findings = evaluate(plan, whole.cells)
    quarters = [quarter(number) for number in QUARTERS]
    for names in ("abcd", "dcba", "cadb"):
        intake = post(**dict(zip(names, quarters, strict=True)))
        pd.testing.assert_frame_equal(told(intake), told(whole))
        pd.testing.assert_frame_equal(evaluate(plan, intake.cells), findings)
        assert intake.issues.empty
        assert states(intake) == dict.fromkeys("abcd", "on_time")
        assert cell(intake, f"{COM}!F5") == ("reported", "1", f"{names[1]}.xlsx")


def test_counted_returns_several_files_are_added_up(post: Post) -> None:
    """145 cells: 10 communes x 5 + 15 + 35 + 1 + 44; of quarter I 10 + 7 + 11."""
    intake = post(a=quarter(1), b=quarter(2), c=quarter(3), d=quarter(4))
    rows = intake.returns[intake.returns.reporter == "228"].set_index("file")
    assert rows.reported.to_dict() == {
        "a.xlsx": 28,
        "b.xlsx": 28,
        "c.xlsx": 28,
        "d.xlsx": 28 + 10 + 15 + 7 + 1,
    }
    for row in (
        counted_returns(intake.returns).loc["228"],
        received_returns(intake.returns).loc["228"],
    ):
        assert (row.expected, row.reported, row.cutoff) == (145, 145, pd.Timestamp("2017-12-15"))
        assert (row.state, row.late, row.file) == ("on_time", False, "d.xlsx")


def test_combine_correction_of_one_sheet_replaces_that_sheet(post: Post) -> None:
    def correct(book: Workbook) -> None:
        only(HARM)(book)
        book[HARM]["C5"] = 9

    intake = post(b=good(), a=sent(correct, "19/12/2017"))
    whole = post(whole=edited(good(), lambda book: book[HARM].__setitem__("C5", 9)))
    corrected = post(b=good(), a=sent(correct, "19/12/2017"))
    pd.testing.assert_frame_equal(told(corrected), told(whole))
    assert cell(intake, f"{HARM}!C5") == ("reported", "9", "a.xlsx")
    assert cell(intake, f"{ENF}!D7") == ("reported", "3", "b.xlsx")
    assert states(intake) == {"a": "on_time", "b": "on_time"}
    assert rules(intake) == [("changed-value", "note", f"{HARM}!C5")]
    [issue] = intake.issues.itertuples()
    assert issue.value == "2 → 9" and "b.xlsx" in issue.message and issue.column == "Quý I"


def test_combine_correction_without_other_sheets_asks_for_none(post: Post) -> None:
    def correct(book: Workbook) -> None:
        for name in (COM, INT, HARM, MODEL):
            book.remove(book[name])

    correction = sent(correct, "19/12/2017")
    intake = post(b=good(), a=edited(correction, lambda book: book[ENF].__setitem__("E5", 10)))
    assert states(intake) == {"b": "on_time", "a": "on_time"}
    assert rules(intake) == [("changed-value", "note", f"{ENF}!E5")]
    assert (told(intake).state == "reported").all()


def test_combine_other_form_of_activity_is_another_row(post: Post) -> None:
    """A commune's talks in one file, its loudspeakers in the next; a row without form is neither."""

    def loudspeakers(book: Workbook) -> None:
        only()(book)
        put(book[COM], 5, 4, "loa truyền thanh", 7, 7, 7, 7, 0)

    intake = post(a=good(), b=sent(loudspeakers, "19/12/2017"))
    rows = intake.cells[(intake.cells.unit_code == "07939") & (intake.cells.period == "Q1")]
    assert sorted(zip(rows["item"], rows.value, rows.file, strict=True)) == [
        ("loa truyền thanh", "7", "b.xlsx"),
        ("nói chuyện, hội nghị", "4", "a.xlsx"),
    ]
    others = intake.cells[(intake.cells.unit_code == "07942") & (intake.cells.period == "Q1")]
    assert [*others.value] == ["2"] and intake.issues.empty


def test_combine_row_without_form_continues_the_only_row(post: Post) -> None:
    def next_quarter(book: Workbook) -> None:
        only()(book)
        book[COM]["H5"] = 5

    intake = post(a=good(), b=sent(next_quarter, "19/12/2017"))
    rows = intake.cells[(intake.cells.unit_code == "07939") & (intake.cells.period == "Q4")]
    assert [*zip(rows["item"], rows.value, strict=True)] == [("nói chuyện, hội nghị", "5")]


def model(book: Workbook, row: int, name: str, kind: Any, operating: str = "Có") -> None:
    """A line of a model."""
    put(book[MODEL], row, 2, name, kind, None, date(2016, 5, 1), operating, 4)


def models(intake: Intake) -> list[tuple[str, str]]:
    """Item and value or state of names and types."""
    rows = intake.cells[(intake.cells.objective == "support_model") & (intake.cells.file.notna())]
    rows = rows[rows.column.isin(["name", "type", "operating"])]
    return [*zip(rows["item"], rows.value.fillna(rows.state), strict=True)]


def test_combine_models_are_matched_by_name(post: Post) -> None:
    """The same model on another line, with another type: one; another name: another model."""
    first = sent(lambda book: model(book, 5, "Nhóm An", 2), "18/12/2017")

    def second(book: Workbook) -> None:
        model(book, 5, "Tổ Hòa", 1)
        model(book, 7, "NHÓM  AN", 1)

    intake = post(a=first, b=sent(second, "19/12/2017"))
    assert models(intake) == [
        ("4.1:name", "Tổ Hòa"),
        ("4.1:type", "1"),
        ("4.1:operating", "yes"),
        ("4.3:name", "NHÓM  AN"),
        ("4.3:type", "1"),
        ("4.3:operating", "yes"),
    ]
    assert ("changed-value", "note", f"{MODEL}!C7") in rules(intake)


@pytest.mark.parametrize("name", ["không tên", "Chưa đặt tên", "Mô hình", "Mô hình 1", 1, "…"])
def test_models_without_a_real_name_in_two_districts_may_be_two(post: Post, name: Any) -> None:
    """One counts for certain; the other may be the same."""

    def build(book: Workbook) -> None:
        put(book[MODEL], 5, 2, name, 1, None, date(2017, 5, 1), "Có", 4)

    intake = post(a=sent(build, "18/12/2017"), b=sent(build, "18/12/2017", code="230"))
    models = support_model(intake.cells, {"started": "any"}, 2017)["models"]
    assert [*models.fillna(False)] == [True, False] and models.isna().sum() == 1
    assert [rule for rule in rules(intake) if rule[0] == "model-unnamed"] == [
        ("model-unnamed", "confirm", f"{MODEL}!B5")
    ] * 2


def test_combine_none_after_a_model_is_contradictory_until_confirmed(post: Post) -> None:
    none, some = sent(same, "18/12/2017"), lambda book: model(book, 5, "Nhóm An", 1)
    intake = post(a=none, b=sent(some, "19/12/2017"))
    assert models(intake)[:2] == [("4.1:name", "Nhóm An"), ("4.1:type", "1")]
    intake = post(a=sent(some, "18/12/2017"), b=sent(same, "19/12/2017"))
    assert rules(intake) == [
        ("later-zero", "confirm", f"{MODEL}!B5"),
        ("superseded", "note", "!"),
    ]
    assert models(intake) == [("none:name", "contradictory")]


def test_combine_model_and_none_of_one_day_are_asked_about(post: Post) -> None:
    """Whichever file comes first by name, the statement is not dropped in silence."""
    some = sent(lambda book: model(book, 5, "Nhóm An", 1), "18/12/2017")
    for files in ({"a": good(), "b": some}, {"a": some, "b": good()}):
        asked = post(**files).issues.query("severity != 'note'")
        assert {*asked.sheet} == {MODEL} and len(asked) >= 1


# ---- a later 0 -----------------------------------------------------------------------------------


def zero(book: Workbook) -> None:
    """No talks in quarter I in the second commune, and nothing else."""
    only()(book)
    book[COM]["E6"] = 0


def filled_lines(intake: Intake) -> pd.DataFrame:
    """The open lines of the returns of a test, filled in."""
    lines = open_lines(intake.issues)
    return lines.assign(by="Phòng PCTNXH", on="20/12/2017")


def confirmed(lines: pd.DataFrame) -> bytes:
    """The lines as the file that the department keeps."""
    return to_csv_bytes(lines.astype("string"))


def test_combine_later_zero_is_contradictory_until_confirmed(post: Post) -> None:
    files = {"a": good(), "b": sent(zero, "19/12/2017")}
    intake = post(**files)
    assert cell(intake, f"{COM}!E6")[0] == "contradictory"
    [issue] = intake.issues.itertuples()
    assert (issue.rule, issue.severity, issue.value) == ("later-zero", "confirm", "2 → 0")
    assert "a.xlsx" in issue.message and issue.file == "b.xlsx"
    lines = filled_lines(intake)
    assert [*lines.columns] == [*CONFIRMATION_COLUMNS]
    assert lines.iloc[0, :5].tolist() == ["228", COM, "E6", "later-zero", "2 → 0"]
    again = post(confirmed(lines), **files)
    assert cell(again, f"{COM}!E6")[:2] == ("reported", "0")
    [closed] = again.issues.itertuples()
    assert (closed.severity, closed.confirmed) == ("note", "Phòng PCTNXH, 20/12/2017")
    assert "Đã xác nhận (Phòng PCTNXH, 20/12/2017)" in check_table(again.issues).message[0]


def test_confirmations_of_another_value_leave_the_issue_open(post: Post) -> None:
    lines = confirmed(filled_lines(post(a=good(), b=sent(zero, "19/12/2017"))))
    other = sent(lambda book: book[COM].__setitem__("E6", 5), "18/12/2017")
    intake = post(lines, a=other, b=sent(zero, "19/12/2017"))
    assert [*intake.issues.rule] == ["later-zero", "confirmation-unused"]
    assert [*intake.issues.severity] == ["confirm", "note"]
    assert cell(intake, f"{COM}!E6")[0] == "contradictory"


def test_combine_zero_that_answers_an_issue_counts(post: Post) -> None:
    """60 people without any session, mended to 0; a merged figure, mended to 0."""

    def crowd(book: Workbook) -> None:
        put(book[COM], 8, 5, 0, 0, 0, 0, 60)

    def nobody(book: Workbook) -> None:
        put(book[COM], 8, 5, 0, 0, 0, 0, 0)

    intake = post(a=sent(crowd, "18/12/2017"), b=sent(nobody, "19/12/2017"))
    assert cell(intake, f"{COM}!I8") == ("reported", "0", "b.xlsx")
    assert not intake.issues.rule.isin(["later-zero", "attendance-without-sessions"]).any()


def test_combine_zero_of_an_open_quarter_is_asked_like_any_other(post: Post) -> None:
    """7 sent on 1/12, 0 on 6/12; a first 0 that a later file leaves blank is `open`."""

    def none(book: Workbook) -> None:
        only()(book)
        book[HARM]["F5"] = 0

    def seven(book: Workbook) -> None:
        book[HARM]["F5"] = 7

    first = sent(seven, "1/12/2017", cutoff=date(2017, 11, 30))
    intake = post(a=first, b=sent(none, "6/12/2017", cutoff=date(2017, 12, 5)))
    assert cell(intake, f"{HARM}!F5")[0] == "contradictory"
    assert ("later-zero", "confirm", f"{HARM}!F5") in rules(intake)
    early = sent(lambda book: book[HARM].__setitem__("F5", 0), "1/4/2017", cutoff=date(2017, 3, 31))
    intake = post(a=early, b=sent(only(COM), "19/12/2017"))
    assert cell(intake, f"{HARM}!F5")[0] == "open"


def test_confirmations_of_what_may_be_right_are_believed_of_an_impossible_sum_not(
    post: Post,
) -> None:
    def contradict(book: Workbook) -> None:
        book[INT]["D6"] = "Có"  # beside "Chưa có"
        book[COM].merge_cells("E6:H6")
        book[ENF]["D7"] = 5  # 2 + 1 + 0 cases

    content = sent(contradict, "18/12/2017")
    intake = post(a=content)
    places = {f"{INT}!C6": "none", f"{INT}!D6": "yes", f"{COM}!E6": "2", f"{ENF}!D7": ""}
    assert {cell(intake, at)[:2] for at in places} == {("contradictory", "")}
    lines = confirmed(
        intake.issues.assign(unit_code="228", by="Phòng PCTNXH", on="20/12/2017", note="")[
            [*CONFIRMATION_COLUMNS]
        ]
    )
    again = post(lines, a=content)
    states = {
        at: ("reported", value) if value else ("contradictory", "") for at, value in places.items()
    }
    assert {at: cell(again, at)[:2] for at in places} == states
    counted = again.returns.set_index("reporter").loc["228"]
    assert counted.reported == counted.expected  # filled readably


def test_confirmations_with_semicolons_close_an_issue(post: Post) -> None:
    def few_inspections(book: Workbook) -> None:
        book[ENF]["F5"] = 2

    content = sent(few_inspections, "18/12/2017")
    intake = post(a=content)
    assert rules(intake) == [("places-inspected", "confirm", f"{ENF}!F5")]
    text = confirmed(filled_lines(intake)).decode().replace(",", ";").encode("utf-8-sig")
    again = post(text, a=content)
    assert rules(again) == [("places-inspected", "note", f"{ENF}!F5")]


def test_confirmations_without_name_or_day_close_nothing(post: Post) -> None:
    files = {"a": good(), "b": sent(zero, "19/12/2017")}
    lines = filled_lines(post(**files))
    for column in ("by", "on"):
        intake = post(confirmed(lines.assign(**{column: ""})), **files)
        assert rules(intake) == [
            ("later-zero", "confirm", f"{COM}!E6"),
            ("confirmation-unused", "note", f"{COM}!E6"),
        ]


@pytest.mark.parametrize("header", ["a,b", ",".join((*CONFIRMATION_COLUMNS, "on"))])
def test_confirmations_of_another_table_stop(post: Post, header: str) -> None:
    intake = post(f"{header}\n1,2\n".encode(), a=good())
    assert [*intake.issues.severity] == ["stop"]
    assert "unit_code" in intake.issues.message[0]


# ---- which files count ---------------------------------------------------------------------------


def test_combine_files_that_read_the_same_are_one(post: Post) -> None:
    """Sent on one day, on another day, without a day, with a remark: the last of them counts."""

    def remark(book: Workbook) -> None:
        book["Thông tin"]["D1"] = "gửi lại"

    intake = post(
        a=good(),
        b=sent(remark, date(2017, 12, 18)),
        c=sent(same, "19/12/2017"),
        d=sent(same, None),
    )
    assert states(intake) == {
        "c": "on_time",
        "a": "superseded",
        "b": "superseded",
        "d": "superseded",
    }
    assert {*intake.cells.file.dropna()} == {"c.xlsx"} and intake.stopping == 0
    assert {*intake.issues.rule} == {"superseded"}
    assert intake.issues.message.str.contains("giống hệt c.xlsx").all()


def test_combine_copies_of_one_file_are_the_first_by_name(post: Post) -> None:
    intake = post(b=good(), a=good())
    assert states(intake) == {"a": "on_time", "b": "superseded"}
    assert "giống hệt a.xlsx" in intake.issues.message.item()


def test_combine_remark_alone_keeps_its_optional_row(post: Post) -> None:
    """Row 2.6 with a remark is expected, also where a later file leaves it blank."""
    first = edited(good(), lambda book: book[INT].__setitem__("G10", "kèm công văn"))
    intake = post(a=first, b=sent(only(ENF), "19/12/2017"))
    pd.testing.assert_frame_equal(told(intake), told(post(a=first)))


def test_combine_yearly_count_that_falls_is_contradictory(post: Post) -> None:
    """120, 80, 95 and 60 persons in four files of a quarter each: nobody knows the year's number."""

    def persons(number: int, day: int) -> bytes:
        def fill(book: Workbook) -> None:
            only()(book)
            book[HARM]["G5"] = number

        cutoff, sending = QUARTERS[day]
        return sent(fill, sending, cutoff=cutoff)

    files = {f"q{n}": persons(count, n) for n, count in enumerate((120, 80, 95, 60), 1)}
    intake = post(**files)
    assert rules(intake)[0] == ("falling-count", "confirm", f"{HARM}!G5")
    assert intake.issues.value[0] == "120 → 60"
    assert cell(intake, f"{HARM}!G5")[0] == "contradictory"
    risen = post(**files | {"q4": persons(125, 4)})
    assert cell(risen, f"{HARM}!G5")[:2] == ("reported", "125")
    assert "falling-count" not in {*risen.issues.rule}


def test_combine_whole_closed_quarter_that_changes_is_asked_once(post: Post) -> None:
    """The figures of quarter II written into the column of quarter I."""

    def shift(book: Workbook) -> None:
        only()(book)
        for row in range(5, 12):
            book[HARM].cell(row, 3).value = (opened(good())[HARM].cell(row, 3).value or 0) + 2

    intake = post(a=good(), b=sent(shift, "19/12/2017"))
    assert rules(intake) == [("changed-period", "confirm", f"{HARM}!C5")]
    assert cell(intake, f"{HARM}!C5")[0] == "reported"
    early = sent(same, "2/2/2017", cutoff=date(2017, 2, 1))  # the quarter went on
    intake = post(a=early, b=sent(shift, "19/12/2017"))
    assert "changed-period" not in {*intake.issues.rule}


def test_combine_merge_over_quarters_of_one_day_is_doubted_whatever_the_names(post: Post) -> None:
    def merge(book: Workbook) -> None:
        put(book[HARM], 5, 3, 0, None)
        book[HARM].merge_cells("C5:D5")

    def zeros(book: Workbook) -> None:
        put(book[HARM], 5, 3, 0, 0)

    day = date(2018, 1, 10)
    for names in ("ab", "ba"):
        files = [sent(merge, day), sent(zeros, day)]
        intake = post(**dict(zip(names, files, strict=True)))
        states_of_row = told(intake).loc["harm_reduction", "228", "3.1.1"].state
        assert {*states_of_row[["Q1", "Q2"]]} == {"contradictory"}
        assert not intake.issues.empty


def test_combine_cells_of_a_row_in_doubt_stay_unreadable_where_no_later_file_fills_them(
    post: Post,
) -> None:
    """A blank row that says another item leaves that item in doubt, as it does in one file."""

    def mistake(book: Workbook) -> None:
        put(book[HARM], 6, 2, book[HARM]["B5"].value, *[None] * 5)

    def leave_blank(book: Workbook) -> None:
        book[HARM]["C5"] = None

    first, second = date(2018, 1, 10), date(2018, 1, 12)
    assert {*told(post(a=sent(mistake, first))).loc["harm_reduction", "228", "3.1.1"].state} == {
        "unreadable"
    }
    intake = post(a=sent(mistake, first), b=sent(leave_blank, second))
    row = told(intake).loc["harm_reduction", "228", "3.1.1"].state
    assert (row["Q1"], row["Q2"]) == ("unreadable", "reported")
    assert ("code-name", "mend", f"{HARM}!A6") in rules(intake)


def test_combine_files_of_one_day_contradict_each_other_in_one_cell(post: Post) -> None:
    """Whichever counts; the cell of an earlier file that both replace is no question."""
    other = sent(lambda book: book[COM].__setitem__("E5", 9), date(2017, 12, 18))
    intake = post(a=good(), b=other, c=sent(zero, "17/12/2017"))
    assert rules(intake) == [
        ("unordered-values", "confirm", f"{COM}!E5"),
        ("changed-value", "note", f"{COM}!E6"),
        ("superseded", "note", "!"),
    ]
    assert "b.xlsx" in intake.issues.file[0] and "a.xlsx ghi “4”" in intake.issues.message[0]
    states = told(intake).state
    assert cell(intake, f"{COM}!E5")[0] == "contradictory" and intake.stopping == 0
    assert states.value_counts().to_dict() == {"reported": 144, "contradictory": 1}
    again = post(confirmed(filled_lines(intake)), a=good(), b=other, c=sent(zero, "17/12/2017"))
    assert cell(again, f"{COM}!E5")[:2] == ("reported", "9")


def test_combine_file_without_day_contradicts_only_where_it_differs(post: Post) -> None:
    intake = post(a=good(), b=sent(zero, None))
    assert cell(intake, f"{COM}!E6")[0] == "contradictory"
    assert {*intake.issues.rule} == {"unordered-values", "sent-date"}
    assert told(intake).state.value_counts().to_dict() == {"reported": 144, "contradictory": 1}


def test_combine_five_sheets_of_one_day_lose_no_cell(post: Post) -> None:
    names = (COM, INT, HARM, MODEL, ENF)
    files = {f"f{n}": sent(only(name), "18/12/2017") for n, name in enumerate(names)}
    intake = post(**files)
    pd.testing.assert_frame_equal(told(intake), told(post(a=good())))
    assert intake.issues.empty


def test_combine_empty_file_beside_another_is_superseded(post: Post) -> None:
    intake = post(a=good(), b=sent(only(), "25/12/2017"))
    assert states(intake) == {"a": "on_time", "b": "superseded"}
    assert "không ghi số liệu nào" in intake.issues.message[0]
    assert not counted_returns(intake.returns).loc["228", "late"]


def test_counted_returns_empty_file_alone_has_come(post: Post) -> None:
    intake = post(a=sent(only(), "18/12/2017"))
    assert states(intake) == {"a": "empty"}
    assert counted_returns(intake.returns).loc["228", "cutoff"] == pd.Timestamp("2017-12-15")


def test_combine_file_told_again_whole_is_superseded(post: Post) -> None:
    def first(book: Workbook) -> None:
        only(HARM)(book)
        book[HARM]["C5"] = 8

    intake = post(a=sent(first, "17/12/2017"), b=good())
    assert states(intake) == {"b": "on_time", "a": "superseded"}
    assert rules(intake) == [
        ("superseded", "note", "!"),
        ("changed-value", "note", f"{HARM}!C5"),
    ]
    assert "b.xlsx" in intake.issues.message[0]


def test_counted_returns_late_file_that_counts_makes_late(post: Post) -> None:
    correction = sent(lambda book: book[COM].__setitem__("E5", 9), "25/12/2017")
    intake = post(a=good(), b=correction)
    row = counted_returns(intake.returns).loc["228"]
    assert (row.state, row.late) == ("late", True)


def test_combine_issues_of_replaced_cells_are_gone(post: Post) -> None:
    def faulty(book: Workbook) -> None:
        book[COM]["E5"], book[COM]["B7"], book[ENF]["D7"] = "ba", "Hùng Vương", "?"

    def mended(book: Workbook) -> None:
        only(COM)(book)

    intake = post(a=sent(faulty, "18/12/2017"), b=sent(mended, "19/12/2017"))
    kept = intake.issues[intake.issues.rule != "changed-value"]
    assert [*zip(kept.rule, kept.sheet + "!" + kept["cell"], strict=True)] == [
        ("unreadable", f"{ENF}!D7")
    ]
    assert cell(intake, f"{COM}!E5") == ("reported", "4", "b.xlsx")


def test_combine_code_that_stood_twice_is_settled_later(post: Post) -> None:
    def twice(book: Workbook) -> None:
        put(book[HARM], 12, 1, "3.1.1", None, 1)

    intake = post(a=sent(twice, "18/12/2017"), b=sent(only(HARM), "19/12/2017"))
    assert cell(intake, f"{HARM}!C5") == ("reported", "2", "b.xlsx")
    assert not intake.issues.rule.eq("double-code").any()


def test_later_file_with_two_rows_of_one_form_keeps_the_number_in_one_of_them(post: Post) -> None:
    def twice(number: int) -> Callable[[Workbook], None]:
        def change(book: Workbook) -> None:
            page = book[COM]
            for column in range(1, 10):  # the same commune and form, the first with 0 in quarter I
                page.cell(40, column).value = page.cell(5, column).value
            page["E5"], page["E40"] = 0, number

        return change

    intake = post(a=sent(twice(1), "18/12/2017"), b=sent(twice(2), "19/12/2017"))
    assert not intake.issues.rule.eq("later-zero").any()
    assert cell(intake, f"{COM}!E40")[:2] == ("reported", "2")
    assert cell(intake, f"{COM}!E5")[:2] == ("reported", "0")


def test_open_lines_without_issues_has_the_columns_alone() -> None:
    lines = open_lines(issue_table([]))
    assert [*lines.columns] == [*CONFIRMATION_COLUMNS] and lines.empty
