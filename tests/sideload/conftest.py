"""The wheel, fetched as a user fetches it: once, into HFCOMPAT_TEST_CACHE."""

import os
from pathlib import Path

import pytest
from packaging.specifiers import SpecifierSet

from hfcompat import sideload
from hfcompat.environment import Environment
from hfcompat.sideload import policy


@pytest.fixture(scope="session")
def wheel():
    """The folder of the wheel's modules."""
    runtime = Environment().transformers
    if runtime is None or not SpecifierSet(policy.RUNTIMES).contains(runtime, prereleases=True):
        pytest.skip(f"families are side-loaded on 4.56 and 4.57, and this is {runtime}")
    if cache := os.environ.get("HFCOMPAT_TEST_CACHE"):
        os.environ.setdefault("HFCOMPAT_CACHE", str(Path(cache, "hfcompat")))
    try:
        sideload.fetch()
    except sideload.SideloadError as error:
        if "pip cannot download" not in str(error):
            raise
        pytest.skip(f"pip cannot fetch the wheel of {sideload.VERSION}: {error}")
    return sideload.located()
