"""Batch runs: every notebook, page and document of a plan, each in a process of its own, then
published at once.
"""

import sys

# jsonschema, which nbformat asks whether a notebook is one, would load a grammar for addresses,
# which no notebook has to be checked for; that takes longer than all else a run loads.
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type] # None: no module
