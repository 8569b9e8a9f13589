"""The table, in parts."""

OURS = "hfcompat_plugins.v5."
V5 = "https://github.com/huggingface/transformers/blob/v5.23.0/src/transformers/"
