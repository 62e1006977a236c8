#!/usr/bin/env python3
"""The one list of tasks. Standard library only: it runs before anything is installed.

``python3 dev.py`` lists the tasks; ``python3 dev.py TASK --help`` tells about one.
To add a task: a function with a docstring and ``@task``; its extra words arrive as a list.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
WINDOWS = os.name == "nt"
PYTHON = VENV / ("Scripts/python.exe" if WINDOWS else "bin/python")
TRAIN_VENV = ROOT / ".venv-train"  # torch is large, and types are checked without it
TORCH = "torch==2.13.0"  # first and by itself: resolved with the rest, a larger build than wanted may come
MINIMUM = (3, 11)

# Shared library that Qt's plug-ins may miss -> Debian package that has it.
APT_LIBRARIES = {
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libGLX.so.0": "libglx0",
    "libOpenGL.so.0": "libopengl0",
    "libfontconfig.so.1": "libfontconfig1",
    "libfreetype.so.6": "libfreetype6",
    "libdbus-1.so.3": "libdbus-1-3",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libgthread-2.0.so.0": "libglib2.0-0",
    "libX11.so.6": "libx11-6",
    "libX11-xcb.so.1": "libx11-xcb1",
    "libxcb.so.1": "libxcb1",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-randr.so.0": "libxcb-randr0",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxcb-render.so.0": "libxcb-render0",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-shm.so.0": "libxcb-shm0",
    "libxcb-sync.so.1": "libxcb-sync1",
    "libxcb-util.so.1": "libxcb-util1",
    "libxcb-xfixes.so.0": "libxcb-xfixes0",
    "libxcb-xkb.so.1": "libxcb-xkb1",
    "libwayland-client.so.0": "libwayland-client0",
    "libwayland-cursor.so.0": "libwayland-cursor0",
    "libwayland-egl.so.1": "libwayland-egl1",
    "libstdc++.so.6": "libstdc++6",
    "libz.so.1": "zlib1g",
}

TASKS: dict[str, Callable[[list[str]], None]] = {}


def task(function: Callable[[list[str]], None]) -> Callable[[list[str]], None]:
    """Register a task under its function's name."""
    TASKS[function.__name__.rstrip("_").replace("_", "-")] = function
    return function


def say(text: str) -> None:
    """A line for the person; standard output stays free for what tasks print."""
    print(f"dev.py: {text}", file=sys.stderr, flush=True)


def stop(text: str) -> None:
    """End with one clear line."""
    say(text)
    raise SystemExit(1)


def run(*command: object, env: dict[str, str] | None = None, cwd: Path = ROOT) -> None:
    """Run a command; its failure is ours."""
    words = [str(word) for word in command]
    code = subprocess.run(words, cwd=cwd, env=env, check=False).returncode
    if code:
        say(f"failed with exit code {code}: {' '.join(words)}")
        raise SystemExit(code if 0 < code < 256 else 1)


# --- set-up ---------------------------------------------------------------------------------


def is_root() -> bool:
    """True where apt can be used without asking anybody."""
    return hasattr(os, "geteuid") and os.geteuid() == 0 and shutil.which("apt-get") is not None


def apt(packages: list[str], why: str) -> None:
    """Install Debian packages when root; otherwise stop and name them."""
    names = " ".join(sorted(set(packages)))
    if not is_root():
        stop(f"{why}. Install them first: sudo apt-get install {names}")
    say(f"{why}: installing {names}")
    env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    run("apt-get", "update", "-qq", env=env)
    run("apt-get", "install", "-y", "-qq", "--no-install-recommends", *names.split(), env=env)


def has_venv_module() -> bool:
    """Debian's own Python comes without ensurepip."""
    command = [sys.executable, "-c", "import ensurepip, venv"]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def ensure_venv_module() -> None:
    """Install, or name, the Debian package that brings ``venv``."""
    if not has_venv_module() and shutil.which("apt-get") is None:
        stop(f"This Python ({sys.executable}) has no venv module. Install Python 3.11 or newer with venv.")
    for package in ("python3-venv", f"python{sys.version_info.major}.{sys.version_info.minor}-venv"):
        if not has_venv_module():
            apt([package], "This Python has no venv module")


def requirements_stamp(extras: str) -> str:
    """Changes when the dependencies, the extras or the interpreter change."""
    text = (ROOT / "pyproject.toml").read_bytes() + extras.encode() + sys.version.encode() + str(ROOT).encode()
    return hashlib.sha256(text).hexdigest()


