"""Composites at 1080p against a floor of the same form, on one core. Prints one JSON object.

The floor does what no cut and paste can do without: a copy of the background, per object one affine warp, an alpha
blend in its box and an owner mask, then tight boxes, a JPEG and a text file. Same cutouts, backgrounds, number of
pastes and range of sizes; both take turns in one process, CPU time counts. Then: how much two workers help (wall
clock, start left out: needs two idle cores), and the memory of one process with a bank of 2,000 cutouts.

``python benchmarks/synthesis.py`` makes its own cutouts and backgrounds;
``python benchmarks/synthesis.py BANK BACKGROUNDS`` takes those of an object bank and a folder.
``--workers`` before them measures the workers only.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from anylabel_plus.jobs.base import ItemDone
from anylabel_plus.jobs.synth_pool import Work, make, open_composer
from anylabel_plus.jobs.synthesize import SynthesizeOptions, planned, synthesize
from anylabel_plus.synthesis.bank import cutout_id, open_bank
from anylabel_plus.synthesis.bank_file import BANK_FILE, CUTOUTS_FOLDER, BankContent, bank_bytes
from anylabel_plus.synthesis.recipe import BLENDS, Recipe, to_json
from anylabel_plus.synthesis.scene import Cutout, LabelPrior, Rgba, SourceRef

WIDTH, HEIGHT, PASTES, QUALITY = 1920, 1080, 8, 92
SIZES = (1 / 13, 1 / 2.4)
ROUNDS, PER_ROUND = 5, 8
WORKER_PICTURES, WARM = 120, 20
MANY = 2000
RECIPE = replace(
    Recipe(), objects=(PASTES, PASTES), scale="uniform", size=SIZES, max_enlarge=4.0, output_size=f"{WIDTH}x{HEIGHT}"
)


def blob(random: np.random.Generator, side: int) -> Rgba:
    """A textured thing of irregular outline with a soft edge."""
    angles = np.linspace(0, 2 * np.pi, 40, endpoint=False)
    reach = side * (0.34 + 0.12 * random.random(40))
    points = np.stack((np.cos(angles) * reach, np.sin(angles) * reach), axis=1) + side / 2
    alpha = np.zeros((side, side), np.uint8)
    cv2.fillPoly(alpha, [np.round(points).astype(np.int32)], 255)
    coarse = random.integers(0, 256, (9, 9, 3), dtype=np.uint8)
    colour = cv2.resize(coarse, (side, side), interpolation=cv2.INTER_CUBIC)
    colour = cv2.add(colour, random.integers(0, 20, colour.shape, dtype=np.uint8))
    return np.dstack((colour, cv2.GaussianBlur(alpha, (0, 0), 1.0)))


def make_bank(root: Path, count: int) -> Path:
    """A bank of ``count`` cutouts of 200 to 700 pixels."""
    (root / CUTOUTS_FOLDER).mkdir(parents=True)
    random = np.random.default_rng(1)
    cutouts = []
    for number in range(count):
        side = int(random.integers(200, 700))
        pixels, label = blob(random, side), f"thing {number % 5}"
        name, area = cutout_id(label, pixels), int((pixels[..., 3] >= 128).sum())
        source = SourceRef(f"{number}.png", width=side, height=side, box=(0, 0, side, side))
        cutouts.append(Cutout(name, label, side, side, area, source))
        cv2.imwrite(str(root / CUTOUTS_FOLDER / f"{name}.png"), cv2.cvtColor(pixels, cv2.COLOR_RGBA2BGRA))
    labels = sorted({one.label for one in cutouts})
    content = BankContent(tuple(cutouts), {label: LabelPrior(label) for label in labels}, dict.fromkeys(labels, 9))
    (root / BANK_FILE).write_bytes(bank_bytes(content))
    return root


def make_backgrounds(root: Path, count: int = 8) -> Path:
    """Photos of camera size, with noise."""
    root.mkdir()
    random = np.random.default_rng(0)
    for number in range(count):
        coarse = random.integers(20, 236, (27, 48, 3), dtype=np.uint8)
        photo = cv2.resize(coarse, (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC)
        photo = cv2.add(photo, random.integers(0, 10, photo.shape, dtype=np.uint8))
        cv2.imwrite(str(root / f"{number}.jpg"), photo, [cv2.IMWRITE_JPEG_QUALITY, 93])
    return root


class Floor:
    """The least that a picture takes."""

    def __init__(self, cutouts: list[NDArray[np.uint8]], backgrounds: list[NDArray[np.uint8]], out: Path) -> None:
        self._cutouts, self._backgrounds, self._out = cutouts, backgrounds, out
        self._random = np.random.default_rng(2)

    def picture(self, number: int) -> None:
        """Make and write one."""
        canvas = self._backgrounds[number % len(self._backgrounds)].copy()
        owner = np.zeros((HEIGHT, WIDTH), np.uint8)
        for paste in range(1, PASTES + 1):
            self._paste(canvas, owner, paste)
        lines = []
        for paste in range(1, PASTES + 1):
            x, y, width, height = cv2.boundingRect(cv2.compare(owner, paste, cv2.CMP_EQ))
            if width:
                lines.append(f"0 {(x + width / 2) / WIDTH:.6f} {(y + height / 2) / HEIGHT:.6f} {width} {height}")
        _, data = cv2.imencode(".jpg", canvas, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
        (self._out / f"{number}.jpg").write_bytes(data.tobytes())
        (self._out / f"{number}.txt").write_text("\n".join(lines))

    def _paste(self, canvas: NDArray[np.uint8], owner: NDArray[np.uint8], paste: int) -> None:
        random = self._random
        cutout = self._cutouts[int(random.integers(len(self._cutouts)))]
        height, width = cutout.shape[:2]
        scale = float(random.uniform(*SIZES)) * WIDTH / max(height, width)
        matrix = cv2.getRotationMatrix2D((width / 2, height / 2), float(random.uniform(-15, 15)), scale)
        cosine, sine = abs(matrix[0, 0]), abs(matrix[0, 1])
        w, h = int(height * sine + width * cosine) + 1, int(height * cosine + width * sine) + 1
        x, y = int(random.integers(-w // 4, WIDTH - 3 * w // 4)), int(random.integers(-h // 4, HEIGHT - 3 * h // 4))
        x1, y1, x2, y2 = max(x, 0), max(y, 0), min(x + w, WIDTH), min(y + h, HEIGHT)
        if x2 <= x1 or y2 <= y1:
            return
        matrix[:, 2] += (w / 2 - width / 2 - (x1 - x), h / 2 - height / 2 - (y1 - y))
        moved = cv2.warpAffine(cutout, matrix, (x2 - x1, y2 - y1), flags=cv2.INTER_LINEAR)
        alpha = moved[:, :, 3]
        weight = cv2.merge((alpha, alpha, alpha))
        part = canvas[y1:y2, x1:x2]
        front = cv2.multiply(np.ascontiguousarray(moved[:, :, :3]), weight, scale=1 / 255)
        back = cv2.multiply(part, cv2.bitwise_not(weight), scale=1 / 255)
        cv2.add(front, back, dst=part)
        cv2.copyTo(np.full(alpha.shape, paste, np.uint8), cv2.compare(alpha, 127, cv2.CMP_GT), owner[y1:y2, x1:x2])


def floor_of(bank: Path, backgrounds: Path, out: Path) -> Floor:
    """With everything decoded once."""
    opened = open_bank(bank)
    cutouts = [cv2.cvtColor(opened.read(one), cv2.COLOR_RGBA2BGRA) for one in opened.usable()[:200]]
    read = [cv2.imread(str(path)) for path in sorted(backgrounds.iterdir()) if path.is_file()]
    photos = [cv2.resize(one, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA) for one in read if one is not None]
    return Floor(cutouts, photos, out)


def speed(bank: Path, backgrounds: Path, out: Path, blend: str) -> dict[str, Any]:
    """Pictures for each second of CPU time, ours and the floor's, in turns."""
    floor = floor_of(bank, backgrounds, out)
    work = work_of(bank, backgrounds, out, blend)
    composer = open_composer(work)
    for number in range(PER_ROUND * 2):  # both know all their pictures
        floor.picture(number)
        make(composer, work, number)
    ours, theirs = [], []
    for turn in range(ROUNDS):
        numbers = range(turn * PER_ROUND, (turn + 1) * PER_ROUND)
        start = time.process_time()
        for number in numbers:
            floor.picture(number)
        middle = time.process_time()
        for number in numbers:
            assert not make(composer, work, number).failed
        theirs.append(PER_ROUND / (middle - start))
        ours.append(PER_ROUND / (time.process_time() - middle))
    ratios = [a / b for a, b in zip(ours, theirs, strict=True)]
    return {
        "pictures_per_cpu_s": round(statistics.median(ours), 2),
        "floor_per_cpu_s": round(statistics.median(theirs), 2),
        "ratio": round(statistics.median(ratios), 3),
        "ratio_range": [round(min(ratios), 3), round(max(ratios), 3)],
    }


