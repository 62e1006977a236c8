"""The open folder: its list of images, and going from image to image."""

from __future__ import annotations

import gc
import glob
import itertools
import logging
import os
import time
from array import array
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from PySide6.QtCore import QTimer, Signal

from anylabel_plus.core.errors import UserError
from anylabel_plus.core.labels import LabelColors
from anylabel_plus.settings import Settings
from anylabel_plus.ui import label_store
from anylabel_plus.ui.background import Background
from anylabel_plus.ui.folder_list import FolderList
from anylabel_plus.ui.language import tr
from anylabel_plus.ui.said import said
from anylabel_plus.ui.saver import LabelFile
from anylabel_plus.ui.session.outside import OutsideSession
from anylabel_plus.ui.session.saving import version_limits

_log = logging.getLogger(__name__)
_MANY_ROWS = 20_000
_TURN_S = 0.004
_BREATH_MS = 1


class FolderSession(OutsideSession):
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
        self._order: array[int] | None = None
        self._stored_labels = self.labels
        self._arrived: deque[tuple[Any, int] | None] = deque()
        self._batch.connect(self._batch_arrived)
        self._next_batch = QTimer(self)
        self._next_batch.setSingleShot(True)
        self._next_batch.timeout.connect(self._take_batch)

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
            self.say("error", tr("{path} does not exist.", path=path))
        elif path.suffix.lower() == ".json":
            self._open_label_file(path)
        else:
            self.open_image(path)

    def open_folder(self, folder: Path, first: Path | None = None) -> None:
        """List the images below ``folder`` and show ``first``, or the first of them."""
        self._scan = next(self._scans)
        self.folder, self._row, self._order = folder, -1, None
        self._arrived.clear()
        self.files.clear()
        self.labels = self._stored_labels = LabelColors()
        self._wait_for("scan")
        self._reader.run(_get_ready)
        self._scanner.run(lambda: label_store.read(folder), lambda stored: self._labels_stored(folder, stored))
        if first is not None:
            self._show(first)
        self.folder_changed.emit()
        scan, labels_dir = self._scan, labels_folder(self.settings)
        wanted = first.relative_to(folder).as_posix() if first is not None else None
        self._scanner.run(
            lambda: self._scan_folder(scan, folder, labels_dir, wanted),
            lambda _: self._batch_arrived(scan, None, -1),
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
        """Show the next image of the list as it is filtered and sorted; nothing at its end."""
        self.open_row(self.row_beside(1))

    def previous_image(self) -> None:
        """Show the previous image of the list as it is filtered and sorted; nothing at its start."""
        self.open_row(self.row_beside(-1))

    def set_order(self, rows: Sequence[int] | None) -> None:
        """Step through these rows only, in this order; None: through all."""
        self._order = None if rows is None else array("q", rows)
        self.selection_changed.emit()  # next and previous may be possible now, or not any more

    def row_beside(self, step: int) -> int:
        """The row ``step`` places on from the open one, -1 when there is none."""
        order, row = self._order, self._row
        if order is None:
            return row + step if 0 <= row + step < len(self.files) else -1
        try:
            place = order.index(row) + step
        except ValueError:  # filtered out: on to the next one that is not
            after = next((n for n, one in enumerate(order) if one > row), len(order))
            place = after if step > 0 else after - 1
        return order[place] if 0 <= place < len(order) else -1

    def remove_rows(self, rows: Sequence[int]) -> None:
        """Take images out of the list; where the open one is among them, its neighbour is shown."""
        gone = set(rows)
        own = self._row
        if own in gone:
            self._drop_file()
        before = sum(row < own for row in gone)
        self.set_order(None)
        self.files.remove(rows)
        self._row = own - before
        if own in gone:
            row, self._row = min(self._row, len(self.files) - 1), -1
            if row >= 0:
                self.open_row(row)
            else:
                self.show_nothing()
        self.folder_changed.emit()

    def insert_row(self, row: int, item: Any, labelled: bool) -> None:
        """Put an image back into the list, where it was."""
        row = min(row, len(self.files))
        self.set_order(None)
        if row <= self._row:
            self._row += 1
        self.files.insert(row, item, labelled)
        self.folder_changed.emit()

    def rescan(self) -> None:
        """List the open folder again, keeping the image shown."""
        if self.folder is not None:
            self.open_folder(self.folder, first=self.image_path)

    def _open_label_file(self, path: Path) -> None:
        self._wait_for("label file")

        def found(image: Path) -> None:
            self._ended("label file")
            self.open_image(image)

        def failed(error: BaseException) -> None:
            self._ended("label file")
            self.say("error", said(error))

        self._reader.run(lambda: _image_of(path), found, failed)

    # In the scanning thread ------------------------------------------------------------------

    def _scan_folder(self, scan: int, folder: Path, labels_dir: Path | None, wanted: str | None) -> None:
        from anylabel_plus import files
        from anylabel_plus.dataset.scan import Scan, iter_batches

        first, found = 0, Scan(folder)
        with _without_collections():
            for batch in iter_batches(folder, labels_dir, into=found):
                if scan != self._scan:
                    return
                row = -1
                if wanted is not None:
                    row = next((first + n for n, item in enumerate(batch) if item.relative == wanted), -1)
                self._batch.emit(scan, batch, row)
                first += len(batch)
            if first >= _MANY_ROWS:
                gc.freeze()  # rows are never part of a cycle: no later collection needs to pass over them
        files.remove_dead(Path(path) for path in found.leftovers)
        _tidy(folder, version_limits(self.settings).total_bytes)

    # In the GUI thread -----------------------------------------------------------------------

    def _batch_arrived(self, scan: int, batch: Any, row: int) -> None:
        """Keep a batch (None: that was all) until its turn.

        A scan sends many at once. They are added a few a turn, so that the window paints in between.
        """
        if scan == self._scan:
            self._arrived.append(None if batch is None else (batch, row))
            if not self._next_batch.isActive():
                self._next_batch.start(0)

    def _take_batch(self) -> None:
        end = time.perf_counter() + _TURN_S
        while self._arrived and self._scan:  # no scan: the session was shut down
            arrived = self._arrived.popleft()
            if arrived is None:
                self._scanned()
            else:
                self._add_batch(*arrived)
            if time.perf_counter() > end:
                break
        if self._arrived:
            self._next_batch.start(_BREATH_MS)

    def _add_batch(self, batch: Any, row: int) -> None:
        was_empty = len(self.files) == 0
        self.files.append(batch)
        if row >= 0:
            self._row = row
            self.folder_changed.emit()
        elif was_empty and self._wanted is None and self._row < 0:
            self.open_row(0)

    def _scanned(self) -> None:
        self.folder_changed.emit()
        self._ended("scan")

    def _scan_failed(self, scan: int, error: BaseException) -> None:
        if scan == self._scan:
            self.say("error", f"{self.folder}: {error}")
            self._ended("scan")

    def _labels_stored(self, folder: Path, stored: LabelColors) -> None:
        known = label_store.with_start(stored, self.settings.get("labels.start"))
        if folder == self.folder and known:
            self._stored_labels = stored
            self.labels = known.with_labels(self.labels)
            self.labels_changed.emit()

    def _gesture_finished(self) -> None:
        super()._gesture_finished()
        folder, labels = self.folder, self.labels
        if folder is not None and labels is not self._stored_labels:
            # Only behind an edit: looking at a folder writes nothing into it.
            self._stored_labels = labels
            self._saver.run(lambda: label_store.write(folder, labels))

    def _look_again(self) -> None:
        self.rescan()

    def _label_path_of(self, image: Path) -> Path:
        from anylabel_plus.dataset.scan import label_path

        if 0 <= self._row < len(self.files) and self.files[self._row].image == image:
            return self.files[self._row].label
        return label_path(image, self.folder or image.parent, labels_folder(self.settings))

    def _root_of(self, path: Path) -> Path:
        folder = self.folder
        return folder if folder is not None and path.is_relative_to(folder) else path.parent

    def _flat_label_path(self, label_path: Path) -> Path | None:
        labels_dir = labels_folder(self.settings)
        return labels_dir / label_path.name if labels_dir is not None else None

    def _neighbours(self) -> list[Path]:
        rows = (self.row_beside(1), self.row_beside(-1)) if self._row >= 0 else ()
        return [self.files[row].image for row in rows if 0 <= row < len(self.files)]

    def _label_file_written(self, file: LabelFile) -> None:
        row = self._row if file is self._file else self.files.row_of(file.image_path)
        if 0 <= row < len(self.files):
            self.files.set_labelled(row, [file.stamp is not None])


def labels_folder(settings: Settings) -> Path | None:
    """The folder of all label files, None where each lies beside its image."""
    text = settings.get("files.labels_dir")
    return Path(text) if text else None


def _tidy(folder: Path, version_bytes: int) -> None:
    """Sweep the hidden folder of what the dead left half written, and keep the earlier versions within their bounds."""
    from anylabel_plus import files
    from anylabel_plus.dataset.scan import HIDDEN_FOLDER
    from anylabel_plus.dataset.versions import store_of, trim

    try:
        if (folder / HIDDEN_FOLDER).is_dir():
            files.sweep_temporaries(folder / HIDDEN_FOLDER)
        trim(store_of(folder), version_bytes)
    except OSError as error:
        _log.warning("%s: not tidied (%s)", folder, error)


@contextmanager
def _without_collections() -> Iterator[None]:
    """No garbage collection: a full one among 100,000 new rows would stop the window for 50 ms."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def _get_ready() -> None:
    """Import while the folder is scanned what its first image needs: later it would slow the painting of the list."""
    from anylabel_plus import images  # noqa: F401
    from anylabel_plus.formats import native  # noqa: F401
    from anylabel_plus.images.pixels import opencv

    opencv()


def _image_of(path: Path) -> Path:
    """The image that a label file belongs to; raises UserError when it is not there."""
    from anylabel_plus.dataset.scan import EXTENSIONS
    from anylabel_plus.formats import native

    named = path.parent / native.read(path).image_path.replace("\\", "/")
    if named.is_file():
        return Path(os.path.abspath(named))  # noqa: PTH100 (links stay links)
    for image in sorted(path.parent.glob(f"{glob.escape(path.stem)}.*")):
        if image.suffix.lower() in EXTENSIONS:
            return image
    raise UserError(
        tr("{file}: its image {name} is missing.", file=path, name=named.name),
        tr("Put the image beside the label file."),
    )
