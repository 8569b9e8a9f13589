"""Which module comes from where, and why.

What computes numbers is the wheel's. What somebody holds in their hands (is it a PreTrainedModel? a tokenizer?) and
what is one for the whole process (the log) is the runtime's.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from fnmatch import fnmatchcase

__all__ = ["MODULES", "NAMES", "RUNTIMES", "Module", "Name", "Source", "module", "names"]

RUNTIMES = ">=4.56.0.dev0,<4.58"
"""Versions of transformers that the wheel's modules are bridged to."""


class Source(enum.Enum):
    """Where a module comes from."""

    WHEEL = "the wheel's file"
    RUNTIME = "the installed transformers"
    BRIDGE = "ours"


@dataclass(frozen=True, slots=True)
class Module:
    """A row: modules of the alias package, and where they come from.

    Attributes:
        pattern: a shell pattern for the name within the package; the first row that matches counts.
        source: where they come from.
        reason: why, in one sentence.
        impl: for BRIDGE, the module of ours.
    """

    pattern: str
    source: Source
    reason: str
    impl: str = ""


@dataclass(frozen=True, slots=True)
class Name:
    """A row: a name that is bridged in a module of the wheel.

    Attributes:
        module: name within the alias package.
        name: what is replaced once the module has been executed, before anybody else sees it.
        impl: `package.module:function`, called with what was there; returns what is to be there.
        reason: why, in one sentence.
    """

    module: str
    name: str
    impl: str
    reason: str


_BRIDGES = "hfcompat.sideload.bridges"

MODULES = (
    Module("dependency_versions_check", Source.BRIDGE, impl=f"{_BRIDGES}.versions",
           reason="It refuses the versions of tokenizers and huggingface_hub that the runtime needs."),
    Module("models", Source.BRIDGE, impl=f"{_BRIDGES}.models",
           reason="It lists all families of the wheel; they are imported by their own names here."),
    Module("utils.logging", Source.RUNTIME,
           reason="One verbosity, one handler and one progress bar for the process."),
    Module("*", Source.WHEEL,
           reason="A name that both have need not mean the same; the wheel's own modules fit together."),
)  # fmt: skip

NAMES = (
    Name("configuration_utils", "PreTrainedConfig", f"{_BRIDGES}.configuration:base",
         reason="Configurations are the runtime's PretrainedConfig, which its Auto classes and Trainer ask for."),
    Name("modeling_utils", "PreTrainedModel", f"{_BRIDGES}.modeling:base",
         reason="Models are the runtime's PreTrainedModel, which Trainer, PEFT and pipelines ask for."),
    Name("modeling_utils", "AttentionInterface", f"{_BRIDGES}.modeling:attention",
         reason="Attention functions that were registered with the runtime are found."),
    Name("integrations.peft", "PeftAdapterMixin", f"{_BRIDGES}.adapters:mixin",
         reason="The wheel's asks peft for a part that imports names which the runtime does not have."),
    Name("generation.utils", "GenerationMixin", f"{_BRIDGES}.generation:mixin",
         reason="Models are the runtime's GenerationMixin, and generate() takes the runtime's GenerationConfig."),
    Name("generation.configuration_utils", "GenerationConfig", f"{_BRIDGES}.identity:generation_config",
         reason="A model's generation_config is the runtime's GenerationConfig."),
    Name("utils.generic", "ModelOutput", f"{_BRIDGES}.identity:output",
         reason="Outputs are the runtime's ModelOutput."),
    Name("tokenization_utils_base", "PreTrainedTokenizerBase", f"{_BRIDGES}.identity:tokenizer",
         reason="A processor's tokenizer is the runtime's PreTrainedTokenizerBase, which data collators ask for."),
    Name("tokenization_utils_base", "BatchEncoding", f"{_BRIDGES}.identity:batch_encoding",
         reason="What it returns is the runtime's BatchEncoding."),
    Name("processing_utils", "ProcessorMixin", f"{_BRIDGES}.processing:mixin",
         reason="Processors are the runtime's ProcessorMixin, and take the runtime's tokenizers."),
    Name("image_processing_base", "ImageProcessingMixin", f"{_BRIDGES}.identity:image_processor",
         reason="Image processors are the runtime's, which Trainer and pipelines ask for."),
    Name("video_processing_utils", "BaseVideoProcessor", f"{_BRIDGES}.identity:video_processor",
         reason="Video processors are the runtime's."),
    Name("feature_extraction_utils", "FeatureExtractionMixin", f"{_BRIDGES}.identity:feature_extractor",
         reason="Feature extractors are the runtime's."),
    Name("feature_extraction_utils", "BatchFeature", f"{_BRIDGES}.identity:batch_feature",
         reason="What they return is the runtime's BatchFeature."),
    Name("utils.import_utils", "direct_transformers_import", f"{_BRIDGES}.imports:direct",
         reason="It would execute the wheel's top level, which is made for an installation."),
    Name("utils.auto_docstring", "auto_docstring", f"{_BRIDGES}.docs:undocumented",
         reason="Documentation is read on the version that has the family; writing it doubles the time of an import."),
)  # fmt: skip


def module(name: str) -> Module:
    """The row of a module, by its name within the alias package."""
    return next(row for row in MODULES if fnmatchcase(name, row.pattern))


def names(module: str) -> list[Name]:
    """The rows of the names that are bridged in a module."""
    return [row for row in NAMES if row.module == module]
