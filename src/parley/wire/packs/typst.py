"""A pack as the text that typst sets into a PDF.

Whatever comes from outside stands in string literals and is put out as text: no sign in it is
markup, and no code of it runs. Pictures are strings too; the text opens no file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from parley.wire.packs.pack import Block, Pack, Para, Picture, Section, Table, plain, rightward

FONT = "DejaVu Sans"
MONO = "DejaVu Sans Mono"
MOST_ROWS = 2_000
"""Of a table that is set cell by cell."""
SIGN_EM = 0.603
"""The width of a sign of ``MONO``, in em."""
_WIDE_PT, _HIGH_PT, _GUTTER_PT, _LINE_EM, _LARGEST_PT = 745.0, 440.0, 3.0, 1.16, 6.4
"""What a page of A4, landscape, has for a long table, and how it is set."""

_SETTINGS = f"""\
#set document(title: title)
#let marked = align(center, text(font: "{FONT}", 8pt, weight: "bold", banner))
#set page("a4", margin: (x: 1.6cm, top: 1.9cm, bottom: 1.9cm), header: marked, footer: context [
  #marked
  #v(-6pt)
  #align(right, text(font: "{FONT}", 7pt, counter(page).display("1 / 1", both: true)))
])
#set text(font: ("{FONT}",), size: 9pt, lang: "en", hyphenate: false)
#set par(justify: false)
#set table(stroke: 0.4pt + luma(140), inset: 3pt)
#show table.cell.where(y: 0): strong
#let section(body) = block(above: 16pt, below: 8pt, sticky: true, text(13pt, weight: "bold", body))
#let rightward(body) = text(dir: rtl, body)
#let long(size, body) = {{
  set text(font: ("{MONO}", "{FONT}"), size: size, top-edge: 0.8em, bottom-edge: -0.2em)
  set par(leading: 0.16em, linebreaks: "simple")
  body
}}
"""


def typst_source(pack: Pack, pictures: Mapping[str, str]) -> bytes:
    """The whole text, UTF-8. pictures: name -> SVG."""
    return "".join(_parts(pack, pictures)).encode()


def literal(text: str) -> str:
    """A string literal that means exactly this text."""
    return _quoted(plain(text))


def _quoted(text: str) -> str:
    return '"' + _SPECIAL.sub(_escaped, text) + '"'


_SPECIAL = re.compile(r'[\\"\n]')


def _escaped(found: re.Match[str]) -> str:
    return "\\n" if found[0] == "\n" else "\\" + found[0]


def _set(text: str) -> str:
    """An expression that puts the text out; from right to left where it begins so."""
    words = literal(text)
    return f"rightward({words})" if rightward(text) else words


def _parts(pack: Pack, pictures: Mapping[str, str]) -> Iterator[str]:
    yield f"#let title = {literal(pack.title)}\n#let banner = {literal(pack.banner)}\n"
    yield _SETTINGS
    yield '#text(17pt, weight: "bold", title)\n\n'
    for line in pack.lines:
        yield f"#{_par(line)}\n"
    for number, section in enumerate(pack.sections, 1):
        yield from _section(number, section, pictures)


def _section(number: int, section: Section, pictures: Mapping[str, str]) -> Iterator[str]:
    flipped = any(isinstance(b, Table) and b.widths and b.rows for b in section.blocks)
    if flipped:
        yield "#page(flipped: true)[\n"
    yield f"#section({literal(f'{number}. {section.title}')})\n"
    for block in section.blocks:
        yield from _block(block, pictures)
    if flipped:
        yield "]\n"


def _par(text: str) -> str:
    words = f"par({literal(text)})"
    return f"rightward({words})" if rightward(text) else words


def _block(block: Block, pictures: Mapping[str, str]) -> Iterator[str]:
    if isinstance(block, Para):
        yield f"#{_par(block.text)}\n"
    elif isinstance(block, Picture):
        drawn = pictures.get(block.name, "")
        if drawn:
            yield (
                f'#block(breakable: false)[#image(bytes({_quoted(drawn)}), format: "svg",'
                f" width: 100%, alt: {literal(block.says)})"
                f"#text(8pt, {literal(block.says)})]\n"
            )
    elif not block.rows:
        yield f"#{_par(block.nothing)}\n"
    elif block.widths:
        yield from _long(block)
    else:
        yield from _table(block)


def _table(table: Table) -> Iterator[str]:
    columns = ", ".join(_width(n, table) for n in range(len(table.head)))
    short = all(len(cell) <= _SHORT for row in table.rows[:MOST_ROWS] for cell in row)
    sides = ", ".join("right" if n in table.right else "start" for n in range(len(table.head)))
    yield "#[\n#set table.cell(breakable: false)\n" if short else "#[\n"
    yield f"#text(7pt, table(columns: ({columns},), align: ({sides},),\n  table.header("
    yield "".join(f"[#{_set(cell)}]," for cell in table.head)
    yield "),\n"
    for row in table.rows[:MOST_ROWS]:
        yield "  " + "".join(f"{_set(cell)}," for cell in row) + "\n"
    yield "))\n]\n"
    if len(table.rows) > MOST_ROWS:
        more = f"{len(table.rows) - MOST_ROWS} more rows stand in the HTML and CSV forms."
        yield f"#{_par(more)}\n"


def _width(column: int, table: Table) -> str:
    """Auto; where a table is too wide for its page, room for the instants of a column, which no
    line may break."""
    rows = [table.head, *table.rows[:MOST_ROWS]]
    natural = sum(max(len(row[n]) for row in rows) for n in range(len(table.head)))
    instants = [len(one) for row in rows for one in _INSTANT.findall(row[column])]
    if natural * _SIGN_PT <= _PAGE_PT or not instants:
        return "auto"
    return f"{max(instants) * _SIGN_PT + 2 * _INSET_PT:.0f}pt"


_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]{5,12}Z")
_SHORT = 400
"""Signs of a cell that may stand on one page whole."""
_SIGN_PT, _PAGE_PT, _INSET_PT = 4.5, 500.0, 3.0
"""A digit of 7 pt, and what a page of A4 has between its margins."""


def _long(table: Table) -> Iterator[str]:
    """Blocks of lines: a cell of the grid is a whole column of one page, so that thousands of
    rows are set in a moment. The text is as large as the widths allow."""
    free_pt = _WIDE_PT - _GUTTER_PT * (len(table.widths) - 1)
    size_pt = min(_LARGEST_PT, free_pt / (SIGN_EM * sum(table.widths)))
    step = int(_HIGH_PT / (_LINE_EM * size_pt)) - 1
    columns = ", ".join(f"{width * SIGN_EM * size_pt:.3f}pt" for width in table.widths)
    sides = ", ".join("right" if n in table.right else "left" for n in range(len(table.head)))
    for first in range(0, len(table.rows), step):
        page = table.rows[first : first + step]
        yield f"#long({size_pt:.3f}pt, grid(columns: ({columns},), align: ({sides},),"
        yield f" column-gutter: {_GUTTER_PT}pt,\n  "
        for column, width in enumerate(table.widths):
            cells = [table.head[column], *(row[column] for row in page)]
            yield f"{_column(cells, width)}, "
        yield "))\n"
        if first + step < len(table.rows):
            yield "#pagebreak()\n"


def _column(cells: Sequence[str], width: int) -> str:
    lines = "\n".join(_cut(cell, width) for cell in cells)
    head, _, rest = lines.partition("\n")
    return f"[#strong({literal(head)})#linebreak()#{literal(rest)}]"


def _cut(cell: str, width: int) -> str:
    """One line of what the table's contract says is short ASCII; never two."""
    line = "".join(c if c.isascii() and c.isprintable() else "?" for c in cell)
    shown = line if len(line) <= width else f"{line[: width - 1]}~"
    return shown or " "
