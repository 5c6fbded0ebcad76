"""Split a catalogue by slice, so that each is compiled from what concerns it and nothing else."""

from collections import defaultdict
from collections.abc import Iterable

from rules_compiler.model import Catalogue, SliceKey


def partition(catalogue: Catalogue) -> dict[SliceKey, Catalogue]:
    """Return for each key of which *catalogue* says something what its slice is compiled from.

    What is said of a lot or serial is also part of its item, whose slice tells that it is there.
    """
    said: defaultdict[SliceKey, defaultdict[str, list[object]]] = defaultdict(lambda: defaultdict(list))

    def add(kind: str, value: object, keys: Iterable[SliceKey]) -> None:
        for key in keys:
            said[key][kind].append(value)

    for organization in catalogue.organizations:
        add("organizations", organization, [f"org/{organization.id}"])
    for brand in catalogue.brands:
        add("brands", brand, [f"brand/{brand.id}"])
    for host in catalogue.hosts:
        add("hosts", host, [f"host/{host.name}"])
    for item in catalogue.items:
        add("items", item, [item.key])
    for instance in catalogue.instances:
        add("instances", instance, _with_item(instance.key))
    for rule in catalogue.rules:
        add("rules", rule, _with_item(rule.slice_key))
    return {
        key: Catalogue(**{kind: tuple(values) for kind, values in parts.items()})  # type: ignore[arg-type]  # by kind
        for key, parts in said.items()
    }


def _with_item(key: SliceKey) -> set[SliceKey]:
    return {key, "/".join(key.split("/")[:2])}
