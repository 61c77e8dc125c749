"""The drawn world: 128×128 scenes of many things, with boxes, masks, questions, exact answers."""

from linksim.source.world.blind import BlindGuess, blind_guesses
from linksim.source.world.kinds import ANIMALS, KINDS, LETTERS
from linksim.source.world.language import caption, vocabulary
from linksim.source.world.questions import FAMILIES, Question, ask
from linksim.source.world.scene import BACKGROUNDS, COLOURS, SIDE, Scene, Thing, draw_scene

__all__ = [
    "ANIMALS",
    "BACKGROUNDS",
    "COLOURS",
    "FAMILIES",
    "KINDS",
    "LETTERS",
    "SIDE",
    "BlindGuess",
    "Question",
    "Scene",
    "Thing",
    "ask",
    "blind_guesses",
    "caption",
    "draw_scene",
    "vocabulary",
]
