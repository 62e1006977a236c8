"""Which page and which bands of the open file are shown, in the bar above the canvas, where a file has several."""

from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout, QWidget

from anylabel_plus.images.choice import Choice, Extent
from anylabel_plus.ui.language import tr
from anylabel_plus.ui.session import Session
from anylabel_plus.ui.widgets.inputs import ComboBox

Bands = tuple[int, ...]


def band_sets(count: int) -> list[Bands]:
    """What can be chosen of ``count`` bands: the first three as colours, backwards too, and each alone."""
    colours: list[Bands] = [(0, 1, 2), (2, 1, 0)] if count >= 3 else []
    infrared: list[Bands] = [(3, 0, 1), (3, 2, 1)] if count >= 4 else []
    return [*colours, *infrared, *((band,) for band in range(count))]


class LayerChoice(QWidget):
    """Two lists, each hidden while there is nothing to choose."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._extent = Extent(1, 1)
        self.pages, self.bands = ComboBox(), ComboBox()
        self.pages.setObjectName("page_choice")
        self.bands.setObjectName("band_choice")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        for box in (self.pages, self.bands):
            row.addWidget(box)
        self.pages.activated.connect(session.show_page)
        self.bands.activated.connect(lambda index: session.show_bands(band_sets(self._extent.bands)[index]))
        session.picture_changed.connect(self.refresh)
        session.image_changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Show what there is to choose, and what is chosen."""
        picture = self._session.picture
        extent = picture.extent if picture is not None and picture.complete else Extent(1, 1)
        choice = picture.choice if picture is not None else Choice()
        self._extent = extent
        self.setVisible(extent.pages > 1 or extent.bands > 1)
        self.pages.setVisible(extent.pages > 1)
        self.bands.setVisible(extent.bands > 1)
        self.pages.setAccessibleName(tr("Page of the file"))
        self.pages.setToolTip(tr("Page of the file. All its pages share the labels."))
        self.bands.setAccessibleName(tr("Bands shown"))
        self.bands.setToolTip(tr("Bands shown, as grey or as red, green and blue."))
        if self.pages.count() != extent.pages:
            self.pages.clear()
            total = extent.pages
            self.pages.addItems([tr("Page {n} of {total}", n=n + 1, total=total) for n in range(total)])
        self.pages.setCurrentIndex(choice.page)
        sets = band_sets(extent.bands) if extent.bands > 1 else []
        if self.bands.count() != len(sets):
            self.bands.clear()
            self.bands.addItems([_named(bands) for bands in sets])
        default = (0, 1, 2) if extent.bands >= 3 else (0,)
        shown = choice.bands or default
        self.bands.setCurrentIndex(sets.index(shown) if shown in sets else -1)


def _named(bands: Bands) -> str:
    if len(bands) == 1:
        return tr("Band {n}", n=bands[0] + 1)
    red, green, blue = (band + 1 for band in bands)
    return tr("Bands {red}, {green}, {blue}", red=red, green=green, blue=blue)
