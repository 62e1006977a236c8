"""The open folder: its list of images, and going from image to image."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

from PySide6.QtCore import Signal

from anylabel_plus.settings import Settings
from anylabel_plus.ui.background import Background
from anylabel_plus.ui.folder_list import FolderList
from anylabel_plus.ui.saver import LabelFile
from anylabel_plus.ui.session_image import ImageSession


class FolderSession(ImageSession):
    """Scans a folder in a thread and steps through it; the first image shows before the scan ends."""

    _batch = Signal(int, object, int)

    def __init__(self, settings: Settings | None = None) -> None:
        super().__init__(settings)
        self.folder: Path | None = None
        self.files = FolderList(self)
        self._scanner = Background("scan", self)
        self._scans = itertools.count(1)
        self._scan = 0
        self._row = -1
        self._batch.connect(self._add_batch)

    @property
    def row(self) -> int:
        """Row of the image shown (or about to be), -1 when it is not in the list."""
        return self._row

    def open_path(self, path: Path) -> None:
        """Open a folder, an image, or the image of a label file."""
        path = Path(path).absolute()
        if path.is_dir():
            self.open_folder(path)
        elif not path.exists():
            self.say("error", f"{path} does not exist.")
        elif path.suffix.lower() == ".json":
            self._open_label_file(path)
        else:
            self.open_image(path)

    def open_folder(self, folder: Path, first: Path | None = None) -> None:
        """List the images below ``folder`` and show ``first``, or the first of them."""
        self._scan = next(self._scans)
        self.folder, self._row = folder, -1
        self.files.clear()
        self._wait_for("scan")
        if first is not None:
            self._show(first)
        self.folder_changed.emit()
        scan, labels_dir = self._scan, self._labels_dir()
        wanted = first.relative_to(folder).as_posix() if first is not None else None
        self._scanner.run(
            lambda: self._scan_folder(scan, folder, labels_dir, wanted),
            lambda _: self._scanned(scan),
            lambda error: self._scan_failed(scan, error),
        )

    def open_image(self, path: Path) -> None:
        """Show one image; its folder becomes the open folder unless it is in the open one."""
        path = Path(path).absolute()
        row = self.files.row_of(path)
        if row >= 0:
            self.open_row(row)
        else:
            self.open_folder(path.parent, first=path)

    def open_row(self, row: int) -> None:
        """Show the image in this row of ``files``."""
        if 0 <= row < len(self.files) and (row != self._row or self.image_path is None):
            self._row = row
            self._show(self.files[row].image)

    def next_image(self) -> None:
        """Show the next image of the folder; nothing at its end."""
        self.open_row(self._row + 1)

    def previous_image(self) -> None:
        """Show the previous image of the folder; nothing at its start."""
        if self._row > 0:
            self.open_row(self._row - 1)

    def rescan(self) -> None:
        """List the open folder again, keeping the image shown."""
        if self.folder is not None:
            self.open_folder(self.folder, first=self.image_path)

    # In the scanning thread ------------------------------------------------------------------

    def _scan_folder(self, scan: int, folder: Path, labels_dir: Path | None, wanted: str | None) -> None:
        from anylabel_plus.dataset.scan import iter_batches

        first = 0
        for batch in iter_batches(folder, labels_dir):
            if scan != self._scan:
                return
            row = -1
            if wanted is not None:
                row = next((first + n for n, item in enumerate(batch) if item.relative == wanted), -1)
            self._batch.emit(scan, batch, row)
            first += len(batch)

    # In the GUI thread -----------------------------------------------------------------------

    def _add_batch(self, scan: int, batch: Any, row: int) -> None:
        if scan != self._scan:
            return
        was_empty = len(self.files) == 0
        self.files.append(batch)
        if row >= 0:
            self._row = row
            self.folder_changed.emit()
        elif was_empty and self._wanted is None and self._row < 0:
            self.open_row(0)

    def _scanned(self, scan: int) -> None:
        if scan != self._scan:
            return
        self.folder_changed.emit()
        if not len(self.files):
            self.say("info", f"{self.folder} has no images.")
        self._ended("scan")

    def _scan_failed(self, scan: int, error: BaseException) -> None:
        if scan == self._scan:
            self.say("error", f"{self.folder}: {error}")
            self._ended("scan")

    def _labels_dir(self) -> Path | None:
        text = self.settings.get("files.labels_dir")
        return Path(text) if text else None

    def _label_path_of(self, image: Path) -> Path:
        from anylabel_plus.dataset.scan import label_path

        if 0 <= self._row < len(self.files) and self.files[self._row].image == image:
            return self.files[self._row].label
        return label_path(image, self.folder or image.parent, self._labels_dir())

    def _flat_label_path(self, label_path: Path) -> Path | None:
        labels_dir = self._labels_dir()
        return labels_dir / label_path.name if labels_dir is not None else None

    def _neighbours(self) -> list[Path]:
        rows = (self._row + 1, self._row - 1) if self._row >= 0 else ()
        return [self.files[row].image for row in rows if 0 <= row < len(self.files)]

    def _label_file_written(self, file: LabelFile) -> None:
        row = self._row if file is self._file else self.files.row_of(file.image_path)
        if 0 <= row < len(self.files):
            self.files.set_labelled(row, [True])
