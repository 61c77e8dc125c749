import json
from pathlib import Path

import pytest

from linksim.experiments.data import json_stream
from linksim.experiments.data.json_stream import DamagedJson, array_values

VALUES = [{"a": [1, {"b": ']},\n\\"'}]}, -1.5e3, "ü\u2028", None, True, [], 12345]


@pytest.mark.parametrize("chunk", [1, 2, 7, 100_000])
@pytest.mark.parametrize("indent", [None, 1])
def test_values_are_those_of_the_whole_file_wherever_it_is_cut(
    chunk: int, indent: int | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(json_stream, "_CHUNK", chunk)
    file = tmp_path / "values.json"
    whole = {"before": {"values": [9]}, "number": 12, "values": VALUES, "after": [3]}
    file.write_text(json.dumps(whole, indent=indent, ensure_ascii=False), encoding="utf-8")
    assert list(array_values(file, "values")) == VALUES
    file.write_text('{"values": []}')
    assert list(array_values(file, "values")) == []


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[1, 2]",
        b'{"values": [1, 2',
        b'{"values": [1 2]}',
        b'{"values": [1, }]}',
        b'{"values": 3}',
        b'{"other": [1]}',
        b'{"values": ["\xff"]}',
        b'{"values": [' + b"[" * 100_000,
        b'{"values": ["' + b"x" * 5_000_000 + b'"]}',
        b'{"values": [' + b"9" * 10_000 + b"]}",
    ],
)
def test_what_is_no_such_file_is_damaged_whatever_it_is(content: bytes, tmp_path: Path) -> None:
    file = tmp_path / "damaged.json"
    file.write_bytes(content)
    with pytest.raises(DamagedJson, match=r"damaged at character|no array"):
        list(array_values(file, "values"))
