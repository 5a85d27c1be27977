"""Any return ends as right rows or as faults a clerk can act on (tests/broken).

The addresses are those of the blank form: of 228, a town with 10 communes, these stand in rows 5 to
14. Its whole return asks for 10 x 5 + 5 x 3 + 7 x 5 + 1 + 11 x 4 = 145 cells.
"""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from made import (
    BROKEN,
    COM,
    ENF,
    MODEL,
    blank,
    edited,
    good,
    inform,
    place,
    put,
    repacked,
    spoiled,
)
from openpyxl import Workbook

from pcmd_eval.analysis.reporting_status import describe_arrivals
from pcmd_eval.evaluation.observations import OBSERVATIONS, count_cells, load_tables
from pcmd_eval.office.forms.blank_form import blank_return
from pcmd_eval.office.intake.returns import Intake, read_returns
from pcmd_eval.plan.plan import Plan, load_plan
from pcmd_eval.util import paths
from pcmd_eval.util.errors import InputRefused
from pcmd_eval.util.files import to_csv_bytes

Post = Callable[..., Intake]


# ---- sound returns -------------------------------------------------------------------------------


def test_read_returns_shipped_set_survives_its_tables(
    shipped: Intake, plan: Plan, tmp_path: Path
) -> None:
    """13 of 14 sent, no stop; the same frame comes back from observations.csv."""
    assert (shipped.returns.state != "missing").sum() == 13
    assert shipped.stopping_count == 0 and shipped.refusals == ()
    (tmp_path / "observations.csv").write_bytes(to_csv_bytes(shipped.cells[[*OBSERVATIONS]]))
    (tmp_path / "returns.csv").write_bytes(to_csv_bytes(shipped.returns))
    cells, returns = load_tables(tmp_path, plan)
    raw = ["raw"]  # "-" is made inert in a table
    pd.testing.assert_frame_equal(cells.drop(columns=raw), shipped.cells.drop(columns=raw))
    pd.testing.assert_frame_equal(returns, shipped.returns)


def test_read_returns_whole_return_has_no_issue_and_every_figure(post: Post) -> None:
    """5 cells for each commune and 95 others; of the province 1 + 3 x 12 + 11 x 4. What no other
    unit has sent is missing, and absent.
    """
    cells = {"227": 210, "228": 145, "230": 235, "25": 81}
    intake = post(**{code: good(code) for code in cells})
    assert intake.issues.empty
    is_sender = intake.returns.reporter.isin(cells)
    sent = intake.returns[is_sender].set_index("reporter")
    assert sent.expected.to_dict() == sent.reported.to_dict() == cells
    columns = ["state", "late", "sent", "cutoff", "illustrative"]
    assert {*sent[columns].itertuples(index=False, name=None)} == {
        ("on_time", False, pd.Timestamp("2017-12-18"), pd.Timestamp("2017-12-15"), False)
    }
    others = intake.returns[~is_sender]
    assert {*others.state} == {"missing"} and others.late.isna().all()
    assert (others.absent == others.expected).all()
    assert {*intake.cells.state[~intake.cells.reporter.isin(cells)]} == {"absent"}


@pytest.mark.parametrize("name", ["binh_thuan_2017", "thua_thien_hue_2017"])
def test_read_returns_blank_form_of_another_plan_is_read(name: str, tmp_path: Path) -> None:
    """Its own template comes back without a fault but the days, of its own units and sheets."""
    other = load_plan(name)
    code = str(other.reporting_units.index[0])
    (tmp_path / "1.xlsx").write_bytes(blank(code, name))
    intake = read_returns(other, tmp_path)
    assert {*intake.issues.rule} == {"cutoff-date", "sent-date"}
    sent = intake.returns.set_index("reporter").loc[code]
    assert (sent.state, sent.absent) == ("empty", 0)


def test_particulars_code_without_leading_zeros_is_found(tmp_path: Path) -> None:
    """Codes of provinces 01 to 08 and of districts up to 099 typed as numbers: 8 is 08, 70 is 070."""
    text = (paths.PLANS / "thua_thien_hue_2017.yaml").read_text(encoding="utf-8")
    file = tmp_path / "tuyen_quang_2017.yaml"
    file.write_text(text.replace('province: "46"', 'province: "08"'), encoding="utf-8")
    plan = load_plan(str(file))
    units = {"08": 8, "070": 70}
    for code, number in units.items():
        typed = edited(blank_return(plan, code), lambda book, n=number: inform(book, code=n))
        (tmp_path / f"{code}.xlsx").write_bytes(typed)
    files = read_returns(plan, tmp_path).returns.set_index("reporter").file
    assert {code: files[code] for code in units} == {code: f"{code}.xlsx" for code in units}


# ---- returns with faults -------------------------------------------------------------------------


