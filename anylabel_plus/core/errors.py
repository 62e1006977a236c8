"""The errors that a user can act on. Everything else that is raised is a bug and stays one."""

from __future__ import annotations


class UserError(Exception):
    """Something the user can put right.

    Args:
        text: one clear sentence that names the file, the shape and the value concerned.
        hint: what to do about it, or an empty string.

    Chain the low-level cause with ``raise UserError(...) from cause``. The command line prints
    ``text`` and ``hint`` on one line and exits with ``exit_code``; the window shows both.
    """

    exit_code = 1

    def __init__(self, text: str, hint: str = "") -> None:
        super().__init__(text)
        self.text = text
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.text} {self.hint}".strip()

    def __reduce__(self) -> tuple[type[UserError], tuple[str, str]]:
        # Travels between processes with its hint.
        return type(self), (self.text, self.hint)


class FirewallError(UserError):
    """Machine-made data was about to enter a validation set."""

    exit_code = 4


class Cancelled(Exception):
    """The user stopped the work; never shown as an error."""

    exit_code = 130
