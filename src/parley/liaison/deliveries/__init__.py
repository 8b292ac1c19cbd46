"""Units that are no nodes, relays to them, and who is assumed blind."""
