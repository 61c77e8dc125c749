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
from difflib import SequenceMatcher, get_close_matches
from functools import cache
from importlib.resources import files

from linksim.source.refused import Refused

CLASSES = 1000
_MOST_WORDS = 3  # of a phrase
_NEAREST = 5
_NEAR, _SURELY = 0.66, 0.8  # how alike a misspelt word is at least, as difflib counts it
_LONGER = 2  # letters that it has more or less
_COMMON = frozenset(
    "a an and any are at be by can color colour could did do does for from has have he her his how "
    "i in is it its kind many me much my now of on or she show shown shows some sort tell that the "
    "them there these they this those to type was were what when where which who whose why with "
    "you your".split()
)
"""Words of questions that name nothing, however near to one that does: "what" is no hat."""
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

    What stands for anything, as "it" does, counts where nothing else is named or seems to be
    meant: "which dgo is it?" names none.

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
    meant = _nearest(question, _SURELY if known else _NEAR)
    if known and not meant:
        return known[0]
    raise UnknownGroup(f"{question!r} names nothing that can be looked for{_offer(meant)}")


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


def _nearest(question: str, least: float) -> list[str]:
    """Return the groups that a misspelt question may have meant, the likeliest first.

    Args:
        least: how alike a word must be, unless it has the same letters.
    """
    alike: dict[str, tuple[float, bool]] = {}
    named = [word for word, group in _by_word().items() if group.name != _ANYTHING]
    for phrase in _phrases(question):
        if _COMMON.intersection(phrase.split()) or phrase in _by_word():
            continue
        for word in get_close_matches(phrase, named, _NEAREST, _NEAR):
            swapped, name = sorted(word) == sorted(phrase), _by_word()[word].name
            how = SequenceMatcher(None, phrase, word).ratio(), swapped
            if abs(len(word) - len(phrase)) <= _LONGER and (swapped or how[0] >= least):
                alike[name] = max(alike.get(name, how), how)
    return sorted(alike, key=lambda name: alike[name], reverse=True)[:_NEAREST]


def _offer(meant: Sequence[str]) -> str:
    """Say what can be asked about: what was meant, or anything."""
    if meant:
        return f"; did you mean {', '.join(meant)}?"
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
