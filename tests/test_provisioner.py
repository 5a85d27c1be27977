"""Kernels forked from a preloaded process behave as ordinary ones do, and share nothing."""

import asyncio
import os
import signal
import stat
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import Empty

import pytest
from jupyter_client import AsyncKernelManager, BlockingKernelClient, KernelManager

from pcmd_eval.batch import provisioner
from pcmd_eval.batch.provisioner import KERNELS, BlockingPromptClient, ForkedKernel, preloaded

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this platform: the ordinary kernel is used")


@contextmanager
def kernel(**options: object) -> Iterator[tuple[KernelManager, BlockingKernelClient]]:
    """A running kernel of the project's kernelspec and a client of it; it is gone afterwards."""
    manager = KernelManager(kernel_name="pcmd-eval")
    manager.start_kernel(**options)
    client = manager.client()
    client.start_channels()
    client.wait_for_ready(timeout=30)
    try:
        yield manager, client
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


def said(client: BlockingKernelClient, code: str) -> str:
    """What the code prints, or the name of the error it raises."""
    asked = client.execute(code)
    text = ""
    while True:
        message = client.get_iopub_msg(timeout=20)
        kind, content = message["header"]["msg_type"], message["content"]
        if kind == "stream":
            text += content["text"]
        elif kind == "error":
            text += content["ename"]
        elif content.get("execution_state") == "idle" and message["parent_header"].get("msg_id") == asked:
            return text.strip()


def ends(pid: int, within: float = 10) -> bool:
    """Whether the process is gone in time."""
    deadline = time.monotonic() + within
    while time.monotonic() < deadline:
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rsplit(")")[1].split()[0]
        except (FileNotFoundError, ProcessLookupError):
            return True
        if state == "Z":
            return True
        time.sleep(0.05)
    return False


def test_the_kernel_is_a_fork_that_has_everything_imported() -> None:
    """It is no child of this process, and pandas and the package stand in it before the first cell."""
    with kernel() as (manager, client):
        assert isinstance(manager.provisioner.process, ForkedKernel)
        assert said(
            client, "import os, sys; print(os.getpid(), 'pandas' in sys.modules, 'pcmd_eval.display' in sys.modules)"
        ) == (f"{manager.provisioner.pid} True True")


def test_no_state_passes_between_kernels(tmp_path: Path) -> None:
    """Modules, settings, random state, environment, folder and open files of one are not in the next."""
    change = """
        import os, sys, random, numpy, matplotlib, types
        sys.modules["pcmd_left_behind"] = types.ModuleType("left")
        matplotlib.rcParams["font.size"] = 77
        os.environ["PCMD_LEFT"] = "1"
        os.chdir("/")
        left = open("/dev/null")
        print(random.random(), numpy.random.rand())
    """
    look = """
        import os, sys, random, numpy, matplotlib
        left = "pcmd_left_behind" in sys.modules, os.environ.get("PCMD_LEFT")
        print(*left, matplotlib.rcParams["font.size"], os.getcwd())
        print(random.random(), numpy.random.rand())
    """
    with kernel(cwd=str(tmp_path)) as (_, client):
        first = said(client, textwrap.dedent(change))
    with kernel(cwd=str(tmp_path)) as (_, client):
        state, second = said(client, textwrap.dedent(look)).splitlines()
    assert state == f"False None 10.0 {tmp_path}"
    assert not set(first.split()) & set(second.split())


def test_the_environment_is_the_one_asked_for_and_no_more() -> None:
    """The kernel's environment replaces that of the process it is forked from."""
    wanted = {key: os.environ[key] for key in ("PATH", "HOME") if key in os.environ} | {
        "ONLY_HERE": "yes",
        "TZ": "Asia/Ho_Chi_Minh",
    }
    with kernel(env=wanted) as (_, client):
        assert (
            said(client, "import os, time; print(os.environ['ONLY_HERE'], 'USER' in os.environ, time.tzname[0])")
            == "yes False +07"
        )


