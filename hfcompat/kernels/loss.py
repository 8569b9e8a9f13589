"""Cross-entropy of a linear head, in chunks: the logits of a whole batch never exist.

Loss and gradients are computed in one pass. The logits of a chunk are overwritten by their own gradient, and what is
left of them is the gradient of the hidden states and a sum for the weight.
"""

from __future__ import annotations

import inspect
from typing import Any

import torch

__all__ = ["linear_cross_entropy"]

_LOGITS = 32 * 2**20
"""How many logits a chunk has by default: 128 MiB of float32."""
_LEAST_ROWS = 256
"""Below, a matrix product is bound by memory."""


def linear_cross_entropy(
    hidden: torch.Tensor,
    weight: torch.Tensor,
    labels: torch.Tensor,
    *,
    bias: torch.Tensor | None = None,
    chunk_size: int | None = None,
    ignore_index: int = -100,
    num_items_in_batch: int | torch.Tensor | None = None,
    softcap: float | None = None,
    scale: float = 1.0,
    label_smoothing: float = 0.0,
) -> torch.Tensor:
    """`cross_entropy(cap(scale * linear(hidden, weight, bias)), labels)`, in the memory of a chunk of logits.

    A logit is computed in the dtype of the weights, as by the head itself; all that follows is float32, or float64 for
    weights of float64. Under `torch.autocast` the dtype is autocast's, but for float64. Composes with
    `torch.compile(fullgraph=True)`; the second derivative is not to be had.

    Args:
        hidden: floating, (..., hidden size).
        weight: of the dtype of `hidden`, (vocabulary, hidden size).
        labels: integers, (...): shifted by the caller, so that position n says what follows n.
        bias: of the dtype of `hidden`, (vocabulary,).
        chunk_size: positions at a time. Default: as many as have 32 Mi logits, and 256 at least.
        ignore_index: a label that says that its position does not count.
        num_items_in_batch: what the sum of losses is divided by, as the Trainer of transformers has it under gradient
            accumulation. Default: the number of labels that count, which gives the mean.
        softcap: logits are capped as `softcap * tanh(logits / softcap)`, after they are scaled.
        scale: logits are multiplied by it.
        label_smoothing: as of torch.nn.functional.cross_entropy.

    Returns:
        A scalar, float32 or float64. As torch has it, the mean over no labels is nan and its gradients are zero.

    Raises:
        ValueError: shapes or dtypes do not fit.
    """
    if weight.ndim != 2 or hidden.shape[-1:] != weight.shape[1:] or hidden.shape[:-1] != labels.shape:
        raise ValueError(
            "hidden (..., H), weight (V, H) and labels (...) do not fit:"
            f" {tuple(hidden.shape)}, {tuple(weight.shape)} and {tuple(labels.shape)}"
        )
    if bias is not None and bias.shape != weight.shape[:1]:
        raise ValueError(f"bias has shape {tuple(bias.shape)}, and weight has {weight.shape[0]} rows")
    if chunk_size is not None and chunk_size < 1:
        raise ValueError(f"chunk_size={chunk_size} is less than 1")
    if labels.is_floating_point():
        raise ValueError(f"labels are {labels.dtype}, no integers")
    device = hidden.device.type
    if device != "meta" and torch.is_autocast_enabled(device) and hidden.dtype != torch.float64:
        dtype = torch.get_autocast_dtype(device)
        hidden, weight = hidden.to(dtype), weight.to(dtype)
        bias = None if bias is None else bias.to(dtype)
    if not hidden.is_floating_point() or any(p is not None and p.dtype != hidden.dtype for p in (weight, bias)):
        dtypes = ", ".join(str(p.dtype) for p in (hidden, weight, bias) if p is not None)
        raise ValueError(f"hidden, weight and bias have to be of one floating dtype; they are {dtypes}")
    labels = labels.to(hidden.device, torch.int64)
    wanted = [torch.is_grad_enabled() and p is not None and p.requires_grad for p in (hidden, weight, bias)]
    rows = chunk_size or max(_LEAST_ROWS, _LOGITS // max(1, weight.shape[0]))
    total = _operator(
        hidden.reshape(-1, hidden.shape[-1]),
        weight,
        bias,
        labels.reshape(-1),
        ignore_index,
        rows,
        softcap or 0.0,
        float(scale),
        label_smoothing,
        *wanted,
    )[0]
    if num_items_in_batch is None:
        count = (labels != ignore_index).sum()
        return torch.where(count > 0, total / count.clamp(min=1), torch.nan)
    if isinstance(num_items_in_batch, torch.Tensor):
        num_items_in_batch = num_items_in_batch.to(total.device)
    return total / num_items_in_batch


def _in_chunks(
    hidden: torch.Tensor,
    weight: torch.Tensor,
    bias: torch.Tensor | None,
    labels: torch.Tensor,
    ignore_index: int,
    chunk_size: int,
    softcap: float,
    scale: float,
    label_smoothing: float,
    wants_hidden: bool,
    wants_weight: bool,
    wants_bias: bool,
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
    """The sum of losses, and its gradients for hidden states, weight and bias; empty where they are not wanted."""
    size, dtype, wanted = weight.shape[0], hidden.dtype, (wants_hidden, wants_weight, wants_bias)
    exact = _exact(dtype)
    total = hidden.new_zeros((), dtype=exact)
    for_hidden = hidden.new_zeros(hidden.shape if wants_hidden else 0)
    for_weight = weight.new_zeros(weight.shape if wants_weight else 0, dtype=exact)
    for_bias = weight.new_zeros(size if wants_bias else 0, dtype=exact)
    # Only where nothing has to be waited for are the positions that count picked out; elsewhere the others are masked.
    picks = (labels != ignore_index).nonzero().squeeze(1) if hidden.device.type == "cpu" else None
    length = hidden.shape[0] if picks is None else picks.shape[0]
    room = hidden.new_empty((min(chunk_size, length), size), dtype=exact)
    products = room if dtype == exact else torch.empty_like(room, dtype=dtype)
    with torch.autocast(hidden.device.type, enabled=False):
        for start in range(0, length, chunk_size):
            part = slice(start, start + chunk_size) if picks is None else picks[start : start + chunk_size]
            states, targets = hidden[part], labels[part]
            logits, product = room[: states.shape[0]], products[: states.shape[0]]
            torch.mm(states, weight.t(), out=product)
            if bias is not None:
                product += bias
            if product is not logits:
                logits.copy_(product)
            if scale != 1.0:
                logits *= scale
            slope = None
            if softcap:
                logits.div_(softcap).tanh_()
                slope = 1 - logits.square() if any(wanted) else None
                logits *= softcap
            counts = (targets != ignore_index).to(exact)
            targets = torch.where(targets == ignore_index, 0, targets).unsqueeze(1)
            said = logits.gather(1, targets).squeeze(1)
            if label_smoothing:
                said = torch.lerp(said, logits.mean(1), label_smoothing)
            largest = logits.amax(1, keepdim=True)
            logits.sub_(largest).exp_()
            sums = logits.sum(1, keepdim=True)
            total += ((sums.log() + largest).squeeze(1) - said).mul_(counts).sum()
            if not any(wanted):
                continue
            counts = counts.unsqueeze(1)
            gradient = logits.mul_(counts / sums)
            if label_smoothing:
                gradient -= counts * (label_smoothing / size)
            gradient.scatter_add_(1, targets, counts * (label_smoothing - 1))
            if slope is not None:
                gradient *= slope
            if scale != 1.0:
                gradient *= scale
            if wants_bias:
                for_bias += gradient.sum(0)
            if product is not logits:
                gradient = product.copy_(gradient)
            if wants_hidden:
                for_hidden[part] = gradient @ weight
            if wants_weight and dtype == exact:
                for_weight.addmm_(gradient.t(), states)
            elif wants_weight:
                for_weight += gradient.t() @ states
    kept = _kept(dtype)
    return total, for_hidden, for_weight.to(kept), for_bias.to(kept)


def _exact(dtype: torch.dtype) -> torch.dtype:
    return torch.float64 if dtype == torch.float64 else torch.float32


def _kept(dtype: torch.dtype) -> torch.dtype:
    """Of gradients that are sums over the batch, until they are divided: float16 could not hold them."""
    return torch.float32 if dtype == torch.float16 else dtype


def _shapes(hidden: Any, weight: Any, bias: Any, labels: Any, *options: Any) -> Any:
    wants_hidden, wants_weight, wants_bias = options[-3:]
    kept = _kept(hidden.dtype)
    return (
        hidden.new_empty((), dtype=_exact(hidden.dtype)),
        hidden.new_empty(hidden.shape if wants_hidden else 0),
        weight.new_empty(weight.shape if wants_weight else 0, dtype=kept),
        weight.new_empty(weight.shape[0] if wants_bias else 0, dtype=kept),
    )


def _keep(ctx: Any, inputs: tuple[Any, ...], output: tuple[torch.Tensor, ...]) -> None:
    ctx.set_materialize_grads(False)
    ctx.wanted, ctx.dtype = inputs[-3:], inputs[0].dtype
    ctx.save_for_backward(*output[1:])


def _backward(ctx: Any, of_loss: torch.Tensor | None, *of_gradients: torch.Tensor | None) -> tuple[Any, ...]:
    if any(gradient is not None for gradient in of_gradients):
        raise NotImplementedError("linear_cross_entropy has no second derivative")
    found = [
        (kept * of_loss).to(ctx.dtype) if wanted and of_loss is not None else None
        for kept, wanted in zip(ctx.saved_tensors, ctx.wanted, strict=True)
    ]
    return *found, *[None] * (len(inspect.signature(_in_chunks).parameters) - len(found))


# No torch.autograd.Function: to torch.compile an operator is one node, however many chunks there are.
_operator = torch.library.custom_op("hfcompat::linear_cross_entropy", _in_chunks, mutates_args=())
_operator.register_fake(_shapes)
_operator.register_autograd(_backward, setup_context=_keep)
