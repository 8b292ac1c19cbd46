"""Alarms as ISA-18.2 understands them: what needs a response, once a change.

`table` says what is an alarm and what to do, `states` how one lives; `book` keeps them; `rates`
says whether an officer can bear it.
"""
