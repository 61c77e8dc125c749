"""The training of the small world's LLaVA, from scenes to weights with a card."""

from __future__ import annotations

from linksim.experiments.training.cards import Card
from linksim.experiments.training.catalogue import Trained
from linksim.experiments.training.job import Job, Request, finish, seen
from linksim.experiments.training.llava import LlavaRecipe, save
from linksim.experiments.training.scores import score_llava
from linksim.source.zoo.loading import load_clip, load_llava


def train_llava(asked: Request) -> Trained:
    """Train the embedded LLaVA on the preset's CLIP tower; return what that leaves."""
    job = Job.of(asked, "llava", 2600)
    visual = load_clip(job.preset, job.device).model.visual
    recipe = LlavaRecipe(visual, job.seed, str(job.device))
    job.run(recipe)
    save(recipe.model, recipe.tokenizer, job.out)
    table = {**job.preset.llava, "model": job.out}
    llava = load_llava(job.with_tables(llava=table), job.device)
    card = Card(
        "Embedded LLaVA",
        "A transformers LlavaForConditionalGeneration: the embedded CLIP's tower, frozen, under a "
        "Qwen2 language model of width 128 and 4 layers that answers questions about scenes.",
        job.command(),
        seen(job, 16) + ", six questions each",
        score_llava(llava),
    )
    return finish(job, card)
