"""Notes under tables that pandas computed: which missing data it may have skipped."""

import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import openpyxl
import pandas as pd
import pytest

from pcmd_eval.analysis import case_editions
from pcmd_eval.analysis.case import Case
from pcmd_eval.analysis.derived_tables import derived_mark
from pcmd_eval.analysis.missing_data import missing_by_reporter
from pcmd_eval.analysis.own_signs import mark_checked
from pcmd_eval.analysis.scenario import what_if
from pcmd_eval.analysis.show import save_excel, show
from pcmd_eval.analysis.sums import at_least, per, summed
from pcmd_eval.charts.bar_charts import bars
from pcmd_eval.charts.maps import district_map
from pcmd_eval.evaluation.findings import judge
from pcmd_eval.util.table_attrs import OPENED_ATTR

DERIVED = "Bảng tự lập: có thể đã bỏ qua số liệu còn thiếu"
MARK = "BẢNG TỰ LẬP – có thể chưa gồm số liệu còn thiếu"
ABSENT = "Không có trong bảng"
OPEN_CASES = ", mà còn ô chưa đủ số liệu: Huyện Tam Nông và Huyện Tân Sơn."
UNMARKED = "Chưa đủ số liệu, ở đây không có dấu: "
Table = Callable[[Case], pd.DataFrame | pd.Series]


@pytest.fixture(autouse=True)
def no_other_case(monkeypatch: pytest.MonkeyPatch) -> None:
    """`summed` asks which case rows come from if others are open that have them."""
    monkeypatch.setattr(case_editions, "opened_cases", {})


def attendance_of(case: Case) -> pd.DataFrame:
    return case.cells[case.cells.column == "attendance"]


def sums_of(case: Case) -> pd.DataFrame:
    return summed(attendance_of(case), "reporter")


def cases_of(case: Case) -> pd.DataFrame:
    """Detected cases: Tam Nông's are open, Tân Sơn sent nothing."""
    return summed(case.cells[case.cells.row == "6.3"], "reporter")


def step(case: Case, slug: str, name: str) -> pd.Series:
    parts = case.plan.steps(slug, case.cells)[name]
    assert isinstance(parts, pd.Series)
    return parts


def lapsed_communes(case: Case) -> pd.Series:
    communes = step(case, "communication", "communes")
    return communes[communes == False]  # noqa: E712 # as analysts write


def with_cases(counts: pd.DataFrame, case: Case) -> pd.DataFrame:
    """Return counts with a column of one's own, in which Tam Nông's cases are not complete."""
    cells = case.cells[case.cells.row == "6.3"]
    counts["vụ"] = cells.groupby("reporter").number.sum()
    return counts


