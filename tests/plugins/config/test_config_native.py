"""Configurations of transformers' own are made, shown and saved as they are without hfcompat, whoever has read them."""

from __future__ import annotations

import json
import warnings
from contextlib import nullcontext

import pytest
import torch
import transformers
from config_cases import GENERATION, MODEL

import hfcompat

NAMES = (
    "AlbertConfig ASTConfig BartConfig BertConfig BigBirdConfig BlenderbotConfig BlipConfig BloomConfig CamembertConfig "
    "CLIPConfig CLIPTextConfig CodeGenConfig CohereConfig ConvNextConfig DebertaV2Config DetrConfig Dinov2Config "
    "DistilBertConfig ElectraConfig FalconConfig FlavaConfig FunnelConfig GemmaConfig Gemma2Config Gemma3TextConfig "
    "GlmConfig GPT2Config GPTJConfig GPTNeoConfig GPTNeoXConfig GraniteConfig HubertConfig IdeficsConfig JambaConfig "
    "LlamaConfig LlavaConfig LongformerConfig MambaConfig MarianConfig MBartConfig MistralConfig MixtralConfig "
    "Mistral3Config ModernBertConfig MptConfig OlmoConfig OPTConfig PegasusConfig PersimmonConfig PhiConfig Phi3Config Qwen2Config "
    "Qwen2MoeConfig Qwen2VLConfig RobertaConfig RoFormerConfig SegformerConfig SiglipConfig StableLmConfig SwinConfig "
    "T5Config ViTConfig Wav2Vec2Config WhisperConfig XLMRobertaConfig XLNetConfig"
).split()
NAMES = [name for name in NAMES if hasattr(transformers, name)]  # Gemma 3 and Mistral 3 are of 4.50
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


def test_a_rotary_embedding_initialises_itself():
    """Up to 5.12 nobody else is asked; later what is registered as "default" would be asked first."""
    modeling = pytest.importorskip(
        "transformers.models.ernie4_5_vl_moe.modeling_ernie4_5_vl_moe", reason="it is of 5.0"
    )
    cls = next(cls for name, cls in vars(modeling).items() if name.endswith("TextModel"))
    parameters = {"rope_type": "default", "rope_theta": 5e5, "mrope_section": [2, 2, 4]}
    sizes = {"hidden_size": 32, "intermediate_size": 32, "moe_intermediate_size": [32, 32], "moe_num_experts": 2}
    heads = {"num_hidden_layers": 1, "num_attention_heads": 2, "num_key_value_heads": 1}
    config = cls.config_class(vocab_size=32, **sizes, **heads, rope_parameters=parameters)
    stock = cls._from_config(config).rotary_emb.inv_freq
    assert stock[1] < stock[2]  # its own order, not the usual one
    with hfcompat.applied():
        assert torch.equal(cls._from_config(config).rotary_emb.inv_freq, stock)


def test_what_a_family_declares_is_saved_where_it_was(tmp_path):
    """Whisper has begin_suppress_tokens of its own: saving a model leaves them in config.json, and in the model."""
    few = {"encoder_layers": 1, "decoder_layers": 1, "encoder_attention_heads": 2, "decoder_attention_heads": 2}
    small = {"d_model": 16, "encoder_ffn_dim": 16, "decoder_ffn_dim": 16, "vocab_size": 32, "num_mel_bins": 8}
    said = {"begin_suppress_tokens": [3, 5], "pad_token_id": 0, "bos_token_id": 1, "eos_token_id": 2}
    documents = {}
    for way in ("stock", "applied"):
        config = transformers.WhisperConfig(**few, **small, **said, decoder_start_token_id=1)
        with warnings.catch_warnings(), hfcompat.applied() if way == "applied" else nullcontext():
            warnings.simplefilter("ignore")
            model = transformers.WhisperForConditionalGeneration._from_config(config)
            model.save_pretrained(tmp_path / way)
        files = [tmp_path / way / name for name in ("config.json", "generation_config.json")]
        documents[way] = [json.loads(file.read_text()) for file in files]
        documents[way].append(model.config.to_dict())
    assert documents["applied"] == documents["stock"]
