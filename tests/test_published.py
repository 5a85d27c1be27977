"""What readers may know is read back as it was written, and each value is printed in one way."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from pcmd_eval.disclosure import load_disclosure
from pcmd_eval.errors import InputRefused
from pcmd_eval.findings import Finding, findings_csv
from pcmd_eval.indicators import Indicator, Status, indicators_csv
from pcmd_eval.project import Project
from pcmd_eval.published import DASH, MARKER, Published, findings_of, open_published
from pcmd_eval.wording import Verdict

KEY = ("884/KH-UBND", 2017, "230", "Huyện Đoan Hùng")
FINDINGS = [
    Finding(*KEY, "communication", Verdict.MET, "Đủ, “21/28”.\nHai dòng", 21, 21, 21, 28, ">= 75%", "assumption"),
    Finding(*KEY, "support_model", Verdict.NOT_APPLICABLE, "Không giao."),
    Finding(*KEY, "enforcement", Verdict.UNDETERMINED, "Chưa đủ.", 3, None, None, None, "all", "borrowed"),
]


def indicator(
    objective: str,
    key: str,
    value: str,
    status: Status = Status.SHOWN,
    known: int | None = None,
    expected: int | None = None,
) -> Indicator:
    return Indicator(*KEY, objective, key, value, status, known, expected)


INDICATORS = [
    indicator("", "state", "on_time"),
    indicator("", "late", "no"),
    indicator("", "sent", "2017-12-05"),
    indicator("", "expected", "1234"),
    indicator("communication", "sessions", "1234567", known=110, expected=112),
    indicator("communication", "attendance", "", Status.UNKNOWN, 27, 28),
    indicator("integration", "2.1", "low"),
    indicator("integration", "2.2", "unknown"),
    indicator("integration", "2.3", "none"),
    indicator("integration", "budget", "1234.5", known=5, expected=5),
    indicator("support_model", "hosts", "silent"),
    indicator("enforcement", "6.7", "", Status.WITHHELD, 4, 4),
    indicator("enforcement", "6.3", "0", known=4, expected=4),
    indicator("enforcement", "own.verdict", "none_arose"),
]


@pytest.fixture
def published(project: Project) -> Published:
    return Published(project, FINDINGS, INDICATORS, True)


@pytest.mark.parametrize(
    ("objective", "key", "shown"),
    [
        ("", "state", "đúng hạn"),
        ("", "late", "không"),
        ("", "sent", "05/12/2017"),
        ("", "expected", "1.234"),
        ("communication", "sessions", "1.234.567"),
        ("communication", "attendance", "–"),
        ("integration", "2.1", "Có"),
        ("integration", "2.2", "Chưa biết"),
        ("integration", "2.3", "Không"),
        ("integration", "2.4", "–"),
        ("integration", "budget", "1.234,5"),
        ("support_model", "hosts", "Chưa cho biết"),
        ("enforcement", "6.7", "…"),
        ("enforcement", "6.3", "0"),
        ("enforcement", "own.verdict", "Không phát sinh"),
    ],
)
def test_each_value_is_printed_in_one_way(published: Published, objective: str, key: str, shown: str):
    assert published.shown("230", objective, key) == shown


def test_withheld_unknown_and_partial_are_three_things(published: Published):
    assert published.withheld("230", "enforcement", "6.7") and not published.withheld("230", "enforcement", "6.3")
    assert published.count("230", "enforcement", "6.7") is None and published.value("230", "enforcement", "6.7") == ""
    assert published.count("230", "enforcement", "6.3") == 0
    assert published.partial("230", "communication", "sessions")
    assert not published.partial("230", "integration", "budget")
    assert published.indicator("231", "enforcement", "6.3") is None
    assert not published.withheld("231", "enforcement", "6.3") and not published.partial("231", "enforcement", "6.3")
    assert MARKER != DASH == published.shown("231", "enforcement", "6.3")


@pytest.mark.parametrize(
    ("given", "starred"),
    [
        (("communication", "sessions", "17", Status.SHOWN, 0, 13), True),  # no unit is complete, each knows something
        (("communication", "sessions", "17", Status.SHOWN, 13, 13), False),
        (("communication", "sessions", "", Status.WITHHELD, 1, 13), False),
        (("communication", "unclear", "17", Status.SHOWN, 0, 17), False),  # itself says what is not known
        (("support_model", "models", "1", Status.SHOWN, 13, 14), True),
        (("enforcement", "own.6.3", "0", Status.SHOWN, 3, 4), True),
        (("enforcement", "own.6.3", "0", Status.SHOWN, 0, 4), False),  # the sum of nothing
        (("enforcement", "own.verdict", "met", Status.SHOWN, None, None), False),
    ],
)
def test_one_rule_says_where_a_star_stands(project: Project, given: tuple, starred: bool):
    one = Published(project, [], [indicator(*given)], False)
    assert one.starred("230", *given[:2]) is starred


def test_the_sum_of_nothing_is_no_zero(project: Project):
    one = Published(project, [], [indicator("support_model", "models", "0", known=0, expected=14)], False)
    assert one.shown("230", "support_model", "models") == DASH and one.count("230", "support_model", "models") is None


def test_a_withheld_value_that_stands_there_all_the_same_is_not_printed(project: Project):
    leaking = Published(project, [], [indicator("enforcement", "6.7", "3", Status.WITHHELD, 4, 4)], False)
    assert leaking.shown("230", "enforcement", "6.7") == MARKER
    assert leaking.value("230", "enforcement", "6.7") == ""


def test_the_mark_is_that_of_the_rules():
    assert load_disclosure().marker == MARKER


def test_units_stand_in_dictionary_order_with_the_province_last(published: Published):
    names = [unit.name for unit in published.units]
    assert names[:3] == ["Cẩm Khê", "Đoan Hùng", "Hạ Hoà"] and names[-1] == "Phú Thọ" and len(names) == 14
    assert published.finding("230", "enforcement").low == 3


def test_findings_are_read_back_as_they_were_written():
    assert findings_of(findings_csv(FINDINGS)) == FINDINGS
    odd = replace(FINDINGS[0], reason='a, "b"\n=c')
    assert findings_of(findings_csv([odd])) == [odd]


def test_a_set_is_opened_from_its_folder(project: Project, tmp_path: Path):
    (tmp_path / "findings.csv").write_bytes(findings_csv(FINDINGS))
    with pytest.raises(InputRefused, match=r"indicators\.csv"):
        open_published(project, tmp_path)
    (tmp_path / "indicators.csv").write_bytes(indicators_csv(INDICATORS))
    with pytest.raises(InputRefused, match=r"run\.json"):
        open_published(project, tmp_path)
    (tmp_path / "run.json").write_text(json.dumps({"illustrative": True}))
    assert open_published(project, tmp_path) == Published(project, FINDINGS, INDICATORS, True)
    with pytest.raises(InputRefused, match=r"findings\.csv"):
        open_published(project, tmp_path / "nowhere")
