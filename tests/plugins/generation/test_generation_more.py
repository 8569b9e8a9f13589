"""What generating leaves alone, threads, prompt learning, and what a dialect changes."""

import threading
import warnings

import pytest
import torch
import transformers
from generation_cases import IDS
from generation_models import TinyConfig, TupleLM, llama, tiny
from packaging.version import Version
from transformers import GenerationConfig

import hfcompat

runtime = Version(transformers.__version__)


@pytest.fixture
def applied():
    with hfcompat.applied():
        yield


def test_classes_and_models_are_not_touched(applied):
    model = tiny(TupleLM)
    before, attributes = dict(vars(TupleLM)), dict(vars(model))
    model.generate(IDS, max_new_tokens=3, do_sample=False)
    assert dict(vars(TupleLM)) == before
    assert vars(model).keys() - attributes.keys() <= {"_compiled_call", "_last_compile_config"}
    assert type(model) is TupleLM


def test_a_class_from_before_apply_works_after_it_and_not_after_revert():
    class Early(TupleLM):
        pass

    model = tiny(Early)
    with hfcompat.applied():
        assert model.generate(IDS, max_new_tokens=2, do_sample=False).shape == (2, 7)
    if runtime >= Version("4.52"):
        with pytest.raises(AttributeError):
            model.generate(IDS, max_new_tokens=2, do_sample=False)


