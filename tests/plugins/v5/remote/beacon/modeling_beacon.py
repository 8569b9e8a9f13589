"""A bidirectional encoder as 5.23 writes them, with a masked language model and a classifier."""

import torch
from torch import nn
from transformers import initialization as init
from transformers.masking_utils import create_bidirectional_mask, create_bidirectional_sliding_window_mask
from transformers.modeling_layers import GradientCheckpointingLayer
from transformers.modeling_outputs import BaseModelOutput, MaskedLMOutput, SequenceClassifierOutput
from transformers.modeling_utils import ALL_ATTENTION_FUNCTIONS, PreTrainedModel
from transformers.processing_utils import Unpack
from transformers.utils import TransformersKwargs, can_return_tuple, torch_compilable_check
from transformers.utils.generic import is_flash_attention_requested, merge_with_config_defaults
from transformers.utils.output_capturing import OutputRecorder, capture_outputs

from .configuration_beacon import BeaconConfig


def eager_attention_forward(module, query, key, value, attention_mask, scaling, dropout=0.0, **kwargs):
    scores = torch.matmul(query, key.transpose(2, 3)) * scaling
    if attention_mask is not None:
        scores = scores + attention_mask
    weights = nn.functional.softmax(scores, dim=-1)
    return torch.matmul(weights, value).transpose(1, 2).contiguous(), weights


class BeaconAttention(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.config = config
        self.head_dim = config.hidden_size // config.num_attention_heads
        self.scaling = self.head_dim**-0.5
        self.is_causal = False
        self.qkv = nn.Linear(config.hidden_size, 3 * config.hidden_size)
        self.out = nn.Linear(config.hidden_size, config.hidden_size)

    def forward(self, hidden_states, attention_mask=None, **kwargs):
        shape = (*hidden_states.shape[:-1], -1, self.head_dim)
        query, key, value = (part.view(shape).transpose(1, 2) for part in self.qkv(hidden_states).chunk(3, dim=-1))
        attention = ALL_ATTENTION_FUNCTIONS.get_interface(self.config._attn_implementation, eager_attention_forward)
        output, weights = attention(self, query, key, value, attention_mask, scaling=self.scaling, **kwargs)
        return self.out(output.reshape(hidden_states.shape)), weights


class BeaconLayer(GradientCheckpointingLayer):
    def __init__(self, config):
        super().__init__()
        self.attention = BeaconAttention(config)
        self.norm = nn.LayerNorm(config.hidden_size, eps=config.layer_norm_eps)
        self.mlp = nn.Sequential(
            nn.Linear(config.hidden_size, 40), nn.GELU(approximate="tanh"), nn.Linear(40, config.hidden_size)
        )

    def forward(self, hidden_states, attention_mask=None, **kwargs):
        attended, _ = self.attention(hidden_states, attention_mask, **kwargs)
        hidden_states = self.norm(hidden_states + attended)
        return hidden_states + self.mlp(hidden_states)


class BeaconPreTrainedModel(PreTrainedModel):
    config: BeaconConfig
    base_model_prefix = "beacon"
    supports_gradient_checkpointing = True
    _supports_sdpa = True
    _supports_flash_attn = True
    _supports_attention_backend = True
    _can_record_outputs = {
        "hidden_states": BeaconLayer,
        "attentions": OutputRecorder(BeaconAttention, index=1, layer_name="attention"),
    }

    @torch.no_grad()
    def _init_weights(self, module):
        std = self.config.initializer_range
        if isinstance(module, nn.Linear):
            init.trunc_normal_(module.weight, std=std)
            if module.bias is not None:
                init.zeros_(module.bias)
        elif isinstance(module, nn.Embedding):
            init.normal_(module.weight, std=std)
        elif isinstance(module, nn.LayerNorm):
            init.ones_(module.weight)
            init.zeros_(module.bias)
        elif isinstance(module, BeaconModel):
            init.constant_(module.cls_token, 0.25)
            init.copy_(module.position_ids, torch.arange(module.position_ids.shape[-1]).expand((1, -1)))


class BeaconModel(BeaconPreTrainedModel):
    def __init__(self, config: BeaconConfig):
        super().__init__(config)
        self.embed_tokens = nn.Embedding(config.vocab_size, config.hidden_size)
        self.positions = nn.Embedding(32, config.hidden_size)
        self.cls_token = nn.Parameter(torch.zeros(config.hidden_size))
        self.register_buffer("position_ids", torch.arange(32).expand((1, -1)), persistent=False)
        self.layers = nn.ModuleList([BeaconLayer(config) for _ in range(config.num_hidden_layers)])
        self.post_init()

    @merge_with_config_defaults
    @capture_outputs(tie_last_hidden_states=False)
    def forward(self, input_ids=None, attention_mask=None, inputs_embeds=None, **kwargs: Unpack[TransformersKwargs]):
        if inputs_embeds is None:
            inputs_embeds = self.embed_tokens(input_ids)
        length = inputs_embeds.shape[1]
        torch_compilable_check(length <= 32, lambda: f"{length} tokens are more than 32")
        inputs_embeds = inputs_embeds + self.positions(self.position_ids[:, :length]) + self.cls_token
        make = (
            create_bidirectional_mask
            if self.config.sliding_window is None
            else create_bidirectional_sliding_window_mask
        )
        mask = make(config=self.config, inputs_embeds=inputs_embeds, attention_mask=attention_mask)
        if is_flash_attention_requested(self.config):
            raise ValueError("not in this test")
        hidden_states = inputs_embeds
        for layer in self.layers:
            hidden_states = layer(hidden_states, mask, **kwargs)
        return BaseModelOutput(last_hidden_state=hidden_states)


class BeaconForMaskedLM(BeaconPreTrainedModel):
    _tied_weights_keys = {"decoder.weight": "beacon.embed_tokens.weight"}

    def __init__(self, config):
        super().__init__(config)
        self.beacon = BeaconModel(config)
        self.decoder = nn.Linear(config.hidden_size, config.vocab_size, bias=True)
        self.post_init()

    def get_output_embeddings(self):
        return self.decoder

    def set_output_embeddings(self, value):
        self.decoder = value

    @can_return_tuple
    def forward(self, input_ids=None, attention_mask=None, labels=None, **kwargs: Unpack[TransformersKwargs]):
        outputs = self.beacon(input_ids, attention_mask=attention_mask, **kwargs)
        logits = self.decoder(outputs.last_hidden_state)
        loss = None
        if labels is not None:
            loss = self.loss_function(logits=logits, labels=labels, vocab_size=self.config.vocab_size, **kwargs)
        return MaskedLMOutput(
            loss=loss, logits=logits, hidden_states=outputs.hidden_states, attentions=outputs.attentions
        )


class BeaconForSequenceClassification(BeaconPreTrainedModel):
    def __init__(self, config):
        super().__init__(config)
        self.num_labels = config.num_labels
        self.beacon = BeaconModel(config)
        self.classifier = nn.Linear(config.hidden_size, config.num_labels)
        self.post_init()

    @can_return_tuple
    def forward(self, input_ids=None, attention_mask=None, labels=None, **kwargs: Unpack[TransformersKwargs]):
        outputs = self.beacon(input_ids, attention_mask=attention_mask, **kwargs)
        logits = self.classifier(outputs.last_hidden_state[:, 0])
        loss = None
        if labels is not None:
            loss = self.loss_function(labels, logits, self.config)
        return SequenceClassifierOutput(loss=loss, logits=logits, hidden_states=outputs.hidden_states)


__all__ = ["BeaconForMaskedLM", "BeaconForSequenceClassification", "BeaconModel", "BeaconPreTrainedModel"]
