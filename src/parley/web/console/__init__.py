"""The console: its pages, its log-in, and the routes that only a screen needs."""
