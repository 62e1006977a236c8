"""Any hand on any tool: strokes are opened and closed in pairs, nothing leaves the image, nothing is malformed."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tool_stage import Stage, square, stage

from anylabel_plus.core.shapes import KINDS, make_shape
from anylabel_plus.ui.canvas.tools import TOOLS
from anylabel_plus.ui.canvas.tools_base import DrawOptions, Pointer

WIDTH, HEIGHT = 200, 100
BY_HAND = [name for name in TOOLS if name in KINDS or name.startswith("select")]
KEYS = ["Return", "Escape", "Backspace", "Undo", "Left", "Down", "Z", "V", "Tab"]

spots = st.tuples(st.integers(-20, 220), st.integers(-20, 120))
pointers = st.builds(
    lambda at, shift, ctrl, alt: Pointer(float(at[0]), float(at[1]), shift=shift, ctrl=ctrl, alt=alt),
    spots,
    *(st.sampled_from((False, False, False, True)),) * 3,
)
events = st.one_of(
    st.tuples(st.just("drag"), st.lists(pointers, min_size=1, max_size=5)),
    st.tuples(st.just("click"), st.lists(pointers, min_size=1, max_size=1)),
    st.tuples(st.just("double"), st.lists(pointers, min_size=1, max_size=1)),
    st.tuples(st.just("hover"), st.lists(pointers, min_size=1, max_size=2)),
    st.tuples(st.just("key"), st.sampled_from(KEYS)),
    st.tuples(st.just("broken drag"), st.lists(pointers, min_size=2, max_size=3)),
)


def scene_with_every_kind() -> Stage:
    front = np.array(((150, 20), (170, 20), (170, 40), (150, 40)), float)
    return stage(
        square("a", 20, 20, 40),
        make_shape("polygon", "b", [[60, 20], [100, 20], [100, 60], [60, 60]], holes=[[[70, 30], [80, 30], [80, 45]]]),
        make_shape("rotation", "c", [[110, 50], [140, 60], [135, 75], [105, 65]], direction=0.32),
        make_shape("rectangle", "d", [[20, 70], [70, 95]]),
        make_shape("circle", "e", [[120, 25], [128, 25]]),
        make_shape("cuboid", "f", np.vstack((front, front + np.array((6, -4))))),
        make_shape("linestrip", "g", [[5, 5], [60, 10], [190, 8]]),
        make_shape("point", "h", [[180, 90]]),
    )


def act(scene: Stage, name: str, sequence: list[tuple[str, object]]) -> None:
    tool = TOOLS[name](scene)
    for what, given_ in sequence:
        if what == "key":
            scene.do(tool.key(str(given_)))
            if given_ in ("Left", "Down", "Z", "V"):
                scene.do(tool.key_up(str(given_)))
            continue
        path: list[Pointer] = given_  # type: ignore[assignment]
        if what == "hover":
            for at in path:
                scene.do(tool.move(at))
            continue
        scene.do(tool.double_click(path[0]) or tool.press(path[0]) if what == "double" else tool.press(path[0]))
        for at in path[1:]:
            scene.do(tool.move(at, down=True))
        if what == "broken drag":
            scene.do(tool.key("Escape"))
        scene.do(tool.release(path[-1]))
    scene.do(tool.cancel())


@settings(max_examples=60, deadline=None)
@pytest.mark.parametrize("name", BY_HAND)
@given(sequence=st.lists(events, min_size=1, max_size=12), follow=st.booleans(), scale=st.sampled_from((0.5, 1.0, 4.0)))
def test_any_hand_leaves_a_sound_document(
    name: str, sequence: list[tuple[str, object]], follow: bool, scale: float
) -> None:
    scene = scene_with_every_kind()
    scene.options, scene.scale = DrawOptions(follow=follow), scale
    act(scene, name, sequence)
    begun = sum(entry.startswith("begin ") for entry in scene.log)
    assert begun == scene.log.count("keep") + scene.log.count("abort") and scene._stroke is None
    ids = [shape.id for shape in scene.document.shapes]
    assert len(set(ids)) == len(ids)
    for shape in scene.document.shapes:
        row = KINDS[shape.kind]
        assert len(shape.points) >= row.min_points and (row.max_points is None or len(shape.points) <= row.max_points)
        assert np.isfinite(shape.points).all() and all(len(ring) >= 3 for ring in shape.holes)
        if shape.kind in ("polygon", "rectangle", "line", "linestrip", "point", "points", "quadrilateral", "cuboid"):
            low, high = shape.points.min(axis=0), shape.points.max(axis=0)
            assert low.min() > -1e-6 and high[0] < WIDTH + 1e-6 and high[1] < HEIGHT + 1e-6
