"""The style sheet, written with token names only and filled in by ``theme.apply``.

Widgets choose a variant with dynamic properties: ``kind`` (primary, ghost, danger, danger_fill) and
``extent`` (small, large) on buttons, ``surface`` (app, panel, canvas, raised, overlay) on frames,
``tone`` (2, 3, danger, warning, success, accent) on labels, ``error`` on inputs.
"""

from __future__ import annotations

from string import Template
from typing import Any

from PySide6.QtGui import QColor

_SHEET = """
QMainWindow, QMenuBar, QStatusBar { background: $bg_app; }
QMainWindow::separator { background: $border_subtle; width: 1px; height: 1px; }
QMainWindow::separator:hover { background: $accent; }
QToolBar { border: 0; padding: 0; margin: 0; spacing: 0; }
QSplitter::handle { background: $border_subtle; }
QSplitter::handle:hover { background: $accent; }
QStatusBar { border-top: 1px solid $border_subtle; color: $text_2; }
QStatusBar::item { border: 0; }
QToolTip { background: $bg_overlay; color: $text; border: 1px solid $border; padding: 5px 7px; }

*[surface="app"] { background: $bg_app; }
*[surface="panel"] { background: $bg_panel; }
*[surface="canvas"] { background: $bg_canvas; }
*[surface="card"] { background: $bg_raised; border: 1px solid $border_subtle; border-radius: ${r_card}px; }
*[surface="line"] { background: $border_subtle; }

QLabel[tone="2"] { color: $text_2; }
QLabel[tone="3"] { color: $text_3; }
QLabel[tone="accent"] { color: $accent; }
QLabel[tone="danger"] { color: $danger; }
QLabel[tone="warning"] { color: $warning; }
QLabel[tone="success"] { color: $success; }

QMenuBar { border: 0; border-bottom: 1px solid $border_subtle; color: $text_2; padding: 0 8px; }
QMenuBar::item { padding: 4px 10px; margin: 5px 1px 0; border-radius: ${r_control}px; background: transparent; }
QMenuBar::item:selected, QMenuBar::item:pressed { background: $bg_hover; color: $text; }
QMenu { background: $bg_overlay; border: 1px solid $border; padding: 4px; icon-size: 16px; }
QMenu::item { padding: 5px 20px 5px 8px; border-radius: ${r_row}px; color: $text; }
QMenu::item:selected { background: $accent_fill; color: $text_on_accent; }
QMenu::item:disabled { color: $text_disabled; background: transparent; }
QMenu::icon { padding-left: 8px; }
QMenu::separator { height: 1px; background: $border_subtle; margin: 4px 8px; }

QPushButton, QMenuBar, QTabBar { font-weight: 500; }
QPushButton[kind="primary"], QPushButton[kind="danger_fill"] { font-weight: 600; }
QPushButton { background: $bg_raised; color: $text; border: 1px solid $border; border-radius: ${r_control}px;
  padding: 0 11px; min-height: 26px; }
QPushButton:hover { background: $bg_hover; border-color: $border_strong; }
QPushButton:pressed { background: $bg_pressed; }
QPushButton:disabled { background: transparent; color: $text_disabled; border-color: $border_subtle; }
QPushButton[extent="small"] { min-height: 22px; padding: 0 7px; }
QPushButton[extent="large"] { min-height: 32px; padding: 0 15px; }
QPushButton[kind="primary"] { background: $accent_fill; color: $text_on_accent; border-color: $accent_fill; }
QPushButton[kind="primary"]:hover { background: $accent_fill_hover; border-color: $accent_fill_hover; }
QPushButton[kind="primary"]:pressed { background: $accent_fill_pressed; border-color: $accent_fill_pressed; }
QPushButton[kind="primary"]:disabled { background: $bg_pressed; color: $text_disabled; border-color: $bg_pressed; }
QPushButton[kind="ghost"] { background: transparent; color: $text_2; border-color: transparent; }
QPushButton[kind="ghost"]:hover { background: $bg_hover; color: $text; }
QPushButton[kind="ghost"]:pressed { background: $bg_pressed; }
QPushButton[kind="ghost"]:disabled { color: $text_disabled; background: transparent; }
QPushButton[kind="danger"] { background: transparent; color: $danger; border-color: $danger; }
QPushButton[kind="danger"]:hover { background: $danger_soft; }
QPushButton[kind="danger_fill"] { background: $danger_fill; color: $text_on_accent; border-color: $danger_fill; }
QPushButton[kind="danger"]:disabled, QPushButton[kind="danger_fill"]:disabled { background: $bg_pressed;
  color: $text_disabled; border-color: $bg_pressed; }
QPushButton[keyboardFocus="true"]:focus { border: 2px solid $focus; padding: 0 10px; min-height: 24px; }
QPushButton[extent="small"][keyboardFocus="true"]:focus { padding: 0 6px; min-height: 20px; }
QPushButton[extent="large"][keyboardFocus="true"]:focus { padding: 0 14px; min-height: 30px; }
QPushButton[kind="primary"][keyboardFocus="true"]:focus { border-color: $focus_on_fill; }
QPushButton[kind="danger_fill"][keyboardFocus="true"]:focus { border-color: $focus_on_fill; }

QToolButton { background: transparent; color: $text_2; border: 1px solid transparent; padding: 0;
  border-radius: ${r_control}px; }
QToolButton:hover { background: $bg_hover; color: $text; }
QToolButton:pressed { background: $bg_pressed; }
QToolButton:checked { background: $accent_fill; color: $text_on_accent; }
QToolButton[soft="true"]:checked { background: $accent_soft; color: $accent; }
QToolButton:disabled { background: transparent; color: $text_disabled; }
QToolButton[keyboardFocus="true"]:focus { border: 2px solid $focus; }
QToolButton::menu-indicator { image: none; }

QLineEdit, QAbstractSpinBox, QComboBox, QPlainTextEdit, QTextEdit { background: $bg_raised; color: $text;
  border: 1px solid $border; border-radius: ${r_control}px; padding: 0 7px; min-height: 26px;
  selection-background-color: $accent_fill; selection-color: $text_on_accent; }
QPlainTextEdit, QTextEdit { padding: 4px; }
QAbstractSpinBox { padding: 0 0 0 5px; }
QLineEdit:hover, QAbstractSpinBox:hover, QComboBox:hover { border-color: $border_strong; }
QLineEdit[dense="true"], QAbstractSpinBox[dense="true"], QComboBox[dense="true"] { min-height: 22px; }
QLineEdit[error="true"], QAbstractSpinBox[error="true"] { border-color: $danger; }
QLineEdit:focus, QAbstractSpinBox:focus, QComboBox:focus, QPlainTextEdit:focus, QTextEdit:focus {
  border: 2px solid $focus; padding: 0 6px; min-height: 24px; }
QPlainTextEdit:focus, QTextEdit:focus { padding: 3px; }
QAbstractSpinBox:focus { padding: 0 0 0 4px; }
QLineEdit[flat="true"] { background: transparent; border-color: transparent; padding: 0 1px; min-height: 22px; }
QLineEdit[flat="true"]:hover { border-color: $border; }
QLineEdit[flat="true"]:focus { border-color: $focus; min-height: 20px; padding: 0; }
QLineEdit[dense="true"]:focus, QAbstractSpinBox[dense="true"]:focus, QComboBox[dense="true"]:focus { min-height: 20px; }
QLineEdit:disabled, QAbstractSpinBox:disabled, QComboBox:disabled { background: transparent; color: $text_disabled;
  border-color: $border_subtle; }
QAbstractSpinBox > QLineEdit, QComboBox > QLineEdit { border: 0; background: transparent; padding: 0; min-height: 0; }
QAbstractSpinBox > QLineEdit:focus, QComboBox > QLineEdit:focus { border: 0; padding: 0; min-height: 0; }
QAbstractSpinBox[drawn="true"]::up-button, QAbstractSpinBox[drawn="true"]::down-button { width: 18px; border: 0;
  background: transparent; }
QAbstractSpinBox[drawn="true"]::up-arrow, QAbstractSpinBox[drawn="true"]::down-arrow { image: none;
  width: 0; height: 0; }
QComboBox::drop-down { width: 22px; border: 0; }
QComboBox[drawn="true"]::down-arrow { image: none; width: 0; height: 0; }
QComboBox QAbstractItemView { background: $bg_overlay; border: 1px solid $border; padding: 4px; outline: 0; }
QComboBox QAbstractItemView::item { min-height: 26px; padding: 0 6px; border-radius: ${r_row}px; color: $text; }
QComboBox QAbstractItemView::item:selected { background: $accent_fill; color: $text_on_accent; }
QComboBox QAbstractItemView::item:disabled { color: $text_disabled; }

QTabBar { background: transparent; qproperty-drawBase: 0; }
QTabBar::tab { background: transparent; color: $text_2; border: 0; border-bottom: 2px solid transparent;
  padding: 0 2px; margin: 0 10px 0 0; height: 30px; }
QTabBar::tab:hover { color: $text; }
QTabBar::tab:selected { color: $text; border-bottom: 2px solid $accent; }
QTabBar[keyboardFocus="true"]::tab:selected:focus { background: $accent_soft; }
QMainWindow > QTabBar { background: $bg_panel; }
QMainWindow > QTabBar::tab:first { margin-left: 12px; }
QTabWidget::pane { border: 0; }

QAbstractScrollArea { border: 0; }
QPlainTextEdit[dense="true"] { border: 1px solid $border; min-height: 44px; }
QPlainTextEdit[dense="true"]:hover { border-color: $border_strong; }
QPlainTextEdit[dense="true"]:focus { border: 2px solid $focus; }
QListView, QTreeView, QTableView, QScrollArea, QScrollArea > QWidget > QWidget { background: transparent; border: 0;
  outline: 0; }
QTableView { selection-background-color: transparent; }
QHeaderView::section { background: transparent; color: $text_3; border: 0; border-bottom: 1px solid $border_subtle;
  padding: 4px 8px; }
QScrollBar:vertical { background: transparent; width: 10px; margin: 0; }
QScrollBar:horizontal { background: transparent; height: 10px; margin: 0; }
QScrollBar::handle { background: $border; border-radius: 3px; margin: 2px; }
QScrollBar::handle:vertical { min-height: 28px; }
QScrollBar::handle:horizontal { min-width: 28px; }
QScrollBar::handle:hover { background: $border_strong; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; border: 0; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }

QDockWidget { color: $text; titlebar-close-icon: none; }
QDockWidget > QWidget { background: $bg_panel; }
QDockWidget::title { background: $bg_panel; padding: 8px 12px; text-align: left; }
QProgressBar { background: $bg_pressed; border: 0; border-radius: 3px; max-height: 6px; min-height: 6px; }
QProgressBar::chunk { background: $accent_fill; border-radius: 3px; }
"""


def stylesheet(colors: dict[str, QColor], values: dict[str, Any]) -> str:
    """The sheet for one theme; raises KeyError when it names a token that does not exist."""
    words = {role: _text(color) for role, color in colors.items()}
    words |= {f"r_{name}": str(px) for name, px in values["radius"].items()}
    return Template(_SHEET).substitute(words)


def _text(color: QColor) -> str:
    if color.alpha() == 255:
        return color.name()
    return f"rgba({color.red()}, {color.green()}, {color.blue()}, {color.alpha()})"
