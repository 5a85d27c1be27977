"""Measure the project's speed, side by side in one run, and write benchmarks/results.md (`make bench`).

    python benchmarks/run.py [--quick] [--only a,e] [--rounds 6]

What each part does stands in benchmarks/README.md.
"""

import argparse
import tempfile
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

from measuring import HERE, Findings, Scale, machine

PARTS = "abcdefgh"
_HEAD = "| part | figure | bar | reached | met |\n|---|---|---|---|---|"


def options(arguments: Sequence[str] | None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description="Measure the project's speed; parts are a to h, see README.md.")
    parser.add_argument("--quick", action="store_true", help="one round on fewer notebooks; figures are rough")
    parser.add_argument("--only", default=",".join(PARTS), metavar="a,e", help="only these parts")
    parser.add_argument("--rounds", type=int, default=3, help="rounds of the execution stage (default 3)")
    words = "where to write the table (benchmarks/results.md for a full run; else it is only printed)"
    parser.add_argument("--output", type=Path, help=words)
    chosen = parser.parse_args(arguments)
    chosen.parts = "".join(part for part in PARTS if part in chosen.only.split(","))
    if not chosen.parts or set(chosen.only.split(",")) - set(PARTS):
        parser.error(f"--only takes parts out of {','.join(PARTS)}")
    if chosen.output is None and chosen.parts == PARTS and not chosen.quick:
        chosen.output = HERE / "results.md"
    return chosen


def measure(parts: str, scale: Scale, scratch: Path) -> Iterator[Findings]:
    """Every part asked for, one after the other; what was found so far, after each."""
    import kernels
    import national
    import reruns
    import stage
    import widgets

    ways = {
        "ab": lambda: stage.measure(scratch, scale, parts),
        "c": lambda: reruns.measure_unchanged(scratch, scale),
        "d": lambda: reruns.measure_late_return(scratch, scale),
        "e": lambda: kernels.measure_start(scratch, scale),
        "f": lambda: national.measure(scratch, scale),
        "g": lambda: kernels.measure_nbval(scratch, scale),
        "h": lambda: widgets.measure(scratch, scale),
    }
    everything = Findings()
    for name, way in ways.items():
        if set(name) & set(parts):
            print(f"part {name}", flush=True)
            found = way()
            everything.figures += found.figures
            everything.details += found.details
            print("\n".join(f"  {line}" for line in found.details), flush=True)
            yield everything


def report(found: Findings, scale: Scale, quick: bool) -> str:
    """The page results.md."""
    lines = [f"| {f.part} | {f.what} | {f.bar} | {f.reached} | {'yes' if f.met else '**no**'} |" for f in found.figures]
    missed = sum(not figure.met for figure in found.figures)
    said = f"{missed} of {len(lines)} bars missed." if missed else "All bars met."
    about = [f"- {name}: {value}" for name, value in {"Date": f"{date.today():%Y-%m-%d}", **machine()}.items()]
    about.append(f"- Rounds of the execution stage: {scale.rounds}{' (quick: figures are rough)' if quick else ''}")
    parts = [
        "# Speed",
        "Written by `python benchmarks/run.py`; what is measured and how: README.md. Ratios are medians of ratios of "
        "neighbouring measurements, so that other work on the machine falls out of them; seconds do hold it.",
        "\n".join(about),
        "\n".join([_HEAD, *lines]),
        said,
        "## Measurements",
        "\n".join(f"- {line}" for line in found.details),
    ]
    return "\n\n".join(parts) + "\n"


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, print, and write the page where one is asked for."""
    chosen = options(arguments)
    quick = {"rounds": 1, "repeats": 2, "every": 9}
    scale = Scale(**(quick if chosen.quick else {"rounds": chosen.rounds}))
    with tempfile.TemporaryDirectory(prefix="pcmd-bench-") as scratch:
        text = ""
        for found in measure(chosen.parts, scale, Path(scratch)):
            text = report(found, scale, chosen.quick)
            if chosen.output:
                chosen.output.write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