def ensure_environment(extras: str = "", venv: Path = VENV, first: str = "") -> Path:
    """The virtual environment with the package (editable) and the extras, made or brought up to date; its Python.

    ``first`` is installed before, by itself.
    """
    if sys.version_info < MINIMUM:
        stop(f"Python 3.11 or newer is needed; this is {sys.version.split()[0]}.")
    python = venv / PYTHON.relative_to(VENV)
    stamp = venv / f".stamp-{extras or 'core'}"
    wanted = requirements_stamp(extras + first)
    if python.exists() and stamp.exists() and stamp.read_text() == wanted:
        return python
    probe = [str(python), "-m", "pip", "--version"]
    if not python.exists() or subprocess.run(probe, capture_output=True, check=False).returncode:
        ensure_venv_module()
        say(f"making the virtual environment {venv}")
        run(sys.executable, "-m", "venv", "--clear", venv)
    say("installing the program and what it needs (the first time takes minutes)")
    target = f"{ROOT}[{extras}]" if extras else str(ROOT)
    pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    if first:
        run(*pip, first)
    run(*pip, "--editable", target)
    # Where Python may not write bytecode by itself, every start would compile the program again.
    run(python, "-m", "compileall", "-q", ROOT / "anylabel_plus")
    stamp.write_text(wanted)
    return python


