"""Whose code it is."""

import types

import pytest

from hfcompat.origin import is_native, native_caller


def made_in(module):
    """A class, a function and an instance, as that module would define them."""
    place = types.ModuleType(module)
    exec("class Thing: pass\ndef function(): pass", vars(place))
    return place.Thing, place.function, place.Thing()


@pytest.mark.parametrize(
    ("module", "native"),
    [
        ("transformers", True),
        ("transformers.models.llama.modeling_llama", True),
        ("transformers_modules.some.modeling_llama", False),
        ("transformers_cfg", False),
        ("__main__", False),
    ],
)
def test_classes_functions_and_instances(module, native):
    assert [is_native(thing) for thing in made_in(module)] == [native] * 3


def test_a_class_derived_elsewhere_is_foreign():
    base, _, _ = made_in("transformers.modeling_utils")
    assert not is_native(type("Mine", (base,), {"__module__": "mine"}))


@pytest.mark.parametrize(("module", "native"), [("transformers.generation.utils", True), ("mine", False)])
def test_the_caller_is_the_frame_above_the_one_that_asks(module, native):
    def asked():
        return native_caller(), native_caller(2)

    place = types.ModuleType(module)
    vars(place)["asked"] = asked
    exec("def call(): return asked()", vars(place))
    assert place.call() == (native, False)


def test_above_the_first_frame_there_is_no_caller():
    assert not native_caller(10_000)
