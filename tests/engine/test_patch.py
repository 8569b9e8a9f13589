"""Declarations: what can be said, and what is refused."""

import dataclasses

import pytest
from packaging.specifiers import SpecifierSet

from hfcompat import Kind, Patch, Target

GOOD = Patch(
    "get-usable-length",
    "transformers.cache_utils:Cache.get_usable_length",
    Kind.ADD,
    "plugin.impl:get_usable_length",
    when={"transformers": ">=4.54.0.dev0"},
    reason="removed in 4.54",
    upstream="https://example.org",
)


def test_a_good_row_has_no_problems():
    assert GOOD.problems() == []


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"id": "Not An Id"}, "id 'Not An Id'"),
        ({"target": "no colon here:"}, "target 'no colon here:'"),
        ({"target": "a.b:c..d"}, "target 'a.b:c..d'"),
        ({"target": "a.b"}, "names no attribute"),
        ({"kind": "add"}, "kind 'add'"),
        ({"kind": Kind.REDIRECT}, "a redirect targets a module"),
        ({"kind": Kind.REGISTER}, "needs a [key]"),
        ({"target": "a.b:C[key]"}, "cannot have a [key]"),
        ({"impl": "plugin.impl"}, "impl 'plugin.impl'"),
        ({"impl": 3}, "impl 3"),
        ({"when": {"transformers": ">=four"}}, "range '>=four' for 'transformers'"),
        ({"when": {"transformers": 4}}, "range 4"),
        ({"when": {}}, "when"),
        ({"when": ">=5"}, "when"),
        ({"reason": " "}, "reason is empty"),
        ({"upstream": ""}, "upstream is empty"),
        ({"behavioural": True}, "behavioural and when['dialect'] go together"),
        ({"when": {"dialect": "<5"}}, "behavioural and when['dialect'] go together"),
    ],
)
def test_a_bad_row_says_what_is_wrong_with_it(change, says):
    problems = dataclasses.replace(GOOD, **change).problems()
    assert any(says in problem for problem in problems), problems


def test_a_row_is_frozen():
    with pytest.raises(TypeError):
        GOOD.when["transformers"] = "<1"
    with pytest.raises(dataclasses.FrozenInstanceError):
        GOOD.id = "other"


def test_a_range_may_be_parsed_already():
    assert dataclasses.replace(GOOD, when={"transformers": SpecifierSet(">=5")}).problems() == []


@pytest.mark.parametrize(
    ("text", "target", "name"),
    [
        ("a.b", Target("a.b"), "b"),
        ("a.b:C", Target("a.b", ("C",)), "C"),
        ("a.b:C.d", Target("a.b", ("C", "d")), "d"),
        ("a.b:REG[key with: signs]", Target("a.b", ("REG",), "key with: signs"), "REG"),
    ],
)
def test_targets_are_read_and_printed(text, target, name):
    assert Target.parse(text) == target
    assert str(target) == text
    assert target.name == name
