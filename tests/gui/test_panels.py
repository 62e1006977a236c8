"""The panels follow the session and lead it."""

from __future__ import annotations

import gc
import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QItemSelectionModel, QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from anylabel_plus.core.document import Document, add_shapes
from anylabel_plus.core.edits import remove_shapes, set_label
from anylabel_plus.core.masks import from_full
from anylabel_plus.core.provenance import Provenance
from anylabel_plus.core.shapes import Shape, make_shape
from anylabel_plus.inference import DEFAULT_MODEL
from anylabel_plus.inference.base import Candidate, ModelInfo, Prompt
from anylabel_plus.settings import Settings
from anylabel_plus.ui import theme
from anylabel_plus.ui.pages.candidate_strip import CandidateStrip, common_view
from anylabel_plus.ui.panels import PANELS
from anylabel_plus.ui.panels.assist import AssistPanel
from anylabel_plus.ui.panels.file_facts import label_facts
from anylabel_plus.ui.panels.files import FilesPanel
from anylabel_plus.ui.panels.labels import LabelsPanel
from anylabel_plus.ui.panels.shapes import ShapesPanel
from anylabel_plus.ui.panels.shapes_model import ShapesModel, meta_of, shown_source
from anylabel_plus.ui.picture import build_picture
from anylabel_plus.ui.session import Session
from anylabel_plus.ui.widgets.rows import ROW_ROLE, ShapeRow

PATIENCE_S = 20.0
SQUARE = [[10, 10], [60, 10], [60, 60], [10, 60]]


def until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        QApplication.processEvents()
        time.sleep(0.005)


@pytest.fixture
def session(home: Path, qapp: QApplication, folder: Path) -> Iterator[Session]:
    theme.apply(qapp, "dark")
    one = Session(Settings())
    one.open_folder(folder)
    until(lambda: one.is_idle and one.document is not None and len(one.files) == 5)
    yield one
    one.shut_down()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    # Widgets of this test are cyclic garbage: collected later, in a thread of the next one, they would crash Qt.
    gc.collect()


def three(document: Document) -> Document:
    origin = Provenance("model", model="classic", score=0.71)
    return add_shapes(
        document,
        [
            make_shape("polygon", "cat", SQUARE),
            make_shape("polygon", "dog", SQUARE, provenance=origin),
            make_shape("rectangle", "cat", [[5, 5], [45, 25]]),
        ],
    )


def rows(model: ShapesModel) -> list[ShapeRow]:
    return [model.data(model.index(n), ROW_ROLE) for n in range(model.rowCount())]  # type: ignore[misc]


def show(widget: QWidget) -> None:
    widget.resize(320, 480)
    widget.show()
    QApplication.processEvents()


@pytest.mark.parametrize("panel_id", list(PANELS))
@pytest.mark.parametrize("mode", ["dark", "light"])
def test_every_panel_paints_in_both_themes(session: Session, panel_id: str, mode: str) -> None:
    theme.apply(QApplication.instance(), mode)  # type: ignore[arg-type]
    session.apply("Draw", three)
    panel = PANELS[panel_id][1](session)
    show(panel)
    image = panel.grab().toImage()
    assert image.pixelColor(2, image.height() - 12).name() == theme.color("bg_panel").name()
    assert panel.accessibleName()
    panel.deleteLater()


# Shapes -----------------------------------------------------------------------------------------


def test_shape_rows_say_kind_size_and_maker(session: Session) -> None:
    session.apply("Draw", three)
    panel = ShapesPanel(session)
    found = rows(panel.model)
    assert [row.name for row in found] == ["cat", "dog", "cat"]
    assert [row.meta for row in found] == ["4 pts", "0.71", "40 × 20"]
    assert [row.source for row in found] == ["human", "model", "human"]
    assert found[0].color == found[2].color != found[1].color
    panel._count_now()
    assert panel._count.text() == "3 shapes"
    assert panel._sources["model"].text() == "1"


