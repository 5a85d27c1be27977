"""Runs of the small project on a file system of their own that gets full; a script for a private mount namespace.

What is asked for is JSON: the folder of the project, and the cases, each an option of tmpfs: "size" or "nr_inodes" with
what is left beyond what is in use, or "ro". It prints what became of each run.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

from small_root import finish, gone, published_run, start

from pcmd_eval.batch.sets import file_hash, files_in


def mount(folder: Path, *options: str) -> None:
    """Mount or remount a tmpfs there."""
    subprocess.run(["mount", "-t", "tmpfs", "-o", ",".join(options), "tmpfs", str(folder)], check=True)


def option(folder: Path, name: str, left: int) -> str:
    """The option of tmpfs that leaves so much beyond what is in use."""
    now = os.statvfs(folder)
    used = (now.f_blocks - now.f_bfree) * now.f_frsize if name == "size" else now.f_files - now.f_ffree
    return name if name == "ro" else f"{name}={used + left}"


def unfinished(outputs: Path, published: str) -> dict[str, str]:
    """The hash of every file of sets that readers do not see."""
    sets = [f for f in (outputs / "tiny" / "sets").iterdir() if f.name != published]
    return {p.relative_to(folder).as_posix(): file_hash(p) for folder in sets for p in files_in(folder)}


def main() -> None:
    """Publish a set, change what was returned, and run again and again with little room, at last with enough."""
    asked = json.loads(sys.argv[1])
    root = Path(asked["root"])
    outputs, said = root / "outputs", []
    outputs.mkdir()
    large = ("remount", "rw", "size=64m", "nr_inodes=100k")
    mount(outputs, *large[1:])
    first = finish(start(root))[0]
    before = published_run(root)
    (root / "data" / "returns" / "tiny" / "240-tan-son.xlsx").unlink()
    for name, left in asked["cases"]:
        mount(outputs, "remount", option(outputs, name, left))
        code, _, err = finish(start(root))
        said.append({"code": code, "err": err, "kept": published_run(root) == before, "gone": gone(root)})
        mount(outputs, *large)
        said[-1] |= {"files": unfinished(outputs, before), "parts": [str(p) for p in outputs.rglob("*.part")]}
    last = finish(start(root))[0]
    folder = outputs / "tiny" / "published"
    published = {p.relative_to(folder).as_posix(): file_hash(p) for p in files_in(folder)}
    new = published_run(root) != before
    print(json.dumps({"first": first, "cases": said, "last": last, "new": new, "published": published}))


if __name__ == "__main__":
    main()
