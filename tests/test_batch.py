"""What stops a run before any kernel starts, and every way in which a notebook only seems to succeed."""

import json
import os
import signal
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import nbformat
import pytest
from small_root import (
    GOOD,
    NOTEBOOK,
    OBJECTIVE,
    PARAMETERS,
    READ,
    THREAD,
    WRITE,
    kernels,
    notebook,
    tiny,
    write_notebooks,
)

from pcmd_eval.batch.execution import execute
from pcmd_eval.batch.jobs import (
    NOTEBOOKS,
    BrokenTemplate,
    Job,
    Limits,
    Setting,
    check_templates,
    jobs_of,
    read_templates,
    tasks_of,
)
from pcmd_eval.batch.provisioner import ForkProvisioner
from pcmd_eval.batch.workers import run_tasks, workers
from pcmd_eval.errors import InputRefused
from pcmd_eval.project import Project, open_project

__all__ = ["tiny"]  # the fixture

# ---- before anything starts -----------------------------------------------------------------------------------------


def test_a_province_of_13_districts_and_6_objectives_has_98_jobs():
    jobs = jobs_of(open_project("phu_tho_2017"))
    assert len(jobs) == len(set(jobs)) == 14 * 6 + 13 + 1
    assert sum(job.notebook == "district_review" for job in jobs) == 13
    assert {j.place for j in jobs if j.unit == "230"} == {
        f"districts/230-doan-hung/{name}" for name in (*NOTEBOOKS.values(), "district_review")
    }
    assert {j.place for j in jobs if j.unit == "25"} == {
        f"province/{name}" for name in (*NOTEBOOKS.values(), "province_review")
    }


def test_a_plan_with_fewer_objectives_has_fewer_jobs(tiny: Project):
    assert [job.notebook for job in jobs_of(tiny)] == [NOTEBOOK, "district_review"] * 2 + [NOTEBOOK, "province_review"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (notebook(READ, WRITE, parameters='plan: str = "x"\nunits: str = "230"'), "plan, units"),
        (notebook(READ, WRITE, tags=()), "thấy 0"),
        (notebook(READ, WRITE, parameters='plan: str = "x"'), "thấy plan"),
        (notebook(READ, WRITE, parameters=PARAMETERS + '\nyear: str = "2017"'), "plan, unit, year"),
        (notebook(READ, WRITE, parameters='plan: str = "x"\nunit: int = 230'), "unit phải có kiểu str"),
        (notebook(READ, WRITE, parameters='plan: str = "x"\nunit: str = 230'), "unit phải có kiểu str"),
        (notebook(READ, WRITE, parameters='plan = "x"\nunit = "230"'), "không có tham số nào"),
        (notebook(READ, WRITE, parameters="plan: str ="), "không phải mã Python"),
        (notebook(READ, WRITE, tags=("parameters", "injected-parameters")), "sổ đã chạy"),
        ("{", "không phải tệp sổ"),
    ],
)
def test_a_broken_template_is_refused_with_a_sentence_that_names_it(tmp_path: Path, text: str, words: str):
    folder = write_notebooks(tmp_path, district_review=text)
    with pytest.raises(BrokenTemplate) as refused:
        check_templates(read_templates(folder, [NOTEBOOK, "district_review"]))
    assert len(refused.value.reasons) == 1
    assert refused.value.reasons[0].startswith("Sổ district_review.ipynb: ") and words in refused.value.reasons[0]


def test_two_parameters_cells_are_refused(tmp_path: Path):
    doubled = json.loads(GOOD)
    doubled["cells"][2]["metadata"]["tags"] = ["parameters"]
    with pytest.raises(BrokenTemplate, match="thấy 2"):
        check_templates({"district_review": json.dumps(doubled)})


def test_every_fault_of_every_template_is_told_at_once(tmp_path: Path):
    folder = write_notebooks(tmp_path, district_review="{", province_review=notebook(tags=()))
    with pytest.raises(BrokenTemplate) as refused:
        check_templates(read_templates(folder, [NOTEBOOK, "district_review", "province_review"]))
    assert len(refused.value.reasons) == 2
    with pytest.raises(BrokenTemplate) as refused:
        read_templates(folder, [NOTEBOOK, "gone", "lost"])
    assert len(refused.value.reasons) == 2


@pytest.mark.parametrize(("unit", "plan"), [(230, "tiny"), ("999", "tiny"), (None, "tiny"), ("230", 2017)])
def test_a_parameter_of_another_type_or_an_unknown_unit_is_refused(tmp_path: Path, unit: object, plan: object):
    setting = Setting("r", plan)  # type: ignore[arg-type]
    row = {"unit_code": "230", "objective": OBJECTIVE}
    with pytest.raises(InputRefused):
        tasks_of([Job(unit, NOTEBOOK, "x")], {NOTEBOOK: GOOD}, [row], setting)  # type: ignore[arg-type]
    assert not kernels()


# ---- one notebook ---------------------------------------------------------------------------------------------------