DERIVED_TABLES: dict[str, Table] = {
    "share beside old words": lambda c: cases_of(c).assign(value=lambda s: s.value / s.value.sum()),
    "two sums added": lambda c: cases_of(c) + cases_of(c),
    "two sums side by side": lambda c: pd.concat([cases_of(c), sums_of(c)], axis=1),
    "total row": lambda c: pd.concat([cases_of(c), cases_of(c).sum().to_frame("tổng").T]),
    "own column beside verdicts": lambda c: with_cases(
        pd.crosstab(c.findings.unit_code, c.findings.verdict), c
    ),
    "numbers by state": lambda c: c.cells.query("row == '6.3'").pivot_table(
        "number", "reporter_name", "state", "sum", fill_value=0
    ),
    "bounds by verdict": lambda c: c.findings.groupby(["objective", "verdict"]).low.sum().unstack(),
    "sums of pandas": lambda c: attendance_of(c).groupby("reporter")[["number"]].sum(),
    "sums numbered anew": lambda c: attendance_of(c).groupby("reporter").number.sum().reset_index(),
    "pivot table": lambda c: attendance_of(c).pivot_table("number", "reporter", "row", "sum"),
    "any": lambda c: c.cells.groupby("reporter").some.any(),
    "all quarters": lambda c: step(c, "communication", "quarters").unstack().all(axis=1),
    "communes": lambda c: step(c, "communication", "communes").groupby("reporter").sum(),
    "programmes": lambda c: step(c, "integration", "programmes").groupby("row").sum(),
    "number of forms": lambda c: c.cells.groupby("unit_code")["item"].nunique(),
    "crosstab": lambda c: pd.crosstab(c.cells.reporter, c.cells.period),
    "values of sums": lambda c: sums_of(c).value,
    "unstacked sums": lambda c: summed(attendance_of(c), ["reporter", "row"]).value.unstack(),
    "compared sums": lambda c: summed(attendance_of(c), ["reporter", "row"]).value.unstack() > 9,
    "compared indicators": lambda c: c.indicators.assign(many=c.indicators.value > 9)[
        ["unit_name", "value", "many"]
    ],
    "met": lambda c: c.findings.verdict.eq("met").groupby(c.findings.objective).sum(),
    "sums beside each cell": lambda c: c.cells.assign(
        total=c.cells.groupby("reporter").number.transform("sum")
    )[["reporter", "total"]],
    "units met": lambda c: pd.crosstab(c.findings.unit_code, c.findings.verdict)[["met"]],
    "sums by name": lambda c: attendance_of(c).groupby("reporter_name").number.sum().reset_index(),
    "list of units": lambda c: c.units.full_name[c.units.index.isin(["230", "240"])],
    "filled step": lambda c: step(c, "integration", "districts").fillna(False),
    "filled quarters": lambda c: step(c, "communication", "quarters").unstack().fillna(False),
    "quarters with a column": lambda c: (
        step(c, "communication", "quarters").unstack().assign(all=lambda q: q.all(axis=1))[["all"]]
    ),
    "verdicts without open ones": lambda c: c.findings.query(
        "verdict != 'undetermined'"
    ).verdict.value_counts(),
    "list of names": lambda c: pd.Series(c.findings.query("verdict == 'met'").unit_name.unique()),
    "names by objective": lambda c: (
        c.findings.query("verdict == 'met'").groupby("objective").unit_name.apply(", ".join)
    ),
    "numbers as texts": lambda c: sums_of(c).value.astype(str),
    "texts of counts": lambda c: (
        c.findings.low.astype("string") + "/" + c.findings.total.astype(str)
    ),
    "marked units": lambda c: c.units[["full_name"]].assign(met="no"),
    "shares as verdicts": lambda c: (
        c.findings.groupby("objective").verdict.apply(lambda v: f"{(v == 'met').mean():.0%}")
    ).reset_index(),
    "numbers in texts": lambda c: pd.DataFrame(
        [{"Mục": "Lượt dự", "Số": f"{attendance_of(c).number.sum()} lượt"}]
    ),
    "own texts after a merge": lambda c: c.findings.merge(
        pd.DataFrame({"unit_code": c.codes, "vung": "A"}), on="unit_code"
    ).query("verdict == 'met'")[["vung"]],
    "columns of two levels": lambda c: c.findings.pivot(index="unit_code", columns="objective"),
    "sets of names": lambda c: c.findings.groupby("objective").unit_name.apply(set),
    "rank of complete communes": lambda c: (
        attendance_of(c)
        .assign(rank=attendance_of(c).number.rank())[["unit_name", "number", "rank", "state"]]
        .head(4)
    ),
    "share beside the state": lambda c: sums_of(c).assign(share=lambda s: s.value / s.value.sum()),
    "lists by period": lambda c: (
        attendance_of(c).groupby(["reporter", "period"]).number.apply(list).unstack()
    ),
    "sums of two kinds": lambda c: c.cells.groupby("reporter").agg(
        {"number": ["sum", "mean"], "unit_code": "nunique"}
    ),
    "verdicts in words": lambda c: c.findings.verdict.map({"met": "Đạt"}).fillna("Không đạt"),
    "verdicts overwritten": lambda c: c.findings.replace({"verdict": {"undetermined": "not_met"}}),
    "words without stars": lambda c: sums_of(c).words.str.strip("*"),
    "words without dashes": lambda c: sums_of(c).words.replace("–", "0"),
    "isin": lambda c: sums_of(c).isin([0]),
    "blank cells": lambda c: c.returns.set_index("reporter").blank,
    "scenario, met": lambda c: what_if(c, {("communication", "active_quarters"): 2}).findings.query(
        "verdict == 'met'"
    )[["unit_code"]],
    "answers in words": lambda c: (
        c.cells.value[c.cells.column == "carried_out"].map({"yes": "có"}).fillna("không")
    ),
    "answers of a unit": lambda c: (
        c.cells.query("objective == 'integration' and reporter == '227'")
        .pivot(index="row", columns="column", values="value")
        .query("carried_out == 'yes'")
    ),
    "filled answers": lambda c: step(c, "integration", "cells").fillna(False),
    "names in capitals": lambda c: c.returns[~c.returns.late].unit_name.str.upper(),
    "short names": lambda c: pd.DataFrame(
        {"huyện": [c.units.name[code] for code in ("230", "240")]}
    ),
    "judged with filled parts": lambda c: judge(
        c.plan,
        "integration",
        c.cells,
        {"districts": step(c, "integration", "districts").fillna(False)},
    )[["unit_code", "verdict"]],
    "verdicts of a filtered frame": lambda c: (
        c.findings[c.findings.low > 0].groupby("objective").verdict.value_counts().unstack()
    ),
    "verdicts by objective alone": lambda c: (
        c.findings.query("unit_code == '228'").set_index("objective").query("verdict == 'met'")
    )[["verdict"]],
    "summed maxima": lambda c: summed(
        attendance_of(c).groupby(["reporter", "unit_code"]).number.max().lt(500), "reporter"
    ),
    "sums mapped to a table of one's own": lambda c: summed(
        pd.Series([*c.codes]).map(attendance_of(c).groupby("reporter").number.sum()).eq(0),
        pd.Series([*c.codes], name="reporter"),
    ),
    "sums beside each cell, compared": lambda c: summed(
        attendance_of(c).groupby("reporter").number.transform("sum").eq(0),
        attendance_of(c).reporter,
    ),
    "named verdicts": lambda c: summed(
        c.findings.verdict.eq("met").rename("đạt"), c.findings.objective
    ),
    "enough named verdicts": lambda c: at_least(
        3, c.findings.verdict.eq("met").rename("đạt"), by=c.findings.unit_code
    ),
    "own parts, filled": lambda c: (
        c.at("240").unit_rows(step(c, "communication", "communes")).fillna(False)
    ),
    "all of own parts": lambda c: (
        c.at("240").unit_rows(step(c, "integration", "programmes")).groupby("row").all()
    ),
    "divided by checked numbers": lambda c: (
        c.indicators.query("item == 'attendance'").set_index("unit_code").value
        / mark_checked(pd.Series(50_000, c.codes))
    ),
    "checked sums, summed": lambda c: mark_checked(sums_of(c)).value.groupby(level=0).sum(),
}


