"""The file that says how a data set is labelled: ``labeling.json`` in its hidden folder."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from anylabel_plus import files
from anylabel_plus.core import attributes, labeling
from anylabel_plus.core.attributes import Schema
from anylabel_plus.core.errors import UserError
from anylabel_plus.core.labeling import Labeling
from anylabel_plus.dataset.scan import HIDDEN_FOLDER

NAME = "labeling.json"


def path(folder: Path) -> Path:
    """Where the set-up of the data set ``folder`` is stored."""
    return folder / HIDDEN_FOLDER / NAME


def read(folder: Path) -> Labeling:
    """The stored set-up; an empty one when nothing is stored. Raises UserError for a file that cannot be used."""
    source = path(folder)
    return labeling.parse(_load(source), str(source)) if source.exists() else Labeling()


def write(folder: Path, value: Labeling) -> None:
    """Store the set-up at once; raises UserError when the folder cannot be written."""
    target = path(folder)
    data = json.dumps(value.to_json(), indent=1, ensure_ascii=False).encode("utf-8", "surrogatepass") + b"\n"
    _save(target, data)


def read_attributes(source: Path) -> Schema:
    """The schema of an attributes file, the program's or X-AnyLabeling's. Raises UserError."""
    return attributes.parse(_load(source), str(source))


def write_attributes(target: Path, schema: Schema) -> None:
    """Write the attributes as X-AnyLabeling reads them. Raises UserError."""
    _save(target, json.dumps(schema.to_x(), indent=2, ensure_ascii=False).encode() + b"\n")


def read_label_list(source: Path) -> list[str]:
    """The labels of ``classes.txt`` and its like. Raises UserError."""
    try:
        return labeling.label_list(source.read_bytes().decode("utf-8-sig"))
    except OSError as error:
        raise UserError(f"{source}: cannot be read ({error.strerror or error}).") from error
    except UnicodeDecodeError as error:
        raise UserError(f"{source}: is no UTF-8 text.", "Save it as UTF-8 and try again.") from error


def _load(source: Path) -> Any:
    try:
        return json.loads(source.read_bytes().decode("utf-8-sig"))
    except OSError as error:
        raise UserError(f"{source}: cannot be read ({error.strerror or error}).") from error
    except ValueError as error:
        raise UserError(f"{source}: is no JSON ({error}).", "Correct the file or delete it.") from error


def _save(target: Path, data: bytes) -> None:
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        files.write_atomic(target, data)
    except OSError as error:
        raise UserError(f"{target}: was not written ({error.strerror or error}).") from error
