"""The objectives that plans can have, by slug; a new one is a module and an entry here."""

from typing import TYPE_CHECKING, Annotated, Any, Literal, Union

from pydantic import AfterValidator, Field

from pcmd_eval.objectives import (
    communication,
    enforcement,
    harm_reduction,
    integration,
    media,
    support_model,
)
from pcmd_eval.objectives.aggregation import count_models
from pcmd_eval.objectives.rules import Objective, Rules

OBJECTIVES = {
    "communication": communication.DEFINITION,
    "integration": integration.DEFINITION,
    "harm_reduction": harm_reduction.DEFINITION,
    "support_model": support_model.DEFINITION,
    "media": media.DEFINITION,
    "enforcement": enforcement.DEFINITION,
}
MODEL_SLUGS = [
    slug for slug, definition in OBJECTIVES.items() if definition.aggregate is count_models
]


def _check_targets(objective: Objective[Any, Any]) -> Objective[Any, Any]:
    """Return the objective unchanged; raise ValueError for a target or rule that it cannot have."""
    definition = OBJECTIVES[objective.slug]
    shapes_by_key = {"target": definition.province_shapes, "unit_target": definition.unit_shapes}
    for key, shapes in shapes_by_key.items():
        target = objective.targets.get(key)
        if target is None and shapes:
            raise ValueError(f"khóa “{key}” của {objective.slug}: thiếu; bổ sung")
        if target is not None and target.value.shape not in shapes:
            refusal = f"không nhận dạng “{target.value.text}”"
            raise ValueError(f"khóa “{key}” của {objective.slug}: {refusal}")
    if conflict := definition.find_conflict(objective.rule_values):
        raise ValueError(conflict)
    return objective


if TYPE_CHECKING:  # mypy cannot read a union that is made at run time
    AnyObjective = Objective[str, Rules]
else:
    _MODELS = tuple(
        Objective[Literal[slug], definition.rules] for slug, definition in OBJECTIVES.items()
    )
    # An objective as a plan file has it.
    AnyObjective = Annotated[
        Union[_MODELS], Field(discriminator="slug"), AfterValidator(_check_targets)
    ]
