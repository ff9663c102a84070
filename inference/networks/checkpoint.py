"""Loads a published torch checkpoint into a module without running anything the file contains."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from pickle import UnpicklingError
from typing import TypeVar

import torch
from torch import nn

from inference.weights.errors import CorruptWeights

Module = TypeVar("Module", bound=nn.Module)


def load_state(module: Module, path: Path, *, leaving_out: Collection[str] = ()) -> Module:
    """Fill `module` with the state dict at `path`, ready for inference; raises `CorruptWeights`.

    Every tensor of the module must be in the file, and no other may be but those named in `leaving_out`.
    """
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
        module.load_state_dict({name: tensor for name, tensor in state.items() if name not in leaving_out})
    except (UnpicklingError, RuntimeError, EOFError, AttributeError, TypeError, ValueError, KeyError) as error:
        raise CorruptWeights(path, str(error).partition("\n")[0]) from error
    return frozen(module)


def frozen(module: Module) -> Module:
    """The module in inference mode, its parameters needing no gradient."""
    return module.eval().requires_grad_(False)
