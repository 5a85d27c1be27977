"""A public notebook shows what the package's displays made, and nothing else: promise 28."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from small_root import NOTEBOOK, READ, WRITE, notebook, tiny, write_notebooks
from test_publish import asked, places

from pcmd_eval.batch.evaluation import Request
from pcmd_eval.batch.outputs import foreign
from pcmd_eval.batch.publish import run
from pcmd_eval.figures import Chart
from pcmd_eval.paths import OutputFolder
from pcmd_eval.tables import Page, Sentence, Table, stack

__all__ = ["asked", "tiny"]  # the fixtures
GOLDEN = sorted((Path(__file__).parent / "golden").glob("*/*.ipynb"))
REFUSED = "hiện một kết quả không qua trình bày của pcmd_eval"
FRAME = 'import pandas; display(pandas.DataFrame({"persons": [3]}))'
MARKED = {"pcmd_eval": "table"}
WORDS = {"text/html": "<p>3</p>", "text/plain": "3"}


def shows(*outputs: nbformat.NotebookNode) -> list[int]:
    """The places of the cells that are refused, of a notebook whose second cell has these outputs."""
    cells = [new_markdown_cell("# Sổ"), new_code_cell("x", outputs=list(outputs)), new_code_cell("y")]
    return [index for index, _ in foreign(new_notebook(cells=cells))]


@pytest.mark.parametrize(
    "shown",
    [Page("<p>a</p>", "a"), Sentence("a"), Table("T", ["A"], [["x"]]), stack(Sentence("a")), Chart(b"png", "alt", {})],
    ids=lambda shown: type(shown).__name__,
)
@pytest.mark.parametrize("kind", ["execute_result", "display_data"])
def test_what_the_displays_of_the_package_make_is_shown(shown: Page | Chart, kind: str):
    data, metadata = shown._repr_mimebundle_()
    data = {form: content if isinstance(content, str) else "aa" for form, content in data.items()}
    assert not shows(new_output(kind, data=data, metadata=metadata))


@pytest.mark.parametrize(
    "output",
    [
        new_output("stream", name="stdout", text="3"),
        new_output("stream", name="stderr", text="3"),
        new_output("error", ename="ValueError", evalue="3", traceback=["3"]),
        new_output("execute_result", data={"text/plain": "3"}),
        new_output("execute_result", data={}),
        new_output("execute_result", data=WORDS),
        new_output("display_data", data={"image/png": "aa", "text/plain": "3"}),
        new_output("display_data", data={"application/vnd.jupyter.widget-view+json": {}, "text/plain": "3"}),
        new_output("display_data", data={**WORDS, "application/json": {"a": 3}}, metadata=MARKED),
        new_output("display_data", data=WORDS, metadata={"pcmd_eval": "chart"}),
        new_output("display_data", data=WORDS, metadata={"pcmd_eval": "frame"}),
        new_output("display_data", data=WORDS, metadata={"pcmd_eval": ["table"]}),
    ],
    ids=lambda output: f"{output.output_type}-{'+'.join(output.get('data', ()))}-{output.get('metadata')}",
)
def test_everything_else_is_refused(output: nbformat.NotebookNode):
    assert shows(output) == [1]
    own = new_output("display_data", data=WORDS, metadata=MARKED)
    assert not shows(own)
    assert shows(own, output) == shows(output, own) == [1]


def test_a_picture_hidden_in_the_words_of_a_notebook_is_refused():
    cell = new_markdown_cell("![a](attachment:a.png)", attachments={"a.png": {"image/png": "aa"}})
    assert [index for index, _ in foreign(new_notebook(cells=[cell]))] == [0]


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_the_notebooks_of_the_project_show_nothing_else(path: Path):
    """And each of them shows something: the list is not passed by an empty notebook."""
    executed = nbformat.read(path, as_version=4)
    assert not list(foreign(executed))
    assert sum(bool(cell.get("outputs")) for cell in executed.cells) >= 5


@pytest.mark.parametrize("source", [FRAME, "print(3)", "rows", '__import__("os").system("echo 3")'])
def test_a_frame_left_in_a_template_is_refused_and_nothing_is_published(
    asked: Callable[..., Request], tmp_path: Path, source: str
):
    output = OutputFolder(tmp_path / "out")
    write_notebooks(tmp_path / "notebooks", district_review=notebook(READ, source, WRITE))
    outcome = run(asked())
    assert not outcome.published and not output.published.exists()
    first = source.splitlines()[0]
    assert [r.words for r in outcome.failed] == [
        f"{unit} district_review, ô 5 “{first}”: ô {REFUSED}" for unit in ("230", "240")
    ]
    assert not [place for place in places(outcome.folder) if place.endswith("district_review.html")]


def test_silent_cells_are_fine_and_an_internal_notebook_may_show_anything(
    asked: Callable[..., Request], tmp_path: Path
):
    write_notebooks(tmp_path / "notebooks", **{NOTEBOOK: notebook(READ, "x = 3", WRITE)})
    assert run(asked()).published
    write_notebooks(tmp_path / "notebooks", **{NOTEBOOK: notebook(READ, FRAME, WRITE)})
    assert not run(asked()).published
    outcome = run(replace(asked(), audience="internal"))
    assert outcome.published and not outcome.failed
    page = outcome.folder / "districts" / "230-doan-hung" / f"{NOTEBOOK}.html"
    assert "persons" in page.read_text(encoding="utf-8")
