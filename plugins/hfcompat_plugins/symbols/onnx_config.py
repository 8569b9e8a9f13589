"""Descriptions of a model's inputs and outputs for an exporter to ONNX: `transformers.onnx.config`.

optimum.exporters.onnx, and configuration files in repositories, subclass these.
"""

from __future__ import annotations

import copy
import dataclasses
from abc import ABC, abstractmethod
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from itertools import chain
from typing import Any, ClassVar

import numpy as np
import torch
from hfcompat_plugins.symbols.onnx_sizes import (
    ParameterFormat,
    compute_effective_axis_dimension,
    compute_serialized_parameters_size,
)
from packaging.version import Version

__all__ = [
    "DEFAULT_ONNX_OPSET",
    "EXTERNAL_DATA_FORMAT_SIZE_LIMIT",
    "OnnxConfig",
    "OnnxConfigWithPast",
    "OnnxSeq2SeqConfigWithPast",
    "PatchingSpec",
]

DEFAULT_ONNX_OPSET = 11
EXTERNAL_DATA_FORMAT_SIZE_LIMIT = 2 << 30  # bytes: what one protobuf can hold

Axes = Mapping[str, Mapping[int, str]]

_LOGITS = {"logits": {0: "batch", 1: "sequence"}}
_ONE = {"logits": {0: "batch"}}
_BOXES = {"pred_boxes": {0: "batch", 1: "sequence"}}
_TASKS: dict[str, dict[str, dict[int, str]]] = {
    "causal-lm": _LOGITS,
    "default": {"last_hidden_state": {0: "batch", 1: "sequence"}},
    "image-classification": _LOGITS,
    "image-segmentation": {**_LOGITS, **_BOXES, "pred_masks": {0: "batch", 1: "sequence"}},
    "masked-im": _LOGITS,
    "masked-lm": _LOGITS,
    "multiple-choice": _ONE,
    "object-detection": {**_LOGITS, **_BOXES},
    "question-answering": {name: {0: "batch", 1: "sequence"} for name in ("start_logits", "end_logits")},
    "semantic-segmentation": {"logits": {0: "batch", 1: "num_labels", 2: "height", 3: "width"}},
    "seq2seq-lm": {"logits": {0: "batch", 1: "decoder_sequence"}},
    "sequence-classification": _ONE,
    "token-classification": _LOGITS,
    "vision2seq-lm": _LOGITS,
    "speech2seq-lm": _LOGITS,
}


@dataclasses.dataclass
class PatchingSpec:
    """While a model is exported, `o.name` is `custom_op` in the place of `orig_op` (what it is now, when None), both
    passed through `op_wrapper` (such as staticmethod) where there is one."""

    o: Any
    name: str
    custom_op: Callable[..., Any]
    orig_op: Callable[..., Any] | None = None
    op_wrapper: Callable[..., Any] | None = None


