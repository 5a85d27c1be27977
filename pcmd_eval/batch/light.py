"""Imported before nbformat: keeps out what jsonschema would load for addresses, which no notebook has to check.

That library compiles a grammar when it is imported, which takes longer than all else a run loads.
"""

import sys

sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]
