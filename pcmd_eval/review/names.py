"""Which document a unit gets, what its file is called, and the names put into the texts of
`data/review.yaml`.
"""

from collections.abc import Iterable
from typing import Any, Literal

from pcmd_eval.case import Case
from pcmd_eval.spelling import slug
from pcmd_eval.units import LEVELS

PAPERS = {"report": "Báo cáo", "notice": "Thông báo", "reminder": "Công văn"}
HYPHEN = "\u2011"  # at which no line ends


def kind_of(case: Case) -> Literal["report", "notice", "reminder"]:
    """What the unit gets: the province's report, the notice to a district, the letter to one of
    which no figure came.
    """
    if case.whole:
        return "report"
    return "notice" if case.received.reported[case.unit] else "reminder"


def document_name(case: Case) -> str:
    """The name of the unit's document: mailed together with others, it says what the file is."""
    number = case.plan.plan.partition("/")[0]
    return f"{slug(f'{PAPERS[kind_of(case)]} {number}')}-{case.units.folder[case.unit]}.docx"


def kinds(present: Iterable[str]) -> list[str]:
    """The kinds of communes that are present, in their order: xã, phường, thị trấn."""
    among = {*present}
    return [kind.lower() for kind in LEVELS["commune"].types if kind.lower() in among]


def with_names(texts: Any, case: Case, **more: str) -> Any:
    """Texts, and all texts within them, with the names of this unit and its province in them."""
    return _put_in(texts, _names(case) | more)


def _put_in(value, names):
    if isinstance(value, dict):
        return {key: _put_in(text, names) for key, text in value.items()}
    if isinstance(value, (list, tuple)):
        return [_put_in(text, names) for text in value]
    return value.format(**names)


def _names(case):
    plan = case.plan
    unit = plan.unit(case.unit)
    whole = plan.unit(plan.province)
    return {
        "inline": case.inline,
        "province": whole.inline_name,
        "PROVINCE": whole.inline_name.upper(),
        "province_name": whole["name"],
        "kind": plan.kind,
        "party": plan.party,
        "districts": plan.districts_word,
        "each": plan.each,
        "type": unit["type"].lower(),
        "committee": f"{unit['type'].split()[0]} ủy",
        "file": f"{unit['folder']}.xlsx".replace("-", HYPHEN),
        "document": PAPERS[kind_of(case)],
    }
