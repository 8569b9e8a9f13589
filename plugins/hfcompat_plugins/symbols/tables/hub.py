"""huggingface_hub's own names that went: programs of the transformers 4 days import both."""

from __future__ import annotations

from hfcompat_plugins.rows import GUIDE, row_id
from hfcompat_plugins.symbols.tables import OURS

from hfcompat import Kind, Patch

HUB = [
    Patch(
        id=row_id("huggingface-hub", name),
        target=f"huggingface_hub:{name}",
        kind=Kind.ADD,
        impl=f"{OURS}huggingface:{name}",
        when={"huggingface_hub": f">={since}.dev0", "transformers": ">=4.49.0.dev0"},
        reason=f"{name} is gone from huggingface_hub {since}, so {whose} fail on import.",
        upstream=GUIDE,
        traced=False,
    )
    for name, since, whose in (
        ("HfFolder", "1.0.0", "adapters, datasets 2 and optimum"),
        ("Repository", "1.0.0", "training scripts that push to a clone"),
        ("InferenceApi", "1.0.0", "clients of the old inference service"),
        ("configure_http_backend", "1.0.0", "programs with a proxy of their own"),
        ("cached_download", "0.26.0", "diffusers up to 0.25 and sentence-transformers up to 2.2"),
    )
]
