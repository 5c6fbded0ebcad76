"""Consider every rule that could govern a query, narrowest scope first, and say how each fared."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from rules_compiler.model import Catalogue, Decision, Organization, Outcome, Query, Rule, SliceKey
from rules_compiler.reference.conditions import is_active, is_in_place, is_open
from rules_compiler.reference.preferences import has_preferences, narrow
from rules_compiler.reference.scopes import find_item, find_owner, find_scopes, rules_of_scope
from rules_compiler.reference.targets import find_missing_placeholder, is_skipped, render_target, target_of
from rules_compiler.reference.weights import find_other_arms

DEFAULT_LINK = "gs1:defaultLink"


class Verdict(StrEnum):
    """How a rule fared: it won, it is one of equal choices, or the first reason why it lost."""

    WON = "won"
    OFFERED = "offered"
    DISABLED = "disabled"
    CLOSED_WINDOW = "closed_window"
    OTHER_PLACE = "other_place"
    DEAD_TARGET = "dead_target"
    MISSING_VALUE = "missing_value"
    OTHER_ARM = "other_arm"
    OTHER_LINK_TYPE = "other_link_type"
    AFTER_FALLBACK = "after_fallback"
    PREFERENCE = "preference"
    UNDECIDED = "undecided"
    WIDER_SCOPE = "wider_scope"


@dataclass(frozen=True, slots=True)
class Considered:
    """One rule and how it fared; *placeholder* names the value that a MISSING_VALUE lacks."""

    rule: Rule
    verdict: Verdict
    placeholder: str | None = None


def answer(catalogue: Catalogue, query: Query) -> Decision:
    """Return what the rules of *catalogue* say to *query*."""
    if find_item(catalogue, query) is None:
        return Decision(outcome=Outcome.NOT_FOUND)
    considered = consider(catalogue, query)
    for each in considered:
        if each.verdict is Verdict.WON:
            return _decide(each.rule, query)
    choices = tuple(each.rule.id for each in considered if each.verdict is Verdict.OFFERED)
    if choices:
        return Decision(outcome=Outcome.CHOICES, choices=choices)
    return Decision(outcome=Outcome.NOT_FOUND if _is_explicit(query) else Outcome.HOSTED)


def consider(catalogue: Catalogue, query: Query) -> list[Considered]:
    """Return every rule that could govern *query*, in the order of evaluation, and how it fared.

    Rules of anybody but the item's present owner are not even considered.
    """
    item = find_item(catalogue, query)
    owner = None if item is None else find_owner(catalogue, item)
    if item is None or owner is None:
        return []
    considered: list[Considered] = []
    is_decided = False
    for scope in find_scopes(catalogue, query, item, owner):
        rules = rules_of_scope(catalogue, scope, owner)
        if is_decided:
            verdicts = dict.fromkeys((rule.id for rule in rules), Verdict.WIDER_SCOPE)
        else:
            verdicts = _judge_scope(rules, query, owner, scope.anchor)
        is_decided = is_decided or bool({Verdict.WON, Verdict.OFFERED} & set(verdicts.values()))
        considered += [_considered(rule, verdicts[rule.id], query) for rule in rules]
    return considered


def _decide(rule: Rule, query: Query) -> Decision:
    url = render_target(rule, query)
    outcome = Outcome.HOSTED if url is None else Outcome.REDIRECT
    return Decision(outcome=outcome, url=url, rule_id=rule.id)


def _considered(rule: Rule, verdict: Verdict, query: Query) -> Considered:
    is_missing = verdict is Verdict.MISSING_VALUE
    return Considered(rule, verdict, find_missing_placeholder(rule, query) if is_missing else None)


def _judge_scope(
    rules: Sequence[Rule], query: Query, owner: Organization, anchor: SliceKey
) -> dict[str, Verdict]:
    """Return how each rule of one scope fares, by rule id; at most one of them wins."""
    failures = {rule.id: _find_failed_condition(rule, query) for rule in rules}
    holding = [rule for rule in rules if failures[rule.id] is None]
    other_arms = find_other_arms(holding, anchor, query.network)
    failures |= dict.fromkeys(other_arms, Verdict.OTHER_ARM)
    holding = [rule for rule in holding if rule.id not in other_arms]
    candidates = _of_asked_type(holding, rules, query, owner)
    taken = _up_to_fallback(candidates)
    left, is_narrowed = narrow(taken, query)
    verdicts = {
        **{rule.id: failures[rule.id] or Verdict.OTHER_LINK_TYPE for rule in rules},
        **{rule.id: Verdict.AFTER_FALLBACK for rule in candidates},
        **{rule.id: Verdict.PREFERENCE for rule in taken},
        **{rule.id: Verdict.UNDECIDED for rule in left},
    }
    if len(left) == 1 and (is_narrowed or _is_explicit(query)):
        verdicts[left[0].id] = Verdict.WON
    elif taken and not has_preferences(taken[-1]):
        verdicts[taken[-1].id] = Verdict.WON
    elif _is_explicit(query):
        verdicts.update({rule.id: Verdict.OFFERED for rule in left})
    return verdicts


def _find_failed_condition(rule: Rule, query: Query) -> Verdict | None:
    """Return the first condition beside the link type that does not hold, or None."""
    if not rule.enabled:
        return Verdict.DISABLED
    if not is_open(rule, query.at):
        return Verdict.CLOSED_WINDOW
    if not is_in_place(rule, query):
        return Verdict.OTHER_PLACE
    if is_skipped(rule):
        return Verdict.DEAD_TARGET
    if find_missing_placeholder(rule, query) is not None:
        return Verdict.MISSING_VALUE
    return None


def _of_asked_type(
    candidates: list[Rule], rules: Sequence[Rule], query: Query, owner: Organization
) -> list[Rule]:
    """Return the candidates of the link type that *query* asks for; *rules* is the whole scope.

    An untyped rule also stands for the owner's default type, unless an active typed rule of its
    scope, for whatever place, already says what its target is.
    """
    untyped = [rule for rule in candidates if rule.link_type is None]
    of_default_type = [rule for rule in candidates if rule.link_type == owner.default_link_type]
    if not _is_explicit(query):
        return untyped or of_default_type[:1]
    if query.link_type != owner.default_link_type:
        return [rule for rule in candidates if rule.link_type == query.link_type]
    described = {target_of(rule) for rule in rules if rule.link_type and is_active(rule, query.at)}
    nondescript = [rule for rule in untyped if target_of(rule) not in described]
    return [rule for rule in candidates if rule in of_default_type or rule in nondescript]


def _up_to_fallback(candidates: list[Rule]) -> list[Rule]:
    """Return the candidates up to and including the first that has no preferences."""
    taken = []
    for rule in candidates:
        taken.append(rule)
        if not has_preferences(rule):
            break
    return taken


def _is_explicit(query: Query) -> bool:
    return query.link_type not in (None, DEFAULT_LINK)
