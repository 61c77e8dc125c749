"""The wide world's models, untrained: what its codecs are built upon."""

from pathlib import Path

import torch

from linksim.experiments.training import llava
from linksim.experiments.training.diffusion import build_diffusion, save_diffusion
from linksim.experiments.training.owlvit import build_detector, save_detector
from linksim.experiments.training.saving import save_half
from linksim.experiments.training.tower import TowerRecipe
from linksim.experiments.training.vae import build_vae
from linksim.experiments.training.wide_detector import WIDE
from linksim.experiments.training.wide_diffusion import WIDE as WIDE_DIFFUSION
from linksim.experiments.training.wide_llava import WideLlavaRecipe
from linksim.experiments.training.wide_vae import WIDE_VAE
from linksim.source.zoo.loading import CLIP_WEIGHTS


def save_untrained(folder: Path) -> None:
    """Write an untrained CLIP, LLaVA, detector, VAE and U-Net, each into a folder of its name."""
    torch.manual_seed(0)
    clip = TowerRecipe(folder / "clip", 1, "cpu").clip
    save_half(clip, folder / "clip" / CLIP_WEIGHTS)
    recipe = WideLlavaRecipe(clip.visual, 1, "cpu")
    llava.save(recipe.model, recipe.tokenizer, folder / "llava")
    words = WIDE.tokenizer()
    save_detector(build_detector(words, WIDE.size), words, folder / "detector")
    save_diffusion(build_diffusion(build_vae(WIDE_VAE), WIDE_DIFFUSION), folder / "diffusion")