def test_an_edited_shape_of_a_model_is_a_persons() -> None:
    shape = make_shape("circle", "x", [[0, 0], [3, 4]], provenance=Provenance("model", score=0.5).as_edited())
    assert shown_source(shape) == "human"
    assert meta_of(shape) == "r 5"


def test_edits_touch_only_their_rows(session: Session) -> None:
    session.apply("Draw", three)
    panel = ShapesPanel(session)
    resets, changed = [], []
    panel.model.modelReset.connect(lambda: resets.append(1))
    panel.model.dataChanged.connect(lambda first, last: changed.append((first.row(), last.row())))
    ids = [shape.id for shape in session.document.shapes]  # type: ignore[union-attr]
    session.apply("Label", lambda document: set_label(document, [ids[1]], "cat"))
    assert changed == [(1, 1)]
    assert rows(panel.model)[1].name == "cat"
    session.apply("Delete", lambda document: remove_shapes(document, [ids[0]]))
    session.apply("Draw", lambda document: add_shapes(document, [make_shape("point", "p", [[3, 4]])]))
    assert [row.name for row in rows(panel.model)] == ["cat", "cat", "p"]
    session.undo()
    session.undo()
    assert [row.name for row in rows(panel.model)] == ["cat", "cat", "cat"]
    assert len(resets) <= 1  # only the undo that puts a row back in the middle


def test_selection_goes_both_ways(session: Session) -> None:
    session.apply("Draw", three)
    panel = ShapesPanel(session)
    show(panel)
    ids = [shape.id for shape in session.document.shapes]  # type: ignore[union-attr]
    session.select(ids[1:])
    chosen = [index.row() for index in panel.list.selectionModel().selectedRows()]
    assert sorted(chosen) == [1, 2]
    panel.list.selectionModel().select(panel.model.index(0), QItemSelectionModel.SelectionFlag.ClearAndSelect)
    assert session.selection == {ids[0]}
    session.select([])
    assert panel.list.selectionModel().selectedRows() == []


def test_selection_survives_the_filter(session: Session) -> None:
    session.apply("Draw", three)
    panel = ShapesPanel(session)
    ids = [shape.id for shape in session.document.shapes]  # type: ignore[union-attr]
    session.select([ids[0]])
    panel.filter.setText("dog")
    assert [row.name for row in rows(panel.model)] == ["dog"]
    assert session.selection == {ids[0]}
    panel.filter.setText("")
    assert [index.row() for index in panel.list.selectionModel().selectedRows()] == [0]


def test_hover_goes_both_ways(session: Session) -> None:
    session.apply("Draw", three)
    panel = ShapesPanel(session)
    show(panel)
    ids = [shape.id for shape in session.document.shapes]  # type: ignore[union-attr]
    session.set_hovered(ids[2])
    assert [row.hovered for row in rows(panel.model)] == [False, False, True]
    for row in (0, 1):
        QTest.mouseMove(panel.list.viewport(), panel.list.visualRect(panel.model.index(row)).center())
        QTest.qWait(20)
    assert session.hovered == ids[1]


def test_eye_and_lock_act_on_one_shape(session: Session) -> None:
    session.apply("Draw", three)
    panel = ShapesPanel(session)
    show(panel)
    ids = [shape.id for shape in session.document.shapes]  # type: ignore[union-attr]
    rect = panel.list.visualRect(panel.model.index(1))
    left = Qt.MouseButton.LeftButton
    QTest.mouseClick(panel.list.viewport(), left, pos=QPoint(rect.right() - 15, rect.center().y()))
    assert session.hidden == {ids[1]}
    QTest.mouseClick(panel.list.viewport(), left, pos=QPoint(rect.right() - 37, rect.center().y()))
    assert session.document is not None and session.document.shape(ids[1]).locked
    assert session.undo_name == "Lock 1 shape"
    assert session.selection == frozenset()


