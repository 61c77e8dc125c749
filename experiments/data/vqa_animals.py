"""Which questions of VQA name animals: those that UO-ISC must not meet in training."""

from __future__ import annotations

import re

_WORDS_OF_COCO = "bird cat dog horse sheep cow elephant bear zebra giraffe".split()

# What people call these and others. Left out is what mostly means something else where pictures are
# asked about: mouse, bat, crane, fly, seal, turkey.
_OTHER_WORDS = """
    alligator alpaca animal ant antelope ape bee bison boar buffalo bug bull bunny butterfly calf
    camel caterpillar cattle cheetah chick chicken cockatoo collie colt crab creature crocodile
    crow dachshund dalmatian deer dolphin donkey dove dragonfly duck duckling eagle elk falcon
    feline fish flamingo foal fox frog gazelle goat goldfish goose gorilla gull hamster hawk hen
    heron hippo hippopotamus hog hound insect jellyfish kangaroo kitten kitty koala labrador
    ladybug lamb leopard lion lizard llama lobster mammal mare monkey moose moth mule octopus
    ostrich otter owl ox panda parakeet parrot peacock pelican penguin pet pig pigeon pony poodle
    pug puppy rabbit raccoon rat reptile retriever rhino rhinoceros rooster seagull shark sheepdog
    shepherd snail snake sparrow spider squirrel stallion starfish stork swan terrier tiger toad
    tortoise toucan turtle walrus whale wildlife wolf worm
""".split()

_PLURALS = {"calf": "calves", "goose": "geese", "ox": "oxen", "wolf": "wolves"}

# Things that are called after animals. The first two are categories of COCO.
_NO_ANIMALS = re.compile(
    r"\b(hot ?dog|teddy ?bear|(stuffed|toy|rubber|plastic|fake) (animal|bear|dog|cat|duck|bunny)|"
    r"dog ?house|cat ?walk|bird ?house|horse ?shoe|pig ?tail|pony ?tail|fish ?eye)s?\b"
)


def _plural(word: str) -> str:
    if word.endswith("y") and word[-2] not in "aeiou":
        return f"{word[:-1]}ies"
    return word + ("es" if word.endswith(("s", "x", "ch", "sh")) else "s")


_WORDS = frozenset(
    form
    for word in (*_WORDS_OF_COCO, *_OTHER_WORDS)
    for form in (word, _PLURALS.get(word, _plural(word)))
)


def about_animals(question: str, answer: str) -> bool:
    """Return whether an animal is named by a question, or by its answer.

    VQA's ``question_type``, "what animal is" for one, is how the question begins.

    >>> about_animals("How many puppies are there?", "2"), about_animals("What is this?", "cat")
    (True, True)
    >>> about_animals("What is the man eating?", "hot dog")
    False
    """
    text = _NO_ANIMALS.sub(" ", f"{question} {answer}".lower())
    return not _WORDS.isdisjoint(re.findall(r"[a-z]+", text))
