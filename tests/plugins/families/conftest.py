"""The cases are shared with record.py, which is a script: both find them beside themselves."""

import sys
from pathlib import Path

import pytest

import hfcompat

sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture(autouse=True)
def _as_it_was():
    yield
    hfcompat.revert()
