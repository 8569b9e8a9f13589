"""The ladder: an attention that cannot be had is no end; and attention functions of one's own."""

from __future__ import annotations

import copy
import os
import re
import subprocess
import sys
import textwrap
import warnings
from importlib.metadata import version
from typing import Any

import pytest
import torch
import transformers
from packaging.version import Version
from torch.nn.functional import scaled_dot_product_attention

import hfcompat
from hfcompat.kernels import Attempt, Slot, attempts, register_attention
from hfcompat.kernels.attention import build, is_refusal
from hfcompat.kernels.swap import Situation

RUNTIME = Version(version("transformers"))
SMALL: dict[str, Any] = {
    "vocab_size": 96, "hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 2, "num_attention_heads": 4,
    "max_position_embeddings": 64, "bos_token_id": 1, "eos_token_id": 2, "pad_token_id": 0, "initializer_range": 0.3,
}  # fmt: skip
IDS = torch.tensor([[5, 6, 7, 8, 9, 10, 11, 12], [15, 16, 17, 18, 19, 20, 21, 22]])
PIXELS = torch.arange(192.0).reshape(1, 3, 8, 8) / 192
IMAGE = torch.tensor([[1, 90, 90, 90, 90, 6, 7, 8]])


@pytest.fixture(autouse=True, scope="module")
def _as_it_was():
    yield
    hfcompat.revert()


def llama() -> Any:
    return transformers.LlamaConfig(**SMALL, num_key_value_heads=2)


def codegen() -> Any:
    """A family that has eager attention and no other, on every version."""
    return transformers.CodeGenConfig(vocab_size=96, n_embd=32, n_layer=2, n_head=4, n_positions=64, rotary_dim=4)


def llava() -> Any:
    vision = transformers.CLIPVisionConfig(
        hidden_size=16, intermediate_size=16, num_hidden_layers=2, num_attention_heads=2, image_size=8, patch_size=4
    )
    return transformers.LlavaConfig(vision_config=vision, text_config=llama(), image_token_index=90)


def from_config(auto: str, config: Any, attention: Any, package: Any = hfcompat) -> Any:
    torch.manual_seed(0)
    return getattr(package, auto).from_config(config, attn_implementation=attention).eval()


def logits(model: Any) -> torch.Tensor:
    with torch.no_grad():
        if model.config.model_type == "llava":
            return model(input_ids=IMAGE, pixel_values=PIXELS).logits
        return model(IDS, attention_mask=torch.ones_like(IDS)).logits


TEXT_AND_IMAGE = {"text_config": "nonsense", "vision_config": "eager"}

# What is asked for, of which model; what is had in the end; what the report says.
REFUSALS = {
    "flash 2, no package": (llama, "flash_attention_2", "sdpa", "FlashAttention2 has been toggled on"),
    "flash 3, no package": (llama, "flash_attention_3", "sdpa", "FlashAttention3 has been toggled on|is not supported"),
    "flash 4, no package": (llama, "flash_attention_4", "sdpa", "FlashAttention4 has been toggled on|is not supported"),
    "unknown name": (llama, "nonsense", "sdpa", 'Specified `attn_implementation="nonsense"` is not supported'),
    "kernel of the Hub": (llama, "kernels-community/flash-attn:x", "sdpa", "kernels`? is (either )?not installed|is not supported|is not loaded"),
    "kernel of somebody": (llama, "someone/else", "sdpa", "kernels`? is (either )?not installed|is not supported|is not loaded"),
    "a model for itself": (llama, {"": "nonsense"}, "sdpa", 'Specified `attn_implementation="nonsense"` is not supported'),
    "no flash in the class": (codegen, "flash_attention_2", "eager", r"CodeGenForCausalLM does not support Flash Attention 2"),
    "no sdpa in the class": (codegen, "sdpa", "eager", "does not support an attention implementation through torch.nn.functional"),
    "no flex in the class": (codegen, "flex_attention", "eager", "does not support an attention implementation through torch's flex"),
    "one part of several": (llava, TEXT_AND_IMAGE, {"text_config": "sdpa", "vision_config": "eager"}, 'Specified `attn_implementation="nonsense"`'),
    "all parts": (llava, "flash_attention_2", "sdpa", "FlashAttention2 has been toggled on"),
    "several, one after another": (llama, ["flash_attention_4", "nonsense", "eager"], "eager", 'Specified `attn_implementation="nonsense"`'),
}  # fmt: skip


