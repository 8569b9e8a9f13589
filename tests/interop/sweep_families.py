"""The families of sweep.py that need a word."""

from __future__ import annotations

from typing import Any

from model_cases import ROPE, Rope
from spec import Family, Floats, Ids

IMAGE = Floats(1, 3, 64, 64)
SWIN: dict[str, Any] = {"embed_dim": 24, "depths": [1, 1, 1, 1], "num_heads": [2, 2, 4, 4]}
SERIES: dict[str, Any] = {
    "prediction_length": 4,
    "context_length": 16,
    "lags_sequence": [1, 2],
    "num_time_features": 1,
    "cardinality": ...,
    "embedding_dimension": ...,
    "feature_size": ...,
}
PAST = {
    "past_values": Floats(2, 18),
    "past_time_features": Floats(2, 18, 1),
    "past_observed_mask": [[1.0] * 18] * 2,
    "future_values": Floats(2, 4),
    "future_time_features": Floats(2, 4, 1),
}
QFORMER = {"qformer_input_ids": Ids(1, 6)}
BOXES = [[[at, at + 1, at + 20, at + 9] for at in range(13)]] * 2
DETR: dict[str, Any] = {
    "use_timm_backbone": False,
    "use_pretrained_backbone": False,
    "backbone": None,
    "backbone_kwargs": ...,
    "backbone_config": {
        "model_type": "resnet",
        "embedding_size": 8,
        "hidden_sizes": [8, 16, 24, 32],
        "depths": [1, 1, 1, 1],
        "out_features": ["stage2", "stage3", "stage4"],
    },
}
LAST = {**DETR, "backbone_config": {**DETR["backbone_config"], "out_features": ["stage4"]}}


def three(*sizes: int) -> Rope:
    """A rope of three axes."""
    sections = {"mrope_section": list(sizes)}
    return Rope(scaling=sections, old={"type": "default", **sections})


