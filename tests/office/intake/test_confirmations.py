"""xac_nhan.csv closes what may be right as it stands, and nothing else."""

from collections.abc import Callable
from pathlib import Path

import pytest
from made import COM, ENF, INT, edited, good, inform
from openpyxl import Workbook

from pcmd_eval.office.intake.confirmations import CONFIRMATION_COLUMNS, draft_confirmations
from pcmd_eval.office.intake.issues import issue_table
from pcmd_eval.office.intake.returns import Intake, read_returns
from pcmd_eval.plan.plan import Plan
from pcmd_eval.util.files import to_csv_bytes

Post = Callable[..., Intake]
HEADER = ",".join(CONFIRMATION_COLUMNS)


def few_inspections(book: Workbook) -> None:
    """Inspect 2 places where 2 had violations and 14 were counted."""
    book[ENF]["F5"] = 2


def signed(intake: Intake, by: str = "Phòng PCTNXH", on: str = "20/12/2017") -> bytes:
    """Return the open lines of the returns with a name and a day."""
    return to_csv_bytes(draft_confirmations(intake.issues).assign(by=by, on=on).astype("string"))


def severities(intake: Intake) -> dict[str, str]:
    """Return the severity of each rule that is broken."""
    return dict(zip(intake.issues.rule, intake.issues.severity, strict=True))


@pytest.mark.slow
@pytest.mark.parametrize(("old", "new"), [(b"", b""), (b",", b";"), (b"\n", b"\r")])
def test_confirmations_whatever_their_separators_close_an_issue(
    post: Post, old: bytes, new: bytes
) -> None:
    """As the tool writes them, with semicolons, with line ends of Excel for Mac."""
    files = {"a": edited(good(), few_inspections)}
    intake = post(**files)
    assert severities(intake) == {"places-inspected": "confirm"}
    lines = b"\xef\xbb\xbf" + signed(intake).replace(old, new)
    assert severities(post(lines, **files)) == {"places-inspected": "note"}


@pytest.mark.slow
def test_confirmations_without_name_or_day_close_nothing(post: Post) -> None:
    files = {"a": edited(good(), few_inspections)}
    intake = post(**files)
    for lines in (signed(intake, by=""), signed(intake, on="")):
        assert severities(post(lines, **files)) == {"places-inspected": "confirm"}


@pytest.mark.slow
def test_confirmations_of_another_value_leave_the_issue_open(post: Post) -> None:
    def nothing(book: Workbook) -> None:
        book[COM]["E6"] = 0
        inform(book, sent="19/12/2017")

    correction = edited(good(), nothing)
    lines = signed(post(a=good(), b=correction))  # 2 -> 0
    first_file = edited(good(), lambda book: book[COM].__setitem__("E6", 5))
    intake = post(lines, a=first_file, b=correction)
    assert severities(intake) == {"later-zero": "confirm", "superseded": "note"}
    assert "contradictory" in {*intake.cells.state}


def test_confirmations_of_what_cannot_be_right_close_nothing(post: Post) -> None:
    """A value that cannot be read, a sum of 3 that is 5; an answer beside "none" and a merge over
    quarters are believed.
    """

    def contradict(book: Workbook) -> None:
        book[INT]["D6"] = "Có"  # beside "Chưa có"
        book[COM].merge_cells("E6:H6")
        book[ENF]["D7"] = 5  # 2 + 1 + 0 cases
        book[COM]["E5"] = "ba"

    files = {"a": edited(good(), contradict)}
    places = {"C6": "none", "D6": "yes", "E6": "2", "D7": None, "E5": None}
    issues = post(**files).issues.assign(unit_code="228", by="An", on="20/12/2017", note="")
    lines = to_csv_bytes(issues[[*CONFIRMATION_COLUMNS]].astype("string"))
    intake = post(lines, **files)
    cells = intake.cells[intake.cells.reporter == "228"]
    sheets = dict(zip(places, (INT, INT, COM, ENF, COM), strict=True))
    read = {
        at: cells.value[(cells.sheet == sheets[at]) & (cells["cell"] == at)].iloc[0]
        for at in places
    }
    assert {at: value if isinstance(value, str) else None for at, value in read.items()} == places
    still_open = intake.issues[intake.issues.severity == "mend"]
    assert sorted(still_open["cell"]) == ["D7:D10", "E5"]


@pytest.mark.parametrize("header", ["a,b", f"{HEADER},on"])
def test_confirmations_of_another_table_stop(post: Post, header: str) -> None:
    intake = post(f"{header}\n1,2\n".encode(), a=good())
    assert [*intake.issues.severity] == ["stop"]
    assert "unit_code" in intake.issues.message[0]


@pytest.mark.parametrize("name", ["xac_nhan (1).csv", "Xác nhận.csv", "xac_nhan.csv.csv"])
def test_confirmations_under_another_name_do_not_count_without_a_word(
    plan: Plan, tmp_path: Path, name: str
) -> None:
    (tmp_path / "a.xlsx").write_bytes(good())
    (tmp_path / name).write_bytes(b"unit_code\n")
    [issue] = read_returns(plan, tmp_path).issues.itertuples()
    assert "chưa được tính" in issue.message and "xac_nhan.csv" in issue.message


def test_draft_confirmations_without_issues_has_the_columns_alone() -> None:
    lines = draft_confirmations(issue_table([]))
    assert [*lines.columns] == [*CONFIRMATION_COLUMNS] and lines.empty
