"""The benchmark: that it measures; what it measures is read in docs/benchmark.md."""

import subprocess
import sys

import pytest

from pcmd_eval.util import paths


@pytest.mark.slow
def test_bench_of_one_part_prints_it_and_leaves_the_page_unchanged() -> None:
    """A frame of forty provinces, in a process of its own."""
    page = paths.ROOT / "docs" / "benchmark.md"
    before = page.read_bytes()
    command = [sys.executable, str(paths.ROOT / "scripts" / "bench.py"), "calculation"]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr
    assert "the 84 findings of the province" in done.stdout
    assert "11,080 communes, 109,800 cells in one frame" in done.stdout
    assert page.read_bytes() == before
