"""Search: spaces from the recipe's knobs, trials kept in a study, from coarse to fine (notes 2.3).

``space`` and ``build`` say what is searched, ``embedded`` and ``database`` where trials are kept,
``study`` what they share, ``worker`` makes them, ``crew`` lets several processes do so, ``judge``
reads the outcome, ``report`` shows it.
"""
