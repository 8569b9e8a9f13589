"""SudachiTra: a Japanese BertTokenizer over another analyser."""

from typing import Any

WORDS = "吾輩 は 猫 で ある 。 東京 都 に 行く"


def run(probe: Any) -> None:
    with probe.step("import"):
        from sudachitra.tokenization_bert_sudachipy import BertSudachipyTokenizer
    vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *WORDS.split()]
    (probe.folder / "vocab.txt").write_text("\n".join(vocabulary), encoding="utf-8")
    with probe.step("build"):
        tokenizer = BertSudachipyTokenizer(
            str(probe.folder / "vocab.txt"), sudachipy_kwargs={"split_mode": "C", "dict_type": "small"}
        )
    with probe.step("encode"):
        ids = tokenizer("吾輩は猫である。")["input_ids"]
    probe.result("ids", ids)
    with probe.step("decode"):
        probe.result("text", tokenizer.decode(ids, skip_special_tokens=True))
