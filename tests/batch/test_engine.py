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
from dataclasses import replace
from pathlib import Path

import nbclient
import nbformat
import papermill
import pytest
import toy
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_notebook

from pcmd_eval.analysis import session as cases
from pcmd_eval.batch import worker_process as fresh
from pcmd_eval.batch.notebook_html import clean, text_of
from pcmd_eval.batch.tasks import NOTEBOOK, Given, Task
from pcmd_eval.evaluation.findings import COLUMNS, evaluate
from pcmd_eval.intake.returns import Intake
from pcmd_eval.plan.plan import Plan

MAKE = "pcmd_eval.batch.task_runner:make"

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
    """What an error tells, without the name that a kernel gives its cell."""
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
    """What our engine makes of these cells."""
    return executed(cells, "inprocess")


@pytest.mark.slow
def test_awkward_cells_show_what_an_ordinary_kernel_shows():
    ours = fresh.in_fresh_process("test_engine:in_process", AWKWARD)
    for source, own, ordinary in zip(AWKWARD, ours, executed(AWKWARD, None), strict=True):
        assert own == ordinary, source


@pytest.mark.slow
def test_what_fails_in_an_ordinary_kernel_fails_alike():
    """Each in a process of its own, at its second cell; in one kernel that goes on."""
    ordinary = nbclient.execute(asked(FAILING), allow_errors=True)
    for source, cell in zip(FAILING, ordinary.cells, strict=True):
        [error] = [output for output in cell.outputs if output.output_type == "error"]
        told = [(2, said(error.ename, error.evalue, error.traceback))]
        assert fresh.in_fresh_process("test_engine:in_process", ["1", source]) == told, source
    ours = fresh.in_fresh_process("test_engine:in_process", ["1", GROUP])
    assert ours == executed(["1", GROUP], None)


# ---- runs that only seem to succeed --------------------------------------------------------------


@pytest.fixture(scope="module")
def given(plan: Plan, shipped: Intake) -> Given:
    """What every notebook of the public edition is given."""
    return toy.given(plan, shipped)


@pytest.fixture(scope="module")
def task(plan: Plan, shipped: Intake, given: Given) -> Task:
    """The communication notebook of district 231, public edition: not the unit that the template
    names.
    """
    found = evaluate(plan, shipped.cells)
    own = found[(found.unit_code == "231") & (found.objective == "communication")]
    rows = own[[*COLUMNS]].astype("string").fillna("").to_dict("records")
    text = nbformat.writes(toy.notebook())
    return Task(
        given.key,
        NOTEBOOK,
        "a/1_communication",
        "231",
        text,
        tuple(rows),
        ("Huyện Hạ Hòa", "Kế hoạch 1", ("A",)),
    )


def made(task: Task, given: Given, *extra: str, **limits: float) -> dict[str, bytes]:
    text = nbformat.writes(toy.notebook(*extra))
    return fresh.in_fresh_process(MAKE, replace(task, template=text), given, **limits)


def test_a_sound_notebook_counts_and_its_page_is_closed(task: Task, given: Given):
    files = made(task, given, "show('<script>alert(1)</script>')")
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
def test_what_only_seems_to_succeed_is_a_failure_named_with_its_cell(
    task: Task, given: Given, extra: str, says: str
):
    with pytest.raises(Exception, match=re.escape(says)):
        made(task, given, extra)


@pytest.mark.parametrize("change", [{"tags": []}, {"name": "unit_"}, {"close": ""}])
def test_a_lost_tag_a_misspelt_parameter_or_a_lost_last_cell_proves_nothing(
    task: Task, given: Given, change: dict
):
    """Papermill exits 0 and evaluates the unit that the template names."""
    broken = toy.notebook(close=change.get("close", toy.CLOSE))
    broken.cells[1].metadata["tags"] = change.get("tags", ["parameters"])
    broken.cells[1].source = broken.cells[1].source.replace(
        "unit:", f"{change.get('name', 'unit')}: str = '1'\nunit:"
    )
    broken.cells[2].source = broken.cells[2].source.replace("(plan, unit)", "(plan, '230')")
    with pytest.raises(Exception, match="chưa đối chiếu"):
        fresh.in_fresh_process(MAKE, replace(task, template=nbformat.writes(broken)), given)


def test_a_hang_and_a_hunger_for_memory_end_that_notebook_alone(task: Task, given: Given):
    with pytest.raises(fresh.Died, match="ô 6: quá 2 giây"):
        made(task, given, "import threading\nthreading.Event().wait()", seconds=2)
    with pytest.raises(Exception, match="ô 6: MemoryError"):
        made(task, given, "x = bytearray(10**9)", memory=400 * 2**20)
    assert made(task, given)


