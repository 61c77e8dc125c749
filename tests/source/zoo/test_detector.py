"""Detectors of both families from folders in the published layout, and the embedded one."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import (
    AutoModelForZeroShotObjectDetection,
    AutoProcessor,
    BertTokenizer,
    GroundingDinoConfig,
    GroundingDinoForObjectDetection,
    GroundingDinoImageProcessor,
    GroundingDinoProcessor,
    SwinConfig,
)

from linksim.experiments.data.scenes import draw_batch, images_of
from linksim.experiments.training.owlvit import build_detector, detector_tokenizer, save_detector
from linksim.source.scenes import KINDS
from linksim.source.zoo.detector import Detector, load_detector
from linksim.source.zoo.preset import ModelUnavailable, Preset, load_preset

CPU = torch.device("cpu")
LABELS = ["dog", "red car", "traffic light", "thing", "cup"]
SPECIAL = {0: "[PAD]", 100: "[UNK]", 101: "[CLS]", 102: "[SEP]", 103: "[MASK]"}
WORDS = {1012: ".", 1029: "?"} | dict(
    enumerate("dog red car traffic light thing cup ##s green".split(), start=2000)
)


def save_owl(folder: Path) -> None:
    torch.manual_seed(0)
    tokenizer = detector_tokenizer(["traffic", "light"])
    model = build_detector(tokenizer)
    torch.nn.init.normal_(model.class_head.logit_shift.weight, std=0.02)  # or patches were alike
    torch.nn.init.normal_(model.box_head.dense2.weight, std=0.5)
    save_detector(model, tokenizer, folder)


def save_grounding_dino(folder: Path) -> None:
    """Write what IDEA-Research/grounding-dino-tiny holds, in miniature; BERT's token numbers."""
    torch.manual_seed(0)
    folder.mkdir()
    names = SPECIAL | WORDS
    words = [names.get(place, f"[unused{place}]") for place in range(max(names) + 1)]
    (folder / "vocab.txt").write_text("\n".join(words) + "\n")
    text = {
        "model_type": "bert",
        "vocab_size": len(words),
        "hidden_size": 32,
        "num_hidden_layers": 1,
        "num_attention_heads": 2,
        "intermediate_size": 32,
        "max_position_embeddings": 64,
    }
    config = GroundingDinoConfig(
        backbone_config=SwinConfig(
            image_size=64,
            embed_dim=16,
            depths=[1, 1, 1, 1],
            num_heads=[1, 1, 2, 2],
            window_size=4,
            out_features=["stage2", "stage3", "stage4"],
        ),
        text_config=text,
        d_model=64,
        encoder_layers=1,
        decoder_layers=2,
        encoder_attention_heads=2,
        decoder_attention_heads=2,
        encoder_ffn_dim=32,
        decoder_ffn_dim=32,
        num_queries=20,
        max_text_len=16,
    )
    GroundingDinoForObjectDetection(config).save_pretrained(folder)
    pictures = GroundingDinoImageProcessor(size={"shortest_edge": 64, "longest_edge": 107})
    tokenizer = BertTokenizer(str(folder / "vocab.txt"))
    GroundingDinoProcessor(pictures, tokenizer).save_pretrained(folder)


SAVE = {"owl": save_owl, "dino": save_grounding_dino}


