"""The disclosure policy: which cells of a form may leave the department, by their class."""

from collections.abc import Iterable, Iterator
from typing import Literal, get_args

import pandas as pd

from pcmd_eval.plan.form import Form
from pcmd_eval.util import paths
from pcmd_eval.util.yaml_models import StrictModel, load_model

ItemClass = Literal["public", "province_only", "coarse", "never"]  # the later, the stricter
STRICTNESS = {item_class: rank for rank, item_class in enumerate(get_args(ItemClass))}
# Only cells of these classes are compared with each other between returns: the state of a public
# cell must not reveal the number of a confidential one.
COMPARED_CLASSES = ("public", "province_only")
_FILE = "disclosure.yaml"


class Disclosure(StrictModel):
    """The policy: by objective, the class of each row and each column of the year.

    The comments of data/disclosure.yaml say what the classes mean.
    """

    classes: dict[str, dict[str, ItemClass]]

    def class_of(self, objective: str, *keys: str) -> ItemClass:
        """Return the strictest class of these rows and columns; "never" if one is unknown."""
        of_objective = self.classes.get(objective, {})
        return strictest(of_objective.get(key, "never") for key in keys)

    @property
    def coarse_slugs(self) -> list[str]:
        """The slugs of the objectives that have coarse items."""
        return [slug for slug, classes in self.classes.items() if "coarse" in classes.values()]


def strictest(classes: Iterable[ItemClass]) -> ItemClass:
    """Return the strictest of some classes."""
    return max(classes, key=STRICTNESS.__getitem__)


def classify(policy: Disclosure, form: Form, cells: pd.DataFrame) -> pd.Series:
    """Return the class of each cell (string): the stricter of those of its row and column.

    `cells`: with columns objective, row, column. "never" where the policy has no class.
    """
    # Rows without codes share one key, the first of their sheet.
    shared_keys = {s.objective: s.disclosure_keys[0] for s in form.sheets if not s.items}
    # astype: where nothing is mapped, `map` returns floats, which no text can fill.
    row = cells.objective.map(shared_keys).astype("string").fillna(cells.row)
    column = cells.column.fillna("")
    column = column.where(column != "", row)  # a cell of a quarter or month has the row's class
    # As lists: iterating over a string column takes ten times as long.
    keys = [*zip(*(series.tolist() for series in (cells.objective, row, column)), strict=True)]
    class_of = {key: policy.class_of(*key) for key in {*keys}}
    return pd.Series([class_of[key] for key in keys], cells.index, dtype=pd.StringDtype("python"))


def load_disclosure() -> Disclosure:
    """Return the policy in force; raises InputRefused that names each faulty key."""
    return load_model(paths.DATA / _FILE, Disclosure)


def find_unclassed(policy: Disclosure, form: Form, file: str) -> Iterator[str]:
    """Yield a message for each row or column of a form that the policy does not class.

    `file`: the name of the form's file.
    """
    for sheet in form.sheets:
        classes = policy.classes.get(sheet.objective, {})
        for key in sheet.disclosure_keys:
            if key not in classes:
                yield (
                    f"biểu mẫu {file}, biểu {sheet.name}, khóa “{key}” chưa được xếp loại công bố; "
                    f"ghi “{key}: …” ở khóa “classes.{sheet.objective}” của {_FILE}, với một trong "
                    f"{', '.join(STRICTNESS)}"
                )
