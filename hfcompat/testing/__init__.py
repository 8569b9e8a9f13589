"""The conformance suite: what every plugin must keep, first and third party alike.

from hfcompat.testing import ORDERINGS, lint, run_ordering

def test_declarations():
    assert lint("my-plugin") == []

@pytest.mark.parametrize("ordering", ORDERINGS)
def test_ordering(ordering):
    run_ordering(ordering, plugins=["my-plugin"])
"""

from hfcompat.testing.lint import lint
from hfcompat.testing.orderings import ORDERINGS, run_ordering
from hfcompat.testing.snapshot import Snapshot

__all__ = ["ORDERINGS", "Snapshot", "lint", "run_ordering"]
