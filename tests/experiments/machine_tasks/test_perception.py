"""Perceptual distances from weights at hand, and distances of sets against closed forms."""

from pathlib import Path

import numpy as np
import pytest
import torch

from linksim.experiments.data.scenes import draw_batch, images_of
from linksim.experiments.machine_tasks.perception import (
    load_dists,
    load_features,
    load_lpips,
    set_distances,
)
from linksim.source.zoo.preset import ModelUnavailable, Preset, load_preset

from .perceptual_weights import write_perceptual_weights

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def preset(tmp_path_factory: pytest.TempPathFactory) -> Preset:
    """Return the paper preset with random weights of VGG-16, LPIPS and DISTS under --models."""
    folder = write_perceptual_weights(tmp_path_factory.mktemp("models"))
    return load_preset("paper", folder)


def test_distances_are_nought_of_the_same_picture_and_rise_with_noise(preset: Preset) -> None:
    images = torch.rand(2, 3, 64, 64, generator=torch.Generator().manual_seed(0))
    noise = torch.randn(images.shape, generator=torch.Generator().manual_seed(1))
    for load in (load_lpips, load_dists):
        distance = load(preset, CPU)
        same, near, far = (
            distance((images + scale * noise).clamp(0, 1), images) for scale in (0, 0.05, 0.3)
        )
        assert same.shape == (2,)
        assert same.abs().max() < 1e-4
        assert (near > same).all()
        assert (far > near).all()


def test_lpips_is_the_weighted_distance_of_normalised_features(preset: Preset) -> None:
    images, others = torch.rand(2, 1, 3, 64, 64, generator=torch.Generator().manual_seed(2))
    distance = load_lpips(preset, CPU)
    features = distance.model  # type: ignore[attr-defined]
    weights = distance.weights  # type: ignore[attr-defined]
    mean = torch.tensor([0.485, 0.456, 0.406]).view(1, 3, 1, 1)
    std = torch.tensor([0.229, 0.224, 0.225]).view(1, 3, 1, 1)
    total, a, b = 0.0, (images - mean) / std, (others - mean) / std
    for place, layer in enumerate(features):
        a, b = layer(a), layer(b)
        if place in (3, 8, 15, 22, 29):
            units = [x / x.square().sum(1, keepdim=True).sqrt().clamp(min=1e-10) for x in (a, b)]
            weight = weights[(3, 8, 15, 22, 29).index(place)]
            total += float(((units[0] - units[1]).square() * weight).sum(1).mean())
    assert float(distance(images, others)) == pytest.approx(total, rel=1e-3)


@pytest.mark.parametrize("load", [load_lpips, load_dists, load_features])
def test_missing_weights_are_named(load: object, tmp_path: Path) -> None:
    with pytest.raises(ModelUnavailable, match=r"\.safetensors is missing; put the published"):
        load(load_preset("paper", tmp_path), CPU)  # type: ignore[operator]


def test_sets_of_scenes_are_compared_by_clip_and_say_so() -> None:
    ending, features = load_features(load_preset("embedded"), CPU)
    images = images_of(draw_batch(2**32 + 11, 0, 64))
    originals = features(images)
    blurred = features(torch.nn.functional.avg_pool2d(images, 5, 1, 2))
    same = set_distances(originals, originals, ending)
    apart = set_distances(originals, blurred, ending)
    assert set(same) == {"fid_clip", "kid_clip"}
    assert abs(same["fid_clip"]) < 1e-2
    assert apart["fid_clip"] > same["fid_clip"] + 0.01
    assert apart["kid_clip"] > same["kid_clip"]


def test_fid_is_frechets_distance_of_two_normal_distributions() -> None:
    rng = np.random.default_rng(0)
    one, two = rng.normal(0, 1, (2000, 4)), rng.normal(0, 1, (2000, 4))
    whitened = [
        (x - x.mean(0)) @ np.linalg.inv(np.linalg.cholesky(np.cov(x.T))).T for x in (one, two)
    ]
    shift, spread = np.array([1.0, 0, -2, 0.5]), np.array([1.0, 2, 0.5, 1])
    moved = whitened[1] * spread + shift
    score = set_distances(*(torch.from_numpy(x) for x in (whitened[0], moved)))["fid"]
    assert score == pytest.approx((shift**2).sum() + ((spread - 1) ** 2).sum(), rel=1e-3)


def test_kid_is_the_unbiased_cubic_discrepancy() -> None:
    rng = np.random.default_rng(1)
    one, two = rng.normal(0, 1, (40, 6)), rng.normal(0.5, 1, (40, 6))
    kernel = [(a @ b.T / 6 + 1) ** 3 for a, b in ((one, one), (two, two), (one, two))]
    within = [(k.sum() - np.trace(k)) / (40 * 39) for k in kernel[:2]]
    score = set_distances(torch.from_numpy(one), torch.from_numpy(two))["kid"]
    assert score == pytest.approx(sum(within) - 2 * kernel[2].mean(), rel=1e-6)


def test_sets_must_be_as_large_and_of_two_or_more() -> None:
    with pytest.raises(ValueError, match="3 and 4 pictures"):
        set_distances(torch.rand(4, 2), torch.rand(3, 2))
    with pytest.raises(ValueError, match="two or more"):
        set_distances(torch.rand(1, 2), torch.rand(1, 2))
