"""The canvas widget: what it shows is right however it got there, and what a user does arrives."""

from __future__ import annotations

import time

import numpy as np
import pytest
from canvas_board import Board
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QKeyEvent, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from anylabel_plus.core import edits
from anylabel_plus.core.masks import Mask
from anylabel_plus.core.shapes import KINDS, Shape, make_shape
from anylabel_plus.inference.base import Candidate, Prompt
from anylabel_plus.ui.canvas import layer, tags
from anylabel_plus.ui.canvas.outlines import mask_rings
from anylabel_plus.ui.canvas.viewport import View

NONE = Qt.KeyboardModifier.NoModifier
CTRL = Qt.KeyboardModifier.ControlModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier


def square(x: float = 50, y: float = 40, side: float = 50, label: str = "cat") -> Shape:
    return make_shape("polygon", label, [[x, y], [x + side, y], [x + side, y + side], [x, y + side]])


def one_of_each() -> list[Shape]:
    """A shape of every kind, side by side."""
    shapes = []
    turns = np.linspace(0, 2 * np.pi, 9)[:-1]
    for number, kind in enumerate(KINDS.values()):
        x, y = 12 + number % 4 * 48, 12 + number // 4 * 45
        count = max(kind.min_points, 4 if kind.max_points is None else kind.min_points)
        if kind.name in ("rectangle", "mask", "line"):
            points = [[x, y], [x + 30, y + 24]]
        elif kind.name == "circle":
            points = [[x + 15, y + 15], [x + 28, y + 15]]
        elif kind.name == "rotation":
            points = [[x, y + 6], [x + 24, y], [x + 28, y + 16], [x + 4, y + 22]]
        else:
            points = [[x + 15 + 14 * np.cos(t), y + 13 + 12 * np.sin(t)] for t in turns[:count]]
        fields = {"mask": Mask(np.tri(24, 30, 3, dtype=bool), x, y)} if kind.name == "mask" else {}
        shapes.append(make_shape(kind.name, kind.name, points, **fields))
    return shapes


