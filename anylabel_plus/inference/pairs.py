"""What families of two graphs share: an encoder that sees the image, a decoder that answers prompts."""

from __future__ import annotations

from anylabel_plus.core.errors import UserError
from anylabel_plus.inference import family_of, weights
from anylabel_plus.inference.base import ModelInfo
from anylabel_plus.inference.model_spec import ModelSpec
from anylabel_plus.inference.runtime import RuntimeOptions, Session, open_session


def open_pair(spec: ModelSpec, options: RuntimeOptions) -> tuple[Session, Session]:
    """The encoder and the decoder of ``spec``.

    Raises:
        UserError: a file is missing or damaged, or the row does not name both.
    """
    weights.ensure(spec)
    try:
        encoder, decoder = spec.path("encoder"), spec.path("decoder")
    except KeyError as error:
        raise UserError(
            f"{spec.id}: the row names no {error.args[0]} file.",
            f"A {family_of(spec).title} model is an encoder and a decoder.",
        ) from error
    return open_session(encoder, options), open_session(decoder, options)


def info(spec: ModelSpec, encoder: Session, decoder: Session) -> ModelInfo:
    """What is known of the model once both are open."""
    return ModelInfo(
        id=spec.id,
        title=spec.title,
        family=spec.family,
        weights_sha256=weights.weights_sha256(spec),
        prompts=spec.prompts or family_of(spec).prompts,
        provider=encoder.provider,
        provider_note=encoder.provider_note or decoder.provider_note,
    )
