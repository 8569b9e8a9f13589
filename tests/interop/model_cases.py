"""Models of the matrix: tiny, with weights of noise, and with values that no class has by default, so that a reader that
misses one of them answers otherwise.

The tables are data: neither torch nor transformers is imported. `models.py` builds them in the words of its version.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from packaging.version import Version

THETA, LOCAL, TOWER = 54321.0, 777.0, 99.0
IMAGE = 127  # the token that images take the place of


@dataclass(frozen=True)
class Config:
    """A configuration class and its arguments; `flat_before` names the version that had no text_config in it."""

    name: str
    keys: Mapping[str, Any]
    flat_before: str = ""


@dataclass(frozen=True)
class Rope:
    """A rope of all layers, said by `rope_parameters` from 5.0 on; `words` are the keys of 4.x for theta and rotated part."""

    theta: float = THETA
    scaling: Mapping[str, Any] = field(default_factory=dict)
    part: float | None = None
    old: Mapping[str, Any] | None = None  # `rope_scaling` of 4.x, where it is not `scaling`
    words: tuple[str, str] = ("rope_theta", "partial_rotary_factor")

    def keys(self, version: Version) -> dict[str, Any]:
        """The arguments of a configuration."""
        if version.major >= 5:
            part = {} if self.part is None else {"partial_rotary_factor": self.part}
            return {"rope_parameters": {"rope_type": "default", "rope_theta": self.theta, **self.scaling, **part}}
        scaling = self.scaling if self.old is None else self.old
        said = {self.words[0]: self.theta, **({"rope_scaling": dict(scaling)} if scaling else {})}
        return said if self.part is None else {**said, self.words[1]: self.part}


@dataclass(frozen=True)
class Layered:
    """A rope by type of layer; `words` are the keys of 4.x for the thetas of full and of sliding attention."""

    words: tuple[str, str]
    scaling: Mapping[str, Any] = field(default_factory=dict)
    local: float = LOCAL
    between: tuple[str, str] = ("5.0", "5.0")  # versions that have a plain rope for all layers instead

    def keys(self, version: Version) -> dict[str, Any]:
        """The arguments of a configuration."""
        if Version(self.between[0]) <= version < Version(self.between[1]):
            return ROPE.keys(version)
        if version.major >= 5:
            full = {"rope_type": "default", "rope_theta": THETA, **self.scaling}
            return {"rope_parameters": {"full_attention": full, "sliding_attention": {"rope_type": "default", "rope_theta": self.local}}}  # fmt: skip
        return {self.words[1]: self.local, self.words[0]: THETA, **({"rope_scaling": dict(self.scaling)} if self.scaling else {})}  # fmt: skip


@dataclass(frozen=True)
class Either:
    """Arguments of versions since one, and those of earlier ones for the same thing."""

    new: Mapping[str, Any]
    old: Mapping[str, Any]
    since: str = "5.0"

    def keys(self, version: Version) -> dict[str, Any]:
        """The arguments of a configuration."""
        return dict(self.new if version >= Version(self.since) else self.old)


@dataclass(frozen=True)
class Case:
    """A model, what it is given, and what is compared.

    Attributes:
        model: class of transformers.
        config: of the model.
        inputs: of its forward; those in `optional` where the forward has them. A video is tracked, frame by frame.
        outputs: attributes of what it answers.
        dtype: it is stored in; what it answers is compared in float32.
        shards: max_shard_size.
        near: weights are the class's own and a little noise, where noise alone gives no finite answer.
    """

    model: str
    config: Config
    inputs: Mapping[str, np.ndarray]
    outputs: tuple[str, ...] = ("logits",)
    optional: Mapping[str, np.ndarray] = field(default_factory=dict)
    dtype: str = "float32"
    shards: str = ""
    near: bool = False


def ids(batch: int = 2, length: int = 24, *, low: int = 5, high: int = 120, seed: int = 0, images: range = range(0)) -> np.ndarray:  # fmt: skip
    """Tokens, (batch, length) int64; those at `images` are the token of an image."""
    found = np.random.RandomState(seed).randint(low, high, (batch, length)).astype(np.int64)
    found[:, list(images)] = IMAGE
    return found


def noise(*shape: int) -> np.ndarray:
    """Pixels or samples, float32."""
    return np.random.RandomState(1).randn(*shape).astype(np.float32)


IDS = {"input_ids": ids()}
SEEN = {**IDS, "attention_mask": np.ones((2, 24), np.int64)}
TO_AND_FRO = {**IDS, "decoder_input_ids": ids(length=8, seed=3)}
PIXELS = {"pixel_values": noise(2, 3, 32, 32)}
ONE_IMAGE = noise(1, 3, 32, 32)

SIZES = dict(
    vocab_size=128, hidden_size=64, intermediate_size=96, num_hidden_layers=2, num_attention_heads=4,
    num_key_value_heads=2, max_position_embeddings=64, bos_token_id=1, eos_token_id=2, pad_token_id=0,
)  # fmt: skip
BERT = dict(
    vocab_size=128, hidden_size=32, intermediate_size=64, num_hidden_layers=2, num_attention_heads=4,
    max_position_embeddings=64, pad_token_id=0, bos_token_id=1, eos_token_id=2,
)  # fmt: skip
VIT = dict(
    hidden_size=32, intermediate_size=64, num_hidden_layers=2, num_attention_heads=4, image_size=32, patch_size=8
)
SMALL_TEXT = dict(vocab_size=128, hidden_size=32, intermediate_size=64, num_hidden_layers=2, num_attention_heads=4, max_position_embeddings=32)  # fmt: skip


def sizes(**keys: Any) -> dict[str, Any]:
    """Those of a small language model, but for some; None takes a key away."""
    return {key: value for key, value in {**SIZES, **keys}.items() if value is not None or key not in SIZES}


def text(name: str, **keys: Any) -> Config:
    """The configuration of a small language model."""
    return Config(f"{name}Config", sizes(**keys))


def config(name: str, **keys: Any) -> Config:
    """Any other one."""
    return Config(f"{name}Config", keys)


def lm(name: str, inputs: Mapping[str, np.ndarray] = IDS, head: str = "ForCausalLM", **keys: Any) -> Case:
    """A language model of two layers of 64."""
    return Case(f"{name}{head}", text(name, **keys), inputs)


def encoder(name: str, head: str, **keys: Any) -> Case:
    """An encoder of two layers of 32."""
    return Case(f"{name}{head}", config(name, **{**BERT, **keys}), SEEN)


LLAMA3 = dict(
    rope_type="llama3", factor=8.0, low_freq_factor=1.0, high_freq_factor=4.0, original_max_position_embeddings=16
)
YARN = dict(rope_type="yarn", factor=4.0, original_max_position_embeddings=16, beta_fast=32.0, beta_slow=1.0)
LINEAR = dict(rope_type="linear", factor=2.0)
DYNAMIC = dict(rope_type="dynamic", factor=2.0)
ROPE = Rope()
HALF = Rope(part=0.5)
GEMMA3 = Layered(("rope_theta", "rope_local_base_freq"), dict(rope_type="linear", factor=8.0))
MODERN = Layered(("global_rope_theta", "local_rope_theta"))
# 5.0 to 5.12 have one rope for all layers.
OLMO3 = Layered(("rope_theta", "rope_theta"), YARN, local=THETA, between=("5.0", "5.13"))
SOME_SLIDE = ["sliding_attention", "full_attention"]
FOUR_EXPERTS = dict(num_local_experts=4, num_experts_per_tok=2)
EXPERTS = dict(num_experts=4, num_experts_per_tok=2, moe_intermediate_size=32)
LATENT = dict(
    moe_intermediate_size=32, n_routed_experts=8, n_group=2, topk_group=1, num_experts_per_tok=2, kv_lora_rank=16,
    q_lora_rank=24, qk_rope_head_dim=8, qk_nope_head_dim=16, v_head_dim=16, first_k_dense_replace=1,
    num_key_value_heads=4, num_hidden_layers=3,
)  # fmt: skip
MAMBA2 = dict(
    vocab_size=128, hidden_size=32, num_heads=4, head_dim=16, state_size=8, n_groups=1, num_hidden_layers=2, chunk_size=8,
    expand=2, bos_token_id=1, eos_token_id=2, pad_token_id=0,
)  # fmt: skip
T5 = dict(vocab_size=128, d_model=32, d_kv=8, d_ff=64, num_layers=2, num_heads=4, decoder_start_token_id=0)
BART = dict(
    d_model=32, encoder_layers=2, decoder_layers=2, encoder_attention_heads=4, decoder_attention_heads=4,
    encoder_ffn_dim=64, decoder_ffn_dim=64,
)  # fmt: skip


def long(parts: int) -> Rope:
    """Phi3's long rope, with a factor for each pair of rotated dimensions."""
    short, far = [1 + 0.1 * at for at in range(parts)], [2 + 0.3 * at for at in range(parts)]
    old = dict(type="longrope", short_factor=short, long_factor=far)
    new = dict(old, rope_type="longrope", original_max_position_embeddings=16)
    return Rope(scaling=new, part=None if parts == 8 else parts / 8, old=old)


