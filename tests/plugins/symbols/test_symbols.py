"""Every row of the plugin `symbols`: where it is served, and that it does what it did on the version that had it."""

from __future__ import annotations

import importlib
import importlib.util
import json
import math
import subprocess
import sys
import textwrap
from importlib import metadata
from pathlib import Path
from pkgutil import resolve_name
from types import SimpleNamespace
from typing import Any

import pytest
import symbols_data_cases  # noqa: F401
import symbols_export_cases  # noqa: F401
import symbols_tool_cases  # noqa: F401
import torch
from hfcompat_plugins.symbols import PATCHES
from packaging.specifiers import SpecifierSet
from packaging.version import Version
from symbols_cases import CASES, Case, plain

import hfcompat
from hfcompat.patch import Kind, Patch, Target

RUNTIME = Version(metadata.version("transformers"))
ANSWERS = json.loads((Path(__file__).parent / "answers.json").read_text())
OURS = "hfcompat_plugins.symbols."
# What raises when it is used; of some modules only these names do.
STAND_INS: dict[str, tuple[str, ...]] = {
    "tensorflow": (), "flax": (), "fx": (), "glue": (), "onnx_export": (), "onnx_convert": (),
    "commands": ("create_new_model_like",),
    "huggingface": ("Repository", "InferenceApi", "configure_http_backend"),
    "onnx_features": ("supported_features_mapping",),
    "parameters": ("_load_state_dict_into_meta_model",),
    "text_datasets": ("LineByLineWithSOPTextDataset", "TextDatasetForNextSentencePrediction"),
    "transfo_xl": ("TransfoXLModel", "TransfoXLLMHeadModel", "TransfoXLTokenizer"),
}  # fmt: skip


def active(patch: Patch) -> bool:
    return all(SpecifierSet(r).contains(metadata.version(name), prereleases=True) for name, r in patch.when.items())


def is_alias(patch: Patch) -> bool:
    return not patch.impl.startswith(OURS)


def is_stand_in(patch: Patch) -> bool:
    module, _, name = patch.impl.removeprefix(OURS).partition(":")
    if name in {name for case in CASES for name in case.names}:
        return False
    return module in STAND_INS and (not STAND_INS[module] or not name or name in STAND_INS[module])


def name_of(patch: Patch) -> str:
    return Target.parse(patch.target).name


NAMES = [patch for patch in PATCHES if patch.kind is Kind.ADD]
MODULES = [patch for patch in PATCHES if patch.kind is Kind.REDIRECT]
SERVED = {
    name: patch.target
    for patch in MODULES
    if active(patch) and not is_alias(patch)
    for name in importlib.import_module(patch.impl).__all__
}  # names of modules that are gone, and such a module
ACTIVE_NAMES = {name_of(patch) for patch in NAMES if active(patch)}.union(SERVED)


def lost_here(case: Case) -> bool:
    """Whether this runtime lacks a name of the case, so that the answer is ours."""
    return bool(ACTIVE_NAMES.intersection(case.names))


def ids(patches: list[Patch]) -> Any:
    return [pytest.param(patch, id=patch.id) for patch in patches]


@pytest.fixture(scope="module", autouse=True)
def applied() -> Any:
    with hfcompat.applied() as report:
        yield report


def get(name: str) -> Any:
    """The name, by `from module import name`, from one of its paths on this runtime."""
    rows = sorted((patch for patch in NAMES if name_of(patch) == name), key=lambda patch: not active(patch))
    modules = [SERVED[name]] if name in SERVED else [Target.parse(row.target).module for row in rows]
    scope: dict[str, Any] = {}
    for module in modules:
        if module == modules[-1] or hasattr(importlib.import_module(module), name):
            exec(f"from {module} import {name}", scope)
            break
    return scope[name]


# -------------------------------------------------------------------------------- the table itself


def test_declarations_are_sound() -> None:
    assert [problem for patch in PATCHES for problem in patch.problems()] == []
    assert len({patch.id for patch in PATCHES}) == len(PATCHES)
    assert all(patch.upstream.startswith("https://github.com/huggingface/transformers/") for patch in PATCHES)


def test_declarations_import_neither_torch_nor_transformers() -> None:
    script = "import sys, hfcompat_plugins.symbols; print({'torch', 'transformers', 'numpy'} & set(sys.modules))"
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "set()"


def test_every_row_has_a_behaviour() -> None:
    """An alias is compared with what it stands for; everything else needs a case, or is a stand-in that refuses."""
    spoken_for = {name for case in CASES for name in case.names}
    silent = [
        patch.id
        for patch in NAMES
        if not is_stand_in(patch) and not is_alias(patch) and name_of(patch) not in spoken_for
    ]
    assert silent == []
    compiled = {name for case in CASES if case.traced for name in case.names}
    assert {name_of(patch) for patch in PATCHES if patch.traced} <= compiled
    assert {case.id for case in CASES} == set(ANSWERS)


