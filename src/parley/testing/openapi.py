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
from parley.web.app import create_app


async def document() -> dict[str, Any]:
    """As GET /openapi.json answers, all rooms joined."""
    node = await started_node(small_agreement(), "blue")
    try:
        return create_app(node, operator_token=TOKEN).openapi()
    finally:
        await node.close()


def main() -> None:
    json.dump(asyncio.run(document()), sys.stdout)


if __name__ == "__main__":
    main()
