"""Who issues a review, how it is addressed and signed, and its fixed words, as data:
`data/review.yaml`.
"""

import re
from functools import cache
from typing import Any, Literal

from pydantic import Field, model_validator

from pcmd_eval.util import paths
from pcmd_eval.util.yaml_models import StrictModel, Text, Texts, load_model

# What stands in braces in the texts of issuers, reminder and notes.
NAMES = "inline province PROVINCE province_name kind party districts each type committee"
NAMES = [*NAMES.split(), "file", "document"]
PLACE = re.compile(r"\{(\w+)\}")
EMPTY: Any = Field(default_factory=dict)


class Issuer(StrictModel):
    """The texts of one body that issues; how they name the unit is said in the file."""

    superior: str = ""
    lines: Texts
    name: Text
    symbol: Text
    place: Text
    addressed: tuple[Text, ...]
    signing: Texts
    signer: str = ""
    recipients: tuple[Text, ...]


class AnnexText(StrictModel):
    """The title of an annex, what stands under it where a cell is as its key says, and whether its
    table stands in two halves beside each other.
    """

    title: Text
    notes: dict[str, Text]
    halved: bool = False


class PlanSettings(StrictModel):
    """What a plan may say itself about its documents, under `review`; the rest holds for every
    plan.
    """

    rules: Literal["tt01", "nd30"] | None = None
    issuer: Literal["so", "ubnd"] | None = None
    issuers: dict[Literal["so", "ubnd", "notice", "reminder"], Issuer] = EMPTY
    reminder: dict[Literal["form", "within", "send_to", "soft_copy"], Text] = EMPTY
    rule_words: dict[str, Text] = EMPTY
    target_words: dict[Literal["national", "local"], Text] = EMPTY
    notes: dict[Literal["contribution", "district", "rules"], Text] = EMPTY

    @model_validator(mode="after")
    def _names_that_there_are(self) -> "PlanSettings":
        used = {*PLACE.findall(str([self.issuers, self.reminder, self.notes]))}
        if strange := used.difference(NAMES):
            known = ", ".join(NAMES)
            raise ValueError(f"không có tên {', '.join(sorted(strange))} để điền; có: {known}")
        return self


class Settings(PlanSettings):
    """Everything about the documents that is neither a figure nor the form of a page."""

    annexes: dict[str, AnnexText]
    marks: dict[str, Text]
    by_district: tuple[str, ...]
    outlets: tuple[str, ...]
    parts: dict[str, Texts]
    names: dict[str, Text]

    @model_validator(mode="after")
    def _whole(self) -> "Settings":
        if lacking := Settings.model_fields.keys() - self.model_fields_set:
            raise ValueError(f"thiếu khóa {', '.join(sorted(lacking))}; bổ sung")
        return self

    @property
    def department(self) -> str:
        """Who gets the returns."""
        return self.issuers["so"].name


@cache
def load_settings() -> Settings:
    """Read data/review.yaml; raises InputRefused that names each faulty key."""
    return load_model(paths.DATA / "review.yaml", Settings)


def settings_of(of_plan: PlanSettings | None) -> Settings:
    """The settings as a plan has them: what it says itself stands instead, an issuer as a whole."""
    shared = load_settings()
    if of_plan is None:
        return shared
    values = {}
    for key in PlanSettings.model_fields:
        usual, value = getattr(shared, key), getattr(of_plan, key)
        values[key] = usual | value if isinstance(usual, dict) else value or usual
    return shared.model_copy(update=values)
