"""What configurations of 4.x answer: one function a case, which gives plain JSON."""

from __future__ import annotations

import copy
import json
import tempfile
import warnings
from pathlib import Path
from typing import Any

import torch
from transformers import (
    AutoConfig,
    BartConfig,
    BertConfig,
    GenerationConfig,
    GPT2Config,
    GPTNeoXConfig,
    LlamaConfig,
    MixtralConfig,
    ModernBertConfig,
    Phi3Config,
    PhiConfig,
    PretrainedConfig,
    T5Config,
    WhisperConfig,
)

try:
    from transformers import Gemma3TextConfig
except ImportError:  # before 4.50
    Gemma3TextConfig = None

TINY = {
    "vocab_size": 64,
    "hidden_size": 16,
    "intermediate_size": 24,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "num_key_value_heads": 2,
    "max_position_embeddings": 64,
}

MODEL = (
    "torchscript pruned_heads tie_word_embeddings is_decoder cross_attention_hidden_size add_cross_attention "
    "tie_encoder_decoder finetuning_task task_specific_params tokenizer_class prefix bos_token_id pad_token_id "
    "eos_token_id sep_token_id decoder_start_token_id tf_legacy_loss use_bfloat16 is_encoder_decoder "
    "chunk_size_feed_forward output_attentions output_hidden_states return_dict use_return_dict problem_type num_labels "
    "id2label label2id architectures name_or_path _commit_hash"
).split()
GENERATION = (
    "max_length min_length do_sample early_stopping num_beams num_beam_groups diversity_penalty temperature top_k top_p "
    "typical_p repetition_penalty length_penalty no_repeat_ngram_size encoder_no_repeat_ngram_size bad_words_ids "
    "num_return_sequences output_scores return_dict_in_generate forced_bos_token_id forced_eos_token_id "
    "remove_invalid_values exponential_decay_length_penalty suppress_tokens begin_suppress_tokens"
).split()


class RemoteConfig(PretrainedConfig):
    """As models of 2023 and 2024 write theirs: what is its own first, then the base class."""

    model_type = "hfcompat-remote"
    keys_to_ignore_at_inference = ["past_key_values"]  # noqa: RUF012
    attribute_map = {"n_embd": "hidden_size"}  # noqa: RUF012

    def __init__(
        self,
        vocab_size=64,
        hidden_size=16,
        num_hidden_layers=2,
        num_attention_heads=2,
        max_position_embeddings=64,
        rope_theta=500000.0,
        rope_scaling=None,
        pad_token_id=None,
        bos_token_id=1,
        eos_token_id=2,
        tie_word_embeddings=False,
        **kwargs,
    ):
        self.vocab_size = vocab_size
        self.hidden_size = hidden_size
        self.num_hidden_layers = num_hidden_layers
        self.num_attention_heads = num_attention_heads
        self.max_position_embeddings = max_position_embeddings
        self.rope_theta = rope_theta
        self.rope_scaling = rope_scaling
        self._rope_scaling_validation()
        super().__init__(
            pad_token_id=pad_token_id,
            bos_token_id=bos_token_id,
            eos_token_id=eos_token_id,
            tie_word_embeddings=tie_word_embeddings,
            **kwargs,
        )

    def _rope_scaling_validation(self):
        if self.rope_scaling is None:
            return
        if not isinstance(self.rope_scaling, dict) or len(self.rope_scaling) != 2:
            raise ValueError("rope_scaling has two fields, type and factor")
        if self.rope_scaling.get("type") not in ("linear", "dynamic"):
            raise ValueError("the type is linear or dynamic")


class BaseFirstConfig(PretrainedConfig):
    """The base class first, then what is its own."""

    model_type = "hfcompat-base-first"

    def __init__(self, hidden_size=16, num_attention_heads=2, rope_theta=10000.0, rope_scaling=None, **kwargs):
        super().__init__(**kwargs)
        self.hidden_size = hidden_size
        self.num_attention_heads = num_attention_heads
        self.max_position_embeddings = 64
        self.rope_theta = rope_theta
        self.rope_scaling = rope_scaling


