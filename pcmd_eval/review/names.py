"""Which document a unit gets, what its file is called, and the names put into the texts of
`data/review.yaml`.
"""

from collections.abc import Mapping
from typing import Literal

from pcmd_eval.case import Case
from pcmd_eval.spelling import slug

FILES = {"report": "bao-cao", "notice": "thong-bao", "reminder": "cong-van"}


def kind_of(case: Case, unit: str = "") -> Literal["report", "notice", "reminder"]:
    """The province's report, the notice to a district, the letter to one of which no figure came:
    what this unit gets, or another.
    """
    whose = unit or case.unit
    if whose == case.plan.province:
        return "report"
    return "notice" if case.received.reported[whose] else "reminder"


def document_name(case: Case, unit: str = "") -> str:
    """The name of the unit's document: mailed together with others, it says what the file is."""
    number = slug(case.plan.plan.partition("/")[0])
    return f"{FILES[kind_of(case, unit)]}-{number}-{case.units.folder[unit or case.unit]}.docx"


def filled(texts: Mapping[str, str | tuple[str, ...]], case: Case) -> dict[str, str | list[str]]:
    """Texts by their keys with the names of this unit and its province in them."""
    unit, whole = case.plan.unit(case.unit), case.plan.unit(case.plan.province)
    # A town that bears the province's name is told apart by its type.
    place = unit["full_name"] if unit["name"] == whole["name"] and not case.whole else unit["name"]
    names = {
        "name": unit["name"],
        "place": place,
        "inline": case.inline,
        "INLINE": case.inline.upper(),
    }
    names |= {
        "province": whole.inline_name,
        "PROVINCE": whole.inline_name.upper(),
        "province_name": whole["name"],
        "kind": case.plan.kind,
        "party": case.plan.party,
        "districts": case.plan.districts_word,
        "each": case.plan.each,
        "type": unit["type"].lower(),
        "committee": f"{unit['type'].split()[0]} ủy",
        "file": f"{unit['folder']}.xlsx",
    }
    return {
        key: [text.format(**names) for text in value]
        if isinstance(value, tuple)
        else value.format(**names)
        for key, value in texts.items()
    }
