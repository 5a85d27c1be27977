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
from pcmd_eval.batch.fingerprint import hash_environment
from pcmd_eval.batch.notebook_html import clean, notebook_bytes
from pcmd_eval.batch.tasks import NOTEBOOK, Task, TaskFailed, TaskInputs, collect_inputs
from pcmd_eval.evaluation.findings import FINDING_COLUMNS
from pcmd_eval.intake.returns import Intake
from pcmd_eval.plan.plan import Plan
from pcmd_eval.util import paths

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


def asked(cells: list[str]) -> NotebookNode:
    """A notebook of these cells."""
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    codes = [new_code_cell(cell) for cell in cells]
    return new_notebook(cells=codes, metadata={"kernelspec": kernel})


def said(name: str, value: str, trace: list[str]) -> list:
    """Return the text of an error without the name that a kernel gives its cell."""
    return [name, re.sub(r"\(.*line", "(line", value), bool(trace)]


def executed(cells: list[str], engine: str | None) -> list[tuple[int | None, list]]:
    """Execution count and outputs of each cell; streams joined, as they may arrive in pieces."""
    try:
        given = papermill.execute_notebook(
            asked(cells), None, engine_name=engine, progress_bar=False
        )
    except papermill.PapermillExecutionError as error:
        return [(error.exec_count, said(error.ename, error.evalue, error.traceback))]
    return [(cell.execution_count, joined(cell.outputs)) for cell in given.cells]


def joined(outputs: list[NotebookNode]) -> list:
    """The outputs as plain lists, streams of one name joined."""
    found: list[dict] = []
    for output in json.loads(json.dumps(outputs)):
        if found and output["output_type"] == "stream" and found[-1].get("name") == output["name"]:
            found[-1]["text"] += output["text"]
        else:
            found.append(output)
    return found


def in_process(cells: list[str], folder: str, say: object) -> list:
    """Execute these cells with our engine."""
    return executed(cells, "inprocess")


@pytest.mark.slow
def test_engine_of_awkward_cells_shows_what_a_kernel_shows():
    ours = worker_process.run_in_worker("test_engine:in_process", AWKWARD)
    for source, own, ordinary in zip(AWKWARD, ours, executed(AWKWARD, None), strict=True):
        assert own == ordinary, source


@pytest.mark.slow
def test_engine_of_failing_cells_fails_as_a_kernel_does():
    """Each in a process of its own, at its second cell; in one kernel that goes on."""
    ordinary = nbclient.execute(asked(FAILING), allow_errors=True)
    for source, cell in zip(FAILING, ordinary.cells, strict=True):
        [error] = [output for output in cell.outputs if output.output_type == "error"]
        told = [(2, said(error.ename, error.evalue, error.traceback))]
        assert worker_process.run_in_worker("test_engine:in_process", ["1", source]) == told, source
    ours = worker_process.run_in_worker("test_engine:in_process", ["1", GROUP])
    assert ours == executed(["1", GROUP], None)


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
    of_unit = findings[findings.unit_code == "231"]
    own = of_unit[of_unit.objective == "communication"]
    rows = own[[*FINDING_COLUMNS]].astype("string").fillna("").to_dict("records")
    text = nbformat.writes(toy.notebook())
    return Task(
        inputs.key,
        NOTEBOOK,
        "a/1_communication",
        "231",
        template=text,
        rows=tuple(rows),
        page=("Huyện Hạ Hòa", "Kế hoạch 1", ("A",)),
    )


def made(task: Task, inputs: TaskInputs, *extra: str, **limits: float) -> dict[str, bytes]:
    text = nbformat.writes(toy.notebook(*extra))
    return worker_process.run_in_worker(MAKE, replace(task, template=text), inputs, **limits)


def test_run_task_of_a_sound_notebook_gives_a_closed_page(task: Task, inputs: TaskInputs):
    files = made(task, inputs, "show('<script>alert(1)</script>')")
    page, text = files["a/1_communication.html"].decode(), files["a/1_communication.ipynb"].decode()
    assert "231" in text and "papermill" not in text and "pcmd-" not in text
    assert (
        "<script" not in page
        and "default-src 'none'" in page
        and "<!--menu-->" in page
        and ">A<" in page
    )