@pytest.mark.parametrize("table", DERIVED_TABLES)
def test_show_of_a_derived_table_notes_missing_data(case: Case, table: str) -> None:
    """Tân Sơn sent nothing, twelve others not all."""
    shown = show(DERIVED_TABLES[table](case), "Bảng", case)
    assert DERIVED in shown.text and DERIVED in shown.html


OTHER_TABLES: dict[str, Table] = {
    "findings": lambda c: c.findings,
    "findings to print": lambda c: c.for_display(c.findings),
    "first finding to print": lambda c: c.for_display(
        c.at("227").unit_rows(c.findings.query("objective == 'communication'"))
    )[["unit_code", "verdict", "low"]],
    "verdicts": lambda c: c.findings.pivot(
        index="unit_code", columns="objective", values="verdict"
    ),
    "units by verdict": lambda c: pd.crosstab(c.findings.unit_code, c.findings.verdict),
    "indicators": lambda c: c.indicators,
    "changes": lambda c: c.changes,
    "units": lambda c: c.units,
    "chosen units": lambda c: c.findings.query("verdict == 'met'")[["unit_name", "objective"]],
    "cells": lambda c: attendance_of(c)[["reporter", "number", "some"]],
    "sums": sums_of,
    "sums one below the other": lambda c: pd.concat([cases_of(c), sums_of(c)]),
    "rates": lambda c: per(sums_of(c), pd.Series(50_000, c.codes)),
    "step": lambda c: step(c, "communication", "quarters").unstack(),
    "part of a step": lambda c: c.unit_rows(step(c, "communication", "communes")),
    "at_least": lambda c: at_least(
        1, attendance_of(c).some, [attendance_of(c).reporter, attendance_of(c).row]
    ).unstack(),
    "missing cells": lambda c: missing_by_reporter(c, c.findings),
    "judged": lambda c: judge(c.plan, "integration", c.cells)[["unit_code", "verdict"]],
    "judged own": lambda c: judge(c.plan, "integration", c.cells).query(f"unit_code == '{c.unit}'")[
        ["unit_code", "verdict"]
    ],
    "returns": lambda c: c.returns,
    "rules": lambda c: c.rules_in_force("communication").drop(columns="source"),
    "verdicts, open ones masked": lambda c: summed(
        c.findings.verdict.eq("met").mask(c.findings.verdict.eq("undetermined")).rename("đạt"),
        c.findings.objective,
    ),
    "one finding": lambda c: c.at("240").finding("communication"),
    "verdicts by objective": lambda c: (
        c.findings.groupby("objective").verdict.value_counts().unstack(fill_value=0)
    ),
    "own parts": lambda c: c.at("240").unit_rows(step(c, "communication", "communes")),
    "counted quarters": lambda c: summed(
        step(c, "communication", "quarters").unstack().Q4, "reporter"
    ).query("state == 'complete'")[lambda s: s.index != "25"],
    "checked": lambda c: mark_checked(pd.Series(50_000, c.codes, name="people"))[["227", "228"]],
}