class BareConfig(PretrainedConfig):
    """Has nothing of its own but what it is given."""

    model_type = "hfcompat-bare"


class AnnotatedConfig(PretrainedConfig):
    """Class attributes with annotations."""

    model_type: str = "hfcompat-annotated"
    width: int = 8

    def __init__(self, depth: int = 2, **kwargs):
        self.depth = depth
        super().__init__(**kwargs)


class DerivedConfig(LlamaConfig):
    """Of a configuration of transformers' own, with something added."""

    model_type = "hfcompat-derived"

    def __init__(self, extra=3, **kwargs):
        self.extra = extra
        super().__init__(**kwargs)


class HybridConfig(PretrainedConfig):
    """Layer types of its own, and sizes that say something else than in transformers."""

    model_type = "hfcompat-hybrid"

    def __init__(self, num_hidden_layers=2, **kwargs):
        self.num_hidden_layers = num_hidden_layers
        self.layer_types = ["retention", "moe-attention", "retention"]
        self.head_dim, self.num_heads, self.embed_dim = 8, 3, 32
        super().__init__(**kwargs)


class NestedConfig(PretrainedConfig):
    """Other configurations inside, one of them as a plain dictionary."""

    model_type = "hfcompat-nested"
    is_composition = True

    def __init__(self, text_config=None, vision_config=None, **kwargs):
        super().__init__(**kwargs)
        self.text_config = RemoteConfig(**(text_config or {}))
        self.vision_config = vision_config or {"width": 4, "torch_dtype": "float16"}

    def to_dict(self):
        output = copy.deepcopy(self.__dict__)
        output["text_config"] = self.text_config.to_dict()
        output["model_type"] = self.model_type
        return output


def plain(value: Any) -> Any:
    if isinstance(value, torch.Tensor):
        return [round(float(x), 6) for x in value.flatten()]
    if isinstance(value, torch.dtype):
        return str(value)
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return value


def read(config: Any, names: list[str] | tuple[str, ...]) -> dict[str, Any]:
    return {name: plain(getattr(config, name, "<none>")) for name in names}


def rope(config: Any) -> list[Any]:
    scaling = config.rope_scaling
    if scaling is not None:  # 4.57 knows a type by either name; 5.x adds where it took the length from
        scaling = {key: value for key, value in scaling.items() if key not in ("type", "rope_type")}
    return [plain(config.rope_theta), plain(scaling)]


def saved(config: Any) -> dict[str, Any]:
    """What is in config.json, but for the version."""
    with tempfile.TemporaryDirectory() as folder:
        config.save_pretrained(folder)
        written = json.loads((Path(folder) / "config.json").read_text())
    return {key: value for key, value in written.items() if key != "transformers_version"}


def reloaded(config: Any, **kwargs: Any) -> Any:
    with tempfile.TemporaryDirectory() as folder:
        config.save_pretrained(folder)
        return type(config).from_pretrained(folder, **kwargs)


LINEAR = {"type": "linear", "factor": 2.0}
YARN = {"rope_type": "yarn", "factor": 4.0, "original_max_position_embeddings": 16}
LLAMA3 = {
    "rope_type": "llama3",
    "factor": 8.0,
    "low_freq_factor": 1.0,
    "high_freq_factor": 4.0,
    "original_max_position_embeddings": 32,
}
CASES: dict[str, Any] = {}


def case(function: Any) -> Any:
    CASES[function.__name__] = function
    return function


@case
def base_attributes_of_remote_classes():
    return {cls.__name__: read(cls(), MODEL) for cls in (BareConfig, BaseFirstConfig, AnnotatedConfig)}


@case
def generation_attributes_of_remote_classes():
    return {cls.__name__: read(cls(), GENERATION) for cls in (BareConfig, BaseFirstConfig, DerivedConfig)}


@case
def base_attributes_of_own_classes():
    names = [n for n in MODEL if n not in ("output_attentions", "_commit_hash", "architectures")]
    return {cls.__name__: read(cls(), names) for cls in (LlamaConfig, BertConfig, GPT2Config, T5Config, BartConfig)}


