"""A recorded incident as a JSON file: facts with claimants and sources, tracks of each account,
and what was said by whom and when. docs/formats/scenario.md describes it.

Nothing here takes a side: what rests on no source carries the claimant ``assumption`` and its
reason, and whoever names a claimant or a source that the file does not hold is refused.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence

from pydantic import ValidationError

from parley.errors import FormatError, InputError
from parley.rules.agreement import Agreement
from parley.rules.statements import Draft, NoticeVolume, Phase, Rung, Step, Use
from parley.space import Area, Band, Position, Span, Volume, parse_position
from parley.wire import scenario_models as files
from parley.wire.agreement import parse_agreement
from parley.wire.instants import in_zone, parse_instant
from parley.wire.jsontext import parse_json
from parley.wire.refusals import first_refusal
from parley.wire.scenario_values import (
    ASSUMPTION,
    Account,
    Act,
    Answering,
    Assumption,
    Calling,
    Claim,
    Deed,
    Dispute,
    Fact,
    Protecting,
    Reporting,
    Scenario,
    Script,
    Stepping,
    Track,
    TrackPoint,
    Variant,
    look_up,
)


def parse_scenario(data: bytes, source: str) -> Scenario:
    """The scenario in a UTF-8 JSON file; ``source`` is the file's name, for errors.

    Refused: unknown members, instants without a zone, an assumption without a reason, a
    claimant, source, fact, dispute, party, role, class, place or third party that does not
    exist, ids that stand twice, an answer before what it answers, acts outside the window.
    Raises FormatError, GeometryError or InputError with the place, the author at fault.
    """
    author = f"the author of {source}"
    value = parse_json(data, source)
    try:
        file = files.ScenarioFile.model_validate(value)
    except ValidationError as error:
        what, right, where = first_refusal(error, files.ScenarioFile)
        raise FormatError(what, right=right, where=where, at_fault=author) from None
    try:
        agreement = parse_agreement(json.dumps(file.agreement).encode(), source)
    except InputError as error:
        raise error.blamed_on(author, where="agreement") from None
    try:
        return _Reader(file, agreement).scenario()
    except InputError as error:
        raise error.blamed_on(author) from None


class _Reader:
    """From the members of the file to the domain, with every name looked up."""

    def __init__(self, file: files.ScenarioFile, agreement: Agreement) -> None:
        self.file = file
        self.agreement = agreement
        self.parties = {p.id: p for p in agreement.parties}
        self.facts = {f.id: f for f in file.facts}
        self.disputes = {d.id: d for d in file.disputes}

    def scenario(self) -> Scenario:
        file = self.file
        for kind, ids in (
            ("facts", [f.id for f in file.facts]),
            ("disputes", [d.id for d in file.disputes]),
            ("assumptions", [a.id for a in file.assumptions]),
            ("variants", [v.id for v in file.variants]),
        ):
            _once(ids, kind)
        if file.place_of_activity:
            placed = look_up(self.facts, file.place_of_activity, "fact", "place_of_activity")
            if not placed.position:
                raise FormatError(
                    f"fact {placed.id!r} has no position",
                    right="a fact that has one",
                    where="place_of_activity",
                )
        start_ms = parse_instant(file.window.start, "window.start")
        in_zone(start_ms, file.zone)
        span = _span(start_ms, parse_instant(file.window.end, "window.end"), "window")
        return Scenario(
            file.id,
            file.title,
            file.about,
            file.zone,
            file.zone_note,
            span,
            dict(file.claimants),
            dict(file.sources),
            file.place_of_activity,
            tuple(self.fact(f, f"facts[{n}]") for n, f in enumerate(file.facts)),
            tuple(self.dispute(d, f"disputes[{n}]") for n, d in enumerate(file.disputes)),
            tuple(Assumption(a.id, a.about, a.reason) for a in file.assumptions),
            self.agreement,
            self.tracks(file.tracks, "tracks"),
            {key: self.account(key, a) for key, a in file.accounts.items()},
            tuple(self.variant(v, f"variants[{n}]") for n, v in enumerate(file.variants)),
            {key: self.script(key, s, span) for key, s in file.scripts.items()},
        )

    def claim(self, file: files._Claim, where: str) -> Claim:
        if file.claimant == ASSUMPTION:
            if not file.reason:
                raise FormatError(
                    "an assumption without a reason", right="reason: why it is so", where=where
                )
        else:
            self.claimant(file.claimant, where)
        self.known_sources(file.sources, where)
        return Claim(file.claimant, tuple(file.sources), file.reason)

    def claimant(self, claimant: str, where: str) -> None:
        look_up(self.file.claimants, claimant, "claimant", f"{where}.claimant")

    def known_sources(self, sources: Iterable[str], where: str) -> None:
        for source in sources:
            look_up(self.file.sources, source, "source", f"{where}.sources")

    def known_fact(self, fact: str, where: str) -> str:
        if fact:
            look_up(self.facts, fact, "fact", f"{where}.fact")
        return fact

    def fact(self, file: files.FactFile, where: str) -> Fact:
        if (file.time == "") != (file.approx == "unpublished"):
            raise FormatError(
                f"fact {file.id!r} has time {file.time!r} and is {file.approx}",
                right='time "" exactly where it is unpublished',
                where=f"{where}.time",
            )
        if file.dispute:
            look_up(self.disputes, file.dispute, "dispute", f"{where}.dispute")
        if file.claimant != ASSUMPTION and not file.sources:
            raise FormatError(
                f"fact {file.id!r} has no source", right="at least one", where=f"{where}.sources"
            )
        return Fact(
            file.id,
            parse_instant(file.time, f"{where}.time") if file.time else -1,
            parse_instant(file.until, f"{where}.until") if file.until else -1,
            file.approx,
            file.text,
            self.claim(file, where),
            file.status,
            file.dispute,
            _position(file.position, f"{where}.position") if file.position else None,
            -1 if file.uncertainty_km is None else 1000 * file.uncertainty_km,
            file.note,
        )

    def dispute(self, file: files.DisputeFile, where: str) -> Dispute:
        for side in file.claims:
            self.claimant(side.claimant, where)
        self.known_sources(file.sources, where)
        sides = tuple((side.claimant, side.text) for side in file.claims)
        return Dispute(file.id, file.topic, sides, file.what_would_settle_it, tuple(file.sources))

    def account(self, key: str, file: files.AccountFile) -> Account:
        where = f"accounts.{key}"
        self.claimant(file.claimant, where)
        return Account(key, file.title, file.claimant, self.tracks(file.tracks, f"{where}.tracks"))

    def tracks(self, listed: Sequence[files.TrackFile], where: str) -> tuple[Track, ...]:
        _once([t.name for t in listed], where)
        return tuple(self.track(t, f"{where}[{n}]") for n, t in enumerate(listed))

    def track(self, file: files.TrackFile, where: str) -> Track:
        for party in (file.owner, *file.seen_by):
            look_up(self.parties, party, "party", where)
        points = tuple(self.point(p, f"{where}.points[{n}]") for n, p in enumerate(file.points))
        for n in range(1, len(points)):
            if points[n].at_ms <= points[n - 1].at_ms:
                raise FormatError(
                    f"point {n} of track {file.name!r} is not later than the one before",
                    right="points in the order of their times",
                    where=f"{where}.points[{n}].time",
                )
        linear = file.between == "linear"
        return Track(file.name, file.label, file.owner, tuple(file.seen_by), linear, points)

    def point(self, file: files.PointFile, where: str) -> TrackPoint:
        return TrackPoint(
            parse_instant(file.time, f"{where}.time"),
            _position(file.position, f"{where}.position"),
            1000 * file.uncertainty_km,
            Band.metres(file.band.floor_m, file.band.ceiling_m) if file.band else None,
            self.claim(file, where),
            self.known_fact(file.fact, where),
            file.emergency,
        )

    def variant(self, file: files.VariantFile, where: str) -> Variant:
        look_up(self.file.accounts, file.account, "account", f"{where}.account")
        return Variant(file.id, file.account, file.lead_s, self.claim(file, where))

    def script(self, key: str, file: files.ScriptFile, span: Span) -> Script:
        where = f"scripts.{key}"
        _once([a.id for a in file.acts], f"{where}.acts")
        before: dict[str, files.ActFile] = {}
        acts = []
        for n, one in enumerate(file.acts):
            place = f"{where}.acts[{n}]"
            acts.append(self.act(one, before, span, place))
            before[one.id] = one
        if file.lead_of and (file.lead_of not in before or before[file.lead_of].notice is None):
            raise FormatError(
                f"{file.lead_of!r} is no notice of this script",
                right="the id of an act that gives a notice",
                where=f"{where}.lead_of",
            )
        acts.sort(key=lambda a: a.at_ms)
        return Script(key, file.title, file.about, tuple(acts), file.lead_of)

    def act(
        self, file: files.ActFile, before: Mapping[str, files.ActFile], span: Span, where: str
    ) -> Act:
        party = look_up(self.parties, file.by, "party", f"{where}.by")
        if file.role not in party.roles:
            raise FormatError(
                f"party {file.by!r} has no duty role {file.role!r}",
                right=f"one of {', '.join(party.roles)}",
                where=f"{where}.role",
            )
        at_ms = parse_instant(file.time, f"{where}.time")
        if not span.contains(at_ms):
            raise FormatError(
                f"act {file.id!r} lies outside the window",
                right="an instant inside it",
                where=f"{where}.time",
            )
        deed = _Deeds(self.agreement, before).deed(file, where)
        claim, fact = self.claim(file, where), self.known_fact(file.fact, where)
        return Act(file.id, at_ms, file.by, file.role, deed, claim, fact, file.text)


class _Deeds:
    """The part of an act that says what is done."""

    def __init__(self, agreement: Agreement, before: Mapping[str, files.ActFile]) -> None:
        self.agreement = agreement
        self.before = before

    def deed(self, file: files.ActFile, where: str) -> Deed:
        kinds = ("protect", "notice", "answer", "step", "report", "distress")
        given = [kind for kind in kinds if getattr(file, kind) is not None]
        if len(given) != 1:
            raise FormatError(
                f"act {file.id!r} does {' and '.join(given) or 'nothing'}",
                right=f"exactly one of {', '.join(kinds)}",
                where=where,
            )
        where = f"{where}.{given[0]}"
        if file.protect is not None:
            return Protecting(file.protect.label, self.volume(file.protect.volume, where))
        if file.notice is not None:
            return self.notice(file.notice, where)
        if file.answer is not None:
            return Answering(self.earlier(file.answer.on, where), Rung(file.answer.rung))
        if file.step is not None:
            return Stepping(self.earlier(file.step.on, where), Step(file.step.step))
        if file.report is not None:
            return self.report(file.report, where)
        assert file.distress is not None
        return self.distress(file.distress, where)

    def earlier(self, act: str, where: str) -> str:
        spoken = {
            key: one for key, one in self.before.items() if one.notice or one.report or one.distress
        }
        look_up(spoken, act, "earlier notice, report or distress", f"{where}.on")
        return act

    def notice(self, file: files.NoticeFile, where: str) -> Draft:
        for lookup in (
            lambda: self.agreement.activity_class(file.activity_class),
            lambda: self.agreement.named_area(file.place) if file.place else None,
        ):
            try:
                lookup()
            except InputError as error:
                raise error.blamed_on(error.at_fault, where=where) from None
        volumes = tuple(
            NoticeVolume(Use(v.use), self.volume(v, f"{where}.volumes[{n}]"))
            for n, v in enumerate(file.volumes)
        )
        return Draft(file.activity_class, volumes, file.place)

    def report(self, file: files.ReportFile, where: str) -> Reporting:
        known = {t.id: t for t in self.agreement.third_parties}
        look_up(known, file.third_party, "third party", f"{where}.third_party")
        return Reporting(
            file.third_party,
            Phase(file.phase),
            self.area(file.area, f"{where}.area"),
            parse_instant(file.since, f"{where}.since"),
        )

    def distress(self, file: files.DistressFile, where: str) -> Calling:
        return Calling(
            file.subject,
            parse_instant(file.since, f"{where}.since"),
            _position(file.position, f"{where}.position") if file.position else None,
            1000 * file.uncertainty_km,
        )

    def volume(self, file: files.VolumeFile, where: str) -> Volume:
        span = _span(
            parse_instant(file.start, f"{where}.start"),
            parse_instant(file.end, f"{where}.end"),
            where,
        )
        band = Band.metres(file.band.floor_m, file.band.ceiling_m)
        return Volume(self.area(file.area, f"{where}.area"), band, span)

    def area(self, file: files.PlaceFile, where: str) -> Area:
        shapes = [s for s in (file.circle, file.corridor, file.polygon) if s is not None]
        if len(shapes) + bool(file.named) != 1:
            raise FormatError(
                "an area is not exactly one shape",
                right="one of circle, corridor, polygon, named",
                where=where,
            )
        try:
            return self.shape(file, where)
        except InputError as error:
            raise error.blamed_on(
                error.at_fault, where="" if error.where.startswith(where) else where
            ) from None

    def shape(self, file: files.PlaceFile, where: str) -> Area:
        if file.circle is not None:
            return Area.circle(_position(file.circle.centre, where), file.circle.radius_m)
        if file.corridor is not None:
            path = [_position(p, where) for p in file.corridor.points]
            return Area.corridor(path, file.corridor.half_width_m)
        if file.polygon is not None:
            ring = Area.polygon([_position(p, where) for p in file.polygon.vertices])
            return ring.buffered(file.polygon.margin_m)
        return self.agreement.named_area(file.named).area


def _once(ids: Sequence[str], where: str) -> None:
    repeated = sorted({i for i in ids if ids.count(i) > 1})
    if repeated:
        raise FormatError(f"{repeated[0]!r} stands twice", right="each id once", where=where)


def _position(text: str, where: str) -> Position:
    try:
        return parse_position(text)
    except InputError as error:
        raise error.blamed_on(error.at_fault, where=where) from None


def _span(start_ms: int, end_ms: int, where: str) -> Span:
    if end_ms < start_ms:
        raise FormatError("an end before its start", right="start, then end", where=where)
    return Span(start_ms, end_ms)
