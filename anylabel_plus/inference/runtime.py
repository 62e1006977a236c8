"""ONNX sessions. The only importer of onnxruntime, and only when a session is opened."""

from __future__ import annotations

import base64
import contextlib
import ctypes.util
import importlib.metadata
import io
import os
import re
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from anylabel_plus.core.errors import Cancelled, UserError

CPU = "CPUExecutionProvider"
CUDA = "CUDAExecutionProvider"
PACKAGES = ("onnxruntime", "onnxruntime-gpu", "onnxruntime-directml", "onnxruntime-openvino", "onnxruntime-windowsml")
"""Distributions that install the same folder ``onnxruntime``: two of them break each other."""

# Relu(3x3 Conv of ones, bias -5) on 1x1x8x8: inner pixels give 4, edges 1, corners 0. The tests build it again.
SELF_TEST_MODEL = base64.b64decode(
    "CAg6vgEKJQoBeAoBdwoBYhIBYyIEQ29udioRCgRwYWRzQAFAAUABQAGgAQcKDAoBYxIBeSIEUmVsdRIJc2VsZl90ZXN0KjMIAQgBCAMIAxAB"
    "QgF3SiQAAIA/AACAPwAAgD8AAIA/AACAPwAAgD8AAIA/AACAPwAAgD8qDQgBEAFCAWJKBAAAoMBaGwoBeBIWChQIARIQCgIIAQoCCAEKAggI"
    "CgIICGIbCgF5EhYKFAgBEhAKAggBCgIIAQoCCAgKAggIQgQKABAR"
)


@dataclass(frozen=True, slots=True)
class RuntimeOptions:
    """``device`` is auto (CUDA if it works, else CPU), cpu or cuda; ``threads`` 0 = one for each core."""

    device: str = "auto"
    threads: int = 0


@dataclass(frozen=True, slots=True)
class Tensor:
    """An input or output of a graph; unknown axes are None or a name."""

    name: str
    shape: tuple[int | str | None, ...]
    dtype: str


@dataclass(frozen=True, slots=True)
class ProviderReport:
    """The result of a real inference on one provider."""

    provider: str
    ok: bool
    ms: float
    reason: str = ""


