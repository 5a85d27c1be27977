"""Notebooks in processes of their own: what they show is what an ordinary kernel shows, and nothing
fails unseen.
"""

import json
import os
import pickle
import re
import signal
import subprocess
import sys
import tempfile
import zlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import nbclient
import nbformat
import pandas as pd
import papermill
import pytest
import toy
from editions import case_of
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_notebook

from pcmd_eval.analysis import session as cases
from pcmd_eval.batch import worker_process
from pcmd_eval.batch.executor import run_on_machine
from pcmd_eval.batch.notebook_html import clean, notebook_bytes
from pcmd_eval.batch.tasks import NOTEBOOK, Task, TaskFailed, TaskInputs, collect_inputs
from pcmd_eval.evaluation.findings import FINDING_COLUMNS
from pcmd_eval.intake.returns import Intake
from pcmd_eval.plan.plan import Plan

MAKE = "pcmd_eval.batch.task_runner:run_task"

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


def in_process(cells: list[str], folder: str, say: object) -> list:
    """Execute these cells with our engine."""
    return execute(cells, "inprocess")


@pytest.mark.slow
def test_engine_of_awkward_cells_shows_what_a_kernel_shows() -> None:
    outputs = worker_process.run_in_worker("test_engine:in_process", AWKWARD)
    for source, output, expected in zip(AWKWARD, outputs, execute(AWKWARD, None), strict=True):
        assert output == expected, source


@pytest.mark.slow
def test_engine_of_failing_cells_fails_as_a_kernel_does() -> None:
    """Each in a process of its own, at its second cell; in one kernel that goes on."""
    notebook = nbclient.execute(notebook_of(FAILING), allow_errors=True)
    for source, cell in zip(FAILING, notebook.cells, strict=True):
        [error] = [output for output in cell.outputs if output.output_type == "error"]
        expected = [(2, describe_error(error.ename, error.evalue, error.traceback))]
        outputs = worker_process.run_in_worker("test_engine:in_process", ["1", source])
        assert outputs == expected, source
    outputs = worker_process.run_in_worker("test_engine:in_process", ["1", GROUP])
    assert outputs == execute(["1", GROUP], None)


# ---- runs that only seem to succeed --------------------------------------------------------------


@pytest.fixture(scope="module")
def inputs(plan: Plan, shipped: Intake) -> Iterator[TaskInputs]:
    """The inputs of every notebook of the public edition, which a fork server that starts now
    loads once.
    """
    inputs = collect_inputs(case_of(plan, shipped), plan.name, documents=False)
    with worker_process.sharing() as share:
        share([inputs])
        yield inputs


@pytest.fixture(scope="module")
def task(findings: pd.DataFrame, inputs: TaskInputs) -> Task:
    """The communication notebook of district 231, public edition: not the unit that the template
    names.
    """
    is_unit = (findings.unit_code == "231") & (findings.objective == "communication")
    rows = findings.loc[is_unit, FINDING_COLUMNS].astype("string").fillna("").to_dict("records")
    return Task(
        inputs.key,
        NOTEBOOK,
        "a/1_communication",
        "231",
        template=nbformat.writes(toy.notebook()),
        rows=tuple(rows),
        page=("Huyện Hạ Hòa", "Kế hoạch 1", ("A",)),
    )


def run_with(task: Task, inputs: TaskInputs, *cells: str, **limits: float) -> dict[str, bytes]:
    """Run the task with further cells in a worker; return its files."""
    text = nbformat.writes(toy.notebook(*cells))
    return worker_process.run_in_worker(MAKE, replace(task, template=text), inputs, **limits)


def test_run_task_of_a_sound_notebook_gives_a_closed_page(task: Task, inputs: TaskInputs) -> None:
    files = run_with(task, inputs, "show('<script>alert(1)</script>')")
    page, text = files["a/1_communication.html"].decode(), files["a/1_communication.ipynb"].decode()
    assert "231" in text and "papermill" not in text and "pcmd-" not in text
    assert "<script" not in page and "default-src 'none'" in page
    assert "<!--menu-->" in page and ">A<" in page


