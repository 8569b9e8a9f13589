"""`AutoTokenizer`, which knows the backends that plugins bring, and puts BOS and EOS where it is asked to."""

from __future__ import annotations

from typing import Any

from hfcompat.auto import arguments, families, tokenizer_backends
from hfcompat.auto.enclosing import enclose_as_said
from hfcompat.auto.passing import Passing, stock
from hfcompat.environment import Environment

__all__ = ["AutoTokenizer"]


class AutoTokenizer(metaclass=Passing):
    """`transformers.AutoTokenizer`: change the import, and nothing else.

    Upstream: https://huggingface.co/docs/transformers/model_doc/auto
    """

    @classmethod
    def from_pretrained(
        cls,
        pretrained_model_name_or_path: Any,
        *inputs: Any,
        force_hf: bool = False,
        add_bos_token: bool | None = None,
        add_eos_token: bool | None = None,
        backend: str | None = None,
        **kwargs: Any,
    ) -> Any:
        """`from_pretrained` of transformers, under the keywords of 4.x or 5.x.

        Args:
            pretrained_model_name_or_path: a folder, or a name on the Hub.
            inputs: as transformers takes them; with them, no backend is looked for.
            force_hf: the stock path: nothing is applied, no keyword translated, no backend looked for.
            add_bos_token: whether every text begins with BOS, whatever the files and the class say; None leaves it.
            add_eos_token: the same at the end, with EOS.
            backend: a tokenizer backend by name, "mistral", "mistral:tekken"; "transformers" for none. None: the first
                whose files are there; `hfcompat.auto.tokenizer_backends.explain(tokenizer)` says which, and why.
                "tokenizers" and "sentencepiece" are words of transformers 5, which gets them; 4.x has no such choice.
            kwargs: as transformers takes them.

        Returns:
            A PreTrainedTokenizerBase.

        Raises:
            What transformers raises. ValueError: BOS or EOS is asked for, and the tokenizer has none; a keyword is
            given under two names; no backend has that name.
        """
        if force_hf:
            for name, value in (("add_bos_token", add_bos_token), ("add_eos_token", add_eos_token)):
                kwargs |= {} if value is None else {name: value}
            kwargs |= {} if backend is None else {"backend": backend}
            return stock(cls).from_pretrained(pretrained_model_name_or_path, *inputs, **kwargs)
        arguments.prepare(kwargs)
        if backend in tokenizer_backends.OF_STOCK:
            runtime = Environment().transformers
            if runtime is None or runtime.major >= 5:
                kwargs["backend"] = backend
            backend = tokenizer_backends.STOCK
        made, choice = None, tokenizer_backends.Choice(tokenizer_backends.STOCK)
        if not inputs:
            made, choice = tokenizer_backends.build(pretrained_model_name_or_path, kwargs, backend)
        if made is None:
            families.look(pretrained_model_name_or_path, kwargs, optional=True)
            try:
                made = stock(cls).from_pretrained(pretrained_model_name_or_path, *inputs, **kwargs)
            except Exception:
                families.look(pretrained_model_name_or_path, kwargs)  # if it was for want of a family: how to have it
                raise
        enclose_as_said(made, bos=add_bos_token, eos=add_eos_token)
        tokenizer_backends.note(made, choice)
        return made
