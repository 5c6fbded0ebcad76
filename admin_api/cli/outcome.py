"""How a command ends without success."""


class CommandError(Exception):
    """The command cannot do what was asked; the message is for a person, without a stack."""

    exit_status = 1


class WrongUseError(CommandError):
    """The arguments or settings are wrong; nothing was done."""

    exit_status = 2
