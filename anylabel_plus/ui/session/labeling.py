"""How the open data set is labelled: its labels and colours, attributes, flags, number keys, recent labels."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from PySide6.QtCore import Signal

from anylabel_plus.core.errors import UserError
from anylabel_plus.core.labeling import Labeling
from anylabel_plus.core.labels import LabelColors
from anylabel_plus.settings import Settings
from anylabel_plus.ui import label_store
from anylabel_plus.ui.language import ntr, tr
from anylabel_plus.ui.said import said
from anylabel_plus.ui.session.folder import FolderSession

RECENT = 8
"""Labels used last that are offered first."""


class LabelingSession(FolderSession):
    """Set-up is stored with the data set; without a folder it lasts until one is opened."""

    labeling_changed = Signal()

    def __init__(self, settings: Settings | None = None) -> None:
        super().__init__(settings)
        self.labeling = Labeling()
        self.recent_labels: tuple[str, ...] = ()

    def open_folder(self, folder: Path, first: Path | None = None) -> None:
        """List the images below ``folder`` and show ``first``; its set-up is read meanwhile."""
        from anylabel_plus.dataset import labeling

        if folder != self.folder:
            self.labeling, self.recent_labels = Labeling(), ()
            self.labeling_changed.emit()
        super().open_folder(folder, first)
        self._wait_for("labeling")
        self._reader.run(
            lambda: labeling.read(folder),
            lambda value: self._labeling_read(folder, value),
            self._labeling_failed,
        )

    def _labeling_read(self, folder: Path, value: Labeling) -> None:
        self._ended("labeling")
        value = value.with_start(self._start())
        if folder == self.folder and value != self.labeling:
            self.labeling = value
            self.labeling_changed.emit()

    def _start(self) -> Labeling:
        """What the settings have for every data set, such as the set-up taken over from another program."""
        from anylabel_plus.core import labeling

        try:
            return labeling.parse(self.settings.get("labels.start"), "labels.start")
        except UserError as error:
            self.say("warning", said(error))
            return Labeling()

    def _labeling_failed(self, error: BaseException) -> None:
        self._ended("labeling")
        self.say("error", said(error))

    # Labels ------------------------------------------------------------------------------------

    def refusal(self, name: str) -> str:
        """Why ``name`` cannot be used as a label here; empty when it can."""
        if not name or self.settings.get("labels.validate") == "off" or name in self.labels:
            return ""
        return tr("“{name}” is no label of this data set. Choose a known one, or add it in Manage labels.", name=name)

    def set_label(self, text: str) -> None:
        """The label that the next shape gets; an unknown one is refused where only known ones are allowed."""
        why = self.refusal(text.strip())
        if why:
            self.say("warning", why)
            self.label_changed.emit(self.label)  # fields show again what is in force
            return
        super().set_label(text)

    def use_label(self, name: str, initiator: object = None) -> None:
        """Make ``name`` the label of new shapes, and of the selected ones that are not locked."""
        name = name.strip()
        if self.refusal(name):
            self.set_label(name)  # says why
            return
        if name:
            self.recent_labels = (name, *(label for label in self.recent_labels if label != name))[:RECENT]
        super().use_label(name, initiator)

    def suggestions(self) -> list[str]:
        """All labels to complete from: those used last, then the others in their order."""
        recent = [name for name in self.recent_labels if name in self.labels]
        return recent + [name for name in self.labels if name and name not in recent]

    def learn_labels(self, names: Iterable[str]) -> None:
        """Take up labels that occur in the data set, without storing anything."""
        labels = self.labels.with_labels(name for name in names if name)
        if labels is not self.labels:
            self.labels = labels
            self.labels_changed.emit()

    # Set-up ------------------------------------------------------------------------------------

    def set_labels(self, labels: LabelColors) -> None:
        """Other labels, colours or order, stored with the data set."""
        if labels == self.labels and list(labels) == list(self.labels):
            return
        self.labels = self._stored_labels = labels
        self._store(lambda folder: label_store.write(folder, labels))
        self.labels_changed.emit()

    def set_labeling(self, value: Labeling) -> None:
        """Other attributes, flags or number keys, stored with the data set."""
        from anylabel_plus.dataset import labeling

        if value == self.labeling:
            return
        self.labeling = value
        self._store(lambda folder: labeling.write(folder, value))
        self.labeling_changed.emit()

    def label_renamed(self, olds: Iterable[str], new: str) -> None:
        """Colours, attributes and keys follow a change of names in the files; an empty ``new``: they are gone."""
        labels, set_up = self.labels, self.labeling
        for old in olds:
            labels = labels.renamed(old, new) if new else labels.without(old)
            set_up = set_up.renamed(old, new) if new else set_up.without(old)
            self.recent_labels = tuple(name for name in self.recent_labels if name != old)
            if self.label == old:
                super().set_label(new)
        self.set_labels(labels.with_labels((new,)) if new else labels)
        self.set_labeling(set_up)

    def labels_rolled_back(self, options: Mapping[str, Any]) -> None:
        """The colour, attributes and keys of a renamed label go back to its old name with its shapes."""
        if options.get("action") == "rename" and len(options["labels"]) == 1:
            self.label_renamed((options["into"],), options["labels"][0])

    def roll_back_labels(self, run_id: str, labels: LabelColors, set_up: Labeling) -> None:
        """Take a run of the label manager back, with the colours and the set-up there were before it."""
        folder = self.folder
        if folder is None or not self.flush():
            self.say("error", tr("The open labels could not be saved. Save them first."))
            return
        self._wait_for("rollback")
        self.expect_changes(True)

        def work() -> Any:
            from anylabel_plus.dataset import runs

            return runs.rollback(runs.find_run(folder, run_id))

        def done(result: Any) -> None:
            self._ended("rollback")
            if not result.conflicts:
                self.reload_labels(tr("Roll back"))
            self.expect_changes(False)
            if result.conflicts:
                names = ", ".join(path.name for path in result.conflicts[:3])
                self.say("error", tr("Nothing was rolled back: files changed after the run ({names}).", names=names))
                return
            self.set_labels(labels)
            self.set_labeling(set_up)
            count = len(result.restored) + len(result.removed)
            self.say("success", ntr("{n} file rolled back.", "{n} files rolled back.", count))

        def failed(error: BaseException) -> None:
            self._ended("rollback")
            self.expect_changes(False)
            self.say("error", said(error))

        self._saver.run(work, done, failed)

    def _store(self, write: Callable[[Path], Any]) -> None:
        folder = self.folder
        if folder is None:
            return
        pending = ("labeling", object())  # several may be under way
        self._wait_for(pending)

        def failed(error: BaseException) -> None:
            self._ended(pending)
            text = said(error) if isinstance(error, UserError) else f"{folder}: {error}"
            self.say("error", tr("{problem} It is in force until the folder is closed.", problem=text))

        self._saver.run(lambda: write(folder), lambda _: self._ended(pending), failed)
