"""What every route stands on: the node, the couriers as a port, answers, strict JSON."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from fastapi import Request
from fastapi.responses import Response
from fastapi.routing import APIRoute
from pydantic import BaseModel

from parley.errors import InputError
from parley.node.node import Node
from parley.node.views import Posted
from parley.web.forms import THE_REQUEST
from parley.web.problems import ProblemError
from parley.web.shapes import PostedView
from parley.web.views import posted_view
from parley.wire.jsontext import parse_json

if TYPE_CHECKING:
    from parley.liaison.health.figures import Health
    from parley.node.drafting.drafting import Drafting
    from parley.node.liaison.hotline_settings import HotlineSettings
    from parley.node.people.people import People
    from parley.node.watching.history import History
    from parley.node.watching.watching import Watching
    from parley.wire.packs.pack import Pack


class Hub(Protocol):
    """What the door needs of the couriers (parley.peers.hub.Hub is one)."""

    def wake(self) -> None:
        """New work waits in the outbox."""
        ...

    async def heartbeat(self, note: bytes) -> bytes:
        """Our signed heartbeat in answer to a peer's. Raises PeerError, StorageError."""
        ...


class Press(Protocol):
    """What prints packs (parley.outlets.press.Press is one). Each call may take seconds."""

    def plots(self, health: Health) -> dict[str, str]:
        """Pictures (SVG) of the health of a period, by name."""
        ...

    def html(self, pack: Pack, pictures: Mapping[str, str]) -> bytes: ...

    def pdf(self, pack: Pack, pictures: Mapping[str, str]) -> bytes:
        """Raises ConfigError: it cannot be set."""
        ...


class OutletHealth(Protocol):
    """How one outlet of alerts fares (parley.outlets.alerts.OutletHealth is one)."""

    @property
    def name(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def recipient(self) -> str: ...
    @property
    def where(self) -> str: ...
    @property
    def state(self) -> str: ...
    @property
    def sent(self) -> int: ...
    @property
    def told(self) -> int: ...
    @property
    def held(self) -> int: ...
    @property
    def refused(self) -> int: ...
    @property
    def waiting(self) -> int: ...
    @property
    def cursor(self) -> int: ...
    @property
    def last_ms(self) -> int: ...
    @property
    def error(self) -> str: ...


class Alerts(Protocol):
    """What tells people (parley.outlets.alerts.Alerts is one)."""

    def health(self) -> Sequence[OutletHealth]: ...


@dataclass(frozen=True, slots=True)
class Face:
    """node; hub: None for a node without couriers; on_work: called after each thing we said;
    watching: None for a node that does not watch; press: None for one that prints no packs.
    hotline: what people chose for its lines, None for the defaults. alerts: None for a node that
    tells nobody. people: who may sit at its console, None for a node that has none.
    history: where tracks were, None where that is not kept.
    drafting: drafts that wait for their release, None for a node that keeps none. zones: IANA
    time zone by party, for those that gave one.

    closing: set when the server stops, so that event streams end.
    """

    node: Node
    hub: Hub | None
    on_work: Callable[[], None]
    stream_beat_s: float
    closing: asyncio.Event = field(default_factory=asyncio.Event)
    watching: Watching | None = None
    press: Press | None = None
    hotline: HotlineSettings | None = None
    alerts: Alerts | None = None
    people: People | None = None
    history: History | None = None
    drafting: Drafting | None = None
    zones: Mapping[str, str] = field(default_factory=dict)

    def posted(self, posted: Posted, status: int) -> Response:
        self.on_work()
        return answer(posted_view(posted, self.node.clock()), status)

    async def need(self, ref: str) -> str:
        """The ref, if there is such an item; else the 404 of a lookup."""
        try:
            return (await self.node.item(ref)).ref
        except InputError as error:
            raise not_found(error) from None


def not_found(error: InputError) -> ProblemError:
    return ProblemError(404, "not-found", error.what, right=error.right)


def answer(view: BaseModel, status: int = 200) -> Response:
    """JSON of a view. FastAPI does not validate again what we made ourselves."""
    return Response(
        view.model_dump_json(by_alias=True), status_code=status, media_type="application/json"
    )


async def answer_large(make: Callable[[], BaseModel]) -> Response:
    """The same for what may be large: made in a thread, so that the loop goes on."""
    text = await asyncio.to_thread(lambda: make().model_dump_json(by_alias=True))
    return Response(text, media_type="application/json")


class _StrictRequest(Request):
    async def json(self) -> Any:
        return parse_json(await self.body(), THE_REQUEST)


class StrictRoute(APIRoute):
    """JSON bodies without repeated members, NaN or endless nesting; FormatError otherwise."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def strict(request: Request) -> Response:
            return await handle(_StrictRequest(request.scope, request.receive))

        return strict


def posted_responses(status: int) -> dict[int | str, dict[str, Any]]:
    return {status: {"model": PostedView, "description": "Said, durable, on its way."}}
