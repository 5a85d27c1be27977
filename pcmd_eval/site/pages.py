"""Make the pages of a whole set and its tables to download."""

from collections.abc import Collection
from typing import Any

from pcmd_eval.analysis.case import (
    Case,
    counts_of,
    inline_name,
    latest_returns,
    rows_of_unit_code,
)
from pcmd_eval.analysis.reporting_status import arrivals, describe_days
from pcmd_eval.analysis.unit_texts import assumptions_of
from pcmd_eval.evaluation.findings import describe_conclusions
from pcmd_eval.evaluation.sensitivity import common_rules
from pcmd_eval.objectives.registry import AnyObjective
from pcmd_eval.site import datasets
from pcmd_eval.site.navigation import (
    imprint_values,
    list_by_name,
    navigation_values,
    notebook_pages,
)
from pcmd_eval.site.page_layout import layout_page
from pcmd_eval.statistics import indicators
from pcmd_eval.statistics.year_on_year import CHANGE_COLUMNS
from pcmd_eval.util.files import to_csv_bytes
from pcmd_eval.util.formatting import join_or_count
from pcmd_eval.util.vocabulary import (
    JUDGED_VERDICTS,
    RULE_STATUS_LABELS,
    VERDICT_STYLES,
)


def pages(case: Case, units: Collection[str]) -> dict[str, bytes]:
    """Return the pages and tables of a whole set by path.

    These are index.html, method.html, findings.xlsx, datapackage.json and, for a plan with a
    previous year, changes.csv. `case`: of the province; `units`: those with notebooks.
    """
    changes = (
        {"changes.csv": to_csv_bytes(indicators.format_for_csv(case.changes[CHANGE_COLUMNS]))}
        if case.plan.previous
        else {}
    )
    return changes | {
        "index.html": _make_page("index.html", case, **_index_values(case, units)),
        "method.html": _make_page("method.html", case, **_method_values(case)),
        "findings.xlsx": datasets.findings_workbook(case),
        "datapackage.json": datasets.datapackage(case),
    }


def _make_page(page_path: str, case: Case, **values: Any) -> bytes:
    """Return the page with the template of its name, with menu, foot and marks."""
    title = f"{case.plan.title} – Kế hoạch số {case.plan.plan}"
    values |= navigation_values(case, page_path) | {"imprint": imprint_values(case)}
    return layout_page(f"{page_path}.j2", title, case.marks, **values)


def _index_values(case: Case, units: Collection[str]) -> dict[str, Any]:
    """Return the values of index.html by name: for the cards of the objectives, what is missing,
    and the list of units.
    """
    plan = case.plan
    pages = {unit: notebook_pages(case, unit) for unit in units}
    missing = [unit for unit in plan.reporters.index if unit not in pages]
    counted = case.findings.assign(counted=counts_of(case, case.findings))
    findings = {(row.unit_code, row.objective): row for row in counted.itertuples()}
    judged = _unit_objectives(case)
    verdicts = {
        findings[unit, o.slug].verdict for unit in plan.reporting_units.index for o in judged
    }
    # Objectives with a target for the province to which the units contribute.
    shared = [o for o in plan.objectives if o.level == "province" and o.unit_target]
    states = latest_returns(case).state.map(plan.return_state_labels)
    return {
        "inline_name": inline_name(case),
        "answer": describe_conclusions(plan, rows_of_unit_code(case, case.findings)),
        "received": [*arrivals(plan, case.returns), *describe_days(plan, case.returns)],
        "missing": join_or_count([*case.units.full_name[missing]]),
        "assumptions": {slug: assumptions_of(case, case.finding(slug)) for slug in plan.by_slug},
        "findings": findings,
        "pages": pages,
        "units": list_by_name(plan.reporting_units),
        "unit_objectives": judged,
        "unit_looks": [
            VERDICT_STYLES[verdict] for verdict in VERDICT_STYLES if verdict in verdicts
        ],
        "states": states.to_dict(),
        "shared": shared,
    }


def _unit_objectives(case: Case) -> list[AnyObjective]:
    """Return the objectives on which the reporting units have findings of their own."""
    findings = case.findings[case.findings.unit_code != case.plan.province]
    judged = {*findings.objective[findings.verdict.isin(JUDGED_VERDICTS)]}
    return [objective for objective in case.plan.objectives if objective.slug in judged]


def _method_values(case: Case) -> dict[str, Any]:
    """Return the values of method.html by name: rules with reasons."""
    return {
        "rules": {slug: case.rules_in_force(slug) for slug in case.plan.by_slug},
        "common": common_rules(case.plan),
        "statuses": RULE_STATUS_LABELS.values(),
    }