def test_interrupt_stops_the_cell_and_not_the_kernel() -> None:
    """As with the ordinary provisioner: KeyboardInterrupt in the cell, the next cell runs."""
    with kernel() as (manager, client):
        client.execute("import time; time.sleep(30)")
        time.sleep(0.5)
        manager.interrupt_kernel()
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            message = client.get_iopub_msg(timeout=10)
            if message["header"]["msg_type"] == "error":
                break
        assert message["content"]["ename"] == "KeyboardInterrupt"
        time.sleep(0.5)  # what is asked in the moment of an error is dropped, by any kernel
        assert said(client, "print(1 + 1)") == "2"


def test_restart_gives_a_new_process() -> None:
    """After a restart nothing of the old namespace is left."""
    with kernel() as (manager, client):
        said(client, "kept = 1")
        old = manager.provisioner.pid
        manager.restart_kernel(now=True)
        client.wait_for_ready(timeout=30)
        assert said(client, "print('kept' in globals())") == "False"
        assert manager.provisioner.pid != old
        assert ends(old)


@pytest.mark.parametrize(
    ("code", "exit_code"),
    [("import os; os._exit(7)", 7), ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", -9)],
)
def test_a_dead_kernel_is_noticed_with_its_exit_code(code: str, exit_code: int) -> None:
    """The exit code is the kernel's own, a signal's number negative, as subprocess has it."""
    manager = KernelManager(kernel_name="pcmd-eval")
    manager.start_kernel()
    client = manager.client()
    client.start_channels()
    client.wait_for_ready(timeout=30)
    client.execute(code)
    process = manager.provisioner.process
    deadline = time.monotonic() + 10
    while process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.05)
    assert process.poll() == exit_code
    assert not manager.is_alive()
    client.stop_channels()
    manager.cleanup_resources()


def test_shutdown_leaves_no_process() -> None:
    """A kernel that is shut down is gone, and so is what it started."""
    with kernel() as (manager, client):
        child = int(said(client, "import subprocess; print(subprocess.Popen(['sleep', '60']).pid)"))
        pid = manager.provisioner.pid
    assert ends(pid)
    assert ends(child)


def test_no_port_is_open_and_sockets_are_the_owners_alone() -> None:
    """IPC transport; the socket of the preloaded process lies in a folder that only its owner may enter."""
    with kernel() as (manager, _):
        assert manager.transport == "ipc"
        socket_file = Path(preloaded.socket)
        assert stat.S_IMODE(socket_file.parent.stat().st_mode) == 0o700
        listening = {
            line.split()[9] for line in Path("/proc/net/tcp").read_text().splitlines()[1:] if line.split()[3] == "0A"
        }
        held = {str(f.readlink()) for f in _descriptors(manager.provisioner.pid)}
        assert not {f"socket:[{inode}]" for inode in listening} & held


def _descriptors(pid: int) -> list[Path]:
    return list(Path(f"/proc/{pid}/fd").iterdir())


def test_fifty_kernels_at_once_start_without_a_clash() -> None:
    """Every one answers with its own process number, and all are gone afterwards."""

    async def one(number: int) -> int:
        manager = AsyncKernelManager(kernel_name="pcmd-eval")
        await manager.start_kernel()
        client = manager.client()
        client.start_channels()
        await client.wait_for_ready(timeout=60)
        pid = manager.provisioner.pid
        client.stop_channels()
        await manager.shutdown_kernel(now=True)
        return pid

    async def all_of_them() -> list[int]:
        return await asyncio.gather(*(one(number) for number in range(50)))

    pids = asyncio.run(all_of_them())
    assert len(set(pids)) == 50
    assert all(ends(pid) for pid in pids)