@pytest.mark.filterwarnings("ignore:.*attention is used")
@pytest.mark.parametrize("how", ["from_config", "from_pretrained"])
@pytest.mark.parametrize("refusal", REFUSALS)
def test_a_refusal_ends_in_a_model_that_runs(refusal: str, how: str, tmp_path) -> None:
    make, asked, had, why = REFUSALS[refusal]
    config = make()
    auto = "AutoModelForImageTextToText" if make is llava else "AutoModelForCausalLM"
    stock = from_config(auto, copy.deepcopy(config), had, transformers)
    if how == "from_config":
        model = from_config(auto, config, asked)
    else:
        stock.save_pretrained(tmp_path)
        model = getattr(hfcompat, auto).from_pretrained(tmp_path, attn_implementation=asked).eval()

    assert type(model) is type(stock)
    assert torch.equal(logits(model), logits(stock))
    if isinstance(had, str):
        assert model.config._attn_implementation == had
    else:
        assert {part: getattr(model.config, part)._attn_implementation for part in had} == had
    *refused, taken = [attempt for attempt in attempts(model) if attempt.slot is Slot.ATTENTION]
    assert taken.taken
    assert not any(attempt.taken for attempt in refused)
    assert re.search(why, "\n".join(attempt.why for attempt in refused))
    text = hfcompat.report(model).text()
    assert all(str(attempt) in text for attempt in (*refused, taken))


@pytest.mark.filterwarnings("ignore:.*attention is used")
@pytest.mark.parametrize(("make", "asked", "had"), [(llama, "flash_attention_2", "sdpa"), (llava, "nonsense", "sdpa")])
def test_a_refused_attempt_leaves_nothing_in_the_configuration(make: Any, asked: str, had: str) -> None:
    def contents(config: Any) -> dict[str, Any]:
        return {k: contents(v) if hasattr(v, "to_diff_dict") else v for k, v in vars(config).items()}

    auto = "AutoModelForImageTextToText" if make is llava else "AutoModelForCausalLM"
    config, by_stock = make(), make()
    from_config(auto, config, asked)
    from_config(auto, by_stock, had, transformers)
    assert contents(config) == contents(by_stock)

    untouched = make()
    before = contents(untouched)

    def refuse(attn_implementation: str) -> None:
        untouched._attn_implementation_internal = attn_implementation
        if make is llava:
            untouched.text_config._attn_implementation_internal = attn_implementation
        if attn_implementation == "eager":
            assert contents(untouched)["_attn_implementation_internal"] == "eager"
            raise KeyboardInterrupt
        raise ValueError(f'Specified `attn_implementation="{attn_implementation}"` is not supported.')

    def see(attn_implementation: str) -> str:
        assert contents(untouched) == before
        return attn_implementation

    with pytest.raises(KeyboardInterrupt):
        build(refuse, asked, Situation.here(), untouched)
    untouched.__dict__.update(make().__dict__)
    before = contents(untouched)
    tries = iter((refuse, see))
    assert build(lambda **kwargs: next(tries)(**kwargs), asked, Situation.here(), untouched)[0] == "sdpa"


@pytest.mark.filterwarnings("ignore:.*attention is used")
def test_the_default_dtype_is_what_it_was() -> None:
    torch.manual_seed(0)
    model = hfcompat.AutoModelForCausalLM.from_config(
        llama(), attn_implementation=["flash_attention_2", "nonsense"], torch_dtype=torch.bfloat16
    )
    assert torch.get_default_dtype() is torch.float32
    assert model.dtype is torch.bfloat16
    assert model.model.rotary_emb.inv_freq.dtype is torch.float32


