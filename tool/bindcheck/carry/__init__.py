"""Results carried over to sources that have changed without answering any question otherwise.

`Base` holds the texts of an audit and what was asked of them, and tells where code has gone;
`carried` moves what was found to where the same code stands now.
"""

from bindcheck.carry.anew import Anew, Unmoved
from bindcheck.carry.asking import asked_of
from bindcheck.carry.base import Base
from bindcheck.carry.moves import Moves, moved
from bindcheck.carry.reports import carried, moved_finding

__all__ = ["Anew", "Base", "Moves", "Unmoved", "asked_of", "carried", "moved", "moved_finding"]
