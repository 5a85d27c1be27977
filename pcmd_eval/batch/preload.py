"""Imported by the server that processes are forked from: what they need is loaded, and has been
used once.
"""

import gc
import sys
from contextlib import suppress
from io import BytesIO

# By this alone jsonschema checks addresses, which no notebook has; it compiles 38 grammars, 1,4 s.
sys.modules.setdefault("rfc3987_syntax", None)

import IPython.core.application
import IPython.core.completer
import IPython.core.crashhandler
import IPython.core.logger
import IPython.core.magics
import IPython.core.oinspect  # noqa: F401
import matplotlib
from matplotlib.figure import Figure
from nbformat.v4 import new_markdown_cell, new_notebook

from pcmd_eval import paths
from pcmd_eval.batch import engine, fresh, making, page, program
from pcmd_eval.errors import InputRefused
from pcmd_eval.plan import load_plan
from pcmd_eval.review.template import check_template

check_template()
matplotlib.use(engine.PICTURES)
_figure = Figure((1, 1))
_figure.text(0, 0, "a")
_figure.savefig(BytesIO(), format="png")
page.page_bytes(new_notebook(cells=[new_markdown_cell("# a\n\n- b\n\n|c|\n|-|\n|d|")]), "", "", ())
for _plan in paths.PLANS.glob("*.yaml"):
    with suppress(InputRefused):  # another year's, that somebody is at work on
        load_plan(_plan.stem)
program.loaded()
program.versions()
if _given := fresh.shared():
    with suppress(InputRefused):  # which says so where it is used
        making.hold(_given)
# A collection in a process would go through all of it and copy the pages of memory that it shares;
# each lives for a second.
gc.collect()
gc.freeze()
gc.disable()