def test_a_table_of_the_model_refuses_with_a_key_error() -> None:
    """Up to 4.57 BERT chooses a class by the name, whatever is registered."""
    unregister = register_attention("of_my_own", through_sdpa, mask="sdpa")
    config = transformers.BertConfig(**SMALL)
    try:
        if RUNTIME.major < 5:
            with pytest.warns(UserWarning, match="the model has no attention 'of_my_own'"):
                model = from_config("AutoModel", config, "of_my_own")
            assert model.config._attn_implementation == "sdpa"
        else:
            model = from_config("AutoModel", config, "of_my_own")
            assert model.config._attn_implementation == "of_my_own"
        assert torch.get_default_dtype() is torch.float32
        stock = from_config("AutoModel", transformers.BertConfig(**SMALL), "sdpa", transformers)
        torch.testing.assert_close(model(IDS)[0], stock(IDS)[0], atol=1e-5, rtol=0)
    finally:
        unregister()


def test_the_package_is_there_and_no_device() -> None:
    """The third kind of refusal: flash-attn is installed, and there is no GPU."""
    script = """
        import importlib.machinery, importlib.metadata, importlib.util, sys, types, warnings
        warnings.simplefilter("ignore")
        find, find_version = importlib.util.find_spec, importlib.metadata.version
        importlib.util.find_spec = lambda name, *a: (
            importlib.machinery.ModuleSpec(name, None) if name == "flash_attn" else find(name, *a))
        importlib.metadata.version = lambda name: "2.8.3" if name in ("flash_attn", "flash-attn") else find_version(name)
        distributions = importlib.metadata.packages_distributions
        importlib.metadata.packages_distributions = lambda: {**distributions(), "flash_attn": ["flash-attn"]}
        import torch, transformers, hfcompat
        config = transformers.LlamaConfig(vocab_size=96, hidden_size=32, intermediate_size=48, num_hidden_layers=1, num_attention_heads=4)
        model = hfcompat.AutoModelForCausalLM.from_config(config, attn_implementation="flash_attention_2")
        assert model(torch.tensor([[1, 2, 3]])).logits.shape == (1, 3, 96)
        print(model.config._attn_implementation, *hfcompat.kernels.attempts(model), sep="\\n")
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script)],
        capture_output=True,
        text=True,
        env={**os.environ, "CUDA_VISIBLE_DEVICES": ""},
    )
    assert done.returncode == 0, done.stderr
    had, refused, taken = done.stdout.strip().splitlines()
    assert had == "sdpa"
    assert taken.split() == ["TAKEN", "attention:", "sdpa"]
    assert "REFUSED" in refused
    assert re.search(
        "no GPU available|is not available on CPU|without a GPU|Could not find the currently requested", refused
    )
    assert "installed" not in refused


def test_a_folder_that_is_called_kernels(tmp_path) -> None:
    """5.0 to 5.11 take it for the package; 5.0 to 5.12 think a kernel loaded that once could not be."""
    (tmp_path / "kernels").mkdir()
    script = """
        import warnings; warnings.simplefilter("ignore")
        import torch, transformers, hfcompat
        config = dict(vocab_size=96, hidden_size=32, intermediate_size=48, num_hidden_layers=1, num_attention_heads=4)
        for asked in ("flash_attention_2", *["kernels-community/flash-attn:x"] * 3):
            model = hfcompat.AutoModelForCausalLM.from_config(transformers.LlamaConfig(**config), attn_implementation=asked)
            model(torch.tensor([[1, 2, 3]]))
            print(model.config._attn_implementation, hfcompat.kernels.attempts(model)[0])
    """
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(script)], capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    for line in done.stdout.strip().splitlines():
        assert re.match("sdpa REFUSED +attention: (flash_attention_2|kernels-community/flash-attn:x)  [^ ]", line)


@pytest.mark.parametrize(
    "error",
    [
        ValueError("`num_attention_heads` must divide `hidden_size`"),
        ValueError("Unrecognized configuration class for this kind of AutoModel"),
        ValueError("torch.bfloat64 is not supported"),
        ImportError(
            "This modeling file requires the following packages that were not found in your environment: flash_attn"
        ),
        ImportError("Using `bitsandbytes` 4-bit quantization requires bitsandbytes"),
        KeyError("rope_type"),
        OSError("kernels is not installed"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_any_other_error_is_the_users_to_see(error: Exception) -> None:
    calls = []

    def make(attn_implementation: str) -> None:
        calls.append(attn_implementation)
        raise error

    with pytest.raises(type(error)) as caught:
        build(make, "flash_attention_2", Situation.here())
    assert caught.value is error
    assert calls == ["flash_attention_2"]
    assert not is_refusal(error, "flash_attention_2")


def test_the_last_rung_raises_what_it_raises(tmp_path) -> None:
    def make(attn_implementation: str) -> None:
        raise ValueError(f'Specified `attn_implementation="{attn_implementation}"` is not supported')

    with pytest.raises(ValueError, match="eager"):
        build(make, "flash_attention_2", Situation.here())
    with pytest.raises((OSError, ValueError), match=r"config\.json"):
        hfcompat.AutoModelForCausalLM.from_pretrained(tmp_path, attn_implementation="flash_attention_2")
    for wish in (["sdpa", 7], 7):
        with pytest.raises(TypeError, match="7 is no name"):
            hfcompat.AutoModelForCausalLM.from_config(llama(), attn_implementation=wish)
    with pytest.raises(TypeError, match="b'sdpa' is no name"):
        hfcompat.AutoModelForCausalLM.from_config(llama(), attn_implementation=b"sdpa")


def test_one_warning_says_why_and_auto_needs_none() -> None:
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("default")
        for _ in range(3):
            from_config("AutoModelForCausalLM", llama(), ["flash_attention_4", "nonsense"])
    mine = [w for w in seen if "attention is used" in str(w.message)]
    assert len(mine) == 1
    assert "flash_attention_4: " in str(mine[0].message)
    assert "nonsense: " in str(mine[0].message)
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        assert from_config("AutoModelForCausalLM", llama(), "auto").config._attn_implementation == "sdpa"
        assert from_config("AutoModelForCausalLM", codegen(), "eager").config._attn_implementation == "eager"
    auto = from_config("AutoModelForCausalLM", llama(), "auto")
    refused = {attempt.swap for attempt in attempts(auto) if not attempt.taken}
    assert {"flash_attention_2", "flash_attention_3", "flash_attention_4"} <= refused


class OldConfig(transformers.PretrainedConfig):
    model_type = "hfcompat-test-old-flags"


class OldModel(transformers.PreTrainedModel):
    """Remote code of the days up to 4.53: it says `_supports_flash_attn_2`."""

    config_class = OldConfig
    _supports_flash_attn_2 = True
    _supports_sdpa = True

    def __init__(self, config: Any) -> None:
        super().__init__(config)
        self.layer = torch.nn.Linear(4, 4)
        self.post_init()

    def _init_weights(self, module: Any) -> None:
        pass

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.layer(x)


def test_remote_code_that_declares_flash_attention_2() -> None:
    transformers.AutoConfig.register(OldConfig.model_type, OldConfig, exist_ok=True)
    transformers.AutoModel.register(OldConfig, OldModel, exist_ok=True)
    with pytest.warns(UserWarning, match="FlashAttention2 has been toggled on"):  # not "does not support"
        model = hfcompat.AutoModel.from_config(OldConfig(), attn_implementation="flash_attention_2")
    assert isinstance(model, OldModel)
    assert model.config._attn_implementation == "sdpa"
    assert model(torch.ones(1, 4)).shape == (1, 4)


# --- functions of one's own ---


def through_sdpa(
    module: Any,
    query: Any,
    key: Any,
    value: Any,
    attention_mask: Any,
    scaling: Any = None,
    dropout: float = 0.0,
    **_: Any,
) -> tuple[Any, None]:
    repeat = query.shape[1] // key.shape[1]
    key, value = key.repeat_interleave(repeat, 1), value.repeat_interleave(repeat, 1)
    causal = attention_mask is None and query.shape[2] > 1 and getattr(module, "is_causal", True)
    if attention_mask is not None:
        attention_mask = attention_mask[..., : key.shape[-2]]
    out = scaled_dot_product_attention(query, key, value, attention_mask, dropout, is_causal=causal, scale=scaling)
    return out.transpose(1, 2).contiguous(), None


def through_softmax(
    module: Any,
    query: Any,
    key: Any,
    value: Any,
    attention_mask: Any,
    scaling: float = 1.0,
    dropout: float = 0.0,
    **_: Any,
) -> tuple[Any, Any]:
    repeat = query.shape[1] // key.shape[1]
    key, value = key.repeat_interleave(repeat, 1), value.repeat_interleave(repeat, 1)
    weights = (query @ key.transpose(2, 3) * scaling + attention_mask[..., : key.shape[-2]]).softmax(-1)
    return (weights @ value).transpose(1, 2).contiguous(), weights


def through_padding(
    module: Any, query: Any, key: Any, value: Any, attention_mask: Any, **kwargs: Any
) -> tuple[Any, None]:
    """One that takes [batch, length], as flash attention does."""
    length = query.shape[2]
    allowed = torch.ones(length, length, dtype=torch.bool).tril()[None, None]
    if attention_mask is not None:
        assert attention_mask.ndim == 2
        allowed = allowed & attention_mask[:, None, None].bool() | torch.eye(length, dtype=torch.bool)
    return through_sdpa(module, query, key, value, allowed, **kwargs)


def causal_mask(*, batch_size: int, attention_mask: Any, **_: Any) -> Any:
    """A mask function of one's own: boolean, causal, without what is padded."""
    length = attention_mask.shape[-1]
    return torch.ones(length, length, dtype=torch.bool).tril()[None, None] & attention_mask[:, None, None].bool()