def test_what_cannot_be_started_says_why_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with pytest.raises(Exception, match=r"pickle|local object"):
        fresh.in_fresh_process(MAKE, lambda: "no task")
    assert not [*tmp_path.glob("pcmd-*")]


def test_an_installation_that_differs_makes_nothing(task: Task, given: Given):
    other = replace(given, program="another")
    with pytest.raises(Exception, match="khác với máy chính"):
        fresh.in_fresh_process(MAKE, replace(task, given_key=other.key), other)


SHARING = """
import pickle, sys
from dataclasses import replace
from pcmd_eval.batch import worker_process as fresh
from pcmd_eval.batch.tasks import Failed

task, own, other = pickle.load(sys.stdin.buffer)
make = "pcmd_eval.batch.task_runner:make"
with fresh.sharing() as share:
    share(own)
    held = fresh.in_fresh_process("test_engine:held")
    made = fresh.in_fresh_process(make, replace(task, given_key=own.key), own)
    try:
        fresh.in_fresh_process(make, replace(task, given_key=other.key), other)
    except Failed as error:
        sys.stdout.buffer.write(pickle.dumps((held, made, str(error))))
"""


def held(folder: str, say: object) -> int:
    """How many cases this process was born with."""
    return len(cases.held)


def test_a_case_that_the_server_opened_is_that_of_its_own_tables_alone(task: Task, given: Given):
    """The same bytes as from the tables; a task with other tables, here other findings, has none of
    it.
    """
    tables = dict(given.tables)
    row = next(line for line in tables["findings.csv"].splitlines() if b",231," in line)
    tables["findings.csv"] = tables["findings.csv"].replace(row, row.replace(b"25/33", b"26/33"))
    other = replace(given, tables=tables)
    ran = subprocess.run(
        [sys.executable, "-c", SHARING],
        input=pickle.dumps((task, given, other)),
        stdout=subprocess.PIPE,
        check=True,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(map(str, Path(__file__).parents[:2]))},
    )
    born, made, failed = pickle.loads(ran.stdout)
    assert born == (fresh.START == "forkserver")
    assert made == fresh.in_fresh_process(MAKE, task, given)
    assert "findings.csv: communication của đơn vị 231, cột reason" in failed


KILLED = """
import os, signal
from pcmd_eval.batch import worker_process as fresh

with fresh.sharing():
    fresh.warm()
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.skipif(fresh.START != "forkserver", reason="no server is started there")
def test_a_server_whose_run_was_killed_ends_and_leaves_nothing():
    """It holds the pipe that is read here: that is over when it is, too."""
    with tempfile.TemporaryDirectory() as temporary:  # a short name, as sockets need it
        env = os.environ | {"TMPDIR": temporary}
        command = [sys.executable, "-c", KILLED]
        ran = subprocess.run(command, stdout=subprocess.PIPE, env=env, check=False, timeout=120)
        assert ran.returncode == -signal.SIGKILL
        assert not [*Path(temporary).glob("pcmd-*")]


@pytest.mark.slow
def test_a_process_started_from_nothing_gives_the_same_bytes(task: Task, given: Given):
    """As on macOS and Windows, where none can be forked."""
    spawned = fresh.in_fresh_process(MAKE, task, given, start="spawn")
    assert spawned == fresh.in_fresh_process(MAKE, task, given)


# ---- the page ------------------------------------------------------------------------------------


def test_what_is_no_notebook_is_not_written():
    notebook = asked(["1"])
    assert b'"1"' in text_of(notebook)
    notebook.cells[0].outputs = [NotebookNode(output_type="update_display_data", data={})]
    with pytest.raises(nbformat.ValidationError):
        text_of(notebook)


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
def test_a_page_lets_nothing_run_and_fetches_nothing(given: str, shown: str):
    assert clean(given) == shown


def test_a_result_is_kept_under_all_that_it_was_made_from(task: Task, given: Given):
    """Promise 8: another table, program, edition, unit, template or word of people is another
    result.
    """
    others = [
        replace(given, tables={**given.tables, "returns.csv": b"other"}),
        replace(given, program="other"),
        replace(given, internal=not given.internal),
        replace(given, plan="other"),
    ]
    tasks = [task, *(replace(task, given_key=other.key) for other in others)]
    tasks += [
        replace(task, unit="232"),
        replace(task, template="other"),
        replace(task, words=(("230.md", b"x"),)),
    ]
    tasks += [
        replace(task, rows=({"a": "b"},)),
        replace(task, page=("x",)),
        replace(task, units=("230",)),
        replace(task, place="x"),
    ]
    assert len({each.key for each in tasks}) == len(tasks) and replace(task).key == task.key