def test_ranges_match_this_runtime() -> None:
    """Without us, a name is missing where its row says so, and there where the row says that it is not needed yet."""
    script = """
        import importlib, json, sys, warnings
        warnings.simplefilter("ignore")
        found = {}
        for target in json.load(sys.stdin):
            module, _, name = target.partition(":")
            name, _, key = name.rstrip("]").partition("[")
            try:
                value = importlib.import_module(module)
                found[target] = not name or (key in getattr(value, name) if key else hasattr(value, name))
            except Exception:
                found[target] = False
        json.dump(found, sys.__stdout__)
    """
    rows = [patch for patch in PATCHES if patch.kind is not Kind.WRAP]
    targets = sorted({patch.target for patch in rows})
    run = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script)],
        input=json.dumps(targets),
        capture_output=True,
        text=True,
        check=True,
    )
    found = json.loads(run.stdout)
    assert [patch.id for patch in rows if active(patch) and found[patch.target]] == []
    # TensorFlow's names are there only with TensorFlow.
    early = [
        patch.id
        for patch in rows
        if not active(patch) and not _optional(patch) and not _came_later(patch) and _before(patch)
        if not found[patch.target]
    ]
    assert early == []


def _before(patch: Patch) -> bool:
    (library, span), *_ = patch.when.items()
    floor = next(s for s in SpecifierSet(span) if s.operator == ">=")
    rows = [p for p in PATCHES if p.target == patch.target]
    return Version(floor.version) > Version(metadata.version(library)) and not any(active(row) for row in rows)


def _came_later(patch: Patch) -> bool:
    """Names that are younger than the oldest runtime; and names that another row serves where this one does not."""
    modules = ("transformers.tokenization_utils", "transformers.integrations.accelerate:")
    young = name_of(patch) in ("is_ccl_available", "build_attention_mask", "list_repo_tree") or patch.target.endswith(
        "[keras_nlp]"
    )
    return young or (patch.kind is Kind.ADD and patch.target.startswith(modules))


def _optional(patch: Patch) -> bool:
    """TensorFlow's and Flax's names are there only with TensorFlow and Flax."""
    return patch.impl.removeprefix(OURS).partition(":")[0] in ("tensorflow", "flax")


# -------------------------------------------------------------------------------- where it is served


@pytest.mark.parametrize("patch", ids([patch for patch in NAMES if active(patch)]))
def test_name_is_served(patch: Patch) -> None:
    """Each path gives the very object behind it: for an alias, upstream's own."""
    target = Target.parse(patch.target)
    scope: dict[str, Any] = {}
    exec(f"from {target.module} import {target.name} as served", scope)
    assert scope["served"] is resolve_name(patch.impl)
    assert target.name not in vars(sys.modules[target.module])  # nothing is stored


@pytest.mark.parametrize("patch", ids([patch for patch in MODULES if active(patch)]))
def test_module_is_served(patch: Patch) -> None:
    module, impl = importlib.import_module(patch.target), importlib.import_module(patch.impl)
    expected = {
        "deepspeed": ["is_deepspeed_zero3_enabled", "HfDeepSpeedConfig", "HfTrainerDeepSpeedConfig", "deepspeed_config",
                      "deepspeed_init", "deepspeed_load_checkpoint", "deepspeed_optim_sched", "is_deepspeed_available",
                      "set_hf_deepspeed_config", "unset_hf_deepspeed_config"],
        "generation_utils": ["GenerationMixin"],
    }.get(patch.target.rpartition(".")[2], getattr(impl, "__all__", []))  # fmt: skip
    assert expected
    for name in expected:
        scope: dict[str, Any] = {}
        exec(f"from {patch.target} import {name} as served", scope)
        assert scope["served"] is getattr(impl, name)
    with pytest.raises(ImportError):
        exec(f"from {patch.target} import nothing_of_this_name")
    assert module.__name__ == patch.target
    if patch.target.endswith("deepspeed"):
        assert module.is_deepspeed_zero3_enabled() is False


# -------------------------------------------------------------------------------- what it does


def replay(case: Case, compiled: Any) -> None:
    if case.needs and importlib.util.find_spec(case.needs) is None:
        pytest.skip(f"{case.id}: transformers {RUNTIME} wants {case.needs} for it, which is not installed")
    expected, actual = ANSWERS[case.id]["answer"], json.loads(json.dumps(plain(case.run(get, compiled))))
    if case.id in ("lm_head", "vision_2_seq"):
        from transformers.models.auto.configuration_auto import CONFIG_MAPPING_NAMES

        # Types that are gone, and a class that 4.57 names and never had; types that came later are welcome.
        known = expected["names"].keys() & CONFIG_MAPPING_NAMES.keys() - {"wav2vec2"}
        for answer in (expected, actual):
            answer["names"] = {key: answer["names"].get(key) for key in sorted(known)}
    assert_close(actual, expected, case.id)


