from __future__ import annotations

import json
from pathlib import Path

import pytest

from anylabel_plus import paths
from anylabel_plus.core.errors import UserError
from anylabel_plus.settings import ROWS, SETTINGS, Settings, service_options


@pytest.mark.parametrize("row", SETTINGS, ids=lambda row: row.key)
def test_every_default_fits_its_own_row(row: object) -> None:
    assert row.removed or row.check(row.default) == row.default  # type: ignore[attr-defined]


def test_only_overrides_are_written(tmp_path: Path) -> None:
    settings = Settings(tmp_path / "settings.json")
    settings.set("assist.prefetch", 3)
    settings.set("models.device", "cpu")
    settings.set("models.device", "auto")
    assert json.loads(settings.path.read_text()) == {"assist.prefetch": 3}
    assert Settings(settings.path).get("assist.prefetch") == 3


def test_what_is_wrong_in_the_file_is_told_and_kept(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    path.write_text('{"models.device": "tpu", "from.the.future": 1, "canvas.mask_opacity": NaN}')
    settings = Settings(path)
    assert settings.get("models.device") == "auto"
    assert len(settings.problems) == 3
    settings.set("assist.prefetch", 2)
    assert json.loads(path.read_text())["from.the.future"] == 1
    path.write_text("not json")
    assert "defaults are used" in Settings(path).problems[0]


def test_a_wrong_value_or_name_is_refused_with_the_reason(tmp_path: Path) -> None:
    settings = Settings(tmp_path / "settings.json")
    for key, value, reason in (
        ("models.device", "tpu", "one of auto, cpu, cuda"),
        ("assist.prefetch", 99, "0 to 8"),
        ("assist.prefetch", True, "whole number"),
        ("models.devise", "cpu", "Did you mean models.device"),
    ):
        with pytest.raises(UserError) as caught:
            settings.set(key, value)
        assert reason in str(caught.value)
    assert not settings.path.exists()


def test_listeners_hear_of_real_changes_only(tmp_path: Path) -> None:
    settings, heard = Settings(tmp_path / "settings.json"), []
    settings.on_change(heard.append)
    settings.set("models.threads", 2)
    settings.set("models.threads", 2)
    assert heard == ["models.threads"]


def test_models_run_as_the_settings_say(tmp_path: Path) -> None:
    settings = Settings(tmp_path / "settings.json")
    options = service_options(settings)
    assert (options.device, options.threads, options.weights_dir) == ("auto", 0, None)
    assert options.cache_dir == paths.user_cache("embeddings")
    settings.set("models.folder", "~/weights")
    settings.set("models.threads", 3)
    settings.set("cache.disk_mb", 0)
    options = service_options(settings, device="cpu")
    assert (options.device, options.threads, options.disk_mb) == ("cpu", 3, 0)
    assert options.weights_dir == Path.home() / "weights"
    assert service_options(settings, threads=1).threads == 1
    assert options.memory_mb == ROWS["cache.memory_mb"].default
