"""CLIPFeatureExtractor: the image processor that resizes with Pillow, whatever the runtime calls it."""

try:  # from 5.4 on CLIPImageProcessor resizes with torchvision, where that is installed, and gives other pixels
    from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil as CLIPFeatureExtractor
except ModuleNotFoundError:
    from transformers.models.clip.image_processing_clip import CLIPImageProcessor as CLIPFeatureExtractor

__all__ = ["CLIPFeatureExtractor"]
