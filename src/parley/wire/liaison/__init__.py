"""Papers as people read and write them: reports, forms, calendars, scenarios of what followed."""
