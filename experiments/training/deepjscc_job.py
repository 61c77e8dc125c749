"""The training of DeepJSCC, from scenes to weights with a card."""

from __future__ import annotations

from linksim.experiments.training.cards import Card
from linksim.experiments.training.catalogue import Trained
from linksim.experiments.training.deepjscc import DeepJsccRecipe, score_deepjscc
from linksim.experiments.training.job import Job, Request, finish
from linksim.experiments.training.saving import save_half
from linksim.source.deepjscc import codec as deepjscc
from linksim.source.scenes import SIDE
from linksim.source.zoo.loading import load_llava, load_weights


def train_deepjscc(asked: Request) -> Trained:
    """Train DeepJSCC; return its scores by the preset's LLaVA."""
    job = Job.of(asked, "deepjscc", 9000)
    recipe = DeepJsccRecipe(job.seed, str(job.device))
    job.run(recipe)
    save_half(recipe.model, job.out / deepjscc.WEIGHTS_FILE)
    load_weights(recipe.model, job.out / deepjscc.WEIGHTS_FILE, job.preset)  # scored as saved
    codec = deepjscc.DeepJsccCodec(recipe.model, (SIDE, SIDE))
    card = Card(
        "DeepJSCC",
        "Five convolutions and as many back (Bourtsoulatze et al. 2019), one for all SNRs: a "
        "complex channel symbol for every three numbers of a picture.",
        job.command(),
        f"scenes 0 to {job.steps * recipe.batch_size - 1} of seed {job.seed}, no animals; Es/N0 "
        "from -5 to 20 dB, half of them over Rayleigh fading",
        score_deepjscc(codec, load_llava(job.preset, job.device)),
    )
    return finish(job, card)