def test_threads_generate_with_one_model(applied):
    model = tiny(TupleLM)
    prompts = [IDS + shift for shift in range(6)]
    alone = [model.generate(prompt, max_new_tokens=8, do_sample=False) for prompt in prompts]
    together = [None] * len(prompts)

    def work(number):
        together[number] = model.generate(prompts[number], max_new_tokens=8, do_sample=False)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(len(prompts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(map(torch.equal, together, alone))


def test_generation_config_is_saved_and_loaded(applied, tmp_path):
    model = tiny(TupleLM)
    model.generation_config.max_new_tokens = 3
    model.save_pretrained(tmp_path)
    loaded = TupleLM.from_pretrained(tmp_path)
    assert loaded.generation_config.max_new_tokens == 3
    assert torch.equal(loaded.generate(IDS, do_sample=False), model.generate(IDS, do_sample=False))


def test_prompt_learning_puts_a_hook_on_the_model(applied):
    """As peft does: the hook of the wrapper replaces that of a native model for the time of one call."""
    model = llama()
    base, seen = model.prepare_inputs_for_generation, []
    prompt = torch.full((2, 3, 24), 0.1)

    def prepare_inputs_for_generation(*args, task_ids=None, **kwargs):
        inputs = base(*args, **kwargs)
        seen.append(inputs["input_ids"].shape[1])
        if inputs["past_key_values"] is None:
            embeds = torch.cat((prompt, model.get_input_embeddings()(inputs["input_ids"])), dim=1)
            inputs.update(inputs_embeds=embeds, input_ids=None)
        inputs["attention_mask"] = torch.cat((torch.ones(2, 3), inputs["attention_mask"]), dim=1)
        inputs["position_ids"] = None
        inputs.pop("cache_position", None)
        return inputs

    model.prepare_inputs_for_generation = prepare_inputs_for_generation
    generated = model.generate(IDS, attention_mask=torch.ones_like(IDS), max_new_tokens=4, do_sample=False)
    assert seen == [5, 1, 1, 1]
    del model.prepare_inputs_for_generation

    ids = IDS
    with torch.no_grad():
        for _ in range(4):
            embeds = torch.cat((prompt, model.get_input_embeddings()(ids)), dim=1)
            ids = torch.cat((ids, model(inputs_embeds=embeds).logits[:, -1:].argmax(-1)), dim=1)
    assert torch.equal(generated, ids)


def test_an_inner_language_model_generates_from_embeddings(applied):
    class Outer(transformers.PreTrainedModel):
        config_class = TinyConfig

        def __init__(self, config):
            super().__init__(config)
            self.language_model = tiny(TupleLM)

        def generate(self, input_ids, **kwargs):
            embeds = self.language_model.get_input_embeddings()(input_ids)
            mask = torch.ones_like(input_ids)
            return self.language_model.generate(inputs_embeds=embeds, attention_mask=mask, **kwargs)

    outer = Outer(TinyConfig())
    assert Outer.can_generate()
    whole = outer.language_model.generate(IDS, max_new_tokens=5, do_sample=False)
    assert torch.equal(outer.generate(IDS, max_new_tokens=5, do_sample=False), whole[:, 5:])


def test_a_model_that_cannot_generate_still_cannot(applied):
    class Encoder(transformers.PreTrainedModel):
        config_class = TinyConfig

    assert not Encoder.can_generate()
    assert hasattr(Encoder, "generate") == (runtime < Version("4.52"))


def test_bad_requests_are_refused(applied):
    model = llama()
    with pytest.raises(ValueError, match="multiple|divis"):
        model.generate(IDS, num_beams=3, num_beam_groups=2, diversity_penalty=0.5, do_sample=False)
    with pytest.raises(ValueError, match="num_beams"):
        model.generate(IDS, force_words_ids=[[3]], num_beams=1, do_sample=False)
    with pytest.raises(ValueError, match="rows|dimension"):
        model.beam_search(IDS, transformers.BeamSearchScorer(2, 3, torch.device("cpu")), max_length=9)


@pytest.mark.skipif(runtime < Version("4.56"), reason="transformers 4.56 has the name first")
def test_the_cache_named_dynamic_full(applied):
    model = llama()
    model_config = GenerationConfig(cache_implementation="dynamic_full", max_new_tokens=5, do_sample=False)
    assert model_config.cache_implementation == "dynamic_full"
    plain = model.generate(IDS, max_new_tokens=5, do_sample=False)
    assert torch.equal(model.generate(IDS, generation_config=model_config), plain)
    named = {"cache_implementation": "dynamic_full"}
    assert torch.equal(model.generate(IDS, max_new_tokens=5, do_sample=False, **named), plain)
    with pytest.raises(ValueError, match="cache_implementation"):
        model.generate(IDS, max_new_tokens=5, cache_implementation="no such cache")


def test_length_without_a_length():
    """Up to 4.46 it was 20 tokens, the prompt among them."""
    model = llama()
    model.generation_config.eos_token_id = None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with hfcompat.applied(dialect="4.46"):
            assert model.generate(IDS, do_sample=False).shape == (2, 20)
            assert model.generate(IDS, do_sample=False, max_new_tokens=4).shape == (2, 9)
            assert model.generate(IDS, do_sample=False, max_length=7).shape == (2, 7)
        with hfcompat.applied(dialect="4.47"):
            assert model.generate(IDS, do_sample=False).shape == (2, 25)
        with hfcompat.applied():
            assert model.generate(IDS, do_sample=False).shape == (2, 25)


V4_DEFAULTS = {
    "max_length": 20, "min_length": 0, "early_stopping": False, "do_sample": False, "num_beams": 1, "use_cache": True,
    "temperature": 1.0, "top_k": 50, "top_p": 1.0, "typical_p": 1.0, "epsilon_cutoff": 0.0, "eta_cutoff": 0.0,
    "repetition_penalty": 1.0, "encoder_repetition_penalty": 1.0, "length_penalty": 1.0, "no_repeat_ngram_size": 0,
    "encoder_no_repeat_ngram_size": 0, "renormalize_logits": False, "remove_invalid_values": False, "token_healing": False,
    "num_return_sequences": 1, "output_attentions": False, "output_hidden_states": False, "output_scores": False,
    "return_dict_in_generate": False, "num_assistant_tokens": 20, "num_assistant_tokens_schedule": "constant",
    "assistant_confidence_threshold": 0.4, "num_beam_groups": 1, "diversity_penalty": 0.0,
    "is_assistant": False,
}  # fmt: skip


def test_defaults_of_a_generation_config():
    model = llama()
    with hfcompat.applied(dialect="4.57"):
        config = GenerationConfig()
        found = {name: getattr(config, name) for name in V4_DEFAULTS}
        assert found == V4_DEFAULTS
        assert GenerationConfig(top_k=3).top_k == 3
        config.num_beams = 2
        assert config.num_beams == 2
        # what nobody set is still known as such to transformers itself
        with_defaults = model.generate(IDS, generation_config=GenerationConfig(max_new_tokens=4), do_sample=False)
        saved = GenerationConfig(top_k=3).to_diff_dict()
    assert torch.equal(with_defaults, model.generate(IDS, max_new_tokens=4, do_sample=False))
    assert saved == GenerationConfig(top_k=3).to_diff_dict()
    if runtime.major >= 5:
        with hfcompat.applied():
            assert GenerationConfig().max_length is None


def _step_by_step(model, mask, steps, **more):
    """Greedy search without a cache, positions counted over the mask, as up to 5.1."""
    ids = IDS
    for _ in range(steps):
        positions = (mask.cumsum(-1) - 1).masked_fill(mask == 0, 1)
        with torch.no_grad():
            logits = model(ids, attention_mask=mask, position_ids=positions, **more).logits
        ids = torch.cat([ids, logits[:, -1:].argmax(-1)], dim=-1)
        mask = torch.cat([mask, mask.new_ones(2, 1)], dim=-1)
    return ids


def test_positions_after_padding_on_the_right():
    model = llama()
    model.generation_config.eos_token_id = None
    mask = torch.tensor([[1, 1, 0, 0, 0], [1, 1, 1, 1, 0]])
    with hfcompat.applied(dialect="4.57"):
        found = model.generate(IDS, attention_mask=mask, max_new_tokens=6, do_sample=False)
        beams = model.generate(IDS, attention_mask=mask, max_new_tokens=2, num_beams=2, do_sample=False)
        greedy = _step_by_step(model, mask, 6)
    assert torch.equal(found, greedy)
    assert beams.shape == (2, 7)
    if runtime >= Version("5.2"):
        with hfcompat.applied():
            assert not torch.equal(model.generate(IDS, attention_mask=mask, max_new_tokens=6, do_sample=False), greedy)


def test_head_masks_reach_the_model():
    torch.manual_seed(0)
    config = transformers.GPT2Config(
        vocab_size=50,
        n_embd=12,
        n_layer=2,
        n_head=3,
        n_positions=32,
        initializer_range=1.0,
        attn_implementation="eager",
    )
    model = transformers.GPT2LMHeadModel(config).eval()
    heads = torch.tensor([[0.0, 1.0, 0.0], [0.5, 0.0, 1.0]])
    mask = torch.ones_like(IDS)
    more = {"do_sample": False, "pad_token_id": 0, "max_new_tokens": 5, "output_scores": True}
    with hfcompat.applied(dialect="4.57"):
        found = model.generate(IDS, head_mask=heads, return_dict_in_generate=True, **more)
        assert torch.equal(found.sequences, _step_by_step(model, mask, 5, head_mask=heads))
        with torch.no_grad():
            masked, whole = model(IDS, head_mask=heads).logits[:, -1], model(IDS).logits[:, -1]
        torch.testing.assert_close(found.scores[0], masked, atol=1e-4, rtol=1e-4)
        assert not torch.allclose(masked, whole, atol=1e-2)
        with pytest.raises(ValueError, match="decoder_head_mask"):
            model.generate(IDS, decoder_head_mask=heads, max_new_tokens=1)


def test_a_generate_of_its_own_has_the_helpers(applied):
    """As Parler-TTS does it: PreTrainedModel alone, the loop of transformers, a first position by the contract of 4.50."""

    class Looping(TupleLM):
        def _get_initial_cache_position(self, input_ids, model_kwargs):
            model_kwargs["cache_position"] = torch.arange(input_ids.shape[1])
            return model_kwargs

        def generate(self, ids, **kwargs):
            config, kwargs = self._prepare_generation_config(None, **kwargs)
            config = self._prepare_generated_length(
                generation_config=config,
                has_default_max_length=True,
                has_default_min_length=True,
                model_input_name="input_ids",
                input_ids_length=ids.shape[1],
                inputs_tensor=ids,
            )
            self._prepare_special_tokens(config, True, device=ids.device)
            processors = self._get_logits_processor(
                generation_config=config,
                input_ids_seq_length=ids.shape[1],
                encoder_input_ids=ids,
                prefix_allowed_tokens_fn=None,
                logits_processor=transformers.LogitsProcessorList(),
            )
            stopping = self._get_stopping_criteria(
                generation_config=config, stopping_criteria=transformers.StoppingCriteriaList()
            )
            ids, kwargs = self._expand_inputs_for_generation(
                input_ids=ids, expand_size=config.num_return_sequences, attention_mask=torch.ones_like(ids)
            )
            return self._sample(
                ids,
                logits_processor=processors,
                stopping_criteria=stopping,
                generation_config=config,
                synced_gpus=False,
                streamer=None,
                **kwargs,
            )

    model = tiny(Looping)
    said = model.generate(IDS, max_new_tokens=4, do_sample=False)
    assert torch.equal(said, TupleLM.generate(model, IDS, max_new_tokens=4, do_sample=False))
