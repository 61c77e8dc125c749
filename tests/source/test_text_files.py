"""Text from outside: what is taken, and how what is none is told."""

from pathlib import Path

import numpy as np
import pytest

from linksim.source.text_files import (
    UnreadableText,
    one_line,
    read_table,
    read_text,
    read_toml,
)

MARK = b"\xef\xbb\xbf"
NEEDED, OFFERED = ("picture", "question"), ("answer",)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "given.txt"


def rows(file: Path, content: bytes) -> list[tuple[int, dict[str, str]]]:
    file.write_bytes(content)
    return read_table(file, NEEDED, OFFERED)


@pytest.mark.parametrize("content", [b"caf\xc3\xa9\r\nb\tc\n", MARK + b"caf\xc3\xa9\r\nb\tc\n"])
def test_a_byte_order_mark_changes_nothing(file: Path, content: bytes) -> None:
    file.write_bytes(content)
    assert read_text(file) == "café\r\nb\tc\n"


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"a\nb\xff\n", "line 2: can't be read as UTF-8 text (byte 0xff); save it as UTF-8"),
        (b"a\n\nb\0\n", "line 3: holds the control character '\\x00'"),
        (b"\x1b[2J", "line 1: holds the control character '\\x1b'"),
        (b"\xed\xa0\x80", "line 1: can't be read as UTF-8 text"),
        ("picture".encode("utf-16"), "is UTF-16; save it as UTF-8"),
        (b"x" * 101, "larger than 100 bytes"),
    ],
)
def test_what_is_no_text_is_one_line_with_file_and_line(
    file: Path, content: bytes, says: str
) -> None:
    file.write_bytes(content)
    with pytest.raises(UnreadableText) as caught:
        read_text(file, 100)
    assert str(caught.value).startswith(f"{file}")
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["missing", ".", "n\0l"])
def test_what_is_no_file_is_one_line(tmp_path: Path, name: str) -> None:
    with pytest.raises(UnreadableText, match="can't be read"):
        read_text(tmp_path / name)


def test_toml_takes_a_mark_and_says_what_is_wrong(file: Path) -> None:
    file.write_bytes(MARK + b'snr = "0:10"\n')
    assert read_toml(file) == {"snr": "0:10"}
    for content in (b"snr = ", b"a = " + b"[" * 5000):
        file.write_bytes(content)
        with pytest.raises(UnreadableText, match="no TOML"):
            read_toml(file)


@pytest.mark.parametrize(
    "content",
    [
        b"picture,question,answer\na.png,what?,red\n",
        MARK + b"Picture, Question ,ANSWER\r\na.png,what?,red\r\n\r\n,,\r\n",
        b'picture,question,answer\n"a.png","what?","red"',
    ],
)
def test_a_table_is_read_however_a_spreadsheet_writes_it(file: Path, content: bytes) -> None:
    assert rows(file, content) == [(2, {"picture": "a.png", "question": "what?", "answer": "red"})]


def test_commas_in_quotes_and_lines_in_quotes_belong_to_the_field(file: Path) -> None:
    content = b'picture,question\na.png,"red, or\nblue?"\nb.png,what?\n'
    assert rows(file, content) == [
        (3, {"picture": "a.png", "question": "red, or\nblue?"}),
        (4, {"picture": "b.png", "question": "what?"}),
    ]


def test_a_field_at_the_end_that_is_not_needed_may_be_left_out(file: Path) -> None:
    ((_, row),) = rows(file, b"picture,question,answer\na.png,what?\n")
    assert row["answer"] == ""


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "needs a header with picture,question,[answer]"),
        (b"name,text\n", "needs a header"),
        (b"picture;question\n", "needs a header with picture,question,[answer]; it has semicolons"),
        (b"picture\tquestion\n", "it has tabs"),
        (b"picture,question,question\n", "its header has the column 'question' twice"),
        (b"picture,question\na.png,red, or blue?\n", "line 2: 3 fields where the header has 2"),
        (b"picture,question\na.png,x\nb.png\n", "line 3: lacks its question"),
        (b'picture,question\na.png,"what?\n', "no CSV"),
        (b'picture,question\na.png,"what" is this?\n', "line 2: no CSV"),
    ],
)
def test_a_table_that_would_be_misread_is_refused(file: Path, content: bytes, says: str) -> None:
    with pytest.raises(UnreadableText) as caught:
        rows(file, content)
    assert says in str(caught.value)
    assert str(file) in str(caught.value)


def test_text_on_one_line_keeps_words_and_refuses_what_is_no_text() -> None:
    assert one_line("\twas ist\r\ndas,\u2028été?\n") == "was ist das, été?"
    for text in ("\udcff", "a\0b", "\x1b[2J", "\x7f"):
        with pytest.raises(ValueError, match=r"is not UTF-8|control character"):
            one_line(text)


def test_damaged_tables_are_read_or_refused_and_nothing_else(file: Path, fuzz: int) -> None:
    whole = MARK + b'picture,question,answer\na.png,"what, is it?",red\nb.png,and this?,\n' * 3
    rng = np.random.default_rng(5)
    for _ in range(300 * fuzz):
        content = bytearray(whole)
        for _ in range(rng.integers(1, 6)):
            place, kind = int(rng.integers(len(content))), rng.integers(3)
            if kind == 0:
                content[place] = rng.integers(256)
            elif kind == 1:
                del content[place : place + int(rng.integers(1, 20))]
            else:
                content[place:place] = rng.bytes(int(rng.integers(1, 4)))
        try:
            found = rows(file, bytes(content))
        except UnreadableText:
            continue
        assert all(set(NEEDED) <= set(row) for _, row in found)
