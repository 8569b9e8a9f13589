"""What the names of 5.x do, as functions that give JSON: run by record.py on 5.23.0, by the tests on 4.x.

A case imports what it tries, by the path that files of 5.x use.
"""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import torch
from torch import nn
from v5_models import plain

CASES: dict[str, tuple[Callable[[], Any], str]] = {}


def case(names: str) -> Any:
    """Of which names, with the module where there is one of several."""

    def register(run: Any) -> Any:
        CASES[run.__name__] = (run, names)
        return run

    return register


def error_of(call: Callable[[], Any]) -> str:
    try:
        call()
    except Exception as error:
        return next(kind.__name__ for kind in type(error).__mro__ if kind.__module__ == "builtins")
    return "no error"


def wave(*shape: int) -> torch.Tensor:
    return torch.sin(torch.arange(torch.Size(shape).numel()) * 0.7).view(shape)


def _config(**more: Any) -> Any:
    from transformers import LlamaConfig

    config = LlamaConfig(vocab_size=11, hidden_size=8, intermediate_size=8, num_hidden_layers=2, num_attention_heads=2)
    config._attn_implementation = more.pop("attention", "eager")
    for name, value in more.items():
        setattr(config, name, value)
    return config


# ------------------------------------------------------------------------------------ configurations


@case("PreTrainedConfig strict RopeParameters SubConfigSpec remap_legacy_layer_types interval")
def configuration() -> Any:
    import transformers
    from huggingface_hub.dataclasses import strict
    from transformers import PreTrainedConfig
    from transformers.configuration_utils import PreTrainedConfig as Same
    from transformers.configuration_utils import SubConfigSpec, remap_legacy_layer_types
    from transformers.modeling_rope_utils import RopeParameters
    from transformers.utils.type_validators import interval, is_divisible_by, positive_int_field

    @strict
    class Part(PreTrainedConfig):
        model_type = "part"
        size: int = 3
        share: float = interval(min=0.0, max=1.0, exclude_max=True)(default=0.5)
        even: int = is_divisible_by(2)(default=4)
        many: int | None = positive_int_field(default=None)

    @strict
    class Whole(PreTrainedConfig):
        model_type = "whole"
        attribute_map = {"hidden_size": "width"}
        sub_configs_defaults = {
            "part": SubConfigSpec(Part, init_kwargs={"size": 9}),
            "other": SubConfigSpec(Part, optional=True),
        }
        width: int = 16
        num_hidden_layers: int = 2
        num_attention_heads: int = 2
        max_position_embeddings: int = 32
        layer_types: list[str] | None = None
        part: dict | PreTrainedConfig | None = None
        other: dict | PreTrainedConfig | None = None
        rope_parameters: RopeParameters | dict | None = None
        ratio: int | float | None = 1

        def validate_architecture(self):
            if self.width % 2:
                raise ValueError("odd")

    whole = Whole(hidden_size=32, part={"size": 4}, rope_theta=7.0, something="else", num_labels=3)
    plain_one = Whole()
    found = {
        "values": [whole.width, whole.hidden_size, whole.part.size, whole.other, whole.something, whole.num_labels, whole.rope_parameters],
        "defaults": [plain_one.part.size, plain_one.rope_parameters, plain_one.num_labels, plain_one.return_dict, plain_one.output_attentions, plain_one.dtype],
        "dtype": [str(Whole(dtype="bfloat16").dtype), str(Whole(torch_dtype="float16").dtype)],
        "parts": [sorted(whole.sub_configs), type(whole.part).__name__],
        "rope": [
            Whole(rope_scaling={"type": "linear", "factor": 2.0}).rope_parameters,
            Whole(rope_parameters={"rope_type": "yarn", "factor": 2.0}, rope_theta=3.0).rope_parameters,
            Whole(layer_types=["full_attention", "sliding_attention"], rope_parameters={"full_attention": {"factor": 2.0, "rope_type": "linear"}, "sliding_attention": None}).rope_parameters,
            Whole(partial_rotary_factor=0.5).rope_parameters,
        ],
        "layers": [Whole(layer_types=["mamba", "attention"]).layer_types, remap_legacy_layer_types(["mamba", "conv"])],
        "errors": [
            error_of(lambda: Whole(width=3)),
            error_of(lambda: Whole(width="x")),
            error_of(lambda: Whole(16)),
            error_of(lambda: Part(share=1.0)),
            error_of(lambda: Part(even=3)),
            error_of(lambda: Part(many=0)),
            error_of(lambda: Whole(layer_types=["nonsense", "conv"])),
            error_of(lambda: Whole(layer_types=["conv"])),
            error_of(lambda: Whole(part=3)),
            error_of(remap_legacy_layer_types),
            error_of(lambda: SubConfigSpec(object)),
        ],
        "assigned": [setattr(whole, "hidden_size", 64), whole.width, error_of(lambda: setattr(Whole(), "width", "x"))],
        "is": [isinstance(whole, Same), issubclass(transformers.LlamaConfig, PreTrainedConfig), isinstance(transformers.LlamaConfig(), PreTrainedConfig), isinstance(3, PreTrainedConfig), isinstance(whole, Part), Same is PreTrainedConfig],
        "says": {k: v for k, v in Whole.from_dict(json.loads(whole.to_json_string())).to_dict().items() if k in ("width", "ratio", "something", "rope_parameters", "model_type")},
        "fields": {k: v for k, v in Part.default_config_fields().items() if k in ("size", "share", "even")} if hasattr(Part, "default_config_fields") else None,
        "generation": [hasattr(Whole(num_beams=7), "num_beams") and Whole(num_beams=7).num_beams == 7],
    }  # fmt: skip
    return plain(found) if not isinstance(found, dict) else found


