"""Routes of the watch: who holds it, what is open, and how it goes from one person to the next.

A session speaks for its person; a program names one (``person``, ``role``). The incoming signs in
his own session, or at the desk of the outgoing with his own password.
"""

from __future__ import annotations

import json
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response

from parley.errors import InputError
from parley.liaison.handover.contents import Handover
from parley.node.liaison.handing import Refusal, Who
from parley.node.liaison.seattable import Seat, seat_of
from parley.node.liaison.views import Filed
from parley.node.people.people import LoggedIn, Present, Refused
from parley.node.people.persons import Person
from parley.node.people.roles import Can
from parley.node.seats import Seats
from parley.web.console.handover_views import (
    HandoverView,
    OfferForm,
    SeatForm,
    SeatView,
    TakeForm,
    TakeHereForm,
    TakenView,
    WatchedView,
    WithdrawForm,
    handover_view,
    refusal_members,
    seat_view,
    seen_of,
    watched_view,
)
from parley.web.console.keeper import cookie_of
from parley.web.console.seating import seats_of
from parley.web.console.sessions import present_of
from parley.web.face import Face, StrictRoute, answer, answer_large, not_found
from parley.web.problems import MEDIA_TYPE, ProblemError, documented, plain_problem, response

Ref = Annotated[str, Path(max_length=160, examples=["handover:blue-7"])]
_REFUSALS = documented(400, 401, 403, 404, 408, 409, 413, 422, 429, 500, 507)


def router(face: Face) -> APIRouter:
    made = APIRouter(
        prefix="/v1/handover", tags=["handover"], route_class=StrictRoute, responses=_REFUSALS
    )
    seats = seats_of(face)
    _looked(made, face, seats)
    _offered(made, face, seats)
    _taken(made, face, seats)
    if face.people is not None:
        _here(made, face, seats)
    return made


def _looked(made: APIRouter, face: Face, seats: Seats) -> None:
    node = face.node

    @made.get("", summary="Who holds the watch, and what is open", response_model=WatchedView)
    async def watched(
        request: Request,
        hours: Annotated[int, Query(ge=1, le=48, description="How far ahead.")] = 12,
        duty: Annotated[str, Query(max_length=64, description="Else the session's.")] = "",
    ) -> Response:
        """Composed from everything this node holds; the most urgent first."""
        present = present_of(request)
        chosen = duty or (present.session.duty if present else "")
        chosen = chosen or node.agreement.party(node.context.party).roles[0]
        found = await seats.watch(chosen, hours)
        ends_ms = await seats.session_ends_ms(found.seat)
        candidates = await seats.candidates(chosen)
        return await answer_large(
            lambda: watched_view(
                found,
                now_ms=node.clock(),
                hours=hours,
                session_ends_ms=ends_ms,
                mine=_mine(found.seat, present),
                candidates=candidates,
            )
        )

    @made.get("/{ref}", summary="One handover", response_model=HandoverView)
    async def one(ref: Ref) -> Response:
        """Its versions: GET /v1/papers/{ref}/history."""
        try:
            record = await node.paper(ref)
        except InputError as error:
            raise not_found(error) from None
        if not isinstance(record.paper.content, Handover):
            raise ProblemError(404, "not-found", f"{ref} is no handover")
        return await answer_large(lambda: handover_view(record))


def _offered(made: APIRouter, face: Face, seats: Seats) -> None:
    @made.post("/take-seat", summary="Take a seat that nobody holds", response_model=TakenView)
    async def take_seat(form: SeatForm, request: Request) -> Response:
        """201; 200 where it is one's own already. 409 seat-held: somebody holds it."""
        who, duty = _who(request, form.person), _duty(request, form.role)
        done = await seats.take_seat(duty, who, text=form.text, why=form.why, hours=form.hours)
        if isinstance(done, Refusal):
            return _refused(done)
        if done is not None:
            face.on_work()
        seat = await face.node.look(lambda desk: seat_of(desk, duty))
        view = TakenView(
            ref=seat.ref,
            seat=await _seat_view(seats, seat, present_of(request)),
            handover=None if done is None else handover_view(done.record),
        )
        return answer(view, 200 if done is None else 201)

    @made.post(
        "/offer", summary="Offer the watch, and sign", status_code=201, response_model=HandoverView
    )
    async def offer(form: OfferForm, request: Request) -> Response:
        """By who holds it. What is open is composed here; `notes` and `text` add words."""
        done = await seats.offer(
            _duty(request, form.role),
            _who(request, form.person),
            form.incoming,
            notes=form.notes,
            text=form.text,
            hours=form.hours,
        )
        return _said(face, done, 201)

    @made.post("/{ref}/withdraw", summary="Take an offer back", response_model=HandoverView)
    async def withdraw(ref: Ref, form: WithdrawForm, request: Request) -> Response:
        await _need(face, ref)
        return _said(face, await seats.withdraw(ref, _who(request, form.person)), 200)


