"""The window: the only part of the program that knows Qt."""

from __future__ import annotations

import os
import sys

_BLAS_THREADS = "OPENBLAS_NUM_THREADS"

if "numpy" not in sys.modules and _BLAS_THREADS not in os.environ:
    # Loading numpy starts a spinning thread for each core, a tenth of a second of start-up that the
    # window has no use for. Child processes get the environment as it was.
    os.environ[_BLAS_THREADS] = "1"
    import numpy  # noqa: F401

    del os.environ[_BLAS_THREADS]
