"""A LLaVA that brings its own code, in miniature and in the layout of nanoLLaVA."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from linksim.source.judge import relevance_loss
from linksim.source.zoo.loading import load_llava
from linksim.source.zoo.preset import ModelUnavailable, Preset, load_preset
from linksim.source.zoo.remote_llava import IMAGE_ID, RemoteLlava

from . import published

CPU = torch.device("cpu")
QUESTIONS = ["is there a dog?", "what {image} <image> colour is the boat on the left?"]


@pytest.fixture(scope="module")
def preset(tmp_path_factory: pytest.TempPathFactory) -> Preset:
    models = tmp_path_factory.mktemp("models")
    published.save_nano_llava(models / "qnguyen3--nanoLLaVA", models / "siglip")
    return load_preset("paper-nanollava", models, trusted=True)


@pytest.fixture(scope="module")
def llava(preset: Preset, tmp_path_factory: pytest.TempPathFactory) -> RemoteLlava:
    with pytest.MonkeyPatch.context() as patch:
        cache = str(tmp_path_factory.mktemp("modules"))
        patch.setattr("transformers.dynamic_module_utils.HF_MODULES_CACHE", cache)
        loaded = load_llava(preset, CPU)
    assert isinstance(loaded, RemoteLlava)
    return loaded


@pytest.fixture(scope="module")
def images() -> torch.Tensor:
    return torch.rand(2, 3, 40, 40, generator=torch.Generator().manual_seed(0))


def test_code_that_comes_with_weights_does_not_run_unless_trusted(
    preset: Preset, tmp_path: Path
) -> None:
    traps = Path(preset.models / "qnguyen3--nanoLLaVA/modeling_llava_qwen2.py")
    ran, code = tmp_path / "ran", traps.read_text()
    traps.write_text(f"open({str(ran)!r}, 'w')\n{code}")
    try:
        with pytest.raises(ModelUnavailable, match="give --trust-remote-code") as fault:
            load_llava(replace(preset, trusted=False), CPU)
        # Nor does trust alone run it: the preset has to ask for it as well.
        native = replace(preset, llava={**preset.llava, "remote_code": False})
        with pytest.raises(ModelUnavailable):
            load_llava(native, CPU)
    finally:
        traps.write_text(code)
    assert "\n" not in str(fault.value)
    assert not ran.exists()


def test_states_depend_on_the_question_and_on_the_picture(
    llava: RemoteLlava, images: torch.Tensor
) -> None:
    first = llava.states(images, QUESTIONS)
    assert first.shape == (2, published.TOKENS, 32)
    assert (relevance_loss(first, llava.states(images, QUESTIONS[::-1])) > 0.01).all()
    assert (relevance_loss(first, llava.states(images.flip(0), QUESTIONS)) > 0.01).all()


def test_gradients_reach_the_pixels_though_its_own_tower_cuts_them(
    llava: RemoteLlava, images: torch.Tensor
) -> None:
    assert not llava.model.get_vision_tower()(images[:, :, :28, :28]).requires_grad
    received = images.clone().requires_grad_()
    wanted = llava.states(images, QUESTIONS[::-1]).detach()
    relevance_loss(wanted, llava.states(received, QUESTIONS)).sum().backward()
    assert received.grad is not None
    assert received.grad.abs().sum() > 0


def test_answers_are_those_of_the_published_call(llava: RemoteLlava, images: torch.Tensor) -> None:
    parts = llava.answer_prompt.split("{image}")
    assert "{question}" in parts[1]
    expected, ends = [], llava.tokenizer.convert_tokens_to_ids(["<|endoftext|>", "<|im_end|>"])
    for image, question in zip(images, QUESTIONS, strict=True):
        texts = [part.replace("{question}", question) for part in parts]
        chunks = [llava.tokenizer(text).input_ids for text in texts]
        ids = torch.tensor([[*chunks[0], IMAGE_ID, *chunks[1]]])
        written: list[int] = []
        while len(written) < llava.answer_tokens and not set(ends) & set(written):
            logits = llava.model(ids, images=llava.pixel_values(image[None])).logits
            written.append(int(logits[0, -1].argmax()))
            ids = torch.cat([ids, torch.tensor([written[-1:]])], dim=1)
        text = llava.tokenizer.decode(written, skip_special_tokens=True)
        expected.append(text.strip().rstrip(".").lower())
    assert llava.respond(images, QUESTIONS).answers == expected
    assert len(set(expected)) == 2


def test_padding_beside_a_longer_question_changes_nothing(
    llava: RemoteLlava, images: torch.Tensor
) -> None:
    alone = llava.respond(images[:1], QUESTIONS[:1])
    beside = llava.respond(images, QUESTIONS)
    assert torch.allclose(alone.states[0], beside.states[0], atol=1e-3)
    assert alone.answers[0] == beside.answers[0]


def test_a_prompt_with_the_picture_first_is_refused(preset: Preset) -> None:
    spoilt = replace(preset, llava={**preset.llava, "prompt": "{image} {question}"})
    with pytest.raises(ModelUnavailable, match="after it"):
        load_llava(spoilt, CPU)


def test_missing_weights_are_not_left_to_chance(preset: Preset, tmp_path: Path) -> None:
    import shutil

    from safetensors.torch import load_file, save_file

    shutil.copytree(preset.models, tmp_path / "models")
    weights = tmp_path / "models/qnguyen3--nanoLLaVA/model.safetensors"
    tensors = load_file(weights)
    del tensors["model.norm.weight"]
    save_file(tensors, weights)
    with pytest.raises(ModelUnavailable, match=r"no weights for model\.norm\.weight"):
        load_llava(replace(preset, models=tmp_path / "models"), CPU)
