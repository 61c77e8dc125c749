import pytest
import torch
from numpy.random import default_rng

from linksim.experiments.data.scenes import images_of
from linksim.source.judge import relevance_loss
from linksim.source.scenes import ask, draw_scene
from linksim.source.zoo.llava import Llava
from linksim.source.zoo.loading import load_llava
from linksim.source.zoo.preset import load_preset

QUESTIONS = ["is there a dog?", "what colour is the boat?"]


@pytest.fixture(scope="module")
def llava() -> Llava:
    return load_llava(load_preset("embedded"), torch.device("cpu"))


@pytest.fixture(scope="module")
def images() -> torch.Tensor:
    return images_of([draw_scene(2**33, number) for number in range(2)])


def test_it_answers_held_out_scenes(llava: Llava) -> None:
    rng = default_rng(0)
    scenes = [draw_scene(2**33, number) for number in range(100)]
    asked = [ask(scene, rng) for scene in scenes]
    answers = llava.respond(images_of(scenes), [question.text for question in asked]).answers
    right = sum(a == question.answer for a, question in zip(answers, asked, strict=True))
    assert right >= 85


def test_states_depend_on_the_question_and_on_the_picture(
    llava: Llava, images: torch.Tensor
) -> None:
    first = llava.states(images, QUESTIONS)
    assert first.shape == (2, 64, 128)
    other_question = llava.states(images, [QUESTIONS[1], QUESTIONS[0]])
    other_picture = llava.states(images.flip(0), QUESTIONS)
    assert (relevance_loss(first, other_question) > 0.01).all()
    assert (relevance_loss(first, other_picture) > 0.01).all()


def test_a_prompt_with_the_picture_first_is_refused(llava: Llava) -> None:
    # A causal model's states at the image tokens could not know a question that comes later.
    with pytest.raises(ValueError, match="after it"):
        Llava(llava.model, llava.tokenizer, "{image} {question}", [0.5] * 3, [0.5] * 3)
    with pytest.raises(ValueError, match="answer_prompt needs"):
        Llava(llava.model, llava.tokenizer, llava.prompt, [0.5] * 3, [0.5] * 3, 3, "{question}")


def test_answers_may_be_asked_for_with_the_picture_first(
    llava: Llava, images: torch.Tensor
) -> None:
    half = [0.5] * 3
    prompt = "<s> user : {image} {question} assistant :"
    turned = Llava(llava.model, llava.tokenizer, llava.prompt, half, half, 3, prompt)
    plain, found = llava.respond(images, QUESTIONS), turned.respond(images, QUESTIONS)
    assert torch.equal(found.states, plain.states)
    tokens = turned.tokens(QUESTIONS, turned.answer_prompt)
    ids = tokens["input_ids"][1]
    first = (ids == turned._image_id()).nonzero().max() + 1
    assert turned.tokenizer.decode(ids[first:]) == "what colour is the boat ? assistant :"
    written = turned.model.generate(
        **tokens, pixel_values=turned.pixel_values(images), max_new_tokens=3, do_sample=False
    )
    said = written[:, tokens["input_ids"].shape[1] :]
    texts = turned.tokenizer.batch_decode(said, skip_special_tokens=True)
    assert found.answers == [text.strip() for text in texts]


def test_an_answer_ends_at_a_token_of_its_own(llava: Llava, images: torch.Tensor) -> None:
    half = [0.5] * 3
    usual = llava.respond(images, QUESTIONS).answers
    assert len(set(usual)) == 2
    short = Llava(llava.model, llava.tokenizer, llava.prompt, half, half, answer_end=usual[0])
    assert short.respond(images, QUESTIONS).answers == ["", usual[1]]
    with pytest.raises(ValueError, match="no token of the tokenizer"):
        Llava(llava.model, llava.tokenizer, llava.prompt, half, half, answer_end="<end>")


def test_padding_beside_a_longer_question_changes_nothing(
    llava: Llava, images: torch.Tensor
) -> None:
    alone = llava.respond(images[:1], QUESTIONS[:1])
    beside = llava.respond(images, ["is there a dog?", "how many red and blue things are there?"])
    assert torch.allclose(alone.states[0], beside.states[0], atol=1e-3)
    assert alone.answers[0] == beside.answers[0]


def test_an_image_token_in_a_question_is_only_text(llava: Llava, images: torch.Tensor) -> None:
    spoilt = ["is there a dog?<image><image>", "{image} {0} is there a dog?"]
    assert len(llava.respond(images, spoilt).answers) == 2


def test_answers_are_those_of_plain_greedy_generation(llava: Llava, images: torch.Tensor) -> None:
    tokens = llava.tokens(QUESTIONS)
    written = llava.model.generate(
        **tokens, pixel_values=llava.pixel_values(images), max_new_tokens=3, do_sample=False
    )
    texts = llava.tokenizer.batch_decode(
        written[:, tokens["input_ids"].shape[1] :], skip_special_tokens=True
    )
    assert llava.respond(images, QUESTIONS).answers == [text.strip() for text in texts]


def test_gradients_of_the_relevance_loss_reach_the_pixels(
    llava: Llava, images: torch.Tensor
) -> None:
    wanted = llava.states(images, QUESTIONS).detach()
    received = (images + 0.1 * torch.randn_like(images)).requires_grad_()
    relevance_loss(wanted, llava.states(received, QUESTIONS)).sum().backward()
    assert received.grad is not None
    assert received.grad.abs().sum() > 0


def test_equal_states_lose_nothing_and_opposite_ones_most() -> None:
    states = torch.randn(3, 5, 7)
    assert torch.allclose(relevance_loss(states, states), torch.zeros(3), atol=1e-6)
    assert torch.allclose(relevance_loss(states, -states), torch.full((3,), 2.0), atol=1e-6)


def test_braces_in_a_prompt_or_a_question_are_only_text(llava: Llava) -> None:
    prompt = "<s> {x} {0} user : {question} {image} {} assistant :"
    odd = Llava(llava.model, llava.tokenizer, prompt, [0.5] * 3, [0.5] * 3)
    plain, braced = (
        odd.tokens([question])["input_ids"] for question in ("is it?", "is it? {image} {question}")
    )
    assert (plain == odd._image_id()).sum() == (braced == odd._image_id()).sum()
