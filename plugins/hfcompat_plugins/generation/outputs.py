"""What a search returns besides its sequences, gathered step by step."""

from __future__ import annotations

from typing import Any


class Gathered:
    """Scores, logits, attentions and hidden states of each step, as far as they are asked for.

    Args:
        config: a `GenerationConfig` that says what to return.
        steps: the `Steps` of the search.
    """

    def __init__(self, config: Any, steps: Any) -> None:
        self._steps = steps
        wanted = bool(config.return_dict_in_generate)
        self.returns_dict = wanted
        self.scores: tuple[Any, ...] | None = () if wanted and config.output_scores else None
        self.logits: tuple[Any, ...] | None = () if wanted and config.output_logits else None
        self._attentions: tuple[Any, ...] | None = () if wanted and config.output_attentions else None
        self._cross: tuple[Any, ...] | None = () if wanted and config.output_attentions else None
        self._hidden: tuple[Any, ...] | None = () if wanted and config.output_hidden_states else None

    def add(self, scores: Any, logits: Any, attentions: Any, cross_attentions: Any, hidden_states: Any) -> None:
        if self.scores is not None:
            self.scores += (scores,)
        if self.logits is not None:
            self.logits += (logits,)
        if self._attentions is not None and self._cross is not None:
            self._attentions += (attentions,)
            self._cross += (cross_attentions,)
        if self._hidden is not None:
            self._hidden += (hidden_states,)

    def add_output(self, scores: Any, logits: Any, outputs: Any) -> None:
        """The same, from the output of a model."""
        if self._steps.is_encoder_decoder:
            names = ("decoder_attentions", "cross_attentions", "decoder_hidden_states")
        else:
            names = ("attentions", "", "hidden_states")
        self.add(scores, logits, *(getattr(outputs, name, None) if name else None for name in names))

    def output(self, sequences: Any, *, beams: bool, **more: Any) -> Any:
        """The sequences (batch, tokens), or a ModelOutput with them."""
        if not self.returns_dict:
            return sequences
        from transformers.generation import utils

        steps = self._steps
        common = {"sequences": sequences, "scores": self.scores, "logits": self.logits, **more}
        common["past_key_values"] = steps.cache
        kind = "GenerateBeam" if beams else "Generate"
        if not steps.is_encoder_decoder:
            output = getattr(utils, f"{kind}DecoderOnlyOutput")
            return output(**common, attentions=self._attentions, hidden_states=self._hidden)
        encoder = steps.kwargs.get("encoder_outputs") or {}
        return getattr(utils, f"{kind}EncoderDecoderOutput")(
            **common,
            encoder_attentions=None if self._attentions is None else encoder.get("attentions"),
            encoder_hidden_states=None if self._hidden is None else encoder.get("hidden_states"),
            decoder_attentions=self._attentions,
            cross_attentions=self._cross,
            decoder_hidden_states=self._hidden,
        )