@case
def generation_attributes_of_own_classes():
    return {cls.__name__: read(cls(), GENERATION) for cls in (LlamaConfig, BertConfig, WhisperConfig)}


@case
def attributes_of_families():
    return {
        "bert": read(BertConfig(), ["position_embedding_type"]),
        "bart": read(BartConfig(), ["num_hidden_layers", "hidden_size", "num_attention_heads"]),
        "whisper": read(WhisperConfig(), ["num_hidden_layers"]),
        "neox": read(GPTNeoXConfig(), ["rotary_pct", "rotary_emb_base", "rope_theta", "partial_rotary_factor"]),
        "phi": read(PhiConfig(), ["partial_rotary_factor", "rope_theta"]),
        "phi3": read(Phi3Config(), ["partial_rotary_factor", "rope_theta", "original_max_position_embeddings"]),
        "modernbert": read(ModernBertConfig(), ["global_rope_theta", "local_rope_theta"]),
        "mixtral": read(MixtralConfig(), ["rope_theta"]),
        "llama": read(LlamaConfig(), ["partial_rotary_factor", "rope_local_base_freq", "rotary_pct"]),
    }


@case
def rope_of_own_classes():
    configs = {
        "plain": LlamaConfig(**TINY),
        "theta": LlamaConfig(**TINY, rope_theta=5e5),
        "linear": LlamaConfig(**TINY, rope_scaling=dict(LINEAR)),
        "yarn": LlamaConfig(**TINY, rope_scaling=dict(YARN), rope_theta=1e6),
        "llama3": LlamaConfig(**TINY, rope_scaling=dict(LLAMA3)),
        "phi3": Phi3Config(**TINY, pad_token_id=0, bos_token_id=1, eos_token_id=2),
    }
    return {name: rope(config) for name, config in configs.items()}


@case
def rope_by_layer_type():
    config = Gemma3TextConfig(num_hidden_layers=6, rope_scaling={"rope_type": "linear", "factor": 8.0})
    names = ["rope_theta", "rope_local_base_freq", "rope_scaling"]
    found = [read(Gemma3TextConfig(), names), rope(config), config.rope_local_base_freq]
    config.rope_theta, config.rope_local_base_freq = 5e5, 2e4
    found += [rope(config), config.rope_local_base_freq]
    config.rope_scaling = None
    return [*found, rope(config), config.rope_local_base_freq]


@case
def rope_types_under_the_old_name():
    config = LlamaConfig(**TINY, rope_scaling=dict(LINEAR))
    return [config.rope_scaling["type"], config.rope_scaling["factor"], config.rope_scaling.get("missing")]


@case
def rope_written():
    config = LlamaConfig(**TINY)
    found = []
    config.rope_theta = 7e5
    found.append(rope(config))
    config.rope_scaling = dict(LINEAR)
    found.append(rope(config))
    config.rope_scaling["factor"] = 4.0
    found.append(rope(config))
    config.rope_scaling.update({"rope_type": "dynamic", "factor": 3.0})
    found.append(rope(config))
    config.rope_theta = 8e5
    found.append(rope(config))
    config.rope_scaling = None
    found.append(rope(config))
    return found


@case
def rope_of_remote_classes():
    found = {}
    for cls in (RemoteConfig, BaseFirstConfig):
        one = cls(rope_scaling=dict(LINEAR), rope_theta=123.0)
        other = cls()
        found[cls.__name__] = [one.rope_scaling, one.rope_theta, other.rope_scaling, other.rope_theta]
        other.rope_scaling = {"type": "dynamic", "factor": 3.0}
        found[cls.__name__] += [other.rope_scaling, len(other.rope_scaling)]
        other.rope_scaling = None
        found[cls.__name__].append(other.rope_scaling)
    return found


@case
def rope_of_derived_classes():
    config = DerivedConfig(rope_scaling=dict(LINEAR), rope_theta=123.0, **TINY)
    return [rope(config), rope(DerivedConfig()), config.extra, config.hidden_size]


