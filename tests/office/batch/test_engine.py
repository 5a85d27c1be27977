"""Notebooks in processes of their own: what they show is what an ordinary kernel shows, and nothing
fails unseen.
"""

import json
import os
import re
from base64 import b64decode
from dataclasses import replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import nbclient
import nbformat
import papermill
import pytest
import toy
from bs4 import BeautifulSoup
from editions import case_of
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_notebook

from pcmd_eval.office.batch import papermill_engine, workers
from pcmd_eval.office.batch.notebook_html import clean, normalise, notebook_bytes
from pcmd_eval.office.batch.task_files import make_files, make_files_from, pack
from pcmd_eval.office.batch.tasks import NOTEBOOK, Cases, Task, list_tasks
from pcmd_eval.office.batch.workers import Made, ReportStep
from pcmd_eval.office.intake.returns import Intake
from pcmd_eval.plan.plan import Plan
from pcmd_eval.util.errors import InputRefused

# A forked process inherits the filter of this one, and pytest-xdist has threads.
pytestmark = pytest.mark.filterwarnings("default")

# ---- as an ordinary kernel -----------------------------------------------------------------------

AWKWARD = [
    "1 + 1",
    "1 + 1;",
    "1 + 1;  # quiet",
    "40 + 2",
    "_ + 1",
    "Out[1], _1, len(Out), In[1]",
    "print('a'); print('b')",
    "import sys\nprint('a'); sys.stdout.flush(); sys.stderr.write('e\\n'); sys.stderr.flush(); "
    "print('c')",
    "display('a', 2, [3])",
    "display('first', display_id='one')",
    "from IPython.display import *\nprint('z')",
    "import asyncio\nawait asyncio.sleep(0.01)\n'awaited'",
    "class P:\n    def __repr__(self): return 'p'\n    def _repr_png_(self): return "
    "b'\\x89PNG\\r\\n'\nP()",
    "class B:\n    def _repr_mimebundle_(self, **k): return {'text/plain': 'p', 'text/html': "
    "'<b>'}, {'a': 1}\nB()",
    "HTML('<i>x</i>')",
    "display({'text/plain': 'raw'}, raw=True)",
    "%precision 2\n3.14159",
    "%%capture got\nprint('hidden')",
    "got.stdout",
    "%matplotlib inline\nimport matplotlib.pyplot as plt\nfigure = plt.figure(figsize=(1, 1)); "
    "'drawn'",
    "import pickle\nclass Q: pass\ntype(pickle.loads(pickle.dumps(Q()))).__module__, __name__",
    "import pandas\npandas.DataFrame({'a': [1]})",
    "!echo from a shell",
    "   ",
    "get_ipython().execution_count",
]
FAILING = [
    "1/0",
    "try:\n    1/0\nexcept Exception as e:\n    raise KeyError('k') from e",
    "1 +",
    "assert False, 'đúng'",
    "class R:\n    def __repr__(self): raise ValueError('r')\nR()",
]
GROUP = "raise ExceptionGroup('g', [ValueError(1), TypeError(2)])"  # a kernel prints it, no more


def notebook_of(cells: list[str]) -> NotebookNode:
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    codes = [new_code_cell(cell) for cell in cells]
    return new_notebook(cells=codes, metadata={"kernelspec": kernel})


def describe_error(name: str, value: str, trace: list[str]) -> list:
    """Return the text of an error without the name that a kernel gives its cell."""
    return [name, re.sub(r"\(.*line", "(line", value), bool(trace)]


def execute(cells: list[str], engine: str | None) -> list[tuple[int | None, list]]:
    """Return execution count and outputs of each cell, those of the error if one fails."""
    try:
        notebook = papermill.execute_notebook(
            notebook_of(cells), None, engine_name=engine, progress_bar=False
        )
    except papermill.PapermillExecutionError as error:
        return [(error.exec_count, describe_error(error.ename, error.evalue, error.traceback))]
    return [(cell.execution_count, join_streams(cell.outputs)) for cell in notebook.cells]


def join_streams(outputs: list[NotebookNode]) -> list[dict]:
    """Return the outputs as plain lists; a stream may arrive in pieces."""
    joined: list[dict] = []
    for output in json.loads(json.dumps(outputs)):
        is_stream = output["output_type"] == "stream"
        if joined and is_stream and joined[-1].get("name") == output["name"]:
            joined[-1]["text"] += output["text"]
        else:
            joined.append(output)
    return joined


