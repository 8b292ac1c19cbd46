"""Packs printed: what parties wrote prints as itself, in every script, and runs nothing."""

from __future__ import annotations

import csv
import io
import json
import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pypdf import PdfReader

from parley.errors import ConfigError, FormatError, InputError, ParleyError
from parley.liaison.health.facts import Answered, Facts, LinkSeen, Receipted, Told
from parley.liaison.health.figures import Health, Period
from parley.liaison.health.measure import measure
from parley.liaison.health.reconcile import reconcile
from parley.outlets.plots import plots
from parley.outlets.press import Press, pdf
from parley.testing.agreements import HOUR_MS, small_agreement
from parley.testing.clock import DAWN_MS
from parley.wire.packs.contents import pack_of
from parley.wire.packs.csv import csv_files, csv_of
from parley.wire.packs.healthfile import health_bytes, health_from
from parley.wire.packs.html import html
from parley.wire.packs.pack import Pack, Para, Section, Table, plain, rightward
from parley.wire.packs.typst import literal, typst_source

AGREEMENT = small_agreement()
MONTH = Period(DAWN_MS, DAWN_MS + 30 * 24 * HOUR_MS)
BANNER = "TLP:RED // REL TO BLUE"
HOSTILE = (
    '#panic("ran")', "$x^2$", "*bold*", "@ref", "\\u{41}", '"quoted"', "[brackets] #[ ]", "_em_",
    "<label>", "= heading", "`raw`", "// comment", "/* comment */", "~", "#let x = 1",
    "- item", "+ 1", "{code}", "https://example.org", "<script>alert(1)</script>", "a\\", "'",
)  # fmt: skip
WORDS = {"Cyrillic": "Хмеймим", "Hebrew": "שלום", "Arabic": "سلام", "Greek": "Αθήνα"}


def a_month(party: str = "blue", notices: int = 6) -> Health:
    told, got, answered = [], [], []
    for n in range(notices):
        at_ms = DAWN_MS + n * HOUR_MS
        by, to = ("blue", "green") if n % 3 else ("green", "blue")
        start_ms = at_ms + (20 + 10 * n) * 60_000
        told.append(
            Told(
                "notice", f"{by}-{n}", 1, by, (to,), at_ms, False, "transit", start_ms, start_ms + 1
            )
        )
        got.append(Receipted(f"{by}-{n}", 1, to, at_ms + 500))
        answered.append(Answered(f"{by}-{n}", 1, to, 1, "read", at_ms + 30_000))
    links = (LinkSeen("green", True, DAWN_MS), LinkSeen("green", False, DAWN_MS + HOUR_MS))
    facts = Facts(party, tuple(told), (), tuple(got), tuple(answered), (), links, (), ())
    return measure(AGREEMENT, facts, MONTH, asked_ms=MONTH.until_ms)


def pack_with(*texts: str, title: str = "A pack") -> Pack:
    table = Table("t", ("Name", "Remark"), tuple((text, "x") for text in texts))
    return Pack(title, BANNER, ("Line",), (Section("S", (*map(Para, texts), table)),))


def text_of(data: bytes) -> str:
    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(data)).pages)


def letters(text: str) -> str:
    return re.sub(r"\s+", "", text)


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_name_prints_as_itself_in_a_pdf(text: str) -> None:
    found = letters(text_of(Press().pdf(pack_with(text, title=text), {})))
    assert found.count(letters(text)) >= 3, found


def test_control_and_direction_signs_are_shown_by_their_number() -> None:
    text = "a\x07b\u202ec\u2066d\x00e\u200f"
    assert plain(text) == "a[U+0007]b[U+202E]c[U+2066]d[U+0000]e[U+200F]"
    pack = pack_with(text)
    assert letters(plain(text)) in letters(text_of(Press().pdf(pack, {})))
    page = html(pack, {}).decode()
    assert "\u202e" not in page
    assert "[U+202E]" in page


@pytest.mark.parametrize("script", WORDS)
def test_every_script_has_its_letters_in_the_pdf(script: str) -> None:
    data = Press().pdf(pack_with(WORDS[script]), {})
    reader = PdfReader(io.BytesIO(data))
    found = text_of(data)
    assert set(WORDS[script]) & set(found), found
    fonts = {
        str(font.get_object()["/BaseFont"])
        for page in reader.pages
        for font in page["/Resources"]["/Font"].values()  # type: ignore[index]
    }
    assert all("DejaVu" in font for font in fonts), fonts