@case
def remote_saved():
    return {
        "default": saved(RemoteConfig()),
        "scaled": saved(RemoteConfig(rope_scaling=dict(LINEAR), rope_theta=123.0, pad_token_id=0)),
        "base first": saved(BaseFirstConfig(rope_scaling=dict(LINEAR))),
        "bare": saved(BareConfig(alpha=1, beta=[1, 2])),
        "generation": saved(BareConfig(use_cache=False)),
        "annotated": saved(AnnotatedConfig(depth=5)),
    }


@case
def remote_reloaded():
    found = {}
    for config in (RemoteConfig(rope_scaling=dict(LINEAR), rope_theta=9.0), BaseFirstConfig(rope_scaling=dict(LINEAR))):
        again = reloaded(config)
        found[config.model_type] = [
            again.rope_scaling,
            again.rope_theta,
            again.pad_token_id,
            saved(again) == saved(config),
        ]
    return found


@case
def remote_repr_and_equality():
    class Own(PretrainedConfig):
        def __init__(self, width=1, **kwargs):
            self.width = width
            super().__init__(**kwargs)

    one, other = RemoteConfig(), RemoteConfig()
    return [
        "rope_theta" in repr(one),
        "max_length" in repr(one),
        one == other,
        copy.deepcopy(one) == one,
        Own(width=1) == Own(width=1),
        Own(width=1) == Own(width=2),
    ]


@case
def class_attributes_with_annotations():
    class Own(PretrainedConfig):
        model_type: str = "own"
        attribute_map: dict = {"n_embd": "width"}  # noqa: RUF012
        keys_to_ignore_at_inference: list = ["past_key_values"]  # noqa: RUF012
        heads: int

        def __init__(self, width=1, **kwargs):
            self.width = width
            super().__init__(**kwargs)

    class Bare(PretrainedConfig):
        sizes: list = [4, 5]  # noqa: RUF012

    return [
        Own(n_embd=3).width,
        Own().keys_to_ignore_at_inference,
        Own(heads=2).heads,
        Bare().sizes,
        Bare(sizes=[1]).sizes,
    ]


@case
def rules_of_transformers_classes():
    class Own(LlamaConfig):
        model_type = "own"

        def __init__(self, layer_types=None, **kwargs):
            self.layer_types = layer_types
            super().__init__(**kwargs)

    config = Own(layer_types=["retention", "mixer"], num_hidden_layers=2, hidden_size=30, num_attention_heads=4)
    return [config.layer_types, config.hidden_size, reloaded(config).layer_types]


@case
def by_position():
    found = [
        LlamaConfig(64, 32, 24, 2).num_hidden_layers,
        BertConfig(99, 32).hidden_size,
        GPT2Config(77, 12).n_positions,
    ]

    class Own(LlamaConfig):
        def __init__(self, vocab_size=7, hidden_size=16, **kwargs):
            super().__init__(vocab_size, hidden_size, **kwargs)

    return [*found, T5Config(50, 8).d_model, BartConfig(60, 40).max_position_embeddings, Own().hidden_size]


@case
def values_of_kindred_types():
    import numpy

    return [
        plain(BertConfig(hidden_dropout_prob=0, layer_norm_eps=1, vocab_size=numpy.int64(9)).hidden_dropout_prob),
        LlamaConfig(vocab_size=32.0).vocab_size,
        float(LlamaConfig(rms_norm_eps=numpy.float32(0.5)).rms_norm_eps),
        LlamaConfig(attention_bias=0).attention_bias,
        LlamaConfig(use_cache=None).use_cache,
        BertConfig(use_cache=1).use_cache,
        plain(BareConfig(architectures=("A", "B")).architectures),
        BareConfig(is_encoder_decoder=None, chunk_size_feed_forward=None).chunk_size_feed_forward,
    ]


@case
def attribute_map_of_remote_classes():
    config = RemoteConfig(hidden_size=8)
    config.n_embd = 12
    return [config.n_embd, config.hidden_size, RemoteConfig(n_embd=20).hidden_size, RemoteConfig(n_embd=20).n_embd]


