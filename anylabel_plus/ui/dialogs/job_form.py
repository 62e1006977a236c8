"""The options of a job as a form, built from the rows of its options dataclass."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from anylabel_plus.core.errors import UserError
from anylabel_plus.ui.language import tr
from anylabel_plus.ui.widgets import fields
from anylabel_plus.ui.widgets.buttons import Button
from anylabel_plus.ui.widgets.form import Form
from anylabel_plus.ui.widgets.marks import row

if TYPE_CHECKING:
    from anylabel_plus.jobs.options import OptionRow
    from anylabel_plus.settings import Settings

FIRST = 6
"""Options shown before tr("More options")."""


def model_choices(settings: Settings, prompt: str = "") -> list[tuple[str, str]]:
    """(id, title) of the models that can be used now; ``prompt`` is one they must answer."""
    from anylabel_plus.inference import catalog, weights

    text = settings.get("models.folder")
    rows = catalog.rows(Path(text) if text else None).values()
    usable = [spec for spec in rows if spec.supported and weights.installed(spec)]
    return [(spec.id, tr(spec.title)) for spec in usable if not prompt or not spec.prompts or prompt in spec.prompts]


def make_field(option: OptionRow, models: list[tuple[str, str]]) -> fields.Field:
    """The control for one option."""
    name = tr(option.label)
    if option.kind == "flag":
        return fields.FlagField(name)
    if option.kind == "choice":
        return fields.ChoiceField(name, [(key, fields.shown(key)) for key in option.choices])
    if option.kind == "whole":
        return fields.WholeField(name, option.low, option.high, tr(option.unit))
    if option.kind == "number":
        return fields.NumberField(name, option.low, option.high, tr(option.unit))
    if option.kind == "labels":
        return fields.NamesField(name, tr("All labels"))
    if option.kind == "model":
        return fields.ModelField(name, models)
    if option.kind in ("folder", "file"):
        return fields.PathField(name, option.kind, "" if option.required else tr("Not set"))
    return fields.TextField(name)


class JobForm(QWidget):
    """``given`` are values that the window knows and does not ask for."""

    changed = Signal()

    def __init__(self, rows: tuple[OptionRow, ...], settings: Settings, given: Mapping[str, Any]) -> None:
        super().__init__()
        self._rows = {option.name: option for option in rows if option.only != "cli"}
        self._given = dict(given)
        self.fields: dict[str, fields.Field] = {}
        self._forms: dict[str, Form] = {}
        asked = [option for option in self._rows.values() if option.name not in given]
        needs_models = any(option.kind == "model" for option in asked)
        models = model_choices(settings) if needs_models else []
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        first, more = Form(), Form()
        for number, option in enumerate(asked):
            field = make_field(option, models)
            field.setObjectName(option.name)
            self._set_default(option, field, settings)
            field.changed.connect(self.changed)
            self.fields[option.name] = field
            form = first if number < FIRST or len(asked) <= FIRST + 1 else more
            form.add(tr(option.label), field, tr(option.help) if option.help else "")
            self._forms[option.name] = form
        first.end()
        layout.addWidget(first)
        if len(asked) > FIRST + 1:
            more.end()
            more.hide()
            self._more = Button(tr("More options"), "caret_down", "ghost", clicked=lambda: self._unfold(more))
            layout.addLayout(row(self._more, None, margins=(12, 0, 20, 0)))
            layout.addWidget(more)
        layout.addStretch(1)
        self._show_lines()

    def _applies(self, name: str) -> bool:
        """Whether an option means something for the chosen format."""
        formats = self._rows[name].only_formats
        return not formats or self._given.get("format") in formats

    def _show_lines(self) -> None:
        for name, form in self._forms.items():
            if self._rows[name].only_formats:
                form.show_line(self.fields[name], self._applies(name))

    def _unfold(self, more: Form) -> None:
        more.setVisible(more.isHidden())
        self._more.setText(tr("More options") if more.isHidden() else tr("Fewer options"))
        self._more.set_icon("caret_down" if more.isHidden() else "caret_up")

    @staticmethod
    def _set_default(option: OptionRow, field: fields.Field, settings: Settings) -> None:
        if option.setting:
            field.set_value(settings.get(option.setting))
        elif not option.required and option.default is not None:
            field.set_value(option.default)

    def values(self) -> dict[str, Any]:
        """Plain JSON data for the job.

        Raises:
            UserError: something that must be given is missing; its field is outlined.
        """
        result = {name: _plain(value) for name, value in self._given.items()}
        missing = ""
        for name, field in self.fields.items():
            if not self._applies(name):
                continue  # its default; what was entered waits for the format to be chosen again
            option, value = self._rows[name], _plain(field.value())
            empty = value in ("", None)
            if option.kind in ("folder", "file") and empty and not option.required:
                value = None
            bad = option.required and empty
            field.set_error(bad)
            missing = missing or (tr(option.label) if bad else "")
            result[name] = value
        if missing:
            raise UserError(tr("{option} is missing.", option=missing))
        return result

    def set_given(self, name: str, value: Any) -> None:
        """Change a value that is not asked for in the form."""
        self._given[name] = value
        self._show_lines()


def _plain(value: Any) -> Any:
    if isinstance(value, Path):
        return str(value)
    return list(value) if isinstance(value, tuple) else value