def test_text_that_begins_from_right_to_left_is_set_from_the_right() -> None:
    assert rightward("שלום blue-1")
    assert rightward("12 سلام")
    assert not rightward("blue שלום")
    source = typst_source(pack_with("שלום blue-1"), {}).decode()
    assert 'rightward(par("שלום blue-1"))' in source
    right = PdfReader(io.BytesIO(Press().pdf(Pack("t", "b", ("שלום",), ()), {})))
    left = PdfReader(io.BytesIO(Press().pdf(Pack("t", "b", ("Хме",), ()), {})))
    assert _first_x(right, "שלום") > 300 > _first_x(left, "Хме")


def _first_x(reader: PdfReader, word: str) -> float:
    found: list[float] = []

    def visit(text: str, cm: list[float], tm: list[float], font: object, size: float) -> None:
        if set(text) & set(word):
            found.append(cm[4] + tm[4])

    reader.pages[0].extract_text(visitor_text=visit)
    return found[0]


@given(st.text(max_size=80))
def test_a_literal_never_ends_before_its_end(text: str) -> None:
    inner = literal(text)[1:-1]
    assert not re.search(r'(?<!\\)(?:\\\\)*"', inner)
    assert "\n" not in inner
    read = re.sub(r"\\(.)", lambda m: "\n" if m[1] == "n" else m[1], inner)
    assert read == plain(text)


@settings(max_examples=25)
@given(st.text(max_size=60))
def test_any_text_can_be_set(text: str) -> None:
    assert Press().pdf(pack_with(text), {}).startswith(b"%PDF")


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


def parsed(data: bytes) -> _Page:
    page = _Page()
    page.feed(data.decode())
    return page


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_name_is_text_in_html(text: str) -> None:
    page = parsed(html(pack_with(text, title=text), {}))
    assert text in page.text
    assert not [tag for tag, _ in page.tags if tag in ("script", "label", "iframe", "img")]


def test_the_html_loads_nothing_and_is_marked_above_and_below() -> None:
    health = a_month()
    page = parsed(html(pack_of(health, title="M", banner=BANNER), plots(health)))
    for tag, attrs in page.tags:
        assert tag not in ("script", "link", "iframe", "img", "object", "embed")
        for name in ("src", "href", "xlink:href"):
            assert (attrs.get(name) or "#").startswith("#")
    assert page.text.count(BANNER) == 2


def test_every_page_of_the_pdf_is_marked_above_and_below_and_numbered() -> None:
    health = a_month(notices=400)
    data = Press().pdf(pack_of(health, title="M", banner=BANNER), {})
    pages = PdfReader(io.BytesIO(data)).pages
    assert len(pages) > 4
    for number, page in enumerate(pages, 1):
        text = page.extract_text()
        assert text.count(BANNER) == 2
        assert f"{number} / {len(pages)}" in text


def test_every_notice_stands_in_all_three_forms() -> None:
    health = a_month(notices=150)
    pack = pack_of(health, title="M", banner=BANNER, zones={"blue": "Asia/Jerusalem"})
    names = {row.item for row in health.rows}
    assert len(names) == 150
    printed = set(re.findall(r"(?:blue|green)-\d+", text_of(Press().pdf(pack, {}))))
    assert names <= printed
    assert all(f">{name}<" in html(pack, {}).decode() for name in names)
    rows = list(csv.reader(io.StringIO(csv_files(pack)["notices-list.csv"].decode("utf-8-sig"))))
    assert rows[0] == [BANNER]
    assert {row[0] for row in rows[2:]} == names


def test_times_are_zulu_with_each_partys_local_time() -> None:
    zones = {"blue": "Europe/Moscow", "green": "Asia/Jerusalem"}
    page = html(pack_of(a_month(), title="M", banner=BANNER, zones=zones), {}).decode()
    assert "2023-11-14T22:13:20Z (blue 01:13:20 +03:00 Wed 15 Nov 2023; green 00:13:20" in page
    with pytest.raises(InputError, match="not known"):
        pack_of(a_month(), title="M", banner=BANNER, zones={"blue": "Moon/Base"})
    with pytest.raises(InputError, match="time zone of 'mauve'"):
        pack_of(a_month(), title="M", banner=BANNER, zones={"mauve": "UTC"})


def test_an_empty_period_is_a_pack_that_says_so() -> None:
    health = measure(AGREEMENT, Facts("blue"), MONTH, asked_ms=MONTH.until_ms)
    pack = pack_of(health, title="M", banner=BANNER)
    found = text_of(Press().pdf(pack, plots(health)))
    assert "No notice was said in this period." in found
    assert "no notice in this period" in html(pack, {}).decode()


