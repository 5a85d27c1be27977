"""What a set has beside its notebooks and documents: its two pages, and tables to take away."""

from collections.abc import Collection

from pcmd_eval.analysis.case import counts_text, latest_returns
from pcmd_eval.analysis.charts import district_map
from pcmd_eval.analysis.reporting_status import arrivals, days
from pcmd_eval.analysis.session import Case
from pcmd_eval.reports.summary import numbers_by_verdict
from pcmd_eval.site import datasets as tables
from pcmd_eval.site.navigation import around, documents, imprint, notebook_pages
from pcmd_eval.site.page_layout import page
from pcmd_eval.statistics import indicators
from pcmd_eval.statistics.disclosure_control import load_disclosure
from pcmd_eval.statistics.year_on_year import among_same, display_changes
from pcmd_eval.util.files import to_csv_bytes
from pcmd_eval.util.formatting import format_short_date, spell_out_count
from pcmd_eval.util.vocabulary import RULE_STATUS_LABELS


def pages(case: Case, units: Collection[str]) -> dict[str, bytes]:
    """index.html, method.html, findings.xlsx and datapackage.json of a set that has the notebooks
    of these units.

    With a year before also changes.csv. `case`: the province's, with the findings of all.
    """
    compared = {"changes.csv": to_csv_bytes(case.changes)} if case.plan.previous else {}
    return compared | {
        "index.html": _page("index.html", case, **_index(case, units)),
        "method.html": _page("method.html", case, **_method(case)),
        "findings.xlsx": tables.findings_book(case),
        "datapackage.json": tables.datapackage(case),
    }


def _page(place, case, **values):
    title = f"{case.plan.title} – Kế hoạch số {case.plan.plan}"
    values |= around(case, place) | {"imprint": imprint(case)}
    return page(f"{place}.j2", title, case.marks, **values)


def _index(case, units):
    """What the first page says: the province's cards, matrix, map, returns and documents."""
    plan = case.plan
    places = {unit: notebook_pages(case, unit) for unit in units}
    matrix = [(case.at(unit), places.get(unit, {})) for unit in plan.reporters.index]
    shared = [o for o in plan.objectives if o.level == "province" and o.unit_target]
    counted = case.findings.assign(counted=counts_text(case, case.findings))
    return {
        "received": [*arrivals(plan, case.returns), *days(case.returns)],
        "so": indicators.words_by_name(case.figures, plan.province),
        "lacking": [other.name for other, ways in matrix if not ways],
        "many": spell_out_count(len(plan.objectives)).capitalize(),
        "ended": numbers_by_verdict(case),
        "found": {(row.unit_code, row.objective): row for row in counted.itertuples()},
        "came": _came(case),
        "ways": places.get(plan.province, {}),
        "matrix": matrix,
        "documents": documents(case),
        "shared": shared,
        "pictures": [_mapped(case, o) for o in shared[:1] if plan.units.boundaries],
        "returns": _returns(case),
        "compared": _compared(case) if plan.previous else {},
    }


def _mapped(case, objective):
    """The name of an objective, and a map of its verdicts."""
    name = case.names[objective.slug]
    findings = case.for_display(case.findings)
    return name, district_map(findings[findings.objective == objective.slug], case, name)


def _compared(case):
    """Beside the year before: the province, and the districts that are known in both years."""
    plan, changed = case.plan, case.changes
    whole = f"Toàn {plan.kind}, năm {plan.previous.year} và năm {case.year}"
    shown = {
        whole: changed[changed.unit_code == plan.province],
        "Tính riêng các đơn vị đủ số liệu của cả hai năm": among_same(changed, plan),
    }
    return {title: display_changes(rows, plan) for title, rows in shown.items() if len(rows)}


def _came(case):
    """What came of each unit, in a few words."""
    received = latest_returns(case)
    words = received.state.map(case.plan.return_words)
    if case.plan.held_to:
        return words.to_dict()
    day = "gửi ngày " + received.sent.map(format_short_date, na_action="ignore")
    return words.mask(received.state == "late", day).to_dict()


def _returns(case):
    """One row for each who sends a return, in the order of the matrix."""
    rows = latest_returns(case).reindex([*case.plan.reporters.index]).rename_axis("reporter")
    return rows[["state", "sent", "cutoff", "reported", "expected"]]


def _method(case):
    """What the second page explains: rules with status, why and source, persons."""
    plan = case.plan
    every = {slug: case.rules_in_force(slug) for slug in plan.by_slug}
    of_all = [rule.label for _, rule in plan.rules.items()]
    first = every[plan.objectives[0].slug]
    return {
        "rules": {slug: rows[~rows.rule.isin(of_all)] for slug, rows in every.items()},
        "common": first[first.rule.isin(of_all)],
        "statuses": RULE_STATUS_LABELS.values(),
        "policy": load_disclosure(),
        "persons": indicators.describe_person_items(plan, case.figures),
    }