@case
def annotated_class():
    config = AnnotatedConfig(width=3, pad_token_id=4)
    return [config.width, config.depth, config.model_type, config.pad_token_id, AnnotatedConfig().width]


@case
def hybrid_class():
    config = HybridConfig(num_hidden_layers=4)
    return [config.layer_types, config.num_hidden_layers, config.head_dim, reloaded(config).layer_types]


@case
def nested_class():
    config = NestedConfig(text_config={"hidden_size": 8, "rope_scaling": dict(LINEAR)})
    written = config.to_dict()["text_config"]
    return [
        config.text_config.rope_scaling,
        config.vision_config,
        config.is_composition,
        written["rope_scaling"],
        written["hidden_size"],
        reloaded(config).text_config.rope_scaling,
        reloaded(config).text_config.hidden_size,
    ]


@case
def text_configs():
    config = NestedConfig(text_config={"hidden_size": 8})
    return [
        config.get_text_config().hidden_size,
        config.get_text_config(decoder=True).hidden_size,
        RemoteConfig().get_text_config(decoder=True).hidden_size,
        BartConfig().get_text_config(decoder=True).num_hidden_layers,
    ]


@case
def generation_in_remote_configs():
    config = RemoteConfig(max_length=30, num_beams=3, use_cache=False, no_repeat_ngram_size=0)
    return [
        config.max_length,
        config.num_beams,
        config.use_cache,
        config.do_sample,
        config._get_non_default_generation_parameters(),
    ]


@case
def generation_config_of_remote_configs():
    made = GenerationConfig.from_model_config(RemoteConfig(max_length=30, num_beams=4, pad_token_id=3))
    return [made.num_beams, made.max_length, made.pad_token_id, made.eos_token_id]


@case
def pruned_heads_written():
    config = BertConfig()
    before = dict(config.pruned_heads)
    config.pruned_heads[1] = [0, 2]
    return [
        before,
        plain(config.pruned_heads),
        plain(copy.deepcopy(config).pruned_heads),
        saved(config)["pruned_heads"],
    ]


@case
def base_attributes_written():
    config, own = BareConfig(), LlamaConfig()
    for one in (config, own):
        one.is_decoder = True
        one.pad_token_id = 7
        one.torchscript = True
    config.tie_word_embeddings = False
    names = ["is_decoder", "pad_token_id", "torchscript", "tie_word_embeddings"]
    return [read(config, names), read(own, names), saved(config)]


@case
def overridden_when_loading():
    found = {}
    for name, config in (("remote", RemoteConfig()), ("own", LlamaConfig(**TINY)), ("bert", BertConfig())):
        again = reloaded(config, pad_token_id=5, is_decoder=True, max_length=77, finetuning_task="mrpc")
        found[name] = read(again, ["pad_token_id", "is_decoder", "max_length", "finetuning_task"])
    again, unused = reloaded(LlamaConfig(**TINY), rope_theta=77.0, nonsense=3, return_unused_kwargs=True)
    return [found, again.rope_theta, unused.get("nonsense"), "rope_theta" in unused]


@case
def labels():
    config = BareConfig(num_labels=3, problem_type="regression")
    other = BertConfig(id2label={"0": "no", "1": "yes"}, label2id={"no": 0, "yes": 1})
    config_labels = read(config, ["num_labels", "id2label", "problem_type"])
    config._create_id_label_maps(1)
    return [config_labels, read(other, ["num_labels", "id2label"]), read(config, ["num_labels", "label2id"])]


@case
def members():
    token: dict[str, Any] = {"token": "a", "revision": "b"}
    PretrainedConfig._set_token_in_kwargs(token)
    return [
        PretrainedConfig._get_global_generation_defaults()
        == {name: getattr(BareConfig(), name) for name in GENERATION},
        token,
        BareConfig.has_no_defaults_at_init,
    ]


