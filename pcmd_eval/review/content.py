"""The content of a review, built only from what a published set shows: values and pictures for a Word template.

How it looks stands in the templates of data/templates, who issues it in data/review.yaml.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pcmd_eval.display import ILLUSTRATIVE
from pcmd_eval.figures import Chart
from pcmd_eval.objectives import OBJECTIVES
from pcmd_eval.plan import Plan
from pcmd_eval.published import Published
from pcmd_eval.review import annexes, charts, sentences
from pcmd_eval.review.narrative import Narrative, arranged
from pcmd_eval.review.settings import ReviewSettings
from pcmd_eval.units import Unit
from pcmd_eval.wording import long_date


@dataclass(frozen=True)
class Content:
    """What a template is filled with: `values` by name, `pictures` by the name of their tag in the template.

    A picture stands in the size it was drawn in; its alternative text is its chart's.
    """

    values: Mapping[str, Any]
    pictures: Mapping[str, Chart]


def review_content(
    published: Published, unit: Unit, settings: ReviewSettings, narrative: Narrative | None = None
) -> Content:
    """Everything the review of this unit says; a part that nobody has written is empty."""
    plan, whole = published.project.plan, unit.code == published.province.code
    values = {
        "illustrative": ILLUSTRATIVE if published.illustrative else "",
        "whole": whole,
        "issuer": settings.wording(unit, published.province),
        "unit": unit.inline_name,
        "plan": plan.plan,
        "subject": plan.title.removeprefix("Kế hoạch "),
        "issued": long_date(plan.issued),
        "plan_issuer": plan.issuer.replace("Ủy ban nhân dân", "UBND"),
        "year": str(plan.year),
        "next_year": str(plan.year + 1),
        "people": arranged(narrative.parts if narrative else {}, whole),
        "said": sentences.paragraphs(published, unit),
        "targets": annexes.targets(published, unit),
        "reasons": annexes.reasons(published, unit),
        "rules": annexes.rules(published, unit),
        "sources": annexes.sources(published),
        "has": _has(plan),
        "not_judged": [f"- “{t.sentence}”. {t.why}" for t in plan.not_judged] if whole else [],
        "boundaries": bool(plan.units.boundaries),
    }
    return Content(values | (_provincial(published) if whole else _own(published, unit)), _pictures(published, unit))


def _has(plan: Plan) -> dict[str, bool]:
    """Which objectives the plan has, and whether they are the six under their own numbers."""
    standard = [(objective.number, objective.slug) for objective in plan.objectives] == list(enumerate(OBJECTIVES, 1))
    return {slug: slug in plan for slug in OBJECTIVES} | {"all_six": standard}


def _provincial(published: Published) -> dict[str, Any]:
    """The annexes that compare districts: in the province's review only."""
    return {
        "by_district": annexes.targets_by_district(published),
        "communication": annexes.communication(published),
        "media": annexes.media(published),
        "months": annexes.months(published),
        "integration": annexes.integration(published),
        "interventions": annexes.interventions(published),
        "reached": annexes.persons_reached(published),
        "enforcement": annexes.enforcement(published),
        "handling": annexes.handling(published),
        "returns": annexes.returns(published),
    }


def _own(published: Published, unit: Unit) -> dict[str, Any]:
    """The annex of a district: its own figures and what became of its return."""
    return {"figures": annexes.own_figures(published, unit), "own_return": annexes.own_return(published, unit)}


def _pictures(published: Published, unit: Unit) -> dict[str, Chart]:
    found = {"picture_targets": charts.targets_chart(published, unit)}
    if unit.code == published.province.code:
        found["picture_matrix"] = charts.matrix_chart(published)
        if "communication" in published.project.plan:
            found["picture_communication"] = charts.shares_chart(published, "communication")
            if picture := charts.map_chart(published, "communication"):
                found["picture_map"] = picture
    return found