class Session:
    """One opened model. ``provider`` is what the session really uses; ``provider_note`` says why
    it is not the one that was asked for."""

    def __init__(self, raw: Any, name: str, provider_note: str) -> None:
        self._raw = raw
        self.name = name
        self.inputs = tuple(_tensor(value) for value in raw.get_inputs())
        self.outputs = tuple(_tensor(value) for value in raw.get_outputs())
        self.metadata: dict[str, str] = dict(raw.get_modelmeta().custom_metadata_map)
        self.provider: str = raw.get_providers()[0]
        self.provider_note = provider_note

    def run(self, outputs: Sequence[str] | None, feeds: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
        """Named outputs (None = all) for named inputs.

        Raises:
            Cancelled: ``interrupt`` was called meanwhile.
            UserError: the graph refused the inputs or failed; names the model.
        """
        names = list(outputs) if outputs is not None else [tensor.name for tensor in self.outputs]
        import onnxruntime

        options = onnxruntime.RunOptions()
        options.log_severity_level = 4
        with _RUNS.running(options):
            try:
                values = self._raw.run(names, dict(feeds), options)
            except Exception as error:
                if options.terminate:
                    raise Cancelled from None
                raise UserError(f"{self.name}: the model could not be run ({_reason(error)}).", _hint(error)) from error
        return dict(zip(names, values, strict=True))


class _Runs:
    """The runs in progress, so that another thread can stop them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._active: list[Any] = []

    @contextlib.contextmanager
    def running(self, options: Any) -> Iterator[None]:
        with self._lock:
            self._active.append(options)
        try:
            yield
        finally:
            with self._lock:
                self._active.remove(options)

    def interrupt(self) -> None:
        with self._lock:
            for options in self._active:
                options.terminate = True


_RUNS = _Runs()


def interrupt() -> None:
    """Make every ``Session.run`` in progress end soon with ``Cancelled``. From any thread."""
    _RUNS.interrupt()


def core_count() -> int:
    """Cores this process may use, a container's limit included."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    with contextlib.suppress(OSError, ValueError):
        quota, period = Path("/sys/fs/cgroup/cpu.max").read_text().split()
        cores = min(cores, max(1, round(int(quota) / int(period))))  # no limit is "max": a ValueError
    return cores


def open_session(model: Path | bytes, options: RuntimeOptions | None = None, *, name: str = "") -> Session:
    """Open a model file, or a model in memory (``name`` is then used in messages).

    Raises:
        UserError: no usable onnxruntime, or a missing, damaged or unsupported model file.
    """
    options = options or RuntimeOptions()
    title = name or (model.name if isinstance(model, Path) else "model")
    if isinstance(model, Path) and not model.is_file():
        raise UserError(f"{model}: this model file does not exist.", "Download the model again.")
    provider, note = choose_provider(options)
    raw = _create(model, provider, options.threads, title)
    if not note and provider == CUDA and raw.get_providers()[0] != CUDA:
        note = "CUDA works, but this model could not be placed on it"
    return Session(raw, title, note)


def choose_provider(options: RuntimeOptions) -> tuple[str, str]:
    """The provider to use and, when CUDA was wanted but is not used, why.

    Raises:
        UserError: ``device`` is none of auto, cpu, cuda.
    """
    if options.device not in ("auto", "cpu", "cuda"):
        raise UserError(f"No device is called {options.device!r}.", "Use auto, cpu or cuda.")
    if options.device == "cpu" or (options.device == "auto" and not gpu_may_exist()):
        return CPU, ""
    report = _test_cuda()
    return (CUDA, "") if report.ok else (CPU, f"CUDA is not used: {report.reason}")


def gpu_may_exist() -> bool:
    """Whether an NVIDIA driver is there and not hidden; a cheap look, nothing is loaded."""
    if os.environ.get("CUDA_VISIBLE_DEVICES", "0").strip() in ("", "-1"):
        return False
    if sys.platform == "win32":
        return ctypes.util.find_library("nvcuda") is not None
    if sys.platform == "darwin":
        return False
    return any(Path(device).exists() for device in ("/dev/nvidiactl", "/dev/nvidia0", "/dev/dxg"))


def self_test(options: RuntimeOptions | None = None) -> list[ProviderReport]:
    """Run a real inference on each provider that ``options.device`` allows, CUDA first."""
    options = options or RuntimeOptions()
    reports = []
    if options.device != "cpu":
        reports.append(_test_cuda())
    reports.append(_test(CPU, options.threads))
    return reports


def installed_packages() -> dict[str, str]:
    """Installed onnxruntime distributions and their versions; more than one is a conflict."""
    found = {}
    for name in PACKAGES:
        with contextlib.suppress(importlib.metadata.PackageNotFoundError):
            found[name] = importlib.metadata.version(name)
    return found


def package_conflict() -> str:
    """What is wrong with the installed onnxruntime packages and how to put it right, or an empty text."""
    found = installed_packages()
    if len(found) < 2:
        return ""
    keep = "onnxruntime-gpu" if "onnxruntime-gpu" in found else "onnxruntime"
    return (
        f"{' and '.join(found)} are both installed and overwrite each other. "
        f"Run: pip uninstall -y {' '.join(found)} && pip install {keep}=={found[keep]}"
        if keep in found
        else f"{' and '.join(found)} are both installed and overwrite each other. Keep one of them."
    )


@cache
def _onnxruntime() -> Any:
    try:
        import onnxruntime
    except ImportError as error:
        raise UserError(
            f"onnxruntime cannot be loaded ({error}).", "Install it with: pip install onnxruntime-gpu (or onnxruntime)."
        ) from error
    if not hasattr(onnxruntime, "InferenceSession"):
        # Uninstalling one of two onnxruntime packages leaves an empty folder behind.
        raise UserError(
            "onnxruntime is damaged.", "Run: pip install --force-reinstall --no-deps onnxruntime-gpu (or onnxruntime)."
        )
    onnxruntime.set_default_logger_severity(4)
    return onnxruntime


def _create(model: Path | bytes, provider: str, threads: int, title: str) -> Any:
    ort = _onnxruntime()
    session_options = ort.SessionOptions()
    session_options.intra_op_num_threads = threads or core_count()
    session_options.inter_op_num_threads = 1
    session_options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_ENABLE_ALL
    session_options.log_severity_level = 4
    # Spinning threads make everything slower as soon as anything else uses a core.
    session_options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    providers = [provider] if provider == CPU else [provider, CPU]
    try:
        return ort.InferenceSession(
            str(model) if isinstance(model, Path) else model, session_options, providers=providers
        )
    except Exception as error:
        where = str(model) if isinstance(model, Path) else title
        raise UserError(
            f"{where}: not a model that onnxruntime can load ({_reason(error)}).",
            "The file may be damaged: check or download it again.",
        ) from error


def _test(provider: str, threads: int = 0) -> ProviderReport:
    try:
        raw = _create(SELF_TEST_MODEL, provider, threads, "self-test")
        used = raw.get_providers()[0]
        if used != provider:
            return ProviderReport(provider, False, 0.0, f"the session fell back to {used}")
        raw.run(None, {"x": np.ones((1, 1, 8, 8), np.float32)})
        start = time.perf_counter()
        result = raw.run(None, {"x": np.ones((1, 1, 8, 8), np.float32)})[0]
        elapsed = (time.perf_counter() - start) * 1000
    except Exception as error:
        return ProviderReport(provider, False, 0.0, _reason(error))
    expected = np.full((8, 8), 4, np.float32)
    expected[[0, -1], :] = expected[:, [0, -1]] = 1
    expected[[0, 0, -1, -1], [0, -1, 0, -1]] = 0
    right = bool(np.allclose(result[0, 0], expected, atol=1e-2))
    return ProviderReport(provider, right, round(elapsed, 3), "" if right else "the self-test gave a wrong result")


@cache
def _test_cuda() -> ProviderReport:
    """One real inference on CUDA, once a process: every later session relies on its result."""
    ort = _onnxruntime()
    if CUDA not in ort.get_available_providers():
        return ProviderReport(CUDA, False, 0.0, "the installed onnxruntime has no CUDA support")
    if not gpu_may_exist():
        return ProviderReport(CUDA, False, 0.0, "no NVIDIA GPU was found")
    ort.set_default_logger_severity(2)
    try:
        with _captured() as lines, contextlib.redirect_stdout(io.StringIO()):
            ort.preload_dlls()
            report = _test(CUDA)
    finally:
        ort.set_default_logger_severity(4)
    if report.ok:
        return report
    return ProviderReport(CUDA, False, 0.0, _cuda_reason(lines) or report.reason)


@contextlib.contextmanager
def _captured() -> Iterator[list[str]]:
    """Collect what is written to the process' output meanwhile (onnxruntime tells only stderr why CUDA failed)."""
    lines: list[str] = []
    with tempfile.TemporaryFile() as sink:
        saved = []
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(Exception):
                stream.flush()
        for descriptor in (1, 2):
            # A windowed program has no such descriptors: then there is nothing to divert.
            with contextlib.suppress(OSError):
                saved.append((descriptor, os.dup(descriptor)))
                os.dup2(sink.fileno(), descriptor)
        try:
            yield lines
        finally:
            for stream in (sys.stdout, sys.stderr):
                with contextlib.suppress(Exception):
                    stream.flush()
            for descriptor, copy in saved:
                os.dup2(copy, descriptor)
                os.close(copy)
            sink.seek(0)
            lines.extend(sink.read().decode("utf-8", "replace").splitlines())


def _cuda_reason(lines: Sequence[str]) -> str:
    for line in lines:
        missing = re.search(r"Failed to load library .* with error: ([^:]+): cannot open shared object", line)
        if missing:
            return f"{missing.group(1).strip()} is missing; install the CUDA extra: pip install 'anylabel-plus[cuda]'"
        other = re.search(r"(?:with error: |CUDA failure |Failed to create CUDA\S*\. )(.+)", line)
        if other:
            return re.sub(r"\x1b\[[0-9;]*m", "", other.group(1)).strip()[:300]
    return ""


def _reason(error: BaseException) -> str:
    text = str(error).strip().splitlines()
    first = text[0] if text else type(error).__name__
    return re.sub(r"^\[ONNXRuntimeError\] : \d+ : \w+ : ", "", first).rstrip(".")[:300]


def _hint(error: BaseException) -> str:
    text = str(error).lower()
    if "memory" in text or "bad_alloc" in text:
        return "Memory ran out: use a smaller model or --device cpu."
    return "Does the file belong to this kind of model?"


def _tensor(value: Any) -> Tensor:
    return Tensor(value.name, tuple(value.shape), value.type)