def test_the_death_of_the_parent_ends_everything(tmp_path: Path) -> None:
    """kill -9 of the process that started them: the preloaded process and the kernel are gone within 10 s."""
    script = tmp_path / "parent.py"
    script.write_text(
        "from jupyter_client import KernelManager\nimport time\nfrom pcmd_eval.batch.provisioner import preloaded\n"
        "m = KernelManager(kernel_name='pcmd-eval')\nm.start_kernel()\n"
        "print(m.provisioner.pid, preloaded._process.pid, flush=True)\ntime.sleep(60)\n",
        encoding="utf-8",
    )
    parent = subprocess.Popen([sys.executable, script], stdout=subprocess.PIPE, text=True)
    assert parent.stdout
    pids = [int(word) for word in parent.stdout.readline().split()]
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    assert len(pids) == 2
    assert all(ends(pid) for pid in pids)


def test_the_ordinary_kernel_takes_over_when_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """PCMD_KERNELS=ordinary: the same kernelspec, a kernel that this process started."""
    monkeypatch.setenv("PCMD_KERNELS", "ordinary")
    with kernel() as (manager, client):
        assert isinstance(manager.provisioner.process, subprocess.Popen)
        assert said(client, "print(1)") == "1"


def test_the_ordinary_kernel_takes_over_when_the_preloaded_process_fails(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    """A socket nobody listens on: the kernel runs all the same, and a warning says so."""
    monkeypatch.setenv("PCMD_FORK_SOCKET", str(tmp_path / "nobody"))
    with caplog.at_level("WARNING"), kernel() as (manager, client):
        assert isinstance(manager.provisioner.process, subprocess.Popen)
        assert said(client, "print(1)") == "1"
    assert "Kernel thường" in caplog.text


def test_changed_code_is_not_served_from_before(tmp_path: Path) -> None:
    """When a module of the package changes, the preloaded process is replaced before it forks again."""
    with kernel() as (_, client):
        first = said(client, "import os; print(os.getppid())")
    module = Path(__file__).parent.parent / "pcmd_eval" / "__init__.py"
    os.utime(module)
    with kernel() as (_, client):
        assert said(client, "import os; print(os.getppid())") != first


def test_a_batch_kernel_answers_like_any_other_with_fewer_threads() -> None:
    """Outputs, errors and inputs as ever; the debugger, the heartbeat and the like are not there."""
    threads = "import threading; print(*sorted(thread.name for thread in threading.enumerate()))"
    with kernel() as (_, client):
        usual = said(client, threads).split()
    with kernel(env={**os.environ, KERNELS: "batch"}) as (manager, client):
        assert isinstance(manager.provisioner.process, ForkedKernel)
        assert len(said(client, threads).split()) < len(usual)
        assert said(client, "1 / 0") == "ZeroDivisionError"
        assert said(client, "import sys, ipykernel.ipkernel; print(ipykernel.ipkernel.sys is sys)") == "True"
        assert said(client, "print(In[-1], Out)") == "print(In[-1], Out) {}"
        pid = manager.provisioner.pid
    assert ends(pid)


def test_the_kernel_listens_before_anyone_connects() -> None:
    """A client that finds no socket tries again only after a while: the sockets are there when the start is over."""
    manager = KernelManager(kernel_name="pcmd-eval")
    manager.start_kernel()
    try:
        assert all(Path(f"{manager.ip}-{port}").exists() for port in (manager.shell_port, manager.iopub_port))
        assert isinstance(manager.client(), BlockingPromptClient)
    finally:
        manager.shutdown_kernel(now=True)


def test_who_kills_a_kernel_sees_it_end() -> None:
    """What a batch waits for at the end of each notebook."""
    manager = KernelManager(kernel_name="pcmd-eval")
    manager.start_kernel()
    process = manager.provisioner.process
    asyncio.run(manager.provisioner.kill())
    assert process.returncode == -signal.SIGKILL
    manager.cleanup_resources()


def test_a_timeout_is_reported_as_with_any_kernel() -> None:
    """nbclient's cell time-out works on a forked kernel."""
    from nbclient import NotebookClient
    from nbclient.exceptions import CellTimeoutError
    from nbformat.v4 import new_code_cell, new_notebook

    slow = NotebookClient(
        new_notebook(cells=[new_code_cell("import time; time.sleep(30)")]), kernel_name="pcmd-eval", timeout=1
    )
    with pytest.raises(CellTimeoutError):
        slow.execute()


def test_messages_left_unread_do_not_hang(tmp_path: Path) -> None:
    """A client that reads nothing more gets Empty, not a hang."""
    with kernel() as (_, client), pytest.raises(Empty):
        while True:
            client.get_iopub_msg(timeout=0.5)


# ---- as the ordinary kernel does ------------------------------------------------------------------------------------


@pytest.mark.parametrize("means", ["batch", "forked", "ordinary"])
def test_every_kind_of_kernel_awaits_prints_imports_and_writes_alike(
    means: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Output in its order, a top-level await, modules of its own folder and none of its client's, files' rights."""
    client_folder, own_folder = tmp_path / "client", tmp_path / "own"
    for folder in (client_folder, own_folder):
        folder.mkdir()
        (folder / "beside.py").write_text(f"word = {folder.name!r}\n")
    monkeypatch.chdir(client_folder)
    preloaded.stop()
    code = """
        import asyncio, os, sys, time
        print("first", flush=True); print("second", file=sys.stderr, flush=True)
        await asyncio.sleep(0.01)
        import beside
        open("made", "w").close()
        print(beside.word, oct(os.stat("made").st_mode & 0o777))
    """
    with kernel(cwd=str(own_folder), env={**os.environ, KERNELS: means}) as (manager, client):
        assert isinstance(manager.provisioner.process, ForkedKernel) is (means != "ordinary")
        text = said(client, textwrap.dedent(code))
        places = said(client, f"print({str(client_folder)!r} in sys.path, sys.path.count(''))")
    before = os.umask(0)
    os.umask(before)
    assert text.splitlines() == ["first", "second", f"own {oct(0o666 & ~before)}"]
    assert places == "False 1"


def test_a_client_that_leaves_ends_its_own_kernel_and_no_other() -> None:
    """Even if it leaves in the moment its kernel is forked: the process they are forked from goes on."""
    with kernel() as (_, client):
        for pause in (0.0, 0.001, 0.01, 0.05) * 5:
            request = {"argv": ["ipykernel_launcher", "-f", "nowhere.json"], "env": dict(os.environ), "cwd": "/"}
            forked = preloaded.fork(request)
            time.sleep(pause)
            forked.connection.close()
            assert ends(forked.pid)
        assert said(client, "print(1)") == "1"
        with kernel() as (other, second):
            assert isinstance(other.provisioner.process, ForkedKernel) and said(second, "print(2)") == "2"


def test_changed_code_leaves_running_kernels_alone(tmp_path: Path) -> None:
    """A second process serves the new code; the first ends with its last kernel."""
    module = Path(provisioner.__file__).parent / "__init__.py"
    with kernel() as (_, client):
        old = said(client, "import os; print(os.getppid())")
        os.utime(module)
        with kernel() as (other, second):
            assert isinstance(other.provisioner.process, ForkedKernel)
            assert said(second, "import os; print(os.getppid())") != old
        assert said(client, "print(3)") == "3"
    assert ends(int(old))


def test_a_kernel_that_needs_another_interpreter_is_an_ordinary_one_and_leaves_the_others_alone() -> None:
    """What Python fixes when it starts cannot be given to a fork."""
    with kernel() as (_, client):
        with kernel(env={**os.environ, "PYTHONHASHSEED": "7"}) as (other, second):
            assert not isinstance(other.provisioner.process, ForkedKernel) and said(second, "print(hash('a'))")
        assert said(client, "print(4)") == "4"
