"""Unpacking a layer's states by the number of names. Needs neither torch nor transformers."""

from __future__ import annotations

import copy
import pickle

import pytest
from hfcompat_plugins.cache.unpacking import LayerItem


def layers():
    yield LayerItem(("k0", "v0", None))
    yield LayerItem(("k1", "v1", "w1"))


def both():
    yield LayerItem(("k0", "v0", None, "K0", "V0", None))


PAIRS = [("k0", "v0"), ("k1", "v1")]
TRIPLES = [("k0", "v0", None), ("k1", "v1", "w1")]


def test_two_names_take_keys_and_values():
    found = []
    for key, value in layers():
        found.append((key, value))
    assert found == PAIRS
    assert [(key, value) for key, value in layers()] == PAIRS
    assert {key: value for key, value in layers()} == dict(PAIRS)  # noqa: C416
    assert tuple((key, value) for key, value in layers()) == tuple(PAIRS)
    assert [(index, key, value) for index, (key, value) in enumerate(layers())] == [(0, "k0", "v0"), (1, "k1", "v1")]
    assert [(key, other) for (key, _), other in zip(layers(), "ab", strict=True)] == [("k0", "a"), ("k1", "b")]
    key, value = next(layers())
    assert (key, value) == PAIRS[0]
    [key, value] = list(layers())[1]
    assert (key, value) == PAIRS[1]


def test_three_names_take_what_the_runtime_gives():
    assert [(key, value, window) for key, value, window in layers()] == TRIPLES


def test_four_names_take_the_states_of_an_encoder_decoder_cache():
    assert [(a, b, c, d) for a, b, c, d in both()] == [("k0", "v0", "K0", "V0")]
    assert [(a, b, c, d, e, f) for a, b, c, d, e, f in both()] == [("k0", "v0", None, "K0", "V0", None)]


@pytest.mark.parametrize("names", [2, 3, 4, 5])
def test_any_other_number_of_names_is_refused_as_ever(names):
    item = LayerItem("abcdef" if names != 4 else "abc")
    targets = ", ".join(f"x{n}" for n in range(names))
    with pytest.raises(ValueError, match="values to unpack"):
        exec(f"{targets} = item", {"item": item})


def test_everything_else_is_a_tuple_of_three():
    item = next(layers())
    plain = TRIPLES[0]
    assert item == plain
    assert len(item) == 3
    assert (item[0], item[-1], item[:2]) == ("k0", None, ("k0", "v0"))
    assert (list(item), tuple(item), [*item], (*item,), set(item)) == (
        list(plain),
        plain,
        list(plain),
        plain,
        set(plain),
    )
    assert item + item == plain + plain
    assert type(item + item) is tuple
    assert list(zip(*layers(), strict=True)) == list(zip(*TRIPLES, strict=True))
    assert list(map(str, item)) == ["k0", "v0", "None"]
    assert (lambda *args: args)(*item) == plain
    assert isinstance(item, tuple)
    assert hash(item) == hash(plain)
    key, *rest = item
    assert (key, rest) == ("k0", ["v0", None])
    assert type(item)(iter(plain)) == plain
    assert pickle.loads(pickle.dumps(item)) == copy.deepcopy(item) == plain
    assert list(enumerate(item)) == list(enumerate(plain))


def test_specialised_bytecode_unpacks_alike():
    """From 3.11 the interpreter rewrites a hot instruction for the types that it has seen."""

    def unpack(items):
        return [(key, value) for key, value in items]

    def unpack_all(items):
        return [(key, value, window) for key, value, window in items]

    for _ in range(3000):
        unpack([("a", "b")])
        unpack_all([("a", "b", "c")])
    assert unpack(layers()) == PAIRS
    assert unpack_all(layers()) == TRIPLES
    for _ in range(3000):
        unpack(layers())
        unpack_all(layers())
    assert unpack([("a", "b")]) == [("a", "b")]
    assert unpack(layers()) == PAIRS
    assert unpack_all(layers()) == TRIPLES
