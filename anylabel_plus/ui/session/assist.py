"""Prompts and candidates: the prompt being built on the open image and the answers to it."""

from __future__ import annotations

from anylabel_plus.core.document import add_shapes
from anylabel_plus.inference.base import Candidate, Prompt
from anylabel_plus.settings import Settings
from anylabel_plus.ui.language import tr
from anylabel_plus.ui.session.engine import EngineSession

ASSIST_TOOLS = frozenset({"assist_point", "assist_exclude", "assist_box"})


class AssistSession(EngineSession):
    """Every change of the prompt asks the model at once; the newest question wins."""

    def __init__(self, settings: Settings | None = None) -> None:
        super().__init__(settings)
        self.prompt = Prompt()
        self.candidates: tuple[Candidate, ...] = ()
        self.chosen = 0
        self.image_changed.connect(self.clear_prompt)
        self.tool_changed.connect(self._tool_taken_up)
        self.model_changed.connect(self._model_may_have_changed)
        self._asked_of = self.settings.get("assist.model")

    def add_prompt_point(self, x: float, y: float, label: int = 1) -> None:
        """Add a point in image pixels; ``label`` 1 includes, 0 excludes."""
        points = (*self.prompt.points, (float(x), float(y), int(label)))
        refined = self.candidates[self.chosen] if self.candidates else None
        logits, crop = (refined.logits, refined.crop) if refined is not None else (None, None)
        self._set_prompt(Prompt(points, self.prompt.box, logits=logits, crop=crop))

    def set_prompt_box(self, xyxy: tuple[float, float, float, float] | None) -> None:
        """Set or take away the box of the prompt."""
        self._set_prompt(Prompt(self.prompt.points, xyxy))

    def remove_last_prompt_point(self) -> None:
        """Take the last point back, or the box when there is no point."""
        points = self.prompt.points
        self._set_prompt(Prompt(points[:-1], self.prompt.box if points else None))

    def move_last_prompt_point(self, x: float, y: float) -> None:
        """Put the last point somewhere else."""
        if self.prompt.points:
            points = (*self.prompt.points[:-1], (float(x), float(y), self.prompt.points[-1][2]))
            self._set_prompt(Prompt(points, self.prompt.box))

    def clear_prompt(self) -> None:
        """Drop the prompt and its candidates."""
        if not self.prompt.empty or self.candidates:
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

        label = self.label_for_new
        shapes = accepted_shapes(
            self.candidates[self.chosen],
            label,
            self.prompt,
            self.model_info,
            self.settings.get("assist.output"),
            self.settings.get("assist.polygon_detail_px"),
        )
        if not shapes:
            self.say("warning", tr("The candidate is too small to become a shape."))
            return False
        first = self.document.next_id
        self.apply(tr("Accept {label}", label=label), lambda document: add_shapes(document, shapes))
        self.clear_prompt()
        self.select(range(first, first + len(shapes)))
        self.ask_for_label()
        return True

    def _set_prompt(self, prompt: Prompt) -> None:
        self.prompt = prompt
        self.prompt_changed.emit()
        if prompt.empty or self.document is None:
            self._withdraw()
            self._answered(())
        else:
            self._request(prompt)

    def _answered(self, found: tuple[Candidate, ...]) -> None:
        least = self.settings.get("assist.min_area_px2")
        candidates = tuple(one for one in found if one.mask.area >= least)
        if candidates or self.candidates:
            self.candidates, self.chosen = candidates, 0
            self.candidates_changed.emit()
        if candidates:
            self._accept_good_one()
        elif found:
            self.say("info", tr("The model found nothing larger than {area} px² here.", area=least))
        elif not self.prompt.empty and not self.engine_problem and not self.engine_busy:
            self.say("info", tr("The model found nothing here. Add a point or draw a box."))

    def _accept_good_one(self) -> None:
        """Accept the best candidate at once, where the settings say that its score is good enough."""
        if not self.settings.get("assist.accept_at_score"):
            return
        best = max(range(len(self.candidates)), key=lambda number: self.candidates[number].score)
        if self.candidates[best].score >= self.settings.get("assist.accept_score"):
            self.chosen = best
            self.accept_candidate()

    def _tool_taken_up(self, tool: str) -> None:
        if tool in ASSIST_TOOLS:
            self.prepare_engine()

    def _model_may_have_changed(self) -> None:
        model = self.settings.get("assist.model")
        if model != self._asked_of:
            self._asked_of = model
            if not self.prompt.empty:
                self._set_prompt(Prompt(self.prompt.points, self.prompt.box))
