"""Pictures of the real window on the sample photos, for README and guide: ``python3 dev.py screenshots [NAME …]``.

Each picture is a row of ``SHOTS``: its name ends in its theme, its function works in the window as a user would. They
are made in each language of the guide and land in ``docs/guide/pictures/LANGUAGE``, with 256 colours to stay small.
"""

from __future__ import annotations

import argparse
import io
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
SAMPLES = ROOT / "resources" / "samples"
OUT = ROOT / "docs" / "guide" / "pictures"
LANGUAGES = ("en", "zh_CN")
SIZE = (1366, 768)
WAIT_S = 60.0
MOST_BYTES = 250_000
COLOURS = (256, 192, 128, 96)
"""How many colours a picture may have, tried in this order until it is small enough."""


def program(*words: object) -> None:
    """One of the program's own commands."""
    command = [sys.executable, "-m", "anylabel_plus", *map(str, words)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def make_dataset(folder: Path) -> Path:
    """The sample photos with the boxes drawn by hand, masks made from some, and one image labeled by the model."""
    dataset = folder / "portraits"
    program("import", "voc", SAMPLES / "voc", dataset, "--images", SAMPLES / "images")
    program("enrich", dataset, "--boxes-to-masks", "--replace", "--labels", "mission patch,orbiter,eye,cup,rocket")
    (dataset / "coins.jpg").write_bytes((SAMPLES / "images" / "coins.jpg").read_bytes())
    return dataset


class Stage:
    """One window in one language and theme on a data set of its own."""

    def __init__(self, dataset: Path, language: str, theme: str) -> None:
        from anylabel_plus.settings import Settings
        from anylabel_plus.ui.app import build

        Settings().set("appearance.theme", theme)
        Settings().set("appearance.language", language)
        self.dataset = dataset
        self.app, self.window = build([])
        self.session = self.window.session
        self.canvas = self.photos = self.window.canvas
        self.window.showNormal()
        self.window.resize(*SIZE)
        self.settle()

    def until(self, condition: Callable[[], bool]) -> None:
        """Run the event loop until ``condition`` holds."""
        end = time.monotonic() + WAIT_S
        while not condition():
            if time.monotonic() > end:
                raise SystemExit(f"the window did not come to rest; pending: {set(self.session.pending)}")
            self.app.processEvents()
            time.sleep(0.005)

    def settle(self, seconds: float = 1.0) -> None:
        """Nothing pending, and whatever is drawn in slices is drawn."""
        self.until(lambda: bool(self.session.is_idle))
        end = time.monotonic() + seconds
        self.until(lambda: time.monotonic() > end)

    def open(self, name: str) -> None:
        """Show an image of the data set."""
        self.session.open_image(self.dataset / name)
        self.settle()

    def act(self, action: str) -> None:
        """Choose a menu entry, which must be enabled."""
        self.app.processEvents()
        entry = self.window.actions_[action]
        if not entry.isEnabled():
            raise SystemExit(f"{action} is disabled")
        entry.trigger()
        self.settle(0.4)

    def at(self, x: float, y: float) -> Any:
        """The place of image coordinates in the canvas."""
        return self.canvas.widget_from_image(x, y).toPoint()

    def click(self, *points: tuple[float, float]) -> None:
        """Click at places in image coordinates."""
        from PySide6.QtCore import Qt
        from PySide6.QtTest import QTest

        for x, y in points:
            QTest.mouseMove(self.canvas, self.at(x, y))
            QTest.mouseClick(self.canvas, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, self.at(x, y))
            self.app.processEvents()

    def drag(self, *points: tuple[float, float]) -> None:
        """Press at the first place, move over the others, release at the last."""
        from PySide6.QtCore import Qt
        from PySide6.QtTest import QTest

        nothing = Qt.KeyboardModifier.NoModifier
        QTest.mouseMove(self.canvas, self.at(*points[0]))
        QTest.mousePress(self.canvas, Qt.MouseButton.LeftButton, nothing, self.at(*points[0]))
        for point in points[1:]:
            QTest.mouseMove(self.canvas, self.at(*point))
            self.app.processEvents()
        QTest.mouseRelease(self.canvas, Qt.MouseButton.LeftButton, nothing, self.at(*points[-1]))
        self.app.processEvents()

    def hover(self, x: float, y: float) -> None:
        """Move the pointer to a place in image coordinates."""
        from PySide6.QtTest import QTest

        QTest.mouseMove(self.canvas, self.at(x, y))
        self.app.processEvents()

    def write(self, field: str, text: str) -> None:
        """Put text into a field of the window."""
        from PySide6.QtWidgets import QLineEdit

        self.window.findChild(QLineEdit, field).setText(text)
        self.settle()

    def dialog(self) -> Any:
        """The dialog on the screen."""
        from PySide6.QtWidgets import QDialog

        def shown() -> list[Any]:
            return [each for each in self.app.topLevelWidgets() if isinstance(each, QDialog) and each.isVisible()]

        self.until(lambda: bool(shown()))
        self.settle()
        return shown()[-1]


# What the pictures show. Each function brings the window there and gives back what is to be taken, None for all of it.


def welcome(stage: Stage) -> None:
    """The first start."""


def main_window(stage: Stage) -> None:
    """A prompt of three parts with its candidates."""
    stage.open("portrait.jpg")
    stage.session.set_label("helmet")
    stage.act("assist_point")
    stage.session.set_prompt_box((277.0, 343.0, 512.0, 512.0))
    stage.settle()
    for x, y, label in ((350, 430, 1), (298, 352, 0)):
        stage.session.add_prompt_point(x, y, label)
        stage.settle()
    stage.until(lambda: bool(stage.session.candidates))
    stage.settle()


def palette(stage: Stage) -> None:
    """Commands found by a few letters."""
    stage.open("portrait.jpg")
    stage.act("commands")
    stage.write("palette_query", "zoom")


def drawing(stage: Stage) -> None:
    """A polygon that shares a border with the one beside it, in the making."""
    stage.open("coins.jpg")
    stage.session.set_label("left")
    stage.act("polygon")
    stage.click((181, 74), (272, 74), (272, 189), (181, 189), (181, 74))
    stage.session.set_label("right")
    stage.click((272, 74), (350, 80), (345, 150), (310, 195))
    stage.hover(274, 187)
    stage.settle()


def brush(stage: Stage) -> None:
    """A stroke of the brush on a mask."""
    stage.open("table_top.jpg")
    stage.session.set_label("saucer")
    stage.session.settings.set("paint.size_px", 34)
    stage.act("brush")
    stage.drag(*((150.0 + 12 * step, 300.0 + (step % 5)) for step in range(14)))
    stage.drag(*((170.0 + 12 * step, 322.0 + (step % 3)) for step in range(11)))
    stage.hover(300, 322)
    stage.settle()


def simplify(stage: Stage) -> None:
    """Fewer points, with the result and its IoU."""
    stage.open("portrait.jpg")
    stage.session.select(
        tuple(shape.id for shape in stage.session.document.shapes if shape.label in ("mission patch", "orbiter"))
    )
    stage.act("convert_polygon")
    stage.act("simplify")
    stage.settle()


def attributes(stage: Stage) -> None:
    """What is known of a shape."""
    stage.open("portrait.jpg")
    stage.session.select(tuple(shape.id for shape in stage.session.document.shapes if shape.label == "orbiter"))
    stage.act("edit_attributes")
    stage.settle()


def files(stage: Stage) -> None:
    """Images found by a query."""
    stage.open("portrait.jpg")
    stage.act("filter_files")
    stage.write("file_filter", "by:model score:<0.9")


def view(stage: Stage) -> None:
    """Navigator, brightness, and the image before."""
    stage.open("coins.jpg")
    stage.open("portrait.jpg")
    stage.act("navigator")
    stage.act("compare")
    for _ in range(2):
        stage.act("zoom_in")
    stage.settle()


def synthesis(stage: Stage) -> None:
    """Objects of the photos pasted on them, as they will be made."""
    bank = stage.dataset.with_name(f"{stage.dataset.name} bank")
    program("bank", "build", stage.dataset, bank, "--labels", "mission patch,orbiter,cup,rocket")
    stage.open("portrait.jpg")
    stage.act("synthesis")
    from anylabel_plus.ui.pages.synthesis.page import SynthesisPage

    page = stage.window.findChild(SynthesisPage)
    stage.photos = page.previews.grid
    stage.until(lambda: len(page.desk.shown()) == len(page.previews.grid.tiles) and not page.desk.previews.waiting)
    stage.settle()


def from_action(action: str, image: str = "portrait.jpg") -> Callable[[Stage], Any]:
    """The picture of the dialog that a menu entry opens."""

    def show(stage: Stage) -> Any:
        stage.open(image)
        stage.act(action)
        return stage.dialog()

    return show


SHOTS: dict[str, Callable[[Stage], Any]] = {
    "welcome-light": welcome,
    "main-dark": main_window,
    "main-light": main_window,
    "palette-dark": palette,
    "drawing-dark": drawing,
    "brush-dark": brush,
    "simplify-light": simplify,
    "attributes-light": attributes,
    "labels-light": from_action("label_manager"),
    "files-dark": files,
    "view-dark": view,
    "versions-light": from_action("versions"),
    "autolabel-light": from_action("job_autolabel"),
    "export-light": from_action("job_export"),
    "synthesis-dark": synthesis,
    "synthesis-light": synthesis,
    "keys-dark": from_action("keys"),
    "settings-light": from_action("settings"),
}
"""Name, which ends in the theme, to what is done before the picture is taken."""


def palette_of(picture: Any, canvas: tuple[int, int, int, int] | None, colours: int) -> Any:
    """A palette that has the commonest colours of the panels as they are, the rest for the photo in ``canvas``."""
    from PIL import Image

    around = picture.copy()
    if canvas is not None:
        around.paste(around.getpixel((0, 0)), canvas)
    common = sorted(around.getcolors(picture.width * picture.height), reverse=True)[: colours * 2 // 5]
    photo = picture.crop(canvas) if canvas is not None else picture
    rest = photo.quantize(colours - len(common), Image.Quantize.MEDIANCUT).getpalette()
    values = [value for _, color in common for value in color] + list(rest or ())[: 3 * (colours - len(common))]
    holder = Image.new("P", (1, 1))
    holder.putpalette(values + values[:3] * (256 - len(values) // 3))
    return holder


def save_small(png: bytes, canvas: tuple[int, int, int, int] | None, path: Path) -> None:
    """Write a picture with so few colours that it is small."""
    from PIL import Image

    picture = Image.open(io.BytesIO(png)).convert("RGB")
    for colours in COLOURS:
        small = io.BytesIO()
        palette = palette_of(picture, canvas, colours)
        picture.quantize(palette=palette, dither=Image.Dither.NONE).save(small, "PNG", optimize=True)
        if small.tell() <= MOST_BYTES:
            break
    path.write_bytes(small.getvalue())
    print(f"{path} ({small.tell() // 1000} kB)")


def take(name: str, language: str, out: Path, dataset: Path) -> None:
    """Make one picture."""
    from PySide6.QtCore import QBuffer

    stage = Stage(dataset, language, name.rsplit("-", 1)[1])
    target = SHOTS[name](stage) or stage.window
    buffer = QBuffer()
    buffer.open(QBuffer.OpenModeFlag.WriteOnly)
    target.grab().save(buffer, "PNG")
    box = stage.photos.rect().translated(stage.photos.mapTo(stage.window, stage.photos.rect().topLeft()))
    canvas = (box.x(), box.y(), box.x() + box.width(), box.y() + box.height())
    shows = target is stage.window and stage.photos.isVisible()
    save_small(bytes(buffer.data().data()), canvas if shows else None, out / f"{name}.png")


def screen() -> list[str]:
    """A virtual screen of this size where there is xvfb: the layout follows the screen."""
    words = f"-screen 0 {SIZE[0]}x{SIZE[1]}x24"
    return ["xvfb-run", "-a", "-s", words] if shutil.which("xvfb-run") else []


def main() -> None:
    """All pictures, or those named, each in a process and a data set of its own."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"only these of: {', '.join(SHOTS)}")
    parser.add_argument("--out", type=Path, default=OUT)
    parser.add_argument("--language", choices=LANGUAGES, help="only in this language")
    parser.add_argument("--one", nargs=3, metavar=("NAME", "LANGUAGE", "DATASET"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        name, language, dataset = options.one
        take(name, language, options.out, Path(dataset))
        sys.stdout.flush()
        os._exit(0)
    unknown = set(options.names) - set(SHOTS)
    if unknown:
        parser.error(f"no such picture: {', '.join(sorted(unknown))}")
    with tempfile.TemporaryDirectory() as folder:
        os.environ["ANYLABEL_PLUS_HOME"] = str(Path(folder) / "home")
        dataset = make_dataset(Path(folder))
        for language in [options.language] if options.language else LANGUAGES:
            out = options.out / language
            out.mkdir(parents=True, exist_ok=True)
            for name in options.names or SHOTS:
                os.environ["ANYLABEL_PLUS_HOME"] = f"{folder}/{language}-{name}-home"
                own = shutil.copytree(dataset, f"{folder}/{language}-{name}/photos/{dataset.name}")
                command = [sys.executable, __file__, "--out", str(out), "--one", name, language, own]
                subprocess.run([*screen(), *command], check=True)


if __name__ == "__main__":
    main()
