"""Commands without the cost of their imports: a process that has loaded pcmd-eval's libraries, none
of its modules, and forks one process for each command.
"""

import atexit
import json
import os
import runpy
import subprocess
import sys
from functools import cache
from importlib import import_module
from pathlib import Path
from subprocess import PIPE
from tempfile import NamedTemporaryFile

LIBRARIES = (
    "docxtpl",
    "filelock",
    "IPython.core.interactiveshell",
    "jinja2",
    "lxml.html",
    "matplotlib.backends.backend_agg",
    "matplotlib.figure",
    "matplotlib_inline.backend_inline",
    "nbconvert",
    "nh3",
    "openpyxl",
    "pandas",
    "papermill",
    "pydantic",
    "rich.progress",
    "typer",
    "xlsxwriter",
    "yaml",
)


def run_command(
    arguments: tuple[str, ...], env: dict[str, str], before: str = ""
) -> tuple[int, str]:
    """Run pcmd-eval with these arguments; return its exit code and all that it printed.

    `before`: code that its process runs first.
    """
    server = _start()
    with NamedTemporaryFile() as output:
        request = {
            "arguments": arguments,
            "env": env,
            "folder": str(Path.cwd()),
            "transcript": output.name,
            "before": before,
        }
        print(json.dumps(request), file=server.stdin, flush=True)
        code = int(server.stdout.readline())
        return code, output.read().decode("utf-8")


@cache
def _start() -> subprocess.Popen[str]:
    """Start the server of this process; it ends with its input."""
    # A thread in the server would make each fork a risk.
    env = os.environ | {"OPENBLAS_NUM_THREADS": "1"}
    server = subprocess.Popen(
        [sys.executable, __file__], env=env, stdin=PIPE, stdout=PIPE, encoding="utf-8"
    )
    atexit.register(server.communicate)
    return server


def _serve() -> None:
    for name in LIBRARIES:
        import_module(name)
    for line in sys.stdin:
        request = json.loads(line)
        if (child := os.fork()) == 0:
            _become(**request)
            return
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


def _become(
    arguments: list[str], env: dict[str, str], folder: str, transcript: str, before: str
) -> None:
    """Be `python -m pcmd_eval` in that folder; it prints to the file `transcript`."""
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    file = os.open(transcript, os.O_WRONLY | os.O_APPEND)
    os.dup2(file, 1)
    os.dup2(file, 2)
    os.environ.clear()
    os.environ.update(env)
    os.chdir(folder)
    sys.path[0] = folder
    sys.argv = ["pcmd-eval", *arguments]
    exec(before, {})
    runpy.run_module("pcmd_eval", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    _serve()
