"""Commands of liaison: papers, the hotline, meetings, duties, units, releases, incidents, packs."""
