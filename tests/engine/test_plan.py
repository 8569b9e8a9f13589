"""Planning is a pure function: declarations, versions and policy in, decisions out."""

import dataclasses
import random

import pytest
from packaging.version import Version

from hfcompat import Kind, Patch, Status
from hfcompat.environment import Environment
from hfcompat.plan import Policy, plan, unmatched


def row(id, target="m:x", kind=Kind.ADD, when=None, **more):
    when = when or {"transformers": ">=5.0.0.dev0"}
    return Patch(id, target, kind, "p:f", when, "because", "link", **more)


V5 = Environment.of(transformers="5.23.0", python="3.11.7")


def statuses(records):
    return {record.key: record.status for record in records}


@pytest.mark.parametrize(
    ("when", "version", "wanted"),
    [
        (">=4.54.0.dev0", "4.53.3", False),
        (">=4.54.0.dev0", "4.54.0.dev0", True),
        (">=4.54.0.dev0", "4.54.0rc1", True),
        (">=4.54.0.dev0", "4.57.6+local", True),
        (">=5.0.0.dev0,<5.24", "5.24.0.dev0", False),
        (">=5.0.0.dev0,<5.24", "5.23.5", True),
        ("", "5.23.0", True),
    ],
)
def test_ranges_see_development_and_local_versions(when, version, wanted):
    (record,) = plan([("p", row("a", when={"transformers": when}))], Environment.of(transformers=version), Policy())
    assert (record.status is Status.PENDING) is wanted, record.why


def test_every_distribution_of_when_must_match_and_unknown_ones_never_do():
    rows = [
        ("p", row("python", "m:a", when={"python": ">=3.9"})),
        ("p", row("absent", "m:b", when={"flash-attn": ">=0"})),
        ("p", row("both", "m:c", when={"transformers": ">=5", "python": "<3"})),
    ]
    records = {r.patch.id: r for r in plan(rows, V5, Policy())}
    assert records["python"].status is Status.PENDING
    assert records["absent"].why == "version: flash-attn is absent or of an unknown version"
    assert records["both"].why == "version: python 3.11.7 is not in <3"


@pytest.mark.parametrize(
    ("versions", "says"),
    [({}, "transformers is not installed"), ({"transformers": "4.40.2"}, "transformers 4.40.2 is older than 4.49")],
)
def test_nothing_is_wanted_on_a_runtime_that_is_not_supported(versions, says):
    (record,) = plan([("p", row("a", when={"python": ""}))], Environment.of(python="3.11", **versions), Policy())
    assert record.status is Status.SKIPPED
    assert record.why.startswith(says)


def test_behavioural_rows_wait_for_a_dialect_or_an_explicit_wish():
    offers = [("p", row("b", behavioural=True, when={"transformers": ">=5", "dialect": "<5.0.dev0"}))]

    def status(**policy):
        (record,) = plan(offers, V5, Policy(**policy))
        return record.status, record.why

    assert status() == (
        Status.SKIPPED,
        "policy: changes a call that works today, so it waits for apply(dialect=...) in <5.0.dev0",
    )
    assert status(dialect=Version("4.57"))[0] is Status.PENDING
    assert status(dialect=Version("5.1")) == (Status.SKIPPED, "policy: dialect 5.1 is not in <5.0.dev0")
    assert status(enable=("p:b",))[0] is Status.PENDING
    assert status(enable=("p:b",), disable=("p:*",)) == (Status.SKIPPED, "policy: disabled by 'p:*'")


def test_order_is_after_then_name_and_never_that_of_discovery():
    offers = [
        ("z", row("first", "m:n1")),
        ("a", row("last", "m:n2", after=("z:first", "middle"))),
        ("a", row("middle", "m:n3", after=("z:first",))),
        ("b", row("alone", "m:n4", after=("nobody:here",))),
    ]
    expected = ["b:alone", "z:first", "a:middle", "a:last"]
    for seed in range(10):
        random.Random(seed).shuffle(offers)
        assert [record.key for record in plan(offers, V5, Policy())] == expected


def test_a_cycle_fails_its_rows_and_no_others():
    offers = [
        ("p", row("a", "m:n1", after=("b",))),
        ("p", row("b", "m:n2", after=("a",))),
        ("p", row("c", "m:n3", after=("a",))),
    ]
    records = {r.key: r for r in plan(offers, V5, Policy())}
    assert records["p:a"].status is records["p:b"].status is Status.FAILED
    assert "cyclic after" in records["p:a"].why
    assert "p:b" in records["p:a"].why
    assert records["p:c"].status is Status.PENDING


def test_two_plugins_on_one_target_conflict_until_somebody_chooses():
    offers = [("p", row("a")), ("q", row("b"))]
    records = {r.key: r for r in plan(offers, V5, Policy())}
    assert records["p:a"].status is records["q:b"].status is Status.CONFLICT
    assert records["p:a"].why == "m:x is also the target of q:b; keep one with enable= or disable="
    assert statuses(plan(offers, V5, Policy(enable=("q:b",)))) == {"p:a": Status.CONFLICT, "q:b": Status.PENDING}
    assert statuses(plan(offers, V5, Policy(disable=("q:b",)))) == {"p:a": Status.PENDING, "q:b": Status.SKIPPED}


def test_a_wrap_that_comes_after_goes_around():
    lower = row("lower", kind=Kind.REPLACE)
    offers = [("p", lower), ("q", row("a-upper", kind=Kind.WRAP, after=("p:lower",)))]
    assert [(r.key, r.status) for r in plan(offers, V5, Policy())] == [
        ("p:lower", Status.PENDING),
        ("q:a-upper", Status.PENDING),
    ]


def test_a_second_row_of_the_same_id_fails_and_the_first_stays():
    records = plan([("p", row("a", "m:n1")), ("p", row("a", "m:n2"))], V5, Policy())
    assert [(r.patch.target, r.status) for r in records] == [("m:n1", Status.PENDING), ("m:n2", Status.FAILED)]
    assert "duplicate id 'a'" in records[1].why


def test_a_bad_declaration_fails_alone():
    bad = dataclasses.replace(row("bad"), when={"transformers": "five"})
    records = {r.key: r for r in plan([("p", bad), ("p", row("good"))], V5, Policy())}
    assert records["p:bad"].status is Status.FAILED
    assert "range 'five'" in records["p:bad"].why
    assert records["p:good"].status is Status.PENDING


def test_policies_merge_and_the_first_dialect_stays():
    merged = Policy(Version("4.57"), ("a",), ("b",)).merged(Policy(Version("4.40"), ("a", "c"), (), strict=True))
    assert merged == Policy(Version("4.57"), ("a", "c"), ("b",), strict=True)


def test_globs_that_mean_nothing_are_found():
    policy = Policy(enable=("p:a*", "x:*"), disable=("p", "gone", "p:zz"))
    assert unmatched(policy, ["p:a"], ["p"]) == ["x:*", "gone", "p:zz"]


def test_planning_has_no_memory():
    offers = [("p", row("a")), ("q", row("b", "m:y"))]
    once, twice = plan(offers, V5, Policy()), plan(offers, V5, Policy())
    assert [(r.key, r.status, r.why) for r in once] == [(r.key, r.status, r.why) for r in twice]
    assert all(a is not b for a, b in zip(once, twice, strict=True))
