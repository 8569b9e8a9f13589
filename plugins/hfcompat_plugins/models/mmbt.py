"""MMBT: a BERT that reads the features of an image in front of the text; gone since transformers 5.0."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

__all__ = ["MMBTConfig", "MMBTForClassification", "MMBTModel", "ModalEmbeddings"]


class MMBTConfig:
    """The config of the text model, and with it (it is one dictionary) what the image needs.

    Args:
        config: of the text model.
        num_labels: of the classifier, if not what `config` says.
        modal_hidden_size: features that the image encoder gives.
    """

    def __init__(self, config: Any, num_labels: int | None = None, modal_hidden_size: int = 2048) -> None:
        self.__dict__ = config.__dict__
        self.modal_hidden_size = modal_hidden_size
        if num_labels:
            self.num_labels = num_labels


class ModalEmbeddings(nn.Module):
    """What the image encoder gives, as embeddings of the text model."""

    def __init__(self, config: Any, encoder: nn.Module, embeddings: Any) -> None:
        super().__init__()
        self.config, self.encoder = config, encoder
        self.proj_embeddings = nn.Linear(config.modal_hidden_size, config.hidden_size)
        self.position_embeddings = embeddings.position_embeddings
        self.token_type_embeddings = embeddings.token_type_embeddings
        self.word_embeddings = embeddings.word_embeddings
        self.LayerNorm = embeddings.LayerNorm
        self.dropout = nn.Dropout(config.hidden_dropout_prob)

    def forward(
        self,
        input_modal: torch.Tensor,
        start_token: torch.Tensor | None = None,
        end_token: torch.Tensor | None = None,
        position_ids: torch.Tensor | None = None,
        token_type_ids: torch.Tensor | None = None,
    ) -> torch.Tensor:
        """(batch, features of the image and up to two tokens, hidden size); the tokens are (batch,)."""
        parts = [self.proj_embeddings(self.encoder(input_modal))]
        if start_token is not None:
            parts.insert(0, self.word_embeddings(start_token)[:, None])
        if end_token is not None:
            parts.append(self.word_embeddings(end_token)[:, None])
        states = torch.cat(parts, dim=1)
        shape, device = states.shape[:2], states.device
        if position_ids is None:
            position_ids = torch.arange(shape[1], device=device).expand(shape)
        if token_type_ids is None:
            token_type_ids = torch.zeros(shape, dtype=torch.long, device=device)
        states = states + self.position_embeddings(position_ids) + self.token_type_embeddings(token_type_ids)
        return self.dropout(self.LayerNorm(states))


class MMBTModel(nn.Module):
    """The text model `transformer`, reading what `encoder` makes of an image, then text."""

    def __init__(self, config: Any, transformer: Any, encoder: nn.Module) -> None:
        super().__init__()
        self.config, self.transformer = config, transformer
        self.modal_encoder = ModalEmbeddings(config, encoder, transformer.embeddings)

    def forward(
        self,
        input_modal: torch.Tensor,
        input_ids: torch.Tensor | None = None,
        modal_start_tokens: torch.Tensor | None = None,
        modal_end_tokens: torch.Tensor | None = None,
        attention_mask: torch.Tensor | None = None,
        token_type_ids: torch.Tensor | None = None,
        modal_token_type_ids: torch.Tensor | None = None,
        position_ids: torch.Tensor | None = None,
        modal_position_ids: torch.Tensor | None = None,
        head_mask: None = None,
        inputs_embeds: torch.Tensor | None = None,
        output_attentions: bool | None = None,
        output_hidden_states: bool | None = None,
        return_dict: bool | None = None,
    ) -> Any:
        """`BaseModelOutputWithPooling`, or a tuple of the states and the pooled state.

        Args:
            input_modal: what the image encoder takes.
            attention_mask: (batch, tokens of the text), 1 for tokens, 0 for padding.

        Raises:
            ValueError: unless there is exactly one of `input_ids` and `inputs_embeds`.
            NotImplementedError: when head masks, attentions or hidden states are asked for.
        """
        from transformers.modeling_outputs import BaseModelOutputWithPooling

        if (input_ids is None) == (inputs_embeds is None):
            raise ValueError("Give the text as input_ids or as inputs_embeds.")
        if head_mask is not None or output_attentions or output_hidden_states:
            raise NotImplementedError("MMBTModel gives no attentions and hidden states on transformers 5.")
        modal = self.modal_encoder(
            input_modal, modal_start_tokens, modal_end_tokens, modal_position_ids, modal_token_type_ids
        )
        shape = (input_ids if input_ids is not None else inputs_embeds).shape[:2]  # type: ignore[union-attr]
        if token_type_ids is None:
            token_type_ids = torch.ones(shape, dtype=torch.long, device=modal.device)
        text = self.transformer.embeddings(
            input_ids=input_ids, position_ids=position_ids, token_type_ids=token_type_ids, inputs_embeds=inputs_embeds
        )
        states = torch.cat((modal, text), dim=1)
        mask = None
        if attention_mask is not None:
            seen = torch.cat((attention_mask.new_ones(modal.shape[:2]), attention_mask), dim=1)
            mask = (1.0 - seen[:, None, None].to(states.dtype)) * torch.finfo(states.dtype).min
        states = self.transformer.encoder(states, attention_mask=mask)[0]
        pooled = self.transformer.pooler(states)
        if return_dict is None:
            return_dict = getattr(self.config, "return_dict", True)
        if not return_dict:
            return states, pooled
        return BaseModelOutputWithPooling(last_hidden_state=states, pooler_output=pooled)


class MMBTForClassification(nn.Module):
    """`MMBTModel` with a linear layer behind its pooled state; one label means regression."""

    def __init__(self, config: Any, transformer: Any, encoder: nn.Module) -> None:
        super().__init__()
        self.config, self.num_labels = config, config.num_labels
        self.mmbt = MMBTModel(config, transformer, encoder)
        self.dropout = nn.Dropout(config.hidden_dropout_prob)
        self.classifier = nn.Linear(config.hidden_size, config.num_labels)

    def forward(
        self,
        input_modal: torch.Tensor,
        input_ids: torch.Tensor | None = None,
        *args: Any,
        labels: torch.Tensor | None = None,
        return_dict: bool | None = None,
        **kwargs: Any,
    ) -> Any:
        """`SequenceClassifierOutput`, or a tuple of the loss (where there are `labels`) and the logits.

        Args:
            args: see `MMBTModel`, as for `kwargs`.
        """
        from transformers.modeling_outputs import SequenceClassifierOutput

        pooled = self.mmbt(input_modal, input_ids, *args, return_dict=False, **kwargs)[1]
        logits, loss = self.classifier(self.dropout(pooled)), None
        if labels is not None and self.num_labels == 1:
            loss = nn.functional.mse_loss(logits.view(-1), labels.view(-1))
        elif labels is not None:
            loss = nn.functional.cross_entropy(logits.view(-1, self.num_labels), labels.view(-1))
        if return_dict is None:
            return_dict = getattr(self.config, "return_dict", True)
        if not return_dict:
            return (logits,) if loss is None else (loss, logits)
        return SequenceClassifierOutput(loss=loss, logits=logits)
