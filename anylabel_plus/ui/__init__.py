"""The window: the only part of the program that knows Qt. What is here makes its start cheap."""

from __future__ import annotations

import os
import sys


def _load_numpy() -> None:
    """Loading numpy starts a spinning thread for each core, which the window has no use for."""
    threads = "OPENBLAS_NUM_THREADS"
    if "numpy" in sys.modules or threads in os.environ:
        return
    os.environ[threads] = "1"
    import numpy  # noqa: F401

    del os.environ[threads]  # child processes get the environment as it was


def _spare_sources() -> None:
    """PySide reads the source of every module that is imported, to see whether it may switch the
    ``__feature__`` names on; we never do, and a seventh of the start was spent on that."""
    import PySide6.QtCore  # noqa: F401

    feature = sys.modules.get("shibokensupport.feature")
    if feature is not None and hasattr(feature, "_mod_uses_pyside"):
        setattr(feature, "_mod_uses_pyside", lambda module: False)  # noqa: B010


_spare_sources()  # first: numpy alone has a hundred modules
_load_numpy()