def work_of(bank: Path, backgrounds: Path, out: Path, blend: str) -> Work:
    """What a worker gets."""
    return planned(options_of(bank, backgrounds, out, blend), writes=False).work


def options_of(bank: Path, backgrounds: Path, out: Path, blend: str = "gaussian") -> SynthesizeOptions:
    """A run of this benchmark."""
    text = json.dumps(to_json(replace(RECIPE, blend=blend)))
    return SynthesizeOptions(
        bank, backgrounds, out, WORKER_PICTURES, recipe_text=text, quality=QUALITY, certified_empty=True
    )


def cpu_s() -> float:
    """CPU seconds of this process and of the workers that live."""
    import psutil

    me = psutil.Process()
    return sum(sum(one.cpu_times()[:2]) for one in (me, *me.children(recursive=True)))


def rate(options: SynthesizeOptions) -> tuple[float, float]:
    """Of a whole job without its first pictures: how many a second, and CPU seconds for each."""
    marks = []
    for event in synthesize(options):
        if isinstance(event, ItemDone):
            marks.append((time.perf_counter(), cpu_s() if len(marks) + 1 in (WARM, options.count) else 0.0))
    (start, cpu), (end, cpu_end), made = marks[WARM - 1], marks[-1], len(marks) - WARM
    return made / (end - start), (cpu_end - cpu) / made


