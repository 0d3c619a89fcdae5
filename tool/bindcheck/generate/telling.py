"""What is told of the pieces in an indicator's own file, once they are settled."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from bindcheck.fact import fact
from bindcheck.generate.arguments import why
from bindcheck.generate.indicator import Indicator
from bindcheck.generate.outcome import Mode, Request, Story
from bindcheck.generate.pieces import ROLES
from bindcheck.generate.plan import State
from bindcheck.generate.settling import Settling


@fact
class Telling:
    """Adds the lines of an indicator to the story; `asked` tells whether a piece was asked for."""

    story: Story
    request: Request
    sources: Mapping[str, bytes]
    asked: Callable[[str], bool]

    def tell(self, one: Indicator, settling: Settling) -> None:
        """First what stands by hand, then what becomes of each piece, in a plan what has none."""
        self._by_hand(one)
        for wanted, settled in settling.pieces:
            if not self.asked(wanted.piece):
                continue
            details = {
                State.LACKING: f"not known: {wanted.lacking}{one.without(wanted.piece)}",
                State.KEPT: settling.reason,
                State.CONFLICT: self._place_of(one, wanted.piece),
            }
            detail = details.get(settled.state, one.core.path)
            text = "" if settled.state is State.KEPT else wanted.text
            state = settled.state
            if state is State.LACKING and one.without(wanted.piece) and not self.request.pieces:
                state = State.OMITTED
            self.story.add(one.core.name, wanted.piece, state, detail, text)
            if settled.conflict:
                self.story.conflicts.append(settled.conflict)
        if self.request.mode is Mode.PLAN:
            self._absent(one)

    def _by_hand(self, one: Indicator) -> None:
        """Bindings by hand that stay, but for those that are told with what is lacking."""
        refused = {wanted.piece for wanted in one.wanted if wanted.lacking}
        for entry in one.by_hand:
            piece = entry.role.value
            if piece not in refused and self.asked(piece):
                detail = f"{entry.rust_name} in {entry.ref.path}"
                self.story.add(one.core.name, piece, State.PRESENT, detail)

    def _place_of(self, one: Indicator, piece: str) -> str:
        """`path:line` of a region."""
        region = one.by_key.get(one.key(piece))
        text = self.sources[one.core.path].decode("utf-8")
        return one.core.path if region is None else f"{one.core.path}:{region.line_in(text)}"

    def _absent(self, one: Indicator) -> None:
        """Say of pieces that the core gives no premise why."""
        told = {plan.piece for plan in self.story.plans if plan.indicator == one.core.name}
        for piece in ROLES:
            if piece not in told and self.asked(piece):
                detail = f"the core has no {piece}{why(one.core, piece)}"
                self.story.add(one.core.name, piece, State.ABSENT, detail)
