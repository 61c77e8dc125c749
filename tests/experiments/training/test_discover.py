"""The stages of DISCOVER's training, from untrained parts."""

import pytest
import torch

from linksim.experiments.training.diffusion import build_diffusion
from linksim.experiments.training.discover import DiscoverRecipe, series
from linksim.experiments.training.labelled_batches import SceneBatches
from linksim.experiments.training.vae import build_vae
from linksim.source.discover.composition import build_control
from linksim.source.discover.config import DiscoverConfig
from linksim.source.discover.layout import PLACES
from linksim.source.discover.model import DiscoverModel

CONFIG = DiscoverConfig(
    side=64,
    halvings=3,
    channels=16,
    context=8,
    latent=12,
    hyper=6,
    groups=(4, 8),
    blocks=1,
    diffusion=8,
    doublings=1,
    text=128,
    edge_bits=6,
)


def recipe(stage: int, rate: float = 1.0) -> DiscoverRecipe:
    torch.manual_seed(0)
    diffusion = build_diffusion(build_vae())
    for part in (diffusion.vae, diffusion.unet, diffusion.text_encoder):
        part.eval().requires_grad_(False)
    model, control = DiscoverModel(CONFIG), build_control(diffusion)
    pictures = SceneBatches(series(1, stage), CONFIG.side)
    return DiscoverRecipe(model, control, diffusion, rate, stage, 0.3, pictures, 1, batch_size=4)


@pytest.mark.parametrize("stage", [0, 1, 2])
def test_a_batch_depends_on_its_step_and_loss_falls_on_it(stage: int) -> None:
    trained = recipe(stage)
    batch, again, other = map(trained.draw, (3, 3, 4))
    assert torch.equal(batch.images, again.images)
    assert torch.equal(batch.elements.cells, again.elements.cells)
    assert torch.equal(batch.kept, again.kept)
    assert not torch.equal(batch.images, other.images)
    optimizer = torch.optim.Adam([p for p in trained.model.parameters() if p.requires_grad], 1e-3)
    losses = []
    for _ in range(6):
        torch.manual_seed(5)
        loss, figures = trained.loss(batch, 3)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
        assert ("velocity" in figures) == (stage > 0)
    assert losses[-1] < losses[0]


@pytest.mark.parametrize("stage", [0, 1, 2])
def test_pictures_are_sent_whole_or_as_objects_with_a_layout(stage: int) -> None:
    trained, ways = recipe(stage), {"whole": 0, "alone": 0, "full": 0}
    for batch in map(trained.draw, range(16)):
        for number, layout in enumerate(batch.layout):
            own = batch.elements.cells[batch.elements.owner == number]
            everything = own.any(dim=0).all()
            background = batch.weight[number].min()
            if len(own) == 1 and everything and not layout.any():
                ways["whole"] += 1
                assert background == 1
            elif background == 1:
                ways["full"] += 1
                assert everything or stage == 2  # where elements get lost
            else:
                ways["alone"] += 1
                assert not everything
                covered = layout[-PLACES] >= 1
                assert (batch.weight[number, 0][covered] == (3 if stage == 2 else 1)).all()
                assert background < 0.5
    assert sum(ways.values()) == 64
    assert ways["whole"] in range(6, 28)  # 16 expected; beyond 2.8 standard deviations
    assert ways["alone"] in range(17, 42)  # 29 expected
    assert ways["full"] in range(8, 32)  # 19 expected


def test_stage_2_loses_elements_and_masks_up_to_half_of_what_is_left() -> None:
    kept = torch.stack([m for batch in map(recipe(2).draw, range(16)) for m in batch.kept])
    shares = kept.mean(dim=(1, 2, 3))
    assert shares.min() >= 0.3  # half, and chance over 64 cells
    assert 16 < (shares == 1).sum() < 48
    assert (recipe(1).draw(1).kept == 1).all()


def test_stage_2_leaves_analysis_and_entropy_model_alone() -> None:
    trained = recipe(2)
    trained.loss(trained.draw(0), 0)[0].backward()
    learnt = {id(p) for p in trained.model.parameters()}
    frozen = [
        p
        for part in ("analysis", "hyper_analysis", "entropy", "prior")
        for p in getattr(trained._codec, part).parameters()
    ]
    assert not learnt & {id(p) for p in frozen}
    assert all(p.grad is None for p in frozen)


def test_bits_weigh_as_much_as_they_are_told_to() -> None:
    losses = {}
    for rate in (1.0, 3.0):
        trained = recipe(0, rate)
        torch.manual_seed(5)
        loss, figures = trained.loss(trained.draw(0), 0)
        losses[rate] = loss.item() - rate * figures["bpp"]
    assert losses[1.0] == pytest.approx(losses[3.0], abs=1e-4)


def test_noise_is_of_the_part_of_the_schedule_that_composes() -> None:
    noisy = [recipe(1).draw(step).noisy for step in range(8)]
    assert 300 < max(int(batch.timesteps.max()) for batch in noisy) < 600  # twice 0.3 of 1000
    assert {len(batch.images) for batch in noisy} == {2}  # of four
