"""Plain attention, beside PyTorch's own."""

from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from linksim.experiments.training.attention import attending_plainly, plain_attention

HEADS, LENGTH, WIDTH = 4, 7, 16
SEEN = torch.rand(2, 1, LENGTH, LENGTH, generator=torch.Generator().manual_seed(3)) < 0.6
SEEN |= torch.eye(LENGTH, dtype=torch.bool)


def inputs(heads: int = HEADS) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    drawn = torch.Generator().manual_seed(1)
    query, key, value = (
        torch.randn(2, n, LENGTH, WIDTH, generator=drawn).requires_grad_()
        for n in (HEADS, heads, heads)
    )
    return query, key, value


@pytest.mark.parametrize(
    ("heads", "more"),
    [
        (HEADS, {}),
        (HEADS, {"attn_mask": SEEN}),
        (HEADS, {"attn_mask": torch.linspace(-3, 1, LENGTH).expand(LENGTH, LENGTH)}),
        (HEADS, {"is_causal": True}),
        (HEADS, {"scale": 0.7}),
        (2, {"enable_gqa": True, "attn_mask": SEEN}),
    ],
    ids=["plain", "bool mask", "added mask", "causal", "scale", "grouped"],
)
def test_outputs_and_slopes_are_those_of_pytorch_within_rounding(
    heads: int, more: dict[str, Any]
) -> None:
    found = []
    for attention in (F.scaled_dot_product_attention, plain_attention):
        given = inputs(heads)
        out = attention(*given, **more)
        slopes = torch.autograd.grad(out.square().sum(), given)
        found.append((out, *slopes))
    for theirs, ours in zip(*found, strict=True):
        assert torch.allclose(theirs, ours, atol=1e-5)


def test_dropout_leaves_out_shares_and_keeps_their_mean() -> None:
    torch.manual_seed(0)
    query, key, _ = inputs()
    certain = torch.ones(2, HEADS, LENGTH, WIDTH)
    out = torch.stack([plain_attention(query, key, certain, dropout_p=0.5) for _ in range(200)])
    assert out.std() > 0.1
    assert abs(out.mean().item() - 1) < 0.03


def test_layers_of_libraries_attend_plainly_in_the_context_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    layer = nn.MultiheadAttention(WIDTH, 2, batch_first=True)
    given = torch.randn(2, LENGTH, WIDTH, generator=torch.Generator().manual_seed(2))
    fused = layer(given, given, given, need_weights=False)[0]
    calls = []

    def counted(*args: Any, **more: Any) -> torch.Tensor:
        calls.append(1)
        return plain_attention(*args, **more)

    monkeypatch.setattr("linksim.experiments.training.attention.plain_attention", counted)
    with attending_plainly():
        plain = layer(given, given, given, need_weights=False)[0]
    assert torch.allclose(fused, plain, atol=1e-6)
    layer(given, given, given, need_weights=False)
    assert calls == [1]