class OnnxConfig(ABC):
    """Inputs and outputs of a model. Subclasses define `inputs`.

    Args:
        config: the model's configuration.
        task: which head; decides the outputs.
        patching_specs: what `patch_ops` is to replace.

    Raises:
        ValueError: for an unknown task.
    """

    default_fixed_batch = 2
    default_fixed_sequence = 8
    default_fixed_num_choices = 4
    torch_onnx_minimum_version = Version("1.8")
    _tasks_to_common_outputs: ClassVar[dict[str, OrderedDict[str, dict[int, str]]]] = {
        task: OrderedDict(outputs) for task, outputs in _TASKS.items()
    }

    def __init__(self, config: Any, task: str = "default", patching_specs: list[PatchingSpec] | None = None) -> None:
        if task not in self._tasks_to_common_outputs:
            raise ValueError(f"There is no task {task!r}; there are {', '.join(self._tasks_to_common_outputs)}")
        self._config = config
        self.task = task
        self._patching_specs = [
            spec if spec.orig_op is not None else dataclasses.replace(spec, orig_op=getattr(spec.o, spec.name))
            for spec in patching_specs or ()
        ]

    @classmethod
    def from_model_config(cls, config: Any, task: str = "default") -> Any:
        return cls(config, task=task)

    @property
    @abstractmethod
    def inputs(self) -> Axes:
        """For each input, in order, the names of its dynamic axes by index."""

    @property
    def outputs(self) -> Axes:
        """For each output, in order, the names of its dynamic axes by index. A copy."""
        return copy.deepcopy(self._tasks_to_common_outputs[self.task])

    @property
    def values_override(self) -> Mapping[str, Any] | None:
        """What to set in the model's configuration before the export."""
        return {"use_cache": False} if hasattr(self._config, "use_cache") else None

    @property
    def default_batch_size(self) -> int:
        return OnnxConfig.default_fixed_batch

    @property
    def default_sequence_length(self) -> int:
        return OnnxConfig.default_fixed_sequence

    @property
    def default_num_choices(self) -> int:
        return OnnxConfig.default_fixed_num_choices

    @property
    def default_onnx_opset(self) -> int:
        return DEFAULT_ONNX_OPSET

    @property
    def atol_for_validation(self) -> float:
        """How far the exported model's outputs may be from the model's."""
        return 1e-5

    @property
    def is_torch_support_available(self) -> bool:
        """Whether the installed torch is not older than `torch_onnx_minimum_version`."""
        return Version(torch.__version__).release >= self.torch_onnx_minimum_version.release

    @staticmethod
    def use_external_data_format(num_parameters: int) -> bool:
        """Whether so many float32 parameters are too large for one file."""
        size = compute_serialized_parameters_size(num_parameters, ParameterFormat.Float)
        return size >= EXTERNAL_DATA_FORMAT_SIZE_LIMIT

    def _generate_dummy_images(
        self, batch_size: int = 2, num_channels: int = 3, image_height: int = 40, image_width: int = 40
    ) -> list[Any]:
        from PIL import Image

        noise = np.random.rand(batch_size, image_height, image_width, num_channels) * 255
        return [Image.fromarray(pixels).convert("RGB") for pixels in noise.astype("uint8")]

    def _generate_dummy_audio(
        self, batch_size: int = 2, sampling_rate: int = 22050, time_duration: float = 5.0, frequency: int = 220
    ) -> list[Any]:
        times = np.linspace(0, time_duration, int(time_duration * sampling_rate), endpoint=False)
        return [0.5 * np.sin(2 * np.pi * frequency * times) for _ in range(batch_size)]

    def generate_dummy_inputs(
        self,
        preprocessor: Any,
        batch_size: int = -1,
        seq_length: int = -1,
        num_choices: int = -1,
        is_pair: bool = False,
        framework: Any = None,
        num_channels: int = 3,
        image_width: int = 40,
        image_height: int = 40,
        sampling_rate: int = 22050,
        time_duration: float = 5.0,
        frequency: int = 220,
        tokenizer: Any = None,
    ) -> Mapping[str, Any]:
        """Inputs to export the model with; a size of -1 is dynamic, and any will do.

        Args:
            preprocessor: a tokenizer (`unk_token` is repeated), an image processor (noise), or a feature extractor of
                images or of sound (a sine of `frequency` Hz, `time_duration` seconds long).
            framework: "pt" or "np".
            tokenizer: another name of `preprocessor`.

        Raises:
            ValueError: when `preprocessor` is none of these, or both are tokenizers.
        """
        from transformers.feature_extraction_utils import FeatureExtractionMixin
        from transformers.image_processing_utils import ImageProcessingMixin
        from transformers.tokenization_utils_base import PreTrainedTokenizerBase

        if tokenizer is not None:
            if isinstance(preprocessor, PreTrainedTokenizerBase):
                raise ValueError("Both preprocessor and tokenizer are tokenizers: give one of them.")
            preprocessor = tokenizer
        batch_size = compute_effective_axis_dimension(batch_size, OnnxConfig.default_fixed_batch)
        if isinstance(preprocessor, PreTrainedTokenizerBase):
            return self._dummy_text(preprocessor, batch_size, seq_length, num_choices, is_pair, framework)
        if isinstance(preprocessor, (ImageProcessingMixin, FeatureExtractionMixin)):
            kind = preprocessor.model_input_names[0]
            if kind == "pixel_values":
                images = self._generate_dummy_images(batch_size, num_channels, image_height, image_width)
                return dict(preprocessor(images=images, return_tensors=framework))
            if kind == "input_features" and isinstance(preprocessor, FeatureExtractionMixin):
                sounds = self._generate_dummy_audio(batch_size, sampling_rate, time_duration, frequency)
                return dict(preprocessor(sounds, return_tensors=framework))
            raise ValueError(f"{type(preprocessor).__name__} makes {kind}, not pixel_values or input_features.")
        raise ValueError(
            f"There are no dummy inputs for a {type(preprocessor).__name__}: give a tokenizer or processor."
        )

    def _dummy_text(
        self, tokenizer: Any, batch_size: int, seq_length: int, num_choices: int, is_pair: bool, framework: Any
    ) -> dict[str, Any]:
        special = tokenizer.num_special_tokens_to_add(is_pair)
        length = compute_effective_axis_dimension(seq_length, OnnxConfig.default_fixed_sequence, special)
        texts = [(tokenizer.unk_token or "0") * length] * batch_size
        if self.task != "multiple-choice":
            return dict(tokenizer(texts, return_tensors=framework))
        choices = compute_effective_axis_dimension(num_choices, OnnxConfig.default_fixed_num_choices)
        encoded = tokenizer(texts * choices, text_pair=texts * choices)
        for name, rows in encoded.items():
            encoded[name] = [rows[start : start + choices] for start in range(0, len(rows), choices)]
        return dict(encoded.convert_to_tensors(tensor_type=framework))

    def generate_dummy_inputs_onnxruntime(self, reference_model_inputs: Mapping[str, Any]) -> Mapping[str, Any]:
        """Inputs for the exported model, made of those of the model."""
        return reference_model_inputs

    def patch_ops(self) -> None:
        """Put the operations of `patching_specs` in place."""
        for spec in self._patching_specs:
            setattr(spec.o, spec.name, spec.op_wrapper(spec.custom_op) if spec.op_wrapper else spec.custom_op)

    def restore_ops(self) -> None:
        """Undo `patch_ops`."""
        for spec in self._patching_specs:
            setattr(spec.o, spec.name, spec.op_wrapper(spec.orig_op) if spec.op_wrapper else spec.orig_op)

    @classmethod
    def flatten_output_collection_property(cls, name: str, field: Iterable[Any]) -> dict[str, Any]:
        """The items of the collections in `field`, as `name.0`, `name.1` and so on."""
        return {f"{name}.{index}": item for index, item in enumerate(chain.from_iterable(field))}


