"""Questions whose answer has become certain."""

__all__ = ["is_safetensors_available"]


def is_safetensors_available() -> bool:
    """True: transformers 5 cannot be installed without safetensors."""
    return True