@pytest.fixture(scope="module", params=SAVE)
def preset(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Preset:
    """Return a preset whose detector has random weights, of each family in turn."""
    models = tmp_path_factory.mktemp("models")
    SAVE[request.param](models / request.param)
    table = {"model": f"folder:{request.param}", "threshold": 0.3}
    return replace(load_preset("embedded", models), detector=table)


@pytest.fixture(scope="module")
def detector(preset: Preset) -> Detector:
    return load_detector(preset, CPU)


def pictures(number: int = 2) -> torch.Tensor:
    return torch.rand(number, 3, 64, 64, generator=torch.Generator().manual_seed(1))


def test_what_is_found_is_sorted_inside_the_picture_and_named(detector: Detector) -> None:
    found = detector.detect(pictures(), LABELS, 0.0)
    assert len(found) == 2
    for one in found:
        assert one.boxes.dtype == one.scores.dtype == torch.float32
        assert one.boxes.shape == (len(one.scores), 4)
        assert len(one.labels) == len(one.scores) > 0
        assert set(one.labels) <= set(LABELS)
        assert (one.scores.diff() <= 0).all()
        assert ((one.boxes >= 0) & (one.boxes <= 64)).all()
        assert (one.boxes[:, 2:] >= one.boxes[:, :2]).all()


def test_a_higher_threshold_keeps_the_surer_finds(detector: Detector) -> None:
    (every,) = detector.detect(pictures(1), LABELS, 0.0)
    middle = float(every.scores.median())
    (some,) = detector.detect(pictures(1), LABELS, middle)
    assert torch.equal(some.scores, every.scores[every.scores >= middle])
    assert not len(detector.detect(pictures(1), LABELS, 1.1)[0].scores)


def test_a_picture_does_not_depend_on_its_neighbours(detector: Detector) -> None:
    both, alone = detector.detect(pictures(), LABELS, 0.0), detector.detect(pictures(1), LABELS, 0)
    assert torch.allclose(both[0].scores[:5], alone[0].scores[:5], atol=1e-4)
    assert torch.allclose(both[0].boxes[:5], alone[0].boxes[:5], atol=1e-2)


def test_no_two_boxes_show_one_thing(detector: Detector) -> None:
    boxes = detector.detect(pictures(1), LABELS, 0.0)[0].boxes.tolist()
    for i, a in enumerate(boxes):
        for b in boxes[:i]:
            width, height = (min(a[k + 2], b[k + 2]) - max(a[k], b[k]) for k in (0, 1))
            both = max(width, 0) * max(height, 0)
            areas = [(c[2] - c[0]) * (c[3] - c[1]) for c in (a, b)]
            assert both <= 0.5 * (sum(areas) - both) + 1e-3


def test_pictures_of_other_sizes_have_boxes_in_their_own_pixels(detector: Detector) -> None:
    wide = torch.nn.functional.interpolate(pictures(1), (96, 128), mode="bilinear")
    (found,) = detector.detect(wide, LABELS, 0.0)
    assert found.boxes[:, 2].max() > 64
    assert (found.boxes[:, [1, 3]] <= 96).all()


def test_it_finds_what_transformers_own_pipeline_of_calls_finds(
    detector: Detector, preset: Preset
) -> None:
    folder = preset.models / str(preset.detector["model"]).removeprefix("folder:")
    model = AutoModelForZeroShotObjectDetection.from_pretrained(folder, dtype=torch.float32).eval()
    processor = AutoProcessor.from_pretrained(folder)
    uint8 = (pictures(1) * 255).round().to(torch.uint8)
    inputs = processor(images=list(uint8), text=[LABELS[:3]], return_tensors="pt")
    with torch.no_grad():
        outputs = model(**inputs)
    (wanted,) = processor.post_process_grounded_object_detection(
        outputs, threshold=0.0, target_sizes=torch.tensor([[64, 64]]), text_labels=[LABELS[:3]]
    )
    (found,) = detector.detect(uint8.float() / 255, LABELS[:3], 0.0)
    distance = torch.cdist(found.boxes, wanted["boxes"].clamp(0, 64))
    nearest = distance.argmin(dim=1)
    assert distance.amin(dim=1).max() < 0.05
    scores = wanted["scores"][nearest]
    if preset.detector["model"] == "folder:owl":
        assert torch.allclose(scores, found.scores, atol=1e-3)
        assert [wanted["text_labels"][place] for place in nearest] == found.labels
    else:  # its score is of the surest token, be it a label's or a full stop
        assert (found.scores <= scores + 1e-3).all()


def test_labels_that_fill_more_than_one_text_are_all_asked_for(tmp_path: Path) -> None:
    save_grounding_dino(tmp_path / "dino")
    table = {"model": "folder:dino", "threshold": 0.0}
    detector = load_detector(replace(load_preset("embedded", tmp_path), detector=table), CPU)
    texts = list(detector._family._texts(["dog", "red car", *["cup"] * 8, "traffic light."]))
    assert [first for first, _, _ in texts] == [0, 6]
    named = SPECIAL | WORDS
    said = [" ".join(named[token] for token in tokens) for _, tokens, _ in texts]
    assert said[0] == "[CLS] dog . red car . cup . cup . cup . cup . [SEP]"
    assert said[1] == "[CLS] cup . cup . cup . cup . traffic light . [SEP]"
    assert all(len(tokens) <= 16 for _, tokens, _ in texts)
    assert texts[0][2][1] == slice(3, 5)
    many = [f"{word} cup" for word in ("dog", "red", "car", "thing", "light", "green", "traffic")]
    assert {label for d in detector.detect(pictures(), many) for label in d.labels} <= set(many)


def test_no_label_is_refused(detector: Detector) -> None:
    with pytest.raises(ValueError, match="needs a label"):
        detector.detect(pictures(1), [])


def test_a_folder_that_is_no_detector_is_explained(preset: Preset, tmp_path: Path) -> None:
    own = replace(preset, models=tmp_path)
    with pytest.raises(ModelUnavailable, match="is not at"):
        load_detector(own, CPU)
    with pytest.raises(ModelUnavailable, match=r"lacks model in the table \[detector\]"):
        load_detector(replace(own, detector={}), CPU)
    folder = tmp_path / str(preset.detector["model"]).removeprefix("folder:")
    folder.mkdir()
    (folder / "config.json").write_text(json.dumps({"model_type": "bert"}))
    with pytest.raises(ModelUnavailable, match="of the type bert, not owlvit or grounding-dino"):
        load_detector(own, CPU)


def test_damaged_weights_are_explained(preset: Preset, tmp_path: Path) -> None:
    name = str(preset.detector["model"]).removeprefix("folder:")
    damaged = tmp_path / name
    damaged.mkdir()
    for file in (preset.models / name).iterdir():
        (damaged / file.name).write_bytes(file.read_bytes())
    tensors = load_file(damaged / "model.safetensors")
    dropped = min(key for key in tensors if "encoder" in key and key.endswith("weight"))
    del tensors[dropped]
    save_file(tensors, damaged / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(ModelUnavailable, match="its files lack 1 tensors"):
        load_detector(replace(preset, models=tmp_path), CPU)
    (damaged / "model.safetensors").write_bytes(b"no weights")
    with pytest.raises(ModelUnavailable, match="can't be loaded"):
        load_detector(replace(preset, models=tmp_path), CPU)
    (damaged / "model.safetensors").unlink()
    (damaged / "pytorch_model.bin").write_bytes(b"a pickle")
    with pytest.raises(ModelUnavailable, match="can't be loaded"):
        load_detector(replace(preset, models=tmp_path), CPU)


def test_the_embedded_detector_finds_things_by_kind_by_colour_and_by_broader_labels() -> None:
    detector = load_detector(load_preset("embedded"), CPU)
    scenes = draw_batch(2**32 + 7, 0, 16)
    images = images_of(scenes)
    kinds, counts = detector.detect(images, KINDS), [len(scene.things) for scene in scenes]
    right = [
        sorted(t.kind for t in s.things) == sorted(f.labels)
        for s, f in zip(scenes, kinds, strict=True)
    ]
    assert sum(right) >= 12
    things = [len(found.labels) for found in detector.detect(images, ["thing"])]
    assert sum(a == b for a, b in zip(things, counts, strict=True)) >= 12
    for scene, found in zip(scenes, detector.detect(images, ["red car"]), strict=True):
        wanted = sum(t.kind == "car" and t.colour == "red" for t in scene.things)
        assert abs(len(found.labels) - wanted) <= 1
    absent = detector.detect(images, ["grass", "zeppelin"])
    assert sum(len(found.labels) for found in absent) <= 1
