"""Model rows, YAML descriptions and models named by their files."""

from __future__ import annotations

from pathlib import Path

import pytest

from anylabel_plus import paths
from anylabel_plus.core.errors import UserError
from anylabel_plus.inference import FAMILIES, LATER, catalog, family_of

FIXTURES = Path(__file__).parents[2] / "fixtures" / "models"


@pytest.fixture
def weights_dir(tmp_path: Path) -> Path:
    return tmp_path / "weights"


def write_yaml(
    folder: Path, text: str, name: str = "config.yaml", files: tuple[str, ...] = ("e.onnx", "d.onnx")
) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for file in files:
        (folder / file).write_bytes(b"onnx")
    path = folder / name
    path.write_text(text, "utf-8")
    return path


SAM = "type: segment_anything\nname: mine\ndisplay_name: Mine\nencoder_model_path: e.onnx\ndecoder_model_path: d.onnx\n"


def test_shipped_rows_name_a_family_that_is_here_or_comes_later(weights_dir: Path) -> None:
    table = catalog.rows(weights_dir)
    assert {"classic", "mobile-sam", "sam-vit-b", "sam-vit-l", "efficientsam-vitt", "sam2.1-tiny"} <= set(table)
    for name, spec in table.items():
        assert (paths.models() / f"{name}.toml").is_file()
        assert spec.family in FAMILIES or spec.family in LATER
        assert spec.licence and spec.source
        assert spec.bundled or all(entry.url.startswith("https://") for entry in spec.files)
        assert {entry.role for entry in spec.files} == ({"encoder", "decoder"} if spec.files else set())
        beside = paths.models(name) if spec.bundled else weights_dir / name
        assert spec.folder == (beside if spec.files else None)


def test_published_hashes_are_all_different(weights_dir: Path) -> None:
    downloaded = [spec for spec in catalog.rows(weights_dir).values() if not spec.bundled]
    hashes = [entry.sha256 for spec in downloaded for entry in spec.files if entry.sha256]
    assert len(hashes) == len(set(hashes)) == 12


def test_a_row_whose_family_comes_later_is_refused_by_name(weights_dir: Path) -> None:
    with pytest.raises(UserError, match=r"sam2\.1-tiny is a SAM 2 model") as caught:
        catalog.resolve("sam2.1-tiny", weights_dir=weights_dir)
    assert "classic, pocket, sam" in caught.value.hint


def test_unknown_id_names_the_nearest(weights_dir: Path) -> None:
    with pytest.raises(UserError, match="No model is called clasic") as caught:
        catalog.resolve("clasic", weights_dir=weights_dir)
    assert "Did you mean classic?" in caught.value.hint


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"id": "../x"}, "id '../x'"),
        ({"id": 3}, "id must be text"),
        ({"family": None}, "family must be text"),
        ({"input_size": "big"}, "input_size"),
        ({"prompts": "point"}, "prompts must be a list"),
        ({"files": [{"name": "../evil.onnx"}]}, "leaves the model's folder"),
        ({"files": [{"name": "/evil.onnx"}]}, "leaves the model's folder"),
        ({"files": [{"name": "a.onnx", "sha256": "xyz"}]}, "sha256 of a.onnx"),
        ({"files": [{"name": "a.onnx", "bytes": "12"}]}, "bytes of a.onnx"),
        ({"files": 3}, "not a model row"),
    ],
)
def test_a_wrong_row_says_what_is_wrong(change: dict[str, object], message: str) -> None:
    with pytest.raises(UserError, match=message):
        catalog.spec_from_data({"id": "a", "family": "sam", **change}, "row.toml")


