"""Patches of the reading side: what the other generation wrote loads right as it is."""

from __future__ import annotations

from hfcompat_plugins.artifacts.tables import FOUR, GUIDE, HERE, TREE

from hfcompat import Kind, Patch

_TESTED = "<5.24"
_MODEL = "transformers.modeling_utils:"
_AUTO = "transformers.models.auto.tokenization_auto:"


def _read(
    id: str, target: str, impl: str, span: str, reason: str, upstream: str = GUIDE, *, after: tuple[str, ...] = ()
) -> Patch:
    """A row; what it changes loads wrongly, or raises, without it."""
    return Patch(
        id=id,
        target=target,
        kind=Kind.WRAP,
        impl=f"{HERE}{impl}",
        when={"transformers": span},
        reason=reason,
        upstream=upstream,
        traced=False,
        after=after,
    )


# With models the rules for them are imported, so that the first load of a process need not; a tokenizer's when there is one.
READING = [
    _read("config", "transformers.configuration_utils:PretrainedConfig._get_config_dict", "late:config_in_own_words", f">=4.49.0.dev0,{_TESTED}",
          "A config.json of the other generation is read in silence: its theta, scaling and ties are those of the class."),
    _read("weights", _MODEL + "_get_resolved_checkpoint_files", "reading:files_in_own_layout", f">=4.50.0.dev0,{_TESTED}",
          "Vision towers and experts of a checkpoint of 5.x are made at random, with a line in the log.",
          TREE + "v4.57.6/src/transformers/modeling_utils.py"),
    _read("weights.4-49", _MODEL + "PreTrainedModel.from_pretrained", "reading:folder_in_own_layout", ">=4.49.0.dev0,<4.50.0.dev0",
          "Vision towers of a checkpoint of 5.x are made at random, with a line in the log.",
          TREE + "v4.49.0/src/transformers/modeling_utils.py", after=("weights:nested-from-pretrained", "weights:keywords")),
    _read("softcap-of-gemma2", "transformers.models.gemma2.modeling_gemma2:Gemma2Model.__init__", "softcap:saying_when_uncapped",
          ">=4.49.0.dev0,<5.21.0.dev0", "The default attention, sdpa, leaves the soft cap of the scores out, without a word.",
          TREE + "v5.21.0/src/transformers/models/gemma2/modeling_gemma2.py"),
    _read("tokenizer-files", "transformers.tokenization_utils_base:PreTrainedTokenizerBase._from_pretrained",
          "late:files_in_own_words", f">=4.49.0.dev0,{_TESTED}",
          "The files of a tokenizer of the other generation raise AttributeError, or give other ids, tokens and inputs in silence.",
          GUIDE + "#tokenization", after=("tokenizers:dialect.model-input-names-of-named-classes",)),
    _read("tokenizer-class", _AUTO + "get_tokenizer_config", "late:class_in_own_words", FOUR,
          "AutoTokenizer raises ValueError: there is no class TokenizersBackend.", GUIDE + "#tokenization"),
    _read("tekken", _AUTO + "AutoTokenizer.from_pretrained", "late:of_tekken", f">=4.49.0.dev0,{_TESTED}",
          "A repository with tekken.json alone raises ValueError, or ImportError without mistral-common; on 5.0 to 5.14 its ids are counted without the special tokens.",
          TREE + "v5.23.0/src/transformers/integrations/mistral/tokenizer.py",
          after=("tokenizers:use-fast", "tokenizers:dialect.use-fast")),
    _read("image-processor", "transformers.image_processing_base:ImageProcessingMixin.get_image_processor_dict",
          "late:images_of_the_whole", FOUR,
          "An image processor that is saved inside processor_config.json raises OSError: no preprocessor_config.json."),
    _read("feature-extractor", "transformers.feature_extraction_utils:FeatureExtractionMixin.get_feature_extractor_dict",
          "late:features_of_the_whole", FOUR,
          "A feature extractor that is saved inside processor_config.json raises OSError: no preprocessor_config.json."),
    _read("processor", "transformers.processing_utils:ProcessorMixin.get_processor_dict",
          "late:whole_without_parts", FOUR,
          "The parts inside processor_config.json are handed to the processor beside those that were loaded: TypeError."),
]  # fmt: skip
