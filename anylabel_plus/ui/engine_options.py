"""Settings of the program turned into options of the inference service."""

from __future__ import annotations

from pathlib import Path

from anylabel_plus import paths
from anylabel_plus.inference.protocol import ServiceOptions
from anylabel_plus.settings import Settings


def service_options(settings: Settings) -> ServiceOptions:
    """Options for a worker with the device, threads, caches and folders that are set."""
    folder = settings.get("models.folder")
    return ServiceOptions(
        device=settings.get("models.device"),
        threads=settings.get("models.threads"),
        cache_dir=paths.user_cache("embeddings"),
        memory_mb=settings.get("cache.memory_mb"),
        disk_mb=settings.get("cache.disk_mb"),
        weights_dir=Path(folder) if folder else paths.user_data("weights"),
        model_rows_dir=paths.user_data("models"),
    )
