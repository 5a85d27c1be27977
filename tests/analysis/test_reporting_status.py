"""Sentences on how many cells have data."""

import pytest

from pcmd_eval.analysis import case_editions
from pcmd_eval.analysis.case import Case
from pcmd_eval.analysis.reporting_status import filled_share
from pcmd_eval.util.errors import InputRefused