def phi3(parts: int) -> Case:
    return lm("Phi3", {"input_ids": ids(length=40)}, original_max_position_embeddings=16, sliding_window=None, rope=long(parts))  # fmt: skip


CLIP_TOWER = Config("CLIPVisionConfig", VIT)
SIGLIP_TOWER = Config("SiglipVisionConfig", {**VIT, "vision_use_head": False})
PIXTRAL_TOWER = Config("PixtralVisionConfig", {**VIT, "head_dim": 8, "rope": Rope(TOWER)})


def seeing(
    name: str,
    language: Config | dict[str, Any],
    tower: Config | dict[str, Any],
    inputs: Mapping[str, np.ndarray],
    optional: Mapping[str, np.ndarray] | None = None,
    flat_before: str = "",
    **keys: Any,
) -> Case:
    """A language model with a vision tower."""
    made = Config(f"{name}Config", {"text_config": language, "vision_config": tower, **keys}, flat_before)
    return Case(f"{name}ForConditionalGeneration", made, inputs, optional=optional or {})


LLAVA = dict(image_token_index=IMAGE, vision_feature_layer=-1)
READ_ALOUD = {"input_ids": ids(1)}  # no image
SIXTEEN = {"input_ids": ids(1, images=range(2, 18)), "pixel_values": ONE_IMAGE}
AXES = dict(mrope_section=[2, 3, 3])
THREE_AXES = Rope(scaling=AXES, old={"type": "mrope", **AXES})
INTERLEAVED = Rope(scaling={"rope_type": "default", **AXES, "mrope_interleaved": True})
QWEN = dict(image_token_id=IMAGE, video_token_id=126, vision_start_token_id=125, vision_end_token_id=124)
GRID = dict(patch_size=4, spatial_merge_size=2, temporal_patch_size=2, in_channels=3, num_heads=4)
QWEN_TOWERS = {
    "Qwen2VL": dict(GRID, depth=2, embed_dim=32, hidden_size=64, mlp_ratio=2, in_chans=3),
    "Qwen2_5_VL": dict(GRID, depth=2, hidden_size=32, out_hidden_size=64, intermediate_size=48, in_chans=3, window_size=16, fullatt_block_indexes=[1]),
    "Qwen3VL": dict(GRID, depth=2, hidden_size=32, out_hidden_size=64, intermediate_size=48, num_position_embeddings=16, deepstack_visual_indexes=[0]),
}  # fmt: skip
_WITH_IMAGE = ids(1, images=range(4, 8))
_WITH_IMAGE[0, [3, 8]] = 125, 124
IMAGE_OF_PATCHES = {
    "input_ids": _WITH_IMAGE, "pixel_values": noise(16, 3 * 2 * 4 * 4), "image_grid_thw": np.array([[1, 4, 4]]),
    "attention_mask": np.ones((1, 24), np.int64),
}  # fmt: skip
KINDS_OF_TOKENS = {"mm_token_type_ids": (_WITH_IMAGE == IMAGE).astype(np.int32)}


def qwen(name: str, rope: Rope, inputs: Mapping[str, np.ndarray] = IMAGE_OF_PATCHES, *, tied: bool = False, **keys: Any) -> Case:  # fmt: skip
    ties = {"tie_word_embeddings": True} if tied else {}
    language = sizes(max_position_embeddings=128, rope=rope, **ties, **keys)
    return seeing(
        name, language, QWEN_TOWERS[name.removesuffix("Moe")], inputs, KINDS_OF_TOKENS if "pixel_values" in inputs else {},
        flat_before="4.52", **QWEN, **ties,
    )  # fmt: skip


TINY_T5 = dict(model_type="t5", vocab_size=128, d_model=32, d_kv=8, d_ff=64, num_layers=1, num_heads=4)
TINY_BERT = dict(SMALL_TEXT, model_type="bert", num_hidden_layers=1, max_position_embeddings=64)
RESNET = Config("ResNetConfig", dict(embedding_size=8, hidden_sizes=[8, 16], depths=[1, 1], out_features=["stage2"]))
DETR = dict(
    use_timm_backbone=False, use_pretrained_backbone=False, backbone=None, backbone_config=RESNET, d_model=32,
    encoder_layers=1, decoder_layers=1, encoder_attention_heads=4, decoder_attention_heads=4, encoder_ffn_dim=64,
    decoder_ffn_dim=64, num_queries=5, num_labels=3,
)  # fmt: skip

LABELS = dict(id2label={0: "neg", 1: "neu", 2: "pos"}, label2id={"neg": 0, "neu": 1, "pos": 2})

