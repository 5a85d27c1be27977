"""Make the pages of a whole set and its tables to download."""

from collections.abc import Collection
from typing import Any

import pandas as pd

from pcmd_eval.analysis.case import Case
from pcmd_eval.analysis.case_queries import (
    all_changes,
    all_findings,
    counts_of,
    inline_name,
    received_returns_of,
    rows_of_unit_code,
)
from pcmd_eval.analysis.conclusions import share_bar
from pcmd_eval.analysis.reporting_status import describe_arrivals, describe_days
from pcmd_eval.analysis.unit_texts import assumptions_of, describe_compared_change
from pcmd_eval.charts.maps import district_map
from pcmd_eval.charts.picture import Picture
from pcmd_eval.evaluation.findings import describe_conclusions
from pcmd_eval.evaluation.sensitivity import common_rules
from pcmd_eval.objectives.registry import AnyObjective
from pcmd_eval.office.reports.sections import words_of
from pcmd_eval.office.site import datasets
from pcmd_eval.office.site.navigation import (
    imprint_values,
    navigation_values,
    notebook_pages,
    order_by_name,
)
from pcmd_eval.office.site.page_layout import layout_page
from pcmd_eval.statistics import indicators
from pcmd_eval.statistics.year_on_year import CHANGE_COLUMNS
from pcmd_eval.util.files import Files, to_csv_bytes
from pcmd_eval.util.formatting import join_or_count
from pcmd_eval.util.verdicts import JUDGED_VERDICTS, REACHED_VERDICTS, VERDICT_STYLES
from pcmd_eval.util.vocabulary import RULE_STATUS_LABELS


def pages(case: Case, units: Collection[str]) -> Files:
    """Return the pages and tables of a whole set by path.

    These are index.html, method.html, findings.xlsx, datapackage.json and, for a plan with a
    previous year, changes.csv. `case`: of the province; `units`: those with notebooks.
    """
    changes = (
        {"changes.csv": to_csv_bytes(indicators.format_for_csv(all_changes(case)[CHANGE_COLUMNS]))}
        if case.plan.previous
        else {}
    )
    return changes | {
        "index.html": _make_page("index.html", case, **_index_values(case, units)),
        "method.html": _make_page(
            "method.html",
            case,
            rules={slug: case.rules_in_force(slug) for slug in case.plan.by_slug},
            common=common_rules(case.plan),
            statuses=RULE_STATUS_LABELS.values(),
            licences=datasets.read_description().licenses,
        ),
        "findings.xlsx": datasets.findings_workbook(case),
        "datapackage.json": datasets.datapackage(case),
    }


def _make_page(page_path: str, case: Case, **values: Any) -> bytes:
    """Render the template `<page_path>.j2` with `values`, menu, footer and marks."""
    title = f"{case.plan.title} – Kế hoạch số {case.plan.plan}"
    values = navigation_values(case, page_path) | {"imprint": imprint_values(case)} | values
    return layout_page(f"{page_path}.j2", title, case.marks, **values)


def _index_values(case: Case, units: Collection[str]) -> dict[str, Any]:
    """Return the template values of index.html: cards of objectives, missing units, unit list."""
    plan, unit_objectives = case.plan, _unit_objectives(case)
    pages = {unit: notebook_pages(case, unit) for unit in units}
    missing = [unit for unit in plan.reporters.index if unit not in pages]
    findings_of_all = all_findings(case)
    counted = findings_of_all.assign(counted=counts_of(case, findings_of_all))
    findings = {(row.unit_code, row.objective): row for row in counted.itertuples()}
    verdicts = {
        findings[unit, o.slug].verdict
        for unit in plan.reporting_units.index
        for o in unit_objectives
    }
    # Objectives with a target for the province to which the units contribute.
    shared = [o for o in plan.objectives if o.level == "province" and o.unit_target]
    states = received_returns_of(case).state.map(plan.return_state_labels)
    return {
        "inline_name": inline_name(case),
        "answer": describe_conclusions(plan, rows_of_unit_code(case, all_findings(case))),
        "received": [
            *describe_arrivals(plan, case.returns, case.cell_counts),
            *describe_days(plan, case.returns),
        ],
        "imprint": imprint_values(case) | {"days": ()},  # they stand under the answer
        "missing": join_or_count([*case.units.full_name[missing]]),
        "cards": {slug: _card(case, slug) for slug in plan.by_slug},
        "maps": _maps(case, unit_objectives),
        "areas": _areas(case, unit_objectives),
        "findings": findings,
        "pages": pages,
        "units": order_by_name(plan.reporting_units),
        "unit_objectives": unit_objectives,
        "unit_looks": [
            VERDICT_STYLES[verdict] for verdict in VERDICT_STYLES if verdict in verdicts
        ],
        "states": states.to_dict(),
        "shared": shared,
    }


def _card(case: Case, slug: str) -> dict[str, object]:
    """Return what stands on the card of the province's finding next to its verdict and count.

    `bar`: None for an objective that is not a share; the others are texts, each maybe "": `waits`:
    whose data an open verdict waits for; `assumptions`: those that a settled one rests on;
    `change`: since the previous year.
    """
    finding = case.finding(slug)
    waits = words_of(case, slug).waits
    return {
        "bar": share_bar(finding),
        "waits": waits,
        "assumptions": "" if waits else assumptions_of(case, finding),
        "change": describe_compared_change(case, slug),
    }


def _maps(case: Case, objectives: Collection[AnyObjective]) -> dict[int, Picture]:
    """Return by objective number a map of the units' verdicts; {} for a plan without boundaries."""
    drawn = {}
    for objective in objectives:
        findings = case.findings[case.findings.objective == objective.slug]
        picture = district_map(findings, case, f"Chỉ tiêu {objective.number}")
        if isinstance(picture, Picture):
            drawn[objective.number] = picture
    return drawn


def _areas(case: Case, objectives: Collection[AnyObjective]) -> pd.DataFrame:
    """Return a frame, area by slug, of how many units reached the objective: "3/5".

    It is empty for a plan without areas.
    """
    units = case.plan.reporting_units
    if case.plan.areas.empty:
        return pd.DataFrame()
    findings = case.findings
    rows = findings.assign(
        area=findings.unit_code.map(units.area_name),
        reached=findings.verdict.isin(REACHED_VERDICTS),
    )
    reached = rows.groupby(["area", "objective"], sort=False).reached.agg(["sum", "size"])
    texts = reached["sum"].astype("string") + "/" + reached["size"].astype("string")
    return texts.unstack()[[objective.slug for objective in objectives]]


def _unit_objectives(case: Case) -> list[AnyObjective]:
    """Return the objectives on which the reporting units have findings of their own."""
    judged = {*case.findings.objective[case.findings.verdict.isin(JUDGED_VERDICTS)]}
    return [objective for objective in case.plan.objectives if objective.slug in judged]
