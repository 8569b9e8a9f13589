"""Configurations of transformers' own are made, shown and saved as they are without hfcompat, whoever has read them."""

from __future__ import annotations

import warnings

import pytest
import transformers
from config_cases import GENERATION, MODEL

import hfcompat

NAMES = (
    "AlbertConfig ASTConfig BartConfig BertConfig BigBirdConfig BlenderbotConfig BlipConfig BloomConfig CamembertConfig "
    "CLIPConfig CLIPTextConfig CodeGenConfig CohereConfig ConvNextConfig DebertaV2Config DetrConfig Dinov2Config "
    "DistilBertConfig ElectraConfig FalconConfig FlavaConfig FunnelConfig GemmaConfig Gemma2Config Gemma3TextConfig "
    "GlmConfig GPT2Config GPTJConfig GPTNeoConfig GPTNeoXConfig GraniteConfig HubertConfig IdeficsConfig JambaConfig "
    "LlamaConfig LlavaConfig LongformerConfig MambaConfig MarianConfig MBartConfig MistralConfig MixtralConfig "
    "ModernBertConfig MptConfig OlmoConfig OPTConfig PegasusConfig PersimmonConfig PhiConfig Phi3Config Qwen2Config "
    "Qwen2MoeConfig Qwen2VLConfig RobertaConfig RoFormerConfig SegformerConfig SiglipConfig StableLmConfig SwinConfig "
    "T5Config ViTConfig Wav2Vec2Config WhisperConfig XLMRobertaConfig XLNetConfig"
).split()
NAMES = [name for name in NAMES if hasattr(transformers, name)]  # Gemma 3 is of 4.50
ARGUMENTS = {
    "LlamaConfig": {"rope_theta": 5e5, "rope_scaling": {"type": "linear", "factor": 2.0}, "max_length": 40},
    "Gemma3TextConfig": {"rope_local_base_freq": 3e4, "rope_scaling": {"rope_type": "linear", "factor": 8.0}},
    "MixtralConfig": {"num_labels": 3},
    "BartConfig": {"num_beams": 4, "forced_bos_token_id": 0},
    "Phi3Config": {"rope_scaling": {"type": "longrope", "short_factor": [1.0] * 48, "long_factor": [2.0] * 48}},
}


def seen(name):
    config = getattr(transformers, name)(**ARGUMENTS.get(name, {}))
    return shown(config)


def shown(config):
    return [config.to_dict(), config.to_diff_dict(), repr(config), config.to_json_string(use_diff=False), vars(config)]


@pytest.fixture(scope="module")
def before():
    """What each shows without hfcompat, which is applied for the tests."""
    found = {name: seen(name) for name in NAMES}
    with warnings.catch_warnings(), hfcompat.applied():
        warnings.simplefilter("ignore")
        yield found


@pytest.mark.parametrize("name", NAMES)
def test_the_same_with_and_without(before, name):
    assert seen(name) == before[name]
    config = getattr(transformers, name)(**ARGUMENTS.get(name, {}))
    for attribute in (*MODEL, *GENERATION, "rope_theta", "rope_scaling", "partial_rotary_factor", "rope_parameters"):
        getattr(config, attribute, None)
    assert shown(config) == before[name]


def test_transformers_sees_no_more_than_before():
    """What transformers itself asks with hasattr; here a function that looks as if it stood in transformers."""
    asking = {"__name__": "transformers.models.llama.modeling_llama"}
    exec("def has(config, name):\n    return hasattr(config, name)", asking)
    names = (*MODEL, *GENERATION, "rope_theta", "partial_rotary_factor", "rope_local_base_freq")
    found = {}
    for name in ("LlamaConfig", "BertConfig", "MixtralConfig", "ModernBertConfig"):
        config = getattr(transformers, name)()
        found[name] = [attribute for attribute in names if asking["has"](config, attribute)]
        with hfcompat.applied():
            assert [attribute for attribute in names if asking["has"](config, attribute)] == found[name]
            assert all(hasattr(config, attribute) for attribute in (*MODEL, *GENERATION) if attribute != "is_decoder")
