"""Models named by their files: AnyLabeling's YAML, a folder, or an encoder and decoder pair."""

from __future__ import annotations

import mmap
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from anylabel_plus.core.errors import UserError
from anylabel_plus.inference.model_spec import ModelFile, ModelSpec, make_id

_PROMPTS = frozenset({"point", "box", "mask", "everything"})
_MAX_YAML_BYTES = 1_000_000

_OTHER_TYPES: dict[str, str] = {
    **dict.fromkeys(("segment_anything_2", "segment_anything_2_video", "grounding_sam2"), "a SAM 2 model"),
    "segment_anything_3": "a SAM 3 model",
    **dict.fromkeys(("sam_hq",), "a SAM-HQ model"),
    **dict.fromkeys(("sam_med2d",), "a SAM-Med2D model"),
    **dict.fromkeys(("efficientvit_sam",), "an EfficientViT-SAM model"),
    **dict.fromkeys(("edge_sam",), "an EdgeSAM model"),
    **dict.fromkeys(("grounding_dino", "grounding_sam"), "a Grounding DINO model"),
    **dict.fromkeys(("depth_anything", "depth_anything_v2"), "a depth model"),
    **dict.fromkeys(("rmbg",), "a background removal model"),
    "remote": "a remote model server",
    "remote_server": "a remote model server",
}
_DETECTOR_STARTS = (
    "yolo",
    "gold_yolo",
    "doclayout",
    "u_rtdetr",
    "rtdetr",
    "dfine",
    "deim",
    "rio_detr",
    "rfdetr",
    "damo",
)
_READER_STARTS = (
    "ppocr",
    "pulc",
    "internimage",
    "scrfd",
    "clrnet",
    "rtmdet",
    "geco",
    "ram",
    "florence",
    "upn",
    "open_vision",
)


def describe(text: str, weights_dir: Path) -> ModelSpec:
    """The model in the files that ``text`` names, used where they lie.

    Raises:
        UserError: a file is missing, or what it describes is not a model we can use.
    """
    if "," in text and not Path(text).exists():
        return _pair(*_split_pair(text))
    path = Path(text).expanduser()
    if not path.exists():
        raise UserError(f"{text}: no such model file.", "Name a model id, a YAML, a folder or an .onnx file.")
    if path.is_dir():
        return from_folder(path, weights_dir)
    suffix = path.suffix.lower()
    if suffix in (".yaml", ".yml"):
        return from_yaml(path, weights_dir)
    if suffix == ".onnx":
        return _pair(*_partner(path))
    if suffix == ".zip":
        raise UserError(f"{text}: a model pack has to be added first.", f"Run: anylabel-plus models add {text}")
    raise UserError(f"{text}: not a model file.", "Name a YAML, a folder or an .onnx file.")


def _split_pair(text: str) -> tuple[Path, Path]:
    parts = [Path(part.strip()).expanduser() for part in text.split(",")]
    if len(parts) != 2:
        raise UserError(f"{text}: not a pair of files.", "Write encoder.onnx,decoder.onnx.")
    for part in parts:
        if not part.is_file():
            raise UserError(f"{part}: no such model file.", "Write encoder.onnx,decoder.onnx.")
    first, second = parts
    if "decoder" in first.name.lower() and "encoder" in second.name.lower():
        first, second = second, first
    return first, second


def _swap(name: str, old: str, new: str) -> str:
    at = name.lower().find(old)
    return name[:at] + new + name[at + len(old) :]


def _partner(path: Path) -> tuple[Path, Path]:
    """``path`` with the other half of its model in the same folder, as (encoder, decoder)."""
    for old, new in (("encoder", "decoder"), ("decoder", "encoder")):
        if old not in path.name.lower():
            continue
        other = path.with_name(_swap(path.name, old, new))
        if not other.is_file():
            others = sorted(entry for entry in path.parent.glob("*.onnx") if new in entry.name.lower())
            if len(others) != 1:
                raise UserError(
                    f"{path}: found {len(others)} {new} files beside it, one is needed.",
                    "Name both: encoder.onnx,decoder.onnx.",
                )
            other = others[0]
        return (path, other) if old == "encoder" else (other, path)
    raise UserError(
        f"{path}: the name tells neither encoder nor decoder.",
        "A model is two files; name both: encoder.onnx,decoder.onnx.",
    )


def _pair(encoder: Path, decoder: Path) -> ModelSpec:
    folder = encoder.resolve().parent
    stem = encoder.name[: -len(encoder.suffix)]
    title = make_id(stem.replace(".encoder", "").replace("_encoder", "").replace("-encoder", ""))
    return ModelSpec(
        id=title,
        title=title,
        family=declared_family(encoder) or "sam",
        files=(
            ModelFile(encoder.name, role="encoder"),
            ModelFile(_relative(decoder.resolve(), folder), role="decoder"),
        ),
        prompts=_PROMPTS,
        source=str(encoder),
        folder=folder,
        direct=True,
    )


def declared_family(model: Path) -> str | None:
    """The family that an ONNX file names in its metadata (``anylabel_plus.family``), None when it names none.

    Found without a runtime: the key stands in the file as text, its value after a tag byte and a length byte.
    """
    key = b"anylabel_plus.family\x12"
    with open(model, "rb") as stream:
        if not stream.seek(0, 2):
            return None
        with mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as content:
            at = content.rfind(key)
            if at < 0 or at + len(key) >= len(content):
                return None
            first = at + len(key) + 1
            return content[first : first + content[first - 1]].decode("ascii", "replace")


