"""Imported by the process that workers are forked from: what they need is loaded, and the page templates are read."""

import gc

from pcmd_eval.batch import light  # noqa: F401

# isort: split
import papermill  # noqa: F401
from nbformat.v4 import new_notebook

from pcmd_eval.batch import execution  # noqa: F401
from pcmd_eval.batch.page import page_bytes

page_bytes(new_notebook(), "", "", False)
gc.collect()
gc.freeze()  # a collection in a worker would go through all of it, and copy the pages that it shares
