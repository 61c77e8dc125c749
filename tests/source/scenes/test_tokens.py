from numpy.random import default_rng

from linksim.source.scenes import ask, caption, draw_scene
from linksim.source.scenes.tokens import build_tokenizer, word_ids


def test_every_word_of_the_world_is_known() -> None:
    tokenizer, rng = build_tokenizer(), default_rng(0)
    for number in range(300):
        scene = draw_scene(9, number)
        question = ask(scene, rng)
        for text in (question.text, question.answer, caption(scene, rng)):
            assert tokenizer.unk_token_id not in tokenizer(text)["input_ids"], text


def test_text_is_lowered_and_punctuation_split() -> None:
    tokenizer, ids = build_tokenizer(), word_ids()
    words = ["<s>", "is", "there", "a", "dog", "?", "</s>"]
    assert tokenizer("Is there a DOG?")["input_ids"] == [ids[word] for word in words]


def test_a_word_from_outside_is_unknown_but_harmless() -> None:
    tokenizer, ids = build_tokenizer(), word_ids()
    assert tokenizer("zebra")["input_ids"] == [ids["<s>"], ids["<unk>"], ids["</s>"]]
