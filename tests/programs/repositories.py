"""Remote code: model files of public repositories, which are not on PyPI.

Nothing of them is in this repository. Fetch what you want to run by hand, as bare clones named `owner+name`, into one folder,
and name it in HFCOMPAT_TEST_SOURCES:

    git clone --bare https://github.com/SafeAILab/EAGLE $HFCOMPAT_TEST_SOURCES/SafeAILab+EAGLE
"""

from __future__ import annotations

from programs import DATASETS, Program, Source

REPOSITORIES = [
    Program(
        "deepseek_v2",
        Source("deepseek-ai/DeepSeek-VL2", "ef9f91e2b6426536b83294c11742c27be66361b1", "deepseek_vl2/models"),
        written_for="4.47.1",
        results={
            "logits": [0.42, -0.82, -0.52, 0.13, 2.43, -0.99],
            "loss": 5.07,
            "generated": [5, 6, 7, 8, 9, 10, 11, 38, 29, 4, 69],
            "without_cache": [5, 6, 7, 8, 9, 10, 11, 38, 29, 4, 69],
            "same_after_reload": True,
        },
        fails={
            ">=4.48.0.dev0": "build ImportError: cannot import name 'LlamaFlashAttention2' from 'transformers.models"
        },
        needs=("einops==0.8.2",),
    ),
    Program(
        "eagle",
        Source("SafeAILab/EAGLE", "cb7e0841fe0c206c6ed74a197ad5e2a1f13f5a2b", "eagle"),
        written_for="4.57.6",
        results={"logits": [-0.77, 2.48, -1.89, -0.67, 1.76, -1.15], "loss": 5.27, "same_after_reload": True},
        fails={">=5.0.0.dev0": "build KeyError: 'default'"},
    ),
    Program(
        "emu3",
        Source("baaivision/Emu3", "f6ea9aaa44bd4ae5d7a048300cf0a16a863b0cae", "emu3/mllm"),
        written_for="4.47.1",
        results={
            "logits": [-1.12, 2.5, -1.79, -0.47, 2.04, -0.86],
            "loss": 5.25,
            "generated": [5, 6, 7, 8, 9, 10, 11, 20, 67, 78, 51],
            "without_cache": [5, 6, 7, 8, 9, 10, 11, 20, 67, 78, 51],
            "same_after_reload": True,
        },
        fails={
            ">=4.49.0.dev0,<4.54.0.dev0": "generate AttributeError: 'DynamicCache' object has no attribute 'get_max_length'",
            ">=4.54.0.dev0,<5.0.0.dev0": "forward AttributeError: 'DynamicCache' object has no attribute 'get_usable",
            ">=5.0.0.dev0": "build ImportError: cannot import name 'is_torch_fx_available'",
        },
    ),
    Program(
        "florence2",
        Source("kijai/ComfyUI-Florence2", "00b63382966a444a9fefacb65b8deb188d12a458", "."),
        written_for="4.49.0",
        results={
            "logits": [-1.39, -0.09, 0.08, 1.66, -1.15, -1.11],
            "greedy": [2, 72, 72, 72, 2],
            "beams": [2, 72, 72, 72, 2],
            "same_after_reload": True,
        },
        fails={
            ">=4.50.0.dev0,<5.0.0.dev0": "greedy AttributeError: 'NoneType' object has no attribute 'shape'",
            ">=5.0.0.dev0": "build AttributeError: 'Florence2LanguageConfig' object has no attribute 'forced_bos_token_id'",
        },
        needs=("einops==0.8.2", "timm==1.0.15", "torchvision==0.29.1", "pillow==13.0.0"),
    ),
    Program(
        "internlm2",
        Source("NanSang2000/S1mpleAgent", "4275caa205dbb8ff83930e2c1ce6bc62ec49329c", "."),
        written_for="4.49.0",
        results={
            "logits": [0.96, -1.33, 1.36, -0.71, -0.72, -2.01],
            "loss": 5.72,
            "generated": [5, 6, 7, 8, 9, 10, 11, 85, 40, 86, 45],
            "without_cache": [5, 6, 7, 8, 9, 10, 11, 85, 40, 86, 45],
            "same_after_reload": True,
        },
        fails={},
        needs=("einops==0.8.2",),
    ),
    Program(
        "internvl",
        Source("OpenGVLab/InternVL", "2410d1dbf208f0e799459aff9376e5747dbf41a2", "internvl_chat/internvl"),
        written_for="4.49.0",
        results={"logits": [-2.1, 2.3, -0.81, 0.59, 1.0, 1.62], "generated": [49, 19, 62, 24]},
        fails={
            ">=4.50.0.dev0,<5.0.0.dev0": "generate AttributeError: 'InternLM2ForCausalLM' object has no attribute 'generate'",
            ">=5.0.0.dev0": "build KeyError: 'type'",
        },
        needs=("einops==0.8.2", "timm==1.0.15", "torchvision==0.29.1", "pillow==13.0.0", "peft==0.15.2"),
    ),
    Program(
        "jetmoe",
        Source("myshell-ai/JetMoE", "0a9bc5a32386af9ea7abe9e32298976a94da908a", "jetmoe"),
        written_for="4.47.1",
        results={
            "logits": [-0.11, 0.25, 0.48, 0.78, -0.85, 0.89],
            "loss": 5.79,
            "generated": [5, 6, 7, 8, 9, 10, 11, 94, 59, 38, 57],
            "without_cache": [5, 6, 7, 8, 9, 10, 11, 94, 59, 38, 57],
            "same_after_reload": True,
        },
        fails={},
    ),
    Program(
        "llada",
        Source("QuentinFitteRey/LLada-Reasoning", "7574a28bfd64de88ec0c73fb509eefbb4f825fc1", "modelling_final"),
        written_for="4.57.6",
        results={"logits": [-0.02, 0.61, 0.37, -1.26, -0.69, -2.02], "same_after_reload": True},
        fails={">=5.0.0.dev0": "forward AttributeError: 'LLaDAConfig' object has no attribute 'use_cache'"},
    ),
    Program(
        "stablelm_epoch",
        Source("Zumwaltboi68/stable-code-3b", "7c4583da0a36c56c7bf040864b737a70d45d1f4b", "."),
        written_for="4.49.0",
        results={
            "logits": [0.9, 0.75, -2.12, 0.04, 2.0, 0.05],
            "loss": 5.44,
            "generated": [5, 6, 7, 8, 9, 10, 11, 74, 31, 91, 74],
            "without_cache": [5, 6, 7, 8, 9, 10, 11, 74, 31, 91, 74],
            "same_after_reload": True,
        },
        fails={},
    ),
    Program(
        "tranception",
        Source("OATML-Markslab/Tranception", "2ddf40e1db9d2d180d1b5fc9d1b39ad5b04fbb6d", "tranception"),
        written_for="4.49.0",
        results={
            "logits": [-1.46, -2.1, 2.8, 0.43, 0.89, -0.14],
            "loss": 5.78,
            "generated": [5, 6, 7, 8, 9, 10, 11, 16, 16, 16, 16],
            "without_cache": [5, 6, 7, 8, 9, 10, 11, 16, 16, 16, 16],
            "same_after_reload": True,
        },
        fails={},
        needs=(*DATASETS, "biopython==1.81", "einops==0.8.2"),
    ),
]
