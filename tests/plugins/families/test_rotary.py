"""Remote code in the manner of Nemotron-Flash: its rotary table, by a formula of its own, on every rank of FSDP2."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest
from packaging.version import Version

RUNTIME = Version(version("transformers"))

CONFIGURATION = """
from transformers import PretrainedConfig


class FlashConfig(PretrainedConfig):
    model_type = "flash_in_miniature"

    def __init__(self, vocab_size=32, hidden_size=16, num_hidden_layers=2, num_attention_heads=2, rope_theta=10000.0,
                 rope_type="ntk", max_position_embeddings=64, orig_max_position_embeddings=8, **kwargs):
        self.vocab_size = vocab_size
        self.hidden_size = hidden_size
        self.num_hidden_layers = num_hidden_layers
        self.num_attention_heads = num_attention_heads
        self.rope_theta = rope_theta
        self.rope_type = rope_type
        self.max_position_embeddings = max_position_embeddings
        self.orig_max_position_embeddings = orig_max_position_embeddings
        super().__init__(**kwargs)
"""

# The table is computed in __init__, is not saved, and follows none of transformers' own formulas: the base is stretched.
MODELING = """
import torch
from torch import nn
from transformers import PreTrainedModel
from transformers.modeling_outputs import CausalLMOutput

from .configuration_flash import FlashConfig


class LlamaRotaryEmbedding(nn.Module):
    def __init__(self, config, dim, base=10000.0, device=None):
        super().__init__()
        self.config, self.dim, self.rope_type, self.factor = config, dim, config.rope_type, 2
        if config.rope_type == "ntk":
            stretch = self.factor * config.max_position_embeddings / config.orig_max_position_embeddings
            base = base * (stretch - (self.factor - 1)) ** (dim / (dim - 2))
        inv_freq = 1.0 / base ** (torch.arange(0, dim, 2, dtype=torch.int64).float().to(device) / dim)
        self.register_buffer("inv_freq", inv_freq, persistent=False)
        self.original_inv_freq = self.inv_freq

    @torch.no_grad()
    def forward(self, x, position_ids):
        angles = position_ids[:, :, None].float() * self.inv_freq[None, None].float()
        angles = torch.cat((angles, angles), dim=-1)
        return angles.cos().to(x.dtype), angles.sin().to(x.dtype)


def rotated(states, cos, sin):
    one, other = states.chunk(2, dim=-1)
    return states * cos[:, None] + torch.cat((-other, one), dim=-1) * sin[:, None]