CASES: dict[str, Case] = {
    # ------------------------------------------------------------------------------------------------ language models
    "llama_default": lm("Llama", rope=ROPE),
    "llama_tied": lm("Llama", rope=ROPE, tie_word_embeddings=True),
    "llama_rope_llama3": lm("Llama", rope=Rope(scaling=LLAMA3)),
    "llama_rope_yarn": lm("Llama", rope=Rope(scaling=YARN)),
    "llama_rope_linear": lm("Llama", rope=Rope(scaling=LINEAR)),
    "llama_rope_dynamic": lm("Llama", {"input_ids": ids(length=80)}, rope=Rope(scaling=DYNAMIC)),
    "llama_seqcls": lm("Llama", head="ForSequenceClassification", rope=ROPE, num_labels=3, **LABELS),
    "llama_legacy_kwargs": lm("Llama", rope_theta=THETA, rope_scaling=LLAMA3),  # in the words of 4.x, on all versions
    "mistral": lm("Mistral", rope=ROPE, sliding_window=8),
    "mixtral": lm("Mixtral", rope=ROPE, **FOUR_EXPERTS),
    "mixtral_no_rope_kwargs": lm("Mixtral", num_local_experts=4),
    "qwen2": lm("Qwen2", rope=ROPE),
    "qwen2_yarn": lm("Qwen2", rope=Rope(scaling=YARN)),
    "qwen2_moe": lm("Qwen2Moe", rope=ROPE, shared_expert_intermediate_size=32, **EXPERTS),
    "qwen3": lm("Qwen3", rope=ROPE, head_dim=16),
    "qwen3_moe": lm("Qwen3Moe", rope=ROPE, head_dim=16, norm_topk_prob=True, **EXPERTS),
    "qwen3_next": lm(
        "Qwen3Next", rope=HALF, head_dim=16, num_hidden_layers=4, shared_expert_intermediate_size=32,
        linear_num_value_heads=4, linear_num_key_heads=2, linear_key_head_dim=16, linear_value_head_dim=16,
        layer_types=["linear_attention"] * 3 + ["full_attention"], **EXPERTS,
    ),
    "gemma": lm("Gemma", rope=ROPE, head_dim=16),
    "gemma2": lm("Gemma2", rope=ROPE, head_dim=16, sliding_window=8, query_pre_attn_scalar=16),
    "gemma2_eager": lm("Gemma2", rope=ROPE, head_dim=16, sliding_window=8, query_pre_attn_scalar=16, attn_implementation="eager"),
    "gemma3_text": Case(
        "Gemma3ForCausalLM",
        text("Gemma3Text", rope=GEMMA3, head_dim=16, sliding_window=8, query_pre_attn_scalar=16, num_hidden_layers=3,
             layer_types=["sliding_attention", *SOME_SLIDE]),
        IDS,
    ),
    "gemma3n_text": Case(
        "Gemma3nForCausalLM",
        text("Gemma3nText", rope=Layered(("rope_theta", "rope_local_base_freq")), head_dim=16, sliding_window=8,
             num_hidden_layers=4, layer_types=["sliding_attention"] * 3 + ["full_attention"], intermediate_size=[96] * 4,
             vocab_size_per_layer_input=128, hidden_size_per_layer_input=16, num_kv_shared_layers=0, altup_num_inputs=2,
             laurel_rank=8, activation_sparsity_pattern=[0.0] * 4),
        IDS,
    ),
    "phi3_longrope": phi3(8),
    "phi3_longrope_partial": phi3(4),
    "deepseek_v2": lm("DeepseekV2", rope=ROPE, topk_method="greedy", **LATENT),
    "deepseek_v3": lm("DeepseekV3", rope=Rope(scaling=dict(YARN, mscale=1.0, mscale_all_dim=1.0)), **LATENT),
    "gpt_oss": lm("GptOss", rope=Rope(scaling=dict(YARN, truncate=False)), head_dim=16, sliding_window=8, layer_types=SOME_SLIDE, **FOUR_EXPERTS),
    "olmo2": lm("Olmo2", rope=ROPE),
    "olmo3": lm("Olmo3", rope=OLMO3, sliding_window=8, layer_types=SOME_SLIDE),
    "olmoe": lm("Olmoe", rope=ROPE, num_experts=4, num_experts_per_tok=2),
    "glm": lm("Glm", rope=HALF, head_dim=16),
    "glm4": lm("Glm4", rope=HALF, head_dim=16),
    "glm4_moe": lm("Glm4Moe", rope=HALF, head_dim=16, moe_intermediate_size=32, n_routed_experts=4, num_experts_per_tok=2,
                   n_shared_experts=1, first_k_dense_replace=1, num_hidden_layers=3),
    "granite": lm("Granite", rope=ROPE, embedding_multiplier=2.0, logits_scaling=3.0),
    "granitemoe": lm("GraniteMoe", rope=ROPE, **FOUR_EXPERTS),
    "phi": lm("Phi", rope=HALF),
    "stablelm": lm("StableLm", rope=Rope(part=0.25)),
    "smollm3": lm("SmolLM3", rope=ROPE, no_rope_layer_interval=2),
    "cohere2": lm("Cohere2", rope=ROPE, sliding_window=8, sliding=Either({"layer_types": SOME_SLIDE}, {"sliding_window_pattern": 2}, "4.53")),
    "jamba": lm("Jamba", num_hidden_layers=4, attn_layer_period=2, attn_layer_offset=1, expert_layer_period=2,
                expert_layer_offset=1, num_experts=4, num_experts_per_tok=2, mamba_d_state=8, mamba_d_conv=4, mamba_expand=2,
                mamba_dt_rank=4, use_mamba_kernels=False),
    "lfm2": lm("Lfm2", rope=ROPE, layer_types=["conv", "full_attention"], block_multiple_of=8),
    "gpt_neox": lm("GPTNeoX", num_key_value_heads=None, rope=Rope(part=0.5, words=("rotary_emb_base", "rotary_pct"))),
    "gptj": Case("GPTJForCausalLM", config("GPTJ", vocab_size=128, n_positions=64, n_embd=64, n_layer=2, n_head=4, rotary_dim=8,
                                            bos_token_id=1, eos_token_id=2), IDS),
    "gpt2": Case("GPT2LMHeadModel", config("GPT2", vocab_size=128, n_positions=64, n_embd=32, n_layer=2, n_head=4, bos_token_id=1,
                                           eos_token_id=2), IDS),
    "opt": Case("OPTForCausalLM", config("OPT", vocab_size=128, hidden_size=32, ffn_dim=64, num_hidden_layers=2,
                                         num_attention_heads=4, max_position_embeddings=64, word_embed_proj_dim=32), IDS),
    "bloom": Case("BloomForCausalLM", config("Bloom", vocab_size=128, hidden_size=64, n_layer=2, n_head=4), IDS),
    "falcon": Case("FalconForCausalLM", config("Falcon", vocab_size=128, hidden_size=64, num_hidden_layers=2, num_attention_heads=4,
                                               new_decoder_architecture=True, num_kv_heads=2, bos_token_id=1, eos_token_id=2,
                                               alibi=False, rope=ROPE), IDS),
    "falcon_alibi": Case("FalconForCausalLM", config("Falcon", vocab_size=128, hidden_size=64, num_hidden_layers=2,
                                                     num_attention_heads=4, alibi=True, bos_token_id=1, eos_token_id=2,
                                                     new_decoder_architecture=False, multi_query=False, parallel_attn=False), IDS),
    "mamba": Case("MambaForCausalLM", config("Mamba", vocab_size=128, hidden_size=32, state_size=8, num_hidden_layers=2,
                                             time_step_rank=4, bos_token_id=1, eos_token_id=2, pad_token_id=0), IDS),
    "mamba2": Case("Mamba2ForCausalLM", config("Mamba2", **MAMBA2), IDS),
    "mamba2_tied": Case("Mamba2ForCausalLM", config("Mamba2", **MAMBA2, tie_word_embeddings=True), IDS),
    # ------------------------------------------------------------------------------- encoders; encoders with decoders
    "modernbert": Case("ModernBertForMaskedLM", text("ModernBert", num_key_value_heads=None, num_hidden_layers=3, cls_token_id=1,
                                                     sep_token_id=2, global_attn_every_n_layers=3, local_attention=8, rope=MODERN,
                                                     attn_implementation="sdpa"), SEEN),
    "bert_mlm": encoder("Bert", "ForMaskedLM"),
    "bert_seqcls": encoder("Bert", "ForSequenceClassification", problem_type="single_label_classification", **LABELS),
    "bert_decoder": encoder("Bert", "LMHeadModel", is_decoder=True),
    "roberta_mlm": encoder("Roberta", "ForMaskedLM", pad_token_id=1),
    "xlmr_tokcls": encoder("XLMRoberta", "ForTokenClassification", pad_token_id=1),
    "distilbert_seqcls": Case("DistilBertForSequenceClassification", config(
        "DistilBert", vocab_size=128, dim=32, hidden_dim=64, n_layers=2, n_heads=4, max_position_embeddings=64, num_labels=3), SEEN),
    "t5": Case("T5ForConditionalGeneration", config("T5", **T5), TO_AND_FRO),
    "t5_untied": Case("T5ForConditionalGeneration", config("T5", **T5, tie_word_embeddings=False, feed_forward_proj="gated-gelu"), TO_AND_FRO),
    "bart": Case("BartForConditionalGeneration", config("Bart", vocab_size=128, max_position_embeddings=64, forced_eos_token_id=2,
                                                        forced_bos_token_id=0, **BART), TO_AND_FRO),
    "encoder_decoder": Case("EncoderDecoderModel", config(
        "EncoderDecoder", encoder=TINY_BERT, decoder=dict(TINY_BERT, is_decoder=True, add_cross_attention=True),
        decoder_start_token_id=1, pad_token_id=0), TO_AND_FRO),
    # ------------------------------------------------------------------------------------------------ sounds
    "whisper": Case("WhisperForConditionalGeneration", config(
        "Whisper", vocab_size=128, num_mel_bins=16, max_source_positions=50, max_target_positions=32, bos_token_id=1,
        eos_token_id=2, pad_token_id=0, decoder_start_token_id=3, suppress_tokens=[5, 6], begin_suppress_tokens=[7, 8], **BART),
        {"input_features": noise(1, 16, 100), "decoder_input_ids": ids(1, 8, seed=3)}),
    "wav2vec2_ctc": Case("Wav2Vec2ForCTC", config(
        "Wav2Vec2", vocab_size=32, hidden_size=32, num_hidden_layers=2, num_attention_heads=4, intermediate_size=64,
        conv_dim=[16, 16], conv_kernel=[10, 3], conv_stride=[5, 2], num_feat_extract_layers=2, num_conv_pos_embeddings=16,
        num_conv_pos_embedding_groups=4), {"input_values": noise(1, 2000)}),
    "vits": Case("VitsModel", config(
        "Vits", vocab_size=64, hidden_size=16, num_hidden_layers=1, num_attention_heads=2, ffn_dim=32, flow_size=16,
        spectrogram_bins=9, upsample_initial_channel=32, upsample_rates=[4, 4], upsample_kernel_sizes=[8, 8],
        resblock_kernel_sizes=[3], resblock_dilation_sizes=[[1, 3]], wavenet_dilation_rate=1, prior_encoder_num_flows=2,
        duration_predictor_num_flows=2, depth_separable_num_layers=2, posterior_encoder_num_wavenet_layers=2,
        prior_encoder_num_wavenet_layers=2, use_stochastic_duration_prediction=False, noise_scale=0.0,
        noise_scale_duration=0.0), {"input_ids": ids(1, 10, low=1, high=60)}, ("waveform",), near=True),
    "musicgen": Case("MusicgenForConditionalGeneration", config(
        "Musicgen", text_encoder=TINY_T5,
        audio_encoder=dict(model_type="encodec", hidden_size=16, num_filters=4, num_residual_layers=1, upsampling_ratios=[4, 2],
                           codebook_size=32, codebook_dim=16, target_bandwidths=[3.0], num_lstm_layers=1, sampling_rate=8000),
        decoder=dict(model_type="musicgen_decoder", vocab_size=32, hidden_size=32, ffn_dim=64, num_hidden_layers=2,
                     num_attention_heads=4, num_codebooks=4, pad_token_id=32, bos_token_id=32, max_position_embeddings=64)),
        {"input_ids": ids(1, 8), "attention_mask": np.ones((1, 8), np.int64), "decoder_input_ids": ids(4, 6, low=0, high=31, seed=5)}),
    # ------------------------------------------------------------------------------------------------ pictures
    "clip": Case("CLIPModel", config("CLIP", text_config=dict(SMALL_TEXT, bos_token_id=1, eos_token_id=2), vision_config=VIT,
                                     projection_dim=16), {"input_ids": ids(2, 16), **PIXELS}, ("logits_per_image", "text_embeds")),
    "siglip": Case("SiglipModel", config("Siglip", text_config=SMALL_TEXT, vision_config=VIT), {"input_ids": ids(2, 16), **PIXELS},
                   ("logits_per_image", "text_embeds")),
    "clip_vision_only": Case("CLIPVisionModel", CLIP_TOWER, PIXELS, ("last_hidden_state", "pooler_output")),
    "siglip_vision_only": Case("SiglipVisionModel", Config("SiglipVisionConfig", VIT), PIXELS, ("last_hidden_state", "pooler_output")),
    "vit_cls": Case("ViTForImageClassification", config("ViT", **VIT, num_labels=3), PIXELS),
    "dinov2": Case("Dinov2ForImageClassification", config("Dinov2", hidden_size=32, num_hidden_layers=2, num_attention_heads=4,
                                                          image_size=32, patch_size=8, num_labels=3), PIXELS),
    "swin": Case("SwinForImageClassification", config("Swin", image_size=32, patch_size=4, embed_dim=16, depths=[1, 1],
                                                      num_heads=[2, 4], window_size=4, num_labels=3), PIXELS),
    "detr": Case("DetrForObjectDetection", config("Detr", **DETR), {"pixel_values": noise(1, 3, 64, 64)}),
    # ------------------------------------------------------------------------------------ language models that see
    "gemma3_mm": seeing(
        "Gemma3", text("Gemma3Text", rope=GEMMA3, head_dim=16, sliding_window=8, query_pre_attn_scalar=16, layer_types=SOME_SLIDE), Config("SiglipVisionConfig", {**SIGLIP_TOWER.keys, "num_hidden_layers": 1}),
        {"input_ids": ids(1, images=range(4, 8)), "pixel_values": ONE_IMAGE, "token_type_ids": (ids(1, images=range(4, 8)) == IMAGE).astype(np.int64)},
        mm_tokens_per_image=4, image_token_index=IMAGE, boi_token_index=125, eoi_token_index=126),
    "llava": seeing("Llava", text("Llama", rope=ROPE), CLIP_TOWER, SIXTEEN, **LLAVA),
    "llava_tiedtext": seeing("Llava", text("Llama", rope=ROPE, tie_word_embeddings=True), CLIP_TOWER, READ_ALOUD,
                             tie_word_embeddings=True, **LLAVA),
    "llava_pixtral": seeing("Llava", text("Mistral", rope=ROPE, head_dim=16, sliding_window=None), PIXTRAL_TOWER,
                            {**SIXTEEN, "image_sizes": np.array([[32, 32]])}, vision_feature_select_strategy="full", **LLAVA),
    "llava_next": seeing("LlavaNext", text("Mistral", rope=ROPE), CLIP_TOWER, READ_ALOUD, image_grid_pinpoints=[[32, 32], [32, 64]], **LLAVA),
    "paligemma": seeing(
        "PaliGemma", dict(sizes(rope=ROPE, head_dim=16), model_type="gemma"), dict(SIGLIP_TOWER.keys, model_type="siglip_vision_model"),
        {**SIXTEEN, "attention_mask": np.ones((1, 24), np.int64), "token_type_ids": np.zeros((1, 24), np.int64)},
        image_token_index=IMAGE, projection_dim=64, hidden_size=64),
    "mistral3": seeing("Mistral3", text("Mistral", rope=ROPE, head_dim=16, sliding_window=None), PIXTRAL_TOWER,
                       {"input_ids": ids(1, images=range(2, 6)), "pixel_values": ONE_IMAGE, "image_sizes": np.array([[32, 32]])},
                       spatial_merge_size=2, **LLAVA),
    "qwen2_vl": qwen("Qwen2VL", THREE_AXES),
    "qwen2_vl_tied": qwen("Qwen2VL", THREE_AXES, READ_ALOUD, tied=True),
    "qwen2_5_vl": qwen("Qwen2_5_VL", THREE_AXES),
    "qwen3_vl": qwen("Qwen3VL", INTERLEAVED, head_dim=16),
    "qwen3_vl_moe": qwen("Qwen3VLMoe", INTERLEAVED, READ_ALOUD, head_dim=16, num_experts=4, num_experts_per_tok=2, moe_intermediate_size=48),
}  # fmt: skip


