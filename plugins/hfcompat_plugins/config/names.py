"""What the base class of all configurations is called."""

PRETRAINED_CONFIG = "PretrainedConfig"