def test_a_table_too_long_for_cells_says_what_is_left_out_and_where_it_stands() -> None:
    table = Table("t", ("N",), tuple((str(n),) for n in range(2_003)))
    pack = Pack("t", BANNER, (), (Section("S", (table,)),))
    assert "3 more rows stand in the HTML and CSV forms." in text_of(Press().pdf(pack, {}))
    assert html(pack, {}).count(b"<tr>") == 2_004


def test_a_pack_of_too_many_notices_is_refused() -> None:
    health = a_month(notices=3)
    with pytest.raises(InputError, match="60000 notices"):
        pack_of(replace(health, rows=health.rows * 20_000), title="M", banner=BANNER)


def test_the_other_sides_figures_stand_beside_ours() -> None:
    ours, theirs = a_month(), a_month("green", notices=4)
    lines = reconcile(ours, theirs)
    pack = pack_of(ours, title="M", banner=BANNER, lines=lines, theirs="green")
    dispute = next(table for table in pack.tables() if table.name == "dispute")
    counted = next(row for row in dispute.rows if row[1:3] == ("blue to green", "new"))
    assert counted[3:] == ("4", "2", "differs")


def test_pictures_are_the_same_bytes_for_the_same_values_and_differ_without_colour() -> None:
    first, again = plots(a_month()), plots(a_month())
    assert first == again
    assert list(first) == ["notices", "lead", "answers", "outages", "reciprocity"]
    drawn = first["notices"]
    assert "stroke-dasharray" in drawn
    assert "<use" in drawn
    assert "<image" not in drawn
    assert "http://purl" not in drawn


def test_a_pack_of_the_same_values_is_the_same_pdf() -> None:
    health = a_month()
    pack = pack_of(health, title="M", banner=BANNER)
    pictures = plots(health)
    assert Press().pdf(pack, pictures) == Press().pdf(pack, pictures)


def test_figures_go_through_a_file_and_come_back() -> None:
    health = a_month()
    assert health_from(health_bytes(health), "a.json") == health
    for wrong in (b"[]", b'{"kind":"other"}', b"{", b'{"kind":"parley/health/v1"}'):
        with pytest.raises(FormatError):
            health_from(wrong, "a.json")


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=6,
)
_EXPORTED = json.loads(health_bytes(a_month(notices=2)))


@settings(max_examples=200)
@given(st.sampled_from(sorted(_EXPORTED)), _json, st.integers(0, 3))
def test_a_file_of_a_hostile_side_is_refused_or_shown(
    member: str, value: object, deep: int
) -> None:
    file = json.loads(json.dumps(_EXPORTED))
    if deep and isinstance(file[member], list) and file[member]:
        inside = file[member][0]
        if isinstance(inside, dict):
            inside[sorted(inside)[deep % len(inside)]] = value
        else:
            file[member][0] = value
    else:
        file[member] = value
    try:
        theirs = health_from(json.dumps(file).encode(), "theirs.json")
        lines = reconcile(a_month("green", notices=2), theirs)
    except ParleyError:
        return
    pack = pack_of(a_month("green", notices=2), title="M", banner=BANNER, lines=lines, theirs="x")
    assert html(pack, {})


def test_a_figure_beyond_all_measure_is_refused() -> None:
    file = json.loads(health_bytes(a_month(notices=2)))
    file["figures"][0]["value"] = 10**20
    with pytest.raises(FormatError, match="beyond"):
        health_from(json.dumps(file).encode(), "theirs.json")


@pytest.mark.parametrize("cell", ["=1+1", "+cmd", "@x", "-x"])
def test_a_spreadsheet_is_given_no_formula(cell: str) -> None:
    data = csv_of(Table("t", ("A",), ((cell,), ("-12",))), BANNER).decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(data)))
    assert rows[2:] == [[f"'{cell}"], ["-12"]]


def test_a_text_that_cannot_be_set_is_our_fault() -> None:
    with pytest.raises(ConfigError, match="cannot be set"):
        pdf(b"#panic()")


@pytest.mark.parametrize("path", ["/etc/hostname", "pyproject.toml", "../../../etc/hostname"])
def test_a_typst_text_reaches_no_file_of_the_machine(path: str) -> None:
    with pytest.raises(ConfigError, match="cannot be set"):
        pdf(f'#read("{path}")'.encode())
