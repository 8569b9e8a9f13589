"""File names of TensorFlow and Flax checkpoints; libraries look for them in folders and repositories."""

TF_WEIGHTS_NAME = "model.ckpt"
TF2_WEIGHTS_NAME = "tf_model.h5"
TF2_WEIGHTS_INDEX_NAME = "tf_model.h5.index.json"
FLAX_WEIGHTS_NAME = "flax_model.msgpack"
FLAX_WEIGHTS_INDEX_NAME = "flax_model.msgpack.index.json"