# ------------------------------------------------------------------------------------ initialization


@case("initialization")
def initialization() -> Any:
    from transformers import initialization as init

    found: dict[str, Any] = {}
    for name, arguments in {
        "uniform_": (-1.0, 2.0), "normal_": (1.0, 0.5), "constant_": (3.0,), "ones_": (), "zeros_": (), "eye_": (),
        "xavier_uniform_": (2.0,), "xavier_normal_": (), "kaiming_uniform_": (0, "fan_out"), "kaiming_normal_": (),
        "trunc_normal_": (0.0, 0.1), "orthogonal_": (), "sparse_": (0.5,), "copy_": (wave(4, 6),), "lecun_normal_": (),
        "default_flax_embed_init_": (),
    }.items():  # fmt: skip
        torch.manual_seed(7)
        fresh, loaded = torch.full((4, 6), 9.0), torch.full((4, 6), 9.0)
        loaded._is_hf_initialized = True
        with torch.no_grad():
            same = getattr(init, name)(fresh, *arguments) is fresh
            getattr(init, name)(loaded, *arguments)
        found[name] = [same, plain(fresh), plain(loaded.unique())]
    torch.manual_seed(3)
    with torch.no_grad():
        found["bfloat16"] = plain(init.orthogonal_(torch.empty(3, 3, dtype=torch.bfloat16)).float() @ torch.eye(3))
    with init.guard_torch_init_functions():
        weight = nn.Parameter(torch.full((2, 2), 5.0))
        weight._is_hf_initialized = True
        nn.init.zeros_(weight)
    with init.no_init_weights():
        kept = torch.full((2, 2), 4.0)
        nn.init.ones_(kept)
    with init.meta_device_safe_creation_ops(), torch.device("meta"):
        real = torch.linspace(0, 1, 3)
    found["contexts"] = [plain(weight), plain(kept), real.device.type, plain(nn.init.ones_(torch.zeros(1)))]
    return found


# ----------------------------------------------------------------------------------------- forwards


@case("merge_with_config_defaults")
def defaults_of_forwards() -> Any:
    from transformers.utils.generic import merge_with_config_defaults

    class Model(nn.Module):
        gradient_checkpointing = False

        @merge_with_config_defaults
        def forward(self, x, use_cache=None, **kwargs):
            kwargs = {k: v for k, v in kwargs.items() if v is not None}
            return [x, use_cache, kwargs, getattr(self.config, "is_causal", "none")]

    def model(**config: Any) -> Any:
        made = Model()
        made.config = SimpleNamespace(**config)
        return made

    one = model(use_cache=True, vision_feature_layer=-2, vision_feature_select_strategy="full")
    causal = model(is_causal=False)
    training = model(use_cache=True)
    training.gradient_checkpointing = True
    found = [one(1), one(1, False), one(1, use_cache=False, vision_feature_layer=3), model()(1), one.eval()(1, None)]
    found += [
        causal(1),
        causal(1, is_causal=True),
        causal.config.is_causal,
        model()(1, is_causal=True),
        training(1),
        training.eval()(1),
    ]
    found += [error_of(lambda: model(vision_feature_select_strategy="x")(1))]
    left = model()
    left(1, is_causal=False)
    return [*found, hasattr(left.config, "is_causal")]


class _Out(dict):  # type: ignore[type-arg]
    __getattr__ = dict.__getitem__

    def to_tuple(self) -> Any:
        return tuple(self.values())


