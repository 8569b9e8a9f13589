"""Tiny models in the manner of those that people wrote for transformers 4.36 to 4.49, with their own hooks."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn
from transformers import LlamaConfig, LlamaForCausalLM, PretrainedConfig, PreTrainedModel
from transformers.modeling_outputs import BaseModelOutput, CausalLMOutputWithPast, Seq2SeqLMOutput
from transformers.utils import ModelOutput

VOCABULARY = 48


def filled(model: nn.Module) -> Any:
    """The model with weights that are the same on every version."""
    with torch.no_grad():
        for number, (name, parameter) in enumerate(sorted(model.named_parameters())):
            if parameter.dim() > 1:
                count = parameter.numel()
                wave = torch.sin(torch.arange(count, dtype=torch.float64) * (1.7 + 0.31 * number) + len(name))
                parameter.copy_((wave * 0.35).reshape(parameter.shape))
            else:
                parameter.fill_(1.0 if "norm" in name or "ln" in name else 0.0)
    return model.eval()


class TinyConfig(PretrainedConfig):
    model_type = "hfcompat-tiny"
    keys_to_ignore_at_inference = ("past_key_values",)

    def __init__(self, hidden_size: int = 24, num_layers: int = 2, num_heads: int = 3, **kwargs: Any) -> None:
        self.vocab_size = VOCABULARY
        self.hidden_size = hidden_size
        self.num_hidden_layers = num_layers
        self.num_attention_heads = num_heads
        self.use_cache = True
        given = {"pad_token_id": 0, "bos_token_id": 1, "eos_token_id": 2, "tie_word_embeddings": False}
        super().__init__(**{**given, **kwargs})


class Attention(nn.Module):
    """Attention whose cache is a pair of tensors, (batch, heads, tokens, head size)."""

    def __init__(self, config: Any) -> None:
        super().__init__()
        self.heads = config.num_attention_heads
        self.qkv = nn.Linear(config.hidden_size, 3 * config.hidden_size)
        self.out = nn.Linear(config.hidden_size, config.hidden_size)

    def split(self, states: torch.Tensor) -> torch.Tensor:
        return states.unflatten(-1, (self.heads, -1)).transpose(1, 2)

    def forward(self, hidden: Any, mask: Any, past: Any = None, memory: Any = None) -> Any:
        query, key, value = self.qkv(hidden).chunk(3, dim=-1)
        if memory is not None:
            _, key, value = self.qkv(memory).chunk(3, dim=-1)
        query, key, value = self.split(query), self.split(key), self.split(value)
        if past is not None:
            key = past[0] if memory is not None else torch.cat((past[0], key), dim=2)
            value = past[1] if memory is not None else torch.cat((past[1], value), dim=2)
        weights = query @ key.transpose(2, 3) / math.sqrt(query.shape[-1])
        weights = (weights + mask).softmax(-1) if mask is not None else weights.softmax(-1)
        return self.out((weights @ value).transpose(1, 2).flatten(2)), weights, (key, value)


def causal_mask(attention_mask: torch.Tensor, new: int) -> torch.Tensor:
    """(batch, 1, new, all): 0 where a new token may look, a large negative number elsewhere."""
    total = attention_mask.shape[1]
    seen = torch.arange(total)[None] <= torch.arange(total - new, total)[:, None]
    return (~(seen & attention_mask[:, None, None].bool())).float() * -1e9


class TupleBase(PreTrainedModel):
    config_class = TinyConfig
    base_model_prefix = "model"

    def _init_weights(self, module: nn.Module) -> None:
        pass


class TupleLM(TupleBase):
    """4.36: tuples of tuples, position_ids of its own making, an attention mask that it counts on."""

    def __init__(self, config: Any) -> None:
        super().__init__(config)
        self.embed = nn.Embedding(config.vocab_size, config.hidden_size)
        self.positions = nn.Embedding(64, config.hidden_size)
        self.layers = nn.ModuleList(Attention(config) for _ in range(config.num_hidden_layers))
        self.head = nn.Linear(config.hidden_size, config.vocab_size, bias=False)
        self.post_init()

    def get_input_embeddings(self) -> Any:
        return self.embed

    def get_output_embeddings(self) -> Any:
        return self.head

    def forward(
        self,
        input_ids: Any = None,
        past_key_values: Any = None,
        attention_mask: Any = None,
        position_ids: Any = None,
        inputs_embeds: Any = None,
        use_cache: Any = None,
        output_attentions: Any = None,
        output_hidden_states: Any = None,
        return_dict: Any = None,
    ) -> Any:
        hidden = self.embed(input_ids) if inputs_embeds is None else inputs_embeds
        new = hidden.shape[1]
        past_length = 0 if past_key_values is None else past_key_values[0][0].shape[2]
        assert attention_mask.shape[1] == past_length + new, (attention_mask.shape, past_length, new)
        if position_ids is None:
            position_ids = torch.arange(past_length, past_length + new)[None]
        assert position_ids.shape[1] == new, position_ids.shape
        hidden = hidden + self.positions(position_ids)
        mask = causal_mask(attention_mask, new)
        cache, weights, states = [], [], [hidden]
        for number, layer in enumerate(self.layers):
            added, weight, present = layer(hidden, mask, None if past_key_values is None else past_key_values[number])
            hidden = torch.tanh(hidden + added)
            cache.append(present)
            weights.append(weight)
            states.append(hidden)
        return CausalLMOutputWithPast(
            logits=self.head(hidden),
            past_key_values=tuple(cache) if use_cache else None,
            hidden_states=tuple(states) if output_hidden_states else None,
            attentions=tuple(weights) if output_attentions else None,
        )

    def prepare_inputs_for_generation(
        self, input_ids: Any, past_key_values: Any = None, inputs_embeds: Any = None, **kwargs: Any
    ) -> Any:
        if past_key_values is not None:
            input_ids = input_ids[:, -1:]
        attention_mask = kwargs.get("attention_mask")
        position_ids = kwargs.get("position_ids")
        if attention_mask is not None and position_ids is None:
            position_ids = attention_mask.long().cumsum(-1) - 1
            position_ids.masked_fill_(attention_mask == 0, 1)
            if past_key_values is not None:
                position_ids = position_ids[:, -1:]
        first = inputs_embeds is not None and past_key_values is None
        inputs = {"inputs_embeds": inputs_embeds} if first else {"input_ids": input_ids}
        inputs.update(
            past_key_values=past_key_values,
            use_cache=kwargs.get("use_cache"),
            position_ids=position_ids,
            attention_mask=attention_mask,
        )
        return inputs

    @staticmethod
    def _reorder_cache(past_key_values: Any, beam_idx: Any) -> Any:
        return tuple(tuple(state.index_select(0, beam_idx) for state in layer) for layer in past_key_values)


class HookedLM(TupleLM):
    """4.36: overrides with the signatures of that time, and a `super()` call with the argument that is gone."""

    def _prepare_attention_mask_for_generation(self, inputs: Any, pad_token_id: Any, eos_token_id: Any) -> Any:
        mask = torch.ones(inputs.shape[:2], dtype=torch.long)
        mask[:, 0] = 0  # the first token is a marker of ours
        return mask

    def _update_model_kwargs_for_generation(
        self, outputs: Any, model_kwargs: Any, is_encoder_decoder: bool = False, standardize_cache_format: bool = False
    ) -> Any:
        updated = super()._update_model_kwargs_for_generation(
            outputs, model_kwargs, is_encoder_decoder, standardize_cache_format
        )
        updated["steps"] = updated.get("steps", 0) + 1
        return updated

    def prepare_inputs_for_generation(self, input_ids: Any, past_key_values: Any = None, **kwargs: Any) -> Any:
        steps = kwargs.pop("steps", 0)
        inputs = super().prepare_inputs_for_generation(input_ids, past_key_values=past_key_values, **kwargs)
        if steps == 3:  # from the fourth token on, another position
            inputs["position_ids"] = inputs["position_ids"] + 7
        return inputs


@dataclass
class StateOutput(ModelOutput):
    logits: Any = None
    cache_params: Any = None


class StateLM(TupleBase):
    """A recurrent model of 4.36 to 4.39, whose cache is one tensor a layer, carried by hooks of its own."""

    def __init__(self, config: Any) -> None:
        super().__init__(config)
        self.embed = nn.Embedding(config.vocab_size, config.hidden_size)
        self.mix = nn.Linear(2 * config.hidden_size, config.hidden_size)
        self.head = nn.Linear(config.hidden_size, config.vocab_size, bias=False)
        self.post_init()

    def get_input_embeddings(self) -> Any:
        return self.embed

    def get_output_embeddings(self) -> Any:
        return self.head

    def forward(
        self, input_ids: Any = None, cache_params: Any = None, use_cache: Any = None, return_dict: Any = None, **kw: Any
    ) -> Any:
        state = cache_params[0] if cache_params is not None else torch.zeros(len(input_ids), self.config.hidden_size)
        states = []
        for token in input_ids.unbind(1):
            state = torch.tanh(self.mix(torch.cat((self.embed(token), state), dim=-1)))
            states.append(state)
        logits = self.head(torch.stack(states, dim=1))
        return StateOutput(logits=logits, cache_params=(state,) if use_cache else None)

    def prepare_inputs_for_generation(self, input_ids: Any, cache_params: Any = None, **kwargs: Any) -> Any:
        if cache_params is not None:
            input_ids = input_ids[:, -1:]
        return {"input_ids": input_ids, "cache_params": cache_params, "use_cache": kwargs.get("use_cache")}

    def _update_model_kwargs_for_generation(self, outputs: Any, model_kwargs: Any, **kwargs: Any) -> Any:
        model_kwargs["cache_params"] = outputs.get("cache_params")
        return model_kwargs


class TupleEncoder(nn.Module):
    main_input_name = "input_ids"

    def __init__(self, config: Any) -> None:
        super().__init__()
        self.embed = nn.Embedding(config.vocab_size, config.hidden_size)
        self.layer = Attention(config)

    def forward(
        self,
        input_ids: Any = None,
        attention_mask: Any = None,
        output_attentions: Any = None,
        output_hidden_states: Any = None,
        return_dict: Any = None,
    ) -> Any:
        mask = (1 - attention_mask[:, None, None].float()) * -1e9
        hidden = self.embed(input_ids)
        return BaseModelOutput(last_hidden_state=hidden + self.layer(hidden, mask)[0])


class TupleSeq2Seq(TupleBase):
    """An encoder and a decoder of 4.36, with four tensors a layer."""

    def __init__(self, config: Any) -> None:
        super().__init__(config)
        self.encoder = TupleEncoder(config)
        self.embed = nn.Embedding(config.vocab_size, config.hidden_size)
        self.own = nn.ModuleList(Attention(config) for _ in range(config.num_hidden_layers))
        self.cross = nn.ModuleList(Attention(config) for _ in range(config.num_hidden_layers))
        self.head = nn.Linear(config.hidden_size, config.vocab_size, bias=False)
        self.post_init()

    def get_encoder(self, *args: Any, **kwargs: Any) -> Any:
        return self.encoder

    def get_input_embeddings(self) -> Any:
        return self.embed

    def get_output_embeddings(self) -> Any:
        return self.head

    def forward(
        self,
        input_ids: Any = None,
        attention_mask: Any = None,
        decoder_input_ids: Any = None,
        encoder_outputs: Any = None,
        past_key_values: Any = None,
        use_cache: Any = None,
        output_attentions: Any = None,
        output_hidden_states: Any = None,
        return_dict: Any = None,
    ) -> Any:
        if encoder_outputs is None:
            encoder_outputs = self.encoder(input_ids, attention_mask)
        memory = encoder_outputs[0]
        hidden = self.embed(decoder_input_ids)
        past_length = 0 if past_key_values is None else past_key_values[0][0].shape[2]
        seen = torch.ones(len(hidden), past_length + hidden.shape[1], dtype=torch.long)
        mask = causal_mask(seen, hidden.shape[1])
        cross_mask = (1 - attention_mask[:, None, None].float()) * -1e9
        cache = []
        for number, (own, cross) in enumerate(zip(self.own, self.cross, strict=True)):
            past = (
                (None, None) if past_key_values is None else (past_key_values[number][:2], past_key_values[number][2:])
            )
            added, _, first = own(hidden, mask, past[0])
            hidden = torch.tanh(hidden + added)
            added, _, second = cross(hidden, cross_mask, past[1], memory)
            hidden = torch.tanh(hidden + added)
            cache.append((*first, *second))
        return Seq2SeqLMOutput(
            logits=self.head(hidden),
            past_key_values=tuple(cache) if use_cache else None,
            encoder_last_hidden_state=memory,
        )

    def prepare_inputs_for_generation(
        self,
        decoder_input_ids: Any,
        past_key_values: Any = None,
        attention_mask: Any = None,
        use_cache: Any = None,
        encoder_outputs: Any = None,
        **kwargs: Any,
    ) -> Any:
        if past_key_values is not None:
            decoder_input_ids = decoder_input_ids[:, -1:]
        return {
            "input_ids": None,
            "encoder_outputs": encoder_outputs,
            "past_key_values": past_key_values,
            "decoder_input_ids": decoder_input_ids,
            "attention_mask": attention_mask,
            "use_cache": use_cache,
        }

    @staticmethod
    def _reorder_cache(past_key_values: Any, beam_idx: Any) -> Any:
        return tuple(
            (*(state.index_select(0, beam_idx) for state in layer[:2]), *layer[2:]) for layer in past_key_values
        )


class ImageLlama(LlamaForCausalLM):
    """4.47: hands on to the base, and adds an input at the first step, which `cache_position` tells."""

    def forward(self, input_ids: Any = None, pixel_values: Any = None, inputs_embeds: Any = None, **kwargs: Any) -> Any:
        if pixel_values is not None:
            inputs_embeds = self.get_input_embeddings()(input_ids) + pixel_values[:, None]
            input_ids = None
        return super().forward(input_ids=input_ids, inputs_embeds=inputs_embeds, **kwargs)

    def prepare_inputs_for_generation(
        self,
        input_ids: Any,
        past_key_values: Any = None,
        inputs_embeds: Any = None,
        attention_mask: Any = None,
        cache_position: Any = None,
        pixel_values: Any = None,
        **kwargs: Any,
    ) -> Any:
        inputs = super().prepare_inputs_for_generation(
            input_ids,
            past_key_values=past_key_values,
            inputs_embeds=inputs_embeds,
            attention_mask=attention_mask,
            cache_position=cache_position,
            **kwargs,
        )
        if cache_position[0] == 0:
            inputs["pixel_values"] = pixel_values
        return inputs


class PositionedLlama(LlamaForCausalLM):
    """4.42: slices by `cache_position`, and its forward cannot do without."""

    _supports_cache_class = True

    def forward(
        self,
        input_ids: Any = None,
        attention_mask: Any = None,
        position_ids: Any = None,
        cache_position: Any = None,
        **kwargs: Any,
    ) -> Any:
        assert cache_position.shape[0] == position_ids.shape[1] == input_ids.shape[1]
        return super().forward(input_ids=input_ids, attention_mask=attention_mask, position_ids=position_ids, **kwargs)

    def prepare_inputs_for_generation(
        self,
        input_ids: Any,
        past_key_values: Any = None,
        attention_mask: Any = None,
        inputs_embeds: Any = None,
        cache_position: Any = None,
        use_cache: bool = True,
        **kwargs: Any,
    ) -> Any:
        if past_key_values is not None and input_ids.shape[1] != cache_position.shape[0]:
            input_ids = input_ids[:, cache_position]
        position_ids = kwargs.get("position_ids")
        if attention_mask is not None and position_ids is None:
            position_ids = attention_mask.long().cumsum(-1) - 1
            position_ids.masked_fill_(attention_mask == 0, 1)
            if past_key_values:
                position_ids = position_ids[:, -input_ids.shape[1] :]
        return {
            "input_ids": input_ids,
            "position_ids": position_ids,
            "cache_position": cache_position,
            "past_key_values": past_key_values,
            "use_cache": use_cache,
            "attention_mask": attention_mask,
        }


def llama(cls: Any = LlamaForCausalLM) -> Any:
    config = LlamaConfig(
        vocab_size=VOCABULARY,
        hidden_size=24,
        intermediate_size=32,
        num_hidden_layers=2,
        num_attention_heads=3,
        num_key_value_heads=3,
        max_position_embeddings=64,
        pad_token_id=0,
        bos_token_id=1,
        eos_token_id=2,
    )
    return filled(cls(config))


def seq2seq() -> Any:
    return filled(TupleSeq2Seq(TinyConfig(is_encoder_decoder=True, decoder_start_token_id=1)))


def tiny(cls: Any) -> Any:
    return filled(cls(TinyConfig()))
