"""What the tests of several plugins share."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest


@pytest.fixture
def said(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    """What transformers logs, which does not propagate, from warnings on, whatever TRANSFORMERS_VERBOSITY says."""
    logger = logging.getLogger("transformers")
    level = logger.level
    logger.addHandler(caplog.handler)
    logger.setLevel(logging.WARNING)
    yield caplog
    logger.setLevel(level)
    logger.removeHandler(caplog.handler)
