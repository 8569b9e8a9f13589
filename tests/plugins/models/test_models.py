"""Every row of the plugin `models`: where it is served, and that it does what it did on the version that had it."""

from __future__ import annotations

import contextlib
import importlib
import importlib.util
import json
import math
import pickle
import subprocess
import sys
import textwrap
from importlib import metadata
from pathlib import Path
from pkgutil import resolve_name
from typing import Any

import hfcompat_plugins.models
import pytest
import torch
from hfcompat_plugins.models import PATCHES
from models_cases import CASES, Case, _eager, _family, filled, plain, wave
from packaging.specifiers import SpecifierSet
from packaging.version import Version

import hfcompat
from hfcompat.patch import Kind, Patch, Status, Target

RUNTIME = Version(metadata.version("transformers"))
ANSWERS = json.loads((Path(__file__).parent / "answers.json").read_text())
OURS = "hfcompat_plugins.models."


def active(patch: Patch) -> bool:
    return SpecifierSet(patch.when["transformers"]).contains(RUNTIME, prereleases=True)


def is_alias(patch: Patch) -> bool:
    return not patch.impl.startswith(OURS)


def name_of(patch: Patch) -> str:
    return Target.parse(patch.target).name


NAMES = [patch for patch in PATCHES if patch.kind is Kind.ADD and len(Target.parse(patch.target).path) == 1]
MEMBERS = [patch for patch in PATCHES if len(Target.parse(patch.target).path) == 2]
MODULES = [patch for patch in PATCHES if patch.kind is Kind.REDIRECT]
ACTIVE_NAMES = {name_of(patch) for patch in NAMES if active(patch)}


def lost_here(case: Case) -> bool:
    """Whether this runtime lacks a name of the case, or the call of it broke, so that the answer is ours."""
    if case.since:
        return Version(f"{case.since}.dev0") <= RUNTIME
    return bool(ACTIVE_NAMES.intersection(case.names)) or (case.id == "mmbt" and RUNTIME.major >= 5)


def ids(patches: list[Patch]) -> Any:
    return [pytest.param(patch, id=patch.id) for patch in patches]


@pytest.fixture(scope="module", autouse=True)
def applied() -> Any:
    with hfcompat.applied() as report:
        yield report


def get(name: str) -> Any:
    """The name (or `family:name`), by `from module import name`, from one of its paths on this runtime."""
    family, _, name = name.rpartition(":")
    rows = sorted((patch for patch in NAMES if name_of(patch) == name), key=lambda patch: not active(patch))
    if not rows:  # only a removed module had it
        modules = (importlib.import_module(row.target) for row in MODULES if active(row) and row.impl.startswith(OURS))
        return next(getattr(module, name) for module in modules if hasattr(module, name))
    target = next(target for row in rows if (target := Target.parse(row.target)).module.endswith(family))
    scope: dict[str, Any] = {}
    exec(f"from {target.module} import {name}", scope)
    return scope[name]


# -------------------------------------------------------------------------------- the table itself


def test_declarations_are_sound() -> None:
    assert [problem for patch in PATCHES for problem in patch.problems()] == []
    assert len({patch.id for patch in PATCHES}) == len(PATCHES)
    assert all(patch.upstream.startswith("https://github.com/huggingface/transformers/") for patch in PATCHES)


def test_declarations_import_neither_torch_nor_transformers() -> None:
    script = "import sys, hfcompat_plugins.models; print({'torch', 'transformers', 'numpy'} & set(sys.modules))"
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "set()"


def test_every_row_has_a_behaviour() -> None:
    """An alias is compared with what it stands for; everything else needs a case."""
    spoken_for = {name for case in CASES for name in case.names}
    silent = [patch.id for patch in NAMES if not is_alias(patch) and name_of(patch) not in spoken_for]
    # Flash attention needs a GPU, and no environment of these has Gemma 2's table: see below.
    by_hand = {row.id for row in NAMES if name_of(row).endswith("FlashAttention2")}
    assert set(silent) == by_hand | {"models.gemma2.modeling-gemma2.gemma2-attention-classes"}
    compiled = {name for case in CASES if case.traced for name in case.names}
    assert {name_of(patch) for patch in NAMES if patch.traced} <= compiled
    assert {case.id for case in CASES} == set(ANSWERS)


