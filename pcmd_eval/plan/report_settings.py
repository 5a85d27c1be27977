"""Settings of documents: issuer, recipients, signing and fixed words (data/review.yaml)."""

import re
import textwrap
from functools import cache
from typing import Any, Literal

from pydantic import Field, model_validator

from pcmd_eval.util import paths
from pcmd_eval.util.yaml_models import StrictModel, Text, Texts, load_model

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
    """The body that evaluates and signs: it stands here once, other texts say {department}.

    What is left out follows from its name: `short` (Sở), `symbol` (SYT), the lines of the heading.
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
        """The name without its kind: Y tế."""
        return self.name.partition(" ")[2]

    @property
    def names(self) -> dict[str, str]:
        """Names by which other texts refer to the department."""
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
    """The texts of one paper or of the body that issues it; {names} are put in.

    `lines` and `signing` are those of the department where they are left out; who signs otherwise
    has a `signer` ("" leaves room for the name) and a `place` of its own.
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
        missing = [key for key in ("signer", "place") if getattr(self, key) is None]
        if self.signing and missing:
            raise ValueError(f"có signing riêng thì phải có khóa {', '.join(missing)}; bổ sung")
        return self


class AnnexText(StrictModel):
    """The title of an annex, and what always stands under its tables."""

    title: Text
    note: str = ""


class PlanSettings(StrictModel):
    """Settings of documents that a plan may override under `review`.

    `contact`: whom readers of the pages may ask; "": the pages have no such line.
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
    notes: dict[Literal["district", "rules", "results"], Text] = EMPTY
    outlets: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _check_names(self) -> "PlanSettings":
        texts = [self.department.place, self.issuers, self.requests, self.notes]
        if unknown := {*_NAME_IN_BRACES.findall(str(texts))}.difference(
            [*NAMES, "period", "numbers", "rules"]
        ):
            listed = ", ".join(NAMES)
            raise ValueError(f"không có tên {', '.join(sorted(unknown))} để điền; có: {listed}")
        if self.department.name and not self.department.drafter:
            raise ValueError("department: có name riêng thì phải có khóa drafter; bổ sung")
        return self


class Settings(PlanSettings):
    """Everything about papers that is neither a figure nor the form of a page."""

    annexes: dict[str, AnnexText]
    marks: dict[str, Text]
    by_unit: tuple[str, ...]
    figures: tuple[str, ...]
    parts: dict[str, Texts]

    @model_validator(mode="after")
    def _check_keys(self) -> "Settings":
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


def settings_of(of_plan: PlanSettings | None) -> Settings:
    """Return the settings as a plan has them: what it says itself stands instead.

    Keys of the department and of texts are replaced one by one, an issuer as a whole.
    """
    shared = load_settings()
    if of_plan is None:
        return shared
    # Compared with the defaults: a plan that was saved names every key.
    usual_department = dict(Department())
    changes = {k: v for k, v in of_plan.department if v != usual_department[k]}
    values: dict[str, Any] = {"department": shared.department.model_copy(update=changes)}
    for key in PlanSettings.model_fields.keys() - {"department"}:
        usual, value = getattr(shared, key), getattr(of_plan, key)
        values[key] = usual | value if isinstance(usual, dict) else value or usual
    return shared.model_copy(update=values)
