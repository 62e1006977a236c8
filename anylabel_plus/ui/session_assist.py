"""Prompts and candidates: asks the model worker, latest wins, accepts into the document."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Signal

from anylabel_plus.core.document import add_shapes
from anylabel_plus.inference.base import Candidate, ModelInfo, Prompt
from anylabel_plus.settings import Settings
from anylabel_plus.ui.session_folder import FolderSession

if TYPE_CHECKING:
    from anylabel_plus.inference.client import Client

ASSIST_TOOLS = frozenset({"assist_point", "assist_exclude", "assist_box"})


class AssistSession(FolderSession):
    """The prompt being built on the open image and the model's answers to it."""

    _event = Signal(object)

    def __init__(self, settings: Settings | None = None) -> None:
        super().__init__(settings)
        self.prompt = Prompt()
        self.candidates: tuple[Candidate, ...] = ()
        self.chosen = 0
        self.model_info: ModelInfo | None = None
        self.answer_ms: float | None = None
        """How long the model took for the candidates shown, in ms, None before the first answer."""
        self.stage = ""
        """What the worker is doing ("Encoding image" …), or an empty string."""
        self._client: Client | None = None
        self._generation = 0
        self._event.connect(self._on_event)
        self.image_changed.connect(self._forget_prompt)
        self.tool_changed.connect(self._tool_taken_up)

    # The prompt ------------------------------------------------------------------------------

    def add_prompt_point(self, x: float, y: float, label: int = 1) -> None:
        """Add a point in image pixels; ``label`` 1 includes, 0 excludes. Asks the model at once."""
        points = (*self.prompt.points, (float(x), float(y), int(label)))
        logits = self.candidates[self.chosen].logits if self.candidates else None
        self._set_prompt(Prompt(points, self.prompt.box, logits=logits))

    def set_prompt_box(self, xyxy: tuple[float, float, float, float] | None) -> None:
        """Set or take away the box of the prompt."""
        self._set_prompt(Prompt(self.prompt.points, xyxy))

    def remove_last_prompt_point(self) -> None:
        """Take the last point back, or the box when there is no point."""
        points = self.prompt.points
        self._set_prompt(Prompt(points[:-1], self.prompt.box if points else None))

    def clear_prompt(self) -> None:
        """Drop the prompt and its candidates."""
        if self.prompt.empty and not self.candidates:
            return
        self._set_prompt(Prompt())

    def run_prompt(self) -> None:
        """Ask the model again for the same prompt."""
        self._set_prompt(self.prompt)

    def choose_candidate(self, index: int) -> None:
        """Make candidate ``index`` (counted around both ends) the one to accept."""
        if self.candidates and index % len(self.candidates) != self.chosen:
            self.chosen = index % len(self.candidates)
            self.candidates_changed.emit()

    def accept_candidate(self) -> bool:
        """Turn the chosen candidate into shapes with the current label; False when there is none."""
        if not self.candidates or self.document is None:
            return False
        from anylabel_plus.ui.accepting import accepted_shapes

        shapes = accepted_shapes(
            self.candidates[self.chosen],
            self.label_for_new,
            self.prompt,
            self.model_info,
            self.settings.get("assist.output"),
            self.settings.get("assist.polygon_detail_px"),
        )
        if not shapes:
            self.say("warning", "The candidate is too small to become a shape.")
            return False
        first = self.document.next_id
        self.apply(f"Accept {self.label_for_new}", lambda document: add_shapes(document, shapes))
        self.clear_prompt()
        self.select(range(first, first + len(shapes)))
        return True

    # The worker ------------------------------------------------------------------------------

    def _set_prompt(self, prompt: Prompt) -> None:
        self.prompt = prompt
        self.prompt_changed.emit()
        if prompt.empty or self.image_path is None:
            self._generation = 0
            if self._client is not None:
                self._client.cancel()
            self._ended("model")
            self._set_candidates(())
            return
        self._wait_for("model")
        self._generation = self._engine().segment(self.image_path, prompt, self.settings.get("assist.model"))
        self.busy_changed.emit()

    def _engine(self) -> Client:
        """The client of the worker process; the process starts with the first request."""
        if self._client is None:
            from anylabel_plus.inference.client import Client
            from anylabel_plus.ui.engine_options import service_options

            self._client = Client(service_options(self.settings), self._event.emit)
        return self._client

    def _set_candidates(self, candidates: tuple[Candidate, ...]) -> None:
        if candidates or self.candidates:
            self.candidates, self.chosen = candidates, 0
            self.candidates_changed.emit()

    def _on_event(self, event: Any) -> None:
        """One event of the client, in the GUI thread."""
        handler = getattr(self, f"_on_{type(event).__name__}", None)
        if handler is not None:
            handler(event)
            self.busy_changed.emit()

    def _forget_prompt(self) -> None:
        self.clear_prompt()

    def _tool_taken_up(self, tool: str) -> None:
        if tool in ASSIST_TOOLS and self.image_path is not None:
            # First use: the worker starts and encodes the image while the user looks for a place to click.
            self._engine().prefetch([self.image_path], self.settings.get("assist.model"))
