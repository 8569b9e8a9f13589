"""Names and layouts of tensors that differ between 4.x and 5.x."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from hfcompat.checkpoints.errors import UnrepresentableError

_TOWER = re.compile(r"(^|\.)(vision|image|video)_tower\.(?!vision_model\.)")
_EXPERTS = re.compile(r"\.experts\.(gate_up_proj|down_proj)$")
_TOWER_OF_DEEPSEEK = re.compile(r"^model\.vision_model\.(?!vision_model\.)")
_TOWERS = ("clip_vision_model", "siglip_vision_model", "siglip2_vision_model")


def tower_of_composite(draft: Any) -> None:
    """The tower of CLIP or SigLIP in a composite: `vision_tower.vision_model.` in 4.x."""
    towers = [section.get("vision_config") for section in draft.sections()]
    if any(isinstance(tower, dict) and tower.get("model_type") in _TOWERS for tower in towers):
        draft.rename(lambda name: _TOWER.sub(r"\1\2_tower.vision_model.", name))
        draft.rename(lambda name: _TOWER_OF_DEEPSEEK.sub("model.vision_model.vision_model.", name))


def lone_tower(draft: Any) -> None:
    """A tower of CLIP or SigLIP by itself: `vision_model.` in 4.x."""
    if not any(name.startswith("vision_model.") for name in draft.tensors):
        draft.rename(lambda name: f"vision_model.{name}")


def experts_by_input(draft: Any) -> None:
    """Qwen3-VL-MoE: 4.x has experts as (experts, in, out), 5.x writes (experts, out, in)."""
    for name, shape, (out, into) in _experts(draft):
        if shape != (out, into) or (out == into and not _written_by(draft, "5.")):
            continue
        if out == into and any(reader.major > 4 for reader in draft.readers):
            raise _square(draft, name)
        draft.swap(name, 1, 2)


def experts_by_output(draft: Any) -> None:
    """The same the other way round."""
    for name, shape, (out, into) in _experts(draft):
        if shape == (into, out) and (out != into or _written_by(draft, "4.")):
            _turn(draft, name, square=out == into)


def square_experts_by_output(draft: Any) -> None:
    """The same where the shape does not tell."""
    for name, _, (out, into) in _experts(draft):
        if out == into and _written_by(draft, "4."):
            _turn(draft, name, square=True)


def _turn(draft: Any, name: str, *, square: bool) -> None:
    """Have an expert as 5.x has it, where nobody else reads it."""
    if any(reader.major < 5 for reader in draft.readers):
        if square:
            raise _square(draft, name)
    elif draft.tensors[name].swapped is None:
        draft.swap(name, 1, 2)


def _experts(draft: Any) -> Iterator[tuple[str, tuple[int, ...], tuple[int, int]]]:
    """Experts by name, each with its shape and with the sizes of what it gives and takes."""
    text = draft.config.get("text_config") or draft.config
    hidden, inner = text.get("hidden_size"), text.get("moe_intermediate_size")
    for name, tensor in list(draft.tensors.items()):
        if found := _EXPERTS.search(name):
            yield name, tensor.shape[1:], (2 * inner, hidden) if found[1] == "gate_up_proj" else (hidden, inner)


def _square(draft: Any, name: str) -> UnrepresentableError:
    return UnrepresentableError(
        draft.folder.path,
        f"{name} is square, so that nobody can tell which way round it is; write it for 4.57 or for 5.23 alone",
    )


def _written_by(draft: Any, generation: str) -> bool:
    """A square layer does not say which way round it is; who wrote it does."""
    return str(draft.config.get("transformers_version", "")).startswith(generation)


def bias_of_roberta(draft: Any) -> None:
    """The bias of the head under the name of its decoder too, which is the one that is read."""
    for head in ("lm_head", "predictions"):
        if f"{head}.bias" in draft.tensors:
            draft.copy(f"{head}.bias", f"{head}.decoder.bias")


def text_of_qwen2_audio(draft: Any) -> None:
    """The language model of Qwen2-Audio and Voxtral, whose names some versions lengthen."""
    draft.rename(lambda name: re.sub(r"^language_model\.model\.model\.", "language_model.model.", name))


def positions_of_prompts(draft: Any) -> None:
    """The table of positions of SAM 2 for prompts too, which is that for images."""
    if "shared_image_embedding.positional_embedding" in draft.tensors:
        draft.copy(
            "shared_image_embedding.positional_embedding", "prompt_encoder.shared_embedding.positional_embedding"
        )


_FIRST_HEAD = re.compile(r"^(class|bbox)_embed\.0\.")
"""Of the heads that a decoder has, one for each layer."""


def heads_of_rt_detr_v2(draft: Any) -> None:
    """The one head of RT-DETR v2 that 5.0 has, as that of each layer."""
    for name in list(draft.tensors):
        if _FIRST_HEAD.search(name):
            for layer in range(draft.config.get("decoder_layers", 6)):
                draft.copy(name, _FIRST_HEAD.sub(rf"model.decoder.\1_embed.{layer}.", name))


def no_stars(draft: Any) -> None:
    """What is named after all layers at once is a table that every reader makes itself."""
    for name in [name for name in draft.tensors if ".*." in name]:
        del draft.tensors[name]


_BIAS = re.compile(r"\.attention\.attention\.(query|value)\.bias$")
_BIAS_OF_OLD = re.compile(r"\.attention\.attention\.([qv])_bias$")


def biases_of_videomae(draft: Any) -> None:
    """`q_bias` and `v_bias`, as 4.x has them."""
    for name in list(draft.tensors):
        found = _BIAS.search(name)
        if found:
            draft.copy(name, f"{name[: found.start()]}.attention.attention.{found[1][0]}_bias")


def biases_of_videomae_by_projection(draft: Any) -> None:
    """Biases of query, key and value. A bias of keys adds the same to all scores of a query: any one does."""
    for name in list(draft.tensors):
        found = _BIAS_OF_OLD.search(name)
        if found:
            start = f"{name[: found.start()]}.attention.attention."
            for projection in ("query", "key") if found[1] == "q" else ("value",):
                draft.copy(name, f"{start}{projection}.bias")


def text_of_gemma3n(draft: Any) -> None:
    """Gemma3n without pictures: `model.`, where 4.57 writes `model.language_model.`, and puts that into one name."""
    draft.rename(
        lambda name: re.sub(r"^model\.language_model\.", "model.", name).replace(
            ".per_layer_model.language_model_projection.", ".per_layer_model_projection."
        )
    )


def scaled_outputs_of_mt5(draft: Any) -> None:
    """A tied mT5 of 4.x scales what the decoder gives, and that of 5.x does not; its last norm does it for both."""
    last = "decoder.final_layer_norm.weight"
    heads = draft.config.get("architectures") or ["MT5ForConditionalGeneration"]
    scales = any(name.endswith(("ForConditionalGeneration", "ForQuestionAnswering")) for name in heads)
    if scales and draft.config.get("tie_word_embeddings") is True and last in draft.tensors:
        draft.scale(last, draft.config.get("d_model", 512) ** -0.5)
        draft.config["tie_word_embeddings"] = False


def embeddings_of_longt5(draft: Any) -> None:
    """LongT5 that is not tied, with all of its embeddings."""
    head_of_t5(draft)
    if draft.config.get("tie_word_embeddings") is False and "shared.weight" in draft.tensors:
        for half in ("encoder", "decoder"):
            draft.copy("shared.weight", f"{half}.embed_tokens.weight")


def head_of_t5(draft: Any) -> None:
    """T5 that is not tied: 4.x wants the head, which 5.x shares with the embeddings."""
    if draft.config.get("tie_word_embeddings") is False and "shared.weight" in draft.tensors:
        draft.copy("shared.weight", "lm_head.weight")


def layers_of_altclip(draft: Any) -> None:
    """AltCLIP's tower of images: `layers.`, where later versions write `layer.`."""
    draft.rename(lambda name: name.replace("vision_model.encoder.layer.", "vision_model.encoder.layers."))