class OnnxConfigWithPast(OnnxConfig, ABC):
    """With keys and values of the past among inputs and outputs, if `use_past`."""

    def __init__(
        self,
        config: Any,
        task: str = "default",
        patching_specs: list[PatchingSpec] | None = None,
        use_past: bool = False,
    ) -> None:
        super().__init__(config, task=task, patching_specs=patching_specs)
        self.use_past = use_past

    @classmethod
    def with_past(cls, config: Any, task: str = "default") -> Any:
        return cls(config, task=task, use_past=True)

    @property
    def outputs(self) -> Axes:
        outputs = super().outputs
        if self.use_past:
            self.fill_with_past_key_values_(outputs, direction="outputs")
        return outputs

    @property
    def values_override(self) -> Mapping[str, Any] | None:
        return {"use_cache": self.use_past} if hasattr(self._config, "use_cache") else None

    @property
    def num_layers(self) -> Any:
        """`config.num_layers`; subclasses override it where the configuration calls it something else."""
        return _asked(self, "num_layers")

    @property
    def num_attention_heads(self) -> Any:
        """`config.num_attention_heads`; subclasses override it where the configuration calls it something else."""
        return _asked(self, "num_attention_heads")

    def generate_dummy_inputs(  # type: ignore[override]
        self, tokenizer: Any, batch_size: int = -1, seq_length: int = -1, is_pair: bool = False, framework: Any = None
    ) -> Mapping[str, Any]:
        """As of OnnxConfig; with `use_past` also zeros as `past_key_values`, longer by two than the input."""
        inputs: dict[str, Any] = dict(
            super().generate_dummy_inputs(
                tokenizer, batch_size=batch_size, seq_length=seq_length, is_pair=is_pair, framework=framework
            )
        )
        if not self.use_past:
            return inputs
        batch, length = inputs["input_ids"].shape
        past, heads = length + 2, self.num_attention_heads
        if "attention_mask" in inputs:
            mask = inputs["attention_mask"]
            inputs["attention_mask"] = torch.cat([mask, torch.ones(batch, past, dtype=mask.dtype)], dim=1)
        shape = (batch, heads, past, self._config.hidden_size // heads)
        inputs["past_key_values"] = [(torch.zeros(shape), torch.zeros(shape)) for _ in range(self.num_layers)]
        return inputs

    def fill_with_past_key_values_(
        self, inputs_or_outputs: Any, direction: str, inverted_values_shape: bool = False
    ) -> None:
        """Add the axes of keys and values to a mapping of inputs (`past_key_values.0.key`) or outputs (`present...`).

        Args:
            direction: "inputs" or "outputs".
            inverted_values_shape: the length is axis 1 of values, not 2.
        """
        name = _past(direction)
        for layer in range(self.num_layers):
            for part, axis in (("key", 2), ("value", 1 if inverted_values_shape else 2)):
                inputs_or_outputs[f"{name}.{layer}.{part}"] = {0: "batch", axis: "past_sequence + sequence"}

    def _flatten_past_key_values_(self, flattened_output: dict[str, Any], name: str, idx: int, t: Any) -> None:
        flattened_output[f"{name}.{idx}.key"], flattened_output[f"{name}.{idx}.value"] = t[0], t[1]

    def flatten_output_collection_property(self, name: str, field: Iterable[Any]) -> dict[str, Any]:  # type: ignore[override]
        """Keys and values by layer for "present" and "past_key_values"; anything else as OnnxConfig does it."""
        if name not in ("present", "past_key_values"):
            return super().flatten_output_collection_property(name, field)
        flat: dict[str, Any] = {}
        for index, layer in enumerate(field):
            self._flatten_past_key_values_(flat, name, index, layer)
        return flat


class OnnxSeq2SeqConfigWithPast(OnnxConfigWithPast):
    """Of an encoder and a decoder: layers and heads are pairs, the past holds four tensors a layer."""

    @property
    def outputs(self) -> Axes:
        outputs: Any = OnnxConfig.outputs.fget(self)  # type: ignore[attr-defined]
        for name, axes in outputs.items():
            length = "encoder_sequence" if "encoder" in name else "decoder_sequence"
            axes.update({axis: length for axis, called in axes.items() if "sequence" in called})
        if self.use_past:
            self.fill_with_past_key_values_(outputs, direction="outputs")
        return outputs

    @property
    def num_layers(self) -> tuple[int, int]:
        """Of encoder and decoder: `encoder_layers` and `decoder_layers`, or `num_layers` for both."""
        return _asked_twice(self, "num_layers", "layers")

    @property
    def num_attention_heads(self) -> tuple[int, int]:
        """Of encoder and decoder: `encoder_attention_heads` and `decoder_...`, or `num_attention_heads` for both."""
        return _asked_twice(self, "num_attention_heads", "attention_heads")

    def generate_dummy_inputs(
        self, tokenizer: Any, batch_size: int = -1, seq_length: int = -1, is_pair: bool = False, framework: Any = None
    ) -> Mapping[str, Any]:
        """For the encoder, and as `decoder_...` for the decoder, one token long with `use_past`."""

        def dummy(length: int) -> Mapping[str, Any]:
            return OnnxConfig.generate_dummy_inputs(
                self, tokenizer, batch_size=batch_size, seq_length=length, is_pair=is_pair, framework=framework
            )

        inputs: dict[str, Any] = dict(dummy(seq_length))
        decoder = dummy(1 if self.use_past else seq_length)
        inputs.update({f"decoder_{name}": tensor for name, tensor in decoder.items()})
        if not self.use_past:
            return inputs
        batch, width = inputs["input_ids"].shape[0], self._config.hidden_size
        heads = self.num_attention_heads
        lengths = (inputs["input_ids"].shape[1], inputs["decoder_input_ids"].shape[1] + 3)
        encoder_shape, decoder_shape = ((batch, h, n, width // h) for h, n in zip(heads, lengths, strict=True))
        both, more, side = self._layers()
        four = (decoder_shape, decoder_shape, encoder_shape, encoder_shape)
        two = (encoder_shape if side == "encoder" else decoder_shape,) * 2
        shapes = [four] * both + [two] * len(more)
        inputs["past_key_values"] = [tuple(torch.zeros(shape) for shape in layer) for layer in shapes]
        return inputs

    def fill_with_past_key_values_(self, inputs_or_outputs: Any, direction: str) -> None:  # type: ignore[override]
        """As of OnnxConfigWithPast, with `decoder.key`, `decoder.value`, `encoder.key` and `encoder.value`."""
        name = _past(direction)
        lengths = {"decoder": "past_decoder_sequence", "encoder": "past_encoder_sequence"}
        if direction == "outputs":
            lengths["decoder"] += " + sequence"
        both, more, side = self._layers()
        for layer in range(both):
            for part, length in lengths.items():
                for what in ("key", "value"):
                    inputs_or_outputs[f"{name}.{layer}.{part}.{what}"] = {0: "batch", 2: length}
        for layer in more:  # keys only, as it was
            inputs_or_outputs[f"{name}.{layer}.{side}.key"] = {0: "batch", 2: lengths[side]}

    def _layers(self) -> tuple[int, range, str]:
        """Layers that both sides have; the indices of further ones, as they were counted; whose they are."""
        encoder, decoder = self.num_layers
        both = min(encoder, decoder)
        return both, range(both, max(encoder, decoder) - both), "encoder" if encoder > decoder else "decoder"

    def _flatten_past_key_values_(self, flattened_output: dict[str, Any], name: str, idx: int, t: Any) -> None:
        parts = ("decoder.key", "decoder.value", "encoder.key", "encoder.value")
        flattened_output.update({f"{name}.{idx}.{part}": t[index] for index, part in enumerate(parts)})


def _past(direction: str) -> str:
    if direction not in ("inputs", "outputs"):
        raise ValueError(f"direction is 'inputs' or 'outputs', not {direction!r}")
    return "past_key_values" if direction == "inputs" else "present"


def _asked(described: OnnxConfig, name: str) -> Any:
    try:
        return getattr(described._config, name)
    except AttributeError:
        message = f"{type(described._config).__name__} has no {name}: override {name} in {type(described).__name__}"
        raise AttributeError(message) from None


def _asked_twice(described: OnnxConfig, name: str, suffix: str) -> Any:
    config = described._config
    if hasattr(config, name):
        return getattr(config, name), getattr(config, name)
    return _asked(described, f"encoder_{suffix}"), _asked(described, f"decoder_{suffix}")
