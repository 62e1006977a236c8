"""``synth benefit``: does a synthetic set help a student on images labelled by hand?"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from anylabel_plus.cli import output

_TRAINER_HELP = (
    "A command in place of the built-in student, such as: python train.py --train {train} --val {val} --seed {seed} "
    "--steps {steps} --out {out}. It is run without a shell, for each seed with and without the synthetic set. {train} "
    "and {val} are folders of images (links or copies) with label files in labelme's JSON beside them, the real images "
    'in {train}/real, the synthetic ones in {train}/synthetic. It writes {out}/scores.json: {"images": {"a.jpg": 0.7, '
    '...}} with each image of {val} by its path in there, or {"score": 0.7}; higher is better.'
)


def add_to(group: typer.Typer) -> None:
    """Add the command to the group ``synth``."""
    group.command("benefit", help="Tell whether a synthetic set helps a student: PROMOTE, INCONCLUSIVE or REJECT.")(
        benefit
    )


def benefit(
    dataset: Annotated[
        Path, typer.Option("--dataset", help="Labelled by hand; its training split is trained on.", readable=False)
    ],
    synthetic: Annotated[
        Path, typer.Option("--synthetic", help="Folder of synthetic images with their label files.", readable=False)
    ],
    val: Annotated[
        Path | None,
        typer.Option(
            "--val", help="Folder of images labelled by hand. Default: the data set's validation split.", readable=False
        ),
    ] = None,
    seeds: Annotated[int, typer.Option("--seeds", min=1, max=100, help="Students for each of the two arms.")] = 5,
    steps: Annotated[int, typer.Option("--steps", min=1, help="Steps of each student, alike in both arms.")] = 400,
    labels: Annotated[
        str, typer.Option("--labels", metavar="A,B,...", help="Labels that count; others are background. Default: all.")
    ] = "",
    min_effect: Annotated[
        float, typer.Option("--min-effect", min=0.0, max=1.0, help="A smaller difference of the score is none.")
    ] = 0.003,
    trainer: Annotated[str, typer.Option("--trainer", metavar="TEMPLATE", help=_TRAINER_HELP)] = "",
    timeout: Annotated[float, typer.Option("--timeout", min=1.0, help="Seconds for each run of the trainer.")] = 3600.0,
    out: Annotated[
        Path | None, typer.Option("--out", help="Write the report to a .json or .md file.", readable=False)
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> int:
    """Exit code 0 whatever the verdict; 4 when a validation image is not labelled by hand or was trained on."""
    from anylabel_plus.jobs.base import run
    from anylabel_plus.jobs.benefit import BenefitOptions
    from anylabel_plus.jobs.benefit import benefit as job

    names = tuple(part.strip() for part in labels.split(",") if part.strip())
    options = BenefitOptions(
        dataset, synthetic, val, seeds, steps, names, min_effect, trainer=trainer, timeout=timeout, out=out
    )
    progress = output.Progress()
    try:
        report = run(job(options), progress)
    finally:
        progress.close()
    if as_json or report.cancelled:
        return output.finish(report, as_json=as_json)
    for _item, text in report.notes:
        output.say(f"note: {text}")
    for line in report.summary["text"]:
        output.print_result(line)
    if out is not None:
        output.say(f"Report: {out}")
    return report.exit_code
