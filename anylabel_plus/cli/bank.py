"""``bank``: build an object bank, look at it, and decide by hand what is used."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from anylabel_plus.cli import job_flags, output
from anylabel_plus.cli.failures import UsageError
from anylabel_plus.jobs import JOBS

if TYPE_CHECKING:
    from anylabel_plus.synthesis.bank import Bank
    from anylabel_plus.synthesis.scene import Cutout, LabelPrior

_Bank = Annotated[Path, typer.Argument(help="The folder of the bank.", metavar="BANK", readable=False)]
_Ids = Annotated[list[str], typer.Argument(help="Ids of cutouts, or how they begin.", metavar="ID...")]
_Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


def register(app: typer.Typer) -> None:
    """Add the group."""
    group = typer.Typer(help="Cut out the objects of a data set, for synthesis.")
    group.command("build", help="Cut out the objects of a data set, or of pictures with alpha (--rgba).")(_build())
    group.command("show", help="List the cutouts of a bank and what it knows of their labels.")(show)
    group.command("accept", help="Use cutouts, whatever the filter says.")(accept)
    group.command("reject", help="Do not use cutouts.")(reject)
    group.command("undecide", help="Let the filter decide on cutouts again.")(undecide)
    group.command("tag", help="Put tags on a cutout, in place of those it has.")(tag)
    group.command("prior", help="Say whether objects of a label may be turned and mirrored.")(prior)
    group.command("merge", help="Add the cutouts of another bank.")(merge)
    app.add_typer(group, name="bank")


def _build() -> Callable[..., int]:
    """The command of the job, from the rows of its options."""
    row = JOBS["bank"]
    options = row.options_type()

    def build(**given: Any) -> int:
        from anylabel_plus.jobs.base import run
        from anylabel_plus.settings import Settings, service_options

        as_json = bool(given.pop("as_json"))
        settings = Settings()
        value = job_flags.build(options, given, settings.get)
        progress = output.Progress()
        try:
            report = run(row.start(value, service_options(settings)), progress)
        finally:
            progress.close()
        return output.finish(report, as_json=as_json)

    build.__signature__ = job_flags.signature(options)  # type: ignore[attr-defined]
    return build


def show(
    bank: _Bank,
    labels: Annotated[str, typer.Option("--labels", help="Only these labels.", metavar="A,B,...")] = "",
    sheet: Annotated[Path | None, typer.Option("--sheet", help="Write a picture of the cutouts here, as PNG.")] = None,
    as_json: _Json = False,
) -> int:
    """List the cutouts; exit code 3 when rows of the bank cannot be read."""
    from anylabel_plus.synthesis.bank import open_bank

    opened = open_bank(bank)
    wanted = [name.strip() for name in labels.split(",") if name.strip()]
    shown = [one for one in opened.cutouts if not wanted or one.label in wanted]
    if sheet is not None:
        _write_sheet(opened, shown, sheet)
    if as_json:
        output.print_json(_as_json(opened, shown))
    else:
        for one in shown:
            output.print_result(_line(one))
        for label, row in opened.priors.items():
            if not wanted or label in wanted:
                output.say(_prior_line(row, len(opened.usable([label]))))
        for text in opened.problems:
            output.say(f"note: {text}")
        output.say(f"{sum(one.accepted for one in shown)} of {len(shown)} cutouts are used.")
    return 3 if opened.problems else 0


def accept(bank: _Bank, ids: _Ids, as_json: _Json = False) -> int:
    """A person's word; it stays when the bank is built again."""
    return _decide(bank, ids, (True, ""), as_json)


def reject(
    bank: _Bank,
    ids: _Ids,
    reason: Annotated[str, typer.Option("--reason", help="Why.")] = "",
    as_json: _Json = False,
) -> int:
    """A person's word; it stays when the bank is built again."""
    return _decide(bank, ids, (False, reason.strip()), as_json)


def undecide(bank: _Bank, ids: _Ids, as_json: _Json = False) -> int:
    """Forget what ``accept`` and ``reject`` said."""
    return _decide(bank, ids, None, as_json)


def tag(
    bank: _Bank,
    cutout: Annotated[str, typer.Argument(help="Id of the cutout, or how it begins.", metavar="ID")],
    tags: Annotated[list[str] | None, typer.Argument(help="The tags; none removes all.", metavar="[TAG...]")] = None,
    as_json: _Json = False,
) -> int:
    """Tags are for people: nothing depends on them."""
    from anylabel_plus.synthesis.bank import open_bank

    changed = open_bank(bank).with_tags({cutout: tags or []})
    changed.save()
    return _tell(changed, [changed.cutout(cutout)], as_json)


