"""Words counted by Unicode's rules."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.words import count_words


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 0),
        (" \n\t", 0),
        ("— … !?", 0),
        ("The kettle sings.", 3),
        ("It's the kettle's.", 3),
        ("It’s the kettle’s.", 3),  # noqa: RUF001 - the apostrophe that word processors write
        ("'quoted' words", 2),
        ("a well-known kettle", 4),
        ("3.14 and 1,000 and 3.", 5),
        ("end.Next", 1),
        ("snake_case and CamelCase", 3),
        ("key:value", 2),
        ("l’été déjà", 2),  # noqa: RUF001 - see above
        ("e\u0301te\u0301", 1),
        ("Привет, мир", 2),
        ("हिन्दी में लिखा", 3),
        ("안녕하세요 세계", 2),
        ("水壶在唱歌", 5),
        ("水壶在唱歌。", 5),
        ("やかんがうたう", 7),
        ("カタカナ", 1),
        ("日本語のテキスト", 5),
        ("\U00020000\U00020001", 2),
        ("กาน้ำร้องเพลง", 3),
        ("MP3を聞く", 4),
        ("🍵 tea 🍵", 1),
    ],
)
def test_words_of_any_script_are_counted(text: str, count: int) -> None:
    assert count_words(text) == count


@given(st.text())
def test_no_text_has_more_words_than_characters(text: str) -> None:
    assert 0 <= count_words(text) <= len(text)


@given(st.lists(st.text(min_size=1)))
def test_texts_on_lines_of_their_own_count_for_themselves(texts: list[str]) -> None:
    assert count_words("\n".join(texts)) == sum(map(count_words, texts))


@pytest.mark.parametrize("unit", ["a", "'", "a'", "1,", "水", "ก", "a\u0301", "\u0301", "カ", "é.", "_", "\u200d"])
def test_time_is_linear_in_the_text(unit: str) -> None:
    started = time.process_time()
    count_words(unit * 300_000)
    assert time.process_time() - started < 2
