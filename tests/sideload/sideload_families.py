"""The families that need a word."""

from __future__ import annotations

from typing import Any

from spec import Family, Floats, Ids

MLP = ["dense", "sparse", "sparse", "sparse"]
MROPE = {"rope_type": "default", "rope_theta": 10000.0, "mrope_section": [4, 2, 2]}
SAM3: dict[str, Any] = {
    "vision_config.backbone_config.image_size": 112,
    "vision_config.backbone_config.pretrain_image_size": 56,
    "vision_config.backbone_config.window_size": 4,
    "vision_config.backbone_config.global_attn_indexes": [1, 3],
    "vision_config.backbone_feature_sizes": [[32, 32], [16, 16], [8, 8]],
}
PATCHES = ("longratio", 7), ("midratio", 5), ("shortratio", 3)
INTRACLASS: dict[str, Any] = {
    "reduce_channel": [1, 1, 0],
    "return_channel": [1, 1, 0],
    **{f"vertical_long_to_small_conv_{name}": [[k, 1], [1, 1], [k // 2, 0]] for name, k in PATCHES},
    **{f"horizontal_small_to_long_conv_{name}": [[1, k], [1, 1], [0, k // 2]] for name, k in PATCHES},
    **{f"symmetric_conv_long_{name}": [[k, k], [1, 1], [k // 2, k // 2]] for name, k in PATCHES},
}
OCR_NECK = {"intraclass_block_config": INTRACLASS, "scale_factor_list": [1, 2, 4, 8], "kernel_list": [3, 2, 2]}
LCNET: dict[str, Any] = {
    "backbone_config.block_configs": [
        [[3, 16, 16, 1, True]],
        [[3, 16, 32, 2, False]],
        [[3, 32, 64, 2, False]],
        [[3, 64, 64, 2, False]],
    ],
    "backbone_config.stem_channels": [3, 8, 16],
    "backbone_config.out_indices": [1, 2, 3, 4],
    "backbone_config.depths": ...,
    "backbone_config.stage_out_channels": ...,
}
PIXTRAL = {"pixel_values": Floats(1, 3, 112, 112), "image_sizes": [[112, 112]]}
DETR = {"inputs": {"pixel_values": Floats(1, 3, 128, 128)}}

FAMILIES: dict[str, Family] = {
    "chmv2": Family(config={"backbone_config.image_size": 64, "post_process_channels": [16, 16, 16, 16]}),
    "cohere_compass": Family(
        config={
            "text_config.rope_parameters": {"full_attention": MROPE},
            "vision_config.deepstack_visual_indexes": [0, 1, 2],
        }
    ),
    "deepseek_ocr2": Family(
        config={
            "text_config.mlp_layer_types": MLP,
            "text_config.num_experts_per_tok": 2,
            "vision_config.sam_config.global_attn_indexes": [1, 3],
        },
    ),
    "deimv2": Family(**DETR),
    "diffusion_gemma": Family(
        config={
            "text_config.num_experts": 8,
            "text_config.top_k_experts": 2,
            "text_config.moe_intermediate_size": 32,
            "canvas_length": 8,
        },
        inputs={"input_ids": Ids(2, 9), "decoder_input_ids": Ids(2, 8)},
    ),
    "dots3_note": Family(
        config={
            "text_config.head_dim": 24,
            "text_config.per_layer_config": ...,
            "text_config.layer_types": ["indexed_attention"] * 4,
        }
    ),
    "ernie4_5_vl_moe": Family(
        config={
            "text_config.moe_intermediate_size": [32, 32],
            "text_config.rope_parameters": {**MROPE, "mrope_section": [3, 3, 2]},
        }
    ),
    "fun_asr_nano": Family(config={"adaptor_config.intermediate_size": 16}),
    "glm46v": Family(config={"text_config.rope_parameters": MROPE}),
    "glm_image": Family(
        config={"text_config.rope_parameters": MROPE, "vq_config.latent_channels": 64, "vq_config.num_embeddings": 400},
        media={
            "pixel_values": Floats(16, 768),
            "image_grid_thw": [[1, 4, 4], [1, 4, 4]],
            "images_per_sample": [2],
        },
        tokens=("image_token_id", 16),
    ),
    "glm_ocr": Family(config={"text_config.rope_parameters": MROPE}),
    "glmga": Family(config={"text_config.rope_parameters": MROPE}),
    "granite4_vision": Family(
        config={
            "deepstack_layer_map": [[1, 0], [2, 2]],
            "downsample_rate": "1/2",
            "spatial_target_layers": [0, 1, 2, 3],
            "vision_config.patch_size": 28,
            "image_grid_pinpoints": [[224, 448], [448, 224]],
        },
        media={},
    ),
    "granite_docling": Family(media={"pixel_values": Floats(1, 1, 3, 512, 512), "pixel_attention_mask": [[True]]}),
    "granite_speech5": Family(inputs={"input_features": Floats(1, 100, 320)}),
    "hrm_text": Family(config={"num_layers_per_stack": 2, "num_hidden_layers": 16}),
    "hunyuan_vl": Family(
        config={"text_config.head_dim": 16, "text_config.rope_parameters": {**MROPE, "mrope_section": [2, 2, 2, 2]}}
    ),
    "inkling2": Family(media={}),
    "jev": Family(
        inputs={
            "input_ids": Ids(1, 13),
            "marks": [[5, 9]],
            "num_options": [[2, 3]],
            "question_type_ids": [[0, 1]],
        }
    ),
    "kimi_k25": Family(media={}),
    "lfm2_moe": Family(config={"layer_types": ["conv", "full_attention", "conv", "full_attention"]}),
    "lighton_ocr": Family(media=PIXTRAL),
    "lw_detr": Family(
        config={
            "backbone_config.image_size": 128,
            "backbone_config.pretrain_image_size": 64,
            "backbone_config.num_windows": 4,
            "backbone_config.num_windows_side": 2,
            "backbone_config.window_block_indices": [0, 2],
            "projector_scale_factors": [1.0],
            "projector_in_channels": ...,
            "num_feature_levels": ...,
            "decoder_self_attention_heads": 4,
            "decoder_cross_attention_heads": 4,
        },
        **DETR,
    ),
    "minicpm_ocr": Family(media={}),
    "minicpmv4_6": Family(media={}),
    "minicpmv4_7": Family(media={}),
    "minimax_m3_vl": Family(cls="minimax_m3_vl.modeling_minimax_m3_vl:MiniMaxM3SparseForConditionalGeneration"),
    "mistral_large4": Family(media=PIXTRAL),
    "modernvbert": Family(config={"vision_config.image_size": 64}, media={"pixel_values": Floats(1, 1, 3, 64, 64)}),
    "molmo2": Family(config={"adapter_config.vision_feature_layer": [3, 1]}, media={}),
    "moonshine_streaming": Family(
        config={"num_key_value_heads": 4}, inputs={"input_values": Floats(1, 3200), "decoder_input_ids": Ids(1, 5)}
    ),
    "muse_glimmer": Family(config={"out_hidden_size": 256}),
    "muse_glimmer_assistant": Family(
        config={"target_layer_ids": [1, 2], "sliding_window": 64},
        inputs={"noise_embeds": Floats(1, 16, 64), "context_hidden_states": Floats(1, 9, 128)},
    ),
    "muse_spark": Family(
        config={"out_hidden_size": 256, "audio_config.hidden_sizes": [16] * 4, "audio_config.depths": [1] * 4}
    ),
    "nemotron3_5_asr": Family(inputs={"input_features": Floats(1, 100, 80), "decoder_input_ids": Ids(1, 1)}),
    "nemotron3_diarization": Family(inputs={"input_features": Floats(1, 200, 128)}),
    "nemotron_asr_streaming": Family(inputs={"input_features": Floats(1, 100, 80), "decoder_input_ids": Ids(1, 1)}),
    "nemotron_h_omni": Family(media={}),
    "neucodec": Family(
        config={"quantization_dim": 128, "encoder_hidden_size": 8},
        inputs={"input_values": Floats(1, 1, 6400), "input_features": Floats(1, 20, 160)},
    ),
    "paddleocr_vl": Family(
        config={"text_config.rope_parameters": MROPE},
        media={"pixel_values": Floats(16, 3, 14, 14), "image_grid_thw": [[1, 4, 4]]},
    ),
    "pe_audio": Family(inputs={"input_ids": Ids(2, 9), "input_values": Floats(2, 1, 7680)}),
    "pi0": Family(
        inputs={
            "state": Floats(1, 32),
            "noise": Floats(1, 50, 32),
            "timestep": [0.5],
            "input_ids": Ids(1, 9),
            "attention_mask": [[1] * 9],
            "pixel_values": Floats(1, 1, 3, 224, 224),
            "pixel_attention_mask": [[True]],
        },
    ),
    "pixio": Family(config={"image_size": 64}),
    "pocket_tts_audio_tokenizer": Family(config={"upsample_groups": 64}, inputs={"input_values": Floats(1, 1, 9600)}),
    "pp_doclayout_v2": Family(config={"class_thresholds": [0.0] * 32, "class_order": [*range(20)] + [0] * 12}, **DETR),
    "pp_doclayout_v3": Family(**DETR),
    "pp_doclayout_v4": Family(**DETR),
    "pp_formulanet": Family(
        config={"vision_config.global_attn_indexes": [1, 3], "vision_config.image_size": 256},
        inputs={"pixel_values": Floats(1, 3, 256, 256), "decoder_input_ids": Ids(1, 5)},
    ),
    "pp_ocrv5_mobile_rec": Family(config={"head_out_channels": 64}, inputs={"pixel_values": Floats(1, 3, 96, 320)}),
    "pp_ocrv5_server_det": Family(config=OCR_NECK),
    "pp_ocrv5_server_rec": Family(config={"head_out_channels": 64}),
    "pp_ocrv6_medium_det": Family(config={**OCR_NECK, **LCNET}),
    "pp_ocrv6_small_det": Family(config={**LCNET, "layer_list_out_channels": [16, 32, 64, 64]}),
    "pp_ocrv6_small_rec": Family(config={"head_out_channels": 64}),
    "pp_ocrv6_tiny_rec": Family(config={"head_out_channels": 64}),
    "qwen4_exp": Family(
        config={
            "text_config.indexer_n_heads": 4,
            "text_config.indexer_kv_heads": 1,
            "text_config.indexer_head_dim": 16,
            "text_config.indexer_budget": 64,
            "text_config.indexer_compress_ratio": 4,
        }
    ),
    "rf_detr": Family(
        config={
            "backbone_config.image_size": 112,
            "backbone_config.num_windows": 2,
            "backbone_config.window_block_indexes": [0, 2],
            "decoder_self_attention_heads": 4,
            "decoder_cross_attention_heads": 4,
        },
        inputs={"pixel_values": Floats(1, 3, 112, 112)},
    ),
    "sam3": Family(config=SAM3, inputs={"pixel_values": Floats(1, 3, 112, 112), "input_ids": Ids(1, 7)}),
    "sam3_lite_text": Family(config=SAM3, inputs={"pixel_values": Floats(1, 3, 112, 112), "input_ids": Ids(1, 7)}),
    "sam3_tracker": Family(
        config={**SAM3, "prompt_encoder_config.image_size": 112},
        inputs={
            "pixel_values": Floats(1, 3, 112, 112),
            "input_points": [[[[30.0, 40.0]]]],
            "input_labels": [[[1]]],
        },
    ),
    "sapiens2": Family(
        config={
            "image_size": 64,
            "num_key_value_heads_per_layer": ...,
            "num_key_value_attention_heads": 2,
            "num_first_full_attention_layers": 1,
            "num_last_full_attention_layers": 1,
            "head_config.upsample_out_channels": [16],
            "head_config.upsample_kernel_sizes": [4],
            "head_config.conv_out_channels": [16],
            "head_config.conv_kernel_sizes": [1],
        },
    ),
    "step3p7": Family(config={"text_config.sliding_window": 8}),
    "timesfm2_5": Family(inputs={"past_values": Floats(2, 64)}),
    "tipsv2": Family(
        config={"vision_config.image_size": 56}, inputs={"input_ids": Ids(1, 9), "pixel_values": Floats(1, 3, 56, 56)}
    ),
    "tipsv2_dpt": Family(
        config={"backbone_config.image_size": 56, "neck_hidden_sizes": [16, 16, 32, 32], "fusion_hidden_size": 32},
    ),
    "ultravbert": Family(media={}),
    "uvdoc": Family(config={"backbone_config.out_indices": [1, 2, 3, 4, 5, 6]}),
    "vibevoice": Family(media={}),
    "vibevoice_acoustic_tokenizer": Family(inputs={"input_values": Floats(1, 1, 6400)}),
    "vibevoice_asr": Family(media={}),
    "video_llama_3": Family(
        media={"pixel_values": Floats(16, 768), "image_grid_thw": [[1, 4, 4]], "image_merge_sizes": [2]}
    ),
    "videomt": Family(config={"image_size": 64}, inputs={"pixel_values_videos": Floats(1, 2, 3, 64, 64)}),
    "videoprism": Family(
        config={"vision_config.image_size": 36, "vision_config.num_frames": 2},
        inputs={"pixel_values_videos": Floats(1, 2, 3, 36, 36), "input_ids": Ids(1, 9)},
    ),
    "voxtral_realtime": Family(inputs={"input_ids": Ids(1, 10), "input_features": Floats(1, 128, 80)}),
    "xcodec2": Family(
        config={"quantization_dim": 128, "encoder_hidden_size": 8},
        inputs={"input_values": Floats(1, 1, 6400), "input_features": Floats(1, 20, 160)},
    ),
}
