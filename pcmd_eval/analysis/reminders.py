"""Reminders: what to ask each reporter for before the year closes, as rows, table and sentences."""

import pandas as pd

from pcmd_eval.analysis.case import Case, is_province
from pcmd_eval.analysis.missing_data import missing_of, missing_table
from pcmd_eval.analysis.request_wording import request_text
from pcmd_eval.plan.plan import Plan

REMINDER_COLUMNS = [
    *("reporter", "unit_name", "objective", "finding_unit", "unit_code", "item", "period"),
    *("file", "sheet", "cell", "state", "settles", "request"),
]


def reminders(missing: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of reminders.csv, columns `REMINDER_COLUMNS`, all `string`."""
    rows = missing.assign(request=_request_texts(missing, missing.state))
    return rows[REMINDER_COLUMNS].astype("string").reset_index(drop=True)


def cell_requests(missing: pd.DataFrame) -> pd.DataFrame:
    """Return each missing cell once, with its `request`.

    A cell that the return lacks is asked for as a blank one: the annotated return has it.
    """
    cells = missing[~missing.index.duplicated()]
    return cells.assign(request=_request_texts(cells, cells.state.replace("absent", "blank")))


def _request_texts(cells: pd.DataFrame, kinds: pd.Series) -> pd.Series:
    """Return the request for each cell, dtype string."""
    cutoffs = cells.cutoff.where(cells.is_open).astype(object).fillna("")
    headers = [(header,) if pd.notna(header) else () for header in cells.header]
    texts = zip(cells.raw, cells.period, cells.answer, headers, cells.is_legible, strict=True)
    requests = [
        request_text(kind, [raw], [when], cutoff, ((answer, header),), is_legible)
        for kind, cutoff, (raw, when, answer, header, is_legible) in zip(
            kinds, cutoffs, texts, strict=True
        )
    ]
    return pd.Series(requests, cells.index, dtype="string")


def merge_whole(missing: pd.DataFrame) -> pd.DataFrame:
    """Return `missing` with one purpose for all cells of a sheet or row that is missing whole.

    Its cells that settle no finding take `finding_unit` and `settles` of the first that does, so
    that the sheet or row is asked for once.
    """
    of_sheet = ["reporter", "objective"]
    missing = _share_purpose(missing, missing.is_whole, of_sheet)
    is_row = missing.is_whole_row & ~missing.is_whole
    missing = missing.assign(line=missing.row.fillna(""))
    return _share_purpose(missing, is_row, [*of_sheet, "unit_code", "line"]).drop(columns="line")


def _share_purpose(missing: pd.DataFrame, is_whole: pd.Series, keys: list[str]) -> pd.DataFrame:
    purposes = missing[missing.finding_unit.notna()].drop_duplicates(keys).set_index(keys)
    purposes = missing[keys].join(purposes[["finding_unit", "settles"]], on=keys)
    is_merged = is_whole & missing.finding_unit.isna() & purposes.finding_unit.notna()
    purposes = {
        name: missing[name].mask(is_merged, purposes[name]) for name in ("finding_unit", "settles")
    }
    return missing.assign(**purposes)


def reminder_table(plan: Plan, missing: pd.DataFrame) -> pd.DataFrame:
    """Return what to ask each reporter for, one row for each purpose, in the order of `missing`.

    Columns: unit_name, objective (its heading), settles, then with Vietnamese heads what is
    missing, how many cells, which, and the request.
    """
    table = missing_table(plan, merge_whole(missing), ["unit_name", "settles"])
    table["objective"] = [plan[slug].heading for slug in table.objective]
    table["cells"] = table.cells.str.replace("^.* ô: ", "", regex=True)  # the number has a column
    words = {"described": "Còn thiếu", "total": "Số ô", "cells": "Các ô", "request": "Đề nghị"}
    heads = ("unit_name", "objective", "settles")
    return table[[*heads, *words]].rename(columns=words)


# ---- of one case, for notebooks ------------------------------------------------------------------


def missing_by_reporter(case: Case, findings: pd.DataFrame) -> pd.DataFrame:
    """Số liệu còn thiếu có thể quyết định các kết luận này: của ai, biểu nào, ô nào, đề nghị gì.

        missing_by_reporter(case, case.findings[case.findings.unit_code == case.unit])

    Return the rows of `reminder_table` for these findings, those first that settle most.
    """
    table = reminder_table(case.plan, _deciding(case, findings)).drop(columns="settles")
    table.attrs["empty"] = explain_no_missing(case)  # what `show` prints where there is no row
    return table


def _deciding(case: Case, findings: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of `missing_cells` that could settle one of these findings."""
    keys = ["finding_unit", "objective"]
    keys_of_findings = findings.rename(columns={"unit_code": "finding_unit"})[keys]
    missing = missing_of(case)
    is_wanted = pd.MultiIndex.from_frame(missing[keys]).isin(
        pd.MultiIndex.from_frame(keys_of_findings)
    )
    return missing[is_wanted]


def describe_missing(case: Case, slug: str) -> str:
    """Câu nêu số liệu còn thiếu có thể quyết định kết luận về một chỉ tiêu.

    describe_missing(case, "communication")
    """
    missing = _deciding(case, case.finding(slug).to_frame().T)
    if missing.empty:
        return "Không thiếu số liệu nào có thể làm thay đổi kết luận."
    table = missing_table(case.plan, missing, ["reporter"])
    is_contradictory = table.state == "contradictory"
    notes = table.request.where(table.state == "open").mask(is_contradictory, "chưa khớp")
    texts = table.described + (" (" + notes + ")").fillna("")
    described = texts.groupby(table.reporter, sort=False).agg("; ".join)
    if not is_province(case):
        lead = "Có số liệu" if is_contradictory.all() else "Còn thiếu số liệu"
        return f"{lead}: {'; '.join(described)}."
    names = case.plan.senders.inline_name[described.index]
    of_units = [f"{name} ({what})" for name, what in zip(names, described, strict=True)]
    return f"Còn thiếu số liệu của: {'; '.join(of_units)}."


def explain_no_missing(case: Case) -> str:
    """Câu thay cho bảng số liệu còn thiếu khi bảng không có dòng nào."""
    if (case.unit_rows(case.cells).state == "reported").all():
        return "Không có chỉ tiêu nào còn thiếu số liệu."
    return "Số liệu còn thiếu không làm thay đổi kết luận nào."
