"""`MambaCache`, the state of a Mamba model up to 5.4."""

from __future__ import annotations

from typing import Any

import torch


class MambaCache:
    """Convolution and state-space states of every layer.

    Attributes:
        conv_states: by layer, [batch, intermediate size, convolution kernel].
        ssm_states: by layer, [batch, intermediate size, state size].
    """

    is_compileable = True

    def __init__(
        self,
        config: Any,
        max_batch_size: int | None = None,
        dtype: torch.dtype = torch.float16,
        device: torch.device | str | None = None,
        batch_size: int | None = None,
    ) -> None:
        self.max_batch_size = batch_size if max_batch_size is None else max_batch_size
        if self.max_batch_size is None:
            raise TypeError("MambaCache needs max_batch_size, the number of sequences")
        self.dtype = self._dtype = dtype
        self.intermediate_size: int = config.intermediate_size
        self.ssm_state_size: int = config.state_size
        self.conv_kernel_size: int = config.conv_kernel
        layers = range(config.num_hidden_layers)
        self.conv_states = [self._zeros(self.conv_kernel_size, device) for _ in layers]
        self.ssm_states = [self._zeros(self.ssm_state_size, device) for _ in layers]

    def _zeros(self, width: int, device: torch.device | str | None) -> torch.Tensor:
        states = torch.zeros(self.max_batch_size, self.intermediate_size, width, dtype=self.dtype, device=device)
        torch._dynamo.mark_static_address(states)
        return states

    def update_conv_state(
        self, layer_idx: int, new_conv_state: torch.Tensor, cache_position: torch.Tensor
    ) -> torch.Tensor:
        """Shift a layer's convolution window by one and write `new_conv_state` at `cache_position`, in place."""
        states = self.conv_states[layer_idx] = self.conv_states[layer_idx].to(new_conv_state.device)
        shifted = states.roll(-1, dims=-1)
        shifted[:, :, cache_position.clamp(0, self.conv_kernel_size - 1)] = new_conv_state.to(states.dtype)
        return states.copy_(shifted)

    def update_ssm_state(self, layer_idx: int, new_ssm_state: torch.Tensor) -> torch.Tensor:
        """Put `new_ssm_state` in a layer's place."""
        self.ssm_states[layer_idx] = new_ssm_state.to(self.ssm_states[layer_idx].device)
        return self.ssm_states[layer_idx]

    def reset(self) -> None:
        """Zero every state in place."""
        for states in (*self.conv_states, *self.ssm_states):
            states.zero_()