def decoder_of_vit_mae(draft: Any) -> None:
    """The layers of ViT-MAE's decoder, which versions since 5.9 call by a name that is put together of two."""
    draft.rename(lambda name: name.replace("decoder.decoder_encoder.layer.", "decoder.decoder_layers."))


def encoder_of_vit_msn(draft: Any) -> None:
    """The encoder of a ViT-MSN with a head, which is `vit.`, with or without those words."""
    if any(name.startswith("classifier.") for name in draft.tensors):
        draft.rename(lambda name: re.sub(r"^encoder\.", "vit.encoder.", name))


def model_of_colqwen2(draft: Any) -> None:
    """ColQwen2 has a whole Qwen2-VL in 4.x: `vlm.model.`."""
    draft.rename(lambda name: re.sub(r"^vlm\.(language_model|visual)\.", r"vlm.model.\1.", name))


def model_of_shieldgemma2(draft: Any) -> None:
    """ShieldGemma 2 has one `model.` before its parts in 4.x, and two in 5.x; its head is tied in 5.x alone."""
    draft.rename(lambda name: re.sub(r"^model\.model\.", "model.", name))
    embeddings = "model.language_model.model.embed_tokens.weight"
    if embeddings in draft.tensors:
        draft.copy(embeddings, "model.lm_head.weight")
        for section in (draft.config, draft.config.get("text_config")):
            if isinstance(section, dict):
                section["tie_word_embeddings"] = False


