"""What a prior of indices learns from: LLRs whose worth is known."""

from dataclasses import replace

import pytest
import torch
from scipy.stats import norm

from linksim.experiments.training import index_prior
from linksim.experiments.training.asked_batches import SceneBatches
from linksim.experiments.training.index_prior import IndexPriorRecipe, received_llr
from linksim.experiments.training.schedule import load_schedule
from linksim.source.uo_isc.codec import index_prior as prior_of
from linksim.source.uo_isc.codec import load
from linksim.source.zoo.preset import load_preset

CPU, EMBEDDED = torch.device("cpu"), load_preset("embedded")


def test_llrs_are_those_of_antipodal_signals(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index_prior, "_LOWEST", 1.0)
    monkeypatch.setattr(index_prior, "_HIGHEST", 1.0)
    indices = torch.randint(256, (4, 64, 3, 4), generator=torch.Generator().manual_seed(1))
    llr = received_llr(indices, 8, torch.Generator().manual_seed(2))
    sent = ((indices[..., None] >> torch.arange(7, -1, -1)) & 1).bool()
    wrong = ((llr > 0) != sent).float().flatten(1).mean(1)
    snr = 10**0.1
    steady = norm.sf((2 * snr) ** 0.5)
    faded = 0.5 * (1 - (snr / (1 + snr)) ** 0.5)  # Proakis, eq. 14.3-7
    bound = 5 * (steady / (64 * 3 * 4 * 8)) ** 0.5
    assert wrong[:3].tolist() == pytest.approx([steady] * 3, abs=bound)
    assert wrong[3].item() == pytest.approx(faded, abs=5 * (faded / (64 * 3 * 4 * 8)) ** 0.5)
    # An LLR of L is wrong as often as it says: log p(1)/p(0).
    sure = llr[:3].flatten().abs()
    said = torch.sigmoid(-sure).mean().item()
    assert said == pytest.approx(wrong[:3].mean().item(), abs=bound)


def test_a_prior_learns_and_the_codec_stays_as_it_is() -> None:
    torch.manual_seed(0)
    codec = load(EMBEDDED, CPU)
    codec.prior = prior_of(codec)
    before = {name: weight.clone() for name, weight in codec.model.state_dict().items()}
    phase = replace(load_schedule("embedded")[4], steps=4, batch_size=4)
    recipe = IndexPriorRecipe(codec, phase, SceneBatches(1))
    batch = recipe.draw(0)
    assert recipe.loss(batch, 0)[1]["saved"] == pytest.approx(0, abs=1e-5)
    optimizer = torch.optim.Adam(recipe.model.parameters(), 1e-3)
    for _ in range(8):
        loss, _ = recipe.loss(batch, 0)
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
    assert recipe.loss(batch, 0)[1]["saved"] > 0.01
    assert recipe.loss(batch, 0)[0] == recipe.loss(batch, 0)[0]
    after = codec.model.state_dict()
    assert all(torch.equal(weight, after[name]) for name, weight in before.items())
