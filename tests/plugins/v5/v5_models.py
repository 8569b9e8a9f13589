"""Remote code written for 5.23, and what it answers: run by record.py on 5.23.0, by the tests on 4.x.

Weights are sines of their names; nothing is random.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any
from zlib import crc32

import torch
import transformers
from safetensors.torch import load_file, save_file
from torch import nn

REMOTE = Path(__file__).with_name("remote")

MODELS: dict[str, tuple[str, str, dict[str, Any]]] = {
    # name: folder, Auto class, what its config.json says beside its class
    "lantern": ("lantern", "AutoModelForCausalLM", {"num_key_value_heads": 2}),
    "lantern-yarn": ("lantern", "AutoModelForCausalLM", {"rope_parameters": {"rope_type": "yarn", "factor": 4.0, "rope_theta": 1000.0, "original_max_position_embeddings": 16}, "num_hidden_layers": 2}),
    "lantern-llama3": ("lantern", "AutoModelForCausalLM", {"rope_parameters": {"rope_type": "llama3", "factor": 8.0, "rope_theta": 500.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0, "original_max_position_embeddings": 16}, "num_hidden_layers": 2}),
    "lantern-longrope": ("lantern", "AutoModelForCausalLM", {"rope_parameters": {"rope_type": "longrope", "factor": 4.0, "rope_theta": 700.0, "original_max_position_embeddings": 6, "short_factor": [1.0, 1.1, 1.2, 1.3], "long_factor": [2.0, 2.5, 3.0, 3.5]}, "num_hidden_layers": 2}),
    "lantern-dynamic": ("lantern", "AutoModelForCausalLM", {"rope_parameters": {"rope_type": "dynamic", "factor": 2.0, "rope_theta": 700.0}, "max_position_embeddings": 8, "num_hidden_layers": 2}),
    "lantern-of-4": ("lantern", "AutoModelForCausalLM", {"rope_theta": 300.0, "rope_scaling": {"type": "linear", "factor": 2.0}, "num_hidden_layers": 2}),
    "lantern-tied": ("lantern", "AutoModelForCausalLM", {"tie_word_embeddings": True, "num_hidden_layers": 2}),
    "beacon": ("beacon", "AutoModelForMaskedLM", {}),
    "beacon-sliding": ("beacon", "AutoModelForMaskedLM", {"sliding_window": 2, "depth": 1}),
    "beacon-classifier": ("beacon", "AutoModelForSequenceClassification", {"num_labels": 3}),
    "harbour": ("harbour", "AutoModelForCausalLM", {}),
    "fleet": ("fleet", "AutoModelForCausalLM", {"rope_theta": 50.0}),
    "fleet-silent": ("fleet", "AutoModelForCausalLM", {"output_router_logits": True, "max_length": 9, "rope_parameters": {"rope_theta": 9.0}}),
}  # fmt: skip
_CLASSES = {
    "lantern": {"AutoModelForCausalLM": "ForCausalLM"},
    "beacon": {"AutoModelForMaskedLM": "ForMaskedLM", "AutoModelForSequenceClassification": "ForSequenceClassification"},
    "harbour": {"AutoModelForCausalLM": "ForCausalLM"},
    "fleet": {"AutoModelForCausalLM": "ForCausalLM"},
}  # fmt: skip


def placed(name: str, folder: Path) -> Path:
    """A folder with the code and a config.json, without weights."""
    family, _, said = MODELS[name]
    shutil.copytree(REMOTE / family, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))
    title = family.capitalize()
    autos = {auto: f"modeling_{family}.{title}{head}" for auto, head in _CLASSES[family].items()}
    autos |= {"AutoConfig": f"configuration_{family}.{title}Config", "AutoModel": f"modeling_{family}.{title}Model"}
    (folder / "config.json").write_text(json.dumps({"model_type": family, "auto_map": autos, **said}))
    return folder


def sines(name: str, shape: Any) -> torch.Tensor:
    count = torch.arange(torch.Size(shape).numel(), dtype=torch.float64)
    return (torch.sin(count * 0.73 + crc32(name.encode()) % 1000) * 0.4).float().view(tuple(shape))


def filled(model: nn.Module) -> Any:
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            parameter.copy_(sines(name, parameter.shape) + (1.0 if "norm" in name and name.endswith("weight") else 0.0))
    return model.eval()


def plain(value: Any) -> Any:
    if isinstance(value, torch.Tensor):
        return value.detach().double().tolist() if value.is_floating_point() else value.tolist()
    if isinstance(value, (list, tuple)):
        return [plain(one) for one in value]
    return value


IDS = torch.tensor([[0, 0, 5, 9, 3, 17, 8, 20], [7, 11, 4, 2, 30, 6, 13, 21]])
MASK = (IDS != 0).long()


def _shapes(values: Any) -> Any:
    return None if values is None else [list(value.shape) for value in values]


def forwards(model: Any) -> dict[str, Any]:
    """What a model answers to one batch, in several ways."""
    answers: dict[str, Any] = {}
    with torch.no_grad():
        answers["logits"] = plain(model(IDS).logits)
        answers["padded"] = plain(model(IDS, attention_mask=MASK).logits[1:])
        full = model(IDS, attention_mask=MASK, output_hidden_states=True, output_attentions=True)
        answers["hidden_states"] = [
            _shapes(full.hidden_states),
            plain(full.hidden_states[-1][1]),
            plain(full.hidden_states[1][1]),
        ]
        attentions = getattr(full, "attentions", None)
        answers["attentions"] = [_shapes(attentions), attentions and plain(attentions[0][1])]
        answers["again"] = [model(IDS).hidden_states is None, len(model(IDS, return_dict=False))]
        answers["routers"] = _shapes(getattr(full, "router_logits", None))
        several = model.base_model(IDS, output_hidden_states=[0, -1]).hidden_states
        answers["selected"] = [state is None for state in several] + [plain(several[-1].sum())]
    labels = torch.tensor([0, 2]) if model.config.num_labels == 3 else IDS.masked_fill(IDS == 0, -100)
    answers["loss"] = plain(model(IDS, attention_mask=MASK, labels=labels).loss)
    model.train()
    model.gradient_checkpointing_enable()
    model(IDS[1:], labels=labels[1:]).loss.backward()
    grads = [parameter.grad.double().pow(2).sum() for parameter in model.parameters() if parameter.grad is not None]
    answers["gradient"] = plain(torch.stack(grads).sum().sqrt())
    model.zero_grad()
    model.gradient_checkpointing_disable()
    model.eval()
    return answers


def generations(model: Any) -> dict[str, Any]:
    given = {"attention_mask": MASK, "do_sample": False, "pad_token_id": 0, "min_new_tokens": 6}
    return {
        "greedy": plain(model.generate(IDS, max_new_tokens=8, **given)),
        "uncached": plain(model.generate(IDS, max_new_tokens=8, use_cache=False, **given)),
        "beams": plain(model.generate(IDS, max_new_tokens=6, num_beams=2, **given)),
        "static": plain(
            model.generate(IDS, max_new_tokens=8, cache_implementation="static", disable_compile=True, **given)
        ),
        "length": len(model.generate(IDS[1:, :4], attention_mask=MASK[1:, :4], do_sample=False, pad_token_id=0)[0]),
    }


def answers(name: str, work: Path) -> dict[str, Any]:
    """All that is recorded of a model; `work` is an empty folder."""
    auto = getattr(transformers, MODELS[name][1])
    config = transformers.AutoConfig.from_pretrained(placed(name, work / "made"), trust_remote_code=True)
    found: dict[str, Any] = {"config": described(config)}
    model = filled(auto.from_config(config, trust_remote_code=True, attn_implementation="eager"))
    found["parameters"] = {key: list(value.shape) for key, value in model.named_parameters()}
    found["model"] = forwards(model)
    if model.can_generate():
        found["generate"] = generations(model)
    model.set_attn_implementation("sdpa")
    with torch.no_grad():
        found["sdpa"] = plain(model(IDS, attention_mask=MASK).logits[1:])
    saved = placed(name, work / "saved")
    model.save_pretrained(saved)
    found["saved"] = {
        name: list(tensor.shape) for name, tensor in sorted(load_file(saved / "model.safetensors").items())
    }
    again, told = auto.from_pretrained(saved, trust_remote_code=True, output_loading_info=True)
    with torch.no_grad():
        found["reloaded"] = plain(again.eval()(IDS, attention_mask=MASK).logits[1:])
    config_json = (saved / "config.json").read_text()
    with torch.no_grad():
        theirs = auto.from_pretrained(
            written(name, found["saved"], config_json, work / "written"), trust_remote_code=True
        )
        found["written"] = plain(theirs.eval()(IDS, attention_mask=MASK).logits[1:])
    found["config.json"] = config_json
    found["told"] = [sorted(told["missing_keys"]), sorted(told["unexpected_keys"])]
    return found


def described(config: Any) -> dict[str, Any]:
    names = """model_type hidden_size num_hidden_layers num_attention_heads rope_parameters rope_scaling layer_types num_labels
    id2label tie_word_embeddings pad_token_id head_dim is_encoder_decoder use_cache output_hidden_states""".split()
    said = {name: getattr(config, name) for name in names if hasattr(config, name)}
    part = getattr(config, "patch_config", None)
    if part is not None:
        said["part"] = [type(part).__name__, part.patch_size, part.channels, sorted(config.sub_configs)]
    return json.loads(json.dumps(said))


def written(name: str, shapes: dict[str, Any], config_json: str, folder: Path) -> Path:
    """A checkpoint as 5.23.0 writes it, of the names and shapes that were recorded there."""
    placed(name, folder)
    (folder / "config.json").write_text(config_json)
    tensors = {
        key: sines(key, shape) + (1.0 if "norm" in key and key.endswith("weight") else 0.0)
        for key, shape in shapes.items()
    }
    save_file(tensors, folder / "model.safetensors", {"format": "pt"})
    return folder
