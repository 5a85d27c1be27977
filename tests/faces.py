"""Faces for programs of others, the same on every machine: LibreOffice does not even start without
one.
"""

import os
from pathlib import Path

import matplotlib

from pcmd_eval.util import paths

OURS = (paths.FONTS, Path(matplotlib.get_data_path(), "fonts", "ttf"))
CONFIG = f"""<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>{"".join(f"<dir>{folder}</dir>" for folder in OURS)}
<include ignore_missing="yes">/etc/fonts/fonts.conf</include></fontconfig>
"""


def environment(folder: Path) -> dict[str, str]:
    """This process's own, in which fontconfig finds our faces first; its settings are written into
    the folder.
    """
    (folder / "fonts.conf").write_text(CONFIG, encoding="utf-8")
    return os.environ | {"FONTCONFIG_FILE": str(folder / "fonts.conf")}
