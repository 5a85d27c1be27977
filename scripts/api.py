"""Write docs/api.md: the public names, by their docstrings.

    python scripts/api.py

A docstring has a summary in Vietnamese, an example to copy, and what else a caller must know.
"""

import inspect

import pcmd_eval
from pcmd_eval.util import paths

HEAD = """# Public names

Made from the docstrings by `python scripts/api.py`; a test compares, and runs each example after

```python
from pathlib import Path

from pcmd_eval import *  # pandas, too, as pd

case = open_case("phu_tho_2017", "230")
cells, found = case.cells, case.recount()
scenario = what_if(case, {("communication", "active_quarters"): 4})
communes = case.plan.steps("communication", cells)["communes"]
counts = summed(communes, "reporter")
attendance = summed(cells[cells.column == "attendance"], "reporter")
people = pd.Series(50_000, case.codes)
lines = case.plan.steps("support_model", cells)["lines"]
answers = cells[cells.objective == "support_model"]
rows = answers.pivot(index=["reporter", "row"], columns="column", values="value")
```

In a notebook `help(show)` or `show?` says the same. Summaries are Vietnamese, for analysts; details
are English.
"""


def describe(name: str) -> tuple[str, str, list[str]]:
    """Return the summary, the example and the further paragraphs of a public name."""
    summary, example, *details = inspect.getdoc(getattr(pcmd_eval, name)).split("\n\n")
    return summary, inspect.cleandoc(example), details


def render() -> str:
    """Return the page."""
    sections = [HEAD]
    for name in sorted(pcmd_eval.__all__, key=str.casefold):
        value = getattr(pcmd_eval, name)
        if inspect.ismodule(value):  # pandas, as pd
            continue
        names = ", ".join(part for part in inspect.signature(value).parameters if part[0] != "_")
        summary, example, details = describe(name)
        details = [detail.replace("<NA>", "`<NA>`") for detail in details]
        parts = [f"## {name}({names})", summary, f"```python\n{example}\n```", *details]
        sections.append("\n\n".join(parts) + "\n")
    return "\n".join(sections)


if __name__ == "__main__":
    (paths.ROOT / "docs" / "api.md").write_text(render(), encoding="utf-8", newline="\n")