NOT_SHOWN = "ô 6: hiện một kết quả không qua trình bày"
DEAD = "ô 6: tiến trình dừng đột ngột"


@pytest.mark.parametrize(
    ("cell", "message"),
    [
        ("import sys\nsys.exit(0)", "ô 6"),
        ("exit()", "ô 6"),
        ("import os\nos._exit(0)", DEAD),
        ("import os, signal\nos.kill(os.getpid(), signal.SIGKILL)", DEAD),
        ("1/0", "ô 6: ZeroDivisionError"),
        ("print(case.cells.head())", NOT_SHOWN),
        ("case.cells.head()", NOT_SHOWN),
        ("import warnings\nwarnings.warn('x')", NOT_SHOWN),
        ("from IPython.display import clear_output\nclear_output()", NOT_SHOWN),
        ("handle = display(show('a'), display_id='b')\nhandle.update(show('c'))", NOT_SHOWN),
        ("len?", NOT_SHOWN),
        ("import matplotlib.pyplot as plt\nfigure = plt.figure()", NOT_SHOWN),
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
    task: Task, inputs: TaskInputs, cell: str, message: str
) -> None:
    with pytest.raises(Exception, match=re.escape(message)):
        run_with(task, inputs, cell)


@pytest.mark.parametrize("change", [{"tags": []}, {"name": "unit_"}, {"close": ""}])
def test_run_task_of_a_notebook_without_proof_fails(
    task: Task, inputs: TaskInputs, change: dict
) -> None:
    """Papermill exits 0 and evaluates the unit that the template names."""
    broken = toy.notebook(close=change.get("close", toy.CLOSE))
    broken.cells[1].metadata["tags"] = change.get("tags", ["parameters"])
    broken.cells[1].source = broken.cells[1].source.replace(
        "unit:", f"{change.get('name', 'unit')}: str = '1'\nunit:"
    )
    broken.cells[2].source = broken.cells[2].source.replace("(plan, unit)", "(plan, '230')")
    with pytest.raises(Exception, match="chưa đối chiếu"):
        worker_process.run_in_worker(MAKE, replace(task, template=nbformat.writes(broken)), inputs)


def test_run_in_worker_beyond_its_limits_ends_that_task_alone(
    task: Task, inputs: TaskInputs
) -> None:
    with pytest.raises(worker_process.WorkerDied, match="ô 6: quá 2 giây"):
        run_with(task, inputs, "import threading\nthreading.Event().wait()", seconds=2)
    with pytest.raises(Exception, match="ô 6: MemoryError"):
        run_with(task, inputs, "x = bytearray(10**9)", memory=400 * 2**20)
    assert run_with(task, inputs)


def test_run_on_machine_in_another_environment_fails(task: Task, inputs: TaskInputs) -> None:
    other = replace(inputs, environment="another")
    packed = zlib.compress(pickle.dumps({other.key: other}))
    with pytest.raises(TaskFailed, match="khác với máy chính"):
        run_on_machine(replace(task, inputs_key=other.key), packed)


SHARING = """
import pickle, sys
from dataclasses import replace
from pcmd_eval.batch import worker_process
from pcmd_eval.batch.tasks import TaskFailed

task, inputs, other = pickle.load(sys.stdin.buffer)
make = "pcmd_eval.batch.task_runner:run_task"
with worker_process.sharing() as share:
    share([inputs])
    count = worker_process.run_in_worker("test_engine:count_cases")
    files = worker_process.run_in_worker(make, replace(task, inputs_key=inputs.key), inputs)
    try:
        worker_process.run_in_worker(make, replace(task, inputs_key=other.key), other)
    except TaskFailed as error:
        sys.stdout.buffer.write(pickle.dumps((count, files, str(error))))
"""


def count_cases(folder: str, say: object) -> int:
    """Return the number of cases that this process inherited."""
    return len(cases.cached_cases)


@pytest.mark.slow
def test_preload_cases_serves_only_tasks_with_the_same_tables(
    task: Task, inputs: TaskInputs
) -> None:
    """The same bytes as from the tables; a task with other tables, here other findings, has none of
    it.
    """
    tables = dict(inputs.tables)
    row = next(line for line in tables["findings.csv"].splitlines() if b",231," in line)
    tables["findings.csv"] = tables["findings.csv"].replace(row, row.replace(b"25/33", b"26/33"))
    other = replace(inputs, tables=tables)
    process = subprocess.run(
        [sys.executable, "-c", SHARING],
        input=pickle.dumps((task, inputs, other)),
        stdout=subprocess.PIPE,
        check=True,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(map(str, Path(__file__).parents[:2]))},
    )
    count, files, message = pickle.loads(process.stdout)
    assert count == (worker_process.START_METHOD == "forkserver")
    unknown = replace(inputs, tables={**inputs.tables, "unread.csv": b""})  # not preloaded here
    from_tables = replace(task, inputs_key=unknown.key)
    assert files == worker_process.run_in_worker(MAKE, from_tables, unknown)
    assert "findings.csv: communication của đơn vị 231, cột reason" in message


