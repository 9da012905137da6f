"""The next token by how often it stood behind the same few tokens before it: n-grams."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

Context = tuple[int, ...]


class NGrams:
    """Counts of what follows the last tokens, 0 to ``order`` - 1 of them; each context speaks for
    what it has seen and leaves the rest to the shorter one (Witten and Bell 1991).

        p(w | h) = (c(h, w) + t(h) p(w | h')) / (c(h) + t(h)), t(h) = different tokens behind h

    Behind nothing all tokens are alike.

    Args:
        order: n, from 1.
        tokens: how many there are.
    """

    def __init__(self, order: int, tokens: int) -> None:
        self.order, self.tokens = order, tokens
        self.counts: defaultdict[Context, Counter[int]] = defaultdict(Counter)
        self.totals: Counter[Context] = Counter()

    def learn(self, rows: Iterable[Sequence[int]], first: int) -> None:
        """Count the tokens of rows.

        Args:
            first: the token that stands before each row.
        """
        for row in rows:
            whole = (first, *row)
            for at in range(1, len(whole)):
                for start in range(max(0, at - self.order + 1), at + 1):
                    self.counts[whole[start:at]][whole[at]] += 1
        self.totals.update({context: some.total() for context, some in self.counts.items()})

    def cost(self, row: Sequence[int], first: int) -> float:
        """-log p of a row."""
        whole = (first, *row)
        return -math.fsum(
            math.log(self._probability(whole[max(0, at - self.order + 1) : at], whole[at]))
            for at in range(1, len(whole))
        )

    def _probability(self, context: Context, token: int) -> float:
        p = 1 / self.tokens
        for start in range(len(context), -1, -1):
            some = self.counts.get(context[start:])
            if some is None:
                break
            kinds = len(some)
            p = (some[token] + kinds * p) / (self.totals[context[start:]] + kinds)
        return p
