"""What can go wrong. Every message is one sentence that says what was found and what to do."""


class StitchscopeError(Exception):
    """The program, or this package, could not do what was asked; the message is the program's own sentence where it has one."""


class ProgramMissing(StitchscopeError):
    """The program `stitchscope` is not where it was looked for."""


class Refused(StitchscopeError):
    """A network or file that cannot be exported."""
