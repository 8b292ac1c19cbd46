"""What a browser does unasked: foreign requests, broken policy, dialogs, faults."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from playwright.async_api import ConsoleMessage, Dialog, Error, Page, Request, expect

ROOMS = ("item", "notice", "hotline", "incident", "handover", "health")
OWN_SCHEMES = ("data", "blob")
_PLACED = """() => {
  const root = document.documentElement;
  const wide = [...document.querySelectorAll("body *")].filter((one) => {
    const box = one.getBoundingClientRect();
    const style = getComputedStyle(one);
    return box.width > 0 && style.position !== "absolute" && box.right > innerWidth + 1 &&
      !one.closest(".maplibregl-map") && !scrolls(one);
  });
  function scrolls(one) {
    for (let up = one.parentElement; up; up = up.parentElement)
      if (getComputedStyle(up).overflowX !== "visible") return true;
    return false;
  }
  const told = wide.slice(0, 3).map((one) => one.outerHTML.slice(0, 200));
  return [root.scrollWidth - innerWidth, told];
}"""
_UNISOLATED = """() => {
  const found = [];
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walk.nextNode(); node; node = walk.nextNode()) {
    if (!/[\\u202a-\\u202e\\u2066-\\u2069]/.test(node.data)) continue;
    const isolated = (one) => /isolate|plaintext/.test(getComputedStyle(one).unicodeBidi);
    let up = node.parentElement;
    while (up && !isolated(up) && getComputedStyle(up).display.startsWith("inline"))
      up = up.parentElement;
    if (!up || (!isolated(up) && up.childNodes.length > 1)) found.push(node.data.slice(0, 80));
  }
  return found;
}"""


@dataclass
class Witness:
    """What was seen at a page since ``watch``. requests: all of them, by URL."""

    origin: str
    requests: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)
    policy: list[str] = field(default_factory=list)
    dialogs: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    def asked(self, request: Request) -> None:
        parts = urlsplit(request.url)
        self.requests.append(request.url)
        if f"{parts.scheme}://{parts.netloc}" != self.origin and parts.scheme not in OWN_SCHEMES:
            self.foreign.append(request.url)

    def said(self, message: ConsoleMessage) -> None:
        text = message.text
        if "Content Security Policy" in text or "Refused to" in text:
            self.policy.append(text)

    def failed(self, error: Error) -> None:
        self.faults.append(str(error))

    async def asks(self, dialog: Dialog) -> None:
        self.dialogs.append(dialog.message)
        await dialog.dismiss()

    def assert_nothing(self) -> None:
        """Nothing of it has happened."""
        assert self.foreign == []
        assert self.policy == []
        assert self.dialogs == []
        assert self.faults == []


def watch(page: Page) -> Witness:
    """From now on."""
    parts = urlsplit(page.url)
    made = Witness(f"{parts.scheme}://{parts.netloc}")
    page.context.on("request", made.asked)
    page.on("console", made.said)
    page.on("pageerror", made.failed)
    page.on("dialog", made.asks)
    return made


async def open_room(page: Page, room: str) -> None:
    """The room by its address; returns when it stands."""
    await page.evaluate("room => { location.hash = `#/${room}` }", room)
    await expect(page.locator(f"#room.room-{room.partition('?')[0]}")).to_be_visible()


async def settled(page: Page, witness: Witness) -> None:
    """Half a second in which the page asked for nothing new but what it asks each second."""
    seen = -1
    while seen != (seen := len({url.partition("?")[0] for url in witness.requests})):
        await asyncio.sleep(0.5)


async def assert_placed(page: Page) -> None:
    """Nothing is wider than the window, and no text turns its neighbours round."""
    over, wide = await page.evaluate(_PLACED)
    assert over <= 0, wide
    assert wide == []
    assert await page.evaluate(_UNISOLATED) == []