def _stored(name: str, **how: Any) -> Case:
    """A case of the table, stored otherwise."""
    case = CASES[name]
    return Case(case.model, case.config, case.inputs, case.outputs, case.optional, **how)


CASES |= {
    "llama_bf16": _stored("llama_default", dtype="bfloat16"),
    "qwen2_vl_bf16": _stored("qwen2_vl", dtype="bfloat16"),
    "mixtral_bf16": _stored("mixtral", dtype="bfloat16"),
    "bert_fp16": _stored("bert_seqcls", dtype="float16"),
    "llama_tied_sharded": _stored("llama_tied", shards="60KB"),
    "mixtral_sharded": _stored("mixtral", shards="60KB"),
}

MAMBA_PARTS = dict(
    mamba_d_state=8,
    mamba_d_conv=4,
    mamba_expand=2,
    mamba_n_heads=8,
    mamba_d_head=16,
    mamba_n_groups=1,
    mamba_chunk_size=8,
)
PIXEL_TOKENS = dict(image_token_id=IMAGE, image_token_index=IMAGE)

# Families that no rule was tried on before all of them were written down.
HELD_OUT: dict[str, Case] = {
    "nemotron": lm("Nemotron", rope=HALF, head_dim=16),
    "persimmon": lm("Persimmon", rope=HALF, num_key_value_heads=None),
    "starcoder2": lm("Starcoder2", rope=ROPE, sliding_window=8),
    "cohere": lm("Cohere", rope=Rope(scaling=LINEAR), use_qk_norm=True),
    "ernie4_5": lm("Ernie4_5", rope=ROPE, head_dim=16),
    "seed_oss": lm("SeedOss", rope=Rope(scaling=YARN), head_dim=16),
    "apertus": lm("Apertus", rope=Rope(scaling=LLAMA3)),
    "exaone4": lm("Exaone4", rope=Rope(scaling=LLAMA3), sliding_window=8, layer_types=SOME_SLIDE),
    "dots1": lm("Dots1", rope=ROPE, head_dim=16, moe_intermediate_size=32, n_routed_experts=4, num_experts_per_tok=2, n_group=1,
                topk_group=1, n_shared_experts=1, first_k_dense_replace=1, num_hidden_layers=3),
    "bamba": lm("Bamba", rope=HALF, num_hidden_layers=4, attn_layer_indices=[1, 3], **MAMBA_PARTS),
    "zamba2": lm("Zamba2", rope=ROPE, use_mem_rope=True, num_hidden_layers=4, layers_block_type=["mamba", "hybrid"] * 2,
                 hybrid_layer_ids=[1, 3], mamba_d_state=8, mamba_d_conv=4, mamba_expand=2, mamba_ngroups=1, n_mamba_heads=8, mamba_headdim=16, chunk_size=8,
                 num_mem_blocks=1, use_shared_attention_adapter=False, adapter_rank=8, num_key_value_heads=4),
    "falcon_h1": lm("FalconH1", rope=ROPE, head_dim=16, mamba_d_ssm=128, lm_head_multiplier=0.5, **MAMBA_PARTS),
    "granitemoehybrid": lm("GraniteMoeHybrid", rope=ROPE, position_embedding_type="rope", layer_types=["mamba", "attention"],
                           shared_intermediate_size=32, **FOUR_EXPERTS, **MAMBA_PARTS),
    "hunyuan_v1_dense": lm("HunYuanDenseV1", rope=Rope(scaling=dict(rope_type="dynamic", factor=1.0, alpha=1000.0)), head_dim=16),
    "modernbert_decoder": Case("ModernBertDecoderForCausalLM", text(
        "ModernBertDecoder", num_key_value_heads=None, num_hidden_layers=3, global_attn_every_n_layers=2, local_attention=8, rope=MODERN,
        cls_token_id=1, sep_token_id=2, attn_implementation="sdpa"), SEEN),
    "falcon_mamba": Case("FalconMambaForCausalLM", config("FalconMamba", vocab_size=128, hidden_size=32, state_size=8, num_hidden_layers=2,
                                                          time_step_rank=4, bos_token_id=1, eos_token_id=2, pad_token_id=0), IDS),
    "gpt_neox_japanese": lm("GPTNeoXJapanese", num_key_value_heads=None, intermediate_multiple_size=2,
                            rope=Rope(part=0.5, words=("rotary_emb_base", "rotary_pct"))),
    "dbrx": Case("DbrxForCausalLM", config(
        "Dbrx", vocab_size=128, d_model=64, n_heads=4, n_layers=2, max_seq_len=64,
        rope=Either({"rope_parameters": {"rope_type": "default", "rope_theta": THETA}}, {}),
        attn_config=dict(kv_n_heads=2, clip_qkv=8.0, rope_theta=THETA),  # 5.x wants it, and reads the other one
        ffn_config=dict(ffn_hidden_size=32, moe_num_experts=4, moe_top_k=2, size=Either({"hidden_size": 64}, {}))), IDS),
    "mpt": Case("MptForCausalLM", config("Mpt", vocab_size=128, d_model=64, n_heads=4, n_layers=2, expansion_ratio=2, max_seq_len=64), IDS),
    "umt5": Case("UMT5ForConditionalGeneration", config("UMT5", **T5), TO_AND_FRO),
    "mt5_tied": Case("MT5ForConditionalGeneration", config("MT5", **T5, tie_word_embeddings=True), TO_AND_FRO),
    "moonshine": Case("MoonshineForConditionalGeneration", config(
        "Moonshine", vocab_size=128, hidden_size=32, intermediate_size=64, encoder_num_hidden_layers=2, decoder_num_hidden_layers=2,
        encoder_num_attention_heads=4, decoder_num_attention_heads=4, max_position_embeddings=64, rope=HALF, bos_token_id=1, eos_token_id=2,
        decoder_start_token_id=1), {"input_values": noise(1, 4000), "decoder_input_ids": ids(1, 8, seed=3)}),
    "videomae": Case("VideoMAEForVideoClassification", config("VideoMAE", **VIT, num_frames=4, tubelet_size=2, num_labels=3),
                     {"pixel_values": noise(1, 4, 3, 32, 32)}),
    "table_transformer": Case("TableTransformerForObjectDetection", config("TableTransformer", **DETR), {"pixel_values": noise(1, 3, 64, 64)}),
    "vipllava": seeing("VipLlava", text("Llama", rope=ROPE), CLIP_TOWER, SIXTEEN, image_token_index=IMAGE, vision_feature_layers=[-1, -2],
                       projector_layernorm_eps=1e-5),
    "aya_vision": seeing("AyaVision", text("Cohere2", rope=ROPE, sliding_window=8, layer_types=SOME_SLIDE), SIGLIP_TOWER,
                         {"input_ids": ids(1, images=range(2, 6)), "pixel_values": ONE_IMAGE},
                         vision_feature_layer=-1, vision_feature_select_strategy="full", downsample_factor=2, image_token_index=IMAGE),
    "internvl": seeing("InternVL", text("Qwen2", rope=ROPE), config("InternVLVision", hidden_size=32, intermediate_size=64, num_hidden_layers=2,
                       num_attention_heads=4, image_size=[32, 32], patch_size=[8, 8]),
                       {"input_ids": ids(1, images=range(2, 6)), "pixel_values": ONE_IMAGE}, image_token_id=IMAGE, downsample_ratio=0.5),
    "smolvlm": seeing("SmolVLM", dict(sizes(rope=ROPE), model_type="llama"), {**VIT},
                      {"input_ids": ids(1, images=range(2, 6)), "pixel_values": noise(1, 1, 3, 32, 32)}, image_token_id=IMAGE, scale_factor=2),
    "glm4v": seeing("Glm4v", sizes(rope=Rope(scaling=dict(rope_type="default", mrope_section=[2, 1, 1]), part=0.5), head_dim=16),
                    dict(depth=1, hidden_size=32, out_hidden_size=64, intermediate_size=48, num_heads=4, patch_size=4, image_size=32),
                    READ_ALOUD, image_token_id=IMAGE),
}  # fmt: skip


