"""Integer pixels, as decoders give them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Encoded = npt.NDArray[np.uint8] | npt.NDArray[np.uint16]
