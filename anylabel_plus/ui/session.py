"""The session: one object through which every part of the window sees and changes the work.

It is built in layers, each a class with one responsibility, each using only those below it:

    session_base      signals, what is pending
    session_pointing  selection, hover, hidden shapes, tool, label
    session_document  document, edits, strokes, undo
    session_saving    label files, saving, recovery log
    session_image     picture and document of one image, loaded in threads
    session_folder    the folder's list, next and previous
    session_assist    prompts, candidates, the model worker
"""

from __future__ import annotations

from anylabel_plus.ui.session_assist import AssistSession
from anylabel_plus.ui.session_base import Change, Edit, MessageAction, SaveState

__all__ = ["Change", "Edit", "MessageAction", "SaveState", "Session"]


class Session(AssistSession):
    """All layers together; see the modules named above for methods and signals."""
