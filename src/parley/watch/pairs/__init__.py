"""Two tracks about to come too close: found among all, told when there is enough to tell.

`sweep` finds the pairs (`candidates` and `scanning` propose, `encounter` decides in DAIDALUS's
terms, `frame` is the geometry); `separation` makes findings of them (`motion` and `climbs` say
how they fly, `expect` what their plans say, `calm` when it is evidence).
"""