def composed(name: str, language: Config | dict[str, Any], tower: Config | dict[str, Any], inputs: Mapping[str, np.ndarray], **keys: Any) -> Case:  # fmt: skip
    """A language model that sees, whose images are named by both words for their token."""
    return seeing(name, language, tower, inputs, image_token_id=IMAGE, image_token_index=IMAGE, **keys)


FOUR_PLACES = {"input_ids": ids(1, images=range(2, 6)), "pixel_values": ONE_IMAGE}
SPEECH = {"input_values": noise(1, 2000)}
WAVES = dict(
    vocab_size=32, hidden_size=32, num_hidden_layers=2, num_attention_heads=4, intermediate_size=64, conv_dim=[16, 16],
    conv_kernel=[10, 3], conv_stride=[5, 2], num_feat_extract_layers=2, num_conv_pos_embeddings=16,
    num_conv_pos_embedding_groups=4,
)  # fmt: skip
STAGES = dict(num_labels=3, hidden_sizes=[8, 16], depths=[1, 1])
SAM_TOWER = dict(
    hidden_size=32, output_channels=16, num_hidden_layers=2, num_attention_heads=4, image_size=64, patch_size=16,
    mlp_dim=64, window_size=2, global_attn_indexes=[1],
)  # fmt: skip

# Families that no rule was tried on before all of them were written down, once more.
UNSEEN: dict[str, Case] = {
    "arcee": lm("Arcee", rope=Rope(scaling=LINEAR)),
    "olmo": lm("Olmo", rope=ROPE),
    "helium": lm("Helium", rope=ROPE, head_dim=16),
    "diffllama": lm("DiffLlama", rope=ROPE),
    "phimoe": lm("Phimoe", rope=ROPE, **FOUR_EXPERTS),
    "ernie4_5_moe": lm("Ernie4_5_Moe", rope=ROPE, moe_num_experts=4, moe_k=2, moe_intermediate_size=32, moe_num_shared_experts=1,
                       moe_layer_start_index=1),
    "granitemoeshared": lm("GraniteMoeShared", rope=ROPE, shared_intermediate_size=32, **FOUR_EXPERTS),
    "flex_olmo": lm("FlexOlmo", rope=ROPE, num_experts=4, num_experts_per_tok=2),
    "minimax": lm("MiniMax", rope=ROPE, head_dim=16, layer_types=["linear_attention", "full_attention"], block_size=8, **FOUR_EXPERTS),
    "recurrent_gemma": lm("RecurrentGemma", rope=HALF, head_dim=16, lru_width=64, attention_window_size=8, num_hidden_layers=3,
                          block_types=["recurrent", "recurrent", "attention"]),
    "gpt_bigcode": Case("GPTBigCodeForCausalLM", config("GPTBigCode", vocab_size=128, n_positions=64, n_embd=32, n_layer=2, n_head=4,
                                                        bos_token_id=1, eos_token_id=2), IDS),
    "codegen": Case("CodeGenForCausalLM", config("CodeGen", vocab_size=128, n_positions=64, n_ctx=64, n_embd=64, n_layer=2, n_head=4, rotary_dim=8,
                                                 bos_token_id=1, eos_token_id=2), IDS),
    "xglm": Case("XGLMForCausalLM", config("XGLM", vocab_size=128, max_position_embeddings=64, d_model=32, ffn_dim=64, num_layers=2,
                                           attention_heads=4), IDS),
    "electra": encoder("Electra", "ForMaskedLM", embedding_size=32),
    "albert": encoder("Albert", "ForMaskedLM", embedding_size=16),
    "deberta_v2": encoder("DebertaV2", "ForMaskedLM", relative_attention=True, pos_att_type=["p2c", "c2p"]),
    "roformer": encoder("RoFormer", "ForMaskedLM", embedding_size=32),
    "esm": encoder("Esm", "ForMaskedLM", pad_token_id=1, mask_token_id=3, position_embedding_type="rotary"),
    "mbart": Case("MBartForConditionalGeneration", config("MBart", vocab_size=128, max_position_embeddings=64, **BART), TO_AND_FRO),
    "pegasus": Case("PegasusForConditionalGeneration", config("Pegasus", vocab_size=128, max_position_embeddings=64, **BART), TO_AND_FRO),
    "marian": Case("MarianMTModel", config("Marian", vocab_size=128, max_position_embeddings=64, pad_token_id=0, decoder_start_token_id=0, **BART), TO_AND_FRO),
    "m2m_100": Case("M2M100ForConditionalGeneration", config("M2M100", vocab_size=128, max_position_embeddings=64, **BART), TO_AND_FRO),
    "longt5": Case("LongT5ForConditionalGeneration", config("LongT5", **T5, tie_word_embeddings=False, local_radius=7), TO_AND_FRO),
    "switch_transformers": Case("SwitchTransformersForConditionalGeneration", config(
        "SwitchTransformers", **T5, num_sparse_encoder_layers=1, num_sparse_decoder_layers=1, num_experts=4, expert_capacity=64,
        router_jitter_noise=0.0), TO_AND_FRO),
    "speech_to_text": Case("Speech2TextForConditionalGeneration", config(
        "Speech2Text", vocab_size=128, input_feat_per_channel=16, input_channels=1, conv_channels=16, max_source_positions=64,
        max_target_positions=32, decoder_start_token_id=2, **BART), {"input_features": noise(1, 64, 16), "decoder_input_ids": ids(1, 8, seed=3)}),
    "hubert": Case("HubertForCTC", config("Hubert", **WAVES), SPEECH),
    "wavlm": Case("WavLMForCTC", config("WavLM", **WAVES), SPEECH),
    "ast": Case("ASTForAudioClassification", config("AST", **{**VIT, "image_size": None, "num_labels": 3}, max_length=64, num_mel_bins=16), {"input_values": noise(1, 64, 16)}),
    "beit": Case("BeitForImageClassification", config("Beit", **VIT, num_labels=3, use_relative_position_bias=True), PIXELS),
    "convnext": Case("ConvNextForImageClassification", config("ConvNext", **STAGES, num_stages=2), PIXELS),
    "segformer": Case("SegformerForImageClassification", config(
        "Segformer", **STAGES, num_encoder_blocks=2, sr_ratios=[2, 1], patch_sizes=[7, 3], strides=[4, 2], num_attention_heads=[1, 2],
        mlp_ratios=[2, 2]), PIXELS),
    "conditional_detr": Case("ConditionalDetrForObjectDetection", config("ConditionalDetr", **DETR), {"pixel_values": noise(1, 3, 64, 64)}),
    "yolos": Case("YolosForObjectDetection", config("Yolos", **{**VIT, "image_size": [32, 32]}, num_detection_tokens=5, num_labels=3), PIXELS),
    "blip": Case("BlipForConditionalGeneration", config("Blip", text_config=dict(SMALL_TEXT, bos_token_id=1, eos_token_id=2, sep_token_id=2,
                 encoder_hidden_size=32), vision_config=VIT, projection_dim=16), {"input_ids": ids(2, 16), **PIXELS}),
    "owlvit": Case("OwlViTForObjectDetection", config("OwlViT", text_config=dict(SMALL_TEXT, bos_token_id=1, eos_token_id=2), vision_config=VIT,
                   projection_dim=32), {"input_ids": ids(4, 16), **PIXELS}),
    "clipseg": Case("CLIPSegForImageSegmentation", config(
        "CLIPSeg", text_config=dict(SMALL_TEXT, bos_token_id=1, eos_token_id=2), vision_config=VIT, projection_dim=16, reduce_dim=16, extract_layers=[0, 1],
        decoder_num_attention_heads=2, decoder_intermediate_size=32), {"input_ids": ids(2, 16), **PIXELS}),
    "llava_onevision": composed("LlavaOnevision", text("Qwen2", rope=ROPE), SIGLIP_TOWER, READ_ALOUD, image_grid_pinpoints=[[32, 32]],
                                vision_feature_layer=-1, vision_aspect_ratio="anyres_max_9"),
    "llava_next_video": composed("LlavaNextVideo", text("Llama", rope=ROPE), CLIP_TOWER, READ_ALOUD, image_grid_pinpoints=[[32, 32]], vision_feature_layer=-1),
    "video_llava": composed("VideoLlava", text("Llama", rope=ROPE), CLIP_TOWER, {"input_ids": SIXTEEN["input_ids"], "pixel_values_images": ONE_IMAGE},
                            vision_feature_layer=-1),
    "got_ocr2": composed("GotOcr2", text("Qwen2", rope=ROPE, tie_word_embeddings=True), SAM_TOWER, READ_ALOUD),
    "idefics3": composed("Idefics3", dict(sizes(rope=ROPE), model_type="llama"), {**VIT}, {**FOUR_PLACES, "pixel_values": noise(1, 1, 3, 32, 32)}, scale_factor=2),
    "cohere2_vision": composed("Cohere2Vision", text("Cohere2", rope=ROPE, sliding_window=8, layer_types=SOME_SLIDE), SIGLIP_TOWER, FOUR_PLACES,
                               downsample_factor=2, alignment_intermediate_size=64),
    "qwen2_audio": Case("Qwen2AudioForConditionalGeneration", config(
        "Qwen2Audio", audio_config=dict(model_type="qwen2_audio_encoder", num_mel_bins=16, d_model=32, encoder_layers=1, encoder_attention_heads=4,
                                        encoder_ffn_dim=64, max_source_positions=50),
        text_config=dict(sizes(rope=ROPE), model_type="qwen2"), audio_token_index=IMAGE), READ_ALOUD),
}  # fmt: skip