@pytest.mark.parametrize(
    ("extra", "says"),
    [
        ("import sys\nsys.exit(0)", "ô 6"),
        ("exit()", "ô 6"),
        ("import os\nos._exit(0)", "ô 6: tiến trình dừng đột ngột"),
        (
            "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)",
            "ô 6: tiến trình dừng đột ngột",
        ),
        ("1/0", "ô 6: ZeroDivisionError"),
        ("print(case.cells.head())", "ô 6: hiện một kết quả không qua trình bày"),
        ("case.cells.head()", "ô 6: hiện một kết quả không qua trình bày"),
        ("import warnings\nwarnings.warn('x')", "ô 6: hiện một kết quả không qua trình bày"),
        ("from IPython.display import clear_output\nclear_output()", "ô 6: hiện một kết quả không"),
        (
            "handle = display(show('a'), display_id='b')\nhandle.update(show('c'))",
            "ô 6: hiện một kết quả không qua trình bày",
        ),
        ("len?", "ô 6: hiện một kết quả không qua trình bày"),
        ("import os\nn = os.write(1, b'x')", "ghi thẳng ra màn hình"),
        ("from subprocess import run\nn = run(['echo', 'x'])", "ghi thẳng ra màn hình"),
        (
            "import matplotlib.pyplot as plt\nfigure = plt.figure()",
            "ô 6: hiện một kết quả không qua trình bày",
        ),
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
    task: Task, inputs: TaskInputs, extra: str, says: str
):
    with pytest.raises(Exception, match=re.escape(says)):
        made(task, inputs, extra)


@pytest.mark.parametrize("change", [{"tags": []}, {"name": "unit_"}, {"close": ""}])
def test_run_task_of_a_notebook_without_proof_fails(task: Task, inputs: TaskInputs, change: dict):
    """Papermill exits 0 and evaluates the unit that the template names."""
    broken = toy.notebook(close=change.get("close", toy.CLOSE))
    broken.cells[1].metadata["tags"] = change.get("tags", ["parameters"])
    broken.cells[1].source = broken.cells[1].source.replace(
        "unit:", f"{change.get('name', 'unit')}: str = '1'\nunit:"
    )
    broken.cells[2].source = broken.cells[2].source.replace("(plan, unit)", "(plan, '230')")
    with pytest.raises(Exception, match="chưa đối chiếu"):
        worker_process.run_in_worker(MAKE, replace(task, template=nbformat.writes(broken)), inputs)


def test_run_in_worker_beyond_its_limits_ends_that_task_alone(task: Task, inputs: TaskInputs):
    with pytest.raises(worker_process.WorkerDied, match="ô 6: quá 2 giây"):
        made(task, inputs, "import threading\nthreading.Event().wait()", seconds=2)
    with pytest.raises(Exception, match="ô 6: MemoryError"):
        made(task, inputs, "x = bytearray(10**9)", memory=400 * 2**20)
    assert made(task, inputs)


def test_run_in_worker_with_an_unpicklable_task_leaves_no_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with pytest.raises(Exception, match=r"pickle|local object"):
        worker_process.run_in_worker(MAKE, lambda: "no task")
    assert not [*tmp_path.glob("pcmd-*")]


def test_run_on_machine_in_another_environment_fails(task: Task, inputs: TaskInputs):
    other = replace(inputs, environment="another")
    packed = zlib.compress(pickle.dumps({other.key: other}))
    with pytest.raises(TaskFailed, match="khác với máy chính"):
        run_on_machine(replace(task, inputs_key=other.key), packed)


def test_hash_environment_of_data_that_change_is_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(paths, "DATA", tmp_path)
    (tmp_path / "forms").mkdir()
    kept = tmp_path / "forms" / "kept.yaml"
    added = kept.with_name("added.yaml")
    kept.write_text("a: 1")
    seen = [hash_environment(("forms/*.yaml",))]
    for change in (
        lambda: kept.write_text("a: 2\n"),
        lambda: added.write_text("b: 1"),
        lambda: added.rename(kept.with_name("renamed.yaml")),
        kept.unlink,
    ):
        change()
        seen.append(hash_environment(("forms/*.yaml",)))
        assert seen[-1] == hash_environment(("forms/*.yaml",))
    assert len({*seen}) == len(seen)


SHARING = """
import pickle, sys
from dataclasses import replace
from pcmd_eval.batch import worker_process
from pcmd_eval.batch.tasks import TaskFailed

task, own, other = pickle.load(sys.stdin.buffer)
make = "pcmd_eval.batch.task_runner:run_task"
with worker_process.sharing() as share:
    share([own])
    held = worker_process.run_in_worker("test_engine:held")
    made = worker_process.run_in_worker(make, replace(task, inputs_key=own.key), own)
    try:
        worker_process.run_in_worker(make, replace(task, inputs_key=other.key), other)
    except TaskFailed as error:
        sys.stdout.buffer.write(pickle.dumps((held, made, str(error))))
"""


def held(folder: str, say: object) -> int:
    """Return the number of cases that this process inherited."""
    return len(cases.cached_cases)


def test_preload_cases_serves_only_tasks_with_the_same_tables(task: Task, inputs: TaskInputs):
    """The same bytes as from the tables; a task with other tables, here other findings, has none of
    it.
    """
    tables = dict(inputs.tables)
    row = next(line for line in tables["findings.csv"].splitlines() if b",231," in line)
    tables["findings.csv"] = tables["findings.csv"].replace(row, row.replace(b"25/33", b"26/33"))
    other = replace(inputs, tables=tables)
    ran = subprocess.run(
        [sys.executable, "-c", SHARING],
        input=pickle.dumps((task, inputs, other)),
        stdout=subprocess.PIPE,
        check=True,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(map(str, Path(__file__).parents[:2]))},
    )
    born, made, failed = pickle.loads(ran.stdout)
    assert born == (worker_process.START_METHOD == "forkserver")
    unknown = replace(inputs, tables={**inputs.tables, "unread.csv": b""})  # not preloaded here
    from_tables = replace(task, inputs_key=unknown.key)
    assert made == worker_process.run_in_worker(MAKE, from_tables, unknown)
    assert "findings.csv: communication của đơn vị 231, cột reason" in failed