@pytest.mark.parametrize("table", OTHER_TABLES)
def test_show_of_a_table_that_says_what_is_missing_has_no_note(case: Case, table: str) -> None:
    text = show(OTHER_TABLES[table](case), "Bảng", case).text
    assert "Bảng tự lập" not in text
    assert (ABSENT in text) == (table in ("chosen units", "counted quarters", "checked"))


def test_show_of_complete_units_has_no_note(case: Case) -> None:
    """Phúc Lai filled all its cells, Phương Trung not."""
    sessions = case.cells.groupby("unit_code").number.sum()
    complete, open_unit = (
        case.units.index[case.units.full_name == name]
        for name in ("Xã Phúc Lai", "Xã Phương Trung")
    )
    assert DERIVED not in show(sessions.loc[complete], "Xã", case).text
    both = show(sessions.loc[[*complete, *open_unit]], "Xã", case).text
    assert f"{DERIVED} của Xã Phương Trung." in both


@pytest.mark.parametrize(
    ("table", "note"),
    [
        (lambda c: attendance_of(c)[attendance_of(c).some.fillna(False)].reporter.value_counts(),
         f"{ABSENT}, mà còn ô chưa đủ số liệu: Huyện Tân Sơn."),
        (lambda c: attendance_of(c).nlargest(5, "number")[["unit_name", "number"]],
         f"{ABSENT} 44 ô chưa đủ số liệu của 08 đơn vị."),
        (lambda c: c.cells[(c.cells.row == "2.5") & (c.cells.value == "yes")][["unit_name"]],
         f"{ABSENT} 05 ô chưa đủ số liệu của Thị xã Phú Thọ, Huyện Đoan Hùng, Huyện Cẩm Khê, Huyện Tam Nông "
         "và Huyện Tân Sơn."),
        (lambda c: attendance_of(c).loc[attendance_of(c).number.idxmax()],
         f"{ABSENT} 31 ô chưa đủ số liệu của 07 đơn vị."),
        (lambda c: sums_of(c)[sums_of(c).value < 10_000], f"{ABSENT}, mà còn ô chưa đủ số liệu: 07 đơn vị."),
        (lambda c: step(c, "integration", "districts").loc[lambda counts: counts == True],  # noqa: E712
         f"{ABSENT}, mà còn ô chưa đủ số liệu: Huyện Phù Ninh, Huyện Tam Nông và Huyện Tân Sơn."),
        (lapsed_communes, f"{ABSENT}, mà còn ô chưa đủ số liệu: 38 đơn vị."),
        (lambda c: c.at("235").unit_rows(lapsed_communes(c)),
         f"{ABSENT}, mà còn ô chưa đủ số liệu: Xã Xương Thịnh và Xã Điêu Lương."),
        (lambda c: c.indicators.query("item == 'attendance' and value > 10_000")[["unit_name", "words"]],
         f"{ABSENT} 02 dòng chưa đủ số liệu của Thị xã Phú Thọ và Huyện Tân Sơn."),
        (lambda c: c.findings.query("objective == 'integration' and verdict == 'met'").unit_name,
         f"{ABSENT} 03 dòng chưa đủ số liệu của Huyện Phù Ninh, Huyện Tam Nông và Huyện Tân Sơn."),
        (lambda c: c.at("236").unit_rows(c.findings).query("verdict == 'met'")[["objective"]],
         f"{ABSENT} 03 dòng chưa đủ số liệu của Huyện Tam Nông."),
        (lambda c: c.indicators.query("item == 'sessions'")[["unit_name", "value"]], f"{UNMARKED}12 đơn vị."),
        (lambda c: c.unit_rows(c.changes)[["label", "before", "now"]], f"{UNMARKED}Huyện Đoan Hùng."),
        (lambda c: c.cells[["reporter", "row", "number"]].query("row == '6.3'"), f"{UNMARKED}Huyện Tam Nông."),
        (lambda c: step(c, "communication", "quarters").unstack().head(2),
         f"{ABSENT}, mà còn ô chưa đủ số liệu: 43 đơn vị."),
        (lambda c: c.cells[(c.cells.row == "pano, áp phích") & (c.cells.number > 0)],
         f"{ABSENT} 124 ô chưa đủ số liệu của 12 đơn vị."),
        (lambda c: c.at("235").unit_rows(c.cells).query("row == '6.1'").nlargest(1, "number")[["number"]],
         f"{ABSENT} 01 ô chưa đủ số liệu của Huyện Cẩm Khê."),
        (lambda c: c.cells.query("objective == 'media'").nlargest(3, "number")[["row", "number"]],
         f"{ABSENT} 01 ô chưa đủ số liệu của Tỉnh Phú Thọ."),
        (lambda c: step(c, "integration", "cells").dropna(), f"{ABSENT}, mà còn ô chưa đủ số liệu: 12 đơn vị."),
        (lambda c: c.cells[(c.cells.row == "2.6") & (c.cells.column == "carried_out")][["reporter"]],
         f"{ABSENT} 19 ô chưa đủ số liệu của 11 đơn vị."),
        (lambda c: c.returns[c.returns.late == True],  # noqa: E712
         f"{ABSENT} 01 báo cáo chưa đủ số liệu của Huyện Tân Sơn."),
        (lambda c: c.previous.loc[["25"]][["value"]].tail(9), DERIVED),
        (lambda c: cases_of(c).reset_index().nlargest(3, "value"), f"{ABSENT}{OPEN_CASES}"),
        (lambda c: cases_of(c).reset_index().loc[lambda sums: sums.value.idxmax()], f"{ABSENT}{OPEN_CASES}"),
        (lambda c: cases_of(c).loc["227"], f"{ABSENT}{OPEN_CASES}"),
        (lambda c: c.findings.query("objective == 'enforcement'").nlargest(2, "total").iloc[1],
         f"{ABSENT} 02 dòng chưa đủ số liệu của Huyện Tam Nông và Huyện Tân Sơn."),
        (lambda c: c.changes.query("item == 'inspections'")[["unit_name", "now", "now_state"]],
         "Số của tỉnh chỉ tính 9/13 huyện, thành, thị và các cơ quan cấp tỉnh."),
        (lambda c: c.changes.query("item == 'cases' and before < 3")[["unit_name", "before"]],
         f"{ABSENT} 02 dòng chưa đủ số liệu của Huyện Thanh Thuỷ và Huyện Tân Sơn."),
        (lambda c: c.changes.query("item == 'sessions' and unit_code == '228'")[["now", "words"]],
         f"{UNMARKED}Thị xã Phú Thọ."),
        (lambda c: c.indicators.query("item == 'communes_met'").set_index("unit_code").words, DERIVED),
        (lambda c: c.at("227").unit_rows(c.findings)[["objective", "verdict", "low"]],
         f"{UNMARKED}Thành phố Việt Trì."),
        (lambda c: c.previous.assign(value=lambda year: year.value / 2), DERIVED),
        # The row numbers of the result are those of returns, which have such names, too.
        (lambda c: c.findings.query("objective == 'communication' and level == 'district'")
         .merge(pd.DataFrame({"unit_code": c.codes}), on="unit_code").query("verdict != 'met'").unit_name,
         DERIVED),
        (lambda c: c.changes.query("item == 'sessions'")[["unit_name", "before"]],
         f"{UNMARKED}Thị xã Phú Thọ và Tỉnh Phú Thọ."),
        (lambda c: c.changes.query("item == 'communes_met'")[["unit_name", "now"]],
         "Chỉ đếm phần chắc chắn; còn dòng “Xã, phường, thị trấn chưa đủ số liệu”."),
        (lambda c: c.returns[["unit_name", "blank"]], f"{UNMARKED}Huyện Tân Sơn."),
        (lambda c: c.previous.query("item == 'sessions'"),
         f"{ABSENT}, mà còn ô chưa đủ số liệu: Huyện Thanh Thuỷ."),
        (lambda c: c.previous.value.xs("sessions", level="item").rank(),
         f"{DERIVED} của Thị xã Phú Thọ, Huyện Yên Lập, Huyện Tam Nông, Huyện Tân Sơn và Tỉnh Phú Thọ."),
        (lambda c: step(c, "support_model", "models").dropna(),
         f"{ABSENT}, mà còn ô chưa đủ số liệu: nhómhỗtrợhòanhậpcộngđồng / 1."),
        (lambda c: c.plan.steps("enforcement", c.cells)["reporters"].nlargest(1, "total"),
         f"{ABSENT}, mà còn ô chưa đủ số liệu: Huyện Tam Nông và Huyện Tân Sơn."),
        (lambda c: summed(c.cells[c.cells.row == "6.3"], ["reporter", "period"]).nlargest(3, "value"),
         f"{ABSENT}, mà còn ô chưa đủ số liệu: Huyện Tam Nông và Huyện Tân Sơn."),
        (lambda c: c.indicators.query("item == 'attendance' and value == 0"), "Chưa xét được"),
        (lambda c: c.indicators.query("item == 'blank'").nsmallest(3, "value")[["unit_name", "value"]],
         f"{UNMARKED}Huyện Tân Sơn."),
        (lambda c: attendance_of(c).query("reporter == '228'").groupby("unit_name").number.sum().head(3),
         f"{ABSENT}, mà còn ô chưa đủ số liệu: "),
        (lambda c: c.for_display(c.findings).query("verdict == 'met'"),
         f"{ABSENT} 13 dòng chưa đủ số liệu của 06 đơn vị."),
        (lambda c: judge(c.plan, "integration", c.cells).query("verdict == 'met'"),
         f"{ABSENT}, mà còn ô chưa đủ số liệu: Huyện Phù Ninh, Huyện Tam Nông và Huyện Tân Sơn."),
        (lambda c: c.findings.query("objective == 'integration' and low < needed").unit_name,
         f"{UNMARKED}Huyện Phù Ninh, Huyện Tam Nông, Huyện Tân Sơn và Tỉnh Phú Thọ."),
    ],
)  # fmt: skip
def test_show_of_chosen_rows_and_columns_notes_open_rows(
    case: Case, table: Table, note: str
) -> None:
    assert note in show(table(case), "Bảng", case).text


