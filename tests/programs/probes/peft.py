"""PEFT: LoRA, prompt tuning and prefix tuning, which hand caches to generate and look into them."""

from typing import Any


def run(probe: Any) -> None:
    import torch

    with probe.step("import"):
        from peft import LoraConfig, PeftModel, PrefixTuningConfig, PromptTuningConfig, get_peft_model
    from transformers import LlamaConfig, LlamaForCausalLM

    def llama() -> Any:
        config = LlamaConfig(
            vocab_size=96,
            hidden_size=64,
            intermediate_size=96,
            num_hidden_layers=2,
            num_attention_heads=4,
            max_position_embeddings=64,
            pad_token_id=0,
        )
        return probe.fill(LlamaForCausalLM(config))

    ids = torch.arange(5, 12)[None]
    inputs = {"input_ids": ids, "attention_mask": torch.ones_like(ids)}
    with probe.step("lora"):
        model = get_peft_model(llama(), LoraConfig(task_type="CAUSAL_LM", r=4, target_modules=["q_proj", "v_proj"]))
    model.eval()
    with probe.step("lora_generate"):
        probe.result("lora", model.generate(**inputs, max_new_tokens=4, do_sample=False)[0].tolist())
    with probe.step("lora_reload"):
        model.save_pretrained(str(probe.folder / "lora"))
        PeftModel.from_pretrained(llama(), str(probe.folder / "lora"))

    for name, config in (("prompt", PromptTuningConfig), ("prefix", PrefixTuningConfig)):
        with probe.step(f"{name}_tuning"):
            model = get_peft_model(llama(), config(task_type="CAUSAL_LM", num_virtual_tokens=3))
        # The virtual tokens are new, hence random; made to depend on nothing but their shape.
        with torch.no_grad():
            for parameter in model.prompt_encoder.parameters():
                parameter.copy_(torch.linspace(-0.5, 0.5, parameter.numel()).reshape(parameter.shape))
        model.eval()
        with probe.step(f"{name}_forward"), torch.no_grad():
            probe.result(f"{name}_logits", probe.row(model(**inputs).logits))
        with probe.step(f"{name}_generate"):
            probe.result(name, model.generate(**inputs, max_new_tokens=4, do_sample=False)[0].tolist())
