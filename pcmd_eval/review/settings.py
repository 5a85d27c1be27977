"""Which document a unit gets, who issues it, how it is addressed and signed, its fixed words: `data/review.yaml`."""

from collections.abc import Mapping
from functools import cache
from typing import Annotated, Literal

from pydantic import Field

from pcmd_eval import paths
from pcmd_eval.case import Case
from pcmd_eval.rules import Text
from pcmd_eval.spelling import slug
from pcmd_eval.strict import Strict, load

FILES = {"report": "bao-cao", "notice": "thong-bao", "reminder": "cong-van"}


class Issuer(Strict):
    """The texts of one body that issues; how they name the unit is said in the file."""

    superior: str = ""
    lines: Annotated[tuple[Text, ...], Field(min_length=1)]
    name: Text
    symbol: Text
    place: Text
    addressed: Annotated[tuple[Text, ...], Field(min_length=1)]
    signing: Annotated[tuple[Text, ...], Field(min_length=1)]
    recipients: tuple[Text, ...]


class Settings(Strict):
    """Everything about the documents that is neither a figure nor the form of a page."""

    rules: Literal["tt01", "nd30"]
    issuer: Literal["so", "ubnd"]
    issuers: dict[Literal["so", "ubnd", "notice", "reminder"], Issuer]
    reminder: dict[Literal["form", "within", "send_to", "soft_copy"], Text]
    returns: dict[str, Text]
    sent_late: Text
    after_deadline: Text
    rule_words: dict[str, Text]
    target_words: dict[Literal["national", "local"], Text]
    notes: dict[Literal["contribution", "district", "rules"], Text]
    parts: dict[str, Annotated[tuple[Text, ...], Field(min_length=1)]]
    names: dict[str, Text]

    def headings(self, year: int) -> dict[str, tuple[str, ...]]:
        """By its key the headings that a part may have in what people write about this year."""
        years = {"last_year": year - 1, "next_year": year + 1}
        return {
            key: tuple(heading.format(**years) for heading in headings)
            for key, headings in self.parts.items()
        }


@cache
def load_settings() -> Settings:
    """Read data/review.yaml; raises InputRefused that names each faulty key."""
    return load(paths.DATA / "review.yaml", Settings)


def kind_of(case: Case) -> Literal["report", "notice", "reminder"]:
    """The province's report, the notice to a district, the letter to one of which no figure came."""
    if case.whole:
        return "report"
    return "notice" if case.received.reported[case.unit] else "reminder"


def document_name(case: Case) -> str:
    """The name of the unit's document: mailed together with others, it says what the file is."""
    number = slug(case.plan.plan.partition("/")[0])
    return f"{FILES[kind_of(case)]}-{number}-{case.units.folder[case.unit]}.docx"


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
        "party": f"{whole['type'].split()[0]} ủy",
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
