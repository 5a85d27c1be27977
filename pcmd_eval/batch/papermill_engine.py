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
from nbformat import from_dict
from papermill.engines import Engine, NotebookExecutionManager, papermill_engines
from traitlets.config import Config

NAME = "inprocess"
PICTURES = "module://matplotlib_inline.backend_inline"  # where pyplot draws in an ordinary kernel
# As an ordinary kernel reports it.
_LANGUAGE = {
    "name": "python",
    "version": platform.python_version(),
    "mimetype": "text/x-python",
    "codemirror_mode": {"name": "ipython", "version": 3},
    "pygments_lexer": "ipython3",
    "nbconvert_exporter": "python",
    "file_extension": ".py",
}


class _Shell(InteractiveShell):
    """IPython's shell; what a cell shows goes to `outputs` as a front end would have noted it."""

    def note(self, kind, **content):
        """Put an output behind the others, not yet checked: the whole notebook is when it is
        written.
        """
        self.outputs.append(from_dict({"output_type": kind, **content}))
        return self.outputs[-1]

    def enable_gui(self, gui=None):
        """None: there is no event loop to join, which "%matplotlib inline" asks for."""

    def _showtraceback(self, kind, error, lines):
        self.note("error", ename=kind.__name__, evalue=str(error), traceback=lines)


def shell() -> _Shell:
    """The one shell of this process, made where there is none yet."""
    config = Config(HistoryManager={"enabled": False})
    return _Shell.instance(display_pub_class=_Publisher, displayhook_class=_Hook, config=config)


class _Publisher(DisplayPublisher):
    """Takes what `display` is given."""

    def publish(self, data, metadata=None, *, update=False, **_):
        # An output that is to change an earlier one is noted as a kind that `making` refuses.
        kind = "update_display_data" if update else "display_data"
        self.shell.note(kind, data=_sent(data), metadata=_sent(metadata))


class _Hook(DisplayHook):
    """Takes the value of a cell's last line."""

    def write_output_prompt(self):
        """None: the output has its number."""

    def write_format_data(self, data, metadata=None):
        shown = {"data": _sent(data), "metadata": _sent(metadata)}
        self.shell.note("execute_result", **shown, execution_count=self.prompt_count)

    def finish_displayhook(self):
        """Without what IPython's prints here, which would be one more output."""
        self._is_active = False


class _Stream(io.TextIOBase):
    """Takes what a cell prints."""

    encoding = "UTF-8"

    def __init__(self, shell, name):
        self.shell = shell
        self.name = name

    def writable(self):
        return True

    def write(self, text):
        last = self.shell.outputs[-1] if self.shell.outputs else {}
        if last.get("name") != self.name:
            last = self.shell.note("stream", name=self.name, text="")
        last.text += text
        return len(text)


def _sent(bundle):
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
        own.outputs = []
        own.init_sys_modules()  # its names are those of __main__ from here on
        matplotlib.use(PICTURES)
        with redirect_stdout(_Stream(own, "stdout")), redirect_stderr(_Stream(own, "stderr")):
            for index, cell in enumerate(nb_man.nb.cells):
                if cell.cell_type != "code" or not cell.source.strip():
                    continue
                watch(index)
                if not _run(own, cell):
                    nb_man.cell_exception(cell, index)
                    break
        nb_man.nb.metadata["language_info"] = _LANGUAGE


def _run(shell, cell):
    shell.outputs = cell.outputs
    done = shell.run_cell(cell.source, store_history=True)
    cell.execution_count = done.execution_count
    return done.success


papermill_engines.register(NAME, InProcess)