FAMILIES: dict[str, Family] = {
    "align": Family(config={"vision_config.width_coefficient": 0.25, "vision_config.depth_coefficient": 0.2, "vision_config.hidden_dim": 80,
                           "vision_config.image_size": 64, "projection_dim": 80}, inputs={"input_ids": Ids(2, 9), "pixel_values": Floats(2, 3, 64, 64)}),
    "aria": Family(config={"projector_patch_to_query_dict": ..., "vision_config.image_size": 56, "vision_config.patch_size": 14}, media={}),
    "autoformer": Family(config={**SERIES, "label_length": 4}, inputs=PAST),
    "informer": Family(config=SERIES, inputs=PAST),
    "time_series_transformer": Family(config=SERIES, inputs=PAST),
    "bark": Family(cls="BarkFineModel", inputs={"codebook_idx": 2, "input_ids": Ids(1, 16, 8)}),
    "blt": Family(config={"encoder_hash_byte_group_vocab": 500, "patch_in_forward": False}),
    "canine": Family(config={"num_hash_buckets": 200}),
    "clvp": Family(config={"decoder_config.bos_token_id": 501, "decoder_config.eos_token_id": 502, "decoder_config.max_text_tokens": 64, "decoder_config.decoder_fixing_codes": [1, 2, 3, 4],
                          "text_config.bos_token_id": 255, "text_config.eos_token_id": 0}, inputs={"input_ids": Ids(1, 9, below=200), "input_features": Floats(1, 80, 40)}),
    "colqwen2": Family(config={"vlm_config.text_config.rope": three(2, 3, 3)}, media={}),
    "csm": Family(config={"codec_config.upsample_groups": 64}),
    "kyutai_speech_to_text": Family(config={"codec_config.upsample_groups": 64, "num_codebooks": 2, "vocab_size": 512, "codebook_vocab_size": 512}, inputs={"input_ids": Ids(1, 9, 3)}),
    "moshi": Family(config={"audio_encoder_config.upsample_groups": 64, "audio_vocab_size": 512}, inputs={"input_ids": Ids(1, 6), "moshi_audio_codes": Ids(1, 8, 6), "user_audio_codes": Ids(1, 8, 6)}),
    "ctrl": Family(cls="CTRLLMHeadModel"),
    "openai": Family(cls="OpenAIGPTLMHeadModel"),
    "dab_detr": Family(config=LAST, inputs={"pixel_values": IMAGE}),
    "deformable_detr": Family(config=DETR, inputs={"pixel_values": IMAGE}),
    "omdet_turbo": Family(config=DETR),
    "dac": Family(config={"encoder_hidden_size": 8}, inputs={"input_values": Floats(1, 1, 3200)}),
    "deepseek_vl_hybrid": Family(media={}),
    "depth_anything": Family(config={"reassemble_hidden_size": 64, "neck_hidden_sizes": [16, 16, 32, 32]}),
    "prompt_depth_anything": Family(config={"reassemble_hidden_size": 64, "neck_hidden_sizes": [16, 16, 32, 32]}),
    "dia": Family(config={"decoder_config.cross_hidden_size": 64, "decoder_config.cross_head_dim": 16, "decoder_config.cross_num_attention_heads": 4, "decoder_config.cross_num_key_value_heads": 4},
                          inputs={"input_ids": Ids(1, 13, below=100), "decoder_input_ids": Ids(1, 6, 9)}),
    "dpt": Family(config={"backbone_out_indices": [0, 1, 2, 3], "neck_hidden_sizes": [16, 16, 32, 32], "image_size": 64, "patch_size": 16},
                  inputs={"pixel_values": IMAGE}),
    "efficientloftr": Family(config={"hidden_size": 256, "num_attention_heads": 8, "num_key_value_heads": 8}, inputs={"pixel_values": Floats(1, 2, 3, 64, 64)}),
    "efficientnet": Family(config={"width_coefficient": 0.25, "depth_coefficient": 0.2, "hidden_dim": 320, "image_size": 64}),
    "encodec": Family(config={"hidden_size": 128, "codebook_dim": 128}, inputs={"input_values": Floats(1, 1, 3200)}),
    "flaubert": Family(cls="FlaubertWithLMHeadModel"),
    "xlm": Family(cls="XLMWithLMHeadModel"),
    "xlnet": Family(cls="XLNetLMHeadModel", config={"d_head": 16}),
    "florence2": Family(config={"vision_config.depths": [1, 1, 1, 1], "vision_config.embed_dim": [16, 32, 64, 64], "vision_config.num_heads": [2, 2, 4, 4],
                                "vision_config.num_groups": [2, 2, 4, 4]}, media={"pixel_values": IMAGE}),
    "git": Family(config={"vision_config.image_size": 32}, inputs={"input_ids": Ids(1, 13), "pixel_values": Floats(1, 3, 32, 32)}),
    "glm4v_moe": Family(config={"text_config.rope": three(1, 1, 2), "text_config.head_dim": 16}, media={}),
    "gpt_neo": Family(config={"attention_types": [[["global", "local"], 2]], "attention_layers": ...}),
    "grounding_dino": Family(config={**DETR, "encoder_layers": 2, "decoder_layers": 2}, inputs={"input_ids": [[101, 40, 41, 102]], "pixel_values": IMAGE}),
    "mm_grounding_dino": Family(config={**DETR, "encoder_layers": 2, "decoder_layers": 2}, inputs={"input_ids": [[101, 40, 41, 102]], "pixel_values": IMAGE}),
    "hiera": Family(cls="HieraForImageClassification"),
    "hunyuan_v1_moe": Family(config={"rope": ROPE, "head_dim": 16}),
    "ministral": Family(config={"rope": ROPE, "head_dim": 16}),
    "idefics": Family(config={"vision_config.image_size": 32, "vision_config.patch_size": 8}, inputs={"input_ids": Ids(1, 13), "pixel_values": Floats(1, 1, 3, 32, 32),
                              "image_attention_mask": [[[1]] * 13], "attention_mask": [[1] * 13]}),
    "idefics2": Family(media={}),
    "instructblip": Family(config={"image_token_index": 500, "num_query_tokens": 4, "text_config.word_embed_proj_dim": 64}, inputs={"input_ids": [[500] * 4 + [1, 30, 31, 32]], "pixel_values": Floats(1, 3, 224, 224), **QFORMER}),
    "instructblipvideo": Family(config={"video_token_index": 500, "num_query_tokens": 4, "text_config.word_embed_proj_dim": 64}, inputs={"input_ids": [[500] * 4 + [1, 30, 31, 32]], "pixel_values": Floats(1, 1, 3, 224, 224), **QFORMER}),
    "blip_2": Family(config={"image_token_index": 500, "num_query_tokens": 4, "text_config.word_embed_proj_dim": 64}, inputs={"input_ids": [[500] * 4 + [1, 30, 31, 32]], "pixel_values": Floats(1, 3, 224, 224)}),
    "janus": Family(config={"vq_config.base_channels": 32, "vq_config.num_embeddings": 64, "vq_config.channel_multiplier": [1, 1]}, media={}),
    "lightglue": Family(config={"keypoint_detector_config.descriptor_decoder_dim": 64}, inputs={"pixel_values": Floats(1, 2, 3, 64, 64)}),
    "superglue": Family(config={"keypoint_encoder_sizes": [32, 64], "keypoint_detector_config.descriptor_decoder_dim": 64}, inputs={"pixel_values": Floats(1, 2, 3, 64, 64)}),
    "lilt": Family(config={"hidden_size": 96}, inputs={"input_ids": Ids(2, 13), "bbox": BOXES}),
    "llama4": Family(config={"vision_config.vision_output_dim": 64, "vision_config.projector_input_dim": 64, "vision_config.projector_output_dim": 64,
                             "vision_config.pixel_shuffle_ratio": 0.5, "vision_config.intermediate_size": 256}, media={}),
    "longcat_flash": Family(config={"qk_head_dim": 24, "head_dim": 8, "qk_nope_head_dim": 16, "qk_rope_head_dim": 8}),
    "luke": Family(config={"entity_vocab_size": 64}),
    "lxmert": Family(config={"visual_feat_dim": 16}, inputs={"input_ids": Ids(1, 13), "visual_feats": Floats(1, 5, 16), "visual_pos": Floats(1, 5, 4)}),
    "mllama": Family(media={}),
    "patchtsmixer": Family(cls="PatchTSMixerForPrediction", config={"context_length": 32, "patch_length": 8, "patch_stride": 8, "num_input_channels": 2, "prediction_length": 8},
                           inputs={"past_values": Floats(2, 32, 2)}),
    "pix2struct": Family(config={"text_config.d_kv": 16, "vision_config.d_kv": 16},
                         inputs={"flattened_patches": [[[1.0, 1.0 + at, *[(at * 7 + 5 * pixel) % 11 / 5 - 1 for pixel in range(768)]] for at in range(8)]], "decoder_input_ids": Ids(1, 5)}),
    "rwkv": Family(config={"attention_hidden_size": 64}),
    "reformer": Family(config={"axial_pos_embds": False, "is_decoder": False}),
    "siglip2": Family(inputs={"pixel_values": Floats(1, 16, 768), "pixel_attention_mask": [[1] * 16], "spatial_shapes": [[4, 4]]}),
    "splinter": Family(inputs={"input_ids": [[101, 104, 30, 31, 104, 40, 41, 102]]}),
    "swin2sr": Family(config={**SWIN, "image_size": 32, "window_size": 8}, inputs={"pixel_values": Floats(1, 3, 32, 32)}),
    "swinv2": Family(cls="Swinv2ForImageClassification", config={**SWIN, "image_size": 64, "window_size": 4}),
    "timesfm": Family(config={"is_encoder_decoder": ...}, inputs={"past_values": Floats(2, 64), "freq": [[0], [1]]}),
    "tvp": Family(config={**LAST, "max_img_size": 64, "visual_prompt_size": 8, "num_frames": 2, "type_vocab_size": 2}, inputs={"input_ids": Ids(1, 9), "pixel_values": Floats(1, 2, 3, 64, 64),
                 "attention_mask": [[1] * 9]}),
    "udop": Family(inputs={"input_ids": Ids(2, 13), "bbox": Floats(2, 13, 4), "decoder_input_ids": Ids(2, 4)}),
    "vilt": Family(config={"image_size": 64}, inputs={"input_ids": Ids(1, 9), "pixel_values": IMAGE}),
    "visual_bert": Family(cls="VisualBertForPreTraining", config={"visual_embedding_dim": 16}, inputs={"input_ids": Ids(1, 9), "visual_embeds": Floats(1, 4, 16)}),
    "vivit": Family(config={"num_frames": 2, "image_size": 32}, inputs={"pixel_values": Floats(1, 2, 3, 32, 32)}),
    "vjepa2": Family(config={"frames_per_clip": 4, "image_size": 32, "crop_size": 32, "pred_hidden_size": 64, "pred_num_attention_heads": 4},
                     inputs={"pixel_values_videos": Floats(1, 4, 3, 32, 32)}),
    "wav2vec2_bert": Family(config={"vocab_size": 32}, inputs={"input_features": Floats(1, 40, 160)}),
    "wav2vec2_conformer": Family(config={"vocab_size": 32}),
    "x_clip": Family(config={"vision_config.num_frames": 2, "vision_config.image_size": 32, "vision_config.patch_size": 8, "vision_config.mit_hidden_size": 64, "vision_config.mit_num_attention_heads": 4},
                     inputs={"input_ids": Ids(2, 9), "pixel_values": Floats(2, 2, 3, 32, 32)}),
    "xcodec": Family(config={"hidden_size": ..., "codebook_dim": ..., "acoustic_model_config.hidden_size": 64}, inputs={"input_values": Floats(1, 1, 6400)}),
    "xlstm": Family(config={"num_heads": 4, "chunk_size": 8, "qk_dim_factor": 1.0, "mode": "train", "embedding_dim": ..., "num_blocks": ...}, inputs={"input_ids": Ids(2, 16)}),
    "zamba": Family(config={"attention_hidden_size": 128, "attention_head_dim": 32, "num_hidden_layers": 5, "use_mamba_kernels": False, "layers_block_type": ["linear_attention", "linear_attention", "hybrid", "linear_attention", "hybrid"]}),
    "seggpt": Family(config={"image_size": [64, 32], "pretrain_image_size": 32, "decoder_hidden_size": 16, "num_hidden_layers": 6, "intermediate_hidden_state_indices": [2, 3, 4, 5], "merge_index": 1},
                    inputs={"pixel_values": Floats(1, 3, 32, 32), "prompt_pixel_values": Floats(1, 3, 32, 32), "prompt_masks": Floats(1, 3, 32, 32)}),
    "sam2": Family(config={"vision_config.backbone_config.hidden_size": 12, "vision_config.backbone_config.image_size": [128, 128], "vision_config.backbone_config.embed_dim_per_stage": [12, 24, 48, 96],
                          "vision_config.backbone_config.blocks_per_stage": [1, 1, 2, 1], "vision_config.backbone_config.window_size_per_stage": [8, 4, 8, 4],
                          "vision_config.backbone_config.num_attention_heads_per_stage": [1, 2, 4, 8], "vision_config.backbone_config.num_attention_heads": 1,
                          "vision_config.backbone_config.global_attention_blocks": [3], "vision_config.backbone_channel_list": [96, 48, 24, 12],
                          "vision_config.backbone_feature_sizes": [[32, 32], [16, 16], [8, 8]], "prompt_encoder_config.image_size": 128, "mask_decoder_config.iou_head_hidden_dim": 64},
                  inputs={"pixel_values": Floats(1, 3, 128, 128), "input_points": [[[[30.0, 40.0]]]], "input_labels": [[[1]]]}),
    "sam_hq": Family(config={"vision_config.output_channels": 64, "vision_config.global_attn_indexes": [1, 3], "vision_config.image_size": 128, "prompt_encoder_config.image_size": 128,
                            "prompt_encoder_config.image_embedding_size": ..., "vision_config.num_pos_feats": 32, "mask_decoder_config.vit_dim": 64},
                    inputs={"pixel_values": Floats(1, 3, 128, 128), "input_points": [[[[30.0, 40.0]]]], "input_labels": [[[1]]]}),
    "shieldgemma2": Family(config={"vision_config.image_size": 56, "vision_config.patch_size": 14, "mm_tokens_per_image": 4, "yes_token_index": 40, "no_token_index": 41}, media={}),
    "speech_encoder_decoder": Family(inputs={"input_values": Floats(1, 3200), "decoder_input_ids": Ids(1, 5)}),
    "rag": Family(inputs={"input_ids": Ids(1, 9)}),
    "musicgen_melody": Family(inputs={"input_ids": Ids(1, 9), "decoder_input_ids": Ids(4, 6)}),
    "chameleon": Family(config={"vocabulary_map": {"<image>": 500, "IMGIMGA": 10}, "vq_config.base_channels": 32, "vq_config.channel_multiplier": [1, 1], "vq_config.num_embeddings": 64}, media={}),
    "emu3": Family(config={"vocabulary_map": {"<image>": 500, "<|visual token 000001|>": 10}, "text_config.vocabulary_map": ..., "vq_config.base_channels": 32, "vq_config.channel_multiplier": [1, 1], "vq_config.codebook_size": 64}, media={}),
    "depth_pro": Family(config={f"{part}_model_config.image_size": 32 for part in ("image", "patch", "fov")} | {f"{part}_model_config.patch_size": 8 for part in ("image", "patch", "fov")} |
                             {"patch_size": 32, "scaled_images_feature_dims": [32, 32, 32], "intermediate_feature_dims": [32, 32], "fusion_hidden_size": 32, "intermediate_hook_ids": [2, 1],
                              "scaled_images_overlap_ratios": [0.0, 0.5, 0.25]}, inputs={"pixel_values": Floats(1, 3, 128, 128)}),
    "qwen3_omni_moe": Family(cls="Qwen3OmniMoeThinkerForConditionalGeneration", config={"vision_start_token_id": 505, "audio_start_token_id": 506, "text_config.rope": three(2, 3, 3)}, media={}),
    "qwen2_5_omni": Family(cls="Qwen2_5OmniThinkerForConditionalGeneration", config={"vision_start_token_id": 505, "audio_start_token_id": 506, "text_config.rope": three(2, 3, 3)}, media={}),
    "vision_text_dual_encoder": Family(inputs={"input_ids": Ids(2, 9), "pixel_values": Floats(2, 3, 224, 224)}),
    "decision_transformer": Family(cls="DecisionTransformerModel", inputs={"states": Floats(1, 5, 17), "actions": Floats(1, 5, 4), "rewards": Floats(1, 5, 1), "returns_to_go": Floats(1, 5, 1),
                                                                    "timesteps": [[0, 1, 2, 3, 4]], "attention_mask": [[1] * 5]}),
}  # fmt: skip
