"""How far one gets without looking at the picture: the best guesses that words alone allow."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from linksim.source.world.questions import FAMILIES, Question


@dataclass(frozen=True)
class BlindGuess:
    """Share of a family's questions that a blind guess answers.

    Attributes:
        family: one of `FAMILIES`.
        questions: number of them that it was measured on.
        by_template: when one answer is given to all questions of a template.
        by_text: when one answer is given to all questions of the same words.
    """

    family: str
    questions: int
    by_template: float
    by_text: float

    @property
    def best(self) -> float:
        """The better of both."""
        return max(self.by_template, self.by_text)


def blind_guesses(questions: Sequence[Question]) -> list[BlindGuess]:
    """Measure blind guesses, family by family.

    The most frequent answers are found in every other question and tried on the rest, so that
    chance flatters none of them; words that were never met get their template's answer.
    """
    learnt, tried = questions[::2], questions[1::2]
    by_template = _most_frequent(learnt, lambda question: question.template)
    by_text = _most_frequent(learnt, lambda question: question.text)
    found = []
    for family in FAMILIES:
        asked = [question for question in tried if question.family == family]
        if asked:
            templates = [by_template.get(q.template, "") for q in asked]
            texts = [by_text.get(q.text, t) for q, t in zip(asked, templates, strict=True)]
            shares = (
                sum(guess == q.answer for guess, q in zip(guesses, asked, strict=True)) / len(asked)
                for guesses in (templates, texts)
            )
            found.append(BlindGuess(family, len(asked), *shares))
    return found


def _most_frequent(questions: Sequence[Question], key: Callable[[Question], str]) -> dict[str, str]:
    answers: dict[str, Counter[str]] = defaultdict(Counter)
    for question in questions:
        answers[key(question)][question.answer] += 1
    return {name: counted.most_common(1)[0][0] for name, counted in answers.items()}
