"""Commands of the live watch: feeds, the screen, alarms, recordings."""
