"""Forty built-in families at work: forward, loss, gradients, generate, save and reload, each outcome a digest of its bits.

    python families.py [hfcompat]

The last line of stdout is a JSON object, `{family: {what: digest}}`. A family that this runtime lacks, or that it cannot run,
answers with the error's text, which has to be the same too.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
import tempfile
import warnings
import zlib
from collections.abc import Iterator
from typing import Any

TOKENS = {"vocab_size": 96, "pad_token_id": 0, "bos_token_id": 1, "eos_token_id": 2}
SHAPE = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4, "max_position_embeddings": 64}
DECODER = {**TOKENS, **SHAPE, "intermediate_size": 48, "num_key_value_heads": 2, "head_dim": 8}
EXPERTS = {"num_local_experts": 4, "num_experts": 4, "num_experts_per_tok": 2, "moe_intermediate_size": 16}
ENCODER = {**TOKENS, **SHAPE, "intermediate_size": 48, "type_vocab_size": 2}
GPT = {**TOKENS, "n_embd": 32, "n_layer": 2, "n_head": 4, "n_positions": 64, "rotary_dim": 4, "n_ctx": 64}
BART = {
    **TOKENS,
    "d_model": 32,
    "encoder_layers": 2,
    "decoder_layers": 2,
    "encoder_attention_heads": 4,
    "decoder_attention_heads": 4,
    "encoder_ffn_dim": 48,
    "decoder_ffn_dim": 48,
    "max_position_embeddings": 64,
    "decoder_start_token_id": 1,
    "forced_eos_token_id": 2,
}
T5 = {**TOKENS, "d_model": 32, "d_kv": 8, "d_ff": 48, "num_layers": 2, "num_heads": 4, "decoder_start_token_id": 0}
VISION = {**SHAPE, "intermediate_size": 48, "image_size": 16, "patch_size": 8, "num_channels": 3}
PIXELS = "AutoModelForImageClassification"
CAUSAL, MASKED, SEQ2SEQ = "AutoModelForCausalLM", "AutoModelForMaskedLM", "AutoModelForSeq2SeqLM"

FAMILIES: dict[str, tuple[str, dict[str, Any]]] = {
    "llama": (CAUSAL, DECODER),
    "mistral": (CAUSAL, {**DECODER, "sliding_window": 4}),
    "mixtral": (CAUSAL, {**DECODER, **EXPERTS}),
    "qwen2": (CAUSAL, DECODER),
    "qwen2_moe": (CAUSAL, {**DECODER, **EXPERTS, "shared_expert_intermediate_size": 16}),
    "qwen3": (CAUSAL, DECODER),
    "qwen3_moe": (CAUSAL, {**DECODER, **EXPERTS}),
    "gemma": (CAUSAL, DECODER),
    "gemma2": (CAUSAL, {**DECODER, "sliding_window": 4}),
    "gemma3_text": (CAUSAL, {**DECODER, "sliding_window": 4}),
    "phi": (CAUSAL, DECODER),
    "phi3": (CAUSAL, DECODER),
    "olmo": (CAUSAL, DECODER),
    "olmo2": (CAUSAL, DECODER),
    "granite": (CAUSAL, DECODER),
    "cohere": (CAUSAL, DECODER),
    "stablelm": (CAUSAL, DECODER),
    "starcoder2": (CAUSAL, DECODER),
    "glm": (CAUSAL, DECODER),
    "smollm3": (CAUSAL, DECODER),
    "gpt_neox": (CAUSAL, DECODER),
    "mamba": (CAUSAL, {**TOKENS, "hidden_size": 32, "num_hidden_layers": 2, "state_size": 4}),
    "gpt2": (CAUSAL, GPT),
    "gptj": (CAUSAL, GPT),
    "codegen": (CAUSAL, GPT),
    "gpt_neo": (CAUSAL, {**DECODER, "num_layers": 2, "num_heads": 4, "attention_types": [[["global", "local"], 1]]}),
    "opt": (CAUSAL, {**DECODER, "ffn_dim": 48, "word_embed_proj_dim": 32}),
    "bloom": (CAUSAL, {**TOKENS, "hidden_size": 32, "n_layer": 2, "n_head": 4}),
    "falcon": (CAUSAL, {**TOKENS, **SHAPE, "alibi": False}),
    "mpt": (CAUSAL, {**TOKENS, "d_model": 32, "n_layers": 2, "n_heads": 4, "max_seq_len": 64}),
    "bert": (MASKED, ENCODER),
    "roberta": (MASKED, ENCODER),
    "distilbert": (MASKED, {**TOKENS, "dim": 32, "n_layers": 2, "n_heads": 4, "hidden_dim": 48}),
    "albert": (MASKED, {**ENCODER, "embedding_size": 16}),
    "electra": (MASKED, {**ENCODER, "embedding_size": 16}),
    "deberta-v2": (MASKED, {**ENCODER, "relative_attention": True, "pos_att_type": ["c2p", "p2c"]}),
    "mpnet": (MASKED, ENCODER),
    "modernbert": (MASKED, {**ENCODER, "cls_token_id": 1, "sep_token_id": 2, "local_attention": 4}),
    "t5": (SEQ2SEQ, T5),
    "mt5": (SEQ2SEQ, T5),
    "bart": (SEQ2SEQ, BART),
    "mbart": (SEQ2SEQ, BART),
    "blenderbot": (SEQ2SEQ, BART),
    "vit": (PIXELS, VISION),
    "convnext": (
        PIXELS,
        {"hidden_sizes": [8, 16], "depths": [1, 1], "num_stages": 2, "image_size": 16, "patch_size": 4},
    ),
    "swin": (
        PIXELS,
        {"image_size": 16, "patch_size": 2, "embed_dim": 8, "depths": [1, 1], "num_heads": [2, 2], "window_size": 4},
    ),
}


def digest(*things: Any) -> str:
    """Of tensors, of bytes, of what is shown as text, and of pairs of these."""
    import torch

    sum_ = hashlib.sha256()
    for thing in things:
        for part in thing if isinstance(thing, tuple) else (thing,):
            if isinstance(part, torch.Tensor):
                sum_.update(str((part.dtype, tuple(part.shape))).encode())
                part = part.detach().contiguous().reshape(-1).view(torch.uint8).numpy().tobytes()
            sum_.update(part if isinstance(part, bytes) else str(part).encode())
    return sum_.hexdigest()[:16]


def filled(model: Any) -> Any:
    """Weights that depend on nothing but the names and shapes of the parameters."""
    import torch

    with torch.no_grad():
        for name, parameter in model.named_parameters():
            generator = torch.Generator().manual_seed(zlib.crc32(name.encode()))
            parameter.copy_(0.1 * torch.randn(parameter.shape, generator=generator) + (parameter.dim() == 1))
    return model.eval()


def outcomes(family: str, auto: str, shape: dict[str, Any], folder: str) -> Iterator[tuple[str, str]]:
    import torch
    import transformers

    factory = getattr(transformers, auto)
    config = transformers.AutoConfig.for_model(family, **shape)
    yield "config", digest(config)
    torch.manual_seed(0)
    model = factory.from_config(config)
    yield "initialised", digest(*model.state_dict().values())
    filled(model)
    if auto == PIXELS:
        inputs = {"pixel_values": torch.linspace(-1, 1, 2 * 3 * 16 * 16).reshape(2, 3, 16, 16)}
        labels = torch.tensor([0, 1])
    else:
        ids = torch.tensor([[5, 6, 7, 8, 9, 10], [11, 12, 13, 14, 15, 16]])
        inputs = {"input_ids": ids, "attention_mask": torch.ones_like(ids)}
        labels = ids
    output = model(**inputs, labels=labels)
    yield "forward", digest(output.loss, output.logits)
    output.loss.backward()
    yield "gradients", digest(*(p.grad for p in model.parameters() if p.grad is not None))
    model.zero_grad()
    if auto in (CAUSAL, SEQ2SEQ):
        for name, options in {"greedy": {}, "sample": {"do_sample": True}, "beams": {"num_beams": 2}}.items():
            torch.manual_seed(0)
            yield name, digest(model.generate(**inputs, max_new_tokens=4, **options))
    model.save_pretrained(folder)
    with open(f"{folder}/config.json") as file:
        yield "saved config", digest(file.read())
    loaded, notes = factory.from_pretrained(folder, output_loading_info=True)
    yield "loading info", str({key: sorted(map(str, value)) for key, value in sorted(notes.items())})
    with torch.no_grad():
        yield "reloaded", digest(loaded(**inputs, labels=labels).logits)
    yield "buffers", digest(*dict(loaded.named_buffers()).values())


def main() -> None:
    warnings.filterwarnings("ignore")
    os.environ.update(HF_HUB_OFFLINE="1", TRANSFORMERS_VERBOSITY="error", CUDA_VISIBLE_DEVICES="")
    if sys.argv[1:] == ["hfcompat"]:
        import hfcompat

        hfcompat.apply()
    import torch

    torch.set_num_threads(1)
    answers: dict[str, dict[str, str]] = {}
    for family, (auto, shape) in FAMILIES.items():
        answers[family] = {}
        with tempfile.TemporaryDirectory() as folder:
            try:
                answers[family].update(outcomes(family, auto, shape, folder))
            except Exception as error:
                answers[family]["error"] = f"{type(error).__name__}: {error}".replace(folder, "FOLDER")[:300]
    print(json.dumps(answers))


if __name__ == "__main__":
    main()
