"""The audit of a crate in which read bodies of a few files have changed: what read them, again.

What an audit has linked is kept, with what every piece of work has read. Bodies that are others now
are looked at in both texts by whoever asked for a facet of them; if all see the same, the files
whose checks have read them are checked again, everything else being read only where they lead.
"""

from bindcheck.relook.again import looked_again
from bindcheck.relook.seen import Seen

__all__ = ["Seen", "looked_again"]
