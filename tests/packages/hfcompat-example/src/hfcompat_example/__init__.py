"""Declarations only: this module imports neither torch nor transformers."""

import dataclasses
import os

from hfcompat import Kind, Patch, hookimpl

PATCHES = [
    Patch(
        "token-count",
        "transformers.cache_utils:Cache.token_count",
        Kind.ADD,
        "hfcompat_example.impl:token_count",
        when={"transformers": ">=4.49.0.dev0"},
        reason="our trainer asks every cache for its token_count.",
        upstream="https://github.com/huggingface/transformers/blob/v4.57.6/src/transformers/cache_utils.py",
    ),
    Patch(
        "layer-types",
        "transformers.cache_utils:layer_types",
        Kind.ADD,
        "hfcompat_example.impl:layer_types",
        when={"transformers": ">=4.49.0.dev0"},
        reason="our trainer imports layer_types from cache_utils.",
        upstream="https://github.com/huggingface/transformers/blob/v4.57.6/src/transformers/cache_utils.py",
    ),
]

FAIL = os.environ.get("HFCOMPAT_EXAMPLE_FAIL")  # for hfcompat's own tests; leave it out of a copy

if FAIL == "import":
    raise RuntimeError("example fails on import")

if FAIL == "registration":

    @hookimpl
    def hfcompat_no_such_hook():
        return []


@hookimpl
def hfcompat_patches():
    if FAIL == "hook":
        raise RuntimeError("example fails in its hook")
    if FAIL == "rubbish":
        return [*PATCHES, "rubbish"]
    if FAIL == "declaration":
        return [dataclasses.replace(PATCHES[0], when={"transformers": "latest"})]
    if FAIL == "install":
        return [dataclasses.replace(PATCHES[0], impl="hfcompat_example.impl:missing")]
    if FAIL == "use":
        return [dataclasses.replace(PATCHES[1], impl="hfcompat_example.impl:missing")]
    if FAIL == "wrap":
        return [
            dataclasses.replace(
                PATCHES[0],
                target="transformers.cache_utils:Cache.get_seq_length",
                kind=Kind.WRAP,
                impl="hfcompat_example.impl:raising_factory",
                when={"transformers": ">=4.49.0.dev0,<5.24"},
            )
        ]
    return PATCHES