class FlashLayer(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.heads, self.size = config.num_attention_heads, config.hidden_size // config.num_attention_heads
        for name in ("q_proj", "k_proj", "v_proj", "o_proj"):
            setattr(self, name, nn.Linear(config.hidden_size, config.hidden_size, bias=False))
        self.rotary_emb = LlamaRotaryEmbedding(config, self.size, config.rope_theta)

    def forward(self, hidden):
        parts = [part(hidden).unflatten(-1, (self.heads, self.size)).transpose(1, 2) for part in (self.q_proj, self.k_proj, self.v_proj)]
        cos, sin = self.rotary_emb(hidden, torch.arange(hidden.shape[1])[None])
        query, key = rotated(parts[0], cos, sin), rotated(parts[1], cos, sin)
        states = nn.functional.scaled_dot_product_attention(query, key, parts[2], is_causal=True)
        return hidden + self.o_proj(states.transpose(1, 2).flatten(2))


class FlashForCausalLM(PreTrainedModel):
    config_class = FlashConfig
    base_model_prefix = "model"
    _tied_weights_keys = ["lm_head.weight"]

    def __init__(self, config):
        super().__init__(config)
        self.embed_tokens = nn.Embedding(config.vocab_size, config.hidden_size)
        self.layers = nn.ModuleList([FlashLayer(config) for _ in range(config.num_hidden_layers)])
        self.lm_head = nn.Linear(config.hidden_size, config.vocab_size, bias=False)
        self.post_init()

    def _init_weights(self, module):
        if isinstance(module, (nn.Linear, nn.Embedding)):
            module.weight.data.normal_(mean=0.0, std=0.02)

    def get_input_embeddings(self):
        return self.embed_tokens

    def get_output_embeddings(self):
        return self.lm_head

    def forward(self, input_ids=None, **kwargs):
        hidden = self.embed_tokens(input_ids)
        for layer in self.layers:
            hidden = layer(hidden)
        return CausalLMOutput(logits=self.lm_head(hidden) / self.lm_head.weight.norm(p=2, dim=1))
"""

# `loading`: "whole", every rank reads the checkpoint, or "rank 0", which reads it for the others as accelerate has it.
SCRIPT = """
import json, os, sys
import torch
import torch.distributed as dist
from torch.distributed.checkpoint.state_dict import StateDictOptions, set_model_state_dict
from torch.distributed.fsdp import fully_shard

def rank(rank, folder, asked, loading):
    os.environ |= {"RANK": str(rank), "LOCAL_RANK": str(rank), "WORLD_SIZE": "2"}
    if loading == "rank 0":
        os.environ |= {"ACCELERATE_USE_FSDP": "true", "FSDP_CPU_RAM_EFFICIENT_LOADING": "true"}
    dist.init_process_group("gloo", init_method=f"file://{folder}/{asked}.{loading}", rank=rank, world_size=2)
    if asked == "asked":
        import hfcompat
        hfcompat.apply()
    from transformers import AutoModelForCausalLM
    for _ in range(20):  # what was in the memory before
        torch.full((4,), 1e30)
    try:
        model = AutoModelForCausalLM.from_pretrained(folder, trust_remote_code=True).eval()
        table = [layer.rotary_emb.inv_freq.tolist() for layer in model.layers]
        weights = model.state_dict() if rank == 0 else {}
        for layer in model.layers:
            fully_shard(layer)
        fully_shard(model)
        if loading == "rank 0":
            options = StateDictOptions(full_state_dict=True, broadcast_from_rank0=True)
            set_model_state_dict(model, weights, options=options)
        with torch.no_grad():
            found = [table, model(torch.arange(1, 25)[None]).logits.flatten().tolist()]
    except Exception as error:
        found = f"{type(error).__name__}: {error}"
    with open(f"{folder}/{asked}.{loading}.{rank}.json", "w") as file:
        json.dump(found, file)
    dist.destroy_process_group() if isinstance(found, list) else os._exit(0)

if __name__ == "__main__":
    folder, asked, loading = sys.argv[1:]
    torch.multiprocessing.spawn(rank, (folder, asked, loading), 2)
"""

REFERENCE = """
import importlib, json, sys
import torch
from safetensors.torch import save_file

sys.path.insert(0, sys.argv[1])
code = importlib.import_module("flash.modeling_flash")
code.FlashForCausalLM._tied_weights_keys = None
config = code.FlashConfig(tie_word_embeddings=True)
model = code.FlashForCausalLM(config).eval()
weights = {}
with torch.no_grad():
    for name, parameter in model.named_parameters():
        name = name.replace("lm_head", "embed_tokens")
        steps = torch.arange(parameter.numel(), dtype=torch.float64)
        weights[name] = torch.sin(sum(map(ord, name)) % 97 + 0.7 * steps).reshape(parameter.shape).float()
        parameter.copy_(weights[name])
    model.lm_head.weight.copy_(weights["embed_tokens.weight"])
    logits = model(torch.arange(1, 25)[None]).logits
table = [layer.rotary_emb.inv_freq.tolist() for layer in model.layers]
save_file(weights, sys.argv[1] + "/flash/model.safetensors", {"format": "pt"})
text = config.to_dict() | {
    "architectures": ["FlashForCausalLM"], "auto_map": {
        "AutoConfig": "configuration_flash.FlashConfig", "AutoModelForCausalLM": "modeling_flash.FlashForCausalLM"
    }
}
with open(sys.argv[1] + "/flash/config.json", "w") as file:
    json.dump(text, file, default=str)
print(json.dumps([table, logits.flatten().tolist()]))
"""


def played(script: str, *arguments: object, home: Path) -> str:
    command = [sys.executable, "-W", "ignore", str(script), *map(str, arguments)]
    environment = {**os.environ, "HF_HOME": str(home), "HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=400)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory):
    """The folder, and what the class answers by itself."""
    root = tmp_path_factory.mktemp("remote")
    (root / "flash").mkdir()
    (root / "flash" / "configuration_flash.py").write_text(CONFIGURATION)
    (root / "flash" / "modeling_flash.py").write_text(MODELING)
    (root / "flash" / "__init__.py").write_text("")
    for name, text in {"sharded": SCRIPT, "reference": REFERENCE}.items():
        (root / f"{name}.py").write_text(text)
    printed = played(root / "reference.py", root, home=root / "home")
    shutil.copytree(root / "flash", root / "tied_as_in_5")  # so that stock 5.x gets as far as the table
    ties = MODELING.replace('["lm_head.weight"]', '{"lm_head.weight": "embed_tokens.weight"}')
    (root / "tied_as_in_5" / "modeling_flash.py").write_text(ties)
    return root, json.loads(printed.splitlines()[-1])


def answers(folder: Path, asked: str, loading: str) -> list:
    played(folder.parent / "sharded.py", folder, asked, loading, home=folder.parent / "home")
    return [json.loads((folder / f"{asked}.{loading}.{rank}.json").read_text()) for rank in (0, 1)]


AGAIN = pytest.mark.skipif(
    Version("5.0.0") <= RUNTIME < Version("5.1.0"),
    reason=f"{RUNTIME} initialises what rank 0 has read once more, where _init_weights writes to .data",
)


@pytest.mark.parametrize("loading", ["whole", pytest.param("rank 0", marks=AGAIN)])
def test_every_rank_has_the_table_of_the_class(checkpoint, loading):
    root, (table, logits) = checkpoint
    for found in answers(root / "flash", "asked", loading):
        assert not isinstance(found, str), found
        assert found[0] == table
        assert found[1] == pytest.approx(logits, abs=1e-5)


def test_without_hfcompat_5_loses_it(checkpoint):
    root, (table, _) = checkpoint
    lost = [isinstance(found, str) or found[0] != table for found in answers(root / "tied_as_in_5", "stock", "rank 0")]
    assert any(lost) is (RUNTIME.major >= 5), "4.x builds buffers where they are"
