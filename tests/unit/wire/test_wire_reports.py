"""Reports for people: the same facts as text and HTML, nothing of a peer's words runs or hides."""

from __future__ import annotations

from html.parser import HTMLParser

from hypothesis import given
from hypothesis import strategies as st

from parley.errors import ForgedError
from parley.ledger import EvidenceReport, verify_evidence
from parley.ledger.dispute import compare
from parley.testing.books import T0_S, book_of
from parley.testing.keys import root_key
from parley.wire.dispute_report import dispute_members, dispute_page
from parley.wire.evidence_report import FileFacts, evidence_page, refused_page
from parley.wire.pages import Page, Section, Table, as_html, as_text

FACTS = FileFacts("night.evidence", "ab" * 32, 1234, 1_700_000_000_000, "parley test")
PINNED = [root_key(party).verifier for party in ("il", "ru")]


class _Words(HTMLParser):
    """The text of a page, and which tags it has."""

    def __init__(self) -> None:
        super().__init__()
        self.words = ""
        self.tags: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)

    def handle_data(self, data: str) -> None:
        self.words += data + " "


def read(html: str) -> _Words:
    page = _Words()
    page.feed(html)
    return page


def two_sides() -> tuple[EvidenceReport, EvidenceReport]:
    """il tells ru something; ru receipts it; ru says something that il never saw."""
    il, ru = book_of("il", ["ru"]), book_of("ru", ["il"])
    note = il.say({"text": "first"}, to=["ru"])
    receipt = ru.take(note, T0_S + 1)
    il.head(T0_S + 2, {"ru": T0_S + 3})
    ru.say({"text": "second"}, at_s=T0_S + 500, to=["il"])
    ru.head(T0_S + 4, {"il": T0_S + 5})
    a = il.evidence([il.item(0), il.item(2, [receipt])], ["il", "ru"], refs=("notice:il-1",))
    b = ru.evidence([ru.item(0), ru.item(2), ru.item(3)], ["il", "ru"])
    return verify_evidence(a, pinned=PINNED), verify_evidence(b, pinned=PINNED)


def test_report_names_signer_places_receipt_and_witness_in_both_forms() -> None:
    report, _ = two_sides()
    page = evidence_page(report, FACTS)
    for words in (" ".join(as_text(page).split()), " ".join(read(as_html(page)).words.split())):
        assert "Evidence: notice:il-1" in words
        assert "VERIFIED" in words
        assert "il/log/1, place 2" in words
        assert "ru 2018-09-17 " in words
        assert "All keys hang on roots that you pinned" in words
        assert FACTS.sha256 in words


def test_report_says_aloud_what_was_not_pinned_and_what_is_unwitnessed() -> None:
    il = book_of("il", ["ru"])
    il.say({"text": "alone"}, to=["ru"])
    il.head()
    data = il.evidence([il.item(0), il.item(2)], ["il", "ru"])
    words = " ".join(as_text(evidence_page(verify_evidence(data), FACTS)).split())
    assert "NOT ALL KEYS ARE PINNED" in words
    assert "UNWITNESSED" in words
    assert "no receipt shown" in words
    assert "Whether ru received" in words


def test_a_file_that_does_not_verify_is_told_without_its_words() -> None:
    error = ForgedError("the proof leads elsewhere", right="the root", where="items[3]")
    words = as_text(refused_page(FACTS, error))
    assert words.startswith("NOT VERIFIED: night.evidence")
    assert "items[3]" in words
    assert "the proof leads elsewhere" in words


def test_both_sides_stand_on_one_timeline_and_swapping_them_swaps_the_page() -> None:
    a, b = two_sides()
    members, swapped = dispute_members(compare(a, b)), dispute_members(compare(b, a))
    assert (members["a"], members["b"]) == (["il"], ["ru"])
    assert [row["a"] for row in members["only_a"]] == [row["b"] for row in swapped["only_b"]]
    shared = {row["note_hash"] for row in members["agreed"]}
    assert shared == {row["note_hash"] for row in swapped["agreed"]}
    page = dispute_page(compare(a, b), a, b, FACTS, FACTS)
    words = " ".join(read(as_html(page)).words.split())
    assert "Side by side: il and ru" in words
    assert "not in this file" in words
    assert "outside its bounds" in words  # ru's clock ran 500 s ahead of those who cosigned


@given(st.text(max_size=60), st.text(max_size=60))
def test_nothing_that_a_peer_wrote_becomes_part_of_the_page(said: str, also: str) -> None:
    hostile = f"<script>{said}</script>&<img src=x>{also}\x1b[31m\u202e"
    table = Table(("a", "b"), ((hostile, hostile),))
    page = Page("T", hostile, (Section("S", (hostile,), (hostile,), table, "bad", (hostile,)),))
    html = read(as_html(page))
    assert not html.tags & {"script", "img", "a", "link", "iframe"}
    assert "\x1b" not in as_html(page)
    text = as_text(page)
    assert not {c for c in text if not c.isprintable()} - {"\n"}


@given(st.lists(st.text(min_size=1, max_size=400), min_size=1, max_size=4))
def test_text_fits_96_columns_where_its_words_do(cells: list[str]) -> None:
    words = [" ".join(w[:40] for w in cell.split()) or "x" for cell in cells]
    table = Table(tuple(f"c{n}" for n in range(len(words))), (tuple(words),))
    page = Page("T", "s", (Section("S", tuple(words), tuple(words), table),))
    assert max(len(line) for line in as_text(page).splitlines()) <= 96