@case("capture_outputs OutputRecorder select_hidden_states filter_output_hidden_states")
def captured() -> Any:
    from transformers import PreTrainedModel
    from transformers.backbone_utils import filter_output_hidden_states
    from transformers.modeling_outputs import BaseModelOutput
    from transformers.utils.output_capturing import OutputRecorder, capture_outputs, select_hidden_states

    class Attention(nn.Module):
        def forward(self, x):
            return x * 2, x * 3

    class Layer(nn.Module):
        def __init__(self):
            super().__init__()
            self.self_attn, self.cross_attn = Attention(), Attention()

        def forward(self, x):
            return x + self.self_attn(x)[0] + self.cross_attn(x + 1)[0]

    class Model(PreTrainedModel):
        _can_record_outputs = {
            "hidden_states": Layer,
            "attentions": OutputRecorder(Attention, index=1, layer_name="self_attn"),
            "cross_attentions": OutputRecorder(Attention, index=1, layer_name="cross_attn"),
            "first": OutputRecorder(None, index=0, class_name="0.self_attn"),
        }

        def __init__(self, config):
            super().__init__(config)
            self.layers = nn.ModuleList([Layer(), Layer()])

        @capture_outputs
        def forward(self, x, **kwargs):
            for layer in self.layers:
                x = layer(x)
            return BaseModelOutput(last_hidden_state=x + 100)

        @capture_outputs(tie_last_hidden_states=False)
        def untied(self, x, **kwargs):
            for layer in self.layers:
                x = layer(x)
            return BaseModelOutput(last_hidden_state=x + 100)

        @select_hidden_states("layer")
        def one(self, x, layer=-1, **kwargs):
            return self(x, **kwargs)

        @filter_output_hidden_states
        def filtered(self, x, **kwargs):
            return self(x, **kwargs)

    model, x = Model(_config()), torch.tensor([1.0])

    def shown(out: Any) -> Any:
        return {k: plain(v) for k, v in out.items()} if hasattr(out, "items") else plain(out)

    calls = [
        {}, {"output_hidden_states": True}, {"output_attentions": True}, {"output_first": True, "output_hidden_states": True},
        {"output_hidden_states": 1}, {"output_hidden_states": [0, -1]}, {"output_hidden_states": [9]}, {"return_dict": False, "output_attentions": True},
    ]  # fmt: skip
    found = [shown(model(x, **call)) for call in calls]
    found += [
        shown(model.untied(x, output_hidden_states=True)),
        shown(model.one(x)),
        shown(model.one(x, layer=1)),
        shown(model.filtered(x)),
    ]
    found += [shown(model.filtered(x, output_hidden_states=True)), shown(model.filtered(x, output_hidden_states=[1]))]
    model.config.tie_last_hidden_states = False
    return [*found, shown(model(x, output_hidden_states=True))]


