"""Cursor on Target: `decoder` reads XML and TAK protocol 1, `out` and `areas` write, `release` says
what may leave to whom. No affiliation is read or written."""
