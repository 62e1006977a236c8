"""Every test gets a home of its own: settings, caches, logs and recovery logs never touch the user's."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
# Two workers share the machine's cores with their own threads.
os.environ.setdefault("OMP_NUM_THREADS", "1")


@pytest.fixture(autouse=True)
def home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A fresh user folder, named by ``ANYLABEL_PLUS_HOME`` for this process and its children."""
    folder = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("ANYLABEL_PLUS_HOME", str(folder))
    return folder
