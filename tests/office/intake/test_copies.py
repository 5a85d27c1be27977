"""A mended copy takes the place of its base, cell by cell, beside whatever was sent in between."""

from collections.abc import Callable
from datetime import date
from io import BytesIO
from typing import Any

import pytest
from made import COM, ENF, HARM, INFO, MODEL, annotated, edited, good, inform, plain
from openpyxl import Workbook, load_workbook

from pcmd_eval.evaluation.observations import counted_returns
from pcmd_eval.office.intake.returns import Intake
from pcmd_eval.plan.plan import Plan

Post = Callable[..., Intake]
Change = Callable[[Workbook], Any]


def write(**cells: Any) -> Change:
    """Return a change that writes values: `ENF_D5=12`, `sent=` a day."""
    pages = {"COM": COM, "ENF": ENF, "HARM": HARM, "MODEL": MODEL, "INFO": INFO}

    def change(book: Workbook) -> None:
        for at, value in cells.items():
            sheet, _, cell = at.partition("_")
            if sheet in pages:
                book[pages[sheet]][cell] = value
            else:
                inform(book, **{at: value})

    return change


BASE = edited(good(), write(ENF_D5=15, COM_E5="ba", MODEL_B5=None))
CORRECTION = edited(
    edited(plain("228"), write(cutoff=date(2017, 12, 15), sent=date(2017, 12, 25))),
    write(ENF_D5=12, HARM_C5=7, MODEL_B5="Nhóm An", MODEL_C5=1, MODEL_F5="Có"),
)
ENF_D5 = ("6.1", "Q1")


@pytest.fixture
def copy(post: Post, plan: Plan) -> Callable[..., bytes]:
    """Make the annotated return of the last of these files, mended; sent on 27/12 if not said."""

    def make(change: Change, /, *, base: bytes = BASE, **others: bytes) -> bytes:
        copies = annotated(plan, post(**others, a=base))
        book, buffer = load_workbook(BytesIO(copies["a.xlsx"])), BytesIO()
        inform(book, sent=date(2017, 12, 27))
        change(book)
        book.save(buffer)
        return buffer.getvalue()

    return make


def read(intake: Intake, item: str, period: str = "Q1") -> str:
    """Return value or state of a cell of an item."""
    cells = intake.cells[(intake.cells["item"] == item) & (intake.cells.period == period)]
    [cell] = cells[cells.reporter == "228"].itertuples()
    return cell.value if cell.state == "reported" else cell.state


def asked(intake: Intake) -> list[str]:
    """Return file and rule of what is asked."""
    rows = intake.issues[intake.issues.severity != "note"]
    return [f"{row.file.removesuffix('.xlsx')} {row.rule}" for row in rows.itertuples()]


MEND = write(COM_E5=3)


@pytest.mark.slow
@pytest.mark.parametrize("names", ("abc", "acb", "zay"))
def test_copy_beside_a_correction_changes_only_what_was_mended(
    post: Post, copy: Callable[..., bytes], names: str
) -> None:
    files = dict(zip(names, (BASE, CORRECTION, copy(MEND)), strict=True))
    intake = post(**files)
    assert [read(intake, *ENF_D5), read(intake, "3.1.1")] == ["12", "7"]
    assert read(intake, "4.1:name", "Y") == "Nhóm An"
    assert asked(intake) == []
    late = intake.returns.set_index("file").late  # by the day of the base
    assert [late[f"{name}.xlsx"] for name in names[1:]] == [True, False]
    communes = intake.cells[intake.cells.unit_code == "07939"]
    assert communes.value[communes.period == "Q1"].tolist() == ["3"]


@pytest.mark.slow
def test_copy_that_changes_a_cell_of_the_correction_counts_where_it_is_later(
    post: Post, copy: Callable[..., bytes]
) -> None:
    intake = post(a=BASE, b=CORRECTION, c=copy(write(COM_E5=3, ENF_D5=16)))
    assert (read(intake, *ENF_D5), asked(intake)) == ("16", [])


@pytest.mark.slow
@pytest.mark.parametrize("sent", [date(2017, 12, 25), date(2017, 12, 18)])
def test_copy_without_a_later_day_is_asked_about_where_the_correction_changed_a_cell_too(
    post: Post, copy: Callable[..., bytes], sent: date
) -> None:
    """Of the correction's day, and of its base's."""
    intake = post(a=BASE, b=CORRECTION, c=copy(write(COM_E5=3, ENF_D5=16, HARM_D5=4, sent=sent)))
    assert (read(intake, *ENF_D5), read(intake, "3.1.1", "Q2")) == ("contradictory", "4")
    assert {rule.partition(" ")[2] for rule in asked(intake)} == {"unordered-values"}


@pytest.mark.slow
def test_copy_of_a_file_that_is_gone_is_asked_about_where_it_was_not_to_mend(
    post: Post, copy: Callable[..., bytes]
) -> None:
    """Gone, or overwritten by the copy under its own name, also with the day of its base; renamed it
    is found by its hash.
    """
    mended, of_its_day = copy(MEND), copy(write(COM_E5=3, sent=date(2017, 12, 18)))
    for replaced in ({"c": mended}, {"a": mended}, {"a": of_its_day}):
        intake = post(b=CORRECTION, **replaced)
        assert read(intake, *ENF_D5) == read(intake, "3.1.1") == "contradictory"
        assert "unordered-values" in " ".join(asked(intake))
    assert asked(post(z=BASE, b=CORRECTION, c=mended)) == []


