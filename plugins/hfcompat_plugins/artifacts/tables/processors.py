"""Processors: what one generation of readers does not find where the other wrote it."""

from __future__ import annotations

from hfcompat_plugins.artifacts.tables import FOUR, GUIDE, HERE, TREE

from hfcompat.checkpoints.rule import Harm, Part, Rule

_CHAT = TREE + "v4.49.0/src/transformers/processing_utils.py"


def _rule(id: str, readers: str, harm: Harm, impl: str, reason: str, upstream: str = GUIDE) -> Rule:
    return Rule(id, Part.PROCESSOR, readers, harm, f"{HERE}{impl}", reason, upstream)


PROCESSOR_RULES = [
    _rule("parts-in-files", FOUR, Harm.REFUSED, "processor_rules:parts_in_files",
          "Image processors and feature extractors are looked for in preprocessor_config.json, and OSError says that it is missing; 4.49 hands those in processor_config.json on twice."),
    _rule("pixels-beside-edges", ">=4.49.0.dev0,<4.52.0.dev0", Harm.WRONG, "processor_rules:pixels_beside_edges",
          "Qwen2-VL's size of shortest and longest edge is not read: images are resized to the default number of pixels.",
          TREE + "v4.49.0/src/transformers/models/qwen2_vl/image_processing_qwen2_vl.py"),
    _rule("template-in-json", ">=4.49.0.dev0,<4.52.0.dev0", Harm.WRONG, "processor_rules:template_in_json",
          "A processor's chat_template.jinja is not read; it has no chat template.", _CHAT),
]  # fmt: skip
