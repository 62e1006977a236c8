"""The model worker as the session sees it: requests out, events in, its state in words."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Signal

from anylabel_plus.core.errors import UserError
from anylabel_plus.images.choice import FIRST
from anylabel_plus.images.pyramid import HUGE_PIXELS
from anylabel_plus.inference.base import Candidate, Crop, ModelInfo, Prompt
from anylabel_plus.settings import Settings
from anylabel_plus.ui.language import mark, tr
from anylabel_plus.ui.messages import MessageAction
from anylabel_plus.ui.said import said
from anylabel_plus.ui.session.labeling import LabelingSession

if TYPE_CHECKING:
    from anylabel_plus.inference.client import Client
    from anylabel_plus.inference.region import Part

RESTARTED = mark("Model worker restarted. Your shapes are safe. Last prompt was sent again.")
PROVIDERS = {"CPUExecutionProvider": "CPU", "CUDAExecutionProvider": "CUDA", "opencv": "CPU"}
WORKER_SETTINGS = ("models.", "cache.")


class EngineSession(LabelingSession):
    """Owns the client of the worker process; the process starts with the first request."""

    _event = Signal(object)

    def __init__(self, settings: Settings | None = None) -> None:
        super().__init__(settings)
        self.model_info: ModelInfo | None = None
        self.answer_ms: float | None = None
        """How long the model took for the last answer, in ms, None before the first."""
        self.stage = ""
        """What the worker is doing, for example "Encoding image", or an empty string."""
        self.engine_problem = ""
        """Why the model cannot answer at the moment, or an empty string."""
        self._client: Client | None = None
        self._generation = 0
        self._region: Crop | None = None
        self._event.connect(self._on_event)
        self.settings_changed.connect(self._engine_setting_changed)
        self.picture_changed.connect(self._encode_ahead)

    @property
    def provider_text(self) -> str:
        """The badge: device and time ("CPU · 71 ms"), "Loading", or "No model"."""
        if self.model_info is None:
            if self.stage:
                return tr("Loading")
            return tr("No model") if self.engine_problem else tr("CPU ready")
        device = PROVIDERS.get(self.model_info.provider, self.model_info.provider.removesuffix("ExecutionProvider"))
        return device if self.answer_ms is None else tr("{device} · {ms} ms", device=device, ms=f"{self.answer_ms:.0f}")

    @property
    def engine_busy(self) -> bool:
        """True while an answer is awaited."""
        return self._generation != 0

    @property
    def worker_pid(self) -> int | None:
        """Process id of the worker, None while it has not been started."""
        return self._client.pid if self._client is not None else None

    def restart_engine(self) -> None:
        """Stop the worker; the next request starts a new one."""
        if self._client is not None:
            self._client.close()
            self._client = None
        self.model_info, self.answer_ms, self.stage, self.engine_problem = None, None, "", ""
        self._withdraw()
        self.model_changed.emit()

    def _engine(self) -> Client:
        if self._client is None:
            from anylabel_plus.inference.client import Client
            from anylabel_plus.settings import service_options

            self._client = Client(service_options(self.settings), self._event.emit)
        return self._client

    def _request(self, prompt: Prompt) -> None:
        """Ask for candidates; an earlier request that is not answered yet is forgotten."""
        try:
            asked = self._asked_about(prompt)
        except UserError as error:
            self._withdraw()
            self.say("warning", said(error))
            return
        self._wait_for("model")
        self._generation = self._engine().segment(asked, prompt, self.settings.get("assist.model"))
        self.busy_changed.emit()

    def _asked_about(self, prompt: Prompt | None) -> Path | Part:
        """What the model is to see: the file, or the page and bands shown, or of a huge image what is on the screen.

        Raises:
            UserError: the prompt is larger than what a model can see at once, or the image is still being prepared.
        """
        from anylabel_plus.inference import region
        from anylabel_plus.inference.region import Part

        picture = self.picture
        assert self.image_path is not None and picture is not None
        if prompt is None or not picture.huge:
            if picture.width * picture.height > HUGE_PIXELS and not picture.complete:
                raise UserError(tr("This image is still being prepared."), tr("Ask again when it is sharp."))
            return self.image_path if picture.choice == FIRST else Part(self.image_path, picture.choice)
        crop = self._region
        if crop is None or not region.holds(crop, prompt):
            crop = region.region_for(prompt, self.viewed, (picture.width, picture.height))
        self._region = crop  # the clicks of one prompt refine an answer about the same part
        return Part(self.image_path, picture.choice, crop)

    def _withdraw(self) -> None:
        """Forget the request that is under way, and which part of a huge image it was about."""
        self._region = None
        if self._generation and self._client is not None:
            self._client.cancel()
        self._request_ended()

    def _request_ended(self) -> None:
        self._generation, self.stage = 0, ""
        self._ended("model")
        self.busy_changed.emit()

    def prepare_engine(self) -> None:
        """Start the worker if need be and encode the open image, before the first click."""
        if self.image_path is not None and self.document is not None and not self.picture_is_huge:
            self._prefetch([self._asked_about(None)])

    def _encode_ahead(self) -> None:
        """Encode the images shown next, once the worker is in use at all."""
        count = int(self.settings.get("assist.prefetch"))
        if self._client is None or self.image_path is None or self.picture is None or not self.picture.complete:
            return
        rows = range(self.row + 1, min(self.row + 1 + count, len(self.files))) if self.row >= 0 else ()
        current = [] if self.picture_is_huge else [self._asked_about(None)]
        self._prefetch([*current, *(self.files[row].image for row in rows)])

    @property
    def picture_is_huge(self) -> bool:
        """Whether only parts of the open image are ever given to a model."""
        return self.picture is not None and self.picture.width * self.picture.height > HUGE_PIXELS

    def _prefetch(self, images: Sequence[Path | Part]) -> None:
        self._engine().prefetch(list(images), self.settings.get("assist.model"))

    def _engine_setting_changed(self, key: str) -> None:
        if key.startswith(WORKER_SETTINGS) and self._client is not None:
            self.restart_engine()
        elif key == "assist.model":
            self.model_info, self.answer_ms, self.engine_problem = None, None, ""
            self.model_changed.emit()

    # Events of the client, in the GUI thread -----------------------------------------------

    def _on_event(self, event: Any) -> None:
        handlers = {
            "Answered": self._on_answered,
            "Failed": self._on_failed,
            "Busy": self._on_busy,
            "ModelLoaded": self._on_model_loaded,
            "WorkerRestarted": lambda _: self.say("warning", tr(RESTARTED)),
            "WorkerGone": self._on_gone,
        }
        if self._client is not None:
            handlers[type(event).__name__](event)

    def _on_answered(self, event: Any) -> None:
        if event.generation != self._generation:
            return
        answer = event.answer
        self.model_info, self.engine_problem = answer.info, ""
        self.answer_ms = float(answer.timing_ms.get("total", 0.0))
        self._request_ended()
        self.model_changed.emit()
        self._answered(tuple(answer.candidates))

    def _on_failed(self, event: Any) -> None:
        if event.generation not in (self._generation, 0):
            return
        self.engine_problem = f"{said(event.text)} {said(event.hint)}".strip()
        self._request_ended()
        self.model_changed.emit()
        self._answered(())
        self.say("error", self.engine_problem)

    def _on_busy(self, event: Any) -> None:
        self.stage = tr(event.title)
        self.busy_changed.emit()

    def _on_model_loaded(self, event: Any) -> None:
        self.model_info, self.engine_problem = event.info, ""
        self.model_changed.emit()

    def _on_gone(self, event: Any) -> None:
        self.engine_problem = tr("The model worker stopped: {reason}.", reason=event.reason)
        self.model_info = None
        self._request_ended()
        self.model_changed.emit()
        text = tr("{problem} Your shapes are safe.", problem=self.engine_problem)
        self.say("error", text, MessageAction(tr("Start again"), self.restart_engine))

    def _answered(self, candidates: tuple[Candidate, ...]) -> None:
        """Candidates for the newest request; the prompt layer shows them."""
