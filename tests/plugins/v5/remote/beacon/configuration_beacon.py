"""A composite configuration of 5.x: with an `__init__`, and with parts."""

from transformers import PreTrainedConfig
from transformers.configuration_utils import SubConfigSpec


class BeaconPatchConfig(PreTrainedConfig):
    model_type = "beacon_patch"
    base_config_key = "patch_config"

    def __init__(self, patch_size=4, channels=3, **kwargs):
        self.patch_size = patch_size
        self.channels = channels
        super().__init__(**kwargs)


class BeaconConfig(PreTrainedConfig):
    model_type = "beacon"
    attribute_map = {"num_hidden_layers": "depth", "hidden_size": "width"}
    sub_configs_defaults = {"patch_config": SubConfigSpec(BeaconPatchConfig, init_kwargs={"patch_size": 2})}

    vocab_size: int = 53
    width: int = 24
    depth: int = 2
    num_attention_heads: int = 3
    layer_norm_eps: float = 1e-5
    initializer_range: float = 0.02
    pad_token_id: int = 0
    sliding_window: int | None = None
    is_causal: bool = False
    tie_word_embeddings: bool = True
    patch_config: dict | PreTrainedConfig | None = None


__all__ = ["BeaconConfig", "BeaconPatchConfig"]
