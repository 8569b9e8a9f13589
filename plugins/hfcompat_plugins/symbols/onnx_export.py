"""What `transformers.convert_graph_to_onnx` offered: export to ONNX, and quantization of what was exported."""

from __future__ import annotations

from hfcompat_plugins.symbols.removed import removed_function, removed_names

_FUNCTIONS = (
    "convert", "convert_pytorch", "convert_tensorflow", "optimize", "verify", "infer_shapes", "ensure_valid_input",
    "load_graph_from_args", "generate_identified_filename", "check_onnxruntime_requirements",
)  # fmt: skip

globals().update(
    removed_names(
        __name__,
        "export with `optimum.exporters.onnx.main_export` (pip install optimum-onnx) or torch.onnx.export, or install "
        "transformers<5.",
        functions=_FUNCTIONS,
    )
)
quantize = removed_function(
    "quantize",
    "use `onnxruntime.quantization.quantize_dynamic(path, path_of_the_quantized_model)`, or install transformers<5.",
    __name__,
)
__all__ = [*_FUNCTIONS, "quantize"]
