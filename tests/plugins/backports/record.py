"""Writes recorded/: `python record.py`, on 5.23.0. A folder a family: the checkpoint in bf16, and what it answers in fp32."""

from __future__ import annotations

import json
import shutil

import torch
import transformers
from backport_cases import CASES, RECORDED, answers, auto_of
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Whitespace


def write_tokenizer() -> None:
    """A word a token, as 5.x writes it, beside one of the models."""
    words = Tokenizer(WordLevel({f"w{at}": at for at in range(32)}, unk_token="w0"))
    words.pre_tokenizer = Whitespace()
    transformers.TokenizersBackend(tokenizer_object=words, eos_token="w2").save_pretrained(RECORDED / "solar_open")


def main() -> None:
    assert transformers.__version__ == "5.23.0", transformers.__version__
    torch.set_num_threads(1)
    for name, said in CASES.items():
        home = RECORDED / name
        shutil.rmtree(home, ignore_errors=True)
        auto = getattr(transformers, auto_of(name))
        model = auto.from_config(transformers.AutoConfig.for_model(name, **said))
        random = torch.Generator().manual_seed(3)
        for key, weight in [*model.named_parameters(), *model.named_buffers()]:
            if weight.ndim >= 2 or "bias" in key:
                weight.data.copy_(torch.randn(weight.shape, generator=random) * 0.3)
        model.to(torch.bfloat16).save_pretrained(home)
        model = auto.from_pretrained(home, dtype=torch.float32).eval()
        found = {key: value.tolist() for key, value in answers(model, name).items()}
        (home / "answers.json").write_text(json.dumps(found) + "\n")
    write_tokenizer()


if __name__ == "__main__":
    main()