def swin(*stages: str) -> Config:
    """A backbone that gives these stages."""
    heads, depths = [2, 2, 4, 4], [1, 1, 1, 1]
    return config("Swin", image_size=64, embed_dim=16, depths=depths, num_heads=heads, window_size=4, out_features=[*stages])  # fmt: skip


BOXES = np.sort(ids(48, 4, high=60), axis=1).reshape(2, 24, 4)
ENDED = ids(2, 16)
ENDED[:, 10] = 2
LARGER = {"pixel_values": noise(1, 3, 64, 64)}
MASKS = ("class_queries_logits", "masks_queries_logits")
QUERIES = dict(
    hidden_dim=32, encoder_feedforward_dim=64, encoder_layers=1, decoder_layers=3, num_attention_heads=4, dim_feedforward=64,
    num_queries=5, num_labels=3,
)  # fmt: skip
SEAMLESS = dict(
    vocab_size=128, hidden_size=32, max_position_embeddings=64, encoder_layers=2, encoder_ffn_dim=64, encoder_attention_heads=4,
    decoder_layers=2, decoder_ffn_dim=64, decoder_attention_heads=4, speech_encoder_layers=2, speech_encoder_attention_heads=4,
    speech_encoder_intermediate_size=64, feature_projection_input_dim=16, adaptor_kernel_size=4, adaptor_stride=2,
    conv_depthwise_kernel_size=7, t2u_vocab_size=40, t2u_encoder_layers=1, t2u_encoder_ffn_dim=64, t2u_encoder_attention_heads=4,
    t2u_decoder_layers=1, t2u_decoder_ffn_dim=64, t2u_decoder_attention_heads=4, t2u_max_position_embeddings=64,
    upsample_initial_channel=32, upsample_rates=[4, 2], upsample_kernel_sizes=[8, 4], resblock_kernel_sizes=[3],
    resblock_dilation_sizes=[[1, 3]], unit_hifi_gan_vocab_size=40, unit_embed_dim=16, lang_embed_dim=8, spkr_embed_dim=8,
    vocoder_num_langs=2, vocoder_num_spkrs=2, pad_token_id=0, bos_token_id=2, eos_token_id=3, decoder_start_token_id=3,
)  # fmt: skip
GEMMA_PART = sizes(rope=ROPE, head_dim=16, sliding_window=8, query_pre_attn_scalar=16, layer_types=SOME_SLIDE)