def execute_here(cells: list[str], folder: Path, report_step: ReportStep) -> Made:
    """Execute these cells with our engine."""
    return Made({}, execute(cells, papermill_engine.ENGINE_NAME))


def outputs_of(cells: list[str], folder: Path) -> list:
    """Return what cells show in a worker, as a list of each cell's count and outputs."""
    [ended] = workers.do_tasks(execute_here, [cells], folder)
    assert not ended.failure, ended.failure
    return ended.result


@pytest.mark.slow
def test_engine_of_awkward_cells_shows_what_a_kernel_shows(tmp_path: Path) -> None:
    outputs = outputs_of(AWKWARD, tmp_path)
    for source, output, expected in zip(AWKWARD, outputs, execute(AWKWARD, None), strict=True):
        assert output == expected, source


@pytest.mark.slow
def test_engine_of_failing_cells_fails_as_a_kernel_does(tmp_path: Path) -> None:
    """Each in a process of its own, at its second cell; in one kernel that goes on."""
    notebook = nbclient.execute(notebook_of(FAILING), allow_errors=True)
    for source, cell in zip(FAILING, notebook.cells, strict=True):
        [error] = [output for output in cell.outputs if output.output_type == "error"]
        expected = [(2, describe_error(error.ename, error.evalue, error.traceback))]
        assert outputs_of(["1", source], tmp_path) == expected, source
    assert outputs_of(["1", GROUP], tmp_path) == execute(["1", GROUP], None)


# ---- runs that only seem to succeed --------------------------------------------------------------


@pytest.fixture(scope="module")
def cases(plan: Plan, shipped: Intake) -> Cases:
    """The cases of a run on the shipped returns; of copies nobody else has made a scenario."""
    exact, public = (
        replace(case_of(plan, shipped, internal=internal)) for internal in (True, False)
    )
    return Cases(plan.name, exact, public, ("231",), {})


@pytest.fixture(scope="module")
def task() -> Task:
    """The communication notebook of district 231, public edition: not the unit that the template
    names.
    """
    text = nbformat.writes(toy.notebook())
    return Task(NOTEBOOK, "districts/231-ha-hoa/1_communication", "231", "communication", text)


def run_task(task: Task, cases: Cases, **limits: object) -> dict[str, bytes]:
    """Do the task in a worker; return its files by name."""
    make = partial(make_files, cases)
    with TemporaryDirectory() as folder:
        [ended] = workers.do_tasks(make, [task], Path(folder), **limits)
        if ended.failure:
            raise workers.TaskFailed(ended.failure)
        return {path.name: path.read_bytes() for path in Path(folder).rglob("[16]_*")}


def run_with(task: Task, cases: Cases, *cells: str, **limits: object) -> dict[str, bytes]:
    """Run the task with further cells in a worker; return its files."""
    text = nbformat.writes(toy.notebook(*cells))
    return run_task(task._replace(template=text), cases, **limits)


def test_run_task_of_a_sound_notebook_gives_a_closed_page(task: Task, cases: Cases) -> None:
    files = run_with(task, cases, "show('<script>alert(1)</script>')")
    page, text = files["1_communication.html"].decode(), files["1_communication.ipynb"].decode()
    assert "231" in text and "papermill" not in text and "pcmd-" not in text
    assert "<script" not in page and "default-src 'none'" in page
    assert "<!--menu-->" not in page


