"""Cases for `transformers.onnx`. See symbols_cases.py."""

from __future__ import annotations

from collections import OrderedDict
from types import SimpleNamespace
from typing import Any

import numpy as np
import torch
from symbols_cases import Get, _tokenizer, case, error_of, plain


def _named(value: Any) -> Any:
    """Mappings as lists of pairs: their order matters to an exporter."""
    if hasattr(value, "items"):
        return [[str(key), _named(item)] for key, item in value.items()]
    if isinstance(value, (list, tuple)):
        return [_named(item) for item in value]
    return value.tolist() if isinstance(value, np.ndarray) else plain(value)


@case("OnnxConfig PatchingSpec EXTERNAL_DATA_FORMAT_SIZE_LIMIT DEFAULT_ONNX_OPSET", "4.57.6")
def onnx_config(get: Get, compiled: Any) -> Any:
    OnnxConfig = get("OnnxConfig")
    answers: dict[str, Any] = {"limits": [get("EXTERNAL_DATA_FORMAT_SIZE_LIMIT"), get("DEFAULT_ONNX_OPSET")]}

    class Mine(OnnxConfig):  # type: ignore[misc, valid-type]
        @property
        def inputs(self) -> Any:
            return OrderedDict(
                [("input_ids", {0: "batch", 1: "sequence"}), ("attention_mask", {0: "batch", 1: "sequence"})]
            )

    config = SimpleNamespace(use_cache=True)
    mine = Mine.from_model_config(config)
    answers["facts"] = [
        mine.task, _named(mine.inputs), mine.values_override, mine.default_batch_size, mine.default_sequence_length,
        mine.default_num_choices, mine.default_onnx_opset, mine.atol_for_validation, mine.is_torch_support_available,
    ]  # fmt: skip
    answers["no cache"] = Mine(SimpleNamespace()).values_override
    answers["abstract"] = error_of(lambda: OnnxConfig(config), TypeError)
    answers["unknown"] = error_of(lambda: Mine(config, task="cooking"), ValueError)
    answers["outputs"] = {
        task: _named(Mine(config, task=task).outputs) for task in sorted(OnnxConfig._tasks_to_common_outputs)
    }
    mine.outputs["last_hidden_state"][0] = "changed"
    answers["a copy"] = _named(mine.outputs)
    answers["external"] = [OnnxConfig.use_external_data_format(n) for n in (10, (2 << 30) // 4 - 1, (2 << 30) // 4)]
    answers["flat"] = _named(mine.flatten_output_collection_property("hidden", [[1, 2], [3]]))
    answers["reference"] = mine.generate_dummy_inputs_onnxruntime({"a": 1})
    tokenizer = _tokenizer(bert=True, model_input_names=["input_ids", "attention_mask"])
    answers["text"] = [
        _named(mine.generate_dummy_inputs(tokenizer, framework="pt")),
        _named(mine.generate_dummy_inputs(tokenizer, batch_size=3, seq_length=6, framework="np")),
        _named(mine.generate_dummy_inputs(None, is_pair=True, framework="pt", tokenizer=tokenizer)),
    ]
    many = Mine(config, task="multiple-choice")
    answers["choices"] = _named(many.generate_dummy_inputs(tokenizer, num_choices=3, framework="pt"))
    answers["twice"] = error_of(lambda: mine.generate_dummy_inputs(tokenizer, tokenizer=tokenizer), ValueError)
    answers["nothing"] = error_of(lambda: mine.generate_dummy_inputs(object()), ValueError)
    sounds = mine._generate_dummy_audio(sampling_rate=8, time_duration=1.0, frequency=1)
    answers["sound"] = [[float(x) for x in sound] for sound in sounds]
    place = SimpleNamespace(op=len, fixed=staticmethod(len))
    patched = Mine(config, patching_specs=[
        get("PatchingSpec")(place, "op", sum), get("PatchingSpec")(place, "fixed", sum, op_wrapper=staticmethod),
    ])  # fmt: skip
    patched.patch_ops()
    answers["patched"] = [place.op is sum, place.fixed.__func__ is sum]
    patched.restore_ops()
    answers["restored"] = place.op is len
    return answers


def _past(get: Get, base: str) -> Any:
    class Mine(get(base)):  # type: ignore[misc]
        @property
        def inputs(self) -> Any:
            inputs = OrderedDict([("input_ids", {0: "batch", 1: "sequence"})])
            self.fill_with_past_key_values_(inputs, direction="inputs")
            return inputs

    return Mine


@case("OnnxConfigWithPast", "4.57.6")
def onnx_with_past(get: Get, compiled: Any) -> Any:
    answers: dict[str, Any] = {}
    Mine = _past(get, "OnnxConfigWithPast")
    config = SimpleNamespace(use_cache=True, num_layers=2, num_attention_heads=2, hidden_size=8)
    tokenizer = _tokenizer(bert=True, model_input_names=["input_ids", "attention_mask"])
    for name, mine in {"without": Mine(config), "with": Mine.with_past(config, task="causal-lm")}.items():
        answers[name] = [
            mine.use_past, mine.values_override, _named(mine.inputs), _named(mine.outputs),
            _named(mine.generate_dummy_inputs(tokenizer, framework="pt")), mine.num_layers, mine.num_attention_heads,
        ]  # fmt: skip
    inverted: dict[str, Any] = {}
    mine.fill_with_past_key_values_(inverted, "outputs", inverted_values_shape=True)
    answers["inverted"] = _named(inverted)
    answers["direction"] = error_of(lambda: mine.fill_with_past_key_values_({}, "up"), ValueError)
    answers["flat"] = [
        _named(mine.flatten_output_collection_property(name, [(1, 2), (3, 4)]))
        for name in ("present", "past_key_values", "x")
    ]
    bare = Mine(SimpleNamespace())
    answers["missing"] = [
        error_of(lambda: bare.num_layers, AttributeError),
        error_of(lambda: bare.num_attention_heads, AttributeError),
    ]
    return answers


@case("OnnxSeq2SeqConfigWithPast", "4.57.6")
def onnx_seq2seq(get: Get, compiled: Any) -> Any:
    answers: dict[str, Any] = {}
    Mine = _past(get, "OnnxSeq2SeqConfigWithPast")
    tokenizer = _tokenizer(bert=True, model_input_names=["input_ids", "attention_mask"])
    equal = SimpleNamespace(num_layers=2, num_attention_heads=2, hidden_size=8)
    sizes = {"encoder_attention_heads": 4, "decoder_attention_heads": 2, "hidden_size": 8}
    for name, config in {
        "equal": equal,
        "deep encoder": SimpleNamespace(encoder_layers=4, decoder_layers=1, **sizes),
        "deep decoder": SimpleNamespace(encoder_layers=1, decoder_layers=4, **sizes),
    }.items():
        for task in ("default", "seq2seq-lm"):
            mine = Mine.with_past(config, task=task)
            answers[f"{name} {task}"] = [
                _named(mine.inputs),
                _named(mine.outputs),
                mine.num_layers,
                mine.num_attention_heads,
            ]
        answers[name] = _named(mine.generate_dummy_inputs(tokenizer, framework="pt"))
    plainly = Mine(equal)
    answers["without"] = [_named(plainly.outputs), _named(plainly.generate_dummy_inputs(tokenizer, framework="pt"))]
    answers["flat"] = _named(mine.flatten_output_collection_property("present", [(1, 2, 3, 4)]))
    answers["missing"] = error_of(lambda: Mine(SimpleNamespace(encoder_layers=1)).num_layers, AttributeError)
    return answers


@case("ParameterFormat compute_effective_axis_dimension compute_serialized_parameters_size get_preprocessor", "4.57.6")
def onnx_sizes(get: Get, compiled: Any) -> Any:
    Format = get("ParameterFormat")
    effective = get("compute_effective_axis_dimension")
    return {
        "size": [Format.Float.size, get("compute_serialized_parameters_size")(10, Format.Float)],
        "effective": [effective(*sizes) for sizes in ((-1, 8, 2), (0, 8), (5, 8, 1))],
        "nothing": get("get_preprocessor")("nowhere/at-all"),
    }


@case("FeaturesManager", "4.57.6")
def onnx_features(get: Get, compiled: Any) -> Any:
    import os
    import tempfile

    Manager = get("FeaturesManager")
    answers: dict[str, Any] = {"features": sorted(Manager.AVAILABLE_FEATURES)}
    answers["task"] = [Manager.feature_to_task(name) for name in ("causal-lm-with-past", "default")]
    names = {feature: Manager.get_model_class_for_feature(feature).__name__ for feature in Manager.AVAILABLE_FEATURES}
    answers["classes"] = {k: v.replace("Vision2Seq", "ImageTextToText") for k, v in names.items()}
    answers["unknown"] = error_of(lambda: Manager.get_model_class_for_feature("cooking"), KeyError)
    answers["framework"] = error_of(lambda: Manager.get_model_class_for_feature("default", "jax"), ValueError)
    answers["determined"] = [Manager.determine_framework("some/model"), Manager.determine_framework("x", "pt")]
    with tempfile.TemporaryDirectory() as folder:
        answers["empty"] = error_of(lambda: Manager.determine_framework(folder), FileNotFoundError)
        torch.save({}, os.path.join(folder, "pytorch_model.bin"))
        answers["folder"] = Manager.determine_framework(folder)
    return answers
