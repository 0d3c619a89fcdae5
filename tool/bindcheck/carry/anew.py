"""Why results cannot be carried over."""


class Anew(Exception):
    """What changed may matter in a way that only an audit that is done anew can tell; says why."""


class Unmoved(Anew):
    """A place of which nobody can say where it is now."""

    def __init__(self) -> None:
        super().__init__("a place that is reported or kept has gone")