@pytest.mark.parametrize("cases", BROKEN.values(), ids=BROKEN)
def test_read_returns_broken_return_names_exactly_its_faulty_cells(
    post: Post, cases: list[dict[str, Any]]
) -> None:
    """These cells and no other, in the words that a clerk needs, without a word of code; other
    cells read as before.
    """
    issues, cells = _by_place(post(spoiled=spoiled(*cases)))
    expected = {place(at): rules for case in cases for at, rules in case["faults"].items()}
    assert {at: sorted(rules) for at, rules in issues.groupby(level=0).rule} == {
        at: [rules] if isinstance(rules, str) else rules for at, rules in expected.items()
    }
    assert all(text.endswith(".") and text[0] == text[0].upper() for text in issues.message)
    assert not issues.column.str.contains(r"[:_]|Q\d").any()
    outcomes = {
        "reads": cells.value.fillna(cells.state).to_dict(),
        "items": cells["item"].to_dict(),
        "severity": issues.severity.to_dict(),
    }
    tables = to_csv_bytes(issues) + to_csv_bytes(cells)
    for case in cases:
        messages = issues[issues.index.isin([*map(place, case["faults"])])]
        words = "\n".join(messages.message + " " + messages.value).casefold()
        assert all(piece.casefold() in words for piece in case.get("says", ())), (case, words)
        for key, outcome in outcomes.items():
            assert {at: outcome[place(at)] for at in case.get(key, {})} == case.get(key, {})
        assert not any(word.encode() in tables for word in case.get("nowhere", ()))


def _by_place(intake: Intake) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the issues and the observations of what was sent, by sheet and cell."""
    issues, cells = intake.issues, intake.cells[intake.cells["cell"].notna()]
    return tuple(frame.set_index(frame.sheet + "!" + frame["cell"]) for frame in (issues, cells))


def test_read_cell_text_longer_than_a_cell_is_an_issue(post: Post) -> None:
    """32.768 characters in the name of a model; a long note is no issue."""

    def lengthen(book: Workbook) -> None:
        put(book[MODEL], 5, 2, "x" * 32_767, 1, None, "1/6/2017", "Có", 12, "y" * 32_767)

    def share(parts: dict[str, bytes]) -> None:
        for name in [name for name in parts if name.startswith("xl/worksheets/")]:
            parts[name] = re.sub(rb"(x|y){32767}", rb"\g<0>\1", parts[name])

    [issue] = post(long=repacked(share, edited(good(), lengthen))).issues.itertuples()
    assert (issue.rule, issue.sheet, issue.cell) == ("unreadable", MODEL, "B5")
    assert len(issue.value) < 150


def test_find_footer_rows_sums_of_blocks_are_no_data_and_other_figures_are_asked_about(
    post: Post,
) -> None:
    """Four communes and six, each block below its sum, and the sum of all below both."""

    def add_sums(book: Workbook) -> None:
        page = book[COM]
        rows = [[cell.value for cell in page[row]][:9] for row in range(5, 15)]
        lines = []
        for label, block in (("Thành thị", rows[:4]), ("Nông thôn", rows[4:]), ("Cả hai", rows)):
            sums = [sum(row[at] for row in block) for at in range(4, 9)]
            lines += [[None, label, None, None, *sums], *(block if block is not rows else ())]
        for at, row in enumerate(lines, 5):
            put(page, at, 1, *row)

    def spoil(book: Workbook) -> None:
        add_sums(book)
        book[COM]["E17"] = 1
        put(book[ENF], 17, 1, "A", "Ban ngành", None, 1, 2, 3, 4)

    intake = post(a=edited(good(), add_sums))
    assert intake.issues.empty and (intake.cells.state == "reported").sum() == 145
    issues = post(a=edited(good(), spoil)).issues
    assert sorted(issues.rule + " " + issues["cell"]) == ["foreign-unit A17", "unknown-code A17"]


@pytest.mark.slow
def test_read_returns_refusals_come_back_with_their_reasons(
    post: Post, plan: Plan, tmp_path: Path
) -> None:
    """No folder is refused; an empty one, only refused files, and mixed marks give reasons."""
    with pytest.raises(InputRefused, match="/x”"):
        read_returns(plan, tmp_path / "x")
    assert "Không có tệp .xlsx nào." in post().refusals
    last_year = edited(good(), lambda book: inform(book, year=2016))
    assert "wrong.xlsx" in post(wrong=last_year).refusals[1]
    mixed = post(marked=edited(good(), lambda book: inform(book, mark=" CÓ ")), real=good("237"))
    assert "marked.xlsx" in mixed.refusals[0] and "real.xlsx" in mixed.refusals[0]
    real = mixed.returns.set_index("reporter").loc["237"]
    assert (real.illustrative, real.state) == (False, "on_time")


@pytest.mark.slow
def test_arrivals_count_complete_returns_of_which_nothing_is_asked(plan: Plan, post: Post) -> None:
    """Filled whole twice; in the second the attendance of a commune contradicts its sessions."""
    doubted = edited(good(), lambda book: put(book[COM], 5, 5, 0, 0, 0, 0, 300))
    for content, words in ((good(), "01 báo cáo"), (doubted, "chưa có báo cáo nào")):
        intake = post(a=content)
        [sentence, *_] = describe_arrivals(plan, intake.returns, count_cells(intake.cells))
        assert f"{words} điền đủ mọi ô" in sentence