def _relative(path: Path, folder: Path) -> str:
    """``path`` as text that ``folder / text`` leads back from, wherever it lies."""
    return path.name if path.parent == folder else str(path)


def from_folder(folder: Path, weights_dir: Path) -> ModelSpec:
    """The one model in ``folder``: its YAML, else its encoder and decoder. Errors as ``describe``."""
    found = sorted(entry for entry in folder.iterdir() if entry.suffix.lower() in (".yaml", ".yml"))
    if len(found) == 1:
        return from_yaml(found[0], weights_dir)
    if len(found) > 1:
        raise UserError(f"{folder}: holds {len(found)} YAML files.", "Name the YAML of the model you mean.")
    models = sorted(folder.glob("*.onnx"))
    encoders = [path for path in models if "encoder" in path.name.lower()]
    decoders = [path for path in models if "decoder" in path.name.lower()]
    if len(encoders) == 1 and len(decoders) == 1:
        return _pair(encoders[0], decoders[0])
    raise UserError(
        f"{folder}: holds no single model ({len(encoders)} encoders, {len(decoders)} decoders, no YAML).",
        "Name the YAML, or both files: encoder.onnx,decoder.onnx.",
    )


def read_yaml(path: Path) -> dict[str, Any]:
    """The mapping in a model YAML (UTF-8, BOM allowed). Raises UserError naming the file."""
    import yaml

    try:
        if path.stat().st_size > _MAX_YAML_BYTES:
            raise ValueError("larger than a model description")
        data = yaml.safe_load(path.read_text("utf-8-sig"))
    except (OSError, ValueError, yaml.YAMLError) as error:
        reason = " ".join(str(error).split())
        raise UserError(f"{path}: not a readable model YAML ({reason}).") from error
    if not isinstance(data, dict):
        raise UserError(f"{path}: not a model YAML (a list of 'key: value' lines is needed).")
    return data


def _refuse_other(path: Path, kind: object) -> None:
    if kind == "segment_anything":
        return
    if kind is None:
        raise UserError(f"{path}: no 'type' is given.", "A model YAML needs a line such as 'type: segment_anything'.")
    text = str(kind)
    what = _OTHER_TYPES.get(text)
    if what is None and text.startswith(_DETECTOR_STARTS):
        what = "a detector"
    if what is None and text.startswith(_READER_STARTS):
        what = "a model of a kind that does not answer points or boxes"
    if what is None:
        raise UserError(f"{path}: unknown model type {text!r}.", "Types that work: segment_anything.")
    raise UserError(
        f"{path}: type {text} is {what}, which this version cannot run.", "Types that work: segment_anything."
    )


def from_yaml(path: Path, weights_dir: Path) -> ModelSpec:
    """The model that an AnyLabeling or X-AnyLabeling YAML describes. Errors as ``describe``."""
    data = read_yaml(path)
    _refuse_other(path, data.get("type"))
    if data.get("language_encoder_path"):
        raise UserError(
            f"{path}: language_encoder_path makes this a SAM 3 model, which this version cannot run.",
            "Types that work: segment_anything with an encoder and a decoder.",
        )
    identity = make_id(str(data.get("name") or path.stem))
    folder = path.resolve().parent
    values = {role: _yaml_value(path, data, f"{role}_model_path") for role in ("encoder", "decoder")}
    remote = {role: value for role, value in values.items() if value.lower().startswith(("https://", "http://"))}
    if remote and len(remote) < len(values):
        raise UserError(
            f"{path}: one of the files is a URL and the other is not.", "Give both as files or both as URLs."
        )
    if remote:
        folder = weights_dir / identity
        files = tuple(ModelFile(_url_name(path, url), url, role=role) for role, url in remote.items())
    else:
        files = tuple(ModelFile(_yaml_file(path, data, value), role=role) for role, value in values.items())
    return ModelSpec(
        id=identity,
        title=str(data.get("display_name") or identity),
        family="sam",
        files=files,
        input_size=_yaml_size(data),
        prompts=_PROMPTS,
        source=str(path),
        folder=folder,
        direct=True,
    )


def _yaml_size(data: Mapping[str, Any]) -> int | None:
    size = data.get("input_size")
    return size if type(size) is int and size > 0 else None


def _yaml_value(path: Path, data: Mapping[str, Any], key: str) -> str:
    value = data.get(key)
    if not isinstance(value, str) or not value.strip():
        raise UserError(f"{path}: {key} is missing.", "A segment_anything model names its encoder and its decoder.")
    return value.strip()


def _url_name(path: Path, url: str) -> str:
    name = url.split("?", 1)[0].rstrip("/").rsplit("/", 1)[-1]
    if not name.lower().endswith(".onnx"):
        raise UserError(f"{path}: {url} does not name an .onnx file.")
    return name


def _yaml_file(path: Path, data: Mapping[str, Any], value: str) -> str:
    """The name, relative to the YAML or absolute, of an existing model file that the YAML names."""
    folder = path.resolve().parent
    file = folder / Path(value.replace("\\", "/")).expanduser()
    if not file.is_file():
        url = data.get("download_url")
        hint = "Paths are relative to the YAML."
        if isinstance(url, str) and url:
            hint = f"Download {url} and run: anylabel-plus models add FILE.zip"
        raise UserError(f"{path}: {value} does not exist.", hint)
    return _relative(file, folder) if file.parent == folder else str(file)
