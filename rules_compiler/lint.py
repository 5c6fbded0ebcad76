"""What is wrong with rules, and what is merely strange: errors refuse a rule, warnings inform."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlsplit

from rules_compiler.compiler import find_problems
from rules_compiler.link_types import LINK_TYPES, Status
from rules_compiler.model import (
    DEFAULT_LINK_TYPE,
    Catalogue,
    DeadPolicy,
    EpochSeconds,
    Rule,
    ScopeType,
    SliceKey,
)
from rules_compiler.reference.preferences import has_preferences
from rules_compiler.reference.targets import target_of
from rules_compiler.shadows import find_shadows, find_values, includes, is_unconditional, never_opens
from rules_compiler.templates import placeholders_of


class Severity(StrEnum):
    """What follows of a finding: the compiler refuses an ERROR, a WARNING is for the owner to judge."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was found: the rule and field it is in, with any other rule behind the first."""

    severity: Severity
    code: str
    rule_ids: tuple[str, ...]
    field: str
    message: str


def lint(catalogue: Catalogue, at: EpochSeconds, *, roots: Sequence[str] = ()) -> list[Finding]:
    """Return all that is wrong or strange about the rules of *catalogue*, errors first.

    Windows are looked at from *at* on. *roots* are where this resolver answers, beside the hosts
    of the catalogue. Rules that cannot compile have no warnings, and rules that are switched off
    none either.
    """
    errors = [
        Finding(Severity.ERROR, each.code, (each.rule_id,), each.field, each.message)
        for each in find_problems(catalogue.rules)
    ]
    wrong = {rule_id for error in errors for rule_id in error.rule_ids}
    rules = [rule for rule in catalogue.rules if rule.enabled and rule.id not in wrong]
    own_roots = [*roots, *(f"https://{host.name}" for host in catalogue.hosts)]
    warnings: list[Finding] = []
    for rule in rules:
        warnings += _look_at_rule(rule, at, own_roots)
    default_types = {each.id: each.default_link_type for each in catalogue.organizations}
    brands = {item.key: f"brand/{item.brand_id}" for item in catalogue.items if item.brand_id}
    scopes = _to_scopes(rules)
    for (owner, key), scope in scopes.items():
        default_type = default_types.get(owner, DEFAULT_LINK_TYPE)
        warnings += _look_at_scope(scope, default_type)
        item_key = "/".join(key.split("/")[:2])
        wider = [(owner, each) for each in (item_key, brands.get(item_key), f"org/{owner}") if each]
        warnings += _find_missing_default(scope, [scopes.get(each, ()) for each in wider], default_type)
    return errors + warnings


_Scopes = Mapping[tuple[str, SliceKey], Sequence[Rule]]


def _to_scopes(rules: Iterable[Rule]) -> _Scopes:
    """Return the rules of each owner under each key, in order."""
    scopes: defaultdict[tuple[str, SliceKey], list[Rule]] = defaultdict(list)
    for rule in sorted(rules, key=lambda rule: (rule.slice_key, rule.order_index, rule.id)):
        scopes[rule.organization_id, rule.slice_key].append(rule)
    return scopes


def _warn(code: str, rules: Sequence[Rule], field: str, message: str) -> Finding:
    return Finding(Severity.WARNING, code, tuple(rule.id for rule in rules), field, message)


def _look_at_rule(rule: Rule, at: EpochSeconds, roots: Sequence[str]) -> Iterator[Finding]:
    if never_opens(rule, at):
        message = "Its window never opens again: move its end, or delete the rule."
        yield _warn("window_never_opens", [rule], "absolute_end_at", message)
    url = target_of(rule) or ""
    for root in roots:
        if _leads_to(url, root):
            message = f"{url} leads back to this resolver, at {root}: link to the page itself."
            yield _warn("target_leads_back", [rule], "custom_url", message)
            break
    for name in sorted(placeholders_of(url) & find_values(rule.slice_key)[1]):
        message = f"{{{name}}} never has a value in this scope, so the rule never answers."
        yield _warn("placeholder_never_filled", [rule], "custom_url", message)
    status = LINK_TYPES[rule.link_type].status if rule.link_type else Status.STABLE
    if status is Status.DEPRECATED:
        message = f"{rule.link_type} is deprecated: take a link type that is not."
        yield _warn("deprecated_link_type", [rule], "link_type", message)
    if status is Status.ALIAS:
        message = (
            f"{rule.link_type} is not in the GS1 vocabulary: it answers who asks, and no linkset shows it."
        )
        yield _warn("unlisted_link_type", [rule], "link_type", message)


