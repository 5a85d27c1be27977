"""Imported by the server that processes are forked from: what they need is loaded, and has been
used once.
"""

import bdb
import gc
import os
import sys
import tempfile
from contextlib import suppress
from io import BytesIO

gc.disable()  # what is loaded here stays

import IPython.core.logger  # like bdb and to_dict of no use here, but loaded by every notebook
import matplotlib
import pandas.core.methods.to_dict
from matplotlib.figure import Figure
from nbformat.v4 import new_markdown_cell, new_notebook

import pcmd_eval.analysis.missing_data
from pcmd_eval.batch import fingerprint as program
from pcmd_eval.batch import notebook_html as page
from pcmd_eval.batch import papermill_engine as engine
from pcmd_eval.batch import task_runner as making
from pcmd_eval.batch import worker_process as fresh
from pcmd_eval.reports.template_check import check_template
from pcmd_eval.util import templates

check_template()
templates.compile_templates()
matplotlib.use(engine.PICTURES)
_figure = Figure((1, 1))
_figure.text(0, 0, "a")
_figure.savefig(BytesIO(), format="png")
page.page_bytes(new_notebook(cells=[new_markdown_cell("# a\n\n- b\n\n|c|\n|-|\n|d|")]), "", "", ())
program.loaded()
_main = sys.modules["__main__"]
with tempfile.TemporaryDirectory() as os.environ["IPYTHONDIR"]:
    _shell = engine.shell()
    _shell.transform_cell("a")
    _shell.display_formatter.format("a")
sys.modules["__main__"] = _main  # a process that is forked for a document has no notebook's names
if _given := fresh.shared():
    with suppress(Exception):  # whatever is wrong is said where it is used
        making.hold(_given)
# A collection in a process would go through all of it and copy the pages of memory that it shares;
# each lives for a second.
gc.collect()
gc.freeze()