def wheel(board: Board, at: QPointF, notches: float, modifier: Qt.KeyboardModifier = NONE) -> None:
    event = QWheelEvent(
        at,
        QPointF(board.canvas.mapToGlobal(at.toPoint())),
        QPoint(),
        QPoint(0, round(notches * 120)),
        Qt.MouseButton.NoButton,
        modifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(board.canvas, event)


# What is shown -------------------------------------------------------------------------------


def test_every_kind_is_drawn(board: Board) -> None:
    shapes = one_of_each()
    board.session.settings.set("canvas.show_labels", False)
    board.open()
    bare = board.image()
    board.open(shapes)
    drawn = np.any(board.image() != bare, axis=2)
    for shape in board.session.document.shapes:
        x0, y0, x1, y1 = board.canvas.scene.index.box(shape.id)
        (left, top), (right, bottom) = board.canvas.view.to_widget(x0, y0), board.canvas.view.to_widget(x1, y1)
        part = drawn[int(top) - 4 : int(bottom) + 5, int(left) - 4 : int(right) + 5]
        assert part.sum() > 30, f"{shape.kind} is not drawn"


def test_the_picture_is_where_the_view_says(board: Board) -> None:
    board.open(width=60, height=40)
    for scale in (0.4, 1.0, 3.0, 8.0, 20.0):
        board.canvas.zoom_to(scale)
        shown = board.image()
        for x, y in ((30.5, 20.5), (28.5, 18.5)):
            pos = board.canvas.widget_from_image(x, y)
            found = shown[int(pos.y()), int(pos.x())][2::-1].astype(int)
            wanted = np.array([x // 1, y // 1, (x // 1 * 2 + y // 1)])
            assert np.abs(found - wanted).max() <= (0 if scale >= 4 else 3), (scale, x, y, found, wanted)


@pytest.mark.parametrize("scale", [0.9, 1.0, 2.5])
def test_panning_shows_the_same_as_drawing_anew(board: Board, scale: float) -> None:
    board.session.settings.set("canvas.show_labels", False)
    board.open(one_of_each(), width=900, height=700)
    board.canvas.zoom_to(scale)
    board.settle()
    for dx, dy in ((-37, 0), (11, -23), (0, 64), (-200, -150)):
        board.canvas.pan_by(dx, dy)
        board.canvas.repaint()
    panned = board.image()
    board.canvas.updates.redraw_all()
    anew = board.image()
    # A strip's outlines are rasterised from its own edge: single steps of a channel may differ.
    assert np.abs(panned.astype(int) - anew).max() <= 3


def test_edits_redraw_what_they_touch_and_nothing_is_left_behind(board: Board) -> None:
    board.session.settings.set("canvas.show_labels", False)
    board.open([square(), square(120, 60, 30, "dog"), square(20, 90, 40, "cow")])
    session = board.session
    session.apply("a", lambda d: edits.move_shapes(d, [1], 17.3, 8.9))
    board.canvas.repaint()
    session.apply("b", lambda d: edits.remove_shapes(d, [2]))
    board.canvas.repaint()
    session.apply("c", lambda d: edits.set_label(d, [3], "dog"))
    board.canvas.repaint()
    session.set_hidden([1])
    board.canvas.repaint()
    session.set_hidden([3])
    edited = board.image()
    board.canvas.updates.redraw_all()
    assert np.abs(edited.astype(int) - board.image()).max() <= 3


def test_selected_and_resting_fill_together_have_the_alpha_of_selected(board: Board) -> None:
    board.session.settings.set("canvas.show_labels", False)
    board.open([square(50, 40, 80)])
    inside = board.canvas.widget_from_image(90, 80).toPoint()
    rest = board.image()[inside.y(), inside.x(), :3].astype(float)
    board.session.select([1])
    chosen = board.image()[inside.y(), inside.x(), :3].astype(float)
    board.session.select([])
    board.session.set_hidden([1])
    bare = board.image()[inside.y(), inside.x(), :3].astype(float)
    color = np.array(board.canvas.look.color("cat")[0].getRgb()[2::-1], float)
    assert np.abs(rest - (bare * 0.82 + color * 0.18)).max() <= 2
    assert np.abs(chosen - (bare * 0.66 + color * 0.34)).max() <= 3


def test_holes_stay_empty(board: Board) -> None:
    hole = [[70, 60], [110, 60], [110, 100], [70, 100]]
    board.open([make_shape("polygon", "cat", [[40, 30], [150, 30], [150, 130], [40, 130]], holes=[hole])])
    at = board.canvas.widget_from_image(90, 80).toPoint()
    with_hole = board.image()[at.y(), at.x()]
    board.session.set_hidden([1])
    assert np.array_equal(with_hole, board.image()[at.y(), at.x()])


def test_backquote_shows_the_bare_image(board: Board) -> None:
    board.open()
    bare = board.image()
    board.open([square()])
    assert not np.array_equal(board.image(), bare)
    QTest.keyPress(board.canvas, Qt.Key.Key_QuoteLeft)
    assert np.array_equal(board.image(), bare)
    QTest.keyRelease(board.canvas, Qt.Key.Key_QuoteLeft)
    assert not np.array_equal(board.image(), bare)


def test_candidates_and_prompts_are_drawn(board: Board) -> None:
    board.open()
    before = board.image()
    board.session.candidates = (Candidate(0.9, Mask(np.ones((40, 60), bool), 60, 40)),)
    board.session.candidates_changed.emit()
    with_candidate = board.image()
    assert np.any(with_candidate != before, axis=2).sum() > 2000
    board.session.prompt = Prompt(points=((30.0, 20.0, 1),))
    at = board.canvas.widget_from_image(30, 20).toPoint()
    assert np.any(board.image()[at.y(), at.x()] != with_candidate[at.y(), at.x()])


def test_many_shapes_do_not_block_and_repaints_are_cheap(board: Board, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    turns = np.linspace(0, 2 * np.pi, 51)[:-1]
    ring = np.stack((np.cos(turns), np.sin(turns)), axis=1)
    shapes = [make_shape("polygon", f"class {n % 7}", rng.uniform(20, 1800, 2) + 9 * ring) for n in range(3000)]
    board.open(shapes, 1900, 1900)
    board.canvas.zoom_to(0.3)
    board.canvas.repaint()
    turns = 0
    while not board.canvas.finished:
        QApplication.processEvents()
        turns += 1
    assert turns >= 3, "the event loop gets its turn"
    # Counted and not timed: the machine may be busy.
    monkeypatch.setattr(board.canvas.look, "draw_resting", lambda *_: pytest.fail("drawn again"))
    for _ in range(5):
        board.canvas.repaint()
    assert board.canvas.finished, "a copy, not 3,000 shapes"


@pytest.mark.parametrize("count", [1500, 3000])
def test_until_a_new_zoom_is_drawn_something_like_it_is_shown(
    board: Board, count: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    # However busy the machine is: all quick outlines are drawn, and the full picture is not ready.
    monkeypatch.setattr(layer, "QUICK_S", 60.0)
    monkeypatch.setattr(layer, "FIRST_SLICE_S", 0.0)
    rng = np.random.default_rng(1)
    shapes = []
    for n in range(count):
        x, y = rng.uniform(10, 480, 2)
        shapes.append(make_shape("polygon", f"class {n % 5}", np.array((x, y)) + rng.uniform(-25, 25, (30, 2))))
    board.session.settings.set("canvas.show_labels", False)
    board.open(shapes, 500, 500)
    finished = board.image().astype(int)
    bare_share = np.mean(finished[:, :, :3].max(axis=2) < 40)
    board.canvas.zoom_to(board.canvas.scale * 1.1)
    board.canvas.repaint()
    assert not board.canvas.finished, "too few shapes for this test"
    meanwhile = np.array(board.canvas.pixmap.size().toTuple())
    assert meanwhile.tolist() == [600, 500]
    shown = board.canvas.pixmap.copy()
    data = np.frombuffer(shown.constBits(), np.uint8).reshape(500, 600, 4).astype(int)
    wanted = board.image().astype(int)
    assert np.abs(data - wanted)[:, :, :3].mean() < 45, "about the same picture"
    assert abs(np.mean(data[:, :, :3].max(axis=2) < 40) - bare_share) < 0.3


def test_outlines_of_masks_follow_the_mask_and_specks_do_not_stop_the_canvas() -> None:
    y, x = np.mgrid[0:300, 0:400]
    disc = Mask((x - 200) ** 2 + (y - 150) ** 2 < 100**2, 30, 40)
    for detail in (0.05, 0.3, 1.0, 4.0):
        (ring,) = mask_rings(disc, detail)
        distances = np.hypot(ring[:, 0] - 230.5, ring[:, 1] - 190.5)
        assert np.abs(distances - 100).max() < 1.5 + detail, detail
    specks = Mask(np.random.default_rng(0).random((600, 600)) < 0.3, 0, 0)
    start = time.thread_time()
    for detail in (0.05, 0.3, 1.0):
        assert mask_rings(specks, detail)
    assert time.thread_time() - start < 10.0, "a fifth of a second on a machine at rest"


# What a user does ----------------------------------------------------------------------------


@pytest.mark.parametrize("at", [(100, 100), (300, 250), (580, 30)])
def test_zoom_keeps_the_pixel_under_the_pointer(board: Board, at: tuple[int, int]) -> None:
    board.open()
    pos = QPointF(*at)
    before = board.canvas.image_from_widget(pos)
    wheel(board, pos, 3, CTRL)
    assert board.canvas.scale == pytest.approx(board.canvas.view.scale)
    after = board.canvas.image_from_widget(pos)
    assert after == pytest.approx(before, abs=0.6 / board.canvas.scale)


def test_wheel_scrolls_and_the_setting_swaps_it(board: Board) -> None:
    board.open(width=2000, height=2000)
    board.canvas.zoom100()
    scale, ox, oy = board.canvas.scale, board.canvas.ox, board.canvas.oy
    wheel(board, board.centre(), -1)
    assert (board.canvas.scale, board.canvas.ox) == (scale, ox) and board.canvas.oy == oy - 60
    wheel(board, board.centre(), -1, SHIFT)
    assert board.canvas.ox == ox - 60
    board.session.settings.set("canvas.wheel", "zoom")
    wheel(board, board.centre(), 1)
    assert board.canvas.scale > scale


def test_zoom_limits(board: Board) -> None:
    board.open()
    board.canvas.zoom_to(1e6)
    assert board.canvas.scale == 64
    board.canvas.zoom_to(1e-6)
    assert board.canvas.scale == 0.05


def test_fit_follows_the_size_of_the_widget(board: Board) -> None:
    board.open()
    board.canvas.resize(900, 800)
    rect = board.canvas.image_rect()
    assert rect.center().x() == pytest.approx(450, abs=1) and rect.width() > 800
    board.canvas.reserve_bottom(120)
    assert board.canvas.image_rect().bottom() <= 680


def test_middle_button_and_space_pan(board: Board) -> None:
    board.open(width=2000, height=2000)
    board.canvas.zoom100()
    for button, space in ((Qt.MouseButton.MiddleButton, False), (Qt.MouseButton.LeftButton, True)):
        ox, oy = board.canvas.ox, board.canvas.oy
        if space:
            QTest.keyPress(board.canvas, Qt.Key.Key_Space)
        QTest.mousePress(board.canvas, button, NONE, QPoint(300, 300))
        QTest.mouseMove(board.canvas, QPoint(280, 310))
        QTest.mouseRelease(board.canvas, button, NONE, QPoint(280, 310))
        if space:
            QTest.keyRelease(board.canvas, Qt.Key.Key_Space)
        assert (board.canvas.ox, board.canvas.oy) == (ox - 20, oy + 10)
    assert board.session.selection == frozenset()


def test_draw_a_polygon_undo_and_redo(board: Board) -> None:
    board.open()
    board.session.set_label("bird")
    board.session.set_tool("polygon")
    for x, y in ((20, 20), (100, 30), (80, 110)):
        board.click(x, y)
    board.key(Qt.Key.Key_Return)
    (shape,) = board.session.document.shapes
    assert shape.label == "bird"
    assert np.abs(shape.points - [[20, 20], [100, 30], [80, 110]]).max() < 1
    assert board.session.selection == {shape.id}
    board.session.undo()
    assert board.session.document.shapes == ()
    board.session.redo()
    assert len(board.session.document.shapes) == 1


def test_undo_while_drawing_takes_the_last_point_back(board: Board) -> None:
    board.open()
    board.session.set_tool("polygon")
    for x, y in ((20, 20), (100, 30)):
        board.click(x, y)
    override = QKeyEvent(QEvent.Type.ShortcutOverride, Qt.Key.Key_Z, CTRL)
    override.ignore()
    QApplication.sendEvent(board.canvas, override)
    assert override.isAccepted(), "or the window's undo would take it"
    board.key(Qt.Key.Key_Z, CTRL)
    assert len(board.canvas.tool.draft.points) == 2, "one point and the pointer"
    board.key(Qt.Key.Key_Escape)
    assert board.canvas.tool.draft is None and board.session.tool == "polygon"
    board.key(Qt.Key.Key_Escape)
    assert board.session.tool == "select"


def test_vertex_drag_is_one_entry_and_escape_takes_it_back(board: Board) -> None:
    board.open([square()])
    board.press(50, 40)
    for x in (48, 45, 40):
        board.move(x, 30)
    board.release(40, 30)
    assert np.abs(board.session.document.shape(1).points[0] - [40, 30]).max() < 1
    assert board.session.undo_name == "Move point"
    moved = board.session.document
    board.press(100, 90)
    board.move(120, 120)
    board.key(Qt.Key.Key_Escape)
    assert board.session.document is moved
    board.release(120, 120)
    board.session.undo()
    assert board.session.document.shape(1).points[0].tolist() == [50, 40]
    assert not board.session.can_undo


def test_hover_is_told_and_forgotten(board: Board) -> None:
    board.open([square()])
    board.move(75, 65)
    assert board.session.hovered == 1
    board.move(150, 120)
    assert board.session.hovered is None


def test_tab_goes_through_the_shapes_from_the_top(board: Board) -> None:
    board.open([square(), square(120, 60, 30, "dog"), square(20, 90, 40, "cow")])
    board.session.set_hidden([2])
    board.canvas.setFocus()
    seen = []
    for _ in range(3):
        board.key(Qt.Key.Key_Tab)
        seen += list(board.session.selection)
    board.key(Qt.Key.Key_Backtab)
    assert seen == [3, 1, 3] and board.session.selection == {1}


def test_arrows_nudge_the_selection(board: Board) -> None:
    board.open([square()])
    board.session.select([1])
    board.key(Qt.Key.Key_Left)
    board.key(Qt.Key.Key_Down, SHIFT)
    assert board.session.document.shape(1).points[0].tolist() == [49, 50]


def test_a_label_is_asked_for_only_when_none_is_chosen(board: Board) -> None:
    board.open()
    asked: list[None] = []
    board.canvas.label_requested.connect(lambda: asked.append(None))
    board.session.set_tool("point")
    board.click(20, 20)
    board.session.set_label("cat")
    board.click(60, 20)
    assert len(asked) == 1
    assert [shape.label for shape in board.session.document.shapes] == ["object", "cat"]


def test_shapes_are_spoken(board: Board) -> None:
    board.open([square()])
    board.session.select([1])
    assert "Polygon, cat, made by a person, 4 points" in board.canvas.accessibleDescription()


def test_another_image_drops_what_is_in_hand(board: Board) -> None:
    board.open([square()])
    board.session.set_tool("polygon")
    board.click(20, 20)
    board.open([square(label="dog")])
    assert board.canvas.tool.draft is None
    board.session.set_tool("select")
    board.move(75, 65)
    assert board.session.hovered == 1


def test_keep_view_between_images(board: Board) -> None:
    board.open()
    board.canvas.set_view(View(3.0, -50, -60))
    board.session.settings.set("files.keep_previous_view", True)
    view = board.canvas.view
    board.open()
    assert board.canvas.view == view
    board.session.settings.set("files.keep_previous_view", False)
    board.open()
    assert board.canvas.view != view


def test_many_shapes_in_hand_are_moved_without_placing_their_tags(
    board: Board, monkeypatch: pytest.MonkeyPatch
) -> None:
    corners = [(x, y) for x in range(0, 190, 19) for y in range(0, 140, 14)]
    board.open([make_shape("rectangle", "cat", [[x, y], [x + 9, y + 6]]) for x, y in corners])
    board.session.select(range(1, len(corners) + 1))
    board.settle()
    placed: list[int] = []
    place = tags.place_tags
    monkeypatch.setattr(tags, "place_tags", lambda *given: placed.append(1) or place(*given))
    board.session.begin_stroke("Move 100 shapes")
    board.canvas.performer.stroke.emit(board.session.selection)
    for step in range(1, 4):
        board.session.update_stroke(lambda d, by=step: edits.move_shapes(d, board.session.selection, by, 0))
        board.canvas.repaint()
    assert len(placed) <= 6, "not one by one beside all others"
    board.session.end_stroke()
    board.canvas.performer.stroke.emit(frozenset())
    board.settle()
    assert board.session.document.shape(1).points[0].tolist() == [3, 0]
