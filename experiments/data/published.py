"""Values of a data set's JSON files, each checked to be as it was published."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from linksim.experiments.data.json_stream import DamagedJson, array_values
from linksim.experiments.faults import Fault
from linksim.source.refused import Refused


class Unpublished(Exception):
    """A value of a file is none that the data set was published with."""


def published_values(
    file: Path,
    key: str,
    take: Callable[[Any], Any],
    most: int,
    fault: Callable[[Path, str], Fault],
) -> Iterator[Any]:
    """Yield what is used of the values of the array under ``key``.

    Args:
        file: that holds them.
        key: of the array.
        take: returns of a value what is used; raises `Unpublished` or `Refused` if it can't be.
        most: so many values at most.
        fault: makes of the file and a problem what is raised.

    Raises:
        Fault: if the file can't be read as that.
    """
    try:
        for count, value in enumerate(array_values(file, key), start=1):
            if count > most:
                raise fault(file, f"holds more than {most} {key}")
            yield take(value)
    except DamagedJson as error:
        raise fault(file, str(error)) from None
    except (Unpublished, Refused) as error:
        raise fault(file, f"one of its {key} is not as published ({error})") from None


def field(value: Any, name: str) -> Any:
    """Return a field of a value that is an object.

    Raises:
        Unpublished: if it is none, or has no such field.
    """
    if not isinstance(value, dict) or name not in value:
        raise Unpublished(repr(name))
    return value[name]
