"""What `transformers.onnx.convert` offered: the export itself."""

from __future__ import annotations

from hfcompat_plugins.symbols.removed import removed_names

_FUNCTIONS = (
    "export", "export_pytorch", "export_tensorflow", "validate_model_outputs", "check_onnxruntime_requirements",
    "ensure_model_and_config_inputs_match",
)  # fmt: skip

globals().update(
    removed_names(
        __name__,
        "export with `optimum.exporters.onnx.main_export` (pip install optimum-onnx) or torch.onnx.export, or install "
        "transformers<5.",
        functions=_FUNCTIONS,
    )
)
__all__ = [*_FUNCTIONS]