KILLED = """
import os, signal
from pcmd_eval.batch import worker_process

with worker_process.sharing():
    worker_process.start_server()
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.skipif(
    worker_process.START_METHOD != "forkserver", reason="no server is started there"
)
def test_start_server_of_a_killed_run_ends_and_leaves_no_files():
    """It holds the pipe that is read here: that is over when it is, too."""
    with tempfile.TemporaryDirectory() as temporary:  # a short name, as sockets need it
        env = os.environ | {"TMPDIR": temporary}
        command = [sys.executable, "-c", KILLED]
        ran = subprocess.run(command, stdout=subprocess.PIPE, env=env, check=False, timeout=120)
        assert ran.returncode == -signal.SIGKILL
        assert not [*Path(temporary).glob("pcmd-*")]


@pytest.mark.slow
def test_run_in_worker_by_spawn_gives_the_same_bytes(task: Task, inputs: TaskInputs):
    """As on macOS and Windows, where none can be forked."""
    spawned = worker_process.run_in_worker(MAKE, task, inputs, method="spawn")
    assert spawned == worker_process.run_in_worker(MAKE, task, inputs)


# ---- the page ------------------------------------------------------------------------------------


def test_run_in_worker_does_not_execute_the_calling_script_anew(tmp_path: Path):
    script = tmp_path / "script.py"
    script.write_text(
        "print('ran')\n"
        "if __name__ == '__main__':\n"
        "    from pcmd_eval.batch.worker_process import run_in_worker\n"
        "    print(run_in_worker('operator:eq', method='spawn'), __file__)\n"
    )
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["ran", "False", str(script)]


def test_notebook_bytes_of_an_invalid_notebook_raises():
    notebook = asked(["1"])
    assert b'"1"' in notebook_bytes(notebook)
    notebook.cells[0].outputs = [NotebookNode(output_type="update_display_data", data={})]
    with pytest.raises(nbformat.ValidationError):
        notebook_bytes(notebook)


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("<script>x</script>a", "a"),
        ('<a href="javascript:1">a</a>', "<a>a</a>"),
        ('<a href="../x.html">a</a>', '<a href="../x.html">a</a>'),
        ('<img src="http://x/y.png">', "<img>"),
        ('<svg onload="1"><script>1</script></svg>', ""),
        ("<img src=\"data:image/svg+xml,<svg onload='1'/>\">", "<img>"),
        (
            '<img src="data:image/svg+xml;base64,AAAA">',
            '<img src="data:image/svg+xml;base64,AAAA">',
        ),
        (
            '<img src="data:image/png;base64,AAAA" alt="q">',
            '<img src="data:image/png;base64,AAAA" alt="q">',
        ),
        ('<p style="background:url(x);color:red" onclick="1">t</p>', '<p style="color:red">t</p>'),
        ('<th scope="col">h</th>', "h"),
        ('<iframe src="x"></iframe><form><input></form>', ""),
    ],
)
def test_clean_removes_what_could_run_or_fetch(given: str, shown: str):
    assert clean(given) == shown


def test_task_key_changes_with_every_input(task: Task, inputs: TaskInputs):
    """Promise 8: another table, program, unit, template or word of people is another result."""
    others = [
        replace(inputs, tables={**inputs.tables, "returns.csv": b"other"}),
        replace(inputs, environment="other"),
        replace(inputs, plan="other"),
    ]
    tasks = [task, *(replace(task, inputs_key=other.key) for other in others)]
    tasks += [
        replace(task, unit="232"),
        replace(task, template="other"),
        replace(task, words=(("230.md", b"x"),)),
    ]
    tasks += [
        replace(task, rows=({"a": "b"},)),
        replace(task, page=("x",)),
        replace(task, units=("230",)),
        replace(task, path="x"),
    ]
    assert len({each.key for each in tasks}) == len(tasks) and replace(task).key == task.key
