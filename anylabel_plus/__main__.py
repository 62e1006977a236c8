"""Entry points: the window, or the command line.

The top level stays light: a spawned worker process of a console script runs it again.
"""

from __future__ import annotations

import gc
import os
import sys
from multiprocessing import freeze_support


def main() -> int:
    """``anylabel-plus``: no argument or a path opens the window, anything else is a command."""
    freeze_support()  # must come first: a frozen program starts its workers through here
    from anylabel_plus import cli

    arguments = sys.argv[1:]
    if not cli.is_command_line(arguments):
        return _open_window(arguments)
    from anylabel_plus.cli import native_remarks

    native_remarks.silence()
    return cli.main(arguments)


def window() -> int:
    """``anylabel-plus-window``: always the window."""
    freeze_support()
    return _open_window(sys.argv[1:])


def _need_display() -> None:
    """Qt aborts the process when there is no display; say so before it does."""
    variables = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    if sys.platform.startswith("linux") and not any(os.environ.get(name) for name in variables):
        from anylabel_plus.core.errors import UserError

        raise UserError(
            "There is no display to open a window on.", "The commands work without one: see anylabel-plus --help."
        )


def _open_window(arguments: list[str]) -> int:
    from anylabel_plus.cli import failures

    try:
        _need_display()
        gc.disable()  # nothing is garbage yet; ``run`` switches it on
        from anylabel_plus.ui.app import run

        return run(arguments)
    except BaseException as error:
        return failures.report(error)


if __name__ == "__main__":
    sys.exit(main())