def _taken(made: APIRouter, face: Face, seats: Seats) -> None:
    @made.post("/{ref}/take", summary="Take the watch, and sign", response_model=HandoverView)
    async def take(ref: Ref, form: TakeForm, request: Request) -> Response:
        """409 urgent-open while something urgent is unacknowledged or unanswered; 409 changed
        while the incoming has not seen what came up: give it among `seen_lines`."""
        said, present = await _need(face, ref), present_of(request)
        if present is not None:
            _check_may_take(present.person, said)
        who = _who(request, form.person)
        done = await seats.take(ref, who, text=form.text, seen=seen_of(form), hours=form.hours)
        return _said(face, done, 200)


def _here(made: APIRouter, face: Face, seats: Seats) -> None:
    people = face.people
    assert people is not None

    @made.post(
        "/{ref}/take-here", summary="Take the watch at its desk", response_model=HandoverView
    )
    async def take_here(ref: Ref, form: TakeHereForm, request: Request) -> Response:
        """The incoming signs with his password; the session of the outgoing ends, and the answer
        sets the cookie of a new one: ask GET /v1/session for its csrf."""
        outgoing = present_of(request)
        if outgoing is None:
            raise ProblemError(
                403, "no-session", "nobody sits here", right="the outgoing's session"
            )
        said = await _need(face, ref)
        if outgoing.person.id != said.outgoing_id:
            raise ProblemError(403, "not-yours", f"{ref} was not offered here", right="his desk")
        came = await people.log_in(form.incoming, form.password, duty=said.duty)
        if isinstance(came, Refused):
            return _not_let_in(came)
        who = Who(came.person.name, came.person.id, came.session.ends_ms)
        try:
            _check_may_take(came.person, said)
            done = await seats.take(ref, who, text=form.text, seen=seen_of(form), hours=form.hours)
        except BaseException:
            await people.end_session(came.session.id)
            raise
        if isinstance(done, Refusal):
            await people.end_session(came.session.id)
            return _refused(done)
        await people.end_session(outgoing.session.id)
        taken = _said(face, done, 200)
        _set_cookie(taken, face, came, people.now_ms)
        return taken


def _check_may_take(person: Person, said: Handover) -> None:
    """ProblemError: what made him fit for the offer is not so any more."""
    if person.id != said.incoming_id:
        return  # it is not for him, which is told elsewhere
    if person.must_change:
        raise ProblemError(
            403,
            "must-change",
            f"an administrator knows the password of {person.id}",
            right="POST /v1/session/password",
        )
    if Can.HAND_OVER not in person.can:
        raise ProblemError(
            403, "not-permitted", f"{person.id} may not take the watch", right="somebody who may"
        )
    if said.duty not in person.duties:
        raise ProblemError(
            403,
            "not-yours",
            f"{said.duty!r} is no duty role of {person.id}",
            right=f"an offer to somebody who has {said.duty!r}",
        )


async def _need(face: Face, ref: str) -> Handover:
    try:
        record = await face.node.paper(ref)
    except InputError as error:
        raise not_found(error) from None
    content = record.paper.content
    if not isinstance(content, Handover):
        raise ProblemError(404, "not-found", f"{ref} is no handover")
    return content


def _who(request: Request, named: str) -> Who:
    """The person of the session, else the one whom a program names."""
    present = present_of(request)
    if present is not None:
        return Who(present.person.name, present.person.id, present.session.ends_ms)
    if not named.strip():
        raise InputError("nobody is named", right="person: who does it", where="person")
    return Who(named.strip())


def _duty(request: Request, named: str) -> str:
    present = present_of(request)
    duty = named or (present.session.duty if present is not None else "")
    if not duty:
        raise InputError("no duty role is named", right="role: of our party", where="role")
    return duty


def _mine(seat: Seat, present: Present | None) -> bool:
    return present is not None and present.person.id == seat.person_id


async def _seat_view(seats: Seats, seat: Seat, present: Present | None) -> SeatView:
    return seat_view(seat, await seats.session_ends_ms(seat), _mine(seat, present))


def _said(face: Face, done: Filed | Refusal, status: int) -> Response:
    if isinstance(done, Refusal):
        return _refused(done)
    face.on_work()
    return answer(handover_view(done.record), status)


def _refused(refusal: Refusal) -> Response:
    text = json.dumps(refusal_members(refusal), ensure_ascii=False)
    return Response(text, status_code=409, media_type=MEDIA_TYPE)


def _not_let_in(refused: Refused) -> Response:
    if refused.retry_ms:
        wait_s = -(-refused.retry_ms // 1_000)
        problem = plain_problem(
            429, "too-often", "too many tries to log in", right=f"again in {wait_s} s"
        )
        return response(problem, {"retry-after": str(wait_s)})
    what = "the name or the password is wrong"
    return response(plain_problem(403, "log-in", what, right="both right"))


def _set_cookie(to: Response, face: Face, came: LoggedIn, now_ms: int) -> None:
    left_s = max(0, came.session.ends_ms - now_ms) // 1_000
    to.set_cookie(
        cookie_of(face.node.context.party),
        came.token,
        max_age=left_s,
        path="/",
        secure=True,
        httponly=True,
        samesite="strict",
    )
