"""The programs: third-party packages, unmodified, that worked with an older transformers and fail with a newer one."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

DATASETS = (
    "datasets==2.19.2",
    "pandas==3.1.1",
    "python-dateutil==4.0.0",
    "pyarrow==26.0.1",
    "pyarrow-hotfix==0.7",
    "multiprocess==0.70.19",
    "dill==0.4.1",
    "xxhash==4.1.0",
    "aiohttp==3.14.5",
    "multidict==7.2.1",
    "attrs==26.1.0",
    "yarl==1.25.1",
    "propcache==0.5.4",
    "aiohappyeyeballs==2.7.1",
    "aiosignal==1.4.0",
    "frozenlist==1.8.0",
    "six==1.17.0",
)
_NO_CACHE = "compress_prompt AttributeError: 'list' object has no attribute 'get_seq_length'"


@dataclass(frozen=True)
class Source:
    """Files of a public repository: the folder `tree` at `commit`."""

    repository: str
    commit: str
    tree: str

    def __str__(self) -> str:
        return f"{self.repository}@{self.commit[:7]}"


@dataclass(frozen=True)
class Program:
    """One row.

    Attributes:
        name: of the probe in `probes/`.
        package: the release; for remote code, where its files are.
        needs: what the probe makes it import beside torch, transformers and what those need; installed without
            dependencies.
        written_for: a version of transformers on which it works as its authors meant; its results are from there.
        results: what it computes there.
        fails: the first error without hfcompat, as `step ErrorType: start of the message`, by range of versions.
            Outside these ranges it works.
    """

    name: str
    package: str | Source
    written_for: str
    results: dict[str, Any]
    fails: dict[str, str]
    needs: tuple[str, ...] = field(default=())


PROGRAMS = [
    Program(
        "minicons",
        "minicons==0.3.18",
        written_for="4.57.6",
        results={"score": [-5.19, -7.16]},
        fails={">=5.0.0.dev0": "import ImportError: cannot import name 'AutoModelForVision2Seq' from 'transformers'"},
        needs=("pillow==13.0.0", "wonderwords==3.0.1"),
    ),
    Program(
        "setfit",
        "setfit==1.1.2",
        written_for="4.57.6",
        results={"batch_size": [2, 2]},
        fails={
            ">=5.0.0.dev0": "import ImportError: cannot import name 'default_logdir' from 'transformers.training_args'"
        },
        needs=(
            *DATASETS,
            "sentence-transformers==3.4.1",
            "scikit-learn==1.9.1",
            "scipy==1.17.1",
            "joblib==1.6.0",
            "cloudpickle==3.1.2",
            "narwhals==2.29.0",
            "threadpoolctl==3.8.0",
            "pillow==13.0.0",
            "evaluate==0.4.6",
        ),
    ),
    Program(
        "donut",
        "donut-python==1.0.9",
        written_for="4.57.6",
        results={"tokens_added": 2, "embeddings_follow": True},
        fails={">=5.0.0.dev0": "import ImportError: cannot import name 'PretrainedConfig' from 'transformers.modeling"},
        needs=(*DATASETS, "timm==1.0.15", "torchvision==0.29.1", "pillow==13.0.0", "zss==1.2.0", "nltk==3.10.4"),
    ),
    Program(
        "llmlingua",
        "llmlingua==0.2.2",
        written_for="4.47.1",
        results={"compressed_tokens": 52, "ppl": [6.85, 7.29, 3.22]},
        fails={
            ">=4.48.0.dev0,<4.51.0.dev0": _NO_CACHE,
            ">=4.51.0.dev0,<4.54.0.dev0": "compress_prompt ValueError: The `past_key_values` should be",
            ">=4.54.0.dev0,<5.0.0.dev0": _NO_CACHE,
            ">=5.0.0.dev0": "compress_prompt ValueError: too many values to unpack (expected 2)",
        },
        needs=("nltk==3.10.4",),
    ),
    Program(
        "colbert",
        "colbert-ai==0.2.21",
        written_for="4.49.0",
        results={"shape": [1, 4, 32], "bert": [-0.44, -0.15, 1.46, -0.29, 0.94, 2.4]},
        fails={">=4.50.0.dev0": "import ImportError: cannot import name 'AdamW' from 'transformers'"},
        needs=("ujson==6.1.0", "GitPython==3.2.1", "gitdb==4.0.12", "smmap==5.0.3", "scipy==1.17.1"),
    ),
    Program(
        "diffusers",
        "diffusers==0.30.3",
        written_for="4.57.6",
        results={
            "embedded": [1.53, 0.59, 0.52, 3.01, 0.51, -0.53],
            "image": [1.0, 0.99, 0.33, 0.97, 1.0, 0.44],
            "same_after_reload": True,
        },
        fails={">=5.0.0.dev0": "import RuntimeError: Failed to import diffusers.pipelines.stable_diffusion"},
        needs=("pillow==13.0.0",),
    ),
    Program(
        "adapters",
        "adapters==1.1.1",
        written_for="4.49.0",
        results={"logits": [-0.16, -1.19]},
        fails={
            ">=4.52.0.dev0,<5.0.0.dev0": "import ImportError: cannot import name 'BERT_INPUTS_DOCSTRING'",
            ">=5.0.0.dev0": "import ImportError: cannot import name 'HfFolder' from 'huggingface_hub'",
        },
    ),
    Program(
        "compel",
        "compel==2.0.3",
        written_for="4.57.6",
        results={"last": [0.72, -0.45, 1.45, 3.81, 0.67, -0.14], "penultimate": [1.53, 0.59, 0.52, 3.01, 0.51, -0.53]},
        fails={
            ">=5.6.0.dev0": "penultimate AttributeError: 'CLIPTextModel' object has no attribute 'text_model'",
        },
        needs=("pyparsing==3.3.3",),
    ),
    Program(
        "deepchem",
        "deepchem==2.8.0",
        written_for="4.57.6",
        results={
            "ids": [
                12,
                16,
                16,
                17,
                22,
                19,
                18,
                19,
                16,
                20,
                22,
                16,
                16,
                22,
                16,
                16,
                22,
                16,
                20,
                16,
                17,
                22,
                19,
                18,
                19,
                13,
            ],
            "tokens": ["C", "C", "(", "=", "O", ")", "Cl"],
            "padded": {
                "input_ids": [12, 16, 16, 19, 13, 0, 0, 0],
                "token_type_ids": [0, 0, 0, 0, 0, 0, 0, 0],
                "attention_mask": [1, 1, 1, 1, 1, 0, 0, 0],
            },
            "text": "[CLS] C C ( = O ) O C 1 = C C = C C = C 1 C ( = O ) O [SEP]",
        },
        fails={
            ">=5.0.0.dev0": "build AttributeError: property 'vocab' of 'SmilesTokenizer' object has no setter",
        },
    ),
    Program(
        "flagembedding",
        "FlagEmbedding==1.3.4",
        written_for="4.49.0",
        results={"scores": [1.833, 1.647]},
        fails={
            ">=4.52.0.dev0,<5.0.0.dev0": "import ImportError: cannot import name 'GEMMA2_START_DOCSTRING'",
            ">=5.0.0.dev0": "import ImportError: cannot import name 'is_torch_fx_available'",
        },
        needs=(
            *DATASETS,
            "peft==0.15.2",
            "scikit-learn==1.9.1",
            "scipy==1.17.1",
            "joblib==1.6.0",
            "cloudpickle==3.1.2",
            "narwhals==2.29.0",
            "threadpoolctl==3.8.0",
            "pillow==13.0.0",
            "sentence-transformers==3.4.1",
        ),
    ),
    Program(
        "granite_tsfm",
        "granite-tsfm==0.2.22",
        written_for="4.57.6",
        results={"forecast": [0.23, 0.16], "same_after_reload": True},
        fails={
            ">=5.0.0.dev0": "from_pretrained AttributeError: 'TinyTimeMixerForPrediction' object has no attribute 'all_tied",
        },
        needs=("scipy==1.17.1",),
    ),
    Program(
        "groundingdino",
        "groundingdino-py==0.4.0",
        written_for="4.57.6",
        results={"hidden": [-0.47, 0.02, 1.92, -0.26, 1.51, 1.97]},
        fails={
            ">=5.0.0.dev0": "BertModelWarper AttributeError: 'BertModel' object has no attribute 'get_",
        },
        needs=(
            "torchvision==0.29.1",
            "pillow==13.0.0",
        ),
    ),
    Program(
        "medusa",
        "medusa-llm==0.1",
        written_for="4.57.6",
        results={"logits": [2.77, -0.54, -3.44, 1.59, -0.24, 0.54], "loss": 6.06, "same_after_reload": True},
        fails={
            ">=5.0.0.dev0": "build KeyError: 'type'",
        },
    ),
    Program(
        "multilingual_clip",
        "multilingual-clip==1.0.10",
        written_for="4.57.6",
        results={"embedding": [0.1, -1.95, 3.01, -0.06, -2.1, 0.44], "same_after_reload": True},
        fails={
            ">=5.0.0.dev0": "from_pretrained RuntimeError: You are using `from_pretrained` with a meta device",
        },
    ),
    Program(
        "parler_tts",
        "parler-tts==0.2.3",
        written_for="4.46.1",
        results={
            "sinusoidal_decoder": [0.31, 0.76, 1.83, -1.75, 0.89, 1.44],
            "sinusoidal_loss": 4.361,
            "sinusoidal_codes": [4, 4, 13, 13, 13, 13, 26, 13, 13, 16, 16, 16, 18, 16, 18, 16, 16, 18],
            "rotary_decoder": [0.23, 0.9, 2.05, -1.48, 1.28, 1.09],
            "rotary_loss": 4.368,
            "rotary_codes": [13, 13, 13, 26, 13, 26, 13, 26, 13, 16, 16, 16, 16, 16, 16, 16, 16, 16],
            "same_after_reload": True,
        },
        fails={
            ">=4.52.0.dev0,<5.0.0.dev0": "sinusoidal_generate AttributeError: 'NoneType' object has no attribute",
            ">=5.0.0.dev0": "import ImportError: cannot import name",
        },
    ),
    Program(
        "peft",
        "peft==0.10.0",
        written_for="4.36.2",
        results={
            "lora": [5, 6, 7, 8, 9, 10, 11, 23, 74, 74, 36],
            "prompt_logits": [1.82, -0.58, -3.0, 0.46, 0.95, -0.58],
            "prompt": [5, 6, 7, 8, 9, 10, 11, 23, 23, 23, 9],
            "prefix_logits": [2.24, -0.35, -3.55, 1.15, 0.61, -0.08],
            "prefix": [5, 6, 7, 8, 9, 10, 11, 23, 23, 55, 9],
        },
        fails={
            ">=4.48.0.dev0,<4.54.0.dev0": "prompt_generate KeyError: 'Cache only has 0 layers, attempted to access layer",
            ">=4.54.0.dev0,<5.0.0.dev0": "prompt_generate AttributeError: 'NoneType' object has no attribute 'shape'",
            ">=5.0.0.dev0,<5.4.0.dev0": "prompt_generate KeyError: 'past_key_values'",
            ">=5.4.0.dev0": "prompt_generate TypeError: 'DynamicCache' object is not subscriptable",
        },
    ),
    Program(
        "llm2vec",
        "llm2vec==0.2.3",
        written_for="4.44.2",
        results={
            "llama_eager": [0.42, 0.0, 0.18, -0.66, -0.67, -0.79],
            "llama_eager_loss": 3.087,
            "llama_sdpa": [0.42, 0.0, 0.18, -0.66, -0.67, -0.79],
            "llama_sdpa_loss": 3.087,
            "llama_encoded": [0.5, 0.89, 0.18, -0.3, -0.45, 0.05],
            "mistral_eager": [0.42, 0.0, 0.18, -0.66, -0.67, -0.79],
            "mistral_eager_loss": 3.087,
            "mistral_sdpa": [0.42, 0.0, 0.18, -0.66, -0.67, -0.79],
            "mistral_sdpa_loss": 3.087,
            "mistral_encoded": [0.5, 0.89, 0.18, -0.3, -0.45, 0.05],
            "gemma_eager": [1.73, 2.16, -0.02, 0.04, -1.27, -0.72],
            "gemma_eager_loss": 5.666,
            "gemma_sdpa": [1.73, 2.16, -0.02, 0.04, -1.27, -0.72],
            "gemma_sdpa_loss": 5.666,
            "gemma_encoded": [1.16, 1.43, 0.39, -0.27, 0.19, -2.06],
        },
        fails={">=4.48.0.dev0": "import ImportError: cannot import name 'MistralFlashAttention2'"},
        needs=("peft==0.10.0",),
    ),
    Program(
        "trl",
        "trl==0.11.4",
        written_for="4.44.2",
        results={
            "dpo": [0.665, 0.52, 0.462],
            "dpo_margins": [0.058, 0.384, 0.534],
            "orpo": [3.065, 2.34, 2.01],
            "orpo_margins": [0.0, 0.054, 0.081],
            "kto": [0.483, 0.436, 0.415],
            "kto_margins": [0.138, 0.518, 0.688],
            "reward": [0.81, 0.16, 0.07],
            "sft_steps": 6,
        },
        fails={
            ">=4.46.0.dev0,<4.50.0.dev0": "dpo AttributeError: 'generator' object has no attribute 'generate'",
            ">=4.50.0.dev0,<5.0.0.dev0": "dpo TypeError: DPOTrainer.get_batch_samples() takes 3 positional arguments but 4",
            ">=5.0.0.dev0": "import RuntimeError: Failed to import trl.trainer.dpo_trainer",
        },
        needs=(*DATASETS, "rich==14.0.0", "markdown-it-py==3.0.0", "mdurl==0.1.2", "pygments==2.19.1"),
    ),
    Program(
        "lavis",
        "salesforce-lavis==1.0.2",
        written_for="4.49.0",
        results={"hidden": [1.08, 0.23, 0.9, 0.5, 2.39, -0.1], "generated": [5, 6, 7, 8, 9, 10, 11, 23, 23, 23, 23]},
        fails={
            ">=4.56.0.dev0": "import ImportError: cannot import name 'apply_chunking_to_forward'",
        },
        needs=(
            "torchvision==0.29.1",
            "pillow==13.0.0",
        ),
    ),
    Program(
        "sudachitra",
        "sudachitra==0.1.9",
        written_for="4.57.6",
        results={"ids": [2, 5, 6, 7, 8, 9, 10, 3], "text": "吾輩 は 猫 で ある 。"},
        fails={
            ">=5.0.0.dev0": "import ImportError: cannot import name 'WordpieceTokenizer'",
        },
        needs=(
            "SudachiPy==0.7.0",
            "sudachidict_small==20261015",
        ),
    ),
    Program(
        "surya",
        "surya-ocr==0.6.13",
        written_for="4.57.6",
        results={"tied": False, "hidden": [0.13, 0.05, 0.2, 1.46, -0.31, -0.54], "same_after_reload": True},
        fails={
            ">=5.0.0.dev0": "import ImportError: cannot import name 'find_pruneable_heads_and_indices'",
        },
        needs=(
            "pillow==13.0.0",
            "pydantic==2.14.3",
            "pydantic-settings==2.16.3",
            "pydantic_core==2.50.4",
            "python-dotenv==1.2.4",
            "typing-inspection==0.4.5",
            "annotated-types==0.8.0",
        ),
    ),
    Program(
        "transformers_cfg",
        "transformers-cfg==0.2.7",
        written_for="4.57.6",
        results={"text": "x:a11b"},
        fails={
            ">=5.0.0.dev0": "constraint OSError: We couldn't connect to 'https://huggingface.co'",
        },
        needs=("termcolor==3.3.0",),
    ),
]
