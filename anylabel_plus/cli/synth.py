"""``synth``: composites of a bank's objects on backgrounds, a sheet of them, how long they take, and their recipe."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from anylabel_plus.cli import benefit, output
from anylabel_plus.jobs.vetoes import REASONS

_MOST = 10_000_000
_Bank = Annotated[Path, typer.Option("--bank", help="The object bank; see: bank build.", readable=False)]
_Backgrounds = Annotated[
    Path,
    typer.Option(
        "--backgrounds", help="Folder of pictures. Those with label files keep their objects.", readable=False
    ),
]
_Recipe = Annotated[
    Path | None, typer.Option("--recipe", help="TOML file; see: synth recipe. Default: its values.", readable=False)
]
_Set = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KNOB=VALUE", help="One knob of the recipe, such as blend=poisson; repeatable."),
]
_Seed = Annotated[int, typer.Option("--seed", min=0, max=2**63 - 1, help="The same seed gives the same pictures.")]
_Size = Annotated[
    str, typer.Option("--size", metavar="WxH", help="Size of the pictures, or background; in place of the recipe's.")
]
_Unlabelled = Annotated[bool, typer.Option("--unlabelled-only", help="Only backgrounds without shapes.")]
_LeaveOut = Annotated[
    bool,
    typer.Option(
        "--leave-out-held-out", help="Leave out what is in a validation or test split, instead of an error (4)."
    ),
]
_Certified = Annotated[
    bool,
    typer.Option("--certified-empty", help="Somebody looked: no background shows a target that has no label."),
]
_WithVetoed = Annotated[bool, typer.Option("--with-vetoed", help="Also pictures that have a veto; see: synth veto.")]
_Format = Annotated[str, typer.Option("--format", metavar="jpeg|png", help="Of the pictures.")]
_Quality = Annotated[int, typer.Option("--quality", min=1, max=100, help="Of JPEG pictures.")]
_Workers = Annotated[int, typer.Option("--workers", min=0, max=256, help="Processes; 0: one for each core.")]
_Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


def register(app: typer.Typer) -> None:
    """Add the group."""
    group = typer.Typer(help="Make labelled pictures by pasting objects on backgrounds.", no_args_is_help=True)
    group.command("cutpaste", help="Make pictures; run it again to go on after an interruption.")(cutpaste)
    group.command("preview", help="Write a sheet of the first pictures to look at.")(preview)
    group.command("estimate", help="Say how long a run would take, and how large it would be.")(estimate)
    group.command("recipe", help="Print the recipe with what each knob means, or write it to a file.")(recipe)
    group.command("veto", help="Have pictures left out that are not wanted, or list them.")(veto)
    benefit.add_to(group)
    app.add_typer(group, name="synth")


def cutpaste(
    bank: _Bank,
    backgrounds: _Backgrounds,
    out: Annotated[
        Path, typer.Option("--out", help="New or empty folder for them, or that of a run to go on.", readable=False)
    ],
    count: Annotated[int, typer.Option("--count", min=1, max=_MOST, help="How many pictures.")],
    recipe: _Recipe = None,
    settings: _Set = None,
    seed: _Seed = 0,
    size: _Size = "",
    workers: _Workers = 0,
    format: _Format = "jpeg",
    quality: _Quality = 92,
    instances: Annotated[
        bool,
        typer.Option("--instances", help="Also 16-bit PNGs of object numbers, in OUT/.anylabel_plus/instances."),
    ] = False,
    unlabelled_only: _Unlabelled = False,
    leave_out_held_out: _LeaveOut = False,
    certified_empty: _Certified = False,
    with_vetoed: _WithVetoed = False,
    as_json: _Json = False,
) -> int:
    """Exit code 3 when a picture failed, 4 when a held-out picture would be used."""
    from anylabel_plus.jobs.base import run
    from anylabel_plus.jobs.synthesize import SynthesizeOptions, synthesize

    options = SynthesizeOptions(
        bank,
        backgrounds,
        out,
        count,
        recipe_text=_recipe_text(recipe, settings),
        seed=seed,
        size=size,
        workers=workers,
        format=_choice(format),
        quality=quality,
        instances=instances,
        unlabelled_only=unlabelled_only,
        leave_out_held_out=leave_out_held_out,
        certified_empty=certified_empty,
        with_vetoed=with_vetoed,
    )
    progress = output.Progress()
    try:
        report = run(synthesize(options), progress)
    finally:
        progress.close()
    code = output.finish(report, as_json=as_json)
    if not as_json:
        _tell(report.summary)
    return code


def preview(
    bank: _Bank,
    backgrounds: _Backgrounds,
    out: Annotated[Path, typer.Option("--out", help="The sheet: a .png or .jpg file.", readable=False)],
    count: Annotated[int, typer.Option("--count", min=1, max=400, help="How many pictures are on it.")] = 9,
    side: Annotated[int, typer.Option("--side", min=64, max=4096, help="Longest side of each, in pixels.")] = 480,
    labels: Annotated[bool, typer.Option("--labels/--no-labels", help="Draw the shapes.")] = True,
    recipe: _Recipe = None,
    settings: _Set = None,
    seed: _Seed = 0,
    size: _Size = "",
    unlabelled_only: _Unlabelled = False,
    leave_out_held_out: _LeaveOut = False,
    certified_empty: _Certified = False,
    with_vetoed: _WithVetoed = False,
    as_json: _Json = False,
) -> int:
    """The same pictures as ``cutpaste`` with the same options would make, reduced."""
    from anylabel_plus.jobs import synth_samples
    from anylabel_plus.jobs.synthesize import SynthesizeOptions, planned

    synth_samples.check_sheet(out)
    options = SynthesizeOptions(
        bank,
        backgrounds,
        Path(),
        count,
        recipe_text=_recipe_text(recipe, settings),
        seed=seed,
        size=size,
        unlabelled_only=unlabelled_only,
        leave_out_held_out=leave_out_held_out,
        certified_empty=certified_empty,
        with_vetoed=with_vetoed,
    )
    plan = planned(options, writes=False)
    page, remarks = synth_samples.sheet(plan, count, labels=labels, side=side)
    synth_samples.save_sheet(out, page)
    notes = [*plan.notes, *remarks]
    if as_json:
        output.print_json(
            {
                "sheet": str(out),
                "pictures": count,
                "numbers": list(plan.numbers(count)),
                "recipe": plan.facts["recipe_hash"],
                "seed": seed,
                "notes": notes,
            }
        )
        return 0
    _say_notes(notes)
    output.say(f"{out}: {count} pictures, recipe {plan.facts['recipe_hash']}")
    return 0


def estimate(
    bank: _Bank,
    backgrounds: _Backgrounds,
    count: Annotated[int, typer.Option("--count", min=1, max=_MOST, help="How many pictures.")],
    recipe: _Recipe = None,
    settings: _Set = None,
    seed: _Seed = 0,
    size: _Size = "",
    workers: _Workers = 0,
    format: _Format = "jpeg",
    quality: _Quality = 92,
    unlabelled_only: _Unlabelled = False,
    leave_out_held_out: _LeaveOut = False,
    samples: Annotated[int, typer.Option("--samples", min=1, max=100, help="Pictures made for it, in memory.")] = 4,
    as_json: _Json = False,
) -> int:
    """Makes a few pictures in memory; nothing is written."""
    from anylabel_plus.inference.runtime import core_count
    from anylabel_plus.jobs import synth_samples
    from anylabel_plus.jobs.synthesize import SynthesizeOptions, planned

    options = SynthesizeOptions(
        bank,
        backgrounds,
        Path(),
        count,
        recipe_text=_recipe_text(recipe, settings),
        seed=seed,
        size=size,
        format=_choice(format),
        quality=quality,
        unlabelled_only=unlabelled_only,
        leave_out_held_out=leave_out_held_out,
    )
    plan = planned(options, writes=False)
    found = synth_samples.estimate(plan, count, workers or core_count(), samples)
    if as_json:
        output.print_json(found.to_json())
        return 0
    output.print_result(
        f"{found.pictures} pictures: {_time(found.seconds)} with {found.workers} "
        f"{'process' if found.workers == 1 else 'processes'}, {found.bytes / 1e6:,.0f} MB"
    )
    return 0


def recipe(
    out: Annotated[
        Path | None, typer.Option("--out", help="Write it to this file, which must not exist yet.", readable=False)
    ] = None,
    recipe: _Recipe = None,
    settings: _Set = None,
    replace: Annotated[bool, typer.Option("--replace", help="Replace the file.")] = False,
    as_json: _Json = False,
) -> int:
    """The default recipe, or another one with all its knobs."""
    from anylabel_plus.core.errors import UserError
    from anylabel_plus.jobs.recipe_file import save_recipe, to_toml
    from anylabel_plus.synthesis.recipe import recipe_hash, to_json

    value = _recipe(recipe, settings)
    if out is not None:
        if out.exists() and not replace:
            raise UserError(f"{out}: exists already.", "Give another name, or --replace.")
        save_recipe(out, value)
    if as_json:
        output.print_json({"hash": recipe_hash(value), "recipe": to_json(value), "file": str(out) if out else None})
    elif out is not None:
        output.say(f"{out}: recipe {recipe_hash(value)}")
    else:
        for line in to_toml(value).splitlines():
            output.print_result(line)
    return 0


def veto(
    bank: _Bank,
    pictures: Annotated[
        list[int] | None,
        typer.Argument(help="Numbers of pictures; none lists the vetoes.", metavar="[NUMBER...]", min=0),
    ] = None,
    recipe: _Recipe = None,
    settings: _Set = None,
    seed: _Seed = 0,
    size: _Size = "",
    reason: Annotated[str, typer.Option("--reason", help=f"Why: {', '.join(REASONS)}, or words.")] = "other",
    undo: Annotated[bool, typer.Option("--undo", help="Take the vetoes of these pictures back.")] = False,
    as_json: _Json = False,
) -> int:
    """A run with the same bank, recipe and seed makes later pictures in their place."""
    from dataclasses import asdict

    from anylabel_plus.cli.failures import UsageError
    from anylabel_plus.jobs.recipe_file import resized
    from anylabel_plus.jobs.vetoes import Veto, add_vetoes, read_vetoes, remove_vetoes
    from anylabel_plus.synthesis.bank import open_bank
    from anylabel_plus.synthesis.recipe import recipe_hash

    if undo and not pictures:
        raise UsageError("--undo needs the numbers of pictures.")
    root = open_bank(bank).root
    name = recipe_hash(resized(_recipe(recipe, settings), size))
    if not pictures:
        kept = read_vetoes(root)
    elif undo:
        kept = remove_vetoes(root, name, seed, pictures)
    else:
        kept = add_vetoes(root, [Veto(name, seed, number, reason.strip() or "other") for number in pictures])
    if as_json:
        output.print_json({"bank": str(root), "recipe": name, "seed": seed, "vetoes": [asdict(one) for one in kept]})
        return 0
    for one in kept:
        output.print_result(f"{one.recipe}  seed {one.seed}  picture {one.index}  {one.reason}")
    return 0


# ---------------------------------------------------------------- shared


def _recipe(path: Path | None, settings: Sequence[str] | None) -> Any:
    from anylabel_plus.jobs.recipe_file import load_recipe, with_values
    from anylabel_plus.synthesis.recipe import Recipe

    value = load_recipe(path) if path is not None else Recipe()
    return with_values(value, settings) if settings else value


def _recipe_text(path: Path | None, settings: Sequence[str] | None) -> str:
    """The recipe as the job takes it: JSON."""
    import json

    from anylabel_plus.synthesis.recipe import to_json

    return json.dumps(to_json(_recipe(path, settings)))


def _choice(text: str) -> str:
    from anylabel_plus.cli.failures import UsageError

    value = {"jpg": "jpeg"}.get(text.lower(), text.lower())
    if value not in ("jpeg", "png"):
        raise UsageError(f"--format {text!r} is none of jpeg, png.")
    return value


def _tell(summary: Any) -> None:
    """What was made, by label, and what found no place."""
    for label, number in sorted(summary.get("labels", {}).items(), key=lambda pair: (-pair[1], pair[0])):
        output.say(f"  label {label}: {number}")
    for reason, number in summary.get("skips", {}).items():
        output.say(f"  {number} pastes skipped: {reason}")


def _say_notes(notes: Sequence[str]) -> None:
    for text in notes:
        output.say(f"note: {text}")


def _time(seconds: float) -> str:
    if seconds < 90:
        return f"about {max(1, round(seconds))} s"
    minutes = seconds / 60
    return f"about {minutes:.0f} min" if minutes < 90 else f"about {minutes / 60:.1f} h"
