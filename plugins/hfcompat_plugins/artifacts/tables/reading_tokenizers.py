"""Patches of the reading side: tokenizers and processors of the other generation load right as they are."""

from __future__ import annotations

from hfcompat_plugins.artifacts.tables import GUIDE, HERE, TREE

from hfcompat import Kind, Patch

_TESTED = "<5.24"
_FOUR = ">=4.49.0.dev0,<5.0.0.dev0"
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


READ_TOKENIZERS = [
    _read("tokenizer-files", "transformers.tokenization_utils_base:PreTrainedTokenizerBase._from_pretrained",
          "reading_tokenizers:files_in_own_words", f">=4.49.0.dev0,{_TESTED}",
          "The files of a tokenizer of the other generation raise AttributeError, or give other ids, tokens and inputs in silence.",
          GUIDE + "#tokenization", after=("tokenizers:dialect.model-input-names-of-named-classes",)),
    _read("tokenizer-class", _AUTO + "get_tokenizer_config", "reading_tokenizers:class_in_own_words", _FOUR,
          "AutoTokenizer raises ValueError: there is no class TokenizersBackend.", GUIDE + "#tokenization"),
    _read("tekken", _AUTO + "AutoTokenizer.from_pretrained", "reading_tokenizers:of_tekken", ">=4.49.0.dev0,<5.15.0.dev0",
          "A repository with tekken.json alone raises ValueError; on 5.0 to 5.14 its ids are counted without the special tokens.",
          TREE + "v5.23.0/src/transformers/integrations/mistral/tokenizer.py",
          after=("tokenizers:use-fast", "tokenizers:dialect.use-fast")),
    _read("image-processor", "transformers.image_processing_base:ImageProcessingMixin.get_image_processor_dict",
          "reading_processors:images_of_the_whole", _FOUR,
          "An image processor that is saved inside processor_config.json raises OSError: no preprocessor_config.json."),
    _read("feature-extractor", "transformers.feature_extraction_utils:FeatureExtractionMixin.get_feature_extractor_dict",
          "reading_processors:features_of_the_whole", _FOUR,
          "A feature extractor that is saved inside processor_config.json raises OSError: no preprocessor_config.json."),
    _read("processor", "transformers.processing_utils:ProcessorMixin.get_processor_dict",
          "reading_processors:whole_without_parts", _FOUR,
          "The parts inside processor_config.json are handed to the processor beside those that were loaded: TypeError."),
]  # fmt: skip