@case
def dtypes():
    one, other = LlamaConfig(torch_dtype="float16"), BareConfig(torch_dtype=torch.bfloat16)
    found = [plain(one.torch_dtype), plain(other.torch_dtype)]
    one.torch_dtype = torch.float32
    return [*found, plain(one.torch_dtype), plain(other.dtype), plain(BareConfig().dtype)]


@case
def attention_implementation():
    config = BareConfig(attn_implementation="eager")
    before = config._attn_implementation
    config._attn_implementation = "sdpa"
    return [
        before,
        config._attn_implementation,
        config._attn_implementation_internal,
        "attn" in json.dumps(saved(config)),
    ]


@case
def default_rope_function():
    from transformers.modeling_rope_utils import ROPE_INIT_FUNCTIONS

    found = {}
    for name, config in {
        "llama": LlamaConfig(**TINY, rope_theta=5e5),
        "remote": RemoteConfig(),
        "phi": PhiConfig(hidden_size=32, num_attention_heads=2),
    }.items():
        frequencies, factor = ROPE_INIT_FUNCTIONS["default"](config, torch.device("cpu"))
        found[name] = [plain(frequencies), factor]
    return found


@case
def rope_validation_of_phi3():
    class Own(Phi3Config):
        def __init__(self, **kwargs):
            super().__init__(**kwargs)
            self._rope_scaling_adjustment()
            self._rope_scaling_validation()

    arguments = {**TINY, "pad_token_id": 0, "original_max_position_embeddings": 32}
    factors = {"short_factor": [1.0] * 4, "long_factor": [2.0] * 4}
    config = Own(**arguments, rope_scaling={"type": "su", **factors})
    try:
        Own(**arguments, rope_scaling={"type": "longrope", "short_factor": [1.0], "long_factor": [2.0]})
    except ValueError:
        return [config.rope_scaling["type"], "refused"]
    return [config.rope_scaling["type"], "taken"]


@case
def rope_functions_on_remote_configs():
    from transformers.modeling_rope_utils import ROPE_INIT_FUNCTIONS

    found = {}
    for cls in (RemoteConfig, BaseFirstConfig):
        for kind in ("linear", "dynamic"):
            config = cls(rope_scaling={"type": kind, "factor": 2.0}, rope_theta=5e3)
            found[f"{cls.__name__} {kind}"] = plain(ROPE_INIT_FUNCTIONS[kind](config, torch.device("cpu"))[0])
    config = BaseFirstConfig(rope_scaling=dict(LLAMA3))
    found["llama3"] = plain(ROPE_INIT_FUNCTIONS["llama3"](config, torch.device("cpu"))[0])
    return found


@case
def rotary_embedding_of_own_class_in_remote_model():
    from transformers.models.llama.modeling_llama import LlamaRotaryEmbedding

    found = {}
    for name, config in {
        "remote": RemoteConfig(),
        "remote linear": RemoteConfig(rope_scaling=dict(LINEAR)),
        "base first": BaseFirstConfig(rope_theta=5e3),
        "derived": DerivedConfig(rope_theta=5e3, **TINY),
    }.items():
        found[name] = plain(LlamaRotaryEmbedding(config=config).inv_freq)
    return found


@case
def registered():
    AutoConfig.register("hfcompat-remote", RemoteConfig, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        RemoteConfig(hidden_size=8, rope_scaling=dict(LINEAR)).save_pretrained(folder)
        config = AutoConfig.from_pretrained(folder)
    made = AutoConfig.for_model("hfcompat-remote", hidden_size=12)
    return [type(config).__name__, config.hidden_size, config.rope_scaling, made.hidden_size]


@case
def updated():
    config = RemoteConfig()
    config.update({"hidden_size": 48, "rope_theta": 11.0, "pad_token_id": 3})
    config.update_from_string("num_hidden_layers=5,tie_word_embeddings=true")
    return read(config, ["hidden_size", "rope_theta", "pad_token_id", "num_hidden_layers", "tie_word_embeddings"])


def answer(name: str) -> Any:
    """What the case `name` answers here."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return json.loads(json.dumps(plain(CASES[name]())))
