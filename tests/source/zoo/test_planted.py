"""What strangers may plant in a folder of models: it never runs, and loading ends in one line."""

import builtins
import pickle
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from linksim.experiments.machine_tasks.evaluator import load_evaluator
from linksim.experiments.machine_tasks.perception import load_dists, load_features, load_lpips
from linksim.source.discover.task_analysis import LocalModel
from linksim.source.zoo.loading import load_clip, load_llava, model_folder
from linksim.source.zoo.preset import ModelUnavailable, Preset, load_preset

from .planted import CPU, EMBEDDED, KINDS, WEIGHTS, change, copied, copied_from

CODE = """
from pathlib import Path
Path(MARKER).write_text("ran")
from transformers import PretrainedConfig, PreTrainedTokenizerFast, PreTrainedModel
class Planted(PretrainedConfig): ...
"""
AUTO_MAP = dict.fromkeys(
    (
        "AutoConfig",
        "AutoModel",
        "AutoModelForCausalLM",
        "AutoModelForZeroShotObjectDetection",
        "AutoImageProcessor",
        "AutoProcessor",
    ),
    "planted.Planted",
) | {"AutoTokenizer": ["planted.Planted", "planted.Planted"]}


@pytest.fixture
def marker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a file that is there if planted code ran; nobody may be asked whether it is to."""

    def asked(*_: object) -> str:
        raise AssertionError("a library asked the user")

    monkeypatch.setattr(builtins, "input", asked)
    return tmp_path / "ran"


def plant(folder: Path, marker: Path) -> None:
    for name in ("planted.py", "custom_generate/generate.py", "pipeline.py"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(CODE.replace("MARKER", repr(str(marker))))


def refused(load: Any, preset: Preset, marker: Path, problem: str) -> None:
    with pytest.raises(ModelUnavailable, match=problem) as fault:
        load(preset)
    assert "\n" not in str(fault.value)
    assert not marker.exists()


@pytest.mark.parametrize("kind", KINDS)
def test_code_that_comes_with_a_model_never_runs(kind: str, marker: Path, tmp_path: Path) -> None:
    preset, folder = copied(KINDS[kind], tmp_path / "models")
    plant(folder, marker)
    files = [f for f in folder.glob("*.json") if f.name not in ("tokenizer.json",)]
    for file in files:
        change(file, ("auto_map", AUTO_MAP), ("trust_remote_code", True))
    assert files
    refused(KINDS[kind].load, preset, marker, "can't be loaded .*is(, which is)? not ")


SETTINGS: list[tuple[str, str, str, Any]] = [
    ("clip", "open_clip_config.json", "model_cfg.text_cfg.tokenizer_kwargs", {"use_fast": False}),
    (
        "clip",
        "open_clip_config.json",
        "model_cfg.text_cfg.tokenizer_kwargs",
        {"trust_remote_code": True},
    ),
    ("clip", "open_clip_config.json", "model_cfg.text_cfg.hf_model_name", "planted"),
    ("clip", "open_clip_config.json", "model_cfg.multimodal_cfg", {"width": 8}),
    ("clip", "open_clip_config.json", "model_cfg.cast_dtype", "planted"),
    ("clip", "open_clip_config.json", "model_cfg.vision_cfg.timm_model_name", "local-dir:/tmp"),
    ("clip", "open_clip_config.json", "model_cfg.vision_cfg.norm_kwargs", {"device": "cuda"}),
    ("clip", "open_clip_config.json", "model_cfg.vision_cfg.pos_embed_type", "sin_cos_2d"),
    ("clip", "open_clip_config.json", "model_cfg.vision_cfg", [1]),
    ("clip", "tokenizer_config.json", "init_inputs", ["/etc/passwd"]),
    ("llava", "config.json", "quantization_config", {"quant_method": "awq"}),
    ("llava", "config.json", "transformers_weights", "../other.safetensors"),
    ("llava", "config.json", "text_config._attn_implementation", "planted/kernel"),
    ("llava", "config.json", "vision_config.model_type", "timm_wrapper"),
    ("llava", "generation_config.json", "custom_generate", "planted"),
    ("detector", "config.json", "backbone", "resnet18"),
    ("detector", "config.json", "use_timm_backbone", True),
    ("vae", "config.json", "_class_name", "UNet2DConditionModel"),
    ("unet", "config.json", "quantization_config", {"quant_method": "bitsandbytes"}),
]


@pytest.mark.parametrize(("kind", "file", "key", "value"), SETTINGS)
def test_what_no_model_needs_is_not_taken_from_files(
    kind: str, file: str, key: str, value: Any, marker: Path, tmp_path: Path
) -> None:
    preset, folder = copied(KINDS[kind], tmp_path / "models")
    change(folder / file, (key, value))
    refused(KINDS[kind].load, preset, marker, "can't be loaded")


class Trap:
    """Leaves a mark when it is unpickled."""

    def __init__(self, marker: Path) -> None:
        self._marker = marker

    def __reduce__(self) -> tuple[object, tuple[str, str]]:
        return open, (str(self._marker), "w")


WITHOUT_WEIGHTS = ("untrained-clip", "tokenizer", "scheduler")


@pytest.mark.parametrize("kind", [*(k for k in KINDS if k not in WITHOUT_WEIGHTS), *WEIGHTS])
def test_pickles_are_never_opened(kind: str, marker: Path, tmp_path: Path) -> None:
    if kind in KINDS:
        load = KINDS[kind].load
        preset, folder = copied(KINDS[kind], tmp_path / "models")
        (weights,) = folder.glob("*.safetensors")
    else:
        section, name, load = WEIGHTS[kind]
        preset, folder = copied_from(section, "weights", tmp_path / "models")
        weights = folder / name
    trap = {"weights": Trap(marker)}
    for name in ("pytorch_model.bin", "open_clip_pytorch_model.bin", "model.pth", "model.pt"):
        torch.save(trap, folder / name)
    torch.save(trap, folder / "diffusion_pytorch_model.bin")
    weights.unlink()
    refused(load, preset, marker, "safetensors")
    weights.write_bytes(pickle.dumps(trap))
    refused(load, preset, marker, "can't be loaded")


JUDGES = {
    "fasterrcnn_resnet50_fpn": lambda p: load_evaluator("detection", p, CPU),
    "maskrcnn_resnet50_fpn": lambda p: load_evaluator("segmentation", p, CPU),
    "resnet50": lambda p: load_evaluator("classification", p, CPU),
    "lpips": lambda p: load_lpips(p, CPU),
    "dists": lambda p: load_dists(p, CPU),
    "inception": lambda p: load_features(p, CPU),
}


@pytest.mark.parametrize("name", JUDGES)
def test_a_judges_weights_are_never_unpickled(name: str, marker: Path, tmp_path: Path) -> None:
    preset = load_preset("paper", tmp_path)
    torch.save({"weights": Trap(marker)}, tmp_path / f"{name}.pth")
    refused(JUDGES[name], preset, marker, "is missing")
    (tmp_path / f"{name}.safetensors").write_bytes((tmp_path / f"{name}.pth").read_bytes())
    refused(JUDGES[name], preset, marker, "can't be loaded")


def test_a_language_models_code_never_runs(marker: Path, tmp_path: Path) -> None:
    folder = tmp_path / "model"
    folder.mkdir()
    plant(folder, marker)
    (folder / "config.json").write_text('{"model_type": "planted"}')
    change(folder / "config.json", ("auto_map", AUTO_MAP))
    with pytest.raises(ModelUnavailable, match="Python code of its own"):
        LocalModel(folder)
    assert not marker.exists()


def test_a_permission_for_one_llava_is_none_for_other_models(marker: Path, tmp_path: Path) -> None:
    preset, folder = copied(KINDS["clip"], tmp_path / "models")
    plant(folder, marker)
    change(folder / "tokenizer_config.json", ("auto_map", AUTO_MAP))
    preset = replace(preset, trusted=True, llava=preset.llava | {"remote_code": True})
    refused(lambda p: load_clip(p, CPU), preset, marker, "Python code of its own")


@pytest.mark.parametrize(
    "reference",
    [
        "folder:../planted",
        "folder:/tmp",
        "folder:",
        "weights:../..",
        "hub:../planted",
        "folder:a\0b",
    ],
)
def test_a_name_leads_to_nothing_outside_the_models(reference: str, tmp_path: Path) -> None:
    (tmp_path / "planted").mkdir()
    with pytest.raises(ModelUnavailable, match="--models"):
        model_folder(reference, replace(EMBEDDED, models=tmp_path / "models"))


@pytest.mark.parametrize(
    "name", ["local-dir:planted/x", "../planted/x", "ViT-B-32/../x", "hf-hub:a/b", "ViT-B-32"]
)
def test_open_clip_is_given_names_alone(name: str, marker: Path, tmp_path: Path) -> None:
    preset = replace(EMBEDDED, models=tmp_path, clip={"model": f"open_clip:{name}"})
    refused(lambda p: load_clip(p, CPU), preset, marker, "knows no such model")


def test_a_hub_name_is_no_folder_here(
    marker: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    preset, folder = copied(KINDS["llava"], tmp_path / "models")
    folder.rename(tmp_path / "planted")
    (tmp_path / "owner").mkdir()
    (tmp_path / "planted").rename(tmp_path / "owner" / "name")
    monkeypatch.chdir(tmp_path)
    own = replace(preset, llava=preset.llava | {"model": "hub:owner/name"})
    refused(lambda p: load_llava(p, CPU), own, marker, "not in the hub's cache")


@pytest.mark.parametrize("name", ["../planted.safetensors", "/etc/passwd", "planted.bin", 3])
def test_an_index_of_weights_names_files_beside_it(
    name: object, marker: Path, tmp_path: Path
) -> None:
    preset, folder = copied(KINDS["llava"], tmp_path / "models")
    (folder / "model.safetensors").rename(tmp_path / "models" / "planted.safetensors")
    index = folder / "model.safetensors.index.json"
    index.write_text("{}")
    change(index, ("metadata", {}), ("weight_map", {"lm_head.weight": name}))
    refused(KINDS["llava"].load, preset, marker, re.escape("no safetensors file beside it"))
