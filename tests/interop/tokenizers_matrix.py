"""Tokenizers that one environment wrote, as another one reads them; see `folders`.

python tests/interop/tokenizers_matrix.py save OUT
python tests/interop/tokenizers_matrix.py convert OUT DUAL
python tests/interop/tokenizers_matrix.py load DUAL RESULT.json [--apply]
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import folders
import written_tokenizers


def read(name: str, folder: Path) -> Any:
    import transformers

    return transformers.AutoTokenizer.from_pretrained(folder)


def observe(name: str, tokenizer: Any) -> dict[str, Any]:
    return written_tokenizers.observe(tokenizer)


if __name__ == "__main__":
    folders.main({"cases": written_tokenizers.CASES, "unseen": written_tokenizers.UNSEEN}, read, observe)
