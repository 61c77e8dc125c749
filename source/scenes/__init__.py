"""The embedded world: scenes drawn from a seed, with questions and exact answers."""

from linksim.source.scenes.backgrounds import BACKGROUNDS
from linksim.source.scenes.held_out import SEEN, ask_about_animals, draw_animals, refuse_animals
from linksim.source.scenes.language import FAMILIES, Question, ask, caption, vocabulary
from linksim.source.scenes.scene import ANIMALS, KINDS, SIDE, Scene, Thing, draw_scene
from linksim.source.scenes.sprites import COLOURS

__all__ = [
    "ANIMALS",
    "BACKGROUNDS",
    "COLOURS",
    "FAMILIES",
    "KINDS",
    "SEEN",
    "SIDE",
    "Question",
    "Scene",
    "Thing",
    "ask",
    "ask_about_animals",
    "caption",
    "draw_animals",
    "draw_scene",
    "refuse_animals",
    "vocabulary",
]
