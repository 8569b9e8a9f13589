"""Model classes: what `PreTrainedModel` and the families' own classes no longer do or have."""

from hfcompat import Kind, Patch, hookimpl

_V5 = {"transformers": ">=5.0.0.dev0"}
_FLATTENED = {"transformers": ">=5.6.0.dev0"}


def _itself(family: str, cls: str, name: str) -> Patch:
    """`cls.name` was the one submodule of a wrapper, and is the model itself since the wrapper went."""
    return Patch(
        id=f"{family.replace('_', '-')}.{name.replace('_', '-')}",
        target=f"transformers.models.{family}.modeling_{family}:{cls}.{name}",
        kind=Kind.ADD,
        impl=f"hfcompat_plugins.modeling.flattened:{name}",
        when=_FLATTENED,
        reason=f"Code that reaches through {cls}.{name} raises AttributeError: its parts moved up into the model.",
        upstream="https://github.com/huggingface/transformers/pull/44431",
    )


PATCHES = [
    Patch(
        id="all-tied-weights-keys",
        target="transformers.modeling_utils:PreTrainedModel.all_tied_weights_keys",
        kind=Kind.ADD,
        impl="hfcompat_plugins.modeling.tied_weights:all_tied_weights_keys",
        when=_V5,
        reason="init_weights() and from_pretrained() raise AttributeError for a class that never calls post_init().",
        upstream="https://github.com/huggingface/transformers/pull/42191",
        traced=False,
    ),
    _itself("altclip", "AltCLIPVisionModel", "vision_model"),
    _itself("chinese_clip", "ChineseCLIPVisionModel", "vision_model"),
    _itself("clip", "CLIPTextModel", "text_model"),
    _itself("clip", "CLIPVisionModel", "vision_model"),
    _itself("clipseg", "CLIPSegTextModel", "text_model"),
    _itself("clipseg", "CLIPSegVisionModel", "vision_model"),
    _itself("metaclip_2", "MetaClip2TextModel", "text_model"),
    _itself("metaclip_2", "MetaClip2VisionModel", "vision_model"),
    _itself("mlcd", "MLCDVisionModel", "vision_model"),
    _itself("siglip", "SiglipTextModel", "text_model"),
    _itself("siglip", "SiglipVisionModel", "vision_model"),
    _itself("siglip2", "Siglip2TextModel", "text_model"),
    _itself("siglip2", "Siglip2VisionModel", "vision_model"),
    _itself("x_clip", "XCLIPTextModel", "text_model"),
    _itself("x_clip", "XCLIPVisionModel", "vision_model"),
]


@hookimpl
def hfcompat_patches() -> list[Patch]:
    return PATCHES
