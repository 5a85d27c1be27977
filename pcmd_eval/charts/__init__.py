"""Charts and maps: plain values, rendered as SVG or PNG, next to tables of the same numbers."""

import logging

# That matplotlib reads the fonts of a machine for the first time is no news for an analyst.
logging.getLogger("matplotlib.font_manager").setLevel(logging.ERROR)
