"""Make the pages of a whole set and its tables to download."""

from collections.abc import Collection

from pcmd_eval.analysis.case import counts_text, inline_name, latest_returns, rows_of_unit_code
from pcmd_eval.analysis.maps import district_map
from pcmd_eval.analysis.reporting_status import arrivals, days
from pcmd_eval.analysis.session import Case
from pcmd_eval.analysis.unit_texts import assumptions_of, person_totals
from pcmd_eval.evaluation.observations import COUNTED_STATES
from pcmd_eval.reports.summary import numbers_by_verdict
from pcmd_eval.site import datasets
from pcmd_eval.site.navigation import (
    area_anchor,
    imprint_values,
    navigation_values,
    notebook_pages,
    units_by_area,
)
from pcmd_eval.site.page_layout import layout_page
from pcmd_eval.statistics import indicators
from pcmd_eval.statistics.disclosure_control import load_disclosure
from pcmd_eval.statistics.year_on_year import display_changes, explain_mixture
from pcmd_eval.util.files import to_csv_bytes
from pcmd_eval.util.formatting import format_short_date, join_or_count, spell_out_count
from pcmd_eval.util.vocabulary import RULE_STATUS_LABELS


def pages(case: Case, units: Collection[str]) -> dict[str, bytes]:
    """Return the pages and tables of a whole set by path.

    These are index.html, method.html, indicators.html, findings.xlsx, datapackage.json and, for a
    plan with a previous year, changes.csv. `case`: of the province; `units`: those with notebooks.
    """
    changes = (
        {"changes.csv": to_csv_bytes(indicators.format_for_csv(case.changes))}
        if case.plan.previous
        else {}
    )
    return changes | {
        "index.html": _make_page("index.html", case, **_index_values(case, units)),
        "method.html": _make_page("method.html", case, **_method_values(case)),
        "indicators.html": _make_page(
            "indicators.html", case, indicators=datasets.list_indicators(case)
        ),
        "findings.xlsx": datasets.findings_workbook(case),
        "datapackage.json": datasets.datapackage(case),
    }


def _make_page(page_path, case, **values):
    """Return the page with the template of its name, with menu, foot and marks."""
    title = f"{case.plan.title} – Kế hoạch số {case.plan.plan}"
    values |= navigation_values(case, page_path) | {"imprint": imprint_values(case)}
    return layout_page(f"{page_path}.j2", title, case.marks, **values)


def _index_values(case, units):
    """Return the values of index.html by name: for the province's cards, the matrix of verdicts,
    the map, and the returns.
    """
    plan = case.plan
    pages = {unit: notebook_pages(case, unit) for unit in units}
    matrix = {unit: (case.at(unit), pages.get(unit, {})) for unit in plan.reporters.index}
    missing = [unit for unit in matrix if unit not in pages]
    # Objectives with a target for the province to which the units contribute.
    shared = [o for o in plan.objectives if o.level == "province" and o.unit_target]
    counted = case.findings.assign(counted=counts_text(case, case.findings))
    areas = _area_rows(case)
    return {
        "received": [*arrivals(plan, case.returns), *days(case.returns)],
        "so": indicators.words_by_name(case.indicators, plan.province),
        "inline_name": inline_name(case),
        "assumptions": {slug: assumptions_of(case, case.finding(slug)) for slug in plan.by_slug},
        "missing": join_or_count([*case.units.full_name[missing]]),
        "many": spell_out_count(len(plan.objectives)).capitalize(),
        "numbers_by_verdict": numbers_by_verdict(case),
        "findings": {(row.unit_code, row.objective): row for row in counted.itertuples()},
        "return_status": _return_status(case),
        "province_pages": pages.get(plan.province, {}),
        "matrix": matrix,
        "areas": areas,
        "unit_objectives": _unit_objectives(case),
        "shared": shared,
        "maps": [_verdict_map(case, o) for o in shared[:1] if plan.units.boundaries],
        "returns": () if areas else _returns_table(case),
        "changes": _changes_table(case) if plan.previous else (),
    }


def _unit_objectives(case):
    """Return the objectives on which the reporting units have findings of their own."""
    findings = case.findings[case.findings.unit_code != case.plan.province]
    judged = {*findings.objective[findings.verdict != "not_applicable"]}
    return [objective for objective in case.plan.objectives if objective.slug in judged]


def _area_rows(case):
    """Return a row for each area: name, anchor, units, numbers (of each objective and verdict) and
    received (returns, "3/5"). Without areas, or with few units: [].
    """
    received = latest_returns(case).state.isin(COUNTED_STATES)
    expected = {*case.plan.expected_reporters}
    rows = []
    for area, units in units_by_area(case).items():
        findings = case.findings[case.findings.unit_code.isin(units)]
        numbers = findings.groupby("objective").verdict.value_counts()
        senders = [unit for unit in units if unit in expected]
        rows.append(
            {
                "name": case.plan.areas[area],
                "anchor": area_anchor(area),
                "units": units,
                "numbers": {key: int(number) for key, number in numbers.items()},
                "received": f"{int(received.reindex(senders).sum())}/{len(senders)}",
            }
        )
    return rows


def _verdict_map(case, objective):
    """Return (name of an objective, map of its verdicts)."""
    name = case.names[objective.slug]
    findings = case.for_display(case.findings)
    return name, district_map(findings[findings.objective == objective.slug], case, name)


def _changes_table(case):
    """Return (title, table of the province's changes, why the years cannot be compared or "")."""
    plan, rows = case.plan, rows_of_unit_code(case, case.changes)
    title = f"Toàn {plan.kind}, năm {plan.previous.year} và năm {case.year}"
    return title, display_changes(rows, plan), explain_mixture(plan, case.indicators)


def _return_status(case):
    """Return the status of each reporter's return as text, by code.

    Without a binding deadline no return is called late: its day stands instead.
    """
    received = latest_returns(case)
    words = received.state.map(case.plan.return_state_labels)
    if case.plan.binding_deadline:
        return words.to_dict()
    # astype: where all days are missing, `strftime` returns no strings.
    sent = received.sent.dt.strftime("%Y-%m-%d").astype("string")
    day = "gửi ngày " + sent.map(format_short_date, na_action="ignore").astype("string")
    return words.mask(received.state == "late", day).to_dict()


def _returns_table(case):
    """Return the state, days and cells of each reporter's return, in the order of the matrix."""
    rows = latest_returns(case).reindex([*case.plan.reporters.index]).rename_axis("reporter")
    return rows[["state", "sent", "cutoff", "reported", "expected"]]


def _method_values(case):
    """Return the values of method.html by name: rules with reasons, and disclosure control."""
    plan = case.plan
    rules = {slug: case.rules_in_force(slug) for slug in plan.by_slug}
    common = [rule.label for _, rule in plan.rules.items()]
    first = rules[plan.objectives[0].slug]
    return {
        "rules": {slug: rows[~rows.rule.isin(common)] for slug, rows in rules.items()},
        "common": first[first.rule.isin(common)],
        "statuses": RULE_STATUS_LABELS.values(),
        "policy": load_disclosure(),
        "persons": person_totals(case),
    }
