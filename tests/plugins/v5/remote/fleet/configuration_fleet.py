"""A mixture of experts, its configuration with an `__init__` as in 5.0 to 5.3."""

from transformers.configuration_utils import PreTrainedConfig
from transformers.modeling_rope_utils import RopeParameters


class FleetConfig(PreTrainedConfig):
    model_type = "fleet"
    keys_to_ignore_at_inference = ["past_key_values"]
    attribute_map = {"num_local_experts": "num_experts"}

    def __init__(
        self,
        vocab_size: int | None = 43,
        hidden_size: int | None = 24,
        moe_intermediate_size: int | None = 16,
        num_hidden_layers: int | None = 2,
        num_attention_heads: int | None = 3,
        num_experts: int | None = 6,
        num_experts_per_tok: int | None = 2,
        router_aux_loss_coef: float | None = 0.01,
        output_router_logits: bool | None = False,
        rope_parameters: RopeParameters | None = None,
        max_position_embeddings: int | None = 64,
        initializer_range: float | None = 0.05,
        use_cache: bool | None = True,
        pad_token_id: int | None = 0,
        bos_token_id: int | None = 1,
        eos_token_id: int | None = 2,
        tie_word_embeddings: bool | None = False,
        **kwargs,
    ):
        self.vocab_size = vocab_size
        self.hidden_size = hidden_size
        self.moe_intermediate_size = moe_intermediate_size
        self.num_hidden_layers = num_hidden_layers
        self.num_attention_heads = num_attention_heads
        self.num_key_value_heads = num_attention_heads
        self.num_experts = num_experts
        self.num_experts_per_tok = num_experts_per_tok
        self.router_aux_loss_coef = router_aux_loss_coef
        self.output_router_logits = output_router_logits
        self.rope_parameters = rope_parameters
        self.max_position_embeddings = max_position_embeddings
        self.initializer_range = initializer_range
        self.use_cache = use_cache
        self.pad_token_id = pad_token_id
        self.bos_token_id = bos_token_id
        self.eos_token_id = eos_token_id
        self.tie_word_embeddings = tie_word_embeddings
        super().__init__(**kwargs)


__all__ = ["FleetConfig"]
