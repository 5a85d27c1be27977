"""Read the template of a notebook; loads no library of notebooks."""

import json
import re
from collections.abc import Mapping
from typing import Any

from pcmd_eval.plan.plan import Plan
from pcmd_eval.util import paths
from pcmd_eval.util.errors import InputRefused

_DECLARATION = re.compile(r"^(\w+: \w+) = ", re.MULTILINE)
_OWN = "đặt tệp đó vào thư mục, hoặc bỏ tên khỏi khóa extra_notebooks của kế hoạch."
_KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}


def read_template(name: str, plan: Plan) -> str:
    """Return the text (JSON) of a notebook template, without cells on a previous year, areas or a
    map if the plan has none.

    Raises InputRefused if papermill could not set its plan and its unit.
    """
    file = paths.NOTEBOOKS / f"{name}.ipynb"
    try:
        text = file.read_text(encoding="utf-8")
        notebook = json.loads(text)
        metadata = notebook["metadata"]
        tagged = [cell for cell in notebook["cells"] if _has_tag(cell, "parameters")]
        source = "".join("".join(cell["source"]) for cell in tagged)
    except (OSError, ValueError, KeyError, TypeError):
        raise InputRefused(
            f"Thiếu sổ {file.name} trong {file.parent}, hoặc không phải sổ Jupyter hợp lệ; "
            + (_OWN if name in plan.extra_notebooks else "lấy lại từ bộ cài.")
        ) from None
    if len(tagged) != 1:
        raise InputRefused(
            f"Sổ {file.name} phải có đúng một ô mang thẻ “parameters”, thấy {len(tagged)}; gắn "
            "lại thẻ."
        )
    if sorted(_DECLARATION.findall(source)) != ["plan: str", "unit: str"]:
        raise InputRefused(
            f"Sổ {file.name}: ô tham số phải khai báo đúng plan: str và unit: str; sửa lại."
        )
    # Notebooks made without Jupyter have none, or no language; papermill asks for both.
    metadata["kernelspec"] = _KERNEL | metadata.get("kernelspec", {})
    topics = {
        "previous": plan.previous is not None,
        "areas": not plan.areas.empty,
        "map": plan.units.boundaries is not None,
    }
    for tag, has_topic in topics.items():
        if not has_topic:
            notebook["cells"] = [cell for cell in notebook["cells"] if not _has_tag(cell, tag)]
    return json.dumps(notebook)


def _has_tag(cell: Mapping[str, Any], tag: str) -> bool:
    return tag in cell["metadata"].get("tags", ())
