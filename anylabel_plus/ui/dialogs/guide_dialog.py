"""The user guide inside the program: its Markdown pages with their pictures, without a network."""

from __future__ import annotations

import re
from pathlib import Path

from PySide6.QtCore import QUrl, Signal
from PySide6.QtGui import (
    QBrush,
    QDesktopServices,
    QKeySequence,
    QShortcut,
    QTextCursor,
    QTextDocument,
    QTextFormat,
    QTextTable,
)
from PySide6.QtWidgets import QHBoxLayout, QTextBrowser, QVBoxLayout, QWidget

from anylabel_plus import paths
from anylabel_plus.ui import theme
from anylabel_plus.ui.dialogs.frame import DialogFrame
from anylabel_plus.ui.language import current, tr
from anylabel_plus.ui.widgets.buttons import Button
from anylabel_plus.ui.widgets.inputs import SearchField
from anylabel_plus.ui.widgets.marks import hairline, row
from anylabel_plus.ui.widgets.side_list import SideList

_TITLE = re.compile(r"^# +(.+?)\s*$", re.MULTILINE)
_MARGIN_PX = 20
_GAP_PX = 10
_CODE = QTextFormat.Property.BlockCodeFence


def pages(language: str) -> list[Path]:
    """The pages of the guide in a language, in the order of their names; in English where there is no other."""
    found = sorted(paths.docs("guide", language).glob("*.md"))
    return found or sorted(paths.docs("guide", "en").glob("*.md"))


def title_of(text: str, path: Path) -> str:
    """The first heading of a page, or the name of its file."""
    found = _TITLE.search(text)
    return found.group(1) if found else path.stem.replace("-", " ").capitalize()


class GuidePage(QTextBrowser):
    """One page. ``leave`` carries the path of another page that a link leads to; the web opens in the browser."""

    leave = Signal(Path)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("guide_text")
        self.setAccessibleName(tr("User guide"))
        self.setOpenLinks(False)
        self.setFont(theme.font("body"))
        self.document().setDocumentMargin(_MARGIN_PX)
        self.anchorClicked.connect(self._follow)
        self.path = Path()

    def show_page(self, path: Path) -> None:
        """Show a page from its start."""
        self.path = path
        self.setSearchPaths([str(path.parent)])
        self.document().setMarkdown(
            path.read_text(encoding="utf-8"), QTextDocument.MarkdownFeature.MarkdownDialectGitHub
        )
        self._space_out()
        self._fit_pictures()
        self.moveCursor(QTextCursor.MoveOperation.Start)

    def _space_out(self) -> None:
        """Room around paragraphs and headings, and tables with quiet lines: Markdown as Qt reads it has neither."""
        for table in (each for each in self.document().rootFrame().childFrames() if isinstance(each, QTextTable)):
            frame = table.format()
            frame.setBorderBrush(QBrush(theme.color("border_subtle")))
            frame.setCellPadding(5)
            frame.setTopMargin(_GAP_PX)
            frame.setBottomMargin(_GAP_PX)
            table.setFormat(frame)
        block = self.document().begin()
        while block.isValid():
            cursor = QTextCursor(block)
            if cursor.currentTable() is None and not block.blockFormat().hasProperty(_CODE):
                look = block.blockFormat()
                after_code = block.previous().blockFormat().hasProperty(_CODE)
                look.setTopMargin(2 * _GAP_PX if look.headingLevel() > 1 else _GAP_PX if after_code else 0)
                look.setBottomMargin(_GAP_PX // 2 if block.textList() is not None else _GAP_PX)
                cursor.setBlockFormat(look)
            block = block.next()

    def _fit_pictures(self) -> None:
        """Make pictures that are wider than the page as wide as it."""
        widest = max(self.viewport().width() - 2 * _MARGIN_PX, 200)
        block = self.document().begin()
        while block.isValid():
            spot = block.begin()
            while not spot.atEnd():
                part = spot.fragment()
                shape = part.charFormat().toImageFormat() if part.charFormat().isImageFormat() else None
                if shape is not None:
                    picture = self.loadResource(2, QUrl(shape.name()))
                    shape.setWidth(min(widest, picture.width() if hasattr(picture, "width") else widest))
                    cursor = QTextCursor(self.document())
                    cursor.setPosition(part.position())
                    cursor.setPosition(part.position() + part.length(), QTextCursor.MoveMode.KeepAnchor)
                    cursor.setCharFormat(shape)
                spot += 1
            block = block.next()

    def _follow(self, url: QUrl) -> None:
        target = (self.path.parent / url.path()).resolve() if url.isRelative() and url.path() else None
        if target is not None and target.suffix == ".md" and target.is_file():
            self.leave.emit(target)
        elif url.isRelative() and url.fragment():
            self.scrollToAnchor(url.fragment())
        else:
            QDesktopServices.openUrl(url)

    def find_next(self, text: str, *, again: bool) -> bool:
        """Select the next place with ``text``, from the start when there is none below."""
        if not again:
            self.moveCursor(QTextCursor.MoveOperation.Start)
        if self.find(text):
            return True
        self.moveCursor(QTextCursor.MoveOperation.Start)
        return self.find(text)


class GuideDialog(DialogFrame):
    """Pages at the left, the page at the right; stays beside the window while one works."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent, "ph.book-open", tr("User guide"), tr("Included with the program, works offline"))
        self.setObjectName("guide_dialog")
        self._pages = pages(current())
        self.text = GuidePage()
        self.text.leave.connect(self.show_path)
        titles = [(title_of(path.read_text(encoding="utf-8"), path), "ph.file-text") for path in self._pages]
        self.contents = SideList(titles, tr("Pages of the guide"))
        self.contents.chosen.connect(lambda number: self.text.show_page(self._pages[number]))
        self.search = SearchField(tr("Search this page"), dense=False)
        self.search.setObjectName("guide_search")
        self.search.textChanged.connect(lambda text: self._find(text, again=False))
        self.search.returnPressed.connect(lambda: self._find(self.search.text(), again=True))
        QShortcut(QKeySequence.StandardKey.Find, self, self.search.setFocus)
        side = QWidget()
        column = QVBoxLayout(side)
        column.setContentsMargins(8, 12, 8, 12)
        column.setSpacing(8)
        column.addWidget(self.search)
        column.addWidget(self.contents)
        side.setFixedWidth(220)
        body: QHBoxLayout = row(side, hairline(vertical=True), spacing=0)
        body.addWidget(self.text, 1)
        self.body.addLayout(body)
        close = Button(tr("Close"), kind="primary", clicked=self.accept)
        close.setObjectName("guide_close")
        self.buttons.addWidget(close)
        self.resize(980, 680)
        self.contents.choose(0)
        self.text.setFocus()

    def show_path(self, path: Path) -> None:
        """Show a page of the guide, or another page of the documentation."""
        if path in self._pages:
            self.contents.choose(self._pages.index(path))
        else:
            self.text.show_page(path)

    def _find(self, text: str, *, again: bool) -> None:
        found = not text or self.text.find_next(text, again=again)
        self.note.setText("" if found else tr("“{text}” is not on this page.", text=text))
