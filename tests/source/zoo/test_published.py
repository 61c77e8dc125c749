"""Checkpoints in the layouts in which the paper preset's models are published, in miniature."""

import json
from pathlib import Path

import pytest
import torch

from linksim.source.judge import relevance_loss
from linksim.source.zoo.llava import Llava
from linksim.source.zoo.loading import load_llava
from linksim.source.zoo.preset import ModelUnavailable, load_preset

from . import published

CPU = torch.device("cpu")
QUESTIONS = ["is there a dog?", "what colour is the boat?"]
FOLDER = "llava-hf--llava-interleave-qwen-0.5b-hf"


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models")
    published.save_llava(folder / FOLDER)
    return folder


@pytest.fixture(scope="module")
def llava(models: Path) -> Llava:
    return load_llava(load_preset("paper", models), CPU)


@pytest.fixture(scope="module")
def images() -> torch.Tensor:
    return torch.rand(2, 3, 40, 40, generator=torch.Generator().manual_seed(0))


def test_the_paper_presets_llava_reads_question_and_picture(
    llava: Llava, images: torch.Tensor
) -> None:
    states = llava.states(images, QUESTIONS)
    assert states.shape == (2, published.TOKENS, 32)
    assert (relevance_loss(states, llava.states(images, QUESTIONS[::-1])) > 0.01).all()
    received = images.clone().requires_grad_()
    relevance_loss(states, llava.states(received, QUESTIONS[::-1])).sum().backward()
    assert received.grad is not None
    assert received.grad.abs().sum() > 0


def test_its_answers_are_those_of_plain_generation(llava: Llava, images: torch.Tensor) -> None:
    tokens = llava.tokens(QUESTIONS, llava.answer_prompt)
    assert not torch.equal(tokens["input_ids"], llava.tokens(QUESTIONS)["input_ids"])
    written = llava.model.generate(
        **tokens,
        pixel_values=llava.pixel_values(images),
        max_new_tokens=llava.answer_tokens,
        do_sample=False,
        eos_token_id=llava.tokenizer.convert_tokens_to_ids(["<|endoftext|>", "<|im_end|>"]),
    )
    texts = llava.tokenizer.batch_decode(
        written[:, tokens["input_ids"].shape[1] :], skip_special_tokens=True
    )
    answers = [text.strip().rstrip(".").lower() for text in texts]
    assert llava.respond(images, QUESTIONS).answers == answers


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"model_type": "gpt2"}, "of the type gpt2, not llava"),
        ({"model_type": "none-such", "auto_map": {"AutoConfig": "code.Config"}}, "can't be loaded"),
        # Memory would be taken for it and filled with random numbers.
        ({"text_config": {"model_type": "qwen2", "hidden_size": 2**16}}, "its files hold"),
    ],
)
def test_a_checkpoint_of_another_kind_or_size_is_refused(
    change: dict[str, object], problem: str, models: Path, tmp_path: Path
) -> None:
    folder = tmp_path / FOLDER
    folder.mkdir()
    for file in (models / FOLDER).iterdir():
        (folder / file.name).write_bytes(file.read_bytes())
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**config, **change}))
    with pytest.raises(ModelUnavailable, match=problem) as fault:
        load_llava(load_preset("paper", tmp_path), CPU)
    assert "\n" not in str(fault.value)
