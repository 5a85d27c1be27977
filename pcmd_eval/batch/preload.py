"""Load what worker processes need, and use it once, when the fork server imports this module.

Workers are forked from the server and inherit the libraries, compiled templates, caches and the
cases of the run.
"""

import bdb
import gc
import os
import sys
import tempfile
from contextlib import suppress
from io import BytesIO

gc.disable()  # everything loaded here stays: collecting would only cost time

import IPython.core.logger  # like bdb and to_dict: what the first cell of a notebook would load
import matplotlib
import pandas.core.methods.to_dict
from matplotlib.figure import Figure
from nbformat.v4 import new_markdown_cell, new_notebook

import pcmd_eval.analysis.missing_data
from pcmd_eval.batch import notebook_html, papermill_engine, worker_process
from pcmd_eval.batch.task_runner import preload_cases
from pcmd_eval.util.templates import compile_templates

compile_templates()
matplotlib.use(papermill_engine.MATPLOTLIB_BACKEND)
_empty_figure = Figure((1, 1))
_empty_figure.text(0, 0, "a")
_empty_figure.savefig(BytesIO(), format="png")
_cells = [new_markdown_cell("# a\n\n- b\n\n|c|\n|-|\n|d|")]
notebook_html.page_bytes(new_notebook(cells=_cells), "", "", ())
_main = sys.modules["__main__"]
with tempfile.TemporaryDirectory() as os.environ["IPYTHONDIR"]:
    _shell = papermill_engine.get_shell()
    _shell.transform_cell("a")  # type: ignore[no-untyped-call] # of IPython
    assert _shell.display_formatter
    _shell.display_formatter.format("a")
sys.modules["__main__"] = _main  # the shell has put the namespace of notebooks in its place
if _inputs := worker_process.receive_shared():
    with suppress(Exception):  # a task loads what failed here again, and reports the error
        preload_cases(_inputs)
# A collection in a worker would write to, and so copy, all memory that it shares with the server.
gc.freeze()
