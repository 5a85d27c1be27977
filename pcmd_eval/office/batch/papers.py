"""Write the papers of a run to the documents folder; an edited one is never overwritten."""

from hashlib import sha256
from pathlib import Path

from pcmd_eval.util.files import Files, write_atomic
from pcmd_eval.util.hashes import Hashes

_NEW = " (mới)"  # behind the name of a paper that lies next to an edited one


def write_papers(folder: Path, files: Files, recorded: Hashes) -> tuple[Hashes, list[str]]:
    """Write papers and forms by name and remove those that only earlier runs wrote, such as the
    letter to a unit that now gets a notice; return the hashes of the written files by name, and a
    remark on each edited paper.

    An edited paper is kept; the new one is written next to it. `recorded`: the hashes of the files
    as earlier runs wrote them.
    """
    hashes, remarks = {}, []
    for name, content in files.items():
        path, new_path = folder / name, _new_path(folder / name)
        if _is_edited(path, content, recorded.get(name)):
            remarks.append(f"{name} đã được sửa nên giữ nguyên; bản mới: {new_path.name}.")
            write_atomic(new_path, content)
            continue
        new_path.unlink(missing_ok=True)
        write_atomic(path, content)
        hashes[name] = sha256(content).hexdigest()
    for name in sorted(recorded.keys() - files.keys()):
        path = folder / name
        _new_path(path).unlink(missing_ok=True)
        if _is_edited(path, b"", recorded.get(name)):
            remarks.append(f"{name} đã được sửa nên giữ nguyên; bộ này không còn văn bản đó.")
        else:
            path.unlink(missing_ok=True)
    return hashes, remarks


def _new_path(path: Path) -> Path:
    return path.with_stem(f"{path.stem}{_NEW}")


def _is_edited(path: Path, content: bytes, recorded: str | None) -> bool:
    """Return whether a Word document differs from `content` and its hash from `recorded`."""
    if path.suffix != ".docx" or not path.is_file():
        return False
    current = path.read_bytes()
    return current != content and sha256(current).hexdigest() != recorded
