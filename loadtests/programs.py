"""The programs that drive traffic, and how to get those that are missing."""

import shutil
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Program:
    """A program that is not from Python's packages, and the package of the system that has it."""

    name: str
    package: str
    why: str


WRK = Program("wrk", "wrk", "asks as fast as it can")
H2LOAD = Program("h2load", "nghttp2-client", "asks at a fixed rate")
NGINX = Program("nginx", "nginx-light", "shows how far the driver is from being the bottleneck")


class ProgramMissingError(Exception):
    """A program is not installed; the message says how to get it."""


def find_program(program: Program) -> str | None:
    """Return the path of *program*, or None; system folders are searched whatever PATH says."""
    return shutil.which(program.name) or shutil.which(program.name, path="/usr/sbin:/usr/local/sbin:/sbin")


def get_program(program: Program) -> str:
    """Return the path of *program*; raises ProgramMissingError."""
    path = find_program(program)
    if path is None:
        raise ProgramMissingError(f"{program.name} is missing: it {program.why}. {how_to_get(program)}")
    return path


def how_to_get(*programs: Program) -> str:
    """Return the sentence that says how to install *programs*."""
    return f"Install it with: apt-get install {' '.join(program.package for program in programs)}"
