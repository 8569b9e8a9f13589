"""The rules of the plugin, a module for each part of a checkpoint; nothing here imports torch or transformers."""

HERE = "hfcompat_plugins.artifacts."
GUIDE = "https://github.com/huggingface/transformers/blob/main/MIGRATION_GUIDE_V5.md"
TREE = "https://github.com/huggingface/transformers/blob/"

FOUR = ">=4.49.0.dev0,<5.0.0.dev0"
FIVE = ">=5.0.0.dev0"
