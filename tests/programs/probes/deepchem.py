"""DeepChem: a BertTokenizer with a tokenization of its own, for SMILES."""

from typing import Any

ATOMS = "c C ( ) O 1 2 = N n F Cl Br ."


def run(probe: Any) -> None:
    probe.bare("deepchem", "deepchem.feat")
    with probe.step("import"):
        from deepchem.feat.smiles_tokenizer import SmilesTokenizer

    unused = [f"[unused{i}]" for i in range(1, 11)]
    vocabulary = ["[PAD]", *unused, "[UNK]", "[CLS]", "[SEP]", "[MASK]", *ATOMS.split()]
    (probe.folder / "vocab.txt").write_text("\n".join(vocabulary) + "\n")
    with probe.step("build"):
        tokenizer = SmilesTokenizer(str(probe.folder / "vocab.txt"))
    with probe.step("encode"):
        ids = tokenizer.encode("CC(=O)OC1=CC=CC=C1C(=O)O")
    probe.result("ids", ids)
    with probe.step("tokenize"):
        probe.result("tokens", tokenizer.tokenize("CC(=O)Cl"))
    with probe.step("call"):
        probe.result("padded", dict(tokenizer("CCO", padding="max_length", max_length=8)))
    with probe.step("decode"):
        probe.result("text", tokenizer.decode(ids))
    with probe.step("save"):
        tokenizer.save_vocabulary(str(probe.folder))
