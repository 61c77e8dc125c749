"""Groups of ImageNet's classes, and which one a question names.

`groups.csv` has a line for each: its name, the words by which questions name it, the synsets of
WordNet 3.0 (Miller 1995) whose hyponyms its classes are, and these classes, counted as usual. The
first one has all 1000.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from importlib.resources import files

from linksim.source.refused import Refused

CLASSES = 1000
_MOST_WORDS = 3  # of a phrase
_NEAREST = 5
_EXAMPLES = ("dog", "bird", "food", "vehicle", "musical instrument")
_ANYTHING = "thing"


class UnknownGroup(Refused):
    """A question names no group of classes; the message has the nearest ones."""

    about = "query"


@dataclass(frozen=True)
class Group:
    """Classes that a question can ask about.

    Attributes:
        name: of the group.
        words: by which questions name it.
        synsets: of WordNet 3.0; none of the group of all classes.
        classes: ascending, 0 to 999.
    """

    name: str
    words: tuple[str, ...]
    synsets: tuple[str, ...]
    classes: tuple[int, ...]


def table_text() -> str:
    """Return the table as it is shipped."""
    return (files("linksim.source.zoo.imagenet") / "groups.csv").read_text(encoding="utf-8")


@cache
def groups() -> tuple[Group, ...]:
    """Return all groups, in the table's order."""
    lines = csv.DictReader(table_text().splitlines())
    return tuple(
        Group(
            line["group"],
            tuple(line["words"].split(";")),
            tuple(line["synsets"].split()),
            tuple(_numbers(line["classes"])),
        )
        for line in lines
    )


def group_of(question: str) -> Group:
    """Return the group that a question names: by its longest phrase, of equal ones the first.

    What stands for anything, as "it" does, counts where nothing else is named.

    Raises:
        UnknownGroup: if it names none.

    >>> group_of("Which dog is it?").name, group_of("what is it?").name
    ('dog', 'thing')
    >>> group_of("are there musical instruments?").name
    'musical instrument'
    """
    named = [found for found in _phrases(question) if found in _by_word()]
    known = [_by_word()[phrase] for phrase in sorted(named, key=lambda p: -p.count(" "))]
    for group in known:
        if group.name != _ANYTHING:
            return group
    if known:
        return known[0]
    raise UnknownGroup(f"{question!r} names nothing that can be looked for{_nearest(question)}")


@cache
def _by_word() -> dict[str, Group]:
    return {word: group for group in groups() for word in group.words}


def _phrases(question: str) -> Iterator[str]:
    words = re.findall(r"[a-z]+", question.lower())
    for first in range(len(words)):
        for count in range(1, min(_MOST_WORDS, len(words) - first) + 1):
            *before, last = words[first : first + count]
            for form in _singular(last):
                yield " ".join([*before, form])


def _singular(word: str) -> tuple[str, ...]:
    """Return a word, and what it may be the plural of."""
    forms = [word, word.removesuffix("s"), word.removesuffix("es")]
    if word.endswith("ies"):
        forms.append(word.removesuffix("ies") + "y")
    return tuple(dict.fromkeys(forms))


def _nearest(question: str) -> str:
    near = [
        _by_word()[word].name
        for phrase in _phrases(question)
        for word in get_close_matches(phrase, list(_by_word()), _NEAREST, 0.7)
    ]
    meant = dict.fromkeys(near)
    if meant:
        return f"; did you mean {', '.join(list(meant)[:_NEAREST])}?"
    return (
        f'; ask about one of {len(groups())} groups, like {", ".join(_EXAMPLES)}, or "what is it?"'
    )


def _numbers(text: str) -> Iterator[int]:
    for part in text.split():
        first, _, last = part.partition("-")
        yield from range(int(first), int(last or first) + 1)


def groups_named(questions: Sequence[str]) -> list[Group]:
    """Return the group of each question; raises as `group_of`."""
    return [group_of(question) for question in questions]
