"""Measures a training step at the paper preset's sizes, with random weights, for docs/paper.md.

    python docs/paper.py codec        forward, backward and optimizer of UO-ISC, CLIP frozen
    python docs/paper.py relevance    what the relevance loss adds for each picture it looks at

No weights are needed. On a CPU its time is counted, not the clock's: `taskset -c 0 python …` gives
what a step takes one core that does nothing else.
"""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

import torch
from torch.utils.flop_counter import FlopCounterMode

from linksim.experiments.training.schedule import load_schedule
from linksim.experiments.training.uo_isc import UoIscRecipe
from linksim.source.uo_isc.codec import UoIscCodec, build
from linksim.source.uo_isc.model import UoIsc
from linksim.source.zoo.preset import load_preset

BATCH, STEPS = 4, 2
DEVICE = torch.device("cuda" if torch.cuda.is_available() else "cpu")
# Of llava-interleave-qwen-0.5b-hf; nanoLLaVA's are the same.
VISION = {
    "hidden_size": 1152,
    "intermediate_size": 4304,
    "num_hidden_layers": 26,
    "num_attention_heads": 16,
    "image_size": 384,
    "patch_size": 14,
    "vision_use_head": False,
}
LANGUAGE = {
    "model_type": "qwen2",
    "hidden_size": 1024,
    "intermediate_size": 2816,
    "num_hidden_layers": 24,
    "num_attention_heads": 16,
    "num_key_value_heads": 16,
    "vocab_size": 152000,
    "tie_word_embeddings": True,
}
TEXT_TOKENS = 40  # beside the picture's


@dataclass(frozen=True)
class Noise:
    """Pictures of noise, each with a question."""

    images: torch.Tensor
    questions: list[str]


@dataclass
class NoiseBatches:
    """Batches of noise: what a step costs does not depend on what is shown."""

    seed: int = 0

    def draw(self, first: int, size: int) -> Noise:
        """See `Batches.draw`."""
        return Noise(torch.rand(size, 3, 224, 224), ["what colour is the bus?"] * size)

    def described(self, first: int, last: int) -> str:
        """See `Batches.described`."""
        return f"noise {first} to {last}"


def codec_step() -> Callable[[], None]:
    """Return a step of phase 0."""
    # No-vlm asks for no weights of CLIP's; here its tower stays frozen and the question is read.
    untrained = build(load_preset("paper"), DEVICE, "no-vlm")
    with_text = replace(untrained.variant, text=True, pretrained=True)
    untrained.clip.model.requires_grad_(False)
    config = replace(untrained.model.config, text_width=untrained.clip.model.visual.output_dim)
    codec = UoIscCodec(with_text, untrained.clip, UoIsc(config).to(DEVICE))
    phase = replace(load_schedule("paper")[0], batch_size=BATCH)
    recipe = UoIscRecipe(codec, None, phase, NoiseBatches())
    parameters = list(recipe.model.parameters())
    print(f"{sum(p.numel() for p in parameters) / 1e6:.1f} million weights learn")
    optimizer = torch.optim.AdamW(parameters)

    def step() -> None:
        loss, _ = recipe.loss(recipe.draw(1), 1)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()

    return step


def relevance_step() -> Callable[[], None]:
    """Return LLaVA's states of one original, and of a received picture with their gradient."""
    from transformers import LlavaConfig, LlavaForConditionalGeneration, SiglipVisionConfig

    config = LlavaConfig(
        vision_config=SiglipVisionConfig(**VISION),
        text_config=LANGUAGE,
        image_token_index=151646,
        vision_feature_layer=-1,
        vision_feature_select_strategy="full",
    )
    model = LlavaForConditionalGeneration(config).to(DEVICE).eval().requires_grad_(False)
    print(f"{sum(p.numel() for p in model.parameters()) / 1e6:.0f} million weights, float32")
    tokens = (VISION["image_size"] // VISION["patch_size"]) ** 2
    ids = torch.full((1, TEXT_TOKENS + tokens), 7, device=DEVICE)
    ids[:, TEXT_TOKENS // 2 : TEXT_TOKENS // 2 + tokens] = 151646

    def states(pixels: torch.Tensor) -> torch.Tensor:
        return model.model(input_ids=ids, pixel_values=pixels).last_hidden_state

    def step() -> None:
        pixels = torch.randn(2, 1, 3, 384, 384, device=DEVICE)
        with torch.no_grad():
            wanted = states(pixels[0])
        received = states(pixels[1].requires_grad_())
        torch.nn.functional.cosine_similarity(wanted, received, dim=-1).mean().backward()

    return step


def main(part: str) -> None:
    """Print seconds and memory of a step."""
    torch.manual_seed(0)
    step = {"codec": codec_step, "relevance": relevance_step}[part]()
    before = memory()
    with FlopCounterMode(display=False) as counter:
        step()  # the first one is slower
    began = now()
    for _ in range(STEPS):
        step()
    seconds = (now() - began) / STEPS
    print(f"{part}: {seconds:.2f} s a step on {DEVICE}, {torch.get_num_threads()} threads")
    print(f"{counter.get_total_flops() / 1e12:.2f} TFLOP a step (a product and a sum are two)")
    print(f"memory: {before:.2f} GB before the first step, {memory():.2f} GB at its peak")


def now() -> float:
    """Return the time in seconds: of the process on a CPU, the clock's on a GPU."""
    if DEVICE.type == "cpu":
        return time.process_time()
    torch.cuda.synchronize()
    return time.perf_counter()


def memory() -> float:
    """Return the most memory held so far, in GB."""
    if DEVICE.type == "cuda":
        return torch.cuda.max_memory_allocated() / 1e9
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e9


if __name__ == "__main__":
    main(sys.argv[1])
