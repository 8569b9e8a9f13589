"""What `Trainer` did in v4 and does otherwise now, for code that says which version it was written for."""

from __future__ import annotations

from typing import Any

__all__ = [
    "cache_as_configured",
    "counting_all_labels",
    "learning_rate_after_the_step",
    "mean_of_means",
    "not_evaluating_at_the_end",
    "smoothing_means",
]


def cache_as_configured(original: Any) -> Any:
    """`config.use_cache` of the model that is trained: left as it is, unless activations are checkpointed."""

    def __init__(self: Any, *args: Any, **kwargs: Any) -> None:
        seen: list[tuple[Any, Any]] = []

        def remember(model: Any) -> Any:
            config = getattr(model, "config", None)
            if hasattr(config, "use_cache"):
                seen.append((config, config.use_cache))
            return model

        remember(kwargs.get("model") if "model" in kwargs else args[0] if args else None)
        call_model_init = self.call_model_init
        self.call_model_init = lambda *a, **k: remember(call_model_init(*a, **k))
        try:
            original(self, *args, **kwargs)
        finally:
            del self.call_model_init
        if not self.args.gradient_checkpointing and not self.args.use_cache:
            for config, value in seen:
                config.use_cache = value

    return __init__


def counting_all_labels(original: Any) -> Any:
    """Tokens that a loss is divided by: every label. Since 5.11 a shifted loss leaves out the first of each row."""

    def _get_num_items_in_batch(self: Any, *args: Any, **kwargs: Any) -> Any:
        shifts, self._loss_shifts_labels = getattr(self, "_loss_shifts_labels", False), False
        try:
            return original(self, *args, **kwargs)
        finally:
            self._loss_shifts_labels = shifts

    return _get_num_items_in_batch


def smoothing_means(original: Any) -> Any:
    """The label smoother takes the mean of a batch, and knows nothing of the others that gradients are summed over."""

    def __call__(self: Any, model_output: Any, labels: Any, shift_labels: bool = False, **kwargs: Any) -> Any:
        return original(self, model_output, labels, shift_labels=shift_labels)

    return __call__


def mean_of_means(original: Any) -> Any:
    """Up to 4.45 a model's loss is the mean of each batch, and that of an accumulated step the mean of those."""

    def __init__(self: Any, *args: Any, **kwargs: Any) -> None:
        original(self, *args, **kwargs)
        if self.compute_loss_func is None:
            self.model_accepts_loss_kwargs = False

    return __init__


def learning_rate_after_the_step(original: Any) -> Any:
    """The learning rate in the log: up to 4.50 that of the next step."""

    def _maybe_log_save_evaluate(self: Any, *args: Any, **kwargs: Any) -> Any:
        kwargs.pop("learning_rate", None)
        return original(self, *args[:7], **kwargs)

    return _maybe_log_save_evaluate


def not_evaluating_at_the_end(original: Any) -> Any:
    """Evaluation by steps: since 5.4 there is one more after the last step, whatever the steps."""

    def on_step_end(self: Any, args: Any, state: Any, control: Any, **kwargs: Any) -> Any:
        before = control.should_evaluate
        answer = original(self, args, state, control, **kwargs)
        last = state.global_step >= state.max_steps and args.eval_strategy == "steps"
        if last and state.global_step % state.eval_steps != 0:
            control.should_evaluate = before
        return answer

    return on_step_end
