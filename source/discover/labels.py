"""Labels of the objects that a task needs: read from an answer in words, kept in a plain file."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path, PurePosixPath

from linksim.source.refused import Refused
from linksim.source.text_files import UnreadableText, read_text
from linksim.source.zoo.preset import Preset

MOST_LABELS = 400
"""Labels that a task may have; what comes after them is dropped."""

LONGEST_LABEL = 40
"""Characters of a label; a longer one is no name of an object."""

_MOST_WORDS = 4
_NO_LABEL = "holds no label; give a label a line, like dog or traffic light"
_SETS = Path(str(files("linksim.source.discover"))) / "tasks"
_PROSE = frozenset("certainly here hope i if let note okay please sure these this we you".split())
_BULLET = re.compile(r"^\s*(?:[-*•+>]+|\(?\d{1,4}[.):])\s*")
_QUOTES = "\"'`*_.“”‘"
_ASIDE = re.compile(r"\([^()]*\)")


class UnknownTask(Refused):
    """A preset's set of tasks has no such task, or there is no such set; the message says which."""

    about = "task"


@dataclass(frozen=True)
class TaskLabels:
    """The labels of a task, and where they are from.

    Attributes:
        task: its name.
        description: of the task, one line.
        provider: who named the labels.
        labels: lower case, without repeats.
    """

    task: str
    description: str
    provider: str
    labels: tuple[str, ...]

    def text(self) -> str:
        """Return the file of these labels: a header of comments, then a label a line.

        >>> print(TaskLabels("detection", "", "me", ("dog", "red car")).text(), end="")
        # task: detection
        # description:
        # provider: me
        dog
        red car
        """
        header = {"task": self.task, "description": self.description, "provider": self.provider}
        lines = [f"# {key}: {' '.join(value.split())}".rstrip() for key, value in header.items()]
        return "\n".join([*lines, *self.labels]) + "\n"


def read_labels(file: Path) -> TaskLabels:
    """Read a file with a label a line; comments begin with ``#``, and a header is not needed.

    Raises:
        UnreadableText: if it can't be read as text, holds no label, or a line that is none.
    """
    lines = read_text(file).splitlines()
    comments = (line[1:].partition(":") for line in lines if line.startswith("#"))
    header = {key.strip(): value.strip() for key, _, value in comments}
    labels = _kept(_labels_of(file, lines))
    if not labels:
        raise UnreadableText(file, _NO_LABEL)
    task, description = header.get("task", file.stem), header.get("description", "")
    return TaskLabels(task, description, header.get("provider", file.name), tuple(labels))


def read_answer(file: Path) -> TaskLabels:
    """Read a file with a language model's answer as it came, or with labels of any such form.

    Raises:
        UnreadableText: as `read_labels`.
    """
    lines = (line for line in read_text(file).splitlines() if not line.startswith("# "))
    labels = parse_labels("\n".join(lines))
    if not labels:
        raise UnreadableText(file, _NO_LABEL)
    return TaskLabels(file.stem, "", f"file {file.name}", tuple(labels))


def _labels_of(file: Path, lines: Iterable[str]) -> Iterator[str]:
    for number, line in enumerate(lines, start=1):
        if line.strip() and not line.startswith("#"):
            if not _cleaned(line):
                raise UnreadableText(file, f"{line[:60]!r} is no label; give one a line", number)
            yield line


def task_labels(preset: Preset, task: str) -> TaskLabels:
    """Return the labels of a task in the set of tasks that a preset names.

    ``tasks`` in the table ``[discover]`` is a set of linksim's own, or ``folder:NAME`` for a folder
    of files TASK.txt beside the preset or under --models.

    Raises:
        UnknownTask: if there is no such set or task.
        UnreadableText: as `read_labels`.
    """
    name = str(preset.discover.get("tasks", ""))
    scheme, _, folder = name.partition(":")
    own, parts = scheme == "folder" and bool(folder), PurePosixPath(folder or name).parts
    place = preset.models / folder if own else _SETS / name
    if "/" in parts or ".." in parts:  # nothing outside of these folders
        name = ""
    known = sorted(file.stem for file in place.glob("*.txt")) if name and place.is_dir() else []
    if not known:
        raise UnknownTask(f"{preset.name}: no set of tasks {name!r}; see [discover] tasks")
    if task not in known:
        raise UnknownTask(f"{task}: no such task in {preset.name}; one of {', '.join(known)}")
    return read_labels(place / f"{task}.txt")


def parse_labels(answer: str) -> list[str]:
    """Return the labels in an answer: JSON, lines, bullets, numbers or commas; prose is left out.

    >>> parse_labels("Here:\\n1. Dog\\n2) **Traffic light** (red)\\n- dog\\nAlso: car, bus.")
    ['dog', 'traffic light', 'car', 'bus']
    >>> parse_labels('```json\\n{"animals": ["Dog", {"label": "cat"}]}\\n```')
    ['dog', 'cat']
    """
    found = _json_in(answer)
    return _kept(_strings(found) if found is not None else _items(answer))


def _json_in(answer: str) -> object:
    """Return the outermost JSON array or object in an answer, or None."""
    for opening, closing in ("[]", "{}"):
        first, last = answer.find(opening), answer.rfind(closing)
        outermost = not answer[:first].rstrip().endswith(":")  # or it is a value in an object
        if 0 <= first < last and outermost:
            try:
                found: object = json.loads(answer[first : last + 1])
            except (ValueError, RecursionError):
                continue
            return found
    return None


def _strings(value: object) -> Iterator[str]:
    """Yield the strings of a JSON value, but not the keys of its objects."""
    waiting = [value]
    while waiting:
        part = waiting.pop()
        if isinstance(part, str):
            yield part
        elif isinstance(part, list):
            waiting.extend(reversed(part))
        elif isinstance(part, dict):
            waiting.extend(reversed(part.values()))


def _items(answer: str) -> Iterator[str]:
    """Yield what lines list, without bullets, numbers and the headings before a colon."""
    for line in answer.splitlines():
        heading, colon, rest = _BULLET.sub("", line).partition(":")
        if not heading.lstrip().startswith("#"):
            yield from re.split(r"[,;|\t]", rest if colon else heading)


def _kept(candidates: Iterable[str]) -> list[str]:
    """Return cleaned labels without repeats, at most `MOST_LABELS`."""
    labels: dict[str, None] = {}
    for candidate in candidates:
        label = _cleaned(candidate)
        if label:
            labels[label] = None
        if len(labels) == MOST_LABELS:
            break
    return list(labels)


def _cleaned(text: str) -> str:
    """Return a label in lower case and plain letters, or nothing if it is none."""
    if len(text) > 4 * LONGEST_LABEL:
        return ""
    text = _ASIDE.sub(" ", _BULLET.sub("", text)).replace("’", "'").strip().strip(_QUOTES).lower()
    text = re.sub(r"^(?:and|or|an?|the)\s+", "", " ".join(text.replace("_", " ").split()))
    plain = all(c.isalnum() or c in " -'/&" for c in text) and any(c.isalpha() for c in text)
    words = text.split()
    short = len(text) <= LONGEST_LABEL and len(words) <= _MOST_WORDS
    prose = not words or words[0].split("'")[0] in _PROSE
    return text if plain and short and not prose else ""
