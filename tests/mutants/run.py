"""Change the code in every small way that mutmut knows, and see whether the tests notice (`make mutants`).

    python tests/mutants/run.py [--only bounds,intake/cells] [--processes 2] [--output survivors.md]

modules.yaml says which modules, with which tests, and how many must be noticed; survivors.yaml gives the reason for
each change that no test can, or need, notice. A survivor without a reason ends the run with an error, as does a module
below the bar. A full run writes survivors.md, one of some modules only with --output. All of it happens in a copy;
mutmut needs Linux or macOS.
"""

import argparse
import ast
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from importlib.metadata import version
from pathlib import Path

import yaml

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
_LEFT_OUT = shutil.ignore_patterns(
    ".git", ".venv", "outputs", "documents", "mutants", "__pycache__", ".pytest_cache", ".ruff_cache", ".hypothesis"
)
# How mutmut ends: a failed or broken test run, a run that took too long, one that passed or that no test reached.
_NOTICED, _TOO_LONG, _SURVIVED = (1, 3), (-24, 24, 36, 152, 255), (0, 5, 33)


@dataclass(frozen=True)
class Survivor:
    """One change that no test noticed: where, the lines before and after, and why that is accepted."""

    module: str
    function: str
    was: str
    now: str
    why: str = ""

    @property
    def key(self) -> tuple[str, str, str, str]:
        """What tells it from others; mutmut's own numbers move when a line is added."""
        return self.module, self.function, self.was, self.now


@dataclass(frozen=True)
class Score:
    """How the mutants of one module ended."""

    module: str
    mutants: int
    too_long: int
    survivors: tuple[Survivor, ...]

    @property
    def noticed(self) -> int:
        """Those a test failed for or did not come to an end with."""
        return self.mutants - len(self.survivors)


def plain_decorators(text: str) -> str:
    """The module with `@d` above `def f` written as `f = d(f)` below it: mutmut leaves decorated functions alone."""
    lines: dict[int, list[str]] = {number: [line] for number, line in enumerate(text.splitlines(), 1)}
    for parent in ast.walk(ast.parse(text)):
        if not isinstance(parent, (ast.Module, ast.ClassDef)):
            continue
        for function in parent.body:
            names = [ast.unparse(d) for d in getattr(function, "decorator_list", ())]
            if not isinstance(function, ast.FunctionDef) or names in (["classmethod"], ["staticmethod"]):
                continue
            for decorator in function.decorator_list:
                for number in range(decorator.lineno, (decorator.end_lineno or decorator.lineno) + 1):
                    lines[number] = []
            indent = " " * function.col_offset
            after = [f"{indent}{function.name} = {name}({function.name})" for name in reversed(names)]
            lines[function.end_lineno or function.lineno] += after
    return "\n".join(line for part in lines.values() for line in part) + "\n"


def mutate(module: str, tests: Sequence[str], processes: int, copy: Path) -> Score:
    """Run mutmut over one module of the copy, with these tests only."""
    shutil.rmtree(copy / "mutants", ignore_errors=True)
    source = Path("pcmd_eval") / f"{module}.py"
    (copy / source).write_text(plain_decorators((ROOT / source).read_text(encoding="utf-8")), encoding="utf-8")
    beside = [p.name for p in copy.iterdir() if p.name not in ("pcmd_eval", "tests", "pyproject.toml", "mutants")]
    settings = {
        "source_paths": ["pcmd_eval"],
        "only_mutate": [source.as_posix()],
        "also_copy": beside,
        "pytest_add_cli_args_test_selection": [*tests, "-m", "not slow"],
        "pytest_add_cli_args": ["-p", "no:cacheprovider", "-p", "no:xdist"],
        "use_git_change_detection": False,
        "timeout_constant": 5.0,
        "timeout_multiplier": 5.0,
    }
    lines = [f"{key} = {json.dumps(value)}" for key, value in settings.items()]
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    (copy / "pyproject.toml").write_text("\n".join([text, "[tool.mutmut]", *lines, ""]), encoding="utf-8")
    ran = mutmut(copy, "run", "--max-children", str(processes))
    if ran.returncode:
        raise SystemExit(f"mutmut stopped at {module}:\n{ran.stdout[-3000:]}{ran.stderr[-3000:]}")
    ended = json.loads((copy / "mutants" / f"{source}.meta").read_text(encoding="utf-8"))["exit_code_by_key"]
    odd = {name: code for name, code in ended.items() if code not in (*_NOTICED, *_TOO_LONG, *_SURVIVED)}
    if odd:
        raise SystemExit(f"mutmut could not say how these ended: {odd}")
    survivors = tuple(survivor(module, name, copy) for name, code in ended.items() if code in _SURVIVED)
    return Score(module, len(ended), sum(code in _TOO_LONG for code in ended.values()), survivors)


