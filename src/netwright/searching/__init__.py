"""Search: spaces from the recipe's knobs, trials kept in a study, from coarse to fine (notes 2.3).

``space`` and ``choose_space`` say what is searched, ``storage`` where trials are kept, ``study``
what all workers must know, ``worker`` trains the trials, ``workers`` starts several such processes,
``analysis`` reads the outcome, ``report`` shows it.
"""