@pytest.mark.slow
def test_copy_of_a_file_found_by_name_alone_takes_its_place(
    post: Post, copy: Callable[..., bytes]
) -> None:
    """Somebody has saved the base again, with another figure."""
    intake = post(a=edited(BASE, write(ENF_E5=8)), c=copy(MEND))
    assert read(intake, "6.1", "Q2") == "contradictory"
    assert asked(intake) == ["c unordered-values"]


@pytest.mark.slow
def test_copy_of_a_copy_counts_for_the_first_base(
    post: Post, plan: Plan, copy: Callable[..., bytes]
) -> None:
    first = copy(write(COM_E5="bốn", HARM_C6=9))
    second = copy(write(COM_E5=4, sent=date(2017, 12, 29)), base=first, original=BASE)
    intake = post(original=BASE, a=first, b=CORRECTION, d=second)
    assert [read(intake, "3.1.2"), read(intake, *ENF_D5)] == ["9", "12"]
    intake = post(original=BASE, b=CORRECTION, d=second)  # the first copy is gone
    assert read(intake, *ENF_D5) == "contradictory"


def test_copy_deletes_a_figure_of_its_base(post: Post, copy: Callable[..., bytes]) -> None:
    intake = post(a=BASE, c=copy(write(COM_E5=3, ENF_E5=None)))
    assert read(intake, "6.1", "Q2") == "blank"


@pytest.mark.slow
def test_copies_of_one_file_the_latest_counts(post: Post, copy: Callable[..., bytes]) -> None:
    one, other = copy(write(COM_E5=3, HARM_C6=9)), copy(write(COM_E5=4, sent=date(2017, 12, 28)))
    intake = post(a=BASE, b=other, c=one)
    assert (read(intake, "3.1.2"), asked(intake)) == ("3", [])
    assert [*counted_returns(intake.returns).loc[["228"], "file"]] == ["b.xlsx"]


@pytest.mark.slow
def test_later_file_that_restores_what_a_copy_mended_is_asked_about(
    post: Post, copy: Callable[..., bytes]
) -> None:
    later = edited(BASE, write(sent=date(2018, 1, 4), COM_E5=3))
    intake = post(a=BASE, c=copy(write(COM_E5=3, ENF_D5=14)), d=later)
    assert read(intake, *ENF_D5) == "contradictory"
    assert asked(intake) == ["d value-returns"]


@pytest.mark.slow
def test_model_that_a_copy_names_instead_of_none_counts_after_a_correction_without_one(
    post: Post, copy: Callable[..., bytes]
) -> None:
    model = write(MODEL_B5="Nhóm An", MODEL_C5=1, MODEL_F5="Có", COM_E5=3)
    base = edited(good(), write(COM_E5="ba"))
    correction = edited(base, write(sent=date(2017, 12, 25), COM_E5=3))
    intake = post(a=base, b=correction, c=copy(model, base=base))
    assert asked(intake) == []
    assert read(intake, "4.1:type", "Y") == "1"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("changes", "counts", "asks"),
    [
        ({"MODEL_B5": "Nhóm Bình"}, ["Nhóm Bình"], ["b gone-row"]),
        ({"MODEL_B6": "Nhóm Cúc", "MODEL_C6": 1, "MODEL_F6": "Có"}, ["Nhóm An", "Nhóm Cúc"], []),
        ({"MODEL_C5": 3}, ["Nhóm An"], []),
        (dict.fromkeys(("MODEL_B5", "MODEL_C5", "MODEL_F5")), ["Nhóm An"], []),
        ({"MODEL_B5": "Nhóm Bình", "sent": date(2017, 12, 18)}, [], ["b unordered-values"]),
    ],
    ids=["renamed", "added", "another type", "deleted from its file alone", "of the base's day"],
)
def test_copy_that_changes_a_list_counts_with_the_whole_list(
    changes: dict[str, Any], counts: list[str], asks: list[str], post: Post, copy: Callable
) -> None:
    """The correction of 25/12 repeats the list of 18/12."""
    base = edited(good(), write(COM_E5="ba", MODEL_B5="Nhóm An", MODEL_C5=1, MODEL_F5="Có"))
    correction = edited(base, write(sent=date(2017, 12, 25), COM_E5=3))
    intake = post(a=base, b=correction, c=copy(write(COM_E5=3, **changes), base=base))
    assert asked(intake) == asks
    cells = intake.cells.query("column == 'name' and state == 'reported'")
    assert [*cells.value] == counts


@pytest.mark.slow
def test_gone_row_is_dropped_where_it_is_deleted_in_the_copy_of_its_file(
    post: Post, plan: Plan
) -> None:
    lines = {"MODEL_B5": "Nhóm An", "MODEL_C5": 1, "MODEL_F5": "Có", "COM_D5": "tờ rơi, sách"}
    earlier = edited(good(), write(**lines))
    files = {"a": earlier, "b": edited(good(), write(sent=date(2017, 12, 19)))}
    intake = post(**files)
    assert asked(intake) == ["a gone-row", "a gone-row"]
    book, buffer = load_workbook(BytesIO(annotated(plan, intake)["a.xlsx"])), BytesIO()
    for name in (COM, MODEL):
        for cell in book[name][5][1:]:
            cell.value = None
    book.save(buffer)
    intake = post(**files, c=buffer.getvalue())
    assert asked(intake) == []
    assert read(intake, "none:name", "Y") == "Không có mô hình"
    assert len(intake.cells[intake.cells.unit_code == "07939"]) == 5
