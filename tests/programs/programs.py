"""The programs: third-party packages, unmodified, that worked with an older transformers and fail with a newer one."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

_DATASETS = (
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
class Program:
    """One row.

    Attributes:
        name: of the probe in `probes/`.
        package: the release.
        needs: what the probe makes it import beside torch, transformers and what those need; installed without
            dependencies.
        written_for: a version of transformers on which it works as its authors meant; its results are from there.
        results: what it computes there.
        fails: the first error without hfcompat, as `step ErrorType: start of the message`, by range of versions.
            Outside these ranges it works.
    """

    name: str
    package: str
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
            *_DATASETS,
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
        needs=(*_DATASETS, "timm==1.0.15", "torchvision==0.29.1", "pillow==13.0.0", "zss==1.2.0", "nltk==3.10.4"),
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
]