NOT_SHOWN = "ô 6: hiện "
DEAD = "ô 6: tiến trình dừng đột ngột"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("cell", "message"),
    [
        ("import sys\nsys.exit(0)", "ô 6"),
        ("exit()", "ô 6"),
        ("import os\nos._exit(0)", DEAD),
        ("import os, signal\nos.kill(os.getpid(), signal.SIGKILL)", DEAD),
        ("1/0", "ô 6: ZeroDivisionError"),
        ("object()", NOT_SHOWN + "một đối tượng không phải bảng hay hình: “<object at 0x"),
        (
            "import sys\nprint('a', 'b', sep='\\n', file=sys.stderr)",
            NOT_SHOWN + "lời báo trên luồng lỗi (stderr): “a”. Trang chỉ nhận: show(…)",
        ),
        ("from IPython.display import HTML\nHTML('<b>')", NOT_SHOWN + "HTML của thư viện khác"),
        ("from IPython.display import Javascript\nJavascript('1')", NOT_SHOWN + "mã chạy trong"),
        ("from ipywidgets import Text\nText('a')", NOT_SHOWN + "điều khiển tương tác (widget)"),
        (
            "from IPython.display import Image\nImage(data=b'\\x89PNG\\r\\n\\x1a\\n', format='png')",
            NOT_SHOWN + "ảnh image/png. Trang chỉ nhận",
        ),
        ("from IPython.display import clear_output\nclear_output()", NOT_SHOWN),
        ("handle = display(show('a'), display_id='b')\nhandle.update(show('c'))", NOT_SHOWN),
        ("len?", NOT_SHOWN),
        ("import os\nn = os.write(1, b'x')", "ghi thẳng ra màn hình"),
        ("from subprocess import run\nn = run(['echo', 'x'])", "ghi thẳng ra màn hình"),
        ("x = input()", "ô 6: EOFError"),
        (
            "unit = '230'\ncase = open_case(plan, unit)",
            "chưa đối chiếu đúng kết quả của đơn vị này",
        ),
        (
            "found = found.assign(low=found.low + 1)",
            "ô 7: AssertionError: Không khớp với findings.csv",
        ),
    ],
)
def test_run_task_that_only_seems_to_succeed_fails_with_its_cell(
    task: Task, cases: Cases, cell: str, message: str
) -> None:
    with pytest.raises(Exception, match=re.escape(message)):
        run_with(task, cases, cell)


@pytest.mark.parametrize("change", [{"tags": []}, {"name": "unit_"}, {"close": ""}])
def test_run_task_of_a_notebook_without_proof_fails(task: Task, cases: Cases, change: dict) -> None:
    """Papermill exits 0 and evaluates the unit that the template names."""
    broken = toy.notebook(close=change.get("close", toy.CLOSE))
    broken.cells[1].metadata["tags"] = change.get("tags", ["parameters"])
    broken.cells[1].source = broken.cells[1].source.replace(
        "unit:", f"{change.get('name', 'unit')}: str = '1'\nunit:"
    )
    broken.cells[2].source = broken.cells[2].source.replace("(plan, unit)", "(plan, '230')")
    with pytest.raises(Exception, match="chưa đối chiếu"):
        run_task(task._replace(template=nbformat.writes(broken)), cases)


@pytest.mark.slow
def test_do_tasks_beyond_a_limit_ends_that_task_alone(task: Task, cases: Cases) -> None:
    with pytest.raises(workers.TaskFailed, match="ô 6: quá 2 giây"):
        run_with(task, cases, "import threading\nthreading.Event().wait()", seconds=2)
    with pytest.raises(workers.TaskFailed, match="ô 6: MemoryError"):
        run_with(task, cases, "x = bytearray(10**9)", memory=400 * 2**20)
    assert run_with(task, cases)


@pytest.mark.slow
def test_map_files_keeps_the_order_and_names_the_files_of_a_dead_process() -> None:
    files, here = [Path(f"{number}.xlsx") for number in range(5)], []
    names = workers.map_files(
        lambda f: (f.name, os.getpid()), files, lambda: here.append(os.getpid())
    )
    assert [name for name, _ in names] == [file.name for file in files]
    assert here == [os.getpid()] and not {*here} & {process for _, process in names}
    with pytest.raises(InputRefused, match=r"0\.xlsx.*dừng đột ngột"):
        workers.map_files(lambda file: file.name == "0.xlsx" and os._exit(9), files)


@pytest.mark.slow
def test_do_tasks_by_another_start_method_gives_the_same_bytes(task: Task, cases: Cases) -> None:
    """As on macOS and Windows, where none can be forked."""
    make = partial(make_files_from, pack(cases))
    with TemporaryDirectory() as folder:
        [ended] = workers.do_tasks(make, [task], Path(folder), method=workers.SPAWN)
        files = {path.name: path.read_bytes() for path in Path(folder).rglob("1_*")}
    assert not ended.failure and files == run_task(task, cases)


PLAIN = [
    "import matplotlib.pyplot as plt\nplt.hist([1, 2, 2])",
    "fig, ax = plt.subplots()\nax.plot([1, 2])\nax.set(title='Số <cuộc>', xlabel='Quý')\nplt.show()",
    "fig",
    "case.unit_rows(case.findings)[['unit_code', 'verdict']]",
    "case.returns.set_index('reporter').state",
    "%%capture hidden\nprint('không thấy')",
    "print('<b>1 < 2</b>')\n1 + 1",
    "def tell(number): print(number)",
    "tell(case.cells.number.sum())",
    "{'x': 1}.values()",
    "case.name",
    "plt.boxplot([[1, 2, 3]])\nplt.gcf()",
]


