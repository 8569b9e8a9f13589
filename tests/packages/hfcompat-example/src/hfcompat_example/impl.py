"""The code behind the declarations; imported when a patch is installed."""


def token_count(self) -> int:
    """Number of tokens whose keys and values are in the cache."""
    return int(self.get_seq_length())


def layer_types(cache) -> list[str]:
    """Name of each layer's class; empty before the first layer exists."""
    return [type(layer).__name__ for layer in getattr(cache, "layers", [])]


def raising_factory(original):
    raise RuntimeError("example fails while wrapping")
