"""Settings of documents: issuer, recipients, signing and fixed words (data/review.yaml)."""

import re
import textwrap
from functools import cache
from typing import Any, Literal

from pydantic import Field, model_validator

from pcmd_eval.util import paths
from pcmd_eval.util.yaml_models import StrictModel, Text, load_model

# The names that may stand in braces in texts; the head of data/review.yaml says what each means.
NAMES = (
    *("department", "short", "symbol", "field", "inline", "province", "PROVINCE"),
    *("province_name", "kind", "party", "units", "unit_word", "unit_level", "communes"),
    *("type", "committee", "file", "document", "drafter"),
)
_NAME_IN_BRACES = re.compile(r"\{(\w+)\}")
_HEADING_WIDTH = 26  # letters of a line of the heading block
EMPTY: Any = Field(default_factory=dict)


class Department(StrictModel):
    """The body that evaluates and signs; other texts refer to it as {department}.

    `short` (Sở), `symbol` (SYT) and the heading are derived from `name` unless set.
    `drafter`: the symbol of the unit that drafts and files the papers.
    """

    name: str = ""
    short: str = ""
    symbol: str = ""
    drafter: str = ""
    place: str = "{province_name}"
    signing: tuple[Text, ...] = ()
    signer: str = ""

    @property
    def field(self) -> str:
        """The name without its first word: Y tế."""
        return self.name.partition(" ")[2]

    @property
    def placeholders(self) -> dict[str, str]:
        """The values of the placeholders of review.yaml: {"department": "Sở Y tế", …}."""
        words = [word for word in self.name.split() if word.isalpha() and word != "và"]
        initials = "".join(word[0].upper() for word in words)
        return {
            "department": self.name,
            "short": self.short or self.name.partition(" ")[0],
            "symbol": self.symbol or initials,
            "field": self.field,
            "drafter": self.drafter,
        }

    @property
    def heading_lines(self) -> list[str]:
        """The name as the heading block prints it, broken behind a dash where it is long."""
        upper = self.name.upper()
        if len(upper) > _HEADING_WIDTH and " - " in upper:
            head, _, tail = upper.partition(" - ")
            return [f"{head} -", *textwrap.wrap(tail, _HEADING_WIDTH)]
        return textwrap.wrap(upper, _HEADING_WIDTH)


class Issuer(StrictModel):
    """The texts of one paper or of the body that issues it; names in braces are replaced.

    `lines` and `signing` default to those of the department. With a `signing` of its own it needs
    `signer` ("" leaves room for the name) and `place`, too.
    """

    superior: str = ""
    lines: tuple[Text, ...] = ()
    name: Text = "{department}"
    symbol: Text
    addressed: tuple[Text, ...]
    signing: tuple[Text, ...] = ()
    signer: str | None = None
    place: Text | None = None
    recipients: tuple[Text, ...]

    @model_validator(mode="after")
    def _check_signer(self) -> "Issuer":
        """Reject an issuer with a signing block of its own (`signing`) without signer or place."""
        missing = [key for key in ("signer", "place") if getattr(self, key) is None]
        if self.signing and missing:
            raise ValueError(f"có signing riêng thì phải có khóa {', '.join(missing)}; bổ sung")
        return self


class AnnexText(StrictModel):
    """The title of an annex, and the note under its tables."""

    title: Text
    note: str = ""


class PlanSettings(StrictModel):
    """Settings of documents that a plan may override under `review`.

    `contact`: whom readers of the pages may ask; "" leaves the line out.
    """

    department: Department = Department()
    contact: str = ""
    rules: Literal["tt01", "nd30"] | None = None
    issuer: Literal["so", "ubnd"] | None = None
    issuers: dict[Literal["so", "ubnd", "notice", "reminder"], Issuer] = EMPTY
    requests: dict[
        Literal["form", "marked", "within", "within_open", "within_later", "send_to", "soft_copy"],
        Text,
    ] = EMPTY
    notes: dict[Literal["others", "district", "rules", "results"], Text] = EMPTY
    outlets: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _check_names(self) -> "PlanSettings":
        """Reject unknown names in braces, and a department with a name but no drafter."""
        texts = [self.department.place, self.issuers, self.requests, self.notes]
        if unknown := {*_NAME_IN_BRACES.findall(str(texts))}.difference(
            [*NAMES, "period", "later", "numbers", "rules"]  # these four in some texts only
        ):
            listed = ", ".join(NAMES)
            raise ValueError(f"không có tên {', '.join(sorted(unknown))} để điền; có: {listed}")
        if self.department.name and not self.department.drafter:
            raise ValueError("department: có name riêng thì phải có khóa drafter; bổ sung")
        return self


class Settings(PlanSettings):
    """All settings in data/review.yaml; no key may be left out."""

    annexes: dict[str, AnnexText]
    marks: dict[str, Text]
    by_unit: tuple[str, ...]
    figures: tuple[str, ...]

    @model_validator(mode="after")
    def _check_keys(self) -> "Settings":
        """Reject a missing key."""
        if missing := Settings.model_fields.keys() - self.model_fields_set:
            raise ValueError(f"thiếu khóa {', '.join(sorted(missing))}; bổ sung")
        for key in ("name", "drafter", "signing"):
            if not getattr(self.department, key):
                raise ValueError(f"department: thiếu khóa {key}; bổ sung")
        return self


@cache
def load_settings() -> Settings:
    """Read data/review.yaml; raises InputRefused that names each faulty key."""
    return load_model(paths.DATA / "review.yaml", Settings)


def settings_of(overrides: PlanSettings | None) -> Settings:
    """Return data/review.yaml with the overrides of a plan; None: without overrides.

    Keys of the department and of texts are overridden one by one, an issuer as a whole.
    """
    shared = load_settings()
    if overrides is None:
        return shared
    # A saved plan file has every key: only those that differ from the defaults override.
    defaults = dict(Department())
    changes = {k: v for k, v in overrides.department if v != defaults[k]}
    values: dict[str, Any] = {"department": shared.department.model_copy(update=changes)}
    for key in PlanSettings.model_fields.keys() - {"department"}:
        common, override = getattr(shared, key), getattr(overrides, key)
        values[key] = common | override if isinstance(common, dict) else override or common
    return shared.model_copy(update=values)