@pytest.fixture
def task():
    """A function that makes the task of one notebook for Đoan Hùng, with its row of findings.csv in place."""
    row = {"unit_code": "230", "unit_name": "Huyện Đoan Hùng", "objective": OBJECTIVE, "reason": "Có & <chưa>"}
    lines = [",".join(row), ",".join(row.values()), ",".join({**row, "unit_code": "240"}.values())]
    files = {"findings.csv": ("\n".join(lines) + "\n").encode()}

    def make(*sources: str, limits: Limits = Limits()):
        setting = Setting("run-1", "tiny", illustrative=True, limits=limits)
        job = Job("230", NOTEBOOK, "districts/230-doan-hung")
        return tasks_of([job], {NOTEBOOK: notebook(*sources)}, [row], setting, lambda _: files)[0]

    return make


def test_a_good_notebook_leaves_itself_and_a_page_the_same_twice(task, monkeypatch: pytest.MonkeyPatch):
    first = execute(task(READ, WRITE))
    monkeypatch.setenv("TZ", "Asia/Ho_Chi_Minh")
    monkeypatch.setenv("PYTHONHASHSEED", "7")
    second = execute(task(READ, WRITE))
    assert first.done and not first.cause
    assert first.notebook == second.notebook and first.page == second.page
    made = nbformat.reads(first.notebook.decode(), as_version=4)
    nbformat.validate(made)
    assert [c.id for c in made.cells] == ["heading", "parameters", "injected-parameters", "code-0", "code-1"]
    assert "papermill" not in first.notebook.decode() and "language_info" in made.metadata
    assert 'unit = "230"' in made.cells[2].source
    assert (
        "Có &amp; &lt;chưa&gt;" in first.page.decode()
        and "<title>Sổ thử – Huyện Đoan Hùng</title>" in first.page.decode()
    )
    assert not kernels()


def test_a_kernel_gets_a_world_of_its_own(task, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PYTHONSTARTUP", "/nowhere")
    monkeypatch.setenv("PCMD_RETURNS", "/nowhere")
    names = ("PYTHONSTARTUP", "PCMD_RETURNS", "OMP_NUM_THREADS", "TZ", "MPLBACKEND", "PYTHONHASHSEED", "PCMD_AUDIENCE")
    shown = (
        f'said["findings"][0]["world"] = [os.environ.get(n, "") for n in {names}] + [os.getcwd(), os.sys.executable]'
    )
    result = execute(task(READ, shown, "Sentence(str(said))", WRITE))
    assert "không khớp" in result.cause  # the extra column makes it another finding
    said = result.notebook.decode()
    assert "['', '', '1', 'UTC', 'agg', '0', 'public'" in said and os.sys.executable in said
    assert "PCMD_RUN_ID" not in os.environ


@pytest.mark.parametrize(
    ("sources", "cell", "cause"),
    [
        ([READ, "1 / 0", WRITE], "ô 5 “1 / 0”", "ZeroDivisionError: division by zero"),
        ([READ], "ô 4", "không ghi lại kết quả"),
        ([READ, 'said["unit"] = "240"', WRITE], "ô 6", "unit là “240”, phải là “230”"),
        ([READ, 'said["run_id"] = "run-0"', WRITE], "ô 6", "run_id"),
        ([READ, f'said["notebook"] = "{NOTEBOOKS["media"]}"', WRITE], "ô 6", "notebook"),
        ([READ, 'rows[0]["reason"] = "Đạt"', WRITE], "ô 6", "không khớp với findings.csv"),
        ([READ, "rows.clear()", WRITE], "ô 6", "không khớp với findings.csv"),
        ([READ, 'rows[0]["unit_code"] = "240"', WRITE], "ô 6", "không khớp với findings.csv"),
        ([READ, 'said = ["x"]', WRITE], "ô 6", "không đọc được"),
        ([READ, WRITE, "import sys; sys.exit(0)", "1"], "ô 6", "chưa chạy xong"),
        ([READ, WRITE, "import sys; sys.exit(0)"], "ô 6", "chưa chạy xong"),
        ([READ, WRITE, "os._exit(0)", "1"], "ô 6", "dừng đột ngột"),
        ([READ, WRITE, "import signal; os.kill(os.getpid(), signal.SIGKILL)"], "ô 6", "dừng đột ngột"),
        ([READ, "import warnings; warnings.warn('cũ')", WRITE], "ô 5", "cảnh báo"),
        ([READ, WRITE, THREAD], "ô 6", "ZeroDivisionError"),
    ],
)  # fmt: skip
def test_what_only_seems_to_succeed_is_a_failure(task, sources: list[str], cell: str, cause: str):
    result = execute(task(*sources))
    assert not result.done and not result.page
    assert result.cell.startswith(cell) and cause in result.cause
    assert result.words.startswith(f"230 {NOTEBOOK}, {cell}")
    assert not kernels()


def test_a_cell_and_a_notebook_that_take_too_long_are_ended(task):
    slow = ["import time", *["time.sleep(1.5)"] * 4]
    result = execute(task(READ, *slow, WRITE, limits=Limits(cell=1)))
    assert (result.cell, result.cause) == ("ô 6 “time.sleep(1.5)”", "ô chạy quá 1 giây")
    result = execute(task(READ, *slow, WRITE, limits=Limits(notebook=3)))
    assert result.cell.startswith("ô ") and result.cause == "cả sổ chạy quá 3 giây"
    assert not kernels()


@pytest.fixture
def launched(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], list[int]]:
    """A function that lets the next kernels die while they start; it returns the list of all that are launched."""

    def dying(count: int) -> list[int]:
        pids: list[int] = []

        async def launch(self: ForkProvisioner, *given: Any, **named: Any) -> Any:
            information = await real(self, *given, **named)
            pids.append(self.pid)
            if len(pids) <= count:
                os.kill(self.pid, signal.SIGKILL if os.name == "posix" else signal.SIGTERM)
            return information

        monkeypatch.setattr(ForkProvisioner, "launch_kernel", launch)
        return pids

    real = ForkProvisioner.launch_kernel
    return dying


