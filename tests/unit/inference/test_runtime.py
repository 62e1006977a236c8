from __future__ import annotations

import importlib.metadata
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from anylabel_plus.core.errors import Cancelled, UserError
from anylabel_plus.inference import runtime
from anylabel_plus.inference.runtime import CPU, CUDA, RuntimeOptions, open_session


@pytest.fixture(autouse=True)
def forget_cuda() -> None:
    runtime._test_cuda.cache_clear()


def model_bytes(nodes: list[onnx.NodeProto], shape: list[int | str], weights: dict[str, np.ndarray]) -> bytes:
    values = [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name in ("x", "y")]
    stored = [numpy_helper.from_array(value, name) for name, value in weights.items()]
    graph = helper.make_graph(nodes, "self_test", values[:1], values[1:], stored)
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    return made.SerializeToString()


def slow_model(layers: int = 3000) -> bytes:
    nodes = [
        helper.make_node("MatMul", ["x" if i == 0 else f"h{i - 1}", "w"], ["y" if i == layers - 1 else f"h{i}"])
        for i in range(layers)
    ]
    return model_bytes(nodes, [512, 512], {"w": np.eye(512, dtype=np.float32)})


def test_the_self_test_model_is_what_its_comment_says() -> None:
    nodes = [
        helper.make_node("Conv", ["x", "w", "b"], ["c"], pads=[1, 1, 1, 1]),
        helper.make_node("Relu", ["c"], ["y"]),
    ]
    weights = {"w": np.ones((1, 1, 3, 3), np.float32), "b": np.array([-5], np.float32)}
    again = onnx.load_from_string(model_bytes(nodes, [1, 1, 8, 8], weights))
    assert onnx.load_from_string(runtime.SELF_TEST_MODEL) == again


def test_the_cpu_passes_a_real_inference() -> None:
    reports = runtime.self_test(RuntimeOptions("cpu"))
    assert [(report.provider, report.ok, report.reason) for report in reports] == [(CPU, True, "")]
    assert reports[0].ms > 0


def test_a_wrong_result_fails_the_self_test(monkeypatch: pytest.MonkeyPatch) -> None:
    identity = model_bytes([helper.make_node("Relu", ["x"], ["y"])], [1, 1, 8, 8], {})
    monkeypatch.setattr(runtime, "SELF_TEST_MODEL", identity)
    (report,) = runtime.self_test(RuntimeOptions("cpu"))
    assert not report.ok
    assert "wrong result" in report.reason


def test_a_session_tells_its_graph_and_runs_by_name() -> None:
    session = open_session(runtime.SELF_TEST_MODEL, RuntimeOptions("cpu", 1), name="tiny")
    assert [(tensor.name, tensor.shape, tensor.dtype) for tensor in session.inputs] == [
        ("x", (1, 1, 8, 8), "tensor(float)")
    ]
    assert session.provider == CPU
    assert session.provider_note == ""
    ones = np.ones((1, 1, 8, 8), np.float32)
    assert session.run(["y"], {"x": ones})["y"][0, 0, 3, 3] == 4
    assert list(session.run(None, {"x": ones})) == ["y"]


def test_inputs_that_do_not_fit_name_the_model() -> None:
    session = open_session(runtime.SELF_TEST_MODEL, RuntimeOptions("cpu"), name="tiny")
    with pytest.raises(UserError, match="tiny: the model could not be run"):
        session.run(None, {"x": np.ones((1, 1, 9, 8), np.float32)})


@pytest.mark.parametrize("data", [b"", b"not a model", runtime.SELF_TEST_MODEL[:100]])
def test_a_damaged_file_is_named(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "büro.onnx"
    path.write_bytes(data)
    with pytest.raises(UserError, match=r"büro\.onnx: not a model"):
        open_session(path, RuntimeOptions("cpu"))


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="does not exist"):
        open_session(tmp_path / "none.onnx")


def test_an_unknown_device_is_refused() -> None:
    with pytest.raises(UserError, match="tpu"):
        open_session(runtime.SELF_TEST_MODEL, RuntimeOptions("tpu"))


def test_cuda_that_was_asked_for_and_is_not_there_has_a_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runtime, "gpu_may_exist", lambda: False)
    session = open_session(runtime.SELF_TEST_MODEL, RuntimeOptions("cuda"))
    assert session.provider == CPU
    assert "no NVIDIA GPU" in session.provider_note or "no CUDA support" in session.provider_note


@pytest.mark.skipif(runtime.gpu_may_exist(), reason="CUDA may really work here")
def test_libraries_that_cuda_misses_are_named_and_nothing_is_printed(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    import onnxruntime

    if CUDA not in onnxruntime.get_available_providers():
        pytest.skip("onnxruntime without CUDA")
    monkeypatch.setattr(runtime, "gpu_may_exist", lambda: True)
    session = open_session(runtime.SELF_TEST_MODEL, RuntimeOptions("auto"))
    assert session.provider == CPU
    assert session.provider_note.startswith("CUDA is not used: ")
    assert len(session.provider_note) > len("CUDA is not used: ")
    assert capfd.readouterr() == ("", "")


@pytest.mark.gpu
@pytest.mark.skipif(not runtime.gpu_may_exist(), reason="no NVIDIA GPU")
def test_cuda_passes_a_real_inference() -> None:
    report = runtime.self_test(RuntimeOptions("cuda"))[0]
    assert report.provider == CUDA
    assert report.ok, report.reason


def test_hidden_gpus_do_not_exist(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "-1")
    assert not runtime.gpu_may_exist()


def test_a_run_can_be_interrupted_from_another_thread_and_the_session_lives() -> None:
    session = open_session(slow_model(), RuntimeOptions("cpu", 1), name="slow")
    feeds = {"x": np.eye(512, dtype=np.float32)}
    timer = threading.Timer(0.1, runtime.interrupt)
    timer.start()
    start = time.monotonic()
    with pytest.raises(Cancelled):
        session.run(None, feeds)
    assert time.monotonic() - start < 6
    timer.join()
    runtime.interrupt()  # nothing runs: the next run is not hit
    assert open_session(runtime.SELF_TEST_MODEL).run(None, {"x": np.ones((1, 1, 8, 8), np.float32)})


@pytest.mark.parametrize(
    ("installed", "expected"),
    [
        ({"onnxruntime-gpu": "1.28"}, ""),
        ({"onnxruntime": "1.24", "onnxruntime-gpu": "1.28"}, "pip install onnxruntime-gpu==1.28"),
        ({"onnxruntime": "1.24", "onnxruntime-directml": "1.24"}, "pip install onnxruntime==1.24"),
        ({"onnxruntime-directml": "1.24", "onnxruntime-openvino": "1.24"}, "Keep one"),
        ({}, ""),
    ],
)
def test_packages_that_overwrite_each_other(
    monkeypatch: pytest.MonkeyPatch, installed: dict[str, str], expected: str
) -> None:
    def version(name: str) -> str:
        if name not in installed:
            raise importlib.metadata.PackageNotFoundError(name)
        return installed[name]

    monkeypatch.setattr(importlib.metadata, "version", version)
    text = runtime.package_conflict()
    assert (expected in text) if expected else text == ""


def test_importing_the_runtime_loads_no_onnxruntime() -> None:
    code = "import sys, anylabel_plus.inference.client, anylabel_plus.inference.runtime; " + (
        "print({'onnxruntime', 'cv2', 'PIL', 'PySide6', 'multiprocessing.spawn'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=os.environ)
    assert done.stdout.strip() in ("set()", "{'multiprocessing.spawn'}")
