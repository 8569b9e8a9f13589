"""Adapters of peft: what one generation of readers does not find in those of the other.

Of 5.x, with the peft that stacks experts: 0.19 and later.
"""

from __future__ import annotations

from hfcompat_plugins.artifacts.tables import FIVE, FOUR, HERE, TREE

from hfcompat.checkpoints.rule import Harm, Part, Rule

_PEFT = "https://github.com/huggingface/peft/blob/v0.21.0/src/peft/"
_CONVERSION = _PEFT + "utils/transformers_weight_conversion.py"
_TOWERS = TREE + "v5.6.0/src/transformers/conversion_mapping.py"


def _rule(id: str, readers: str, harm: Harm, impl: str, reason: str, upstream: str, part: Part = Part.ADAPTER) -> Rule:
    return Rule(id, part, readers, harm, f"{HERE}adapter_rules:{impl}", reason, upstream)


ADAPTER_RULES = [
    _rule("adapter-features-of-old-peft", ">=4.49.0.dev0", Harm.REFUSED, "features_of_old_peft",
          "peft before 0.19 exchanged the features of stacked experts: the sizes of A and B do not fit.",
          _PEFT + "tuners/lora/layer.py"),
    _rule("adapter-experts-apart", FOUR, Harm.WRONG, "experts_apart",
          "Experts are modules, and there is no parameter that has all of them: their adapters are left out.",
          TREE + "v4.57.6/src/transformers/models/mixtral/modeling_mixtral.py"),
    _rule("adapter-experts-as-peft-stacks-them", FIVE, Harm.WRONG, "experts_as_peft_stacks_them",
          "peft stacks adapters of experts wrongly, or not at all, where they differ in rank, some are missing, use_rslora or "
          "lora_dropout is set, or other modules have projections of the same names.", _CONVERSION),
    _rule("adapter-experts-stacked", FIVE, Harm.NONE, "experts_stacked",
          "Experts are two parameters of a module, with an adapter for each.", _CONVERSION),
    _rule("adapter-tower", ">=4.49.0.dev0,<5.6.0.dev0", Harm.WRONG, "tower_of_composite",
          "The names of a vision tower have no `vision_model.`: its adapters are left out.", _TOWERS),
    _rule("adapter-targets-in-tower", ">=5.6.0.dev0", Harm.REFUSED, "either_tower",
          "target_modules that spell `vision_model.` name nothing; the tensors are renamed.", _TOWERS),
    _rule("adapter-saved-of-composites", FIVE, Harm.REFUSED, "saved_of_composites",
          "modules_to_save by the names of before 4.52 raise KeyError: matrices alone are renamed.", _CONVERSION),
    _rule("adapter-of-composites-since-4-52", ">=4.49.0.dev0,<4.52.0.dev0", Harm.WRONG, "named_as_since_4_52",
          "Composites have their parts by other names: adapters are left out.",
          TREE + "v4.52.1/src/transformers/models/llava/modeling_llava.py", Part.CODE),
    _rule("adapter-on-experts-in-5-0", ">=5.0.0.dev0,<5.1.0.dev0", Harm.REFUSED, "on_experts",
          "peft 0.19 and later call conversions as 5.1 has them: TypeError.", _CONVERSION, Part.CODE),
]  # fmt: skip
