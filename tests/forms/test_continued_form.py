"""The form with what a unit has already sent, from which its next report goes on."""

from datetime import date
from io import BytesIO
from pathlib import Path

from made import COM, ENF, HARM, INFO, edited, good, opened, plain, put
from openpyxl import Workbook, load_workbook
from typer.testing import CliRunner

from pcmd_eval.commands import app
from pcmd_eval.evaluation.findings import evaluate
from pcmd_eval.forms.continued_form import continued_returns
from pcmd_eval.intake.returns import read_returns
from pcmd_eval.plan.plan import Plan

SENT = "FFE2EFDA"


def quarter(number: int, sent: date, cutoff: date) -> bytes:
    """Return a file with one quarter of `good`; the others are blank."""
    sound = opened(good())

    def fill(book: Workbook) -> None:
        for name, first in ((COM, 5), (HARM, 3), (ENF, 4)):
            for row in range(5, sound[name].max_row + 1):
                if name != COM or sound[name].cell(row, 4).value:
                    put(book[name], row, 4, sound[name].cell(row, 4).value) if name == COM else None
                    at = first + number - 1
                    book[name].cell(row, at).value = sound[name].cell(row, at).value
        book[INFO]["B10"], book[INFO]["B11"] = cutoff, sent

    return edited(plain("228"), fill)


def test_continued_form_of_quarter_files_holds_all_of_them(tmp_path: Path, plan: Plan) -> None:
    days = ((date(2017, 4, 3), date(2017, 3, 31)), (date(2017, 7, 3), date(2017, 6, 30)))
    for number, (sent, cutoff) in enumerate(days, 1):
        (tmp_path / f"q{number}.xlsx").write_bytes(quarter(number, sent, cutoff))
    form = load_workbook(BytesIO(continued_returns(plan, read_returns(plan, tmp_path))["228"]))
    sound = opened(good())
    for name, columns in ((COM, "EF"), (HARM, "CD"), (ENF, "DE")):
        for row in range(5, 12):
            for column in columns:
                cell = form[name][f"{column}{row}"]
                assert cell.value == sound[name][cell.coordinate].value
                assert cell.fill.start_color.rgb == SENT
            assert form[name].cell(row, 7 if name != HARM else 5).value is None
    assert form[INFO]["B10"].value is None and form[INFO]["B11"].value is None
    assert "chốt đến ngày 30/6/2017" in form[INFO]["A18"].value


def test_continued_form_of_an_open_zero_leaves_it_blank(tmp_path: Path, plan: Plan) -> None:
    """A 0 for quarter IV in a return up to 30/11 would be believed once the cut-off is later."""
    content = edited(good(), lambda book: book[INFO].__setitem__("B10", date(2017, 11, 30)))
    (tmp_path / "a.xlsx").write_bytes(content)
    form = load_workbook(BytesIO(continued_returns(plan, read_returns(plan, tmp_path))["228"]))
    assert form[HARM]["F5"].value is None and form[HARM]["C5"].value == 2
    assert form[ENF]["G6"].value is None and form[ENF]["F10"].value == 1


def test_template_from_a_folder_goes_on_to_a_whole_return(tmp_path: Path, plan: Plan) -> None:
    """Filled in further and sent next to the first file, it is the sound return."""
    returns = tmp_path / "returns"
    returns.mkdir()
    early = edited(good(), lambda book: book[INFO].__setitem__("B10", date(2017, 10, 15)))
    early = edited(early, lambda book: book[INFO].__setitem__("B11", date(2017, 10, 16)))
    (returns / "first.xlsx").write_bytes(early)
    command = ["template", "228", "230", "--from", str(returns), "--to", str(tmp_path / "forms")]
    result = CliRunner().invoke(app, command)
    assert result.exit_code == 0 and "1 biểu mẫu có sẵn số liệu đã gửi" in result.output
    sound = opened(good())

    def complete(book: Workbook) -> None:
        for sheet in (COM, HARM, ENF):
            for row in sound[sheet].iter_rows(min_row=5):
                for cell in row:
                    if book[sheet][cell.coordinate].value is None:
                        book[sheet][cell.coordinate].value = cell.value
        book[INFO]["B10"], book[INFO]["B11"] = date(2017, 12, 15), date(2017, 12, 18)

    form = (tmp_path / "forms" / "228-phu-tho.xlsx").read_bytes()
    (returns / "second.xlsx").write_bytes(edited(form, complete))
    whole = tmp_path / "whole"
    whole.mkdir()
    (whole / "a.xlsx").write_bytes(good())
    both, one = (read_returns(plan, folder) for folder in (returns, whole))
    assert [*both.issues.rule] == ["superseded"]
    assert evaluate(plan, both.cells).equals(evaluate(plan, one.cells))