@pytest.mark.slow
def test_run_task_of_plain_pandas_matplotlib_and_print_shows_them(task: Task, cases: Cases) -> None:
    """One picture for each figure, its words as text and alternative text; frames with the names of
    their columns in pandas; what is printed escaped; the same bytes at each run.
    """
    files = run_with(task, cases, *PLAIN)
    page = BeautifulSoup(files["1_communication.html"], "lxml")
    images = page(class_="picture")
    assert [image.img["alt"] for image in images] == [
        "Hình. Hình không có tiêu đề.",
        *["Hình. Số <cuộc>; trục ngang: Quý."] * 2,
        "Hình. Hình không có tiêu đề.",
    ]
    drawn = b64decode(images[1].img["src"].partition("base64,")[2]).decode()
    assert ">Số &lt;cuộc&gt;</text>" in drawn and "<dc:date>" not in drawn
    text = page.get_text(" ")
    assert "không thấy" not in text
    assert page.find("th", string="unit_code") and "<b>1 < 2</b>" in text
    assert page.find("td", string="on_time")
    assert files == run_with(task, cases, *PLAIN)


@pytest.mark.slow
def test_engine_of_plain_cells_shows_what_a_kernel_shows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = [toy.OPEN.replace("(plan, unit)", '("phu_tho_2017", "230")'), *PLAIN]
    monkeypatch.setenv("PCMD_EDITION", "public")
    assert outputs_of(opened, tmp_path) == execute(opened, None)


@pytest.mark.slow
def test_open_case_in_a_run_returns_the_public_case_alone(task: Task, cases: Cases) -> None:
    """Another plan, or other returns, are refused."""
    for call in ('open_case("ha_noi_2026", unit)', 'open_case(plan, unit, returns=".")'):
        with pytest.raises(workers.TaskFailed, match=r"ô 6: InputRefused: .*chỉ mở được"):
            run_with(task, cases, call)
    assert run_with(task, cases, "assert not open_case(plan, unit)._internal")


@pytest.mark.slow
def test_make_files_gives_the_notebook_that_a_kernel_makes_of_the_public_edition(
    cases: Cases, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A real notebook, byte for byte."""
    [task] = [
        task
        for task in list_tasks(cases.exact, cases.public)
        if task.path == "districts/231-ha-hoa/6_enforcement"
    ]
    [made] = [content for name, content in run_task(task, cases).items() if name.endswith(".ipynb")]
    monkeypatch.setenv("PCMD_EDITION", "public")
    template = nbformat.reads(task.template, 4)
    parameters = {"plan": cases.plan_name, "unit": "231"}
    executed = papermill.execute_notebook(template, None, parameters, progress_bar=False)
    assert notebook_bytes(normalise(executed, json.loads(task.template))) == made


def test_notebook_bytes_of_an_invalid_notebook_raises() -> None:
    notebook = notebook_of(["1"])
    assert b'"1"' in notebook_bytes(notebook)
    notebook.cells[0].outputs = [NotebookNode(output_type="update_display_data", data={})]
    with pytest.raises(nbformat.ValidationError):
        notebook_bytes(notebook)


PNG = '<img src="data:image/png;base64,AAAA" alt="q">'
SVG = '<img src="data:image/svg+xml;base64,AAAA">'


@pytest.mark.parametrize(
    ("html", "cleaned"),
    [
        ("<script>x</script>a", "a"),
        ('<a href="javascript:1">a</a>', "<a>a</a>"),
        ('<a href="../x.html">a</a>', '<a href="../x.html">a</a>'),
        ('<img src="http://x/y.png">', "<img>"),
        ('<svg onload="1"><script>1</script></svg>', ""),
        ("<img src=\"data:image/svg+xml,<svg onload='1'/>\">", "<img>"),
        (SVG, SVG),
        (PNG, PNG),
        ('<p style="background:url(x);color:red" onclick="1">t</p>', '<p style="color:red">t</p>'),
        ('<th scope="col">h</th>', "h"),
        ('<iframe src="x"></iframe><form><input></form>', ""),
    ],
)
def test_clean_removes_what_could_run_or_fetch(html: str, cleaned: str) -> None:
    assert clean(html) == cleaned
