"""Entries of BACKENDS_MAPPING: whether a backend is there, and what to say when it is not ("{0}" is what needs it)."""

from hfcompat_plugins.symbols import availability

__all__ = ["flax", "ftfy", "keras_nlp", "tensorflow_text", "tf"]

_GONE = "\n{{0}} needs {0}, which transformers 5 has no models for: use PyTorch, or install transformers<5.\n"

tf = (availability.is_tf_available, _GONE.format("TensorFlow"))
flax = (availability.is_flax_available, _GONE.format("Flax"))
keras_nlp = (availability.is_keras_nlp_available, _GONE.format("keras_nlp"))
tensorflow_text = (availability.is_tensorflow_text_available, _GONE.format("tensorflow_text"))
ftfy = (availability.is_ftfy_available, "\n{0} needs the library ftfy: pip install ftfy\n")
