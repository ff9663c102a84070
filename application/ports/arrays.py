"""The arrays that ports pass on."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Embeddings = NDArray[np.float32]
