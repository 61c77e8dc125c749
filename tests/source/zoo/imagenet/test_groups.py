"""Groups of classes, and the questions that name them."""

from collections import defaultdict
from pathlib import Path

import pytest

from linksim.source.zoo.imagenet.groups import UnknownGroup, group_of, groups
from linksim.source.zoo.imagenet.judge import class_names

WORDNET = Path("/usr/share/wordnet/data.noun")  # Debian's package wordnet-base


@pytest.mark.parametrize(
    ("question", "name"),
    [
        ("which dog?", "dog"),
        ("What kind of birds are these?", "bird"),
        ("is there an instrument?", "musical instrument"),
        ("which wind instrument does the dog play?", "wind instrument"),
        ("what is it?", "thing"),
        ("which butterflies are on the car?", "butterfly"),
        ("is it a big cat?", "big cat"),
        ("which bus or lorry is this?", "truck"),
        ("what breed is it?", "thing"),
        ("what does this photograph show?", "thing"),
    ],
)
def test_a_question_names_a_group(question: str, name: str) -> None:
    assert group_of(question).name == name


def test_a_question_that_names_none_is_refused_with_the_nearest_groups() -> None:
    with pytest.raises(UnknownGroup, match=r"did you mean reptile\?"):
        group_of("which reptyle?")
    with pytest.raises(UnknownGroup, match=r"did you mean dog\?"):
        group_of("which dgo?")
    with pytest.raises(UnknownGroup, match="did you mean dog"):
        group_of("which dgo is this?")
    with pytest.raises(UnknownGroup, match="did you mean car"):
        group_of("is there a cra?")
    with pytest.raises(UnknownGroup, match=r"one of \d+ groups, like dog"):
        group_of("how late?")


def test_every_group_can_be_asked_for_and_has_a_size_that_tells() -> None:
    everything, animals, *others = groups()
    assert (len(everything.classes), animals.name) == (1000, "animal")
    assert 30 <= len(groups()) <= 60
    for group in others:
        assert 5 <= len(group.classes) <= 120, group.name
    for group in groups():
        assert group_of(f"which {group.name}?") == group
    assert len({word for group in groups() for word in group.words}) == sum(
        len(group.words) for group in groups()
    )


def test_classes_have_the_first_names_of_their_synsets() -> None:
    timm_data = pytest.importorskip("timm.data", reason="timm has the names of the synsets")
    info = timm_data.ImageNetInfo("imagenet-1k")
    first = [info.index_to_description(n).partition(",")[0].strip().lower() for n in range(1000)]
    assert tuple(first) == class_names()


def test_classes_are_what_wordnet_has_below_the_synsets() -> None:
    timm_data = pytest.importorskip("timm.data", reason="timm has the synsets of the classes")
    if not WORDNET.is_file():
        pytest.skip(f"{WORDNET} is not there: apt install wordnet-base")
    above = defaultdict(list)
    for line in WORDNET.read_text(encoding="latin1").splitlines():
        if not line.startswith(" "):
            fields = line.split("|")[0].split()
            first = 4 + 2 * int(fields[3], 16)
            pointers = fields[first + 1 :]
            above[fields[0]] = [
                pointers[at + 1]
                for at in range(0, 4 * int(fields[first]), 4)
                if pointers[at] in ("@", "@i")
            ]

    def hypernyms(synset: str) -> set[str]:
        return {synset}.union(*(hypernyms(one) for one in above[synset]))

    info = timm_data.ImageNetInfo("imagenet-1k")
    over = [hypernyms(info.index_to_label_name(number)[1:]) for number in range(1000)]
    for group in groups()[1:]:
        wanted = {synset[1:] for synset in group.synsets}
        assert [n for n in range(1000) if over[n] & wanted] == list(group.classes), group.name
