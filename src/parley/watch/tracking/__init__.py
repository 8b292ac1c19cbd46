"""Reports to the picture: merged by identity, carried on, doubted, registered.

`picture` is the door; `book` and `sighted` are its rows, `fold` takes reports in, `merge` makes one
track of several sights, `identity` and `doubts` say what is wrong, `registration` holds sensors
against each other.
"""
