"""Read workbooks that others sent, each in a forked process of its own with limits on memory and time.

What such a process says comes back as JSON, never as a pickle: it has read hostile input. Where there is no `fork`
(Windows) the same pre-scan and reading run in this process.
"""

import contextlib
import json
import os
import selectors
import signal
import time
import warnings
from collections.abc import Iterable
from dataclasses import astuple, dataclass, field
from datetime import date
from io import BytesIO
from pathlib import Path

from openpyxl import load_workbook

from pcmd_eval.intake.container import Limits, Refused, refuse_hostile
from pcmd_eval.intake.faults import Fault
from pcmd_eval.intake.pages import Content, Note, Opened, within_reach
from pcmd_eval.intake.sheets import read_content
from pcmd_eval.observations import Observation, State
from pcmd_eval.project import Project

_BROKEN = "tệp hỏng, không đọc được; mở bằng Excel, lưu lại dạng .xlsx và gửi lại"
_CLOSED = "tệp không mở được; kiểm tra quyền đọc, đóng tệp nếu đang mở trong Excel rồi chạy lại"
_TOO_LARGE = "tệp lớn quá mức một báo cáo cần; chép số liệu sang biểu mẫu do Sở gửi, bỏ hình ảnh"
_TOO_MUCH = "đọc tệp này tốn quá nhiều bộ nhớ hoặc thời gian; chép số liệu sang biểu mẫu mới do Sở gửi"


def read_files(files: Iterable[Path], project: Project, limits: Limits = Limits()) -> list[Content]:
    """Read each file; whatever it holds, the answer is its content or its refusal, never an exception."""
    waiting = list(files)
    if not hasattr(os, "fork"):
        return [_read(path, project, limits) for path in waiting]
    order = tuple(waiting)
    done: dict[Path, Content] = {}
    with selectors.DefaultSelector() as selector:
        while len(done) < len(order):
            while waiting and len(selector.get_map()) < (os.cpu_count() or 1):
                child = _start(waiting.pop(0), project, limits)
                selector.register(child.pipe, selectors.EVENT_READ, child)
            for key, _ in selector.select(timeout=1):
                if chunk := os.read(key.fd, 1 << 16):
                    key.data.said += chunk
                    if len(key.data.said) > limits.answer_bytes:
                        key.data.said.clear()  # no return needs so many words: as if it had said nothing
                        key.data.deadline = 0
                else:
                    key.data.finished = True
            for child in [key.data for key in list(selector.get_map().values())]:
                if child.finished or time.monotonic() > child.deadline:
                    selector.unregister(child.pipe)
                    done[child.path] = _finish(child, project)
    return [done[path] for path in order]


def _read(path: Path, project: Project, limits: Limits) -> Content:
    """Read one file; one that cannot be opened, or is larger than all a workbook may hold, is refused unread."""
    try:
        if path.stat().st_size > limits.all_bytes:
            return _refused(path.name, _TOO_LARGE)
        content = path.read_bytes()
    except OSError as error:
        return _refused(path.name, f"{_CLOSED} ({error.strerror})")
    return read_bytes(path.name, content, project, limits)


def read_bytes(name: str, content: bytes, project: Project, limits: Limits = Limits()) -> Content:
    """Read one workbook in this process: the pre-scan, then openpyxl (with defusedxml), then the form."""
    try:
        refuse_hostile(content, limits)
        return read_content(name, _open(content), project.plan, project.form, project.register)
    except MemoryError:
        return _refused(name, _TOO_MUCH)
    except Refused as refusal:
        return _refused(name, str(refusal))
    except Exception as error:  # whatever a broken file makes the library raise, its sender is told the same
        return _refused(name, f"{_BROKEN} (lỗi {type(error).__name__})")


def _open(content: bytes) -> Opened:
    """The workbook with its formulas and with their stored results, which are the same unless there is a formula."""
    formulas = load_workbook(BytesIO(content))
    cells = (cell for sheet in formulas.worksheets for cell in within_reach(sheet))
    computed = any(cell.data_type == "f" for cell in cells)
    return Opened(load_workbook(BytesIO(content), data_only=True) if computed else formulas, formulas)


def _refused(name: str, words: str) -> Content:
    return Content(name, refusals=[f"Tệp {name}: {words[0].lower()}{words[1:]}."])


@dataclass
class _Child:
    path: Path
    pid: int
    pipe: int
    deadline: float
    said: bytearray = field(default_factory=bytearray)
    finished: bool = False


def _start(path: Path, project: Project, limits: Limits) -> _Child:
    here, there = os.pipe()
    with warnings.catch_warnings():
        # A notebook's kernel has other threads; the child touches none of what they hold, and never returns.
        warnings.simplefilter("ignore", DeprecationWarning)
        pid = os.fork()
    if pid:
        os.close(there)
        return _Child(path, pid, here, time.monotonic() + limits.seconds + 10)
    try:
        _limit(limits)
        said = json.dumps(_to_json(_read(path, project, limits))).encode()
        with os.fdopen(there, "wb") as pipe:
            pipe.write(said)
    finally:
        os._exit(0)


def _limit(limits: Limits) -> None:
    """Memory beyond what this process has already, and time, by the operating system."""
    import resource

    statm = Path("/proc/self/statm")
    held = int(statm.read_text().split()[0]) * resource.getpagesize() if statm.exists() else 0
    for kind, value in ((resource.RLIMIT_AS, held + limits.memory_bytes), (resource.RLIMIT_CPU, limits.seconds)):
        _soft, hard = resource.getrlimit(kind)
        with contextlib.suppress(ValueError, OSError):  # macOS refuses a limit on memory
            resource.setrlimit(kind, (value if hard == resource.RLIM_INFINITY else min(value, hard), hard))
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _finish(child: _Child, project: Project) -> Content:
    os.close(child.pipe)
    if not child.finished:
        os.kill(child.pid, signal.SIGKILL)
    os.waitpid(child.pid, 0)
    try:
        return _from_json(json.loads(bytes(child.said)), project)
    except ValueError:
        return _refused(child.path.name, _TOO_MUCH)


def _to_json(content: Content) -> dict:
    day = {
        key: value.isoformat() if value else None for key, value in (("cutoff", content.cutoff), ("sent", content.sent))
    }
    tables = {"observations": content.observations, "faults": content.faults, "notes": content.notes}
    return {
        "file": content.file,
        "reporter": content.reporter.code if content.reporter else None,
        **day,
        "illustrative": content.illustrative,
        "refusals": content.refusals,
        **{key: [astuple(row) for row in rows] for key, rows in tables.items()},
    }


def _from_json(said: dict, project: Project) -> Content:
    reporter = said["reporter"]
    return Content(
        said["file"],
        project.register.reporter(reporter) if reporter else None,
        *(date.fromisoformat(said[key]) if said[key] else None for key in ("cutoff", "sent")),
        said["illustrative"],
        [Observation(*row[:6], State(row[6]), *row[7:]) for row in said["observations"]],
        [Fault(*row) for row in said["faults"]],
        [Note(*row) for row in said["notes"]],
        said["refusals"],
    )
