"""A papermill engine that runs a notebook's cells in IPython's shell within the current process.

The process must run no other notebook.
"""

import io
import json
import platform
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from typing import Any

from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.interactiveshell import InteractiveShell
from jupyter_client.jsonutil import json_default
from nbformat import from_dict
from papermill.engines import Engine, NotebookExecutionManager, papermill_engines
from traitlets.config import Config

ENGINE_NAME = "inprocess"
MATPLOTLIB_BACKEND = (
    "module://matplotlib_inline.backend_inline"  # the matplotlib backend of Jupyter kernels
)
# `language_info` as a Jupyter kernel reports it.
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
    """IPython's shell; appends what a cell shows to `outputs`, the list of the cell's outputs."""

    outputs: list[Any]

    def add_output(self, kind: str, **content: Any) -> Any:
        """Append an output and return it; it is validated when the notebook is written."""
        self.outputs.append(from_dict({"output_type": kind, **content}))
        return self.outputs[-1]

    def enable_gui(self, gui: Any = None) -> None:
        """Do nothing: "%matplotlib inline" asks for an event loop, and there is none."""

    def _showtraceback(self, kind: type, error: BaseException, lines: list[str]) -> None:
        self.add_output("error", ename=kind.__name__, evalue=str(error), traceback=lines)


def get_shell() -> _Shell:
    """Return the one shell of this process."""
    config = Config(HistoryManager={"enabled": False})
    return _Shell.instance(display_pub_class=_Publisher, displayhook_class=_Hook, config=config)


class _Publisher(DisplayPublisher):
    """Appends what cells pass to IPython's `display` to the outputs of the shell."""

    def publish(
        self, data: Any, metadata: Any = None, source: Any = None, *, update: bool = False, **_: Any
    ) -> None:
        # An update of an earlier output gets a kind that `notebook_run` refuses.
        kind = "update_display_data" if update else "display_data"
        self.shell.add_output(kind, data=_to_json(data), metadata=_to_json(metadata))


class _Hook(DisplayHook):
    """Appends the value of a cell's last line to the outputs of the shell."""

    def write_output_prompt(self) -> None:
        """Do nothing: the output has its number."""

    def write_format_data(self, data: Any, metadata: Any = None) -> None:
        shown = {"data": _to_json(data), "metadata": _to_json(metadata)}
        assert self.shell
        self.shell.add_output("execute_result", **shown, execution_count=self.prompt_count)

    def finish_displayhook(self) -> None:
        """Skip IPython's line break, which would be one more output."""
        self._is_active = False


class _Stream(io.TextIOBase):
    """Text stream that appends what a cell prints to the outputs of the shell."""

    encoding = "UTF-8"

    def __init__(self, shell: Any, name: str) -> None:
        self.shell = shell
        self.name = name

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        last: Any = self.shell.outputs[-1] if self.shell.outputs else {}
        if last.get("name") != self.name:
            last = self.shell.add_output("stream", name=self.name, text="")
        last.text += text
        return len(text)


def _to_json(bundle: Any) -> Any:
    """Return a MIME bundle as a Jupyter kernel would send it: JSON, bytes in base64."""
    return json.loads(json.dumps(bundle or {}, default=json_default))


class InProcess(Engine):  # type: ignore[misc] # papermill has no types
    """Runs the cells until one fails; sys.exit(0) is a failure, too."""

    @classmethod
    def execute_managed_notebook(
        cls, nb_man: NotebookExecutionManager, kernel_name: str, **options: Any
    ) -> None:
        """Run the code cells in order; before each, call the option `on_cell` with its index, and
        after each `on_end` with its index and the cell.
        """
        on_cell: Callable[[int], None] = options.get("on_cell", lambda index: None)
        on_end: Callable[[int, Any], None] = options.get("on_end", lambda index, cell: None)
        shell: Any = get_shell()  # IPython has few types
        shell.outputs = []
        # __main__ is the shell's namespace from here on.
        shell.init_sys_modules()
        # The inline backend does this at its first import, but only if a shell exists by then.
        shell.enable_matplotlib("inline")
        with redirect_stdout(_Stream(shell, "stdout")), redirect_stderr(_Stream(shell, "stderr")):
            for index, cell in enumerate(nb_man.nb.cells):
                if cell.cell_type != "code" or not cell.source.strip():
                    continue
                on_cell(index)
                shell.outputs = cell.outputs  # where it collects those of the cell
                result = shell.run_cell(cell.source, store_history=True)
                cell.execution_count = result.execution_count
                on_end(index, cell)
                if not result.success:
                    nb_man.cell_exception(cell, index)
                    break
        nb_man.nb.metadata["language_info"] = _LANGUAGE


papermill_engines.register(ENGINE_NAME, InProcess)
