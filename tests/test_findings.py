"""The table of findings: its columns, its empty cells, its sentences, and that a spreadsheet runs nothing of it."""

import csv
import io
from dataclasses import replace
from pathlib import Path

import pytest
from conftest import Case, evidence_of
from hypothesis import given
from hypothesis import strategies as st

from pcmd_eval.bounds import Bounds
from pcmd_eval.errors import InputRefused
from pcmd_eval.findings import COLUMNS, Finding, conclude, findings_csv, load_findings
from pcmd_eval.objectives import evaluate
from pcmd_eval.plan import Plan
from pcmd_eval.project import Project
from pcmd_eval.units import Register
from pcmd_eval.wording import Verdict

HEADER = (
    "plan,year,unit_code,unit_name,objective,verdict,low,high,needed,total,value_low,value_high,target,basis,reason"
)


def finding(**parts: object) -> Finding:
    """A finding of Đoan Hùng on communication, changed as wanted."""
    base = Finding("884/KH-UBND", 2017, "230", "Huyện Đoan Hùng", "communication", Verdict.MET, "Vì thế.")
    return replace(base, **parts)  # type: ignore[arg-type]


def test_the_columns_are_those_of_the_design() -> None:
    """Exactly these, in this order."""
    assert ",".join(COLUMNS) == HEADER
    assert findings_csv([]) == f"{HEADER}\n".encode()


def test_a_row_as_the_file_holds_it() -> None:
    """Whole numbers without a point, shares with six decimals, UTF-8 without BOM, LF."""
    one = finding(
        low=20, high=21, needed=21, total=28, target=">= 75%", basis="assumption", verdict=Verdict.UNDETERMINED
    )
    expected = (
        "884/KH-UBND,2017,230,Huyện Đoan Hùng,communication,undetermined,20,21,21,28,0.714286,0.750000,"
        ">= 75%,assumption,Vì thế."
    )
    assert findings_csv([one]).decode("utf-8") == f"{HEADER}\n{expected}\n"


def test_what_has_no_meaning_is_an_empty_cell() -> None:
    """Never 0."""
    one = finding(verdict=Verdict.NOT_APPLICABLE, objective="media")
    assert findings_csv([one]).decode().splitlines()[1] == (
        "884/KH-UBND,2017,230,Huyện Đoan Hùng,media,not_applicable,,,,,,,,,Vì thế."
    )


@pytest.mark.parametrize(
    ("parts", "nothing"),
    [
        ({"low": 0, "high": 17, "total": 17}, True),
        ({"low": 0, "high": None, "total": None}, True),  # cases of which no number is known
        ({"low": 0, "high": 16, "total": 17}, False),  # one is known not to be
        ({"low": 1, "high": 17, "total": 17}, False),
        ({"low": 0, "high": 0, "total": 17, "verdict": Verdict.NOT_MET}, False),
        ({"low": 0, "high": None, "total": 4, "verdict": Verdict.NOT_MET}, False),
        ({"low": 0, "high": 0, "total": 0, "verdict": Verdict.NONE_AROSE}, False),
        ({"verdict": Verdict.NOT_APPLICABLE}, False),
    ],
)
def test_a_sure_zero_for_want_of_reports_is_told_from_a_report_of_none(parts: dict, nothing: bool) -> None:
    assert finding(**{"verdict": Verdict.UNDETERMINED, **parts}).nothing_known is nothing


@pytest.mark.parametrize(
    ("low", "high", "total", "value_low", "value_high"),
    [
        (207, 208, 277, "0.747292", "0.750903"),
        (0, 0, 0, "", ""),  # nothing arose: no share
        (0, 13, 13, "0.000000", "1.000000"),
        (3, None, 3, "1.000000", ""),
        (3, 3, None, "", ""),
        (3, 3, 2, "", ""),  # a share above 1 is left empty
        (None, None, None, "", ""),
    ],
)
def test_shares(low: int | None, high: int | None, total: int | None, value_low: str, value_high: str) -> None:
    """low/total and high/total where both parts exist and the total is above 0."""
    one = finding(low=low, high=high, total=total)
    assert (one.value_low, one.value_high) == (value_low, value_high)


def test_conclude_takes_target_and_basis_of_the_level(plan: Plan, register: Register) -> None:
    """The province's own, the district's derived; neither where the duty does not exist."""
    objective = plan["communication"]
    for unit, basis in ((register.province, "plan"), (register.reporter("230"), "assumption")):
        one = conclude(plan, unit, objective, Verdict.MET, "Vì thế.", Bounds(1, 2), 1, 3)
        assert (one.target, one.basis, one.low, one.high, one.needed, one.total) == (">= 75%", basis, 1, 2, 1, 3)
    none = conclude(plan, register.reporter("230"), plan["media"], Verdict.NOT_APPLICABLE, "Vì thế.")
    assert (none.target, none.basis, none.low) == ("", "", None)


