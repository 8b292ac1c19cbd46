"""The phrase book: whole in every language, readable in order, the same text everywhere."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parley.errors import InputError
from parley.liaison.hotline import phrasebook
from parley.liaison.hotline.blanks import BlankKind, check_blank, zulu_blank
from parley.liaison.hotline.phrase import LANGUAGES, RIGHT_TO_LEFT, Phrase
from parley.liaison.papers.values import Value

SAMPLES = {
    BlankKind.TIME: "2159Z 17 SEP 2018",
    BlankKind.PLACE: "N35.48 E035.95",
    BlankKind.BAND: "SFC-3000m",
    BlankKind.CALLSIGN: "IL20",
    BlankKind.NUMBER: "15",
    BlankKind.CHANNEL: "VHF 121.500",
}
ALL = sorted(phrasebook.BOOK.values(), key=lambda one: one.id)
LETTERS = {"en": "LATIN", "ru": "CYRILLIC", "he": "HEBREW", "ar": "ARABIC", "fr": "LATIN"}


def filled(phrase: Phrase) -> tuple[Value, ...]:
    return tuple(Value(name, SAMPLES[kind]) for name, kind in phrase.blanks)


def blanks_of(text: str) -> list[str]:
    return sorted(part.partition("}")[0] for part in text.split("{")[1:])


def test_there_are_thirty_to_forty_five_phrases_each_under_its_own_number() -> None:
    assert 30 <= len(ALL) <= 45
    assert [one.id for one in ALL] == sorted(phrasebook.BOOK)


def test_the_words_of_this_version_of_the_book_are_these_and_never_change() -> None:
    """Words that were once published stand in signed logs: say it better under a new number."""
    assert phrasebook.VERSION == "parley-phrases/1"
    assert phrasebook.digest() == "8e99fb20393cc8a4ea3c301bbac2b4659cc92ed7da217c281ef3d7fe10aca7fa"


@pytest.mark.parametrize("phrase", ALL, ids=lambda one: one.id)
def test_a_phrase_is_said_in_every_language_with_the_same_blanks(phrase: Phrase) -> None:
    assert tuple(phrase.wordings) == LANGUAGES
    assert phrase.meaning
    names = sorted(name for name, _ in phrase.blanks)
    for language, wording in phrase.wordings.items():
        assert blanks_of(wording.text) == names, language
        if wording.pronounced:
            assert blanks_of(wording.pronounced) == names, language
        assert "\n" not in wording.text
        assert len(wording.text) < 160
    for language in ("en", "ru", "he", "ar"):
        assert phrase.wordings[language].pronounced, language


@pytest.mark.parametrize("phrase", ALL, ids=lambda one: one.id)
def test_every_wording_is_in_its_own_script_and_its_pronunciation_in_another(
    phrase: Phrase,
) -> None:
    for language, wording in phrase.wordings.items():
        assert scripts_of(wording.text) == {LETTERS[language]}, language
        heard = scripts_of(wording.pronounced)
        assert heard <= ({"CYRILLIC"} if language == "en" else {"LATIN"}), language


def scripts_of(text: str) -> set[str]:
    outside = "".join(part.partition("}")[2] for part in f"}}{text}".split("{"))
    return {unicodedata.name(sign).split()[0] for sign in outside if sign.isalpha()}


@pytest.mark.parametrize("phrase", ALL, ids=lambda one: one.id)
def test_the_required_replies_exist_and_the_plainest_answer_is_short(phrase: Phrase) -> None:
    for reply in phrasebook.reply_to(phrase):
        assert reply.id != phrase.id
    if phrase.id.startswith(("p-1", "p-2", "p-3")) and not phrase.id.startswith("p-15"):
        assert phrase.replies


@pytest.mark.parametrize("phrase", ALL, ids=lambda one: one.id)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_rendered_phrase_holds_its_values_and_no_direction_sign(
    phrase: Phrase, language: str
) -> None:
    text = phrasebook.render(phrase, language, filled(phrase))
    assert "{" not in text
    assert all(value.value in text for value in filled(phrase))
    assert not [sign for sign in text if unicodedata.category(sign) in ("Cf", "Cc")]
    said = phrasebook.pronounced(phrase, language, filled(phrase))
    assert all(value.value in said for value in filled(phrase)) or not said


@pytest.mark.parametrize("phrase", ALL, ids=lambda one: one.id)
def test_right_to_left_text_begins_so_and_has_letters_between_its_blanks(phrase: Phrase) -> None:
    """Two Latin values side by side would be read in the wrong order."""
    for language in RIGHT_TO_LEFT:
        text = phrase.wordings[language].text
        assert unicodedata.bidirectional(text[0]) in ("R", "AL")
        parts = [part.partition("}")[2] for part in text.split("{")][1:-1]
        for between in parts:
            assert any(unicodedata.bidirectional(sign) in ("R", "AL") for sign in between)


def shown(text: str) -> str:
    """Where the runs of a right-to-left line end up, enough of UAX 9 for values of one run: the
    levels of numbers and Latin letters, and of what stands between two of them."""
    kinds = [unicodedata.bidirectional(sign) for sign in text]
    strong = "R"
    for at, kind in enumerate(kinds):
        if kind in ("L", "R", "AL"):
            strong = kind
        elif kind == "EN" and strong == "AL":
            kinds[at] = "AN"
        elif kind == "EN" and strong == "L":
            kinds[at] = "L"
    for at in range(1, len(kinds) - 1):
        if kinds[at] == "CS" and kinds[at - 1] == kinds[at + 1] in ("EN", "AN"):
            kinds[at] = kinds[at - 1]
    inner = [kind in ("L", "EN", "AN") for kind in kinds]
    for at in range(1, len(kinds) - 1):
        around = kinds[at - 1] == "L" and next((k for k in kinds[at:] if k in "LRALENAN"), "R")
        if not inner[at] and kinds[at] not in ("R", "AL") and around == "L":
            inner[at], kinds[at] = True, "L"
    return "".join(sign if run else "|" for sign, run in zip(text, inner, strict=True))


MORE = {
    BlankKind.PLACE: ("36SYD1234", "FARM 3", "35.48N 35.95E"),
    BlankKind.BAND: ("300m-9000m", "FL100-FL200", "FL300-UNL"),
    BlankKind.CALLSIGN: ("4X-ABC", "RF-93611"),
}


@pytest.mark.parametrize(
    ("kind", "value"),
    [(kind, value) for kind in BlankKind for value in (SAMPLES[kind], *MORE.get(kind, ()))],
)
@pytest.mark.parametrize(("before", "behind"), [("נא ", " עד"), ("قرب ", " حتى")])
def test_a_value_stays_in_one_piece_in_right_to_left_text(
    kind: BlankKind, value: str, before: str, behind: str
) -> None:
    check_blank(kind, value, "blanks.x")
    assert value in shown(f"{before}{value}{behind}")


@pytest.mark.parametrize("value", ["300 m", "3-5 north", "1000-2000"])
def test_what_would_be_torn_apart_there_is_no_value(value: str) -> None:
    assert value not in shown(f"قرب {value} حتى")
    for kind in BlankKind:
        with pytest.raises(InputError):
            check_blank(kind, value, "blanks.x")


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (BlankKind.TIME, "21:59"),
        (BlankKind.TIME, "2159Z"),
        (BlankKind.TIME, "2159Z 31 SEP 2018"),
        (BlankKind.TIME, "2460Z 17 SEP 2018"),
        (BlankKind.TIME, "2159Z 07 SEP 2018"),
        (BlankKind.TIME, "in 10 minutes"),
        (BlankKind.TIME, "٢١٥٩Z 17 SEP 2018"),
        (BlankKind.PLACE, ""),
        (BlankKind.PLACE, " harbour"),
        (BlankKind.PLACE, "harbour\u202e"),
        (BlankKind.PLACE, "{time}"),
        (BlankKind.PLACE, "a" * 81),
        (BlankKind.BAND, "3000m-300m"),
        (BlankKind.BAND, "FL200-FL100"),
        (BlankKind.BAND, "300-3000"),
        (BlankKind.CALLSIGN, "il20"),
        (BlankKind.CALLSIGN, "ИЛ20"),
        (BlankKind.NUMBER, "015"),
        (BlankKind.NUMBER, "-1"),
        (BlankKind.CHANNEL, "121.500"),
    ],
)
def test_a_value_that_could_be_taken_two_ways_is_refused_with_its_form(
    kind: BlankKind, value: str
) -> None:
    with pytest.raises(InputError) as refused:
        check_blank(kind, value, "blanks.x")
    assert "such as" in refused.value.right or "MGRS" in refused.value.right


@given(st.integers(min_value=0, max_value=253_402_300_799_999))
def test_every_instant_has_one_form_that_fills_a_time(ms: int) -> None:
    check_blank(BlankKind.TIME, zulu_blank(ms), "blanks.time")
    assert zulu_blank(ms) == zulu_blank(ms - ms % 60_000)


def test_blanks_that_are_missing_unknown_or_twice_are_refused() -> None:
    hold = phrasebook.find("p-103")
    place, time = (Value(name, SAMPLES[kind]) for name, kind in hold.blanks)
    for wrong in ((place,), (place, time, Value("band", "SFC-UNL")), (place, place, time)):
        with pytest.raises(InputError, match="p-103"):
            phrasebook.render(hold, "en", wrong)
    assert phrasebook.render(hold, "en", (time, place)) == (
        "Hold fire near N35.48 E035.95 until 2159Z 17 SEP 2018."
    )


def test_a_phrase_or_a_language_that_is_not_in_the_book_is_refused() -> None:
    with pytest.raises(InputError, match="p-999"):
        phrasebook.find("p-999")
    with pytest.raises(InputError, match="xx"):
        phrasebook.render(phrasebook.find("p-101"), "xx")


def test_a_place_in_arabic_letters_may_stand_in_an_english_phrase() -> None:
    text = phrasebook.render(phrasebook.find("p-201"), "en", (Value("place", "حميميم"),))
    assert text == "Who is at حميميم?"
