"""Runs one of the programs in this process and says how far it got.

    python probe.py NAME [hfcompat [DIALECT]]

The program itself is found through PYTHONPATH. The last line of stdout is `PROBE` and a JSON object: `steps` (those
that were reached), `results` (the numbers that must not differ between versions of transformers) and `error` (None, or
`step`, `type` and `message`).
"""

from __future__ import annotations

import importlib.util
import json
import os
import sys
import tempfile
import traceback
import types
import warnings
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any


class Stopped(Exception):
    """A step failed; it is noted already."""


class Probe:
    """What a probe talks to.

    Attributes:
        folder: an empty folder for models, tokenizers and outputs.
        sources: the files of a program that is no package.
    """

    def __init__(self, folder: Path, sources: Path) -> None:
        self.folder = folder
        self.sources = sources
        self.outcome: dict[str, Any] = {"steps": [], "results": {}, "error": None}

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """What the program does with transformers, under a name that a failure can be told by."""
        self.outcome["steps"].append(name)
        try:
            yield
        except BaseException as error:
            traceback.print_exc()
            message = " | ".join(line.strip() for line in str(error).splitlines() if line.strip())
            self.outcome["error"] = {"step": name, "type": type(error).__name__, "message": message}
            raise Stopped from error

    def result(self, name: str, value: Any) -> None:
        """A number, or lists of numbers, rounded to what must be equal."""
        self.outcome["results"][name] = value

    def row(self, tensor: Any) -> list[float]:
        """The first six numbers of the last row, rounded."""
        return [round(float(x), 2) for x in tensor.detach().float().reshape(-1, tensor.shape[-1])[-1][:6]]

    def language_model(
        self,
        model: Any,
        load: Callable[[str], Any],
        generates: bool = True,
        trains: bool = True,
        save: dict[str, Any] | None = None,
    ) -> None:
        """Logits, loss and gradients, a greedy continuation with its cache and without, save and reload."""
        import torch

        self.fill(model)
        ids = torch.arange(5, 12)[None]
        with self.step("forward"), torch.no_grad():
            self.result("logits", self.row(self.logits(model(input_ids=ids))))
        if trains:
            with self.step("backward"):
                loss = model(input_ids=ids, labels=ids).loss
                loss.backward()
                model.zero_grad()
                self.result("loss", round(float(loss.detach()), 2))
        if generates:
            options = {"max_new_tokens": 4, "min_new_tokens": 4, "do_sample": False, "pad_token_id": 0}
            with self.step("generate"), torch.no_grad():
                generated = model.generate(input_ids=ids, attention_mask=torch.ones_like(ids), **options)
                self.result("generated", generated[0].tolist())
            with self.step("without_cache"), torch.no_grad():
                tokens = ids
                for _ in range(4):
                    logits = self.logits(model(input_ids=tokens, use_cache=False))
                    tokens = torch.cat([tokens, logits[:, -1:].argmax(-1)], 1)
                self.result("without_cache", tokens[0].tolist())
        self.reload(model, load, lambda loaded: self.logits(loaded(input_ids=ids)), save)

    @staticmethod
    def logits(output: Any) -> Any:
        return output.logits if hasattr(output, "logits") else output[0]

    def reload(
        self, model: Any, load: Callable[[str], Any], forward: Callable[[Any], Any], save: dict[str, Any] | None = None
    ) -> None:
        """Saves, loads and asks whether the same comes out; `load` takes a folder, `forward` a model, `save` is for save_pretrained."""
        import torch

        folder = str(self.folder / "saved")
        with self.step("save_pretrained"):
            model.save_pretrained(folder, **(save or {}))
        with self.step("from_pretrained"):
            loaded = load(folder).float().eval()
        with self.step("forward_reloaded"), torch.no_grad():
            self.result("same_after_reload", torch.allclose(forward(model), forward(loaded), atol=1e-4))

    def bare(self, *packages: str) -> None:
        """Makes packages importable without their `__init__`, which imports what the probe has no use for."""
        for name in packages:
            root, *rest = name.split(".")
            spec = importlib.util.find_spec(root) if root not in sys.modules else sys.modules[root].__spec__
            assert spec is not None
            assert spec.submodule_search_locations is not None
            module = types.ModuleType(name)
            module.__spec__ = spec
            module.__path__ = [str(Path(spec.submodule_search_locations[0], *rest))]
            sys.modules[name] = module

    def leave_out_operators(self) -> None:
        """torchvision's operators are compiled for one build of torch; beside another one, describing them fails."""
        name = "torchvision._meta_registrations"
        sys.modules[name] = types.ModuleType(name)

    def fill(self, model: Any) -> Any:
        """Weights that depend on the parameters' names and shapes only. Returns the model, float32, in eval mode."""
        import torch

        with torch.no_grad():
            for name, parameter in model.named_parameters():
                noise = torch.randn(parameter.shape, generator=torch.Generator().manual_seed(zlib.crc32(name.encode())))
                norm = "norm" in name.lower() or "ln" in name.lower()
                matrix = parameter.ndim > 1
                parameter.copy_(0.15 * noise if matrix else 1 + 0.1 * noise if norm else 0.1 * noise)
        return model.float().eval()

    def word_tokenizer(self, words: list[str]) -> Any:
        """A tokenizer of whole words between spaces: <unk> is 0, <s> 1, </s> (and padding) 2, `words` follow."""
        from tokenizers import Tokenizer, models, pre_tokenizers
        from transformers import PreTrainedTokenizerFast

        vocabulary = {word: i for i, word in enumerate(["<unk>", "<s>", "</s>", *words])}
        tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="<unk>"))
        tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
        return PreTrainedTokenizerFast(
            tokenizer_object=tokenizer, unk_token="<unk>", bos_token="<s>", eos_token="</s>", pad_token="</s>"
        )

    def wordpiece_tokenizer(self, words: str) -> Any:
        """A BERT-like fast tokenizer: [PAD] is 0, [UNK] 1, [CLS] 2, [SEP] 3, [MASK] 4, `words` follow."""
        from tokenizers import BertWordPieceTokenizer
        from transformers import PreTrainedTokenizerFast

        file = self.folder / "words.txt"
        file.write_text("\n".join(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *words.split()]))
        return PreTrainedTokenizerFast(
            tokenizer_object=BertWordPieceTokenizer(str(file))._tokenizer,
            pad_token="[PAD]",
            unk_token="[UNK]",
            cls_token="[CLS]",
            sep_token="[SEP]",
        )


def main(name: str, mode: str = "stock", dialect: str | None = None) -> int:
    warnings.filterwarnings("ignore")
    with tempfile.TemporaryDirectory(prefix="probe-", ignore_cleanup_errors=True) as folder:
        os.environ.update(
            HF_HUB_OFFLINE="1",
            HF_HOME=f"{folder}/hf",
            HF_MODULES_CACHE=f"{folder}/modules",
            TRANSFORMERS_VERBOSITY="error",
            TOKENIZERS_PARALLELISM="false",
            CUDA_VISIBLE_DEVICES="",
        )
        if mode == "hfcompat":
            import hfcompat

            hfcompat.apply(dialect=dialect)
        probe = Probe(Path(folder), Path(os.environ["PYTHONPATH"].split(os.pathsep)[0]) / name)
        with suppress(Stopped):
            _load(name).run(probe)
        print("\nPROBE", json.dumps(probe.outcome), flush=True)
    return int(probe.outcome["error"] is not None)


def _load(name: str) -> Any:
    import torch

    torch.manual_seed(0)
    torch.set_num_threads(1)
    # Not imported by name: a probe is called like the package that it is about.
    spec = importlib.util.spec_from_file_location(f"probe_{name}", Path(__file__).parent / "probes" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
