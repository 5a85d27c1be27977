"""Run one unit in a process in which pyarrow and polars have started their threads."""

from pathlib import Path

import toy

from pcmd_eval.util import paths

WITH_THREADS = """
import sys
from pathlib import Path

import polars, pyarrow, pyarrow.compute
from pcmd_eval.cli import main

polars.DataFrame({"a": range(100_000)}).lazy().group_by("a").len().collect()
numbers = pyarrow.chunked_array([range(100_000)] * 8)
pyarrow.table({"a": numbers}).sort_by("a").to_pandas()
assert sys.platform != "linux" or len([*Path("/proc/self/task").iterdir()]) > 1, "no thread"
sys.exit(main(sys.argv[1:]))
"""


def test_run_beside_threads_of_other_libraries_ends(tmp_path: Path) -> None:
    command = ("run", "--unit", "230", "--output", str(tmp_path / "out"))
    with toy.start(paths.ROOT, *command, program=("-c", WITH_THREADS)) as process:
        text, _ = process.communicate(timeout=600)
    assert process.returncode == 0 and "7 sổ, " in text, text