def test_yaml_paths_are_relative_to_the_yaml_and_a_bom_is_tolerated(tmp_path: Path, weights_dir: Path) -> None:
    path = write_yaml(tmp_path / "pack", "\ufeff" + SAM + "input_size: 1024\nmax_width: 1024\nmax_height: 682\n")
    spec = catalog.resolve(str(path), weights_dir=weights_dir)
    assert (spec.id, spec.title, spec.family, spec.input_size) == ("mine", "Mine", "sam", 1024)
    assert spec.path("encoder") == (tmp_path / "pack" / "e.onnx").resolve()
    assert family_of(spec).name == "sam"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("type: yolov8\nname: x\nmodel_path: m.onnx\n", "type yolov8 is a detector"),
        ("type: segment_anything_2\nname: x\n", "a SAM 2 model"),
        ("type: segment_anything_3\nname: x\n", "a SAM 3 model"),
        ("type: sam_hq\n", "a SAM-HQ model"),
        ("type: grounding_dino\n", "Grounding DINO"),
        ("type: ppocr_v5\n", "does not answer points or boxes"),
        ("type: nonsense\n", "unknown model type 'nonsense'"),
        ("name: x\n", "no 'type'"),
        ("- 1\n- 2\n", "not a model YAML"),
        ("type: [unclosed\n", "not a readable model YAML"),
        ("!!python/object/apply:os.system ['true']\n", "not a readable model YAML"),
        (SAM + "language_encoder_path: l.onnx\n", "SAM 3"),
        ("type: segment_anything\nname: x\nencoder_model_path: e.onnx\n", "decoder_model_path is missing"),
        (SAM.replace("d.onnx", "gone.onnx"), "gone.onnx does not exist"),
        (SAM.replace("d.onnx", "https://example.org/d.onnx"), "one of the files is a URL"),
    ],
)
def test_a_yaml_we_cannot_use_is_refused_clearly(tmp_path: Path, weights_dir: Path, text: str, message: str) -> None:
    path = write_yaml(tmp_path, text)
    with pytest.raises(UserError, match=message) as caught:
        catalog.resolve(str(path), weights_dir=weights_dir)
    assert str(path) in caught.value.text


def test_a_yaml_with_urls_is_pulled_into_the_weights_folder(tmp_path: Path, weights_dir: Path) -> None:
    text = SAM.replace("e.onnx", "https://example.org/a/enc.onnx").replace(
        "d.onnx", "https://example.org/a/dec.onnx?x=1"
    )
    spec = catalog.resolve(str(write_yaml(tmp_path, text)), weights_dir=weights_dir)
    assert spec.path("decoder") == weights_dir / "mine" / "dec.onnx"


@pytest.mark.parametrize(
    "given", ["m.encoder.onnx", "m.decoder.onnx", "m.encoder.onnx,m.decoder.onnx", "m.decoder.onnx,m.encoder.onnx"]
)
def test_an_onnx_finds_its_partner(tmp_path: Path, weights_dir: Path, given: str) -> None:
    for name in ("m.encoder.onnx", "m.decoder.onnx", "other.onnx"):
        (tmp_path / name).write_bytes(b"x")
    text = ",".join(str(tmp_path / part) for part in given.split(","))
    spec = catalog.resolve(text, weights_dir=weights_dir)
    assert spec.path("encoder").name == "m.encoder.onnx"
    assert spec.path("decoder").name == "m.decoder.onnx"
    assert spec.id == "m"


def test_a_decoder_of_another_name_is_found_when_it_is_the_only_one(tmp_path: Path, weights_dir: Path) -> None:
    for name in ("mobile_sam.encoder.onnx", "sam_vit_h.decoder.onnx"):
        (tmp_path / name).write_bytes(b"x")
    spec = catalog.resolve(str(tmp_path / "mobile_sam.encoder.onnx"), weights_dir=weights_dir)
    assert spec.path("decoder").name == "sam_vit_h.decoder.onnx"


@pytest.mark.parametrize(
    ("files", "given", "message"),
    [
        (("lonely.onnx",), "lonely.onnx", "neither encoder nor decoder"),
        (("m.encoder.onnx",), "m.encoder.onnx", "found 0 decoder files"),
        (("m.encoder.onnx", "a.decoder.onnx", "b.decoder.onnx"), "m.encoder.onnx", "found 2 decoder files"),
        ((), "gone.onnx", "no such model file"),
        (("pack.zip",), "pack.zip", "has to be added first"),
    ],
)
def test_files_that_are_no_model(
    tmp_path: Path, weights_dir: Path, files: tuple[str, ...], given: str, message: str
) -> None:
    for name in files:
        (tmp_path / name).write_bytes(b"x")
    with pytest.raises(UserError, match=message):
        catalog.resolve(str(tmp_path / given), weights_dir=weights_dir)


def test_fixture_models_resolve(weights_dir: Path) -> None:
    for name in ("analytic", "analytic_nchw", "analytic_multi", "tiny"):
        spec = catalog.resolve(str(FIXTURES / f"{name}.yaml"), weights_dir=weights_dir)
        assert spec.path("encoder").is_file()
        assert spec.path("decoder").stat().st_size <= 400_000
