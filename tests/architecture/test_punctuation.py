"""Chinese texts are punctuated by one rule per author (docs/decisions/0080-punctuation.md)."""

import re
from pathlib import Path

from server.text.catalogue import MESSAGES
from server.text.prompts import PROMPTS
from tests.architecture.sources import CHECKOUT

HAN = "\u4e00-\u9fff"
HALF = re.compile(rf"[{HAN}」）}}][,:;!?()]|[,:;!?(][{HAN}「]")
FULL = re.compile("[，：；！？（）]")
PAGES = (
    "src/text/zh-CN.ts",
    "src/text/board.zh-CN.ts",
    "src/text/points-words.ts",
    "src/host/words-zh-CN.ts",
)


def quoted_in(source: Path) -> list[str]:
    """Return the strings of a catalogue of the pages, with what is filled in written as `}`."""
    words = re.findall(r'"([^"\n]*)"|`([^`\n]*)`', source.read_text(encoding="utf-8"))
    return [re.sub(r"\$\{.*\}", "}", plain or filled) for plain, filled in words]


def test_X9_the_pages_and_the_prompter_punctuate_in_full_width() -> None:
    pages = {name: quoted_in(CHECKOUT / "overlay_web" / name) for name in PAGES}
    assert all(len(said) > 10 for said in pages.values())
    wrong = [(name, text) for name, said in pages.items() for text in said if HALF.search(text)]
    wrong += [(key, one.zh) for key, one in PROMPTS.items() if HALF.search(one.zh)]
    assert wrong == []


def test_X9_what_the_server_says_to_viewers_is_punctuated_as_the_sentences_that_the_contract_quotes() -> None:
    assert HALF.search(MESSAGES["shout.level_up_offer"].zh)
    assert [(key, one.zh) for key, one in MESSAGES.items() if FULL.search(one.zh)] == []
