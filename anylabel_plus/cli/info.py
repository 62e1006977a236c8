"""``info``: what is installed, what works, where things are."""

from __future__ import annotations

import importlib.metadata
import platform
from typing import Annotated, Any

import typer

from anylabel_plus import __version__, paths
from anylabel_plus.cli import failures, output

_PACKAGES = ("numpy", "opencv-python-headless", "pillow", "PySide6-Essentials", "msgspec", "typer")


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("info", help="Versions, devices with a self-test, folders, problems.")(info)


def info(as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False) -> int:
    """Print what is known of this installation."""
    facts = collect()
    if as_json:
        output.print_json(facts)
    else:
        _print(facts)
    return 0


def collect() -> dict[str, Any]:
    """Everything ``info`` tells, as plain data. Runs a real inference on each provider."""
    from anylabel_plus.core.errors import UserError
    from anylabel_plus.inference import runtime
    from anylabel_plus.settings import Settings

    settings = Settings()
    problems = list(settings.problems)
    conflict = runtime.package_conflict()
    if conflict:
        problems.append(conflict)
    try:
        providers = runtime.self_test(runtime.RuntimeOptions("auto", settings.get("models.threads")))
    except UserError as error:
        providers = []
        problems.append(str(error))
    problems += [f"{report.provider}: {report.reason}" for report in providers[-1:] if not report.ok]  # the CPU
    return {
        "version": __version__,
        "python": platform.python_version(),
        "platform": platform.platform(),
        "frozen": paths.frozen(),
        "cores": runtime.core_count(),
        "packages": _versions() | runtime.installed_packages(),
        "providers": [
            {"provider": report.provider, "ok": report.ok, "ms": report.ms, "reason": report.reason}
            for report in providers
        ],
        "provider": next((report.provider for report in providers if report.ok), None),
        "device": settings.get("models.device"),
        "model": settings.get("assist.model"),
        "paths": {
            "settings": str(settings.path),
            "models": settings.get("models.folder") or str(paths.user_data("models")),
            "cache": str(paths.user_cache()),
            "log": str(failures.log_path()),
            "resources": str(paths.resources()),
        },
        "problems": problems,
    }


def _versions() -> dict[str, str]:
    found = {}
    for name in _PACKAGES:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue  # a frozen program carries no metadata of some packages
    return found


def _print(facts: dict[str, Any]) -> None:
    line = output.print_result
    line(f"AnyLabel Plus {facts['version']}, Python {facts['python']}, {facts['platform']}")
    for name, version in facts["packages"].items():
        line(f"  {name} {version}")
    line(f"Devices ({facts['cores']} cores; the setting models.device is {facts['device']}):")
    for report in facts["providers"]:
        state = f"works, {report['ms']} ms" if report["ok"] else f"not usable: {report['reason']}"
        line(f"  {report['provider']}: {state}")
    line("Folders:")
    for name, path in facts["paths"].items():
        line(f"  {name}: {path}")
    for problem in facts["problems"]:
        line(f"Problem: {problem}")