def _look_at_scope(scope: Sequence[Rule], default_type: str) -> Iterator[Finding]:
    shadowed = set()
    for rule, shadow in find_shadows(scope, default_type):
        shadowed.add(rule.id)
        message = f"It is never reached: the rule {shadow.id}, further up, {_how_sure(shadow, rule)}."
        yield _warn("unreachable_rule", [rule, shadow], "order_index", message)
    yield from _find_equals([rule for rule in scope if rule.id not in shadowed], default_type)


def _how_sure(shadow: Rule, rule: Rule) -> str:
    is_mortal = target_of(shadow) is not None and shadow.on_custom_url_dead is DeadPolicy.SKIP_RULE
    if is_mortal and target_of(rule) != target_of(shadow):
        return "answers before it as long as its own target lives"
    return "answers before it"


def _find_equals(rules: Iterable[Rule], default_type: str) -> Iterator[Finding]:
    """Warn of rules that suit everybody as well as an earlier one, and hold together with it at times."""
    alike: defaultdict[object, list[Rule]] = defaultdict(list)
    for rule in filter(has_preferences, rules):
        for earlier in alike[_preferences_of(rule)]:
            is_included = includes(earlier, rule, default_type) or includes(rule, earlier, default_type)
            # Rules of one place are arms of a weight group, and one of them is drawn.
            if is_included and earlier.order_index < rule.order_index:
                message = (
                    f"Nothing in a request tells it from the rule {earlier.id}: where both hold, "
                    "neither is chosen."
                )
                yield _warn("overlapping_equals", [rule, earlier], _field_of_preference(rule), message)
                break
        alike[_preferences_of(rule)].append(rule)


def _preferences_of(rule: Rule) -> object:
    return (
        rule.link_type,
        frozenset(language.casefold() for language in rule.languages),
        (rule.media_type or "").casefold(),
        frozenset(context.casefold() for context in rule.contexts),
    )


def _field_of_preference(rule: Rule) -> str:
    if rule.languages:
        return "languages"
    return "media_type" if rule.media_type else "contexts"


def _find_missing_default(
    scope: Sequence[Rule], wider: Iterable[Sequence[Rule]], default_type: str
) -> Iterator[Finding]:
    """Warn of an identifier that has links for special purposes only, and no default of *wider* scopes."""
    default_types = {None, default_type}
    is_of_many = scope[0].scope_type in {ScopeType.BRAND, ScopeType.ORGANIZATION}
    if is_of_many or any(rule.link_type in default_types for rule in scope):
        return
    if any(rule.link_type in default_types and is_unconditional(rule) for each in wider for rule in each):
        return
    message = (
        f"The scope {scope[0].slice_key} has no default: who asks for no link type gets the hosted "
        f"page, unless a wider scope has one for them. Add a rule without link type, or with {default_type}."
    )
    yield _warn("scope_without_default", [scope[0]], "link_type", message)


def _leads_to(url: str, root: str) -> bool:
    target, here = urlsplit(url), urlsplit(root)
    is_below = f"{target.path}/".startswith(f"{here.path.rstrip('/')}/")
    return (
        bool(url)
        and _authority(target.scheme, target.netloc) == _authority(here.scheme, here.netloc)
        and is_below
    )


def _authority(scheme: str, authority: str) -> str:
    """Return host and port without the port that goes without saying."""
    return authority.lower().removesuffix(":443" if scheme == "https" else ":80")
