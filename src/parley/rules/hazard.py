"""Hazard volumes and the bystanders in them.

Hazard = the declared activity + the assumed reaction of third parties + overshoot + a time
buffer. Where the class needs an all-clear, the hazard stays open behind its end until the
all-clear comes, at most ``all_clear_cap_s``: who enters then enters without an all-clear.
A report that a third party engages opens a hazard of its own, at once; so does a nonconforming
flight where it may be.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from parley.rules.agreement import ActivityClass, Agreement, ThirdParty
from parley.rules.findings import Finding, Kind, Level, finding
from parley.rules.placed import ANY_HEIGHT, Layer, Row
from parley.rules.statements import (
    Nonconformance,
    Notice,
    NoticeVolume,
    Phase,
    Report,
    Use,
)
from parley.space import Band, Span, Volume, within

ACTIVITY = "activity"
OPEN_END = "no-all-clear"
REACTION = "reaction:"
ENGAGED = "engaged:"
NONCONFORMING = "nonconforming"


def declared_rows(notice: Notice) -> list[Row]:
    """The volumes of a notice as they were declared."""
    ref = f"notice:{notice.item}"
    return [
        Row(ref, n, Layer.DECLARED, notice.header.by, notice.activity_class, v.use, v.volume)
        for n, v in enumerate(notice.volumes)
    ]


def hazard_rows(agreement: Agreement, notice: Notice) -> list[Row]:
    """Every hazard volume that a notice brings about, each with its cause as ``group``.

    None for a class that has neither overshoot nor time buffer, provokes no reaction and needs
    no all-clear: there the conflict rule says all.
    """
    found: list[Row] = []
    for placed in notice.volumes:
        for cause, volume in _hazards_of(agreement, notice, placed):
            found.append(
                Row(
                    f"notice:{notice.item}",
                    len(found),
                    Layer.HAZARD,
                    notice.header.by,
                    cause,
                    placed.use,
                    volume,
                )
            )
    return found


def _hazards_of(
    agreement: Agreement, notice: Notice, placed: NoticeVolume
) -> Iterator[tuple[str, Volume]]:
    rules = agreement.activity_class(notice.activity_class)
    volume, buffer = placed.volume, rules.hazard
    spans: list[tuple[str, Volume]] = []
    own = buffer.overshoot_m or buffer.overshoot_up_m or buffer.before_s or buffer.after_s
    if placed.use is Use.ACTIVITY and (own or rules.needs_all_clear):
        spans.append(
            (
                ACTIVITY,
                Volume(
                    volume.area.buffered(buffer.overshoot_m),
                    volume.band.widened(buffer.overshoot_up_m),
                    volume.span.widened(1000 * buffer.before_s, 1000 * buffer.after_s),
                ),
            )
        )
    if rules.provokes_reaction:
        spans.extend(
            (REACTION + third.id, _reaction(third, volume))
            for third in agreement.third_parties
            if _reacts(third, placed)
        )
    yield from spans
    if rules.needs_all_clear and spans:
        yield OPEN_END, _open_end([v for _, v in spans], 1000 * agreement.all_clear_cap_s)


def _open_end(hazards: Sequence[Volume], cap_ms: int) -> Volume:
    """All that these hazards of one volume may reach, from the end of the widest of them until
    the cap behind the last. They share a core, so the largest reach holds all their areas."""
    widest = max(hazards, key=lambda v: (v.area.reach_cm, v.span.end_ms))
    band, last_ms = widest.band, widest.span.end_ms
    for hazard in hazards:
        band, last_ms = _hull(band, hazard.band), max(last_ms, hazard.span.end_ms)
    span = Span(widest.span.end_ms, last_ms).widened(0, cap_ms)
    return Volume(widest.area, band, span)


def tail_s(agreement: Agreement, rules: ActivityClass) -> int:
    """How long behind its end a notice of this class can still concern somebody, in seconds:
    minima in time, time buffer, reactions, and the open end where an all-clear is needed."""
    known = agreement.tails.get(rules.id)
    if known is None:
        known = agreement.tails[rules.id] = _tail_s(agreement, rules)
    return known


def _tail_s(agreement: Agreement, rules: ActivityClass) -> int:
    after_s = rules.hazard.after_s
    if rules.provokes_reaction:
        after_s = max([after_s, *(t.reaction.after_s for t in agreement.third_parties)])
    if rules.needs_all_clear:
        after_s += agreement.all_clear_cap_s
    return max(after_s, agreement.max_separation.time_s)


def _reacts(third: ThirdParty, placed: NoticeVolume) -> bool:
    return within(placed.volume.area, third.posture, third.reaction.trigger_m)


def _reaction(third: ThirdParty, volume: Volume) -> Volume:
    reaction = third.reaction
    return Volume(
        volume.area.buffered(reaction.reach_m + reaction.overshoot_m),
        _hull(volume.band, reaction.band),
        volume.span.widened(0, 1000 * reaction.after_s),
    )


def _hull(a: Band, b: Band) -> Band:
    return Band(min(a.floor, b.floor), max(a.ceiling, b.ceiling))


def report_rows(agreement: Agreement, report: Report) -> list[Row]:
    """The hazard of a third party that engages now; nothing once it is reported to have ceased.

    It answers to the third party, not to the reporter: the reporter's own people are bystanders.
    It lasts from when it began, or from the report if that is earlier, until ``all_clear_cap_s``
    behind the later of the two: a report that comes late is no shorter.
    """
    if report.phase is Phase.CEASED:
        return []
    third = next((t for t in agreement.third_parties if t.id == report.third_party), None)
    reach_m, band = 0, None
    if third is not None:
        reach_m = third.reaction.reach_m + third.reaction.overshoot_m
        band = third.reaction.band
    first_ms, last_ms = sorted((report.since_ms, report.header.at_ms))
    span = Span(first_ms, last_ms).widened(0, 1000 * agreement.all_clear_cap_s)
    volume = Volume(report.area.buffered(reach_m), band or ANY_HEIGHT, span)
    return [
        Row(
            f"report:{report.item}",
            0,
            Layer.HAZARD,
            report.third_party,
            ENGAGED + report.third_party,
            Use.ACTIVITY,
            volume,
        )
    ]


def nonconforming_until_ms(agreement: Agreement, said: Nonconformance) -> int:
    """The last instant (closed) of the area of a nonconforming flight: ``all_clear_cap_s`` behind
    its words, as long as any hazard stays open without a word of its author. His silence does not
    clear it sooner; whoever knows better where it is says so in new words."""
    return max(said.since_ms, said.header.at_ms) + 1000 * agreement.all_clear_cap_s


def nonconformance_rows(agreement: Agreement, said: Nonconformance) -> list[Row]:
    """Where a nonconforming flight may be, as a hazard to all others; nothing if that is not told.

    As of a report: from when it began, or from its telling if that is earlier. Any height if its
    band is not told.
    """
    if said.area is None:
        return []
    first_ms = min(said.since_ms, said.header.at_ms)
    span = Span(first_ms, nonconforming_until_ms(agreement, said))
    return [
        Row(
            f"nonconformance:{said.item}",
            0,
            Layer.HAZARD,
            said.header.by,
            NONCONFORMING,
            Use.AIRCRAFT,
            Volume(said.area, said.band or ANY_HEIGHT, span),
        )
    ]


def bystanders(
    agreement: Agreement, hazard: Sequence[Row], subject: Sequence[Row]
) -> list[Finding]:
    """What a hazard means for one notice, presence, site or track: no finding, one, or two
    (in the hazard; and in it behind its end, with no all-clear).

    The hazard's own author is no bystander of it with his notices and tracks (with notices he
    is where the agreement says so); with presences and sites he is: they are people.
    """
    if not hazard or not subject or hazard[0].ref == subject[0].ref:
        return []
    same = hazard[0].party == subject[0].party
    layer = subject[0].layer
    if same and layer is Layer.TRACK:
        return []
    if same and layer is Layer.DECLARED and not agreement.conflicts_within_party:
        return []
    hits = [(h, s) for h in hazard for s in subject if h.volume.meets(s.volume)]
    inside = [hit for hit in hits if hit[0].group != OPEN_END]
    late = [hit for hit in hits if hit[0].group == OPEN_END]
    found = []
    if inside:
        found.append(_bystander(Kind.BYSTANDER, inside))
    if late:
        found.append(_bystander(Kind.NO_ALL_CLEAR, late))
    return found


def _bystander(kind: Kind, hits: Sequence[tuple[Row, Row]]) -> Finding:
    hazard, subject = hits[0]
    engaged = any(h.group.startswith(ENGAGED) for h, _ in hits)
    seen = subject.layer is Layer.TRACK
    planned = Level.WARNING if kind is Kind.BYSTANDER else Level.ADVISORY
    first = min(max(h.volume.span.start_ms, s.volume.span.start_ms) for h, s in hits)
    last = max(min(h.volume.span.end_ms, s.volume.span.end_ms) for h, s in hits)
    return finding(
        kind,
        Level.URGENT if engaged or seen else planned,
        (hazard.ref, subject.ref),
        parties=(hazard.party, subject.party),
        window_ms=(first, last),
        measures={"pairs": len(hits)},
        codes={h.group for h, _ in hits},
    )