def test_the_file_of_a_whole_evaluation(tmp_path: Path, project: Project) -> None:
    """84 rows that read back as each finding's own texts."""
    case = Case("communication", "", {"communes": {"70 of 25": "0 0 0 0", "9 more of 25": "- - - -"}}, {})
    findings = evaluate(case.evidence(project))
    path = tmp_path / "findings.csv"
    path.write_bytes(findings_csv(findings))
    content = path.read_bytes()
    assert not content.startswith(b"\xef\xbb\xbf") and b"\r" not in content and content.endswith(b"\n")
    assert load_findings(path) == [one.texts() for one in findings]
    assert len(findings) == 84


def test_a_file_that_is_not_there_is_refused_with_what_to_do(tmp_path: Path) -> None:
    """`evaluate` makes it."""
    with pytest.raises(InputRefused, match="pcmd-eval evaluate"):
        load_findings(tmp_path / "findings.csv")


TEXTS = st.text(
    alphabet=st.characters(blacklist_categories=["Cs", "Cc", "Cn"], blacklist_characters="\ufffe\uffff"), max_size=30
)


@given(st.lists(st.tuples(TEXTS, st.integers(0, 300) | st.none()), max_size=4))
def test_findings_read_back_as_they_were_written(rows: list[tuple[str, int | None]]) -> None:
    """Commas, quotes and odd letters in reasons."""
    findings = [finding(reason=f"Vì {text}.", low=low, high=low, total=low) for text, low in rows]
    written = io.StringIO(findings_csv(findings).decode("utf-8"), newline="")
    assert list(csv.DictReader(written)) == [one.texts() for one in findings]


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_no_text_of_the_table_is_run_by_a_spreadsheet(start: str) -> None:
    """What begins like a formula is shown, not run."""
    content = findings_csv([finding(unit_name=f"{start}cmd|'/C calc'!A0", reason=f"{start}SUM(1)")]).decode("utf-8")
    assert f",{start}" not in content and f',"{start}' not in content and "SUM(1)" in content


# ---- sentences -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given_rows", "words"),
    [
        (
            {"69 of 25": "0 0 0 0"},
            "Tỉnh Phú Thọ có 208/277 (75,09%) xã, phường, thị trấn duy trì tuyên truyền thường xuyên. "
            "Mức cần đạt: 208/277 (từ 75% trở lên). Đạt chỉ tiêu.",
        ),
        (
            {"70 of 25": "0 0 0 0"},
            "Tỉnh Phú Thọ có 207/277 (74,73%) xã, phường, thị trấn duy trì tuyên truyền thường xuyên. "
            "Mức cần đạt: 208/277 (từ 75% trở lên). Chưa đạt chỉ tiêu.",
        ),
        (
            {"69 of 25": "0 0 0 0", "3 more of 25": "- - - -"},
            "Tỉnh Phú Thọ có 205/277 (74,01%) xã, phường, thị trấn duy trì tuyên truyền thường xuyên; "
            "3 xã, phường, thị trấn chưa đủ số liệu, nên nhiều nhất là 208/277 (75,09%). "
            "Mức cần đạt: 208/277 (từ 75% trở lên). Chưa đủ số liệu để đánh giá: đạt nếu ít nhất 3 trong 3 xã, phường, "
            "thị trấn ấy thực hiện.",
        ),
        (  # a count of 0 would read as a report of none
            {"277 of 25": "- - - -"},
            "Tỉnh Phú Thọ chưa có số liệu để biết xã, phường, thị trấn nào duy trì tuyên truyền thường xuyên. "
            "Mức cần đạt: 208/277 (từ 75% trở lên). Chưa đủ số liệu để đánh giá: đạt nếu ít nhất 208 trong 277 xã, "
            "phường, thị trấn ấy thực hiện.",
        ),
        (
            {"1 of 25": "0 0 0 0", "276 more of 25": "- - - -"},
            "Tỉnh Phú Thọ có 0/277 (0%) xã, phường, thị trấn duy trì tuyên truyền thường xuyên; 276 xã, phường, "
            "thị trấn chưa đủ số liệu, nên nhiều nhất là 276/277 (99,64%). Mức cần đạt: 208/277 (từ 75% trở lên). "
            "Chưa đủ số liệu để đánh giá: đạt nếu ít nhất 208 trong 276 xã, phường, thị trấn ấy thực hiện.",
        ),
    ],
)
def test_the_sentence_of_a_share(project: Project, given_rows: dict[str, str], words: str) -> None:
    """What is sure, what may be, what is needed, and what would decide."""
    evidence = Case("communication", "", {"communes": given_rows}, {}).evidence(project)
    (one,) = [f for f in evaluate(evidence) if (f.unit_code, f.objective) == ("25", "communication")]
    assert one.reason == words


def test_every_sentence_says_its_verdict(project: Project) -> None:
    """Nobody has to read the column beside it."""
    evidence = evidence_of(project.plan, project.register, ())
    endings = {"met": "Đạt chỉ tiêu", "not_met": "Chưa đạt chỉ tiêu", "undetermined": "Chưa đủ số liệu"}
    for case in ({"25": "0 0 0 0"}, {}):
        rows = {"277 of 25": next(iter(case.values()), "1 1 1 1")}
        evidence = Case("communication", "", {"communes": rows}, {}).evidence(project)
        for one in evaluate(evidence):
            assert endings.get(one.verdict, "") in one.reason
            assert "  " not in one.reason and ".." not in one.reason and one.reason[0].isupper()
