"""A communique as text to send on: the marking first and last, whose word it is, and when.

When it was published and when what it tells of happened are two lines, in Zulu, each with the
words that were said and with what was inferred.
"""

from __future__ import annotations

from collections.abc import Mapping

from parley.liaison.incidents.contents import Communique
from parley.liaison.incidents.rules import communique_state
from parley.liaison.papers.record import PaperRecord
from parley.liaison.papers.when import When, format_when
from parley.wire.pages import clean, moment

_WHOSE: Mapping[str, str] = {
    "withdrawn": "WITHDRAWN by {by}",
    "one-sided": "Statement of {by} alone",
    "agreed": "Joint statement of {by} and {all}, agreed by all",
    "refused": "Proposed by {by} as a joint statement; REFUSED by {no}",
    "proposed": "Proposed by {by} as a joint statement; NOT AGREED: waits for {open}",
}


def communique_text(record: PaperRecord, names: Mapping[str, str]) -> str:
    """The communique with its marking, in UTF-8 text; its own words are kept line by line, their
    control and direction signs made visible. names: of parties."""
    content = record.paper.content
    assert isinstance(content, Communique)
    banner, header = record.paper.marking.banner(), record.paper.header

    def all_of(parties: tuple[str, ...]) -> str:
        return ", ".join(names.get(party, party) for party in parties) or "nobody"

    asked = tuple(heard.party for heard in record.heard)
    answered = {*record.accepted_by, *record.refused_by}
    whose = _WHOSE[communique_state(record)].format(
        by=names.get(header.by, header.by),
        all=all_of(asked),
        no=all_of(record.refused_by),
        open=all_of(tuple(party for party in asked if party not in answered)),
    )
    head = [
        banner,
        *(["EXERCISE EXERCISE EXERCISE"] if header.exercise else []),
        "",
        content.title,
        "",
        whose,
        f"Medium: {content.medium}",
        f"Published: {_time(content.published)}",
        f"Tells of: {_time(content.happened)}",
        f"Language: {content.language}",
        "",
    ]
    body = content.text.splitlines()
    foot = ["", f"{record.ref}, version {record.paper.version}, {moment(header.at_ms)}", banner]
    return "\n".join(clean(line) for line in (*head, *body, *foot)) + "\n"


def _time(when: When | None) -> str:
    return "not said" if when is None else format_when(when)
