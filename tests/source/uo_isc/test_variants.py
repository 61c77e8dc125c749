"""Variants of the codec: which there are, and what each loads."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from linksim.experiments.data.scenes import images_of
from linksim.experiments.training.saving import save_half
from linksim.source import Codec, UnknownCodec, load_codec
from linksim.source.scenes import draw_scene
from linksim.source.uo_isc.codec import build, weights_file
from linksim.source.uo_isc.variants import Options, find_variant, read_options, variant_names
from linksim.source.zoo.loading import model_folder
from linksim.source.zoo.preset import ModelUnavailable, Preset, load_preset

CPU, EMBEDDED = torch.device("cpu"), load_preset("embedded")
VARIANTS = variant_names(EMBEDDED)


def with_weights(tmp_path: Path, variant: str) -> Preset:
    """Return a preset under whose --models lie random weights for a variant."""
    torch.manual_seed(5)
    codec = build(EMBEDDED, CPU, variant)
    scheme, _, name = codec.variant.weights.partition(":")
    assert scheme == "weights"
    folder = tmp_path / name
    folder.mkdir(parents=True, exist_ok=True)
    for part, module in codec.parts.items():
        save_half(module, weights_file(folder, part))
    return replace(EMBEDDED, models=tmp_path)


def test_ablations_and_four_segment_lengths_have_names() -> None:
    assert {"no-text", "no-vlm"} <= set(VARIANTS)
    lengths = {find_variant(EMBEDDED, name).sizes["segment_length"] for name in VARIANTS}
    assert len(lengths) >= 4
    assert EMBEDDED.uo_isc["segment_length"] in lengths


@pytest.mark.parametrize("preset", ["embedded", "paper"])
def test_the_default_segment_length_is_also_a_variant(preset: str) -> None:
    chosen = load_preset(preset)
    plain = find_variant(chosen)
    named = find_variant(chosen, f"segment={plain.sizes['segment_length']}")
    assert replace(named, name=plain.name) == plain


@pytest.mark.parametrize("variant", VARIANTS)
def test_every_variant_loads_its_own_weights(variant: str, tmp_path: Path) -> None:
    preset = with_weights(tmp_path, variant)
    codec: Codec = load_codec(f"uo_isc:{variant}", preset, CPU)  # type: ignore[assignment]
    assert codec.name == f"uo_isc:{variant}"
    images = images_of([draw_scene(2**33, 0)])
    sent = codec.encode(images, ["is there a dog?"]).values
    torch.manual_seed(5)
    saved = build(EMBEDDED, CPU, variant)
    length = saved.model.config.segment_length
    assert sent.shape == (1, 3 * 64 * 64 // length)
    for part, module in saved.parts.items():
        loaded = codec.parts[part].state_dict()  # type: ignore[attr-defined]
        for name, value in module.state_dict().items():
            kept = value.half().float() if value.is_floating_point() else value
            assert torch.equal(loaded[name], kept), (part, name)


@pytest.mark.parametrize("variant", ["no-text", "no-vlm"])
def test_without_text_the_question_changes_nothing(variant: str, tmp_path: Path) -> None:
    codec: Codec = load_codec(f"uo_isc:{variant}", with_weights(tmp_path, variant), CPU)  # type: ignore[assignment]
    images = images_of([draw_scene(2**33, 1)])
    first, other = (codec.encode(images, [q]).values for q in ("is there a dog?", "what colour?"))
    assert torch.equal(first, other)


@pytest.mark.parametrize("name", ["nothing", "segment=15", "tokens=9,nothing"])
def test_an_unknown_variant_lists_the_known_ones(name: str) -> None:
    with pytest.raises(UnknownCodec, match="unknown; preset embedded has uo_isc, uo_isc:no-text"):
        load_codec(f"uo_isc:{name}", EMBEDDED, CPU)


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ("no-text,segment=8", "give one variant"),
        ("tokens=4,no-text,tokens=5", "give one variant, and each option once"),
        ("tokens=0", "tokens=0: give a number of tokens from 1"),
        ("tokens=many", "tokens=many: give a number"),
        ("need=head", "need=head: chooses tokens; give tokens=N with it"),
        ("tokens=4,need=me", "need=me: give head or llava"),
        ("tokens=4,need=head", "need=head: uo_isc has none"),
        ("prior=maybe", "prior=maybe: give on or off"),
        ("tokens=64", "tokens=64: give fewer than all 64"),
        ("tokens=", "give tokens one value"),
        ("index-assignment=random", "give natural or optimised"),
    ],
)
def test_options_that_can_not_be_are_one_clear_line(options: str, problem: str) -> None:
    with pytest.raises(UnknownCodec, match=problem) as fault:
        load_codec(f"uo_isc:{options}", EMBEDDED, CPU)
    assert "\n" not in str(fault.value)


def test_options_come_beside_a_variant() -> None:
    text = "index-assignment=natural,no-text,tokens=12"
    assert read_options(EMBEDDED, text) == ("no-text", Options(tokens=12, natural=True))
    assert read_options(EMBEDDED, "") == ("", Options())


def test_weights_whose_indices_clash_are_refused(tmp_path: Path) -> None:
    preset = with_weights(tmp_path, "no-text")
    file = weights_file(tmp_path / "embedded/uo_isc-no-text", "model")
    tensors = load_file(file)
    for name, spoilt in (("order", 3), ("quantizers.1.index_of", 7)):
        wrong = tensors[name].clone()
        wrong.view(-1)[0] = spoilt
        save_file({**tensors, name: wrong}, file)
        with pytest.raises(ModelUnavailable, match=r"share an index|order of indices"):
            load_codec("uo_isc:no-text", preset, CPU)


def test_missing_weights_of_a_variant_are_one_clear_line(tmp_path: Path) -> None:
    table = {**EMBEDDED.uo_isc, "variants": {"mine": {"weights": "folder:mine"}}}
    with pytest.raises(ModelUnavailable, match=r"folder:mine is not at .*--models") as fault:
        load_codec("uo_isc:mine", replace(EMBEDDED, models=tmp_path, uo_isc=table), CPU)
    assert "\n" not in str(fault.value)


def test_weights_of_another_variant_are_refused(tmp_path: Path) -> None:
    preset = with_weights(tmp_path, "segment=64")
    wrong = tmp_path / "embedded/uo_isc-segment-32"
    shutil.copytree(model_folder("weights:embedded/uo_isc-segment-64", preset), wrong)
    with pytest.raises(ModelUnavailable, match="can't be loaded"):
        load_codec("uo_isc:segment=32", preset, CPU)


def test_a_wrong_size_names_the_table() -> None:
    table = {**EMBEDDED.uo_isc, "variants": {"odd": {"segment_length": 7}}}
    with pytest.raises(ModelUnavailable, match=r"\[uo_isc\] of uo_isc:odd is wrong at segment_len"):
        build(replace(EMBEDDED, uo_isc=table), CPU, "odd")
