"""Papers at a node: said by our officers, taken in from peers, filed, found again, read.

``filing`` folds and files, ``saying`` is what our officers do, ``reading`` what anybody here may
ask; ``correspondent``, beside this room, is their front. The rules stand in ``parley.liaison``.
"""
