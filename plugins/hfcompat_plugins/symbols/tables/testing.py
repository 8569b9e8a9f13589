"""transformers.testing_utils."""

from __future__ import annotations

from hfcompat_plugins.rows import SOURCE, added
from hfcompat_plugins.symbols.tables import OURS

_TESTING = "{name} is no longer in testing_utils, so test suites of libraries and of models fail on import."

TESTING = [
    row
    for names, since, before in (
        ("require_auto_gptq", "4.49", ""),
        ("is_pt_tf_cross_test is_pt_flax_cross_test get_device_count", "4.50", ""),
        ("require_torch_bf16_cpu", "4.52", ""),
        ("require_soundfile", "4.54", "5.14"),
        ("require_torch_sdpa", "4.56", ""),
        (
            "require_tf require_flax require_jieba require_tensorflow_text require_tensorflow_probability require_tf2onnx "
            "set_model_tester_for_less_flaky_test",
            "4.57",
            "",
        ),
        (
            "require_read_token require_sigopt require_torch_or_tf require_safetensors require_auto_awq require_gptq "
            "require_eetq require_torchdynamo require_keras_nlp require_torch_bf16_gpu "
            "require_torch_gpu_if_bnb_not_multi_backend_enabled jax_device",
            "5.0",
            "",
        ),
        ("require_ftfy require_intel_extension_for_pytorch", "5.1", ""),
        ("require_quanto", "4.46", ""),
    )
    for row in added(
        names,
        at=("testing_utils",),
        to=f"{OURS}testing",
        since=since,
        before=before,
        reason=_TESTING,
        upstream=f"{SOURCE}4.48.3/src/transformers/testing_utils.py",
    )
]
