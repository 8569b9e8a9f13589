"""Where readers look for the parts of a processor, and by which names for what is in them."""

from __future__ import annotations

from typing import Any

from hfcompat.checkpoints.draft import Draft

WHOLE, PARTS = "processor_config.json", "preprocessor_config.json"
VIDEO, TEMPLATE = "video_preprocessor_config.json", "chat_template.jinja"


def parts_in_files(draft: Draft) -> None:
    """Image processor, feature extractor and video processor, each in a file of its own, where all readers look."""
    whole = draft.document(WHOLE)
    if whole is None:
        return
    for file, names in ((PARTS, ("image_processor", "feature_extractor")), (VIDEO, ("video_processor",))):
        found = [name for name in names if isinstance(whole.get(name), dict)]
        if len(found) == 1 and draft.document(file) is None:  # of two, one file cannot hold both
            own = {"processor_class": whole["processor_class"]} if "processor_class" in whole else {}
            draft.documents[file] = {**whole.pop(found[0]), **own}


def pixels_beside_edges(draft: Draft) -> None:
    """Qwen2-VL: `min_pixels` and `max_pixels`, which 4.49 reads, beside the size that says the same."""
    for file in (PARTS, VIDEO):
        part = draft.document(file)
        if part is not None:
            say_pixels(part)


def say_pixels(part: dict[str, Any]) -> None:
    """The same for one image or video processor."""
    kind = part.get("image_processor_type") or part.get("video_processor_type")
    size = part.get("size")
    if str(kind).startswith("Qwen2VL") and isinstance(size, dict):
        for edge, pixels in (("shortest_edge", "min_pixels"), ("longest_edge", "max_pixels")):
            if edge in size and part.get(pixels) is None:
                part[pixels] = size[edge]


def template_in_json(draft: Draft) -> None:
    """The chat template of a processor, in chat_template.json too."""
    if draft.document(WHOLE) is None or TEMPLATE not in draft.folder.files:
        return
    if "chat_template.json" not in draft.folder.files:
        text = draft.folder.locate(TEMPLATE).read_text(encoding="utf-8")
        draft.documents["chat_template.json"] = {"chat_template": text}