@case(
    "slice_logits_to_keep maybe_autocast is_flash_attention_requested get_max_seqlen accepts_precomputed_kwargs torch_compilable_check is_tracing force_accelerate_hooks get_target_dtype"
)
def small_parts_of_forwards() -> Any:
    from transformers.integrations.accelerate import force_accelerate_hooks
    from transformers.integrations.flash_attention import get_target_dtype
    from transformers.modeling_utils import slice_logits_to_keep
    from transformers.utils import is_tracing, torch_compilable_check
    from transformers.utils.generic import (
        accepts_precomputed_kwargs,
        get_max_seqlen,
        is_flash_attention_requested,
        maybe_autocast,
    )

    states = wave(2, 4, 3)
    kept = [0, 2, torch.tensor([1, 3]), torch.tensor([[0, 1], [2, 3]]), torch.tensor([[True, False, False, True]] * 2)]
    found: dict[str, Any] = {"slice": [plain(slice_logits_to_keep(states, keep)) for keep in kept]}
    flash = SimpleNamespace(_attn_implementation="flash_attention_2")
    eager = SimpleNamespace(_attn_implementation="eager")
    found["flash"] = [
        is_flash_attention_requested(flash), is_flash_attention_requested(eager), is_flash_attention_requested(),
        is_flash_attention_requested(requested_attention_implementation="kernels-community/flash-attn3", version=3),
        is_flash_attention_requested(flash, version=[3, 4]), is_flash_attention_requested(flash, version=2),
        error_of(lambda: is_flash_attention_requested(flash, "eager")),
    ]  # fmt: skip
    bounds, given = torch.tensor([0, 3, 9]), {"max_seqlen": 4}
    found["longest"] = [
        get_max_seqlen(bounds, flash),
        get_max_seqlen(bounds, eager),
        get_max_seqlen(bounds, eager, given),
        given,
    ]

    @accepts_precomputed_kwargs("image")
    def features(x, image_sizes=None, **kwargs):
        return [x, image_sizes, kwargs]

    found["precomputed"] = [
        features(
            1,
            image_sizes=2,
            image_cu_seqlens=3,
            video_cu_seqlens=4,
            audio_x=5,
            cu_seq_lens_q=6,
            image_cu_seq_lens_q=7,
            other=8,
        )
    ]
    found["checks"] = [
        error_of(lambda: torch_compilable_check(True, "m")), error_of(lambda: torch_compilable_check(torch.tensor([True, False]), "m")),
        error_of(lambda: torch_compilable_check(lambda: 0 > 1, lambda: "m", TypeError)), error_of(lambda: torch_compilable_check(torch.ones(2).bool(), "m")),
        is_tracing(), is_tracing(torch.ones(1)),
    ]  # fmt: skip
    with maybe_autocast("cpu", dtype=torch.bfloat16):
        low = str((torch.ones(2, 2) @ torch.ones(2, 2)).dtype)
        with maybe_autocast("cpu", enabled=False):
            high = str((torch.ones(2, 2) @ torch.ones(2, 2)).dtype)
    with maybe_autocast("cpu", enabled=False), maybe_autocast("meta"):
        found["autocast"] = [low, high, str((torch.ones(2, 2) @ torch.ones(2, 2)).dtype)]

    class Hook:
        log: list[Any] = []

        def pre_forward(self, module):
            self.log.append(["pre", type(module).__name__])

        def post_forward(self, module, output):
            self.log.append(["post", output])

    class Holder(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv, self.config = nn.Linear(2, 2).to(torch.float16), SimpleNamespace(dtype=torch.float32)
            self.conv._hf_hook = Hook()

        @force_accelerate_hooks("conv")
        def forward(self, x):
            Hook.log.append("forward")
            return x

    holder = Holder()
    found["hooks"] = [holder(1), Hook.log.copy()]
    found["target"] = [
        str(get_target_dtype(torch.ones(1), holder)),
        str(get_target_dtype(torch.ones(1, dtype=torch.float16), holder)),
    ]
    Hook.log.clear()
    return found


@case("use_kernelized_func use_experts_implementation use_kernel_func_from_hub_with_fallback")
def decorated() -> Any:
    from transformers.integrations import (
        use_experts_implementation,
        use_kernel_func_from_hub_with_fallback,
        use_kernelized_func,
    )

    @use_kernelized_func(print)
    class Attention(nn.Module):
        def forward(self, x):
            return x + 1

    @use_experts_implementation(has_bias=True, is_transposed=True)
    class Experts(nn.Module):
        def __init__(self, config, scale=2.0):
            super().__init__()
            self.scale, self.act_fn = scale, torch.relu

        def forward(self, x):
            return self._apply_gate(x) * self.scale

    @use_kernel_func_from_hub_with_fallback("nothing_func", "no_such_package")
    def reference(x, y=1):
        return x + y

    config = _config()
    config._experts_implementation = "eager"
    experts = Experts(config, scale=3.0)
    bad = Experts(SimpleNamespace(_experts_implementation="nonsense"))
    return [
        plain(Attention()(torch.ones(1))), plain(experts(wave(2, 4))), experts.has_bias, experts.is_transposed, experts.has_gate,
        experts.is_concatenated, error_of(lambda: bad(wave(2, 4))), reference(1), reference(1, y=3, cu_seqlens=None, unknown=3),
        error_of(lambda: reference(1, cu_seqlens=[0, 1])),
    ]  # fmt: skip


# -------------------------------------------------------------------------------------------- masks


@case(
    "create_bidirectional_mask create_bidirectional_sliding_window_mask create_recurrent_attention_mask bidirectional_mask_function sliding_window_bidirectional_overlay blockwise_overlay maybe_pad_block_sequence_ids"
)
def masks() -> Any:
    from transformers import DynamicCache
    from transformers.masking_utils import (
        bidirectional_mask_function,
        blockwise_overlay,
        create_bidirectional_mask,
        create_bidirectional_sliding_window_mask,
        create_causal_mask,
        create_chunked_causal_mask,
        create_masks_for_generate,
        create_recurrent_attention_mask,
        create_sliding_window_causal_mask,
        maybe_pad_block_sequence_ids,
        sliding_window_bidirectional_overlay,
    )

    embeds, padding = torch.zeros(2, 4, 8), torch.tensor([[0, 1, 1, 1], [1, 1, 1, 1]])

    # What is hidden is shown; how deep the hole is depends on the dtype alone.
    def shown(mask: Any) -> Any:
        if mask is None or isinstance(mask, dict):
            return mask and {key: shown(value) for key, value in sorted(mask.items())}
        return (mask if mask.dtype == torch.bool else mask == 0).int().tolist()

    found: dict[str, Any] = {}
    for attention in ("eager", "sdpa"):
        config = _config(attention=attention, sliding_window=2, attention_chunk_size=2)
        noncausal = _config(attention=attention, sliding_window=2, is_causal=False)
        cache = DynamicCache()
        cache.update(torch.zeros(2, 2, 3, 4), torch.zeros(2, 2, 3, 4), 0)
        step, seen = torch.zeros(2, 1, 8), torch.tensor([[0, 1, 1, 1], [1, 1, 1, 1]])
        blocks, positions = torch.tensor([[-1, 0, 0, -1], [1, 1, -1, -1]]), torch.tensor([[0, 1, 0, 1], [0, 1, 2, 3]])
        first = lambda b, h, q, k: k == 0  # noqa: E731
        found[attention] = [shown(mask) for mask in (
            create_bidirectional_mask(config, embeds, padding), create_bidirectional_mask(config, embeds, None),
            create_bidirectional_mask(config, embeds, torch.ones(2, 4)), create_bidirectional_mask(config, embeds, padding[:, :3], encoder_hidden_states=torch.zeros(2, 3, 8)),
            create_bidirectional_mask(config, inputs_embeds=embeds, attention_mask=padding, and_mask_function=lambda b, h, q, k: k > 1),
            create_bidirectional_mask(config, embeds, padding, or_mask_function=first, allow_is_bidirectional_skip=False),
            create_bidirectional_sliding_window_mask(config, embeds, padding), create_bidirectional_sliding_window_mask(config, embeds, None),
            create_causal_mask(config, embeds, padding, None), create_causal_mask(config=config, inputs_embeds=embeds, attention_mask=None, past_key_values=None, allow_is_causal_skip=False),
            create_causal_mask(config=config, inputs_embeds=embeds, attention_mask=padding, past_key_values=None, block_sequence_ids=blocks),
            create_causal_mask(config=config, inputs_embeds=embeds, attention_mask=None, past_key_values=None, position_ids=positions),
            create_causal_mask(config=config, inputs_embeds=embeds, attention_mask=padding, past_key_values=None, or_mask_function=first),
            create_causal_mask(config=config, inputs_embeds=step, attention_mask=seen, past_key_values=cache), create_causal_mask(config, step, seen, cache, None),
            create_causal_mask(config=noncausal, inputs_embeds=embeds, attention_mask=padding, past_key_values=None),
            create_sliding_window_causal_mask(config=config, inputs_embeds=embeds, attention_mask=padding, past_key_values=None),
            create_sliding_window_causal_mask(config=noncausal, inputs_embeds=embeds, attention_mask=padding, past_key_values=None),
            create_chunked_causal_mask(config=config, inputs_embeds=embeds, attention_mask=padding, past_key_values=None),
            create_masks_for_generate(config=config, inputs_embeds=embeds, attention_mask=padding, past_key_values=None),
        )]  # fmt: skip
    found["ready"] = [
        list(create_bidirectional_mask(config, embeds, torch.zeros(2, 1, 4, 4)).shape),
        error_of(
            lambda: create_causal_mask(
                config, inputs_embeds=embeds, attention_mask=None, past_key_values=None, nonsense=1
            )
        ),
    ]
    found["recurrent"] = [
        plain(create_recurrent_attention_mask(config, embeds, padding)),
        create_recurrent_attention_mask(config, embeds, torch.ones(2, 4)),
        create_recurrent_attention_mask(config, step, padding),
    ]
    place = torch.arange(4)
    found["functions"] = [
        plain(bidirectional_mask_function(0, 0, place, place)),
        plain(sliding_window_bidirectional_overlay(1)(0, 0, place[:, None], place)),
        plain(blockwise_overlay(blocks)(0, 0, place[:, None], place)),
        plain(maybe_pad_block_sequence_ids(blocks, None, 5, 1)),
    ]
    return found


# ---------------------------------------------------------------------------------- vision and sound


@case(
    "get_vision_cu_seqlens get_vision_attention_seqlens get_vision_position_ids get_vision_window_index get_vision_interpolation_indices_and_weights get_vision_nearest_position_ids"
)
def vision() -> Any:
    from transformers import vision_utils as vision

    grid = torch.tensor([[1, 4, 6], [2, 8, 4]])
    given = {"position_ids": 1, "cu_seqlens": 2, "window_index": 3, "cu_window_seqlens": 4, "other": 5}
    found = {
        "bounds": [plain(vision.get_vision_cu_seqlens(grid)), plain(vision.get_vision_cu_seqlens(grid, merge_temporal=True)), str(vision.get_vision_cu_seqlens(grid).dtype)],
        "attention": [plain(x) for x in vision.get_vision_attention_seqlens(grid, _config())],
        "positions": [plain(vision.get_vision_position_ids(grid, 2)), plain(vision.get_vision_position_ids(grid, torch.tensor([2, 4]), include_temporal=True))],
        "windows": [plain(x) for x in vision.get_vision_window_index(grid, 2, 8, 2)] + [plain(x) for x in vision.get_vision_window_index(grid, 2, 12, 2)],
        "nearest": plain(vision.get_vision_nearest_position_ids(torch.tensor([[2, 3], [5, 4]]), 4)),
        "given": [vision.get_vision_position_ids(grid, 2, kwargs=given), vision.get_vision_cu_seqlens(grid, kwargs=given), vision.get_vision_window_index(grid, 2, 8, 2, kwargs=given), given],
        "merged": vision.get_vision_merged_shape(torch.tensor([[4, 6]]), (2, 3)),
    }  # fmt: skip
    for more in ({}, {"mode": "bicubic"}, {"align_corners": True, "spatial_merge_size": 2}, {"padding": "zeros"}):
        found[f"mixed {more}"] = [
            plain(x) for x in vision.get_vision_interpolation_indices_and_weights(grid[:1], 3, **more)
        ]
    return [found, error_of(lambda: vision.get_vision_interpolation_indices_and_weights(grid, 3, mode="x"))]


@case(
    "get_max_height_width safe_squeeze divide_to_patches split_to_tiles SemanticSegmentationPostProcessorOutput conv1d_output_length make_list_of_audio_chat_template make_audio_chat_template_content prepare_language_inputs prepare_prompt_input prepare_keyword_inputs SizeDict"
)
def processing() -> Any:
    from transformers.audio_utils import (
        conv1d_output_length,
        make_audio_chat_template_content,
        make_list_of_audio_chat_template,
        prepare_language_inputs,
    )
    from transformers.image_processing_outputs import SemanticSegmentationPostProcessorOutput
    from transformers.image_processing_utils import SizeDict
    from transformers.image_transforms import divide_to_patches, safe_squeeze, split_to_tiles
    from transformers.image_utils import get_max_height_width
    from transformers.processing_utils import prepare_keyword_inputs, prepare_prompt_input

    codes = {"en": "English", "de": "German"}
    image = wave(3, 5, 4)
    return [
        get_max_height_width([image, wave(3, 2, 9)]), get_max_height_width([np.ones((2, 3, 1)), np.ones((4, 1, 1))], "channels_last"), error_of(lambda: get_max_height_width([image], "x")),
        list(safe_squeeze(wave(1, 2, 1)).shape), list(safe_squeeze(wave(1, 2), 0).shape), list(safe_squeeze(np.ones((2, 1)), 0).shape), list(safe_squeeze(wave(2, 1), 0).shape),
        [plain(x) for x in divide_to_patches(image, 2)], [list(x.shape) for x in divide_to_patches(image, (3, 4))], plain(split_to_tiles(wave(1, 1, 4, 6), 2, 3)),
        sorted(SemanticSegmentationPostProcessorOutput({"segmentation": 1})), conv1d_output_length(nn.Conv1d(1, 1, 3, stride=2, padding=1, dilation=2), 11),
        make_list_of_audio_chat_template("a.wav"), make_list_of_audio_chat_template(["a", "b"]), len(make_list_of_audio_chat_template(np.ones(4))),
        make_audio_chat_template_content("a"), make_audio_chat_template_content(3),
        prepare_language_inputs("english", 2, codes), prepare_language_inputs(["de", "EN"], 2, codes, return_code=False), prepare_language_inputs(None, 2, codes), prepare_language_inputs(["de"], 3, codes, allow_broadcast=True),
        error_of(lambda: prepare_language_inputs("fr", 1, codes)), error_of(lambda: prepare_language_inputs(["de"], 3, codes)), error_of(lambda: prepare_language_inputs(3, 1, codes)),
        prepare_prompt_input("x", 2), prepare_prompt_input(None, 1), prepare_prompt_input(("a", "b"), 2), error_of(lambda: prepare_prompt_input(["a"], 2)), error_of(lambda: prepare_prompt_input(3, 2)),
        prepare_keyword_inputs("a", 2), prepare_keyword_inputs(["a", "b"], 1), prepare_keyword_inputs([["a"], None], 2), prepare_keyword_inputs(None, 1),
        SizeDict(height=3).height,
    ]  # fmt: skip


# ---------------------------------------------------------------------------------------- utilities


@case(
    "deprecate_attr no_inherit_decorator safe_load_json_file hf_api resolve_revision get_current_accelerator is_torchvision_greater_or_equal is_nagisa_available is_soynlp_available gelu_pytorch_tanh KVSharingDict _get_template_variables _get_prepend_scheme positive_int activation_fn_key"
)
def utilities() -> Any:
    import tempfile

    from transformers.activations import gelu_pytorch_tanh
    from transformers.cache_utils import KVSharingDict
    from transformers.tokenization_utils_base import _get_prepend_scheme
    from transformers.utils import (
        get_current_accelerator,
        hf_api,
        no_inherit_decorator,
        resolve_revision,
        safe_load_json_file,
    )
    from transformers.utils.chat_template_utils import _get_template_variables
    from transformers.utils.deprecation import deprecate_attr
    from transformers.utils.import_utils import (
        is_nagisa_available,
        is_soynlp_available,
        is_torchvision_greater_or_equal,
    )
    from transformers.utils.type_validators import activation_fn_key, padding_validator, positive_int

    get = deprecate_attr("m", remove={"old": (1, "6.0")}, rename={"gone": (dict, "7.0")})
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        values = [get("old"), get("gone") is dict]
    with tempfile.TemporaryDirectory() as folder:
        good, bad = Path(folder, "good"), Path(folder, "bad")
        good.write_text('{"a": 1}')
        bad.write_text("{")
        files = [
            safe_load_json_file(good),
            error_of(lambda: safe_load_json_file(bad)),
            resolve_revision(folder, "main"),
        ]
    kept = KVSharingDict({"a": (torch.ones(1), torch.zeros(1))})
    return [
        values, [[w.category.__name__, str(w.message)] for w in told], error_of(lambda: get("other")), error_of(lambda: deprecate_attr("m", {"a": (1, "1")}, {"a": (1, "1")})),
        files, resolve_revision(None, "x"), resolve_revision("some/where", "main"), type(hf_api()).__name__, hf_api() is hf_api(), no_inherit_decorator(3), get_current_accelerator() is None,
        is_torchvision_greater_or_equal("999.0"), is_nagisa_available(), is_soynlp_available(), plain(gelu_pytorch_tanh(wave(4))),
        kept.to("cpu") is kept, plain(kept["a"]), sorted(_get_template_variables("{{ a }}{% for m in b %}{{ m }}{% endfor %}")), sorted(_get_template_variables(None)),
        [_get_prepend_scheme(flag, SimpleNamespace(**more)) for flag in (True, False) for more in ({}, {"legacy": False})],
        error_of(lambda: positive_int(-1)), error_of(lambda: positive_int(0)), error_of(lambda: padding_validator("x")), error_of(lambda: padding_validator(True)), callable(activation_fn_key),
    ]  # fmt: skip


@case("get_query_offset")
def questions_of_masks() -> Any:
    from transformers import DynamicCache, LlamaConfig, StaticCache

    config = LlamaConfig(hidden_size=8, num_attention_heads=2, num_key_value_heads=2, num_hidden_layers=1)
    said = []
    for cache in (DynamicCache(), DynamicCache(config=config), StaticCache(config=config, max_cache_len=6)):
        said.append([int(cache.get_query_offset()), list(cache.get_mask_sizes(3, 0))])
        cache.update(wave(1, 2, 3, 4), wave(1, 2, 3, 4), 0)
        said.append([int(cache.get_query_offset()), int(cache.get_query_offset(0)), list(cache.get_mask_sizes(2, 0))])
    return said


@case("BackboneMixin BackboneConfigMixin consolidate_backbone_kwargs_to_config load_backbone")
def backbones() -> Any:
    from transformers import PreTrainedConfig, ResNetConfig
    from transformers.backbone_utils import BackboneConfigMixin, consolidate_backbone_kwargs_to_config, load_backbone

    class Config(BackboneConfigMixin, PreTrainedConfig):
        model_type = "backbone"

        def __init__(self, out_features=None, out_indices=None, **kwargs):
            super().__init__(**kwargs)
            self.stage_names = ["stem", "stage1", "stage2"]
            self.set_output_features_output_indices(out_indices=out_indices, out_features=out_features)

    found = [
        [c.out_features, c.out_indices]
        for c in (Config(), Config(out_features=["stem", "stage2"]), Config(out_indices=(1,)), Config(out_indices=[-1]))
    ]
    config = Config()
    config.out_indices = [0, 1]
    said = config.to_dict()
    errors = [
        error_of(lambda: Config(out_features=["x"])),
        error_of(lambda: Config(out_indices=[5])),
        error_of(lambda: Config(out_features=["stage2", "stem"])),
    ]
    made, rest = consolidate_backbone_kwargs_to_config(
        None,
        default_config_type="resnet",
        default_config_kwargs={"out_features": ["stage2"]},
        use_timm_backbone=False,
        other=1,
    )
    again, _ = consolidate_backbone_kwargs_to_config({"model_type": "resnet", "depths": [1, 1, 1, 1]})
    tiny = ResNetConfig(embedding_size=4, hidden_sizes=[4, 4], depths=[1, 1], out_features=["stage1", "stage2"])
    backbone = load_backbone(SimpleNamespace(backbone_config=tiny))
    return [
        found,
        config.out_features,
        [said["out_features"], said["out_indices"], "_out_features" in said],
        errors,
        type(made).__name__,
        made.out_features,
        rest,
        again.depths,
        backbone.channels,
    ]


# ---------------------------------------------------------------------------------------- tokenizers


@case(
    "TokenizersBackend PreTrainedTokenizerFast PreTrainedTokenizer _is_whitespace _is_control _is_punctuation Trie AddedToken TOKENIZER_CONFIG_FILE"
)
def tokenizers_of_5() -> Any:
    import importlib.util
    import tempfile

    from transformers import AutoTokenizer
    from transformers.tokenization_python import (
        TOKENIZER_CONFIG_FILE,
        AddedToken,
        PreTrainedTokenizer,
        Trie,
        _is_control,
        _is_punctuation,
        _is_whitespace,
    )
    from transformers.tokenization_utils_tokenizers import PreTrainedTokenizerFast, TokenizersBackend

    spec = importlib.util.spec_from_file_location(
        "tokenization_harbour", Path(__file__).with_name("remote") / "harbour" / "tokenization_harbour.py"
    )
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    make = module.HarbourTokenizer
    text = ["the ship", "a light in the night."]

    def shown(tokenizer: Any) -> Any:
        batch = tokenizer(text, padding=True)
        pair = tokenizer(text[0], text[1], return_token_type_ids=True)
        return [
            batch["input_ids"], batch["attention_mask"], pair["input_ids"], pair["token_type_ids"], tokenizer.tokenize(text[1]),
            [tokenizer.decode(ids, skip_special_tokens=True) for ids in batch["input_ids"]], tokenizer.bos_token_id, tokenizer.pad_token, len(tokenizer),
        ]  # fmt: skip

    plain_one = make()
    both = make(add_bos_token=True, add_eos_token=True)
    found = {
        "plain": shown(plain_one),
        "both": shown(both),
        "bare": shown(make(add_prefix_space=False, add_bos_token=True)),
    }
    both.add_eos_token = False
    found["changed"] = [shown(both), both.add_bos_token, both.add_eos_token, plain_one.add_bos_token]
    with tempfile.TemporaryDirectory() as folder:
        both.save_pretrained(folder)
        found["reloaded"] = shown(make.from_pretrained(folder))
        config = json.loads(Path(folder, "tokenizer_config.json").read_text())
        config["auto_map"] = {"AutoTokenizer": ["tokenization_harbour.HarbourTokenizer", None]}
        Path(folder, "tokenizer_config.json").write_text(json.dumps(config))
        Path(folder, "tokenization_harbour.py").write_text(Path(module.__file__).read_text())
        remote = AutoTokenizer.from_pretrained(folder, trust_remote_code=True)
        found["remote"] = [shown(remote), type(remote).__name__]
    by_vocabulary = TokenizersBackend(
        vocab={"<unk>": 0, "a": 1, "b": 2, "ab": 3}, merges=[("a", "b")], unk_token="<unk>"
    )
    found["vocabulary"] = [by_vocabulary("abba")["input_ids"], error_of(TokenizersBackend)]
    found["is"] = [
        issubclass(make, PreTrainedTokenizerFast),
        isinstance(plain_one, TokenizersBackend),
        issubclass(PreTrainedTokenizer, TokenizersBackend),
    ]
    trie = Trie()
    trie.add("ab")
    found["parts"] = [
        TOKENIZER_CONFIG_FILE,
        str(AddedToken("x")),
        trie.split("cabd"),
        [[f(c) for c in " \n\x00.a"] for f in (_is_whitespace, _is_control, _is_punctuation)],
    ]
    return found
