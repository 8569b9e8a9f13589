"""The declarations of the plugin, a module for each concern; nothing here imports torch or transformers."""

OURS = "hfcompat_plugins.symbols."
