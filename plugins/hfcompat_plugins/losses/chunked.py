"""A language model whose loss is computed in chunks while it is trained."""

from __future__ import annotations

import functools
import inspect
import sys
from types import FunctionType
from typing import Any

import torch
from hfcompat_plugins.losses import plain
from hfcompat_plugins.losses.heads import HEADS
from transformers.loss import loss_utils
from transformers.modeling_outputs import CausalLMOutputWithPast, MoeCausalLMOutputWithPast

from hfcompat.kernels import instances
from hfcompat.kernels.loss import linear_cross_entropy

__all__ = ["refusal", "swap"]

_KNOWS_SHIFTED = "shift_labels" in inspect.signature(loss_utils.ForCausalLMLoss).parameters

# Of the loss alone; stock heads hand them on to attention functions too, none of which looks.
_OF_LOSS = ("num_items_in_batch", "ignore_index", "shift_labels")


def swap(model: Any, *, config: dict[str, Any]) -> str:
    """Give `model` a `forward` that computes its loss in chunks where there are labels and the model trains.

    Then `logits` of the output is None, as with Liger. All other calls go to the stock `forward`, and so do those that
    ask for some logits only, those of a model whose head is not a plain torch.nn.Linear any more (adapters, quantized
    or sharded weights, hooks), and those with a loss function of the user's.

    Raises:
        RuntimeError: something stands in the way, see `refusal`.
    """
    why = refusal(model)
    if why:
        raise RuntimeError(why)
    stock = type(model).forward
    instances.bind(model, "forward", _forward_of(stock))
    return "while it trains with labels, the logits of its output are None"


def refusal(model: Any) -> str:
    """Why the forward of a model is to be left alone; "" where it need not be.

    The model has one of its own already, as accelerate gives it; its class has one, of which nothing is known here; or
    there is no linear head.
    """
    own = vars(model).get("forward")
    if own is not None and getattr(own, "__func__", None) is not type(model).forward:
        return f"its forward has been replaced already; if by accelerate, {plain.WAY_OUT}"
    if why := plain.foreign_forward(model):
        return f"{why}, which would be passed over"
    if not isinstance(model.get_output_embeddings(), torch.nn.Linear):
        return f"{type(model).__name__} has no linear head"
    return ""


@functools.cache
def _forward_of(stock: FunctionType) -> FunctionType:
    names = tuple(inspect.signature(stock).parameters)[1:]

    def forward(self: Any, *args: Any, **kwargs: Any) -> Any:
        given = {**dict(zip(names, args)), **kwargs}  # noqa: B905 (too many are for the stock forward to refuse)
        if len(args) > len(names) or not _is_for_chunks(self, given):
            return type(self).forward(self, *args, **kwargs)
        return _trained(self, given)

    forward.__wrapped__ = stock  # the Trainer looks at the signature
    return forward


def _is_for_chunks(model: Any, given: dict[str, Any]) -> bool:
    if not model.training or given.get("labels") is None:
        return False
    kept = given.get("logits_to_keep")
    if kept is not None and not (isinstance(kept, int) and kept == 0):
        return False
    return plain.has_plain_head(model)


def _trained(model: Any, given: dict[str, Any]) -> Any:
    head, config = HEADS[model.config.model_type], model.config
    labels = given.pop("labels")
    given.pop("logits_to_keep", None)
    of_loss = {name: given.pop(name) for name in _OF_LOSS if name in given}
    as_dict = given.pop("return_dict", None)
    if as_dict is None:
        as_dict = config.return_dict
    if head.routed:
        routed = given.get("output_router_logits")
        given["output_router_logits"] = routed = config.output_router_logits if routed is None else routed

    outputs = model.model(**given, return_dict=True)
    loss = _loss(model, head, outputs[0], labels, **of_loss)
    auxiliary = None
    if head.routed and routed:
        balance = sys.modules[type(model).__module__].load_balancing_loss_func
        auxiliary = balance(
            outputs.router_logits, model.num_experts, model.num_experts_per_tok, given.get("attention_mask")
        )
        loss = loss + model.router_aux_loss_coef * auxiliary.to(loss.device)
    if not as_dict:
        return (loss, *(() if auxiliary is None else (auxiliary,)), None, *outputs.to_tuple()[1:])
    said = {name: outputs.get(name) for name in ("past_key_values", "hidden_states", "attentions")}
    if head.routed:
        return MoeCausalLMOutputWithPast(
            loss=loss, aux_loss=auxiliary, logits=None, router_logits=outputs.get("router_logits"), **said
        )
    return CausalLMOutputWithPast(loss=loss, logits=None, **said)


def _loss(
    model: Any,
    head: Any,
    hidden: torch.Tensor,
    labels: torch.Tensor,
    num_items_in_batch: Any = None,
    ignore_index: int = -100,
    shift_labels: torch.Tensor | None = None,
) -> torch.Tensor:
    if shift_labels is None or not _KNOWS_SHIFTED:
        shift_labels = torch.nn.functional.pad(labels, (0, 1), value=ignore_index)[..., 1:]
    scale = 1.0
    if head.times:
        scale = float(getattr(model, head.times))
    if head.over:
        scale = 1.0 / getattr(model.config, head.over)
    linear = model.get_output_embeddings()
    return linear_cross_entropy(
        hidden,
        linear.weight,
        shift_labels,
        bias=linear.bias,
        ignore_index=ignore_index,
        num_items_in_batch=num_items_in_batch,
        softcap=getattr(model.config, head.softcap, None) if head.softcap else None,
        scale=scale,
    )