_BIAS_OF_DECODER = re.compile(r"^(\w+)\.decoder\.bias$")


def biases_of_heads(draft: Any) -> None:
    """The bias of a head beside that of its decoder, which is the one that 5.x writes."""
    for name in list(draft.tensors):
        if found := _BIAS_OF_DECODER.search(name):
            draft.copy(name, f"{found[1]}.bias")


def bias_of_vilt(draft: Any) -> None:
    """The bias of ViLT's head under the name of its decoder too."""
    if "mlm_score.bias" in draft.tensors:
        draft.copy("mlm_score.bias", "mlm_score.decoder.bias")


_OF_LUKE = {
    "lm_head.bias": "lm_head.decoder.bias",
    "luke.embeddings.word_embeddings.weight": "lm_head.decoder.weight",
}
_ENTITIES = "luke.entity_embeddings.entity_embeddings.weight"


def head_of_luke(draft: Any) -> None:
    """LUKE's head, which 5.x ties to nothing."""
    if any(name.startswith("lm_head.") for name in draft.tensors):
        for name, new in _OF_LUKE.items():
            if name in draft.tensors:
                draft.copy(name, new)


def head_of_luke_apart(draft: Any) -> None:
    """LUKE's head as 5.x has it, which 4.x ties to the embeddings unless it is told not to."""
    if "lm_head.decoder.weight" in draft.tensors:
        biases_of_heads(draft)
        if _ENTITIES in draft.tensors:  # the head of entities is tied in both, and by the same word in 5.x
            draft.copy(_ENTITIES, "entity_predictions.decoder.weight")
        draft.config["tie_word_embeddings"] = False


def head_of_pop2piano(draft: Any) -> None:
    """Pop2Piano's head, which 5.x ties to nothing."""
    if "shared.weight" in draft.tensors:
        draft.copy("shared.weight", "lm_head.weight")


def head_of_pop2piano_apart(draft: Any) -> None:
    """Its head as 5.x has it. 4.x scales what a tied decoder gives; the decoder's last norm does it for both."""
    last = "decoder.final_layer_norm.weight"
    if "lm_head.weight" not in draft.tensors or last not in draft.tensors:
        return
    if draft.config.get("scale_decoder_outputs", draft.config.get("tie_word_embeddings", True)):
        draft.scale(last, draft.config.get("d_model", 512) ** -0.5)
    draft.config["tie_word_embeddings"] = draft.config["scale_decoder_outputs"] = False


def heads_of_grounding_dino(draft: Any) -> None:
    """The one head that all layers of the decoder share, as that of each layer."""
    for name in list(draft.tensors):
        if found := _FIRST_HEAD.search(name):
            for layer in range(1, draft.config.get("decoder_layers", 6)):
                new = f"{found[1]}_embed.{layer}.{name[found.end() :]}"
                if f"model.decoder.{new}" not in draft.tensors:
                    draft.copy(name, new)


def no_bias_of_reformer(draft: Any) -> None:
    """Reformer's head without the bias that 5.x stores and does not add."""
    draft.tensors.pop("lm_head.bias", None)
