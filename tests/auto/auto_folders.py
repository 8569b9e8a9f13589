"""Tiny models of each task on disk, and one tokenizer, made by the runtime of the test."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
import transformers
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

SMALL: dict[str, Any] = {
    "vocab_size": 96,
    "hidden_size": 32,
    "intermediate_size": 48,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "max_position_embeddings": 64,
    "bos_token_id": 1,
    "eos_token_id": 2,
    "pad_token_id": 0,
}
TEXTS = ["the quick brown fox", "jumps over the lazy dog", "and then some"]


def build(task: str) -> Any:
    """A model with random weights, the same for every runtime."""
    torch.manual_seed(0)
    return getattr(transformers, _CLASSES[task])(_config(task)).eval()


def folder(task: str, path: Path) -> Path:
    """Save it, with the tokenizer."""
    build(task).save_pretrained(path)
    tokenizer(path)
    return path


def tokenizer(path: Path) -> None:
    made = Tokenizer(models.BPE(unk_token="<unk>"))
    made.pre_tokenizer = pre_tokenizers.Metaspace()
    made.decoder = decoders.Metaspace()
    trainer = trainers.BpeTrainer(vocab_size=96, special_tokens=["<pad>", "<s>", "</s>", "<unk>"], show_progress=False)
    made.train_from_iterator(TEXTS, trainer)
    transformers.PreTrainedTokenizerFast(
        tokenizer_object=made, pad_token="<pad>", bos_token="<s>", eos_token="</s>", unk_token="<unk>"
    ).save_pretrained(path)


_CLASSES = {
    "causal": "LlamaForCausalLM",
    "image": "LlavaForConditionalGeneration",
    "audio": "Qwen2AudioForConditionalGeneration",
    "seq2seq": "T5ForConditionalGeneration",
    "sequence": "BertForSequenceClassification",
    "token": "BertForTokenClassification",
    "waveform": "VitsModel",
}


def _config(task: str) -> Any:
    if task == "causal":
        return transformers.LlamaConfig(**SMALL)
    if task in ("sequence", "token"):
        return transformers.BertConfig(**{k: v for k, v in SMALL.items() if "key_value" not in k}, num_labels=3)
    if task == "seq2seq":
        return transformers.T5Config(
            vocab_size=96, d_model=32, d_kv=8, d_ff=48, num_layers=2, num_heads=4, decoder_start_token_id=0
        )
    if task == "waveform":
        return transformers.VitsConfig(
            vocab_size=96, hidden_size=16, num_hidden_layers=1, num_attention_heads=2, ffn_dim=16, flow_size=16,
            spectrogram_bins=9, prior_encoder_num_flows=1, posterior_encoder_num_wavenet_layers=1,
            prior_encoder_num_wavenet_layers=1, duration_predictor_num_flows=1, duration_predictor_filter_channels=16,
            depth_separable_num_layers=1, upsample_initial_channel=16, upsample_rates=[4, 4], upsample_kernel_sizes=[8, 8],
            resblock_kernel_sizes=[3], resblock_dilation_sizes=[[1]], noise_scale=0.0, noise_scale_duration=0.0,
        )  # fmt: skip
    if task == "image":
        vision = transformers.CLIPVisionConfig(
            hidden_size=16, intermediate_size=16, num_hidden_layers=2, num_attention_heads=2, image_size=8, patch_size=4
        )
        return transformers.LlavaConfig(
            vision_config=vision, text_config=transformers.LlamaConfig(**SMALL), image_token_index=90
        )
    audio = transformers.Qwen2AudioEncoderConfig(
        num_mel_bins=8,
        encoder_layers=1,
        encoder_attention_heads=2,
        encoder_ffn_dim=16,
        d_model=16,
        max_source_positions=16,
    )
    return transformers.Qwen2AudioConfig(
        audio_config=audio, text_config=transformers.Qwen2Config(**SMALL), audio_token_index=90
    )
