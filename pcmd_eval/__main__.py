"""`python -m pcmd_eval` is `pcmd-eval`."""

import sys

from pcmd_eval.cli import main

if __name__ == "__main__":
    sys.exit(main())
