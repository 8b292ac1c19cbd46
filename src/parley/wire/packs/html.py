"""A pack as one HTML file: nothing foreign is loaded, no script stands in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from html import escape

from parley.wire.packs.pack import Block, Pack, Para, Picture, Table, plain

CSS = """\
:root{color-scheme:light}
body{font:14px/1.45 "DejaVu Sans",system-ui,sans-serif;margin:0 auto;max-width:78rem;
padding:2.5rem 1.5rem;color:#111;background:#fff}
.banner{position:fixed;left:0;right:0;background:#111;color:#fff;text-align:center;
font-weight:bold;padding:.15rem;z-index:1}
.banner.top{top:0}.banner.bottom{bottom:0}
h1{font-size:1.7rem;margin:.5rem 0}
h2{font-size:1.2rem;border-bottom:2px solid #111;margin-top:2rem}
.scroll{overflow-x:auto}
table{border-collapse:collapse;margin:.6rem 0;font-variant-numeric:tabular-nums}
th,td{border:1px solid #999;padding:.15rem .45rem;vertical-align:top;text-align:start}
thead th{background:#e6e6e6}td.r,th.r{text-align:right}
table.long{font-size:11px}figure{margin:1rem 0}figure svg{max-width:100%;height:auto}
nav a{margin-right:1rem}
@media print{body{max-width:none}h2{break-after:avoid}tr{break-inside:avoid}}
"""
POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"


def html(pack: Pack, pictures: Mapping[str, str]) -> bytes:
    """The file, UTF-8. pictures: name -> an SVG element of our own drawing, put in as it is."""
    return "".join(_parts(pack, pictures)).encode()


def _text(text: str) -> str:
    return escape(plain(text)).replace("\n", "<br>")


def _parts(pack: Pack, pictures: Mapping[str, str]) -> Iterator[str]:
    title, banner = _text(pack.title), _text(pack.banner)
    yield (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
        f"<title>{title}</title><style>{CSS}</style></head><body>"
        f'<div class="banner top" role="note">{banner}</div>'
        f'<div class="banner bottom" role="note">{banner}</div><h1>{title}</h1>'
    )
    for line in pack.lines:
        yield f'<p dir="auto">{_text(line)}</p>'
    yield "<nav>"
    for number, section in enumerate(pack.sections, 1):
        yield f'<a href="#s{number}">{number}. {_text(section.title)}</a>'
    yield "</nav>\n"
    for number, section in enumerate(pack.sections, 1):
        yield f'<section id="s{number}"><h2>{number}. {_text(section.title)}</h2>\n'
        for block in section.blocks:
            yield from _block(block, pictures)
        yield "</section>\n"
    yield "</body></html>\n"


def _block(block: Block, pictures: Mapping[str, str]) -> Iterator[str]:
    if isinstance(block, Para):
        yield f'<p dir="auto">{_text(block.text)}</p>\n'
    elif isinstance(block, Picture):
        drawn = pictures.get(block.name, "")
        if drawn:
            says = _text(block.says)
            yield f'<figure role="img" aria-label="{says}">{drawn}'
            yield f"<figcaption>{says}</figcaption></figure>\n"
    else:
        yield from _table(block)


def _table(table: Table) -> Iterator[str]:
    if not table.rows:
        yield f"<p>{_text(table.nothing)}</p>\n"
        return
    kinds = [' class="r"' if n in table.right else "" for n in range(len(table.head))]
    long = ' class="long"' if table.widths else ""
    yield f'<div class="scroll"><table{long}><thead><tr>'
    for kind, cell in zip(kinds, table.head, strict=True):
        yield f'<th scope="col"{kind}>{_text(cell)}</th>'
    yield "</tr></thead><tbody>\n"
    if table.widths:
        for row in table.rows:
            cells = [f"<td{kind}>{_text(cell)}" for kind, cell in zip(kinds, row, strict=True)]
            yield f"<tr>{''.join(cells)}\n"
    else:
        for row in table.rows:
            cells = [
                f'<td{kind} dir="auto">{_text(cell)}</td>'
                for kind, cell in zip(kinds, row, strict=True)
            ]
            yield f"<tr>{''.join(cells)}</tr>\n"
    yield "</tbody></table></div>\n"
