"""Answer a query by the plainest possible scan of uncompiled rules: what the table is held to.

Nothing here is fast, and nothing here is shared with the compiled table: what two readings of
one specification agree on, over random rules, is what the specification says.
"""

from rules_compiler.reference.answering import Considered, Verdict, answer, consider

__all__ = ["Considered", "Verdict", "answer", "consider"]
