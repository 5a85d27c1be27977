"""Imported by the server that processes are forked from: what they need is loaded, and has been used once."""

import gc

from nbformat.v4 import new_markdown_cell, new_notebook

from pcmd_eval.batch import making, page  # noqa: F401

page.page_bytes(new_notebook(cells=[new_markdown_cell("# a\n\nb")]), "", "", ())
gc.collect()
gc.freeze()  # a collection in a process would go through all of it, and copy the pages of memory that it shares
