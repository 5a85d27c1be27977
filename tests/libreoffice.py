"""LibreOffice without a window: open workbooks, calculate every formula anew, write them in another
form.
"""

import atexit
import shutil
import subprocess
import tempfile
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import faces

# It trusts the results that Excel stored unless it is told not to.
SETTINGS = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
<item oor:path="/org.openoffice.Office.Calc/Formula/Load">
<prop oor:name="OOXMLRecalcMode" oor:op="fuse"><value>0</value></prop></item>
</oor:items>
"""


@cache
def profile() -> Path:
    """The settings of this process's LibreOffice; made once, which takes it longer than a file."""
    folder = Path(tempfile.mkdtemp(prefix="office-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    (folder / "user").mkdir()
    (folder / "user" / "registrymodifications.xcu").write_text(SETTINGS, encoding="utf-8")
    return folder


def converted(files: Iterable[Path], folder: Path, kind: str = "xlsx") -> list[Path]:
    """The files opened, recalculated and written to `folder` as `kind`."""
    soffice = shutil.which("soffice")
    assert soffice, "LibreOffice is not installed"
    listed = [*files]
    folder.mkdir(exist_ok=True)
    command = [soffice, f"-env:UserInstallation={profile().as_uri()}"]
    command += ["--headless", "--convert-to", kind]
    for at in range(0, len(listed), 12):  # each call has its own time limit
        subprocess.run(
            [*command, "--outdir", str(folder), *map(str, listed[at : at + 12])],
            check=True,
            capture_output=True,
            timeout=300,
            env=faces.environment(profile()),
        )
    targets = [folder / file.with_suffix(f".{kind}").name for file in listed]
    assert all(file.is_file() for file in targets), "it exits with 0 where it cannot read a file"
    return targets