def test_ranges_match_this_runtime() -> None:
    """Without us, a name is missing where its row says so, and there where the row says that it is not needed yet."""
    script = """
        import importlib, json, sys, warnings
        warnings.simplefilter("ignore")
        found = {}
        for target in json.load(sys.stdin):
            module, _, name = target.partition(":")
            try:
                value = importlib.import_module(module)
                found[target] = not name or hasattr(value, name)
            except Exception:
                found[target] = False if not name else None
        json.dump(found, sys.__stdout__)
    """
    targets = sorted({patch.target for patch in (*NAMES, *MODULES)})
    run = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script)],
        input=json.dumps(targets),
        capture_output=True,
        text=True,
        check=True,
    )
    found = json.loads(run.stdout)
    assert [patch.id for patch in (*NAMES, *MODULES) if active(patch) and found[patch.target]] == []
    # Whole families come and go (None); Pillow's names are there only with Pillow; two tables had another name up to
    # 4.50, and models (not those with a head) another output up to 4.51.
    elsewhere = {"DATA2VEC_AUDIO_ATTENTION_CLASSES", "UNISPEECH_SAT_ATTENTION_CLASSES"}
    early = [
        patch.id
        for patch in (*NAMES, *MODULES)
        if not active(patch)
        and _before(patch)
        and found[patch.target] is False
        and not patch.impl.startswith(f"{OURS}feature_extractors")
        and name_of(patch) not in elsewhere
        and not name_of(patch).endswith("ModelOutputWithPast")
    ]
    assert early == []


def _before(patch: Patch) -> bool:
    floor = next(s for s in SpecifierSet(patch.when["transformers"]) if s.operator == ">=")
    rows = [p for p in PATCHES if p.target == patch.target]
    return Version(floor.version) > RUNTIME and not any(active(row) for row in rows)


# -------------------------------------------------------------------------------- where it is served


def served(patch: Patch) -> list[str]:
    """What is wrong with how a row is served; each path gives the very object behind it: for an alias, upstream's own."""
    if patch.impl.startswith(f"{OURS}feature_extractors") and importlib.util.find_spec("PIL") is None:
        return []  # transformers 5 has no image processors without Pillow
    target = Target.parse(patch.target)
    scope: dict[str, Any] = {}
    exec(f"from {target.module} import {target.name} as served", scope)
    wrong = [] if scope["served"] is resolve_name(patch.impl) else [f"{patch.id} is not {patch.impl}"]
    return wrong + [f"{patch.id} is stored" for _ in (0,) if target.name in vars(sys.modules[target.module])]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    "table", ["TOKENIZERS_AND_PROCESSORS", "ATTENTION", "LAYERS", "OUTPUTS", "DOCUMENTATION", "OTHERS"]
)
def test_names_are_served(table: str) -> None:
    rows = [row for row in getattr(hfcompat_plugins.models, table) if row.kind is Kind.ADD and active(row)]
    assert [wrong for row in rows for wrong in served(row)] == []


def test_modules_are_served() -> None:
    import transformers

    names = [name.removesuffix("Config") for name in dir(transformers) if name.endswith("Config")]
    names += ["Barthez", "CodeLlama", "Herbert", "LayoutXLM", "MBart50", "Nllb", "Nougat"]
    prefixes = {name.lower(): name for name in names} | {"openai": "OpenAIGPT"}
    for row in MODULES:
        if not active(row) or (
            row.impl.startswith(f"{OURS}feature_extractors") and importlib.util.find_spec("PIL") is None
        ):
            continue
        module, impl = importlib.import_module(row.target), importlib.import_module(row.impl)
        if "tokenization" in row.target:  # the tokenizers that the runtime itself gives under these names
            family = row.target.split(".")[2].replace("_", "")
            name = prefixes[family] + ("TokenizerFast" if row.target.endswith("_fast") else "Tokenizer")
            expected = {name: getattr(transformers, name)}
        else:
            family = row.target.split(".")[2].replace("_", "") if "feature_extraction" in row.target else ""
            whole = {name for name in impl.__all__ if name.lower() == f"{family}featureextractor"}
            expected = {name: getattr(impl, name) for name in whole or impl.__all__}
        assert expected, row.id
        assert {name: getattr(module, name) for name in expected} == expected
        # Looking for a tokenizer's class, AutoTokenizer of 5.x puts its module under the name that ends with _fast too.
        assert module.__name__ in (row.target, row.target.removesuffix("_fast"))
        with pytest.raises(ImportError):
            exec(f"from {row.target} import nothing_of_this_name")


# -------------------------------------------------------------------------------- what it does


def replay(case: Case, compiled: Any) -> None:
    if case.needs and importlib.util.find_spec(case.needs) is None:
        pytest.skip(f"{case.id}: transformers {RUNTIME} wants {case.needs} for it, which is not installed")
    expected, actual = ANSWERS[case.id]["answer"], json.loads(json.dumps(plain(case.run(get, compiled))))
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


# -------------------------------------------------------------------------------- flash attention