def test_five_thousand_shapes_cost_nothing_per_edit(session: Session) -> None:
    points = np.random.default_rng(0).random((50, 2)) * 200
    shapes: list[Shape] = [make_shape("polygon", f"label {n % 20}", points) for n in range(5000)]
    session.apply("Draw", lambda document: add_shapes(document, shapes))
    panel = ShapesPanel(session)
    show(panel)
    target = session.document.shapes[4000].id  # type: ignore[union-attr]
    started = time.thread_time()
    for n in range(50):
        before = session.document
        assert before is not None
        after = set_label(before, [target], f"name {n}")
        session.document = after
        from anylabel_plus.ui.session.base import Change

        panel._document_changed(Change("shapes", frozenset([target])), None)
    each_ms = (time.thread_time() - started) / 50 * 1000
    assert panel.model.data(panel.model.index(4000)) == "name 49"
    assert each_ms < 50, f"{each_ms:.2f} ms"


def test_empty_states_say_what_to_do(home: Path, qapp: QApplication) -> None:
    theme.apply(qapp, "dark")
    session = Session(Settings())
    shapes, files, known = ShapesPanel(session), FilesPanel(session), LabelsPanel(session)
    assert shapes.empty.title.text() == "No shapes"
    assert "Open an image" in shapes.empty.text.text()
    assert files.empty.title.text() == "No folder open"
    assert known.empty.title.text() == "No labels yet"
    session.shut_down()


# Labels -----------------------------------------------------------------------------------------


def test_a_label_is_typed_and_used_for_new_shapes(session: Session) -> None:
    panel = LabelsPanel(session)
    panel.edit.setText("helmet")
    QTest.keyClick(panel.edit, Qt.Key.Key_Return)
    assert session.label == "helmet"


def test_a_label_typed_with_a_selection_labels_it(session: Session) -> None:
    session.apply("Draw", three)
    panel = LabelsPanel(session)
    ids = [shape.id for shape in session.document.shapes]  # type: ignore[union-attr]
    session.select(ids[:2])
    assert panel.hint.text() == "For 2 selected shapes"
    panel.edit.setText("bird")
    QTest.keyClick(panel.edit, Qt.Key.Key_Return)
    assert [shape.label for shape in session.document.shapes] == ["bird", "bird", "cat"]  # type: ignore[union-attr]
    assert session.undo_name == "Label 2 shapes bird"
    session.undo()
    assert [shape.label for shape in session.document.shapes] == ["cat", "dog", "cat"]  # type: ignore[union-attr]


def test_known_labels_have_counts_keys_and_complete(session: Session) -> None:
    session.apply("Draw", three)
    panel = LabelsPanel(session)
    panel.model.reload()
    found = [panel.model.data(panel.model.index(n), ROW_ROLE) for n in range(panel.model.rowCount())]
    assert [(row.name, row.count, row.key) for row in found] == [("cat", 2, "1"), ("dog", 1, "2")]  # type: ignore[attr-defined]
    completer = panel.edit.completer()
    assert completer is not None
    completer.setCompletionPrefix("do")
    assert completer.currentCompletion() == "dog"


# Files ------------------------------------------------------------------------------------------


def test_files_follow_the_image_and_open_it(session: Session) -> None:
    panel = FilesPanel(session)
    show(panel)
    assert panel.list.currentIndex().row() == session.row == 0
    session.next_image()
    until(lambda: session.is_idle)
    assert panel.list.currentIndex().row() == 1
    panel.list.setCurrentIndex(session.files.index(3))
    until(lambda: session.is_idle and session.row == 3)
    assert session.image_path is not None and session.image_path.name == "image_3.png"