PADDED = torch.tensor([[1, 1, 1, 1, 1, 1, 1, 1], [0, 0, 0, 1, 1, 1, 1, 1]])
HAS_MASKS = RUNTIME.release >= (4, 53)
OWN = {
    "sdpa": (through_sdpa, "sdpa"),
    "eager": (through_softmax, "eager"),
    "2-D": (through_padding, "flash_attention_2"),
    "a function": (through_sdpa, causal_mask),
}


def padded_logits(model: Any) -> torch.Tensor:
    with torch.no_grad():
        return model(IDS, attention_mask=PADDED, position_ids=(PADDED.cumsum(-1) - 1).clamp(min=0)).logits[
            PADDED.bool()
        ]


@pytest.mark.parametrize("which", OWN)
def test_a_function_of_ones_own_sees_the_padding(which: str) -> None:
    function, mask = OWN[which]
    if not HAS_MASKS and mask not in ("sdpa", "eager"):
        with pytest.raises(ValueError, match="upgrade to 4.53"):
            register_attention("of_my_own", function, mask=mask)
        return
    eager = from_config("AutoModelForCausalLM", llama(), "eager", transformers)
    unregister = register_attention("of_my_own", function, mask=mask)
    try:
        model = from_config("AutoModelForCausalLM", llama(), "of_my_own")
        assert model.config._attn_implementation == "of_my_own"
        torch.testing.assert_close(padded_logits(model), padded_logits(eager), atol=2e-5, rtol=0)
        with pytest.raises(ValueError, match="is there already"):
            register_attention("of_my_own", function, mask=mask)
    finally:
        unregister()
    unregister()
    with pytest.warns(UserWarning, match="sdpa attention is used. of_my_own: "):
        assert from_config("AutoModelForCausalLM", llama(), "of_my_own").config._attn_implementation == "sdpa"


