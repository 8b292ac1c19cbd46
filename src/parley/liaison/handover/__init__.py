"""Who holds the watch for a duty role, and what is handed over with it; it stays at home."""