def missing_libraries() -> list[str]:
    """Shared libraries that Qt's widgets and its xcb and offscreen plug-ins cannot find (Linux only)."""
    if not sys.platform.startswith("linux") or shutil.which("ldd") is None:
        return []
    where = subprocess.run(
        [PYTHON, "-c", "import importlib.util as u; print(list(u.find_spec('PySide6').submodule_search_locations)[0])"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()
    qt = Path(where) / "Qt"
    objects = [qt / "lib/libQt6Widgets.so.6", qt / "lib/libQt6Gui.so.6"]
    objects += [qt / f"plugins/platforms/libq{name}.so" for name in ("xcb", "offscreen")]
    found = subprocess.run(["ldd", *map(str, objects)], capture_output=True, text=True, check=False).stdout
    return sorted(set(re.findall(r"^\s*(\S+) => not found", found, re.MULTILINE)))


def ensure_qt_libraries() -> None:
    """Install, or name, what Qt misses on this system."""
    missing = missing_libraries()
    if not missing:
        return
    packages = [APT_LIBRARIES[name] for name in missing if name in APT_LIBRARIES]
    unknown = [name for name in missing if name not in APT_LIBRARIES]
    if packages and shutil.which("apt-get"):
        apt(packages, "Qt needs system libraries that are missing")
    elif packages or unknown:
        stop(f"Qt needs system libraries that are missing: {', '.join(missing)}")


def quiet_qt() -> dict[str, str]:
    """Environment for tests and pictures: no display, no desktop theme."""
    env = {k: v for k, v in os.environ.items() if k not in ("XDG_CURRENT_DESKTOP", "QT_QPA_PLATFORMTHEME")}
    return {**env, "QT_QPA_PLATFORM": "offscreen"}


@task
def setup(words: list[str]) -> None:
    """Make the virtual environment with everything for development, and Qt's system libraries."""
    ensure_environment("dev")
    ensure_qt_libraries()
    say(f"ready: {PYTHON}")


# --- the main job ---------------------------------------------------------------------------


@task
def demo(words: list[str]) -> None:
    """Set up, then run the main job on the sample photos; the window opens on the result."""
    parser = argparse.ArgumentParser(prog="dev.py demo", description=demo.__doc__)
    parser.add_argument("--no-window", action="store_true", help="do not open the window at the end")
    parser.add_argument("--output", type=Path, default=ROOT / "demo", help="folder for the results (default: demo)")
    options = parser.parse_args(words)
    ensure_environment()
    ensure_qt_libraries()
    command = [str(PYTHON), str(ROOT / "packaging" / "demo.py"), str(options.output.resolve())]
    if options.no_window or not has_display():
        command.append("--no-window")
    run(*command)


def has_display() -> bool:
    """True where a window can open."""
    if WINDOWS or sys.platform == "darwin":
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


# --- checks ---------------------------------------------------------------------------------


@task
def test(words: list[str]) -> None:
    """Set up and run the tests; further words go to pytest (for example: tests/unit -k masks)."""
    ensure_environment("dev")
    ensure_qt_libraries()
    extra = words or ["-n", "2", "-q"]
    run(PYTHON, "-m", "pytest", *extra, env=quiet_qt())


@task
def lint(words: list[str]) -> None:
    """Style, types, import contracts, and whether docs/reference is up to date."""
    ensure_environment("dev")
    run(PYTHON, "-m", "ruff", "check", ".")
    run(PYTHON, "-m", "ruff", "format", "--check", ".")
    run(PYTHON, "-m", "mypy")
    run(PYTHON.with_name("lint-imports.exe" if WINDOWS else "lint-imports"), "--no-cache")
    reference(["--check"])


@task
def format_(words: list[str]) -> None:
    """Put the code into the project's style."""
    ensure_environment("dev")
    run(PYTHON, "-m", "ruff", "check", "--fix", ".")
    run(PYTHON, "-m", "ruff", "format", ".")


@task
def reference(words: list[str]) -> None:
    """Write docs/reference and docs/guide with the program's own tables; --check only compares."""
    ensure_environment("dev")
    run(PYTHON, ROOT / "packaging" / "make_reference.py", *words, env=quiet_qt())


# --- pictures, measures, packages -----------------------------------------------------------


@task
def screenshots(words: list[str]) -> None:
    """Write pictures of the window to docs/guide/pictures (name some to make only those)."""
    ensure_environment("dev")
    ensure_qt_libraries()
    if sys.platform.startswith("linux") and shutil.which("xvfb-run") is None:
        apt(["xvfb", "xauth"], "Pictures of the window need a virtual screen")
    env = {key: value for key, value in quiet_qt().items() if key != "QT_QPA_PLATFORM"}
    run(PYTHON, ROOT / "packaging" / "make_screenshots.py", *words, env=env)


@task
def samples(words: list[str]) -> None:
    """Make the sample photos again (needs scikit-image)."""
    ensure_environment("samples")
    run(PYTHON, ROOT / "packaging" / "make_samples.py")


@task
def bench(words: list[str]) -> None:
    """Run a benchmark by name (no name: list them); each prints JSON."""
    ensure_environment("dev")
    names = sorted(path.stem for path in (ROOT / "benchmarks").glob("*.py") if not path.stem.startswith("_"))
    if not words or words[0] not in names:
        print("\n".join(names))
        raise SystemExit(0 if not words else 2)
    run(PYTHON, ROOT / "benchmarks" / f"{words[0]}.py", *words[1:])


@task
def train_pocket(words: list[str]) -> None:
    """Train the built-in model, export it, measure it (--help tells more); --self-test tries it all."""
    if "--self-test" in words:
        python = ensure_environment("train,dev", TRAIN_VENV, TORCH)
        run(python, "-m", "pytest", "-m", "train", "-q", ROOT / "tests" / "training", env=quiet_qt())
        return
    python = ensure_environment("train", TRAIN_VENV, TORCH)
    hand_over(python, "-m", "anylabel_plus.training.pocket.command", *words)


def hand_over(*command: object) -> None:
    """Go on as another program, at low priority. It gets Ctrl+C and SIGTERM itself and may take its time to end."""
    words = [str(word) for word in command]
    if not WINDOWS:
        os.nice(19)
        os.execv(words[0], words)
    process = subprocess.Popen(words, creationflags=getattr(subprocess, "IDLE_PRIORITY_CLASS", 0))
    while True:
        try:
            raise SystemExit(process.wait())
        except KeyboardInterrupt:
            continue


@task
def package(words: list[str]) -> None:
    """Build the program folder dist/anylabel-plus with PyInstaller; --smoke also tries it."""
    ensure_environment("package")
    ensure_qt_libraries()
    if sys.platform.startswith("linux") and shutil.which("objdump") is None:
        apt(["binutils"], "PyInstaller needs objdump")
    run(
        *(PYTHON, "-m", "PyInstaller", "--noconfirm", "--clean", "--log-level", "WARN"),
        *("--distpath", ROOT / "dist", "--workpath", ROOT / "build" / "pyinstaller"),
        ROOT / "packaging" / "anylabel_plus.spec",
    )
    say(f"built {ROOT / 'dist' / 'anylabel-plus'}")
    if "--smoke" in words:
        smoke([])


@task
def smoke(words: list[str]) -> None:
    """Try the packaged program: window, worker, prompt, save, export, command line."""
    if sys.platform.startswith("linux") and not (shutil.which("xvfb-run") and shutil.which("xdotool")):
        apt(["xvfb", "xauth", "xdotool", "procps"], "The smoke test needs a virtual screen and xdotool")
    prefix = [] if has_display() else ["xvfb-run", "-a", "-s", "-screen 0 1920x1080x24"]
    run(*prefix, sys.executable, ROOT / "packaging" / "smoke.py", *words)


@task
def wheel(words: list[str]) -> None:
    """Build the wheel into dist."""
    ensure_environment("dev")
    run(PYTHON, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", ROOT / "dist", ROOT)


def main() -> None:
    """Run the task named first on the command line."""
    words = sys.argv[1:]
    if not words or words[0] in ("-h", "--help") or words[0] not in TASKS:
        print("usage: python3 dev.py TASK [...]\n")
        for name, function in TASKS.items():
            print(f"  {name:12} {(function.__doc__ or '').splitlines()[0]}")
        raise SystemExit(0 if not words or words[0].startswith("-") else 2)
    function = TASKS[words[0]]
    if words[1:] in (["-h"], ["--help"]) and words[0] not in ("demo", "train-pocket"):
        print(function.__doc__)
        return
    function(words[1:])


if __name__ == "__main__":
    main()
