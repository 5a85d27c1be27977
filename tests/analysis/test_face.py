"""The public names: `from pcmd_eval import …`."""

import ast
import re
import runpy
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

import pcmd_eval
from pcmd_eval.util import paths


@pytest.mark.slow
def test_import_loads_no_module_before_a_name_is_used() -> None:
    code = (
        "import sys, pcmd_eval\n"
        "assert {'open_case', 'show', 'what_if'} <= {*dir(pcmd_eval)}\n"
        "print([m for m in sys.modules if m.startswith('pcmd_eval.') or m == 'pandas'])\n"
        "from pcmd_eval import at_least\n"
        "print('pcmd_eval.objectives.aggregation' in sys.modules, 'matplotlib' in sys.modules)"
    )
    process = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert process.stdout.splitlines() == ["[]", "True False"]


@pytest.mark.parametrize("name", pcmd_eval.__all__)
def test_public_name_exists_and_is_described(name: str) -> None:
    """A first line in Vietnamese, and a call to copy; CASES is a dictionary."""
    public = getattr(pcmd_eval, name)
    if callable(public):
        first, *lines = public.__doc__.splitlines()
        assert not first.isascii(), name
        example = "open_case(" if name == "Case" else f"{name}("
        assert any(example in line for line in lines), name


def test_api_page_is_made_from_the_docstrings() -> None:
    page = runpy.run_path(str(paths.ROOT / "scripts/api.py"))["render"]()
    text = (paths.ROOT / "docs/api.md").read_text(encoding="utf-8")
    assert page == text, "python scripts/api.py writes docs/api.md anew"


@pytest.mark.slow
def test_api_page_has_examples_that_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a folder of its own: two examples write files, two read returns and a year before."""
    first, *examples = re.findall(
        r"```python\n(.*?)```", (paths.ROOT / "docs/api.md").read_text(encoding="utf-8"), re.DOTALL
    )
    monkeypatch.chdir(tmp_path)
    shutil.copytree(paths.returns_folder("phu_tho_2017"), "bao_cao_moi")
    (tmp_path / "data/plans").mkdir(parents=True)
    shutil.copytree(paths.DATA / "previous", "data/previous")
    variables: dict[str, object] = {}
    exec(first, variables)
    for example in examples:
        exec(example, dict(variables))
    assert len(examples) == len(pcmd_eval.__all__) - 1, "all but pandas"


@pytest.mark.parametrize("path", sorted(paths.NOTEBOOKS.glob("*.ipynb")), ids=lambda p: p.stem)
def test_notebook_imports_public_names_alone(path: Path) -> None:
    cells = [cell.source for cell in nbformat.read(path, 4).cells if cell.cell_type == "code"]
    nodes = [node for source in cells for node in ast.parse(source).body]
    imports = [node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)]
    assert {name for name in imports if "pcmd" in name} == {"pcmd_eval"}
