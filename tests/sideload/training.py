"""Twenty steps with Trainer on six kinds of families.

`python training.py LOSSES.json` on 5.23.0 writes the losses, `python training.py --against LOSSES.json` on an older release
compares its own with them. With `--lora`, adapters of PEFT on two of them are trained instead, and read again from what they save.

The first label is never one to learn: before 5.0, Trainer counts it, and divides every loss by more than there is.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path

import torch
from sideload_models import EXPERTS, LINEAR, SHARED, TEXT

STEPS, BATCH, LENGTH = 20, 2, 12
TOLERANCE = 1e-4

VISION = {
    "depth": 2,
    "hidden_size": 16,
    "intermediate_size": 24,
    "num_heads": 2,
    "out_hidden_size": 16,
    "patch_size": 4,
    "spatial_merge_size": 2,
    "temporal_patch_size": 2,
    "num_position_embeddings": 16,
}
SEEING = {"text_config": {**TEXT, **LINEAR}, "vision_config": VISION, "image_token_id": 5, "vision_start_token_id": 6}
KINDS = {
    "dense": ("AutoModelForCausalLM", "gemma4_text", {**TEXT, **SHARED}),
    "experts": ("AutoModelForCausalLM", "qwen3_5_moe_text", {**TEXT, **LINEAR, **EXPERTS}),
    "linear attention": ("AutoModelForCausalLM", "qwen3_5_text", {**TEXT, **LINEAR}),
    "hybrid": ("AutoModelForCausalLM", "olmo_hybrid", {**TEXT, **LINEAR}),
    "encoder": ("AutoModelForMaskedLM", "eurobert", {**TEXT, "mask_token_id": 2}),
    "images": ("AutoModelForImageTextToText", "qwen3_5", SEEING),
}


class Rows(torch.utils.data.Dataset):
    """Token ids; with images, four of them stand for one image of 4 x 4 patches."""

    def __init__(self, images: bool) -> None:
        self.images = images

    def __len__(self) -> int:
        return STEPS * BATCH

    def __getitem__(self, index: int) -> dict[str, torch.Tensor]:
        generator = torch.Generator().manual_seed(index)
        ids = torch.randint(7, 40, (LENGTH,), generator=generator)
        labels = ids.clone()
        labels[0] = -100
        if not self.images:
            return {"input_ids": ids, "labels": labels}
        ids[1], ids[2:6] = 6, 5
        pixels = torch.randn((16, 3 * 2 * 4 * 4), generator=generator)
        return {"input_ids": ids, "labels": labels, "pixel_values": pixels, "image_grid_thw": torch.tensor([[1, 4, 4]])}


def together(rows: list[dict[str, torch.Tensor]]) -> dict[str, torch.Tensor]:
    """A batch: rows of tokens are stacked, patches of images follow each other."""
    join = {"pixel_values": torch.cat, "image_grid_thw": torch.cat}
    batch = {name: join.get(name, torch.stack)([row[name] for row in rows]) for name in rows[0]}
    if "image_grid_thw" in batch:
        batch["mm_token_type_ids"] = (batch["input_ids"] == 5).int()
    return batch


def adapted(model: torch.nn.Module) -> torch.nn.Module:
    """With LoRA on all projections of the attention; B is not zero, so that the first loss depends on it already."""
    import peft

    targets = r".*\.self_attn\.[qkvo]_proj"
    model = peft.get_peft_model(
        model, peft.LoraConfig(r=4, lora_alpha=8, target_modules=targets, init_lora_weights=False)
    )
    filled(model, "lora_")
    return model


def filled(model: torch.nn.Module, part: str = "") -> None:
    """Random weights that depend on the order of the names alone."""
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for name, parameter in sorted(model.named_parameters()):
            if part in name:
                parameter.copy_(torch.randn(parameter.shape, generator=generator) * 0.1)


def read_again(model: torch.nn.Module, fresh: torch.nn.Module, folder: str) -> None:
    """Raises where an adapter that was saved and read again gives other logits, or one that was merged."""
    import peft

    ids = torch.arange(7, 19)[None]
    fresh.load_state_dict(fresh.state_dict() | {k: v for k, v in base_of(model).items() if k in fresh.state_dict()})
    model.save_pretrained(folder)
    with torch.no_grad():
        meant = model.eval()(input_ids=ids).logits
        again = peft.PeftModel.from_pretrained(fresh, folder).eval()
        torch.testing.assert_close(again(input_ids=ids).logits, meant, rtol=0, atol=0)
        torch.testing.assert_close(again.merge_and_unload()(input_ids=ids).logits, meant, rtol=1e-4, atol=1e-5)


def base_of(model: torch.nn.Module) -> dict[str, torch.Tensor]:
    """The weights below the adapters, by the names that they have without them."""
    weights = model.get_base_model().state_dict()
    return {name.replace(".base_layer.", "."): value for name, value in weights.items() if ".lora_" not in name}


def trained(auto: str, model_type: str, words: dict, lora: bool) -> list[float]:
    """The loss of each step."""
    import transformers

    if int(transformers.__version__.split(".")[0]) < 5:
        from hfcompat import sideload

        assert sideload.bring(model_type), model_type
    config = transformers.AutoConfig.for_model(model_type, **words)
    model = getattr(transformers, auto).from_config(config)
    filled(model)
    checkpointing = model.supports_gradient_checkpointing
    if lora:
        model = adapted(model)
    with tempfile.TemporaryDirectory() as folder:
        arguments = transformers.TrainingArguments(
            folder,
            max_steps=STEPS,
            per_device_train_batch_size=BATCH,
            learning_rate=1e-2,
            logging_steps=1,
            gradient_checkpointing=checkpointing,
            report_to=[],
            use_cpu=True,
            save_strategy="no",
            optim="adamw_torch",
            disable_tqdm=True,
        )
        rows = Rows(auto == "AutoModelForImageTextToText")
        trainer = transformers.Trainer(model, arguments, train_dataset=rows, data_collator=together)
        trainer.train()
        if lora:
            read_again(model, getattr(transformers, auto).from_config(config), f"{folder}/adapter")
    return [float(entry["loss"]) for entry in trainer.state.log_history if "loss" in entry]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("losses", type=Path)
    parser.add_argument("--against", action="store_true", help="compare with LOSSES, which 5.23.0 wrote")
    parser.add_argument("--lora", action="store_true", help="train adapters of PEFT, which must be installed")
    parser.add_argument("kinds", nargs="*")
    told = parser.parse_args()
    kinds = told.kinds or (["dense", "experts"] if told.lora else list(KINDS))
    found = {kind: trained(*KINDS[kind], told.lora) for kind in kinds}
    if not told.against:
        told.losses.write_text(json.dumps(found, indent=1) + "\n")
        return 0
    meant, worst = json.loads(told.losses.read_text()), 0.0
    for kind, losses in found.items():
        gap = max(abs(a - b) for a, b in zip(losses, meant[kind], strict=True))
        worst = max(worst, gap)
        print(f"{kind:<18}{KINDS[kind][1]:<18}{losses[0]:.4f} -> {losses[-1]:.4f}   greatest difference {gap:.1e}")
    return int(worst > TOLERANCE)


if __name__ == "__main__":
    sys.exit(main())
