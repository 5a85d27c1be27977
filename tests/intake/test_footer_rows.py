"""Rows of sums are no data, whatever they are called; a row that is no sum is asked about."""

from collections.abc import Callable

from made import COM, ENF, edited, good, put
from openpyxl import Workbook

from pcmd_eval.intake.returns import Intake


def with_sections(book: Workbook) -> None:
    """Four communes and six, each block below its sum, and the sum of all below both."""
    page = book[COM]
    rows = [[cell.value for cell in page[row]][:9] for row in range(5, 15)]

    def summed(block: list[list[object]]) -> list[object]:
        return [sum(row[at] for row in block) for at in range(4, 9)]

    lines = [["I", "Khu vực thành thị", None, None, *summed(rows[:4])], *rows[:4]]
    lines += [["II", "Khu vực nông thôn", None, None, *summed(rows[4:])], *rows[4:]]
    lines += [[None, "Hai khu vực", None, None, *summed(rows)]]
    for at, row in enumerate(lines, 5):
        put(page, at, 1, *row)


def test_find_footer_rows_sums_of_blocks_are_no_data(post: Callable[..., Intake]) -> None:
    intake = post(a=edited(good(), with_sections))
    assert intake.issues.empty
    cells = intake.cells[intake.cells.reporter == "228"]
    assert len(cells) == 145 and (cells.state == "reported").all()


def test_find_footer_rows_figures_that_are_no_sum_are_asked_about(
    post: Callable[..., Intake],
) -> None:
    def add(book: Workbook) -> None:
        with_sections(book)
        book[COM]["E17"] = 1
        put(book[ENF], 17, 1, "A", "Ban ngành", None, 1, 2, 3, 4)

    intake = post(a=edited(good(), add))
    places = intake.issues.rule + " " + intake.issues["cell"]
    assert sorted(places) == ["foreign-unit A17", "unknown-code A17"]