def workers(bank: Path, backgrounds: Path, folder: Path) -> dict[str, Any]:
    """Pictures a second by wall clock, with one worker and with two; and the CPU time of each picture, which tells on
    a busy machine what two workers would come to if nothing else ran."""
    one, two = (rate(replace(options_of(bank, backgrounds, folder / f"w{count}"), workers=count)) for count in (1, 2))
    return {
        "one_per_s": round(one[0], 2),
        "two_per_s": round(two[0], 2),
        "ratio": round(two[0] / one[0], 2),
        "one_cpu_s": round(one[1], 4),
        "two_cpu_s": round(two[1], 4),
        "ratio_by_cpu": round(2 * one[1] / two[1], 2),
    }


def peak_mb(bank: Path, backgrounds: Path, out: Path) -> None:
    """Make pictures and print the most memory that this process held."""
    import resource

    cv2.setNumThreads(1)
    work = work_of(bank, backgrounds, out, "gaussian")
    composer = open_composer(work)
    for number in range(WORKER_PICTURES):
        make(composer, work, number)
    print(int(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss) >> 10)


def main() -> None:
    """Measure and print."""
    if sys.argv[1:2] == ["--peak"]:
        peak_mb(*map(Path, sys.argv[2:5]))
        return
    cv2.setNumThreads(1)
    words = [word for word in sys.argv[1:] if word != "--workers"]
    with tempfile.TemporaryDirectory() as folder:
        top = Path(folder)
        given = [Path(word) for word in words[:2]]
        bank, backgrounds = given or (make_bank(top / "bank", 60), make_backgrounds(top / "backgrounds"))
        if "--workers" in sys.argv:
            print(json.dumps(workers(bank, backgrounds, top)))
            return
        (top / "out").mkdir()
        blends = {blend: speed(bank, backgrounds, top / "out", blend) for blend in BLENDS[:-1]}
        help_of_two = workers(bank, backgrounds, top)
        many = make_bank(top / "many", MANY)
        peak = [sys.executable, __file__, "--peak", str(many), str(backgrounds), str(top / "out")]
        memory = subprocess.run(peak, check=True, capture_output=True, text=True).stdout
        sizes = {"pictures": f"{WIDTH} x {HEIGHT}", "pastes": PASTES}
        print(json.dumps({**sizes, "blends": blends, "workers": help_of_two, "peak_mb_2000": int(memory)}, indent=1))


if __name__ == "__main__":
    main()
