"""AnnotionFormat, AnnotationFormat's first name."""

from __future__ import annotations

from transformers.utils import ExplicitEnum

__all__ = ["AnnotionFormat"]


class AnnotionFormat(ExplicitEnum):
    """How boxes and segments are annotated."""

    COCO_DETECTION = "coco_detection"
    COCO_PANOPTIC = "coco_panoptic"
