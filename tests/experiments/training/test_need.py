"""The head that learns which tokens a question needs."""

from dataclasses import replace

import pytest
import torch

from linksim.experiments.training.asked_batches import SceneBatches
from linksim.experiments.training.need import NeedRecipe, chosen
from linksim.experiments.training.schedule import load_schedule
from linksim.source.uo_isc.codec import fill, load, need_head
from linksim.source.zoo.loading import load_llava, model_folder
from linksim.source.zoo.preset import load_preset

CPU, EMBEDDED = torch.device("cpu"), load_preset("embedded")


def test_the_tokens_of_the_highest_score_are_chosen_and_others_may_come_up() -> None:
    scores = torch.tensor([[0.3, 2.0, -1.0, 0.5]], requires_grad=True)
    sent = chosen(scores, 2)
    assert sent.detach().round(decimals=5).tolist() == [[0.0, 1.0, 0.0, 1.0]]
    (slope,) = torch.autograd.grad((sent * torch.tensor([1.0, 0, 0, 0])).sum(), scores)
    assert slope[0, 0] > 0
    assert chosen(scores, 4).sum().item() == pytest.approx(4)


def test_the_head_learns_where_llava_looks_and_the_codec_stays_as_it_is() -> None:
    torch.manual_seed(0)
    codec = load(EMBEDDED, CPU)
    codec.need = need_head(codec)
    before = {name: weight.clone() for name, weight in codec.model.state_dict().items()}
    phase = replace(load_schedule("embedded")[3], steps=4, batch_size=8, relevance_from=0.5)
    recipe = NeedRecipe(codec, load_llava(EMBEDDED, CPU), phase, SceneBatches(1))
    batch = recipe.draw(0)
    optimizer = torch.optim.Adam(recipe.model.parameters(), 2e-3)
    losses = []
    for _ in range(6):
        loss, figures = recipe.loss(batch, 0)
        assert "relevance" not in figures
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < losses[0]
    loss, figures = recipe.loss(batch, 3)
    alone = recipe.phase.relevance * figures["relevance"]
    assert loss.item() == pytest.approx(figures["cross-entropy"] + alone, rel=1e-5)
    optimizer.zero_grad()
    loss.backward()
    assert all(p.grad is not None and p.grad.isfinite().all() for p in recipe.model.parameters())
    after = codec.model.state_dict()
    assert all(torch.equal(weight, after[name]) for name, weight in before.items())


def test_a_codec_without_a_head_is_filled_as_one() -> None:
    codec = load(EMBEDDED, CPU)
    fill(codec, model_folder(codec.variant.weights, EMBEDDED), EMBEDDED)
    assert codec.need is None
