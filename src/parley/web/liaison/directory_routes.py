"""Routes of the directory: persons by name and office, duplicates to decide, clashes to mend.

Persons and merges are entered, amended and taken back as papers (/v1/papers/person, /merge).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

from fastapi import APIRouter, Path, Query, Response
from pydantic import BaseModel, Field

from parley.errors import InputError
from parley.liaison.papers.when import format_when
from parley.node.desk import Desk
from parley.node.liaison import directory
from parley.node.liaison.directory import Clash, Entry, Found, Holding, Pair
from parley.web.face import Face, StrictRoute, answer, answer_large, not_found
from parley.web.liaison.paper_shapes import PaperView
from parley.web.liaison.paper_views import paper_view
from parley.web.problems import documented
from parley.wire.instants import format_instant, parse_instant

_MOST = 100
_REFUSALS = documented(400, 401, 403, 404, 408, 409, 422, 500)


class HoldingView(BaseModel):
    """An office that a person holds at the instant asked about."""

    ref: str
    stands_for: str = Field(description="The entry that this one was merged into, or itself.")
    name: str
    title: str
    organisation: str
    party: str
    since: str
    until: str = Field(description='"" while it is held.')
    sole: bool
    certain: bool = Field(description="However its dates are read.")
    source: str


class FoundView(BaseModel):
    """A person who may be meant."""

    ref: str
    stands_for: str
    names: list[str]
    score: int = Field(description="0 to 100: how like the name asked for.")
    why: str
    offices: list[HoldingView]


class DirectoryView(BaseModel):
    at: str
    at_ms: int
    persons: list[FoundView] = Field(description="By name, likest first.")
    holders: list[HoldingView] = Field(description="By office, for certain first.")


class PairView(BaseModel):
    """Two entries that may be one person. Only a person decides."""

    a: str
    b: str
    names_a: list[str]
    names_b: list[str]
    score: int
    why: str


class PairsView(BaseModel):
    pairs: list[PairView] = Field(description="Likest first.")
    next: str | None = Field(description="Give it as `after` for the next page; null: the end.")


class ClashView(BaseModel):
    a: str
    b: str
    title: str
    organisation: str


class ClashesView(BaseModel):
    clashes: list[ClashView] = Field(description="Two hold at once what one says is held alone.")


class EntryView(BaseModel):
    """One person as the directory has him."""

    stands_for: str
    by_merge: str = Field(description='The merge that made it so, "" if none.')
    merged: list[str] = Field(description="Entries that were merged into this one.")
    mixed: list[str] = Field(description="Words of names that mix scripts which look alike.")
    clashes: list[ClashView]
    paper: PaperView


class MergeView(BaseModel):
    ref: str
    effect: str = Field(description='"merged", "undone", "objected", "circle" or "merged-already".')


def router(face: Face) -> APIRouter:
    made = APIRouter(
        prefix="/v1/directory", tags=["directory"], route_class=StrictRoute, responses=_REFUSALS
    )
    _lists(made, face)
    _one(made, face)
    return made


def _lists(made: APIRouter, face: Face) -> None:
    node = face.node

    @made.get("", summary="Who is it, who held it", response_model=DirectoryView)
    async def asked(
        name: Annotated[str, Query(max_length=200, description="In any script.")] = "",
        title: Annotated[str, Query(max_length=200, description="Of an office.")] = "",
        organisation: Annotated[str, Query(max_length=200)] = "",
        at: Annotated[
            str, Query(max_length=40, description="RFC 3339 with its zone; now if left out.")
        ] = "",
        limit: Annotated[int, Query(ge=1, le=_MOST)] = 20,
    ) -> Response:
        """By name, or by title and organisation (either may be left out)."""
        if not (name or title or organisation):
            raise InputError(
                "a question about nobody", right="name, title or organisation", where="name"
            )
        at_ms = parse_instant(at, "at") if at else node.clock()

        def read(desk: Desk) -> DirectoryView:
            persons = directory.find(desk, name, limit=limit) if name else ()
            holders = directory.who_held(desk, title, organisation, at_ms, limit=limit)
            return DirectoryView(
                at=format_instant(at_ms),
                at_ms=at_ms,
                persons=[
                    _found_view(one, directory.offices_of(desk, one.root, at_ms)) for one in persons
                ],
                holders=[_holding_view(one) for one in holders],
            )

        return answer(await node.look(read))

    @made.get("/duplicates", summary="Who may be one person", response_model=PairsView)
    async def duplicates(
        after: Annotated[str, Query(max_length=400, description="`next` of the last page.")] = "",
        limit: Annotated[int, Query(ge=1, le=_MOST)] = 50,
    ) -> Response:
        """Nothing merges by itself: a merge is a paper with who decided it and why."""
        pairs, more = await node.look(
            lambda desk: directory.duplicates(desk, after=after, limit=limit)
        )
        return await answer_large(
            lambda: PairsView(pairs=[_pair_view(one) for one in pairs], next=more or None)
        )

    @made.get("/clashes", summary="Offices held by two at once", response_model=ClashesView)
    async def clashes() -> Response:
        found = await node.look(lambda desk: list(directory.clashes(desk)))
        return await answer_large(
            lambda: ClashesView(clashes=[_clash_view(one) for one in found[:_MOST]])
        )


def _one(made: APIRouter, face: Face) -> None:
    node = face.node

    @made.get("/{ref}", summary="One person", response_model=EntryView)
    async def entry(
        ref: Annotated[str, Path(max_length=160, examples=["person:blue-1"])],
    ) -> Response:
        try:
            found = await node.look(lambda desk: directory.entry(desk, ref))
        except InputError as error:
            raise not_found(error) from None
        return await answer_large(lambda: _entry_view(found))

    @made.get("/merges/{ref}", summary="What a merge does", response_model=MergeView)
    async def merge(
        ref: Annotated[str, Path(max_length=160, examples=["merge:blue-2"])],
    ) -> Response:
        try:
            effect = await node.look(lambda desk: directory.effect(desk, ref))
        except InputError as error:
            raise not_found(error) from None
        return answer(MergeView(ref=ref, effect=effect))


def _found_view(one: Found, offices: Iterable[Holding]) -> FoundView:
    return FoundView(
        ref=one.ref,
        stands_for=one.root,
        names=list(one.names),
        score=one.score,
        why=one.why,
        offices=[_holding_view(held) for held in offices],
    )


def _holding_view(one: Holding) -> HoldingView:
    office = one.office
    return HoldingView(
        ref=one.ref,
        stands_for=one.root,
        name=one.name,
        title=office.title,
        organisation=office.organisation,
        party=office.party,
        since=format_when(office.since),
        until="" if office.until is None else format_when(office.until),
        sole=office.sole,
        certain=one.certain,
        source=office.source,
    )


def _pair_view(one: Pair) -> PairView:
    return PairView(
        a=one.a,
        b=one.b,
        names_a=list(one.names_a),
        names_b=list(one.names_b),
        score=one.score,
        why=one.why,
    )


def _clash_view(one: Clash) -> ClashView:
    return ClashView(a=one.a, b=one.b, title=one.title, organisation=one.organisation)


def _entry_view(found: Entry) -> EntryView:
    return EntryView(
        stands_for=found.root,
        by_merge=found.by_merge,
        merged=list(found.merged),
        mixed=list(found.mixed),
        clashes=[_clash_view(one) for one in found.clashes],
        paper=paper_view(found.record),
    )