KILLED = """
import os, signal
from pcmd_eval.batch import worker_process

with worker_process.sharing():
    worker_process.start_server()
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.slow
@pytest.mark.skipif(
    worker_process.START_METHOD != "forkserver", reason="no server is started there"
)
def test_start_server_of_a_killed_run_ends_and_leaves_no_files() -> None:
    """It holds the pipe that is read here: that is over when it is, too."""
    with tempfile.TemporaryDirectory() as temporary:  # a short name, as sockets need it
        env = os.environ | {"TMPDIR": temporary}
        command = [sys.executable, "-c", KILLED]
        process = subprocess.run(command, stdout=subprocess.PIPE, env=env, check=False, timeout=120)
        assert process.returncode == -signal.SIGKILL
        assert not [*Path(temporary).glob("pcmd-*")]


@pytest.mark.slow
def test_run_in_worker_by_spawn_gives_the_same_bytes(task: Task, inputs: TaskInputs) -> None:
    """As on macOS and Windows, where none can be forked."""
    spawned = worker_process.run_in_worker(MAKE, task, inputs, method="spawn")
    assert spawned == worker_process.run_in_worker(MAKE, task, inputs)


# ---- the page ------------------------------------------------------------------------------------


def test_run_in_worker_does_not_execute_the_calling_script_anew(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        "print('ran')\n"
        "if __name__ == '__main__':\n"
        "    from pcmd_eval.batch.worker_process import run_in_worker\n"
        "    print(run_in_worker('operator:eq', method='spawn'), __file__)\n"
    )
    process = subprocess.run([sys.executable, script], capture_output=True, text=True, check=True)
    assert process.stdout.split() == ["ran", "False", str(script)]


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


def test_task_key_changes_with_every_input(task: Task, inputs: TaskInputs) -> None:
    """Promise 8: another table, program, unit, template or word of people is another result."""
    other_inputs = [
        replace(inputs, tables={**inputs.tables, "returns.csv": b"other"}),
        replace(inputs, environment="other"),
        replace(inputs, plan="other"),
    ]
    other_values: list[dict[str, object]] = [
        *({"inputs_key": other.key} for other in other_inputs),
        {"unit": "232"},
        {"template": "other"},
        {"words": (("230.md", b"x"),)},
        {"rows": ({"a": "b"},)},
        {"page": ("x",)},
        {"units": ("230",)},
        {"path": "x"},
    ]
    keys = {replace(task, **values).key for values in other_values}
    assert len(keys) == len(other_values) and task.key not in keys
    assert replace(task).key == task.key
