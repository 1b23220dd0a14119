from random import Random

import regex

from loadtest import phrases


def test_DMO2_every_comment_is_long_enough_to_count_and_short_enough_to_be_taken() -> None:
    for comment in phrases.COMMENTS:
        assert 4 <= len(regex.findall(r"\X", comment)) <= 200  # E9, PROTOCOL 1.1
    assert len(set(phrases.COMMENTS)) == len(phrases.COMMENTS)


def test_DMO2_names_repeat_only_with_a_number() -> None:
    random = Random(1)
    first = [phrases.name(random, n) for n in range(len(phrases.NAMES))]
    assert first == list(phrases.NAMES)
    assert phrases.name(random, len(phrases.NAMES))[:2] == phrases.NAMES[0][:2]
    assert phrases.name(random, len(phrases.NAMES))[-2:].isdigit()
