"""Names that are new in modules which 4.x has.

Those that are written in plain Python and torch are served up to the release that first has them; the others, which stand
on the runtime's own classes, on 4.x.
"""

from __future__ import annotations

from dataclasses import replace

from hfcompat_plugins.rows import TOP, added
from hfcompat_plugins.v5.tables import OURS, V5

from hfcompat import Patch


def _names(
    names: str, at: str, home: str, what: str, *, since: str = "4.49", first: str = "5.0", traced: bool = False
) -> list[Patch]:
    """Rows of names that `first` is the first release to have, at each of the modules `at`."""
    modules = [TOP if module == "transformers" else module for module in at.split()]
    return added(
        names,
        at=modules,
        to=home if home.startswith("transformers.") else OURS + home,
        since=since,
        before=first,
        reason=f"{{name}} is new in {first}: {what}.",
        upstream=f"{V5}{(modules[0] or '__init__').replace('.', '/')}.py",
        traced=traced,
    )


CONFIGURATION = [
    *_names("PreTrainedConfig", "transformers configuration_utils modeling_utils", "configuration", "it is the base class of every configuration", since="4.56"),
    *_names("SubConfigSpec remap_legacy_layer_types", "configuration_utils", "configuration", "configurations made of others declare their parts by it", since="4.56"),
    *_names("strict", "configuration_utils", "configuration", "configuration classes are decorated with it", since="4.56"),
    *_names("RopeParameters", "modeling_rope_utils", "rope", "configuration classes annotate rope_parameters with it"),
]  # fmt: skip

_FORWARDS = "forwards are decorated with it"
FORWARDS = [
    *_names("merge_with_config_defaults", "utils.generic", "forwards", _FORWARDS, first="5.3", traced=True),
    *_names("accepts_precomputed_kwargs", "utils.generic", "forwards", "methods of one modality are decorated with it", first="5.9", traced=True),
    *_names("slice_logits_to_keep", "modeling_utils", "forwards", "heads choose by it which logits to compute", first="5.23", traced=True),
    *_names("maybe_autocast is_flash_attention_requested", "utils.generic", "forwards", "forwards call it", traced=True),
    *_names("get_max_seqlen", "utils.generic", "forwards", "vision encoders call it", first="5.17", traced=True),
    *_names("torch_compilable_check is_tracing", "utils utils.import_utils", "forwards", "forwards check their inputs by it", traced=True),
    *_names("force_accelerate_hooks", "integrations.accelerate", "forwards", _FORWARDS, since="4.53", first="5.17", traced=True),
    *_names("get_target_dtype", "integrations.flash_attention", "forwards", "attention layers call it", traced=True, since="4.53"),
    *_names("use_kernelized_func use_experts_implementation", "integrations", "forwards", "classes are decorated with it", traced=True),
    *_names("use_kernel_func_from_hub_with_fallback", "integrations", "forwards", "reference implementations are decorated with it", traced=True, first="5.17"),
    *_names("get_kernel", "integrations.hub_kernels", "utilities", "models with kernels of the Hub call it", since="4.53"),
]  # fmt: skip

MASKS = [
    *_names("create_bidirectional_mask create_bidirectional_sliding_window_mask create_recurrent_attention_mask", "masking_utils", "masks",
            "encoders and recurrent layers make their masks by it", since="4.53", traced=True),
    *_names("bidirectional_mask_function sliding_window_bidirectional_overlay sliding_window_bidirectional_mask_function blockwise_overlay maybe_pad_block_sequence_ids",
            "masking_utils", "masks", "masks of one's own are put together from it", since="4.53", traced=True),
]  # fmt: skip

TOKENIZERS = [
    *_names("TokenizersBackend PythonBackend", "transformers", "tokenizer_classes", "it is a base class of tokenizers"),
    *_names("SentencePieceBackend", "transformers", "wheel", "it is a base class of tokenizers"),
    *_names("_get_prepend_scheme", "tokenization_utils_base", "utilities:get_prepend_scheme", "tokenizers with a Metaspace call it"),
    *_names("_get_template_variables", "utils.chat_template_utils", "utilities:get_template_variables", "processors call it", first="5.5"),
    *(
        replace(patch, when={**patch.when, "mistral_common": ">=1.6"})  # without it 4.57 cannot import the module
        for patch in _names("MistralCommonBackend", "tokenization_mistral_common", "transformers.tokenization_mistral_common:MistralCommonTokenizer",
                            "it was MistralCommonTokenizer", since="4.57")
    ),
]  # fmt: skip

PROCESSORS = [
    *_names("get_max_height_width", "image_utils", "images", "image processors pad by it", first="5.5"),
    *_names("load_image_as_tensor", "image_utils", "wheel", "image processors read files by it"),
    *_names("SizeDict", "image_processing_utils", "transformers.image_utils:SizeDict", "image processors say sizes by it", since="4.56"),
    *_names("divide_to_patches safe_squeeze", "image_transforms", "images", "image processors call it", first="5.5"),
    *_names("split_to_tiles", "image_transforms", "images", "image processors call it"),
    *_names("make_list_of_audio_chat_template make_audio_chat_template_content prepare_language_inputs", "audio_utils", "inputs", "processors of audio call it", first="5.17"),
    *_names("conv1d_output_length", "audio_utils", "inputs", "audio encoders call it"),
    *_names("prepare_prompt_input", "processing_utils", "inputs", "processors of audio call it", first="5.17"),
    *_names("prepare_keyword_inputs", "processing_utils", "inputs", "processors of audio call it", first="5.20"),
    *_names("OmniModalProcessingKwargs OmniModalProcessorMixin", "processing_utils", "wheel", "it is a base class of processors"),
]  # fmt: skip

UTILITIES = [
    *_names("deprecate_attr", "utils.deprecation", "utilities", "modules keep their names of old by it", first="5.23"),
    *_names("no_inherit_decorator", "utils.generic", "utilities", "modular files are decorated with it"),
    *_names("no_inherit_decorator", "utils", "utilities", "modular files are decorated with it"),
    *_names("safe_load_json_file", "utils utils.generic", "utilities", "tokenizers and processors call it"),
    *_names("hf_api", "utils utils.hub", "utilities", "files that ask the Hub call it", first="5.12"),
    *_names("resolve_revision", "utils utils.hub", "utilities", "files that ask the Hub call it", first="5.20"),
    *_names("get_current_accelerator", "utils", "utilities", "models ask it for a device", first="5.20"),
    *_names("is_torchvision_greater_or_equal", "utils.import_utils", "utilities", "image processors ask it", first="5.12"),
    *_names("is_nagisa_available is_soynlp_available", "utils.import_utils", "utilities", "tokenizers ask it", first="5.17"),
    *_names("is_diffusers_available", "utils", "utilities", "models with a diffusion head ask it"),
    *_names("gelu_pytorch_tanh", "activations", "utilities", "models call it", first="5.9", traced=True),
    *_names("KVSharingDict", "cache_utils", "utilities", "layers that share keys and values keep them in it", first="5.23"),
    *_names("__path__", "integrations.mistral", "wheel:NO_PLACES", "integrations.mistral became a package, and files import from its parts", since="4.49"),
    *_names("DFlashCache", "cache_utils", "wheel", "drafting models keep keys and values in it"),
    *_names("BaseQuantizedLayer", "cache_utils", "transformers.cache_utils:QuantizedLayer", "it was QuantizedLayer", since="4.56"),
]  # fmt: skip

NAMES: list[Patch] = [*CONFIGURATION, *FORWARDS, *MASKS, *TOKENIZERS, *PROCESSORS, *UTILITIES]
