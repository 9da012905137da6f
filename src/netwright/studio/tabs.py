"""Each tab of a page writes a file of its own."""

from __future__ import annotations

from dataclasses import dataclass, field

from netwright.base.errors import NetwrightError
from netwright.runs.annotations.files import AnnotationWriter, new_name

MOST_TABS = 500


@dataclass
class TabWriters:
    """The writers of the tabs.

    Args:
        first: of whoever opened the page.
    """

    first: AnnotationWriter
    _known: dict[str, AnnotationWriter] = field(default_factory=dict)

    def of(self, tab: str) -> AnnotationWriter:
        """The writer of a tab.

        Raises:
            NetwrightError: there are too many.
        """
        if tab not in self._known:
            if len(self._known) >= MOST_TABS:
                raise NetwrightError(f"more than {MOST_TABS} tabs: end this and open it again.")
            self._known[tab] = AnnotationWriter(self.first.store, new_name(), self.first.who)
        return self._known[tab]
