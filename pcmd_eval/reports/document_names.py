"""Which document a unit gets, what its file is called, and the names put into the texts of
`data/review.yaml`.
"""

from collections.abc import Iterable
from typing import Any, Literal

from pcmd_eval.analysis.case import cached, latest_returns
from pcmd_eval.analysis.session import Case
from pcmd_eval.objectives.registry import OBJECTIVES
from pcmd_eval.plan.register import LEVELS
from pcmd_eval.statistics.disclosure_control import load_disclosure
from pcmd_eval.statistics.indicators import NOTE
from pcmd_eval.util.spelling import make_slug

PAPERS = {"report": "Báo cáo", "notice": "Thông báo", "reminder": "Công văn"}
HYPHEN = "\u2011"  # at which no line ends


def kind_of(case: Case) -> Literal["report", "notice", "reminder"]:
    """What the unit gets: the province's report, the notice to a district, the letter to one of
    which no figure came.
    """
    if case.is_province:
        return "report"
    return "notice" if latest_returns(case).reported[case.unit] else "reminder"


def document_name(case: Case, kind: str = "") -> str:
    """Return the file name of the unit's document, or of one of another kind; it says what the file
    is where several are mailed together.
    """
    number = case.plan.plan.partition("/")[0]
    paper = make_slug(f"{PAPERS[kind or kind_of(case)]} {number}")
    return f"{paper}-{case.units.folder[case.unit]}.docx"


def units_with_documents(case: Case) -> list[str]:
    """Return the codes of the units that get a document: the province, and each unit of which the
    plan asks a return.
    """
    plan = case.plan
    return [
        unit
        for unit in plan.reporters.index
        if unit == plan.province or unit in plan.expected_reporters
    ]


def kinds(present: Iterable[str]) -> list[str]:
    """The kinds of communes that are present, in their order: xã, phường, thị trấn."""
    present = {*present}
    return [kind.lower() for kind in LEVELS["commune"].types if kind.lower() in present]


def with_names(texts: Any, case: Case) -> Any:
    """Texts of data/review.yaml, and all texts within them, with the names of this unit and its
    province in them.
    """
    return _put_in(texts, names_of(case))


def _put_in(value, names):
    if isinstance(value, dict):
        return {key: _put_in(text, names) for key, text in value.items()}
    if isinstance(value, (list, tuple)):
        return [_put_in(text, names) for text in value]
    return value.format(**names)


def names_of(case: Case) -> dict[str, object]:
    """What the texts of data/review.yaml name in braces, by name."""
    return cached(case, (names_of, case.unit), lambda: _names(case))


def _names(case):
    plan = case.plan
    unit = plan.unit(case.unit)
    province = plan.unit(plan.province)
    names = {
        "inline": case.inline_name,
        "province": province.inline_name,
        "PROVINCE": province.inline_name.upper(),
        "province_name": province["name"],
        "kind": plan.kind,
        "party": plan.party,
        "districts": plan.unit_kinds,
        "each": plan.unit_word,
        "type": unit["type"].lower(),
        "committee": f"{unit['type'].split()[0]} ủy",
        "file": f"{unit['folder']}.xlsx".replace("-", HYPHEN),
        "document": PAPERS[kind_of(case)],
        # Of annexes:
        "COMMUNES": ", ".join(kinds(plan.communes(case.unit).type.str.lower())).upper(),
        "WHOLE": f" TOÀN {plan.kind.upper()}" if case.is_province else "",
        "last_year": plan.previous_year,
        "source": plan.previous.source if plan.previous else "",
        "star": NOTE,
        "base": load_disclosure().base,
    }
    if plan.commune_slugs:
        objective = plan[plan.commune_slugs[0]]
        names["COUNTED"] = objective.counted.upper()
        names["ACHIEVED"] = objective.achievement.upper()
        names["ACTIVE"] = OBJECTIVES[objective.slug].active_label.upper()
    return names