def test_show_of_findings_of_several_objectives_counts_the_open_ones_left_out(case: Case) -> None:
    met = case.findings.query("verdict == 'met' and level != 'province'")
    assert (
        "Không có trong bảng 13 dòng chưa đủ số liệu của 06 đơn vị." in show(met, "Đạt", case).text
    )
    own = case.unit_rows(case.findings)
    assert "Không có trong bảng" not in show(own, "Đoan Hùng", case).text


def test_show_of_no_sums_notes_missing_data(case: Case) -> None:
    sums = sums_of(case)
    text = show(sums[sums.value > 10**6], "Trên 1 triệu", case).text
    assert text.startswith("Trên 1 triệu: không có. Chưa xét được số liệu còn thiếu của 14 đơn vị")
    none = case.at("240").unit_rows(case.findings).query("verdict == 'not_met'")
    assert (
        show(none, "Chưa đạt", case).text
        == "Chưa đạt: không có. Chưa xét được số liệu còn thiếu của Huyện Tân Sơn."
    )


def test_show_of_no_cells_notes_missing_data(case: Case) -> None:
    none = case.cells[case.cells.number > 10**6]
    assert "Chưa xét được số liệu còn thiếu của 14 đơn vị" in show(none, "Trên 1 triệu", case).text
    assert show(none, "Trên 1 triệu", case, empty="Không có.").text == "Không có."


