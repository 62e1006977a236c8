"""The pictures that ship with the program, copied to where they may be labelled."""

from __future__ import annotations

import shutil
from pathlib import Path

from anylabel_plus import paths
from anylabel_plus.core.errors import UserError
from anylabel_plus.ui.language import tr


def prepare_samples() -> Path:
    """The user's folder of sample pictures, made or completed; what is labelled there stays.

    The boxes drawn on some of them are imported as labels, by the code behind ``import voc``.

    Raises:
        UserError: the folder cannot be written.
    """
    source, target = paths.resources("samples"), paths.user_data("samples")
    missing = [image for image in sorted((source / "images").iterdir()) if not (target / image.name).exists()]
    if not missing:
        return target
    from anylabel_plus.jobs.base import run
    from anylabel_plus.jobs.imports import ImportJobOptions, import_

    run(import_(ImportJobOptions("voc", source / "voc", target, images=source / "images")))
    try:
        for image in missing:
            if not (target / image.name).exists():
                shutil.copyfile(image, target / image.name)
    except OSError as error:
        raise UserError(
            tr("{folder}: the sample pictures were not copied ({reason}).", folder=target, reason=error.strerror)
        ) from error
    return target
