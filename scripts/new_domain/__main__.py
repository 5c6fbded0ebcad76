"""`python -m scripts.new_domain NAME`: write a domain that works, and print what is left to do."""

import argparse
import sys
from pathlib import Path

from scripts.new_domain.scaffold import WrongNameError, plan_domain, write_domain

_ROOT = Path(__file__).parents[2]
_LEFT = """
{name} is served, with a list of items that stands for what it is about. Left of docs/new-domain.md:

  1     the columns and indexes of its table, and the name of the item everywhere
  2-7   what its contract says, in place of the items: fields, refusals, queries, and who may do what
  8     its layer in pyproject.toml: it stands above all others, and has to stand below those that import it
  9     its contract in tests/contract, line by line, and who may do what in tests/tenancy/operations.yaml
  10    CHANGELOG.md, a page where there is more to know, make docs, make check
"""


def main() -> int:
    """Write the domain that the command line names; 2 where nothing can be called so."""
    parser = argparse.ArgumentParser(prog="make new-domain", description=__doc__)
    parser.add_argument("name", metavar="NAME", help="as its package is called, such as gift_cards")
    name = parser.parse_args().name
    try:
        planned = plan_domain(_ROOT, name)
    except WrongNameError as error:
        print(error, file=sys.stderr)
        return 2
    write_domain(_ROOT, planned)
    print(*planned, sep="\n")
    print(_LEFT.format(name=name))
    return 0


if __name__ == "__main__":
    sys.exit(main())