def prior(
    bank: _Bank,
    label: Annotated[str, typer.Argument(help="The label.")],
    rotate: Annotated[bool | None, typer.Option("--rotate/--no-rotate", help="May be turned.")] = None,
    flip: Annotated[bool | None, typer.Option("--flip/--no-flip", help="May be mirrored left to right.")] = None,
    flip_vertical: Annotated[
        bool | None, typer.Option("--flip-vertical/--no-flip-vertical", help="May be turned upside down.")
    ] = None,
    reset: Annotated[bool, typer.Option("--reset", help="As found from the label's words.")] = False,
    as_json: _Json = False,
) -> int:
    """Without an option the prior is shown."""
    from anylabel_plus.synthesis.bank import open_bank

    flags = {"rotate": rotate, "flip_horizontal": flip, "flip_vertical": flip_vertical}
    given = {name: flag for name, flag in flags.items() if flag is not None}
    if reset and given:
        raise UsageError("--reset takes no other flag.")
    opened = open_bank(bank)
    changed = opened.with_flags(label, **(dict.fromkeys(flags) if reset else given))
    if reset or given:
        changed.save()
    row = changed.priors[label]
    if as_json:
        output.print_json(_prior_json(row))
    else:
        output.print_result(_prior_line(row, len(changed.usable([label]))))
    return 0


def merge(
    bank: _Bank,
    other: Annotated[Path, typer.Argument(help="The bank to add; it stays as it is.", metavar="OTHER", readable=False)],
    as_json: _Json = False,
) -> int:
    """Images that the bank knows stay as they are in it; exit code 3 when cutouts of the other cannot be read."""
    from anylabel_plus.jobs.bank_access import writing
    from anylabel_plus.synthesis.bank import open_bank

    for folder in (bank, other):  # before anything is made
        open_bank(folder)
    with writing(bank) as writer:
        problems = writer.merge(other)
        merged = writer.finish()
    used = sum(one.accepted for one in merged.cutouts)
    if as_json:
        facts = {"cutouts": len(merged.cutouts), "accepted": used, "failed": problems}
        output.print_json({"bank": str(merged.root), **facts})
    else:
        for text in problems:
            output.say(f"failed: {text}")
        output.say(f"{used} of {len(merged.cutouts)} cutouts are used.")
    return 3 if problems else 0


def _decide(folder: Path, ids: list[str], state: tuple[bool, str] | None, as_json: bool) -> int:
    from anylabel_plus.synthesis.bank import open_bank

    opened = open_bank(folder)
    known = [opened.cutout(one).id for one in ids]
    changed = opened.with_states(dict.fromkeys(known, state))
    changed.save()
    return _tell(changed, [changed.cutout(one) for one in known], as_json)


def _tell(bank: Bank, cutouts: list[Cutout], as_json: bool) -> int:
    if as_json:
        output.print_json({"bank": str(bank.root), "cutouts": [_cutout_json(one) for one in cutouts]})
    else:
        for one in cutouts:
            output.print_result(_line(one))
    return 0


def _write_sheet(bank: Bank, cutouts: list[Cutout], path: Path) -> None:
    from anylabel_plus.jobs.synth_samples import check_sheet, save_sheet
    from anylabel_plus.synthesis.contact_sheet import sheet

    if path.suffix.lower() != ".png":
        raise UsageError(f"--sheet {path}: give a name that ends in .png.")
    check_sheet(path)
    save_sheet(path, sheet(bank, cutouts))


def _line(one: Cutout) -> str:
    state = "used" if one.accepted else f"rejected: {'; '.join(one.reasons)}"
    tags = f"  [{', '.join(one.tags)}]" if one.tags else ""
    where = f"{one.source.image}#{one.source.shape}" if one.source.shape >= 0 else one.source.image
    return f"{one.id}  {one.label}  {one.width} x {one.height}  score {one.score:.2f}  {where}{tags}  {state}"


def _prior_line(row: LabelPrior, used: int) -> str:
    size = f"{row.relative[0]:.1%} to {row.relative[-1]:.1%} of the image" if row.relative else "not known"
    flags = (("turned", row.rotate), ("mirrored", row.flip_horizontal), ("upside down", row.flip_vertical))
    allowed = ", ".join(words for words, flag in flags if flag) or "neither turned nor mirrored"
    return f"{row.label}: {used} cutouts used, {row.count} labelled objects, size {size}; {allowed}"


def _cutout_json(one: Cutout) -> dict[str, Any]:
    source = one.source
    return {
        "id": one.id,
        "label": one.label,
        "width": one.width,
        "height": one.height,
        "area": one.area,
        "score": one.score,
        "quality": dict(one.quality),
        "accepted": one.accepted,
        "reasons": list(one.reasons),
        "tags": list(one.tags),
        "group": one.group,
        "source": {
            "dataset": source.dataset,
            "image": source.image,
            "shape": source.shape,
            "width": source.width,
            "height": source.height,
            "box": list(source.box),
        },
    }


def _prior_json(row: LabelPrior) -> dict[str, Any]:
    return {
        "label": row.label,
        "count": row.count,
        "relative": list(row.relative),
        "pixels": list(row.pixels),
        "heat": [list(cells) for cells in row.heat],
        "rotate": row.rotate,
        "flip_horizontal": row.flip_horizontal,
        "flip_vertical": row.flip_vertical,
    }


def _as_json(bank: Bank, cutouts: list[Cutout]) -> dict[str, Any]:
    return {
        "bank": str(bank.root),
        "datasets": list(bank.datasets),
        "cutouts": [_cutout_json(one) for one in cutouts],
        "accepted": sum(one.accepted for one in cutouts),
        "label_counts": dict(bank.label_counts),
        "priors": [_prior_json(row) for row in bank.priors.values()],
        "problems": list(bank.problems),
    }