def assert_close(actual: Any, expected: Any, where: str) -> None:
    if isinstance(expected, float):
        assert isinstance(actual, (int, float)), where
        assert math.isclose(actual, expected, rel_tol=1e-4, abs_tol=1e-5), (where, actual, expected)
    elif isinstance(expected, list):
        assert isinstance(actual, list), (where, actual, expected)
        assert len(actual) == len(expected), (where, actual, expected)
        for index, (one, other) in enumerate(zip(actual, expected, strict=True)):
            assert_close(one, other, f"{where}[{index}]")
    elif isinstance(expected, dict):
        assert isinstance(actual, dict), (where, actual, expected)
        assert actual.keys() == expected.keys(), where
        for key in expected:
            assert_close(actual[key], expected[key], f"{where}.{key}")
    else:
        assert actual == expected, (where, actual, expected)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("case", [pytest.param(case, id=case.id) for case in CASES if lost_here(case)])
def test_recorded_answer(case: Case) -> None:
    replay(case, lambda call: call)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("case", [pytest.param(c, id=c.id) for c in CASES if c.traced and lost_here(c)])
def test_recorded_answer_compiled(case: Case) -> None:
    torch.compiler.reset()
    with torch._dynamo.config.patch(recompile_limit=64):  # a case calls one layer in many ways
        replay(case, lambda call: torch.compile(call, backend="eager", fullgraph=True))


BACKENDS = [Target.parse(patch.target).key for patch in PATCHES if patch.kind is Kind.REGISTER and active(patch)]


@pytest.mark.parametrize("backend", BACKENDS)
def test_backend_is_asked_for(backend: str) -> None:
    """Who requires a backend that transformers no longer knows is told what is missing, not a KeyError."""
    from transformers.utils.import_utils import BACKENDS_MAPPING, requires, requires_backends

    @requires(backends=(backend,))
    class Needy:
        pass

    if BACKENDS_MAPPING[backend][0]():
        pytest.skip(f"{backend} is installed with transformers {RUNTIME}")
    with pytest.raises(ImportError, match=rf"(?i)Needy needs .*({backend}|TensorFlow)"):
        requires_backends(Needy, [backend])


# -------------------------------------------------------------------------------- stand-ins

REFUSALS = [
    (name, patch.target)
    for patch in MODULES
    if active(patch) and not is_alias(patch)
    for name in (
        "TFPreTrainedModel", "TFSequenceClassifierOutput", "unpack_inputs", "FlaxPreTrainedModel", "HFTracer",
        "symbolic_trace", "_gen_constructor_wrapper", "convert", "export", "GlueDataset", "simple_accuracy",
        "TransfoXLModel", "LineByLineWithSOPTextDataset", "create_new_model_like", "supported_features_mapping",
    )
    if hasattr(importlib.import_module(patch.impl), name)
] + [(name_of(patch), Target.parse(patch.target).module) for patch in NAMES if active(patch) and is_stand_in(patch)]  # fmt: skip


@pytest.mark.parametrize(("name", "module"), REFUSALS)
def test_stand_in_refuses_when_used(name: str, module: str) -> None:
    served = getattr(importlib.import_module(module), name)
    assert served.__name__ == name
    library = module.partition(".")[0]
    message = rf"{name}.* gone from {library} {metadata.version(library)}.*{library}<[15]"
    with pytest.raises(ImportError, match=message):
        served()
    if not isinstance(served, type):
        return
    with pytest.raises(ImportError, match=message):
        served.from_pretrained("some/model")
    assert not isinstance(object(), served)
    assert not isinstance(torch.nn.Linear(1, 1), served)

    class Mine(served):  # type: ignore[misc, valid-type]
        main_input_name = "input_ids"

        def __init__(self, config: Any) -> None:
            self.config = config

    assert issubclass(Mine, served)
    assert Mine.main_input_name == "input_ids"
    with pytest.raises(ImportError, match=message):
        Mine(SimpleNamespace())


@pytest.mark.skipif(Version("5.0.0.dev0") > RUNTIME, reason="transformers 4 has Pillow's check of its own")
@pytest.mark.skipif(
    importlib.util.find_spec("PIL") is not None, reason=f"Pillow is installed with transformers {RUNTIME}"
)
def test_image_to_text_asks_for_pillow() -> None:
    import transformers

    sizes = {"hidden_size": 8, "num_hidden_layers": 1, "num_attention_heads": 2}
    vit = transformers.ViTConfig(**sizes, intermediate_size=8, image_size=4, patch_size=2)
    config = transformers.VisionEncoderDecoderConfig.from_encoder_decoder_configs(
        vit, transformers.GPT2Config(**sizes, vocab_size=13)
    )
    with pytest.raises(ImportError, match="PIL"):
        get("ImageToTextPipeline")(model=transformers.VisionEncoderDecoderModel(config), task="image-to-text")


def test_a_package_that_is_not_there_is_not_there():
    """Since 5.3 the answer is a pair, which is never false; as such, and for transformers itself, it stays one."""
    from transformers.utils import import_utils

    ask = import_utils._is_package_available
    assert [bool(ask("torch")), bool(ask("no_such_package"))] == [True, False]
    there, _ = ask("no_such_package", return_version=True)
    assert (there, bool(ask("torch", return_version=True))) == (False, True)
    if Version("5.3") <= RUNTIME:
        scope = {"__name__": "transformers.somewhere", "ask": ask}
        assert type(eval("ask('torch')", scope)) is tuple