def test_the_next_file_is_always_in_sight(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    panel = FilesPanel(session)
    monkeypatch.setattr(panel.list, "underMouse", lambda: False, raising=False)
    panel.resize(344, 250)
    panel.show()
    QApplication.processEvents()
    view = panel.list
    for _ in range(4):
        session.next_image()
        until(lambda: session.is_idle)
        following = session.files.index(min(session.row + 1, 4))
        assert view.viewport().rect().contains(view.visualRect(following).adjusted(4, 0, -4, 0))


def test_thumbs_and_counts_come_for_rows_in_view(session: Session, folder: Path) -> None:
    label = {"version": "5", "flags": {}, "shapes": [{"label": "a"}, {"label": "b"}], "imageData": None}
    (folder / "image_2.json").write_text(json.dumps(label), "utf-8")
    (folder / "image_4.png").write_bytes(b"broken")
    panel = FilesPanel(session)
    show(panel)
    until(lambda: all(panel.list._facts.get(str(item.image)) for item in session.files))
    found = [panel.list.values.of(session.files.index(n)) for n in range(5)]
    assert found[1] is not None and found[1].thumb is not None and not found[1].broken
    assert found[2] is not None and found[2].count == 2
    assert found[4] is not None and found[4].broken and found[4].state == "broken"


def test_the_file_filter_keeps_the_way_to_the_image(session: Session) -> None:
    panel = FilesPanel(session)
    show(panel)
    panel.filter.setText("_3")
    until(lambda: panel.list.shown == 1)
    model = panel.list.model()
    panel.list.setCurrentIndex(model.index(0, 0))
    until(lambda: session.is_idle and session.row == 3)
    panel.filter.setText("")
    until(lambda: not panel.list.filtered)
    assert panel.list.model() is session.files
    assert panel.list.currentIndex().row() == 3


@pytest.mark.parametrize(
    ("shapes", "checked", "expected"),
    [
        ([], None, (0, "done")),
        ([{"label": "a"}], None, (1, "done")),
        ([{"label": "a"}], False, (1, "started")),
        ([{"label": "a", "provenance": {"source": "model"}}], None, (1, "review")),
        ([{"label": "a", "provenance": {"source": "model", "reviewed": True}}], True, (1, "done")),
    ],
)
def test_the_state_of_a_label_file(
    tmp_path: Path, shapes: list[object], checked: bool | None, expected: tuple[int, str]
) -> None:
    path = tmp_path / "a.json"
    path.write_text(json.dumps({"shapes": shapes, "checked": checked}), "utf-8")
    assert label_facts(path) == expected


def test_a_missing_or_damaged_label_file_is_no_error(tmp_path: Path) -> None:
    assert label_facts(tmp_path / "none.json") == (None, "untouched")
    (tmp_path / "bad.json").write_bytes(b"{")
    assert label_facts(tmp_path / "bad.json") == (None, "started")
    (tmp_path / "deep.json").write_bytes(b"[" * 100_000)
    assert label_facts(tmp_path / "deep.json") == (None, "started")


def test_progress_counts_labeled_images(session: Session) -> None:
    panel = FilesPanel(session)
    session.files.set_labelled(0, [True, True, False, False, False])
    panel.progress._count()
    assert panel.progress._right.text() == "2 of 5"
    assert panel.progress._percent.text() == "40%"


# Assist -----------------------------------------------------------------------------------------


def test_assist_shows_prompt_device_and_settings(session: Session) -> None:
    panel = AssistPanel(session)
    assert panel.badge.text == "CPU ready"
    session.prompt = Prompt(points=((1, 1, 1), (2, 2, 1), (3, 3, 0)))
    session.prompt_changed.emit()
    assert [label.text() for label in panel.counts] == ["2 include", "1 exclude"]
    session.model_info = ModelInfo("m", "Model", "sam", None, frozenset({"box"}), "CUDAExecutionProvider")
    session.answer_ms = 8.2
    session.model_changed.emit()
    assert (panel.badge.text, panel.badge.tone) == ("CUDA · 8 ms", "success")
    assert not panel.kind._group.button(0).isEnabled()
    session.settings.set("assist.output", "mask")
    assert panel.output.current() == "mask"


def test_assist_changes_tool_label_and_settings(session: Session) -> None:
    panel = AssistPanel(session)
    panel.kind._group.button(1).click()
    assert session.tool == "assist_box"
    panel.output._group.button(2).click()
    assert session.settings.get("assist.output") == "rectangle"
    panel.label.setText("lamp")
    QTest.keyClick(panel.label, Qt.Key.Key_Return)
    assert session.label == "lamp"


def test_the_model_choice_lists_what_is_not_downloaded(session: Session) -> None:
    panel = AssistPanel(session)
    panel.model.reload()
    ids = [panel.model.combo.itemData(n) for n in range(panel.model.combo.count())]
    assert {"classic", DEFAULT_MODEL} <= set(ids)
    assert panel.model.combo.currentData() == DEFAULT_MODEL
    missing = [one for one in ids if one not in ("classic", DEFAULT_MODEL)]
    assert missing, "the catalog has models to download"
    panel.model.combo.setCurrentIndex(ids.index(missing[0]))
    panel.model._chosen()
    assert session.settings.get("assist.model") == DEFAULT_MODEL
    assert not panel.model._offer.isHidden()
    assert "Not downloaded" in panel.model.note.text()


# Candidates -------------------------------------------------------------------------------------


def disc(width: int, height: int, radius: float) -> Candidate:
    ys, xs = np.mgrid[:height, :width]
    return Candidate(1.0 - radius / 100, from_full((xs - width / 2) ** 2 + (ys - height / 2) ** 2 < radius**2))


def test_the_strip_shows_and_chooses_candidates(session: Session) -> None:
    host = QWidget()
    host.resize(900, 700)
    strip = CandidateStrip(session, host)
    host.show()
    session.picture = build_picture(np.full((240, 320, 3), 90, np.uint8))
    session.candidates = (disc(320, 240, 20), disc(320, 240, 40))
    session.candidates_changed.emit()
    assert strip.isVisible()
    assert [not thumb.isHidden() for thumb in strip._thumbs] == [True, True, False]
    assert strip._thumbs[0].isChecked()
    QTest.mouseClick(strip._thumbs[1], Qt.MouseButton.LeftButton)
    assert session.chosen == 1
    assert strip.geometry().bottom() <= host.height() + 12
    session.candidates = ()
    session.candidates_changed.emit()
    assert not strip.isVisible()


def test_thumbs_share_one_view_inside_the_image() -> None:
    from PySide6.QtCore import QSize

    view = common_view((disc(320, 240, 20), disc(320, 240, 60)), 320, 240, QSize(88, 56))
    assert view[0] >= 0 and view[1] >= 0 and view[2] <= 320 and view[3] <= 240
    assert view[2] - view[0] == pytest.approx((view[3] - view[1]) * 88 / 56)
    assert view[0] < 100 and view[2] > 220


def test_a_download_may_end_after_its_window_is_gone(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    import shiboken6

    panel = AssistPanel(session)
    choice = panel.model
    choice.reload()
    spec = choice._spec()
    assert spec is not None

    def pull(_spec: object, _mirror: str, report: Callable[..., None], _stopped: object) -> None:
        shiboken6.delete(choice)
        report("encoder.onnx", 1, 2)

    monkeypatch.setattr("anylabel_plus.inference.weights.pull", pull)
    choice._pull(spec, "")
    assert not shiboken6.isValid(choice)


def test_missing_files_of_the_program_are_not_offered_as_a_download(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    panel = AssistPanel(session)
    choice = panel.model
    choice.reload()
    spec = choice._spec()
    assert spec is not None and spec.bundled
    monkeypatch.setattr("anylabel_plus.inference.weights.missing", lambda spec: spec.files)
    choice._show_offer()
    assert "Install it again" in choice.note.text()
    assert choice.get.isHidden()
