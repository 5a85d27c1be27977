"""A papermill engine that runs a notebook's cells in IPython's shell, in this process: which is the
notebook's own.
"""

import io
import json
import platform
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from typing import Any

import matplotlib
from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.interactiveshell import InteractiveShell
from jupyter_client.jsonutil import json_default
from nbformat import NotebookNode, from_dict
from papermill.engines import Engine, NotebookExecutionManager, papermill_engines
from traitlets.config import Config

NAME = "inprocess"
PICTURES = "module://matplotlib_inline.backend_inline"  # where pyplot draws in an ordinary kernel
_LANGUAGE = {
    "name": "python",
    "version": platform.python_version(),
    "mimetype": "text/x-python",
    "codemirror_mode": {"name": "ipython", "version": 3},
    "pygments_lexer": "ipython3",
    "nbconvert_exporter": "python",
    "file_extension": ".py",
}  # as an ordinary kernel reports it


def _output(kind: str, **content: Any) -> NotebookNode:
    """An output of a cell, not yet checked: the whole notebook is when it is written."""
    return from_dict({"output_type": kind, **content})


class _Shell(InteractiveShell):
    """IPython's shell; what a cell shows goes to `outputs` as a front end would have noted it."""

    def __init__(self, **more: Any) -> None:
        super().__init__(**more)
        self.outputs: list[NotebookNode] = []
        self.named: dict[
            str, list[NotebookNode]
        ] = {}  # outputs by display id, which may be shown anew later
        self.stale = False  # to be cleared before the next output

    def note(self, output: NotebookNode) -> NotebookNode:
        """Put an output behind those of this cell."""
        if self.stale:
            self.outputs.clear()
        self.stale = False
        self.outputs.append(output)
        return output

    def enable_gui(self, gui: str | None = None) -> None:
        """None: there is no event loop to join, which "%matplotlib inline" asks for."""

    def _showtraceback(self, kind: type, error: BaseException, lines: list[str]) -> None:
        self.note(_output("error", ename=kind.__name__, evalue=str(error), traceback=lines))


def shell() -> _Shell:
    """The one shell of this process, made where there is none yet."""
    config = Config(HistoryManager={"enabled": False})
    return _Shell.instance(display_pub_class=_Publisher, displayhook_class=_Hook, config=config)


class _Publisher(DisplayPublisher):
    """Takes what `display` is given."""

    def publish(
        self,
        data: Any,
        metadata: Any = None,
        *,
        transient: Any = None,
        update: bool = False,
        **_: Any,
    ):
        name = (transient or {}).get("display_id")
        for earlier in self.shell.named.get(name, ()):
            earlier.update(data=_sent(data), metadata=_sent(metadata))
        if not update:
            shown = self.shell.note(
                _output("display_data", data=_sent(data), metadata=_sent(metadata))
            )
            self.shell.named.setdefault(name, []).extend([shown] if name else [])

    def clear_output(self, wait: bool = False) -> None:
        self.shell.stale = wait
        if not wait:
            self.shell.outputs.clear()


class _Hook(DisplayHook):
    """Takes the value of a cell's last line."""

    def write_output_prompt(self) -> None: ...

    def write_format_data(self, data: Any, metadata: Any = None) -> None:
        shown = {
            "data": _sent(data),
            "metadata": _sent(metadata),
            "execution_count": self.prompt_count,
        }
        self.shell.note(_output("execute_result", **shown))

    def finish_displayhook(self) -> None:
        self._is_active = False


class _Stream(io.TextIOBase):
    """Takes what a cell prints."""

    encoding = "UTF-8"

    def __init__(self, shell: _Shell, name: str) -> None:
        self.shell, self.name = shell, name

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        last = self.shell.outputs[-1] if self.shell.outputs and not self.shell.stale else {}
        if last.get("name") != self.name:
            last = self.shell.note(_output("stream", name=self.name, text=""))
        last.text += text
        return len(text)


def _sent(bundle: Any) -> dict[str, Any]:
    """A bundle as it arrives from a kernel: JSON, bytes in base64."""
    return json.loads(json.dumps(bundle or {}, default=json_default))


class InProcess(Engine):
    """Stops at the first cell that fails, as papermill does; sys.exit(0) fails, too."""

    @classmethod
    def execute_managed_notebook(
        cls, nb_man: NotebookExecutionManager, kernel_name: str, **given: Any
    ) -> None:
        """Run the cells in order; `watch`, if it is given, hears of each before it runs."""
        watch: Callable[[int], None] = given.get("watch", lambda index: None)
        own = shell()
        own.init_sys_modules()  # its names are those of __main__ from here on
        matplotlib.use(PICTURES)
        with redirect_stdout(_Stream(own, "stdout")), redirect_stderr(_Stream(own, "stderr")):
            for index, cell in enumerate(nb_man.nb.cells):
                watch(index)
                if cell.cell_type == "code" and cell.source.strip() and not _run(own, cell):
                    nb_man.cell_exception(cell, index)
                    break
        nb_man.nb.metadata["language_info"] = _LANGUAGE


def _run(shell: _Shell, cell: NotebookNode) -> bool:
    shell.outputs = cell.outputs
    done = shell.run_cell(cell.source, store_history=True)
    cell.execution_count = done.execution_count
    return bool(done.success)


papermill_engines.register(NAME, InProcess)
