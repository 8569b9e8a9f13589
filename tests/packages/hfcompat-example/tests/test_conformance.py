import pytest

from hfcompat.testing import ORDERINGS, lint, run_ordering


def test_declarations():
    assert lint("example") == []


@pytest.mark.parametrize("ordering", ORDERINGS)
def test_ordering(ordering):
    run_ordering(ordering, plugins=["example"])
