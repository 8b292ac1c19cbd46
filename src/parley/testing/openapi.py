"""The OpenAPI document of the operator's API, from the code: ``python -m parley.testing.openapi``.

The console's types are made from it (``make console``).
"""

from __future__ import annotations

import asyncio
import json
import sys
from typing import Any

from parley.testing.agreements import small_agreement
from parley.testing.harness import TOKEN, started_node
from parley.testing.people import people_of
from parley.web.app import create_app


async def document() -> dict[str, Any]:
    """As GET /openapi.json answers, all rooms joined."""
    node = await started_node(small_agreement(), "blue")
    people = await people_of(node)
    try:
        return create_app(node, operator_token=TOKEN, people=people).openapi()
    finally:
        await people.close()
        await node.close()


def main() -> None:
    json.dump(asyncio.run(document()), sys.stdout)


if __name__ == "__main__":
    main()