@pytest.mark.skipif(not HAS_MASKS, reason="4.49 makes a mask for every function")
def test_without_its_mask_the_padding_would_be_seen() -> None:
    """What register_attention is for: transformers' own way, half of it, is wrong without a word."""
    from transformers.modeling_utils import ALL_ATTENTION_FUNCTIONS

    eager = from_config("AutoModelForCausalLM", llama(), "eager", transformers)
    ALL_ATTENTION_FUNCTIONS["of_my_own"] = through_sdpa
    try:
        model = from_config("AutoModelForCausalLM", llama(), "of_my_own", transformers)
        assert (padded_logits(model) - padded_logits(eager)).abs().max() > 0.1
    finally:
        del ALL_ATTENTION_FUNCTIONS["of_my_own"]


def test_what_is_registered_by_somebody_else_meanwhile_stays() -> None:
    from transformers.modeling_utils import ALL_ATTENTION_FUNCTIONS

    unregister = register_attention("of_my_own", through_sdpa, mask="sdpa")
    table = getattr(ALL_ATTENTION_FUNCTIONS, "_global_mapping", ALL_ATTENTION_FUNCTIONS)
    table["of_my_own"] = through_softmax
    unregister()
    assert table.pop("of_my_own") is through_softmax


@pytest.mark.parametrize(
    ("name", "mask", "why"),
    [
        ("eager", "eager", "is there already"),
        ("sdpa", "sdpa", "is there already"),
        ("my_flash", "sdpa", "reads more into"),
        ("a/b", "sdpa", "reads more into"),
        ("", "sdpa", "reads more into"),
        ("of_my_own", "nonsense", "is neither a function nor one of|upgrade to 4.53"),
        ("of_my_own", None, "is neither a function nor one of|upgrade to 4.53"),
    ],
)
def test_what_cannot_be_registered(name: str, mask: Any, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        register_attention(name, through_sdpa, mask=mask)
    with pytest.raises(TypeError, match="mask"):
        register_attention("of_my_own", through_sdpa)  # type: ignore[call-arg]
    with pytest.raises((ValueError, KeyError)):
        from_config("AutoModelForCausalLM", llama(), "of_my_own", transformers)


def test_what_is_noted() -> None:
    with pytest.warns(UserWarning, match="attention is used"):
        model = from_config("AutoModelForCausalLM", llama(), "nonsense")
    assert attempts(model) == (
        Attempt(Slot.ATTENTION, "nonsense", False, 'Specified `attn_implementation="nonsense"` is not supported.'),
        Attempt(Slot.ATTENTION, "sdpa", True),
    )
    assert attempts(from_config("AutoModelForCausalLM", llama(), None)) == ()


@pytest.mark.skipif(RUNTIME.release < (4, 54), reason="before 4.54 nothing can be said of a model that has parts alone")
@pytest.mark.parametrize("how", ["from_config", "from_pretrained"])
def test_the_empty_name_is_the_model_itself_and_no_part_of_it(how: str, tmp_path) -> None:
    def implementations(package: Any) -> list[str]:
        auto = package.AutoModelForImageTextToText
        if how == "from_config":
            config = auto.from_config(llava(), attn_implementation={"": "eager"}).config
        else:
            config = auto.from_pretrained(tmp_path, attn_implementation={"": "eager"}).config
        return [one._attn_implementation for one in (config, config.text_config, config.vision_config)]

    transformers.AutoModelForImageTextToText.from_config(llava()).save_pretrained(tmp_path)
    assert implementations(hfcompat) == implementations(transformers) == ["eager", "sdpa", "sdpa"]


def test_a_part_that_is_left_to_the_runtime() -> None:
    def implementations(package: Any) -> list[str]:
        wish = {"text_config": "eager", "vision_config": None}
        config = from_config("AutoModelForImageTextToText", llava(), wish, package).config
        return [part._attn_implementation for part in (config.text_config, config.vision_config)]

    assert implementations(hfcompat) == implementations(transformers)
    for part, shown in (("text_config", "text_config"), ("", "the model")):
        with pytest.raises(TypeError, match=rf"attn_implementation: \['sdpa'\], for {shown}, is no name"):
            from_config("AutoModelForImageTextToText", llava(), {part: ["sdpa"]})


def test_the_dtype_that_is_weighed() -> None:
    """That of the model that is built."""
    from hfcompat.auto.arguments import dtype_of

    def made(config: Any, **kwargs: Any) -> tuple[Any, str]:
        """What was expected, and what the model has."""
        expected = dtype_of(kwargs, config, loading=False)
        model = hfcompat.AutoModelForCausalLM.from_config(config, **kwargs)
        return str(expected).removeprefix("torch."), str(model.dtype).removeprefix("torch.")

    half = llama()
    setattr(half, "dtype" if RUNTIME.release >= (4, 56) else "torch_dtype", torch.bfloat16)
    assert made(llama()) == ("float32", "float32")
    assert made(half) == ("bfloat16", "bfloat16")
    assert (
        made(llama(), **{"dtype" if RUNTIME.release >= (4, 56) else "torch_dtype": torch.float16}) == ("float16",) * 2
    )
    by_part = {"dtype": {"": "bfloat16", "vision_config": "float32"}}
    assert dtype_of(by_part, {}) == "bfloat16"
    assert dtype_of({"dtype": {"vision_config": "float16"}}, {}) is torch.float32
    assert dtype_of({}, {"dtype": "bfloat16"}) == ("bfloat16" if RUNTIME.major >= 5 else torch.float32)
    assert dtype_of({"dtype": "auto"}, {}) is None
