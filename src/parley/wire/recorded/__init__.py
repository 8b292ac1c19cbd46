"""Recorded days to reports in the order of their times: `reading` is the door."""