FLASH = [row for row in NAMES if name_of(row).endswith("FlashAttention2") and active(row)]


def _config(name: str) -> Any:
    import transformers

    return getattr(transformers, f"{name}Config")(
        hidden_size=16, num_attention_heads=4, num_key_value_heads=2, head_dim=4, max_position_embeddings=32
    )


def test_flash_attention_refuses_without_flash_attn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("transformers.utils.is_flash_attn_2_available", lambda: False)
    assert FLASH
    for row in FLASH:
        Attention = get(name_of(row))
        assert Attention.__name__ == name_of(row)
        with pytest.raises(ImportError, match=rf"{name_of(row)}.*flash-attn.*attn_implementation"):
            Attention(None)


@pytest.fixture
def kernel(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """sdpa in the place of flash-attn's kernel; gives what the kernel is asked."""
    from transformers.modeling_utils import ALL_ATTENTION_FUNCTIONS

    asked: list[Any] = []

    def kernel(module: Any, query: Any, key: Any, value: Any, mask: Any, **options: Any) -> Any:
        asked.append((module, query, key, options))
        groups = query.shape[1] // key.shape[1]
        key, value = (states.repeat_interleave(groups, 1) for states in (key, value))
        causal = options.get("is_causal", module.is_causal)
        output = torch.nn.functional.scaled_dot_product_attention(
            query, key, value, is_causal=causal, scale=options["scaling"]
        )
        return output.transpose(1, 2), None

    monkeypatch.setattr("transformers.utils.is_flash_attn_2_available", lambda: True)
    monkeypatch.setitem(ALL_ATTENTION_FUNCTIONS, "flash_attention_2", kernel)
    return asked


@pytest.mark.parametrize("name", ["Llama", "Mistral", "Qwen2", "Phi3"])
def test_flash_attention_asks_the_runtimes_flash_attention(name: str, kernel: list[Any]) -> None:
    """With sdpa in the place of flash-attn's kernel, the layer agrees with the sdpa class."""
    config = _config(name)
    config.pad_token_id = 0
    flash, sdpa = (filled(get(f"{name}{kind}")(config, layer_idx=0)) for kind in ("FlashAttention2", "SdpaAttention"))
    states, positions = wave(1, 5, 16), torch.arange(5)[None]
    output, weights, cache = flash(states, position_ids=positions, output_attentions=True)
    torch.testing.assert_close(output, sdpa(states, position_ids=positions)[0])
    assert (weights, cache) == (None, None)
    ((module, query, key, options),) = kernel
    assert module.config._attn_implementation == "flash_attention_2"
    assert (tuple(query.shape), tuple(key.shape)) == ((1, 4, 5, 4), (1, 2, 5, 4))
    assert options["scaling"] == 0.5
    assert options["sliding_window"] == (config.sliding_window if name in ("Mistral", "Phi3") else None)
    assert config._attn_implementation != "flash_attention_2"  # the caller's config is left alone


def test_other_flash_attention_agrees_with_sdpa(kernel: list[Any]) -> None:
    import transformers

    states, known = wave(1, 5, 8), {name_of(row) for row in FLASH}
    arguments = {
        "Bart": ((8, 2), {}, (states,)),
        "Whisper": ((8, 2), {"is_decoder": True, "is_causal": True, "layer_idx": 0}, (states,)),
        "CLIP": ((transformers.CLIPTextConfig(hidden_size=8, num_attention_heads=2),), {}, (states,)),
        "GPT2": ((transformers.GPT2Config(n_embd=8, n_head=2),), {"layer_idx": 0}, (states,)),
        "GPTBigCode": ((transformers.GPTBigCodeConfig(n_embd=8, n_head=2),), {"layer_idx": 0}, (states,)),
        "DistilBert": ((transformers.DistilBertConfig(dim=8, n_heads=2),), {}, (states, states, states, None)),
    }
    tried = 0
    for name, (made, options, called) in arguments.items():
        if f"{name}FlashAttention2" not in known:
            continue
        flash, sdpa = (
            filled(get(f"{name}{kind}")(*made, **options), 0.3) for kind in ("FlashAttention2", "SdpaAttention")
        )
        torch.testing.assert_close(flash(*called)[0], sdpa(*called)[0], msg=lambda text, name=name: f"{name}: {text}")
        tried += 1
    assert len(kernel) == tried > 0


@pytest.mark.parametrize(("family", "name"), [("llama", "Llama"), ("gemma2", "Gemma2")])
def test_attention_classes(family: str, name: str) -> None:
    module = importlib.import_module(f"transformers.models.{family}.modeling_{family}")
    assert get(f"{name.upper()}_ATTENTION_CLASSES") == {
        "eager": getattr(module, f"{name}Attention"),
        "sdpa": get(f"{name}SdpaAttention"),
        "flash_attention_2": get(f"{name}FlashAttention2"),
    }


def test_classes_pickle() -> None:
    for name in (
        "LlamaSdpaAttention",
        "Qwen2VLCausalLMOutputWithPast",
        "WhisperSdpaAttention",
        "BertSdpaSelfAttention",
    ):
        if name in ACTIVE_NAMES:
            assert pickle.loads(pickle.dumps(get(name))) is get(name)


# -------------------------------------------------------------------------------- calls on classes that are still there


def test_every_member_is_installed(applied: Any) -> None:
    """Members that a runtime has are NATIVE; every other row of it is in place once its module is imported."""
    for row in MEMBERS:
        if active(row):
            importlib.import_module(Target.parse(row.target).module)
    states = {record.patch.id: record.status for record in hfcompat.report() if record.plugin == "models"}
    allowed = (Status.INSTALLED, Status.NATIVE)
    assert [row.id for row in MEMBERS if active(row) and states[row.id] not in allowed] == []


@pytest.mark.skipif(Version("4.56.dev0") > RUNTIME, reason="up to 4.55 transformers itself says past_key_value")
@pytest.mark.parametrize("family", ["llama", "qwen2"])
def test_layers_by_position(family: str) -> None:
    """Gradient checkpointing of 4.45 to 4.53 gives all of a layer's arguments by position."""
    from transformers import DynamicCache

    module, config, prefix = _family(family), _eager(family), family.capitalize()
    layer, states, positions = (
        filled(getattr(module, f"{prefix}DecoderLayer")(config, 0), 0.3),
        wave(2, 4, 8),
        torch.arange(4)[None],
    )
    angles, cache = getattr(module, f"{prefix}RotaryEmbedding")(config=config)(states, positions), DynamicCache()
    with torch.no_grad():
        native = layer(states, position_ids=positions, position_embeddings=angles)
        output = layer(states, None, positions, cache, False, True, torch.arange(4), angles)
        named = layer(states, position_ids=positions, past_key_value=None)
    assert isinstance(native, torch.Tensor)  # transformers' own call gives what it gave
    assert isinstance(output, tuple)
    torch.testing.assert_close(output[0], native, rtol=0, atol=0)
    torch.testing.assert_close(named, (native,), rtol=0, atol=0)
    assert output[1] is cache
    assert cache.get_seq_length() == 4


@pytest.mark.skipif(Version("5.0.dev0") > RUNTIME, reason="transformers 4 takes past_key_value, with a warning")
def test_a_cache_by_its_old_name_is_used() -> None:
    """Stock, the attention of transformers 5 swallows it: the cache stays empty."""
    from transformers import DynamicCache, LlamaConfig
    from transformers.models.llama.modeling_llama import LlamaAttention, LlamaRotaryEmbedding

    config = LlamaConfig(hidden_size=8, num_attention_heads=2, intermediate_size=8, num_hidden_layers=1, vocab_size=5)
    config._attn_implementation = "eager"
    layer, states = filled(LlamaAttention(config, 0), 0.3), wave(1, 3, 8)
    angles, cache = LlamaRotaryEmbedding(config=config)(states, torch.arange(3)[None]), DynamicCache()
    assert len(layer(states, angles, None, past_key_value=cache)) == 2
    assert cache.get_seq_length() == 3
    with hfcompat_off():
        swallowed = DynamicCache()
        layer(states, angles, None, past_key_value=swallowed)
        assert swallowed.get_seq_length() == 0


def test_native_calls_are_the_same_to_the_bit() -> None:
    import transformers

    config = transformers.LlamaConfig(
        hidden_size=8, num_attention_heads=2, intermediate_size=8, num_hidden_layers=2, vocab_size=11, pad_token_id=0
    )
    model = filled(transformers.LlamaForCausalLM(config), 0.3)
    tokens = torch.tensor([[3, 4, 5, 6], [7, 8, 9, 1]])
    with torch.no_grad():
        ours = model(tokens, output_hidden_states=True)
        generated = model.generate(tokens, max_new_tokens=3, do_sample=False)
        with hfcompat_off():
            theirs = model(tokens, output_hidden_states=True)
            assert torch.equal(generated, model.generate(tokens, max_new_tokens=3, do_sample=False))
    assert all(torch.equal(one, other) for one, other in zip(ours.hidden_states, theirs.hidden_states, strict=True))
    assert torch.equal(ours.logits, theirs.logits)


@contextlib.contextmanager
def hfcompat_off() -> Any:
    hfcompat.revert()
    try:
        yield
    finally:
        hfcompat.apply()
