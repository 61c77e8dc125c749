"""DISCOVER end to end: what is sent, what is shown, and streams that were tampered with."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from linksim.experiments.data.scenes import draw_batch, images_of
from linksim.experiments.training.diffusion import build_diffusion, save_diffusion
from linksim.experiments.training.owlvit import build_detector, detector_tokenizer, save_detector
from linksim.experiments.training.saving import save_half
from linksim.experiments.training.vae import build_vae
from linksim.source.codec import UnknownCodec
from linksim.source.discover.bitstream import pack_file, unpack_file
from linksim.source.discover.codec import GREY, DiscoverCodec, load
from linksim.source.discover.composition import build_control
from linksim.source.discover.weights import build_model
from linksim.source.message import ReceivedStreams, ReceivedUnit, Streams
from linksim.source.zoo.preset import ModelUnavailable, Preset, load_preset

CPU = torch.device("cpu")
SIZES = {"channels": 16, "context": 8, "latent": 12, "hyper": 6, "groups": [2, 4, 6]}


@pytest.fixture(scope="module")
def untrained(tmp_path_factory: pytest.TempPathFactory) -> Preset:
    """Return a preset whose models are small and have random weights, in the published layouts."""
    models = tmp_path_factory.mktemp("models")
    torch.manual_seed(0)
    diffusion = build_diffusion(build_vae())
    rate = models / "discover" / "rate-2"
    build_control(diffusion).half().save_pretrained(rate / "control")
    preset = load_preset("embedded", models)
    tables = preset.discover | SIZES | {"weights": "folder:discover", "steps": 2}
    preset = replace(
        preset,
        diffusion={"model": "folder:diffusion", "steps": 2, "guidance": 1.0},
        detector={"model": "folder:detector", "threshold": 0.3},
        discover=tables,
    )
    save_half(build_model(preset, diffusion), rate / "model.safetensors")
    save_diffusion(diffusion, models / "diffusion")
    tokenizer = detector_tokenizer([])
    save_detector(build_detector(tokenizer), tokenizer, models / "detector")
    return preset


@pytest.fixture(scope="module")
def images() -> torch.Tensor:
    return images_of(draw_batch(7, 0, 4))


def codec_of(preset: Preset, text: str, objects: bool = True) -> DiscoverCodec:
    """Return a codec; its untrained detector finds things everywhere, or nowhere."""
    threshold = 0.0 if objects else 1.1
    return load(replace(preset, detector=preset.detector | {"threshold": threshold}), CPU, text)


@pytest.mark.parametrize("by", ["score", "size"])
def test_objects_are_graded_into_halves_and_sent_as_before(
    by: str, untrained: Preset, images: torch.Tensor
) -> None:
    plain = codec_of(untrained, "transmit=detection")
    graded = codec_of(untrained, f"transmit=detection,grades={by}")
    assert graded.format.parts == ("header", "upper", "lower", "background")
    found = graded.find(images)
    sent = zip(graded.encode(images, []).units, plain.encode(images, []).units, found, strict=True)
    for units, usual, objects in sent:
        assert [unit.data for unit in units] == [unit.data for unit in usual]
        parts = [unit.part for unit in units[1:]]
        assert parts.count("upper") - parts.count("lower") in (0, 1)
        assert [unit.part for unit in usual[1:]] == ["object"] * len(parts)
        if by == "score":
            assert parts == sorted(parts, reverse=True)
        else:
            sizes = {part: [] for part in ("upper", "lower")}
            for part, one in zip(parts, objects, strict=True):
                left, top, right, bottom = one.box
                sizes[part].append((right - left) * (bottom - top))
            assert min(sizes["upper"]) >= max(sizes["lower"], default=0.0)


def received(streams: Streams) -> ReceivedStreams:
    return ReceivedStreams(
        tuple(
            {place: ReceivedUnit(unit.data, True) for place, unit in enumerate(units)}
            for units in streams.units
        )
    )


def test_the_file_alone_is_enough(untrained: Preset, images: torch.Tensor) -> None:
    sender, receiver = (codec_of(untrained, "transmit=full") for _ in range(2))
    streams = sender.encode(images, [""] * 4)
    files = [pack_file([unit.data for unit in units]) for units in streams.units]
    arrived = ReceivedStreams(tuple(unpack_file(file) for file in files))
    pictures = receiver.decode(arrived)
    assert pictures.shape == images.shape
    assert torch.equal(pictures, sender.decode(received(streams)))
    assert ((pictures >= 0) & (pictures <= 1)).all()


def test_a_task_sends_objects_and_no_background(untrained: Preset, images: torch.Tensor) -> None:
    parts = {
        transmit: {
            unit.part for unit in codec_of(untrained, text).encode(images, [""] * 4).units[0]
        }
        for transmit, text in (("full", ""), ("task", "transmit=detection"))
    }
    assert parts["task"] == {"header", "object"}
    assert parts["full"] >= {"header", "object"}
    nothing = codec_of(untrained, "transmit=full", objects=False).encode(images, [""] * 4)
    assert [unit.part for unit in nothing.units[0]] == ["header", "background"]
    header = codec_of(untrained, "transmit=dog", objects=False).encode(images, [""] * 4)
    assert [unit.part for unit in header.units[0]] == ["header"]


def test_without_disentanglement_there_is_one_element(
    untrained: Preset, images: torch.Tensor
) -> None:
    streams = codec_of(untrained, "transmit=detection,disentanglement=off").encode(images, [""] * 4)
    assert [unit.part for unit in streams.units[0]] == ["header", "background"]


def test_boxes_arrive_with_their_objects(untrained: Preset, images: torch.Tensor) -> None:
    codec = codec_of(untrained, "transmit=detection")
    streams = codec.encode(images, [""] * 4)
    sent, arrived = codec.find(images), received(streams)
    assert [len(boxes) for boxes in codec.boxes(arrived)] == [len(found) for found in sent]
    label, box = codec.boxes(arrived)[0][0]
    assert (label, box) == (codec.options.labels[sent[0][0].label], sent[0][0].box)
    del arrived.units[0][1]
    assert len(codec.boxes(arrived)[0]) == len(sent[0]) - 1


def test_a_lost_element_leaves_the_others(untrained: Preset, images: torch.Tensor) -> None:
    codec = codec_of(untrained, "transmit=full,composition=off", objects=False)
    arrived = received(codec.encode(images, [""] * 4))
    whole = codec.decode(arrived)
    del arrived.units[1][1]
    some = codec.decode(arrived)
    assert torch.allclose(some[[0, 2, 3]], whole[[0, 2, 3]], atol=1e-5)
    assert not torch.allclose(some[1], whole[1], atol=1e-3)


def test_without_a_header_the_picture_is_grey(untrained: Preset, images: torch.Tensor) -> None:
    codec = codec_of(untrained, "transmit=full")
    arrived = received(codec.encode(images, [""] * 4))
    del arrived.units[2][0]
    pictures = codec.decode(arrived)
    assert (pictures[2] == GREY).all()
    assert not (pictures[1] == GREY).all()
    other_task = codec_of(untrained, "transmit=detection").encode(images, [""] * 4)
    assert (codec.decode(received(other_task)) == GREY).all()


def test_thousands_of_damaged_streams_give_pictures(
    untrained: Preset, images: torch.Tensor
) -> None:
    codec = codec_of(untrained, "transmit=full,composition=off", objects=False)
    objects = codec_of(untrained, "transmit=full,composition=off")
    whole = [
        pack_file([unit.data for unit in units])
        for sender in (codec, objects)
        for units in sender.encode(images[:2], ["", ""]).units
    ]
    rng = np.random.default_rng(0)
    for _ in range(50):
        units = [unpack_file(damaged(rng, whole)) for _ in range(40)]
        parsed = [codec.parse(unit) for unit in units]
        decoded = codec.decode(ReceivedStreams(tuple(units[:4])))
        assert torch.isfinite(decoded).all()
        assert len(parsed) == 40


def damaged(rng: np.random.Generator, files: list[bytes]) -> bytes:
    """Flip bits of a file, cut it, or put parts of two together."""
    data = bytearray(files[rng.integers(len(files))])
    kind = rng.integers(3)
    if kind == 0:
        for bit in rng.integers(0, 8 * len(data), int(rng.integers(1, 9))):
            data[bit // 8] ^= 1 << bit % 8
    elif kind == 1:
        del data[int(rng.integers(len(data))) :]
    else:
        other = files[rng.integers(len(files))]
        data[int(rng.integers(len(data))) :] = other[int(rng.integers(len(other))) :]
    return bytes(data)


def test_what_lacks_is_said(untrained: Preset, tmp_path: Path) -> None:
    with pytest.raises(UnknownCodec, match="rate=4: embedded has 2"):
        load(untrained, CPU, "rate=4")
    with pytest.raises(ModelUnavailable, match="folder:discover is not at"):
        load(replace(untrained, models=tmp_path), CPU)
    with pytest.raises(ModelUnavailable, match="lacks weights in the table"):
        load(replace(untrained, discover={"tasks": "embedded"}), CPU)


def test_labels_and_boxes_draw_unless_they_are_told_not_to(
    untrained: Preset, images: torch.Tensor
) -> None:
    plain = "transmit=detection,composition=off"
    drawn, bare = (codec_of(untrained, f"{plain},layout={switch}") for switch in ("on", "off"))
    arrived = received(drawn.encode(images, [""] * 4))
    assert bare.boxes(arrived) == drawn.boxes(arrived)
    assert not torch.allclose(bare.decode(arrived), drawn.decode(arrived), atol=1e-4)


def test_a_preset_with_guidance_takes_no_second_pass_for_an_empty_text(
    untrained: Preset, images: torch.Tensor
) -> None:
    guided = replace(untrained, diffusion=untrained.diffusion | {"guidance": 7.5})
    codec = codec_of(guided, "transmit=full,steps=3", objects=False)
    passes = []
    codec._diffusion.unet.register_forward_pre_hook(lambda *_: passes.append(1))
    pictures = codec.decode(received(codec.encode(images, [""] * 4)))
    assert len(passes) == 3
    plain = codec_of(untrained, "transmit=full,steps=3", objects=False)
    assert torch.equal(pictures, plain.decode(received(plain.encode(images, [""] * 4))))