@pytest.mark.parametrize("socket", ["", None], ids=["ordinary", "forked"])
@pytest.mark.parametrize(("dying", "tries", "done"), [(0, 1, True), (1, 2, True), (9, 2, False)])
def test_a_kernel_that_dies_while_it_starts_is_tried_once_more(task, launched, socket, dying, tries, done):
    asked, pids = task(READ, WRITE), launched(dying)
    result = execute(replace(asked, setting=replace(asked.setting, socket=socket)))
    assert (result.done, len(pids), len(set(pids))) == (done, tries, tries)
    assert done or (not result.cell and "nhân (kernel) không khởi động được" in result.cause)


@pytest.mark.parametrize("socket", ["", None], ids=["ordinary", "forked"])
def test_a_kernel_that_dies_in_a_cell_is_not_tried_again(task, launched, tmp_path: Path, socket):
    ran = tmp_path / "ran"
    asked, pids = task(READ, f'open({str(ran)!r}, "a").write("once")', "os._exit(1)", WRITE), launched(0)
    result = execute(replace(asked, setting=replace(asked.setting, socket=socket)))
    assert not result.done and result.cause == "nhân (kernel) dừng đột ngột" and result.cell.startswith("ô 6")
    assert ran.read_text() == "once" and len(pids) == 1


def test_a_kernel_that_is_not_there_is_a_failure_without_a_cell(task):
    asked = task(READ, WRITE)
    result = execute(replace(asked, setting=replace(asked.setting, kernel="gone")))
    assert not result.done and not result.cell and "không khởi động được" in result.cause


@pytest.mark.skipif(os.name != "posix", reason="the parent of a kernel cannot be killed like this")
def test_a_worker_that_dies_takes_no_other_work_with_it(task, tmp_path: Path):
    """Its own notebook gets one more try, in a new process; the second death is its result."""
    once, kill = tmp_path / "once", "import os, signal, pathlib; os.kill(os.getppid(), signal.SIGKILL)"
    mark = f"import pathlib, time; p = pathlib.Path({str(once)!r}); first = not p.exists(); p.touch()"
    folders = {
        "always": task(READ, kill, "import time; time.sleep(9)", WRITE),
        "once": task(READ, mark, f"if first:\n    {kill}; time.sleep(9)", WRITE),
        **{f"good-{number}": task(READ, WRITE) for number in range(4)},
    }
    tasks = [replace(asked, job=replace(asked.job, folder=name)) for name, asked in folders.items()]
    with workers(2) as pool:
        results = run_tasks(tasks, pool, lambda result: result)
    assert [r.job for r in results] == [t.job for t in tasks]
    assert [r.done for r in results] == [False, True, True, True, True, True]
    assert results[0].cause == "tiến trình chạy sổ bị hỏng (BrokenProcessPool)"


def test_a_notebook_reads_only_the_tables_it_is_given(task, tmp_path: Path):
    """They lie in its working folder, which is made for it alone and is gone afterwards."""
    show = 'Sentence(str((sorted(os.listdir()), os.getcwd() == os.environ["PCMD_INTERNAL"])) + " " + os.getcwd())'
    result = execute(task(READ, show, WRITE))
    said = json.loads(result.notebook)["cells"][4]["outputs"][0]["data"]["text/plain"][0]
    assert said.startswith("(['findings.csv'], True) ")
    assert result.done and not Path(said.split()[-1]).exists()


@pytest.mark.skipif(sys.platform != "linux", reason="no memory limit on this platform")
def test_a_notebook_that_needs_too_much_memory_fails_and_says_so(task):
    result = execute(task(READ, "x = bytearray(400 * 2**20)", WRITE, limits=Limits(memory=300)))
    assert (result.cell[:3], result.cause) == ("ô 5", "sổ cần quá 300 MiB bộ nhớ")
    assert execute(task(READ, "x = bytearray(400 * 2**20)", WRITE)).done


def test_another_installation_is_not_asked_to_run_a_notebook(task):
    asked = task(READ, WRITE)
    result = execute(replace(asked, setting=replace(asked.setting, identity="khác")))
    assert not result.done and "bản cài pcmd_eval khác" in result.cause
