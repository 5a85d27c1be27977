"""Charts and maps: plain values, rendered as SVG or PNG, next to tables of the same numbers."""

import logging

# matplotlib would tell the analyst that it builds its font cache.
logging.getLogger("matplotlib.font_manager").setLevel(logging.ERROR)
