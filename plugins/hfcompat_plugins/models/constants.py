"""Lists of checkpoints that model modules had up to transformers 4.41, and a warning that they had up to 4.57."""

__all__ = [
    "CAMEMBERT_PRETRAINED_MODEL_ARCHIVE_LIST",
    "ROBERTA_PRETRAINED_MODEL_ARCHIVE_LIST",
    "XLM_ROBERTA_PRETRAINED_MODEL_ARCHIVE_LIST",
    "__HEAD_MASK_WARNING_MSG",
]

CAMEMBERT_PRETRAINED_MODEL_ARCHIVE_LIST = [
    "camembert-base",
    "Musixmatch/umberto-commoncrawl-cased-v1",
    "Musixmatch/umberto-wikipedia-uncased-v1",
]

ROBERTA_PRETRAINED_MODEL_ARCHIVE_LIST = [
    "roberta-base",
    "roberta-large",
    "roberta-large-mnli",
    "distilroberta-base",
    "roberta-base-openai-detector",
    "roberta-large-openai-detector",
]

XLM_ROBERTA_PRETRAINED_MODEL_ARCHIVE_LIST = [
    "xlm-roberta-base",
    "xlm-roberta-large",
    "xlm-roberta-large-finetuned-conll02-dutch",
    "xlm-roberta-large-finetuned-conll02-spanish",
    "xlm-roberta-large-finetuned-conll03-english",
    "xlm-roberta-large-finetuned-conll03-german",
]

__HEAD_MASK_WARNING_MSG = """
`head_mask` is for the encoder alone now; `decoder_head_mask` is that of the decoder, and is taken to be the same here.
For a decoder with all its heads, give ones: `decoder_head_mask = torch.ones(num_layers, num_heads)`.
"""
