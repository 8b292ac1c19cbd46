"""Pages for people: the same sections as text and as HTML that stands alone.

HTML without script and without any address: one file that opens anywhere and prints. Whatever a
peer wrote is escaped and kept in its own direction, so that it can not pass for the page's words.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from html import escape

from parley.wire.instants import MAX_MS, format_instant

WIDTH = 96
_MARKS = {"good": "[ok]", "bad": "[!!]", "open": "[??]", "": ""}


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of cells under a header; a cell may have several lines."""

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Section:
    """A title, then paragraphs, then a table or a list. tone: "good", "bad", "open" or ""."""

    title: str
    paragraphs: tuple[str, ...] = ()
    points: tuple[str, ...] = ()
    table: Table | None = None
    tone: str = ""
    verbatim: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Page:
    """A title, one line below it, and sections. banner: the marking, above and below all."""

    title: str
    subtitle: str
    sections: tuple[Section, ...]
    banner: str = ""


def as_text(page: Page) -> str:
    """Plain text, at most 96 columns where words allow it."""
    return "\n".join(_text_lines(page)) + "\n"


def as_html(page: Page) -> str:
    """One HTML file: UTF-8, no script, no address, fit for print."""
    body = "".join(_html_section(section, n) for n, section in enumerate(page.sections))
    mark = f'<p class="marking">{_isolated(page.banner)}</p>' if page.banner else ""
    title, subtitle = escape(clean(page.title)), escape(clean(page.subtitle))
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta http-equiv="Content-Security-Policy"'
        " content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        '<meta name="viewport" content="width=device-width">'
        f"<title>{title}</title><style>{_STYLE}</style></head>\n<body><main>"
        f"{mark}<header><h1>{title}</h1><p>{subtitle}</p></header>\n{body}{mark}"
        "</main></body></html>\n"
    )


def _text_lines(page: Page) -> Iterator[str]:
    if page.banner:
        yield clean(page.banner)
        yield ""
    yield clean(page.title)
    yield "=" * min(WIDTH, len(page.title))
    yield from textwrap.wrap(clean(page.subtitle), WIDTH)
    for section in page.sections:
        mark = _MARKS.get(section.tone, "")
        head = f"{mark} {section.title}".strip()
        yield ""
        yield head
        yield "-" * min(WIDTH, len(head))
        for paragraph in section.paragraphs:
            yield from textwrap.wrap(clean(paragraph), WIDTH) or [""]
        for number, point in enumerate(section.points, 1):
            lead = f"{number}. "
            yield from textwrap.wrap(
                clean(point), WIDTH, initial_indent=lead, subsequent_indent=" " * len(lead)
            )
        if section.table is not None:
            yield from _text_table(section.table)
        for block in section.verbatim:
            yield from ("    " + clean(line) for line in block.splitlines())
            yield ""
    if page.banner:
        yield ""
        yield clean(page.banner)


def _text_table(table: Table) -> Iterator[str]:
    """Each row as a block of lines: rows of statements are too wide for columns of text."""
    width = max((len(name) for name in table.header), default=0)
    for number, row in enumerate(table.rows, 1):
        yield f"#{number}"
        for name, cell in zip(table.header, row, strict=True):
            lines = [line for part in cell.splitlines() for line in _wrapped(part, width)]
            for at, line in enumerate(lines or [""]):
                yield f"   {name if at == 0 else '':<{width}}  {line}".rstrip()
        yield ""


def _wrapped(text: str, used: int) -> list[str]:
    return textwrap.wrap(clean(text), WIDTH - used - 5) or [""]


def moment(ms: int) -> str:
    """An instant that a narrow column breaks between date and time only: 2018-09-17 18:39:00Z.
    Whole seconds; what lies between is cut off."""
    return format_instant(ms - ms % 1000).replace("T", " ") if 0 <= ms <= MAX_MS else f"{ms} ms"


def clean(text: str) -> str:
    """One line that neither a terminal nor a reader can be fooled with."""
    return "".join(c if c.isprintable() else "\ufffd" for c in text)


def _html_section(section: Section, number: int) -> str:
    parts = [f'<section class="{section.tone or "plain"}" aria-labelledby="s{number}">']
    mark = {"good": "✓ ", "bad": "▲ ", "open": "? "}.get(section.tone, "")
    parts.append(f'<h2 id="s{number}">{mark}{escape(section.title)}</h2>')
    parts += [f"<p>{_isolated(p)}</p>" for p in section.paragraphs]
    if section.points:
        parts.append("<ol>" + "".join(f"<li>{_isolated(p)}</li>" for p in section.points) + "</ol>")
    if section.table is not None:
        parts.append(_html_table(section.table))
    parts += [f"<pre>{_isolated(block)}</pre>" for block in section.verbatim]
    parts.append("</section>\n")
    return "".join(parts)


def _html_table(table: Table) -> str:
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in table.header)
    rows = "".join(f"<tr>{_html_row(row)}</tr>\n" for row in table.rows)
    parts = ('<div class="wide"><table><thead><tr>', head, "</tr></thead><tbody>", rows)
    return "".join((*parts, "</tbody></table></div>"))


def _html_row(row: Sequence[str]) -> str:
    cells: Iterable[str] = (
        "<br>".join(_isolated(line) for line in cell.splitlines()) for cell in row
    )
    return "".join(f"<td>{cell}</td>" for cell in cells)


def _isolated(text: str) -> str:
    shown = "".join(c if c.isprintable() or c == "\n" else "\ufffd" for c in text)
    return f"<bdi>{escape(shown)}</bdi>"


_STYLE = (
    ":root{color-scheme:light dark}"
    "body{font:16px/1.5 system-ui,sans-serif;margin:0;background:Canvas;color:CanvasText}"
    "main{max-width:70rem;margin:0 auto;padding:1.5rem}"
    "h1{font-size:1.6rem;margin:0}h2{font-size:1.15rem;margin:2rem 0 .5rem;"
    "border-bottom:1px solid GrayText}"
    "table{border-collapse:collapse;width:100%;font-size:.9rem}"
    "th,td{border:1px solid GrayText;padding:.35rem .5rem;text-align:left;vertical-align:top}"
    "th{background:color-mix(in srgb,CanvasText 8%,Canvas)}"
    "pre{white-space:pre-wrap;overflow-wrap:anywhere;font-size:.8rem;"
    "border-left:3px solid GrayText;padding-left:.75rem}"
    "bdi{overflow-wrap:break-word}td,th{min-width:6rem;box-sizing:border-box}.wide{overflow-x:auto}"
    ".good h2{border-color:#1a7f37}.bad h2{border-color:#b3261e;border-width:3px}"
    ".open h2{border-color:#9a6700}"
    ".marking{font-weight:700;text-align:center;border:2px solid CanvasText;padding:.25rem}"
    "@page{margin:12mm}@media print{body{font-size:9pt}main{padding:0}.wide{overflow:visible}"
    "table{font-size:.85em}td,th{min-width:0;padding:2pt 3pt}tr{break-inside:avoid}}"
)
