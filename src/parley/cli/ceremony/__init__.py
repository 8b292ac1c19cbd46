"""Commands about keys and logs that were set back: roots, rosters, backups, recovery."""