def mutmut(copy: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """One command of mutmut in the copy; `python -m mutmut` would put the copy itself before its mutants."""
    command = [str(Path(sys.executable).with_name("mutmut")), *arguments]
    return subprocess.run(command, cwd=copy, capture_output=True, text=True, check=False)


def survivor(module: str, name: str, copy: Path) -> Survivor:
    """What mutmut changed, from the difference it shows."""
    lines = mutmut(copy, "show", name).stdout.splitlines()
    was, now = (
        " / ".join(x[1:].strip() for x in lines if x.startswith(sign) and x[:3] != sign * 3) for sign in ("-", "+")
    )
    function = name.rpartition(".")[2].rpartition("__mutmut_")[0]
    return Survivor(module, function.removeprefix("x_").removeprefix("xǁ").replace("ǁ", "."), was, now)


def accepted(path: Path) -> dict[tuple[str, str, str, str], str]:
    """The reasons in survivors.yaml."""
    found = [
        Survivor(module, **entry)
        for module, entries in yaml.safe_load(path.read_text(encoding="utf-8")).items()
        for entry in entries
    ]
    return {entry.key: entry.why for entry in found}


def report(
    scores: Sequence[Score], not_run: Sequence[str], reasons: dict[tuple[str, str, str, str], str], bar: int
) -> str:
    """The page survivors.md."""
    head = "| module | mutants | killed | of these by time | survivors | killed, % |\n|---|---|---|---|---|---|"
    rows = [
        f"| {s.module} | {s.mutants} | {s.noticed} | {s.too_long} | {len(s.survivors)} "
        f"| {100 * s.noticed / s.mutants:.1f} |"
        for s in scores
    ]
    rows += [f"| {name} | not measured | | | | |" for name in not_run]
    listed = []
    for score in scores:
        if score.survivors:
            listed.append(f"## {score.module}")
            listed += [_told(s, reasons.get(s.key, "")) for s in score.survivors]
    about = f"{date.today():%Y-%m-%d}, mutmut {version('mutmut')}, Python {sys.version.split()[0]}. Bar: {bar}%."
    intro = (
        "Written by `python tests/mutants/run.py`. Only functions, methods and properties are changed: constants of a "
        "module (the patterns of `cells`) are not. Reasons stand in survivors.yaml."
    )
    return "\n\n".join(["# Mutants", intro, about, "\n".join([head, *rows]), *listed]) + "\n"


def _told(one: Survivor, why: str) -> str:
    return f"`{one.function}`: {why or '**no reason given**'}\n\n```diff\n- {one.was}\n+ {one.now}\n```"


def complaints(scores: Sequence[Score], reasons: dict[tuple[str, str, str, str], str], bar: int) -> Iterator[str]:
    """What must be mended: a module below the bar, a survivor without a reason, a reason without its survivor."""
    left = dict(reasons)
    for score in scores:
        if 100 * score.noticed < bar * score.mutants:
            yield f"{score.module}: {score.noticed} of {score.mutants} killed, below {bar}%"
        for one in score.survivors:
            if not left.pop(one.key, ""):
                yield f"{one.module}.{one.function}: no reason in survivors.yaml\n  - {one.was}\n  + {one.now}"
    ran = {score.module for score in scores}
    yield from (f"{key[0]}.{key[1]}: this survivor is gone: {key[3]}" for key in left if key[0] in ran)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run, print, write the page after a full run; 1 if something must be mended."""
    wanted = yaml.safe_load((HERE / "modules.yaml").read_text(encoding="utf-8"))
    modules: dict[str, list[str]] = wanted["modules"]
    parser = argparse.ArgumentParser(description="See whether the tests notice small changes of the code.")
    parser.add_argument("--only", default=",".join(modules), metavar="bounds,intake/cells", help="only these modules")
    parser.add_argument("--processes", type=int, default=2, help="mutants tried at the same time (default 2)")
    parser.add_argument("--output", type=Path, help="where to write the page (survivors.md for a full run)")
    chosen = parser.parse_args(arguments)
    names = chosen.only.split(",")
    if unknown := set(names) - modules.keys():
        parser.error(f"not in modules.yaml: {', '.join(sorted(unknown))}")
    reasons, scores = accepted(HERE / "survivors.yaml"), []
    for name in names:
        with tempfile.TemporaryDirectory(prefix="pcmd-mutants-") as scratch:
            copy = Path(scratch) / "copy"
            shutil.copytree(ROOT, copy, ignore=_LEFT_OUT)
            scores.append(mutate(name, modules[name], chosen.processes, copy))
        print(f"{name}: {scores[-1].noticed} of {scores[-1].mutants} killed", flush=True)
    output = chosen.output or (HERE / "survivors.md" if names == list(modules) else None)
    if output:
        not_run = [name for name in modules if name not in names]
        output.write_text(report(scores, not_run, reasons, wanted["bar"]), encoding="utf-8")
    said = list(complaints(scores, reasons, wanted["bar"]))
    print("\n".join(said) or "Nothing to mend.")
    return int(bool(said))


if __name__ == "__main__":
    sys.exit(main())