def test_show_of_counted_parts_names_the_indicator_of_unknown_ones(case: Case) -> None:
    """Thị xã Phú Thọ has unknown communes, Đoan Hùng none."""
    met = case.indicators[case.indicators["item"] == "communes_met"]
    note = "Chỉ đếm phần chắc chắn; còn dòng “Xã, phường, thị trấn chưa đủ số liệu”."
    for code, has_unknown in (("228", True), ("230", False)):
        rows = met[met.unit_code == code][["unit_name", "value", "words"]]
        assert (note in show(rows, "Xã", case).text) == has_unknown


def test_show_of_one_unit_names_no_other(case: Case) -> None:
    assert ABSENT not in show(case.unit_rows(case.findings), "Bảng", case).text


def test_charts_and_workbooks_of_derived_numbers_have_a_mark(case: Case, tmp_path: Path) -> None:
    numbers = attendance_of(case).groupby("reporter").number.sum()
    for draw in (bars, district_map):
        assert MARK in draw(numbers, case, "Lượt người dự").text
        for kept in (sums_of(case), mark_checked(numbers)):
            assert MARK not in draw(kept, case, "Lượt người dự").text
    by_row = case.indicators.query("item == 'sessions'").value
    for chosen in (sums_of(case).nlargest(1, "value"), by_row.dropna()):
        assert MARK in bars(chosen, case, "Số").text
    for table, is_marked in ((numbers, True), (sums_of(case), False)):
        save_excel(tmp_path / "t.xlsx", case, t=table)
        mark = openpyxl.load_workbook(tmp_path / "t.xlsx")["t"]["A1"].value
        assert (DERIVED in mark) == is_marked


def test_show_of_sums_of_one_unit_names_that_unit_alone(case: Case) -> None:
    by_quarter = case.at("231").unit_rows(case.cells).groupby("period").number.sum()
    assert f"{DERIVED} của Huyện Hạ Hoà." in show(by_quarter, "Theo quý", case).text


def test_show_of_a_complete_case_has_no_note(case: Case) -> None:
    complete = replace(case, cells=case.cells.assign(state="reported"))
    for table in DERIVED_TABLES.values():
        assert "Bảng tự lập" not in show(table(case), "Bảng", complete).text
    assert not derived_mark(complete, case.cells.groupby("reporter").number.sum())


def test_table_in_a_notebook_of_two_plans_has_the_notes_of_its_own(
    case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    other, unmarked, marked = replace(case, unit="240"), cases_of(case), cases_of(case)
    marked.attrs[OPENED_ATTR] = "first"
    monkeypatch.setattr(case_editions, "opened_cases", {"first": case, "last": other})
    monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=object))
    assert case_editions.last_shown_case(marked) is case
    assert case_editions.last_shown_case(unmarked) is other
