"""The object bank and the backgrounds of the page: opened and changed in a thread."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from anylabel_plus.core.errors import UserError
from anylabel_plus.jobs.preview_process import Opened, Sources
from anylabel_plus.ui.background import Background
from anylabel_plus.ui.said import said

if TYPE_CHECKING:
    from anylabel_plus.jobs.vetoes import Veto
    from anylabel_plus.synthesis.bank import Bank
    from anylabel_plus.synthesis.scene import Cutout
    from anylabel_plus.ui.session import Session


class Shelf(QObject):
    """``bank_changed``: another bank, or other decisions in it. ``sources_changed``: pictures would be others now."""

    bank_changed = Signal()
    sources_changed = Signal()
    failed = Signal(str)

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._reader = Background("synthesis-bank", self)
        session.closed.connect(self._reader.close)
        self.bank: Bank | None = None
        self.bank_folder: Path | None = None
        self.vetoes: tuple[Veto, ...] = ()
        self.backgrounds: Path | None = None
        self.unlabelled_only = False
        self.leave_out_held_out = True
        self.certified_empty = False
        self.opened: Opened | None = None
        """What the previews found of these sources, None before they did."""
        self._stamp = 0

    @property
    def sources(self) -> Sources | None:
        """What previews are made from; None while something is missing."""
        if self.bank is None or self.backgrounds is None or not self.accepted:
            return None
        return Sources(
            str(self.bank.root),
            (str(self.backgrounds),),
            self.leave_out_held_out,
            self.unlabelled_only,
            self._stamp,
        )

    @property
    def accepted(self) -> tuple[Cutout, ...]:
        """The cutouts in use."""
        return tuple(one for one in self.bank.cutouts if one.accepted) if self.bank is not None else ()

    @property
    def sizes_known(self) -> bool:
        """Whether the labelled data tells how large objects of each label in use are."""
        priors = self.bank.priors if self.bank is not None else {}
        labels = {one.label for one in self.accepted}
        return bool(labels) and all(label in priors and priors[label].relative for label in labels)

    def open_bank(self, folder: Path) -> None:
        """Read the bank in a folder; ``failed`` says why it cannot be."""
        from anylabel_plus.jobs.vetoes import read_vetoes
        from anylabel_plus.synthesis.bank import open_bank

        def read() -> Any:
            return open_bank(folder), read_vetoes(folder)

        def done(found: Any) -> None:
            bank, self.vetoes = found
            self.bank_folder = folder
            self._show(bank)

        self._run(read, done)

    def set_backgrounds(self, folder: Path | None, unlabelled_only: bool = False) -> None:
        """Take backgrounds from another folder."""
        self.backgrounds, self.unlabelled_only = folder, unlabelled_only
        self._changed()

    def set_leave_out(self, on: bool) -> None:
        """Leave out what is held out, or refuse to work with it."""
        self.leave_out_held_out = on
        self._changed()

    def decide(self, states: Mapping[str, tuple[bool, str] | None]) -> None:
        """Accept or reject cutouts by id, with a reason; shown at once, written in the thread."""
        if self.bank is None:
            return
        bank = self.bank.with_states(states)
        self._show(bank)
        self._run(bank.save, lambda _: None)

    def tag(self, ids: Iterable[str], tags: tuple[str, ...]) -> None:
        """Give cutouts these tags."""
        if self.bank is not None:
            bank = self.bank.with_tags(dict.fromkeys(ids, tags))
            self._show(bank)
            self._run(bank.save, lambda _: None)

    def add_veto(self, veto: Veto) -> None:
        """Remember that a picture is not wanted, beside the bank."""
        from anylabel_plus.jobs.vetoes import add_vetoes

        self.vetoes = (*self.vetoes, veto)
        bank = self.bank
        if bank is not None:
            self._run(lambda: add_vetoes(bank.root, (veto,)), lambda _: None)

    def forget_bank(self) -> None:
        """Work without a bank."""
        self.bank = self.bank_folder = self.opened = None
        self.vetoes = ()
        self._changed()
        self.bank_changed.emit()

    def _show(self, bank: Bank) -> None:
        self.bank = bank
        self._changed()
        self.bank_changed.emit()

    def _changed(self) -> None:
        self._stamp += 1
        self.opened = None
        self.sources_changed.emit()

    def _run(self, work: Callable[[], Any], done: Callable[[Any], object]) -> None:
        self._session.hold("bank")

        def ended(result: Any) -> None:
            if not self._reader.busy:
                self._session.release("bank")
            done(result)

        def failed(error: BaseException) -> None:
            if not self._reader.busy:
                self._session.release("bank")
            if not isinstance(error, UserError | OSError):
                raise error
            self.failed.emit(said(error))

        self._reader.run(work, ended, failed)
