"""transformers' own models generate the same bits with the plugin and without it."""

import pytest
import torch
import transformers
from generation_cases import IDS, MASK, PADDED
from generation_models import filled, llama

import hfcompat

SMALL = {"vocab_size": 48, "pad_token_id": 0, "bos_token_id": 1, "eos_token_id": 2}
DECODER = {**SMALL, "hidden_size": 24, "num_hidden_layers": 2, "num_attention_heads": 3, "num_key_value_heads": 3}
ENCODER_DECODER = {**SMALL, "d_model": 24, "d_ff": 32, "decoder_start_token_id": 1}


def gpt2():
    config = transformers.GPT2Config(**SMALL, n_embd=24, n_layer=2, n_head=3, n_positions=64)
    return filled(transformers.GPT2LMHeadModel(config))


def mistral():
    config = transformers.MistralConfig(**DECODER, intermediate_size=32, sliding_window=4)
    return filled(transformers.MistralForCausalLM(config))


def mamba():
    config = transformers.MambaConfig(**SMALL, hidden_size=24, num_hidden_layers=2, state_size=4)
    return filled(transformers.MambaForCausalLM(config))


def t5():
    config = transformers.T5Config(**ENCODER_DECODER, d_kv=8, num_layers=2, num_heads=3)
    return filled(transformers.T5ForConditionalGeneration(config))


def bart():
    layers = {"encoder_layers": 2, "decoder_layers": 2, "encoder_attention_heads": 3, "decoder_attention_heads": 3}
    sizes = {"encoder_ffn_dim": 32, "decoder_ffn_dim": 32, "max_position_embeddings": 64}
    given = {name: value for name, value in ENCODER_DECODER.items() if name != "d_ff"}
    return filled(transformers.BartForConditionalGeneration(transformers.BartConfig(**given, **layers, **sizes)))


def generated(model):
    """Greedy, drawn and by beams, with the scores of each step."""
    found = []
    ways = [{}, {"do_sample": True, "top_k": 9}, {"num_beams": 3, "num_return_sequences": 2}]
    if model.config.model_type == "mamba":  # no beams before 4.50
        ways.pop()
    for seed, given in enumerate(ways):
        torch.manual_seed(seed)
        output = model.generate(
            PADDED, attention_mask=MASK, max_new_tokens=6, return_dict_in_generate=True, output_scores=True, **given
        )
        found += [output.sequences, *output.scores]
    found.append(model.generate(IDS, max_new_tokens=3, return_dict_in_generate=False))
    return found


@pytest.mark.parametrize("family", [llama, gpt2, mistral, mamba, t5, bart])
def test_same_bits(family):
    model = family()
    without = generated(model)
    with hfcompat.applied():
        applied = generated(model)
    assert len(applied) == len(without)
    assert all(map(torch.equal, applied, without))


def test_a_native_class_has_what_it_had():
    names = ("generate", "_sample", "_update_model_kwargs_for_generation", "compute_transition_scores")
    without = [getattr(transformers.LlamaForCausalLM, name) for name in names]
    headless = transformers.LlamaModel
    lacks = [name for name in names if not hasattr(headless, name)]
    with hfcompat.applied():
        assert [name for name in names if not hasattr(headless, name)] == lacks
        assert not headless.can_generate() or not lacks
        assert transformers.LlamaForCausalLM.can_generate()
    assert [getattr(transformers.LlamaForCausalLM, name) for name in names] == without


class HandsOn(transformers.LlamaForCausalLM):
    """Adds to what the mixin prepares, whatever arguments that takes."""

    def prepare_inputs_for_generation(self, input_ids, past_key_values=None, **kwargs):
        return super().prepare_inputs_for_generation(input_ids, past_key_values=past_key_values, **kwargs)


class WantsACache(transformers.LlamaForCausalLM):
    """Never looks whether there is one, as 4.42 and newer always give it."""

    def prepare_inputs_for_generation(self, input_ids, past_key_values=None, **kwargs):
        seen = past_key_values.get_seq_length()
        return {"input_ids": input_ids[:, seen:], "past_key_values": past_key_values, "use_cache": True}


class FirstOnly(transformers.LlamaForCausalLM):
    """Reads an argument of 5.x out of the keywords: the first token is drawn from other logits."""

    def prepare_inputs_for_generation(self, input_ids, **kwargs):
        inputs = super().prepare_inputs_for_generation(input_ids, **kwargs)
        return {**inputs, "first": kwargs.get("is_first_iteration", False)}

    def forward(self, input_ids=None, attention_mask=None, first=False, **kwargs):
        output = super().forward(input_ids=input_ids, attention_mask=attention_mask, **kwargs)
        output.logits = -output.logits if first else output.logits
        return output


RIGHT = MASK.flip(1)
WAYS = {
    "greedy": {"inputs": IDS},
    "beams": {"inputs": IDS, "num_beams": 3},
    "padded on the right": {"inputs": PADDED.flip(1), "attention_mask": RIGHT},
    "looked up": {"inputs": IDS[:1].repeat(1, 3), "prompt_lookup_num_tokens": 2},
    "in chunks": {"inputs": IDS, "prefill_chunk_size": 2},
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("cls", [HandsOn, WantsACache, FirstOnly])
def test_overrides_that_work_give_the_same_tokens(cls, way):
    def tokens():
        try:
            return llama(cls).generate(max_new_tokens=6, do_sample=False, **WAYS[way]).tolist()
        except (
            Exception
        ) as error:  # what stock refuses: chunks before 4.53, lookups of a class without the mixin's slices
            return type(error)

    without = tokens()
    with hfcompat.applied():
        assert isinstance(without, type) or tokens() == without