# Families that no case above is of, drawn by lot from the 257 such that 4.57.6 and 5.23.0 share: sorted by model type, and
# random.Random(2026).sample(them, 30). The towers of edgetam and edgetam_video are timm's alone; patchtst and bros, drawn
# next, have their places.
DRAWN: dict[str, Case] = {
    "pixtral": Case("PixtralVisionModel", PIXTRAL_TOWER, {**PIXELS, "image_sizes": np.array([[32, 32], [32, 16]])}, ("last_hidden_state",)),
    "megatron_bert": encoder("MegatronBert", "ForMaskedLM", layer_norm_eps=1e-3),
    "voxtral": Case("VoxtralForConditionalGeneration", config(
        "Voxtral", audio_config=dict(hidden_size=32, intermediate_size=128, num_hidden_layers=2, num_attention_heads=4, num_mel_bins=16, max_source_positions=16),
        text_config=dict(sizes(rope=ROPE), model_type="llama"), audio_token_id=IMAGE), {"input_ids": FOUR_PLACES["input_ids"], "input_features": noise(1, 16, 32)}),
    "mimi": Case("MimiModel", config(
        "Mimi", hidden_size=32, num_filters=8, upsampling_ratios=[8, 4], codebook_size=32, codebook_dim=16, num_quantizers=4, sampling_rate=3200, frame_rate=50,
        vector_quantization_hidden_dimension=16, upsample_groups=32, num_hidden_layers=2, intermediate_size=64, num_attention_heads=4, num_key_value_heads=2,
        head_dim=8, sliding_window=8, rope=ROPE), {"input_values": noise(1, 1, 1600)}, ("audio_values",)),
    "poolformer": Case("PoolFormerForImageClassification", config(
        "PoolFormer", **STAGES, num_encoder_blocks=2, patch_sizes=[7, 3], strides=[4, 2], padding=[2, 1], pool_size=5), PIXELS),
    "timesformer": Case("TimesformerForVideoClassification", config("Timesformer", **VIT, num_frames=4, num_labels=3), {"pixel_values": noise(1, 4, 3, 32, 32)}),
    "xmod": encoder("Xmod", "ForMaskedLM", pad_token_id=1, languages=["en_XX", "de_DE"], default_language="de_DE"),
    "clap": Case("ClapModel", config(
        "Clap", text_config=dict(BERT, pad_token_id=1), audio_config=dict(
            window_size=4, num_mel_bins=16, spec_size=64, hidden_size=32, depths=[1, 1], num_hidden_layers=2, num_attention_heads=[2, 2], patch_embeds_hidden_size=16),
        projection_dim=16), {"input_ids": ids(2, 16), "input_features": noise(2, 1, 256, 16)}, ("logits_per_audio", "text_embeds")),
    "unispeech": Case("UniSpeechForCTC", config("UniSpeech", **WAVES), SPEECH),
    "donut_swin": Case("DonutSwinModel", config("DonutSwin", image_size=32, embed_dim=16, depths=[1, 1], num_heads=[2, 4], window_size=4), PIXELS,
                       ("last_hidden_state",)),
    "upernet": Case("UperNetForSemanticSegmentation", config(
        "UperNet", backbone_config=swin("stage1", "stage2", "stage3", "stage4"), hidden_size=16, pool_scales=[1, 2], auxiliary_channels=8,
        auxiliary_in_channels=64, num_labels=3), LARGER),
    "owlv2": Case("Owlv2ForObjectDetection", config("Owlv2", text_config=dict(SMALL_TEXT, bos_token_id=1, eos_token_id=2), vision_config=VIT, projection_dim=32),
                  {"input_ids": ids(4, 16), **PIXELS}),
    "perceiver": Case("PerceiverForMaskedLM", config(
        "Perceiver", vocab_size=128, num_latents=8, d_latents=32, d_model=32, num_self_attends_per_block=2, num_self_attention_heads=4,
        num_cross_attention_heads=4, qk_channels=16, v_channels=32, max_position_embeddings=24), SEEN),
    "mpnet": encoder("MPNet", "ForMaskedLM", pad_token_id=1, layer_norm_eps=1e-3),
    "kosmos_2": Case("Kosmos2ForConditionalGeneration", config(
        "Kosmos2", text_config=dict(vocab_size=128, max_position_embeddings=64, embed_dim=32, layers=2, ffn_dim=64, attention_heads=4), vision_config=VIT,
        latent_query_num=4), {**FOUR_PLACES, "image_embeds_position_mask": (FOUR_PLACES["input_ids"] == IMAGE).astype(np.int64)}),
    "sew": Case("SEWForCTC", config("SEW", **WAVES), SPEECH),
    "nllb_moe": Case("NllbMoeForConditionalGeneration", config(
        "NllbMoe", vocab_size=128, max_position_embeddings=64, num_experts=4, encoder_sparse_step=2, decoder_sparse_step=2, **BART), TO_AND_FRO),
    "mobilevitv2": Case("MobileViTV2ForImageClassification", config(
        "MobileViTV2", image_size=64, n_attn_blocks=[1, 1, 1], base_attn_unit_dims=[32, 48, 64], width_multiplier=0.25, num_labels=3), LARGER),
    "t5gemma": Case("T5GemmaForConditionalGeneration", config("T5Gemma", encoder=GEMMA_PART, decoder=GEMMA_PART, vocab_size=128), TO_AND_FRO),
    "rt_detr_v2": Case("RTDetrV2ForObjectDetection", config(
        "RTDetrV2", backbone_config=config("RTDetrResNet", embedding_size=8, hidden_sizes=[8, 16, 24, 32], depths=[1, 1, 1, 1],
                                           out_features=["stage2", "stage3", "stage4"]),
        encoder_hidden_dim=32, encoder_in_channels=[16, 24, 32], encoder_ffn_dim=64, encoder_attention_heads=4, d_model=32, num_queries=5, num_labels=3,
        decoder_in_channels=[32, 32, 32], decoder_ffn_dim=64, decoder_layers=2, decoder_attention_heads=4, num_denoising=0), LARGER),
    "seamless_m4t_v2": Case("SeamlessM4Tv2Model", config("SeamlessM4Tv2", **SEAMLESS, char_vocab_size=40, t2u_variance_predictor_embed_dim=32,
                                                         t2u_variance_predictor_hidden_dim=16),
                            {"input_features": noise(1, 40, 16), "decoder_input_ids": ids(1, 8, seed=3)}),
    "sam_vision_model": Case("SamVisionModel", config("SamVision", **SAM_TOWER), LARGER, ("last_hidden_state",)),
    "mask2former": Case("Mask2FormerForUniversalSegmentation", config(
        "Mask2Former", backbone_config=swin("stage1", "stage2", "stage3", "stage4"), feature_size=32, mask_feature_size=32, **QUERIES), LARGER, MASKS),
    "sam2_video": Case("Sam2VideoModel", config(
        "Sam2Video", image_size=128, vision_config=dict(
            model_type="sam2_vision_model", fpn_hidden_size=128, backbone_channel_list=[96, 48, 24, 12], backbone_feature_sizes=[[32, 32], [16, 16], [8, 8]],
            backbone_config=dict(model_type="sam2_hiera_det_model", hidden_size=12, image_size=[128, 128], blocks_per_stage=[1, 1, 2, 1],
                                 embed_dim_per_stage=[12, 24, 48, 96], num_attention_heads_per_stage=[1, 2, 4, 8], window_size_per_stage=[8, 4, 8, 4],
                                 global_attention_blocks=[3])),
        prompt_encoder_config=config("Sam2VideoPromptEncoder", hidden_size=128, image_size=128, mask_input_channels=8),
        mask_decoder_config=config("Sam2VideoMaskDecoder", hidden_size=128, mlp_dim=64, num_attention_heads=4, iou_head_hidden_dim=32),
        memory_attention_hidden_size=128, memory_attention_num_layers=1, memory_attention_feed_forward_hidden_size=64, memory_attention_rope_theta=54321,
        memory_attention_rope_feat_sizes=[8, 8], memory_encoder_hidden_size=128, mask_downsampler_embed_dim=128,
        memory_fuser_embed_dim=128, memory_fuser_intermediate_dim=64), {"video": -noise(2, 3, 128, 128)}, ("pred_masks",)),  # the object is there in both frames
    "seamless_m4t": Case("SeamlessM4TModel", config("SeamlessM4T", **SEAMLESS, num_conv_pos_embeddings=16, num_conv_pos_embedding_groups=4), TO_AND_FRO),
    "oneformer": Case("OneFormerForUniversalSegmentation", config(
        "OneFormer", backbone_config=swin("stage1", "stage2", "stage3", "stage4"), conv_dim=32, mask_dim=32, task_seq_len=8, text_encoder_width=32,
        text_encoder_context_length=8, text_encoder_num_layers=1, text_encoder_vocab_size=64, text_encoder_n_ctx=2, **QUERIES),
        {**LARGER, "task_inputs": ids(1, 8, seed=3)}, MASKS),
    "layoutlmv3": Case("LayoutLMv3ForTokenClassification", config(
        "LayoutLMv3", **{**BERT, "pad_token_id": 1, "bos_token_id": 0}, max_2d_position_embeddings=64, coordinate_size=6, shape_size=4, input_size=32, patch_size=8,
        num_labels=3), {**SEEN, **PIXELS, "bbox": BOXES}),
    "aimv2": Case("Aimv2Model", config(
        "Aimv2", text_config=dict(SMALL_TEXT, eos_token_id=2), vision_config=VIT, projection_dim=16), {"input_ids": ENDED, **PIXELS},
        ("logits_per_image", "text_embeds")),
    "patchtst": Case("PatchTSTForPrediction", config(
        "PatchTST", num_input_channels=2, context_length=32, patch_length=8, patch_stride=8, d_model=32, num_attention_heads=4, num_hidden_layers=2, ffn_dim=64,
        prediction_length=8), {"past_values": noise(2, 32, 2)}, ("prediction_outputs",)),
    "bros": Case("BrosForTokenClassification", config("Bros", **{**BERT, "hidden_size": 64}, num_labels=3, bbox_scale=10.0), {**SEEN, "bbox": noise(2, 24, 8)}),
}  # fmt: skip
