"""TRL: trainers of preferences, each a subclass of Trainer with a loss, a log and a `get_batch_samples` of its own."""

from typing import Any

WORDS = "the cat sat on mat dog ran home good bad yes no question answer red blue".split()


def run(probe: Any) -> None:
    import transformers

    with probe.step("import"):
        from datasets import Dataset
        from trl import (
            DPOConfig,
            DPOTrainer,
            KTOConfig,
            KTOTrainer,
            ORPOConfig,
            ORPOTrainer,
            RewardConfig,
            RewardTrainer,
            SFTConfig,
            SFTTrainer,
        )

    tokenizer = probe.word_tokenizer(WORDS)
    sizes = dict(
        vocab_size=len(tokenizer), hidden_size=32, intermediate_size=48, num_hidden_layers=2, num_attention_heads=4,
        num_key_value_heads=2, max_position_embeddings=64, pad_token_id=tokenizer.pad_token_id,
    )  # fmt: skip
    training = dict(
        output_dir=str(probe.folder / "out"), max_steps=6, learning_rate=1e-3, per_device_train_batch_size=2,
        logging_steps=2, report_to=[], use_cpu=True, seed=3, save_strategy="no", max_length=32,
    )  # fmt: skip

    def model() -> Any:
        return probe.fill(transformers.LlamaForCausalLM(transformers.LlamaConfig(**sizes)))

    def train(name: str, trainer: Any, digits: int = 3) -> None:
        trainer.train()
        logged = [entry for entry in trainer.state.log_history if "loss" in entry]
        probe.result(name, [round(entry["loss"], digits) for entry in logged])
        if "rewards/margins" in logged[-1]:
            probe.result(f"{name}_margins", [round(entry["rewards/margins"], digits) for entry in logged])

    prompts = ["question the cat", "question the dog"] * 4
    chosen, rejected = ["good yes", "yes home"] * 4, ["bad no", "no no"] * 4
    pairs = Dataset.from_dict({"prompt": prompts, "chosen": chosen, "rejected": rejected})
    given = dict(tokenizer=tokenizer)
    with probe.step("dpo"):
        arguments = DPOConfig(**training, max_prompt_length=16)
        train("dpo", DPOTrainer(model(), model(), args=arguments, train_dataset=pairs, **given))
    with probe.step("orpo"):
        arguments = ORPOConfig(**training, max_prompt_length=16)
        train("orpo", ORPOTrainer(model(), args=arguments, train_dataset=pairs, **given))
    with probe.step("kto"):
        arguments = KTOConfig(**training, max_prompt_length=16)
        data = Dataset.from_dict(
            {"prompt": prompts, "completion": ["good yes", "no home"] * 4, "label": [True, False] * 4}
        )
        train("kto", KTOTrainer(model(), model(), args=arguments, train_dataset=data, **given))
    with probe.step("reward"):
        config = transformers.LlamaConfig(**sizes, num_labels=1)
        scorer = probe.fill(transformers.LlamaForSequenceClassification(config))
        columns: dict[str, Any] = {}
        for kind, texts in (("chosen", chosen), ("rejected", rejected)):
            for key in ("input_ids", "attention_mask"):
                columns[f"{key}_{kind}"] = [tokenizer(text)[key] for text in texts]
        arguments = RewardConfig(**training, remove_unused_columns=False)
        train("reward", RewardTrainer(scorer, arguments, train_dataset=Dataset.from_dict(columns), **given), 2)
    with probe.step("sft"):
        # Its losses are those of Trainer, which have been divided by another number of tokens from 4.46 to 5.10.
        del training["max_length"]
        arguments = SFTConfig(**training, max_seq_length=16, dataset_text_field="text")
        data = Dataset.from_dict({"text": ["the cat sat on mat", "dog ran home", "good dog", "red cat"] * 4})
        trainer = SFTTrainer(model(), arguments, train_dataset=data, **given)
        trainer.train()
        probe.result("sft_steps", trainer.state.global_step)
