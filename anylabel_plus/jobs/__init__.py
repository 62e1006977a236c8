"""Folder work: each item is finished on disk before the next starts.

To add a job:
 1. a module here with a frozen options dataclass (its fields made by ``options.option``) and a
    generator of events (see ``base``) that takes the options, and the service options when it
    needs a model;
 2. its row in JOBS; command and dialog are built from it.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from anylabel_plus.inference.protocol import ServiceOptions
    from anylabel_plus.jobs.base import Job


@dataclass(frozen=True, slots=True)
class JobRow:
    """One job; ``module`` is imported only when the job is looked into or run.

    ``faces`` False: the job has commands and dialogs of its own, none are made from its options.
    """

    id: str
    title: str
    note: str
    icon: str
    module: str
    function: str
    options: str
    uses_model: bool = False
    changes_dataset: bool = False
    faces: bool = True

    def options_type(self) -> type[Any]:
        """The options dataclass; its rows are ``options.rows(...)``."""
        kind: type[Any] = getattr(importlib.import_module(f"{__name__}.{self.module}"), self.options)
        return kind

    def start(self, options: Any, service: ServiceOptions | None = None) -> Job:
        """The generator that does the work."""
        function = getattr(importlib.import_module(f"{__name__}.{self.module}"), self.function)
        job: Job = function(options, service) if self.uses_model else function(options)
        return job


JOBS: dict[str, JobRow] = {
    row.id: row
    for row in (
        JobRow(
            "import",
            "Import",
            "Make a data set from VOC, COCO or YOLO files.",
            "ph.download-simple",
            "imports",
            "import_",
            "ImportJobOptions",
            changes_dataset=True,
        ),
        JobRow(
            "enrich",
            "Boxes to masks",
            "Add masks to the boxes of a data set.",
            "ph.selection-plus",
            "enrich",
            "enrich",
            "EnrichOptions",
            uses_model=True,
            changes_dataset=True,
        ),
        JobRow(
            "autolabel",
            "Auto-label",
            "Let a model propose shapes for a data set.",
            "ph.magic-wand",
            "autolabel",
            "autolabel",
            "AutolabelOptions",
            uses_model=True,
            changes_dataset=True,
        ),
        JobRow(
            "export",
            "Export",
            "Write a data set as COCO, YOLO, VOC or mask images.",
            "ph.export",
            "exports",
            "export",
            "ExportJobOptions",
        ),
        JobRow(
            "overlays",
            "Overlay pictures",
            "Draw the shapes of a data set on copies of its images.",
            "ph.image-square",
            "overlays",
            "overlays",
            "OverlayOptions",
        ),
        JobRow(
            "relabel",
            "Change labels",
            "Rename, merge or delete labels in all label files of a data set.",
            "ph.tag-simple",
            "relabel",
            "relabel",
            "RelabelOptions",
            changes_dataset=True,
            faces=False,
        ),
        JobRow(
            "bank",
            "Object bank",
            "Cut out the objects of a data set, for synthesis.",
            "ph.scissors",
            "bank",
            "build",
            "BankOptions",
            uses_model=True,
            faces=False,
        ),
        JobRow(
            "synthesize",
            "Cut and paste",
            "Make labelled pictures by pasting objects of a bank on backgrounds.",
            "ph.images",
            "synthesize",
            "synthesize",
            "SynthesizeOptions",
            faces=False,
        ),
        JobRow(
            "benefit",
            "Benefit report",
            "Tell whether a synthetic set helps a student on images labelled by hand.",
            "ph.scales",
            "benefit",
            "benefit",
            "BenefitOptions",
            faces=False,
        ),
    )
}


def start(job_id: str, options: Mapping[str, Any], service: ServiceOptions | None = None) -> Job:
    """The generator of the job ``job_id`` with options as plain JSON data.

    Raises:
        UserError: an option is unknown, missing or out of range.
        KeyError: no such job.
    """
    from anylabel_plus.jobs.options import from_json

    row = JOBS[job_id]
    return row.start(from_json(row.options_type(), options), service)
