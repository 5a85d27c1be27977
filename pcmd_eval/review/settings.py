"""Who issues a review and how it is addressed and signed, as data: `data/review.yaml`."""

from functools import cache
from typing import Annotated, Literal

from pydantic import Field, model_validator

from pcmd_eval import paths
from pcmd_eval.strict import Strict, load
from pcmd_eval.units import Unit

Text = Annotated[str, Field(min_length=1)]
RuleSet = Literal["tt01", "nd30"]


class Wording(Strict):
    """Texts of one issuer; `{name}`, `{NAME}`, `{inline}`, `{INLINE}`, `{full}` stand for the unit's name,
    `{province}`, `{PROVINCE}` and `{province_name}` for its province's."""

    superior: str = ""
    lines: Annotated[tuple[Text, ...], Field(min_length=1)]
    name: Text
    symbol: Text
    place: Text
    addressed: tuple[Text, ...] = ()
    signing: Annotated[tuple[Text, ...], Field(min_length=1)]
    recipients: tuple[Text, ...]

    def of(self, unit: Unit, province: Unit) -> "Wording":
        """The same texts with the unit's name in them."""
        # A town that bears the province's name is told apart by its type.
        place = unit.full_name if unit.name == province.name and unit.code != province.code else unit.name
        names = {
            **{"name": unit.name, "NAME": unit.name.upper(), "place": place, "full": unit.full_name},
            **{"inline": unit.inline_name, "INLINE": unit.inline_name.upper()},
            **{"province": province.inline_name, "PROVINCE": province.inline_name.upper()},
            "province_name": province.name,
        }

        def put(value: object) -> object:
            return tuple(map(put, value)) if isinstance(value, tuple) else str(value).format(**names)

        return Wording(**{key: put(getattr(self, key)) for key in type(self).model_fields})  # type: ignore[arg-type]


class Issuers(Strict):
    """The bodies that may issue a review: the first two the province's, the last a district's."""

    so: Wording
    ubnd: Wording
    district: Wording


class Unverified(Strict):
    """A value that was set from general knowledge and has not been seen in the official text."""

    value: Text
    check_in: Text


class ReviewSettings(Strict):
    """Everything about the documents that is neither a number nor the form of the page."""

    rules: RuleSet
    issuer: Literal["so", "ubnd"]
    templates: dict[RuleSet, Text]
    issuers: Issuers
    unverified: tuple[Unverified, ...]

    @model_validator(mode="after")
    def _template(self) -> "ReviewSettings":
        if self.rules not in self.templates:
            raise ValueError(f"khóa “templates” thiếu mẫu cho “{self.rules}”")
        return self

    def template(self, rules: RuleSet | None = None) -> bytes:
        """The Word template of a rule set (the default one if none is named)."""
        return (paths.TEMPLATES / self.templates[rules or self.rules]).read_bytes()

    def wording(self, unit: Unit, province: Unit) -> Wording:
        """The texts of the body that issues this unit's review."""
        kind = self.issuer if unit.code == province.code else "district"
        return getattr(self.issuers, kind).of(unit, province)


@cache
def load_review_settings() -> ReviewSettings:
    """Read data/review.yaml; raises InputRefused that names each faulty key."""
    return load(paths.DATA / "review.yaml", ReviewSettings)
