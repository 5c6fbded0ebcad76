"""The edge as the API process and the command line ask it: the resolver, on rules that it is given."""

from collections.abc import Iterable
from dataclasses import replace
from urllib.parse import SplitResult, urlsplit

from product_platform.digital_link import EdgeAnswer, Question
from resolver.holder import Holder
from resolver.hosts import Hosts, host_key
from resolver.locations import NOWHERE, Location
from resolver.request import Request, to_query
from resolver.resolve import Resolver
from resolver.settings import EdgeSettings
from rules_compiler.compiler import compile_catalogue
from rules_compiler.compose import find_owner
from rules_compiler.dict_table import DictTable
from rules_compiler.gs1 import EDGE, DigitalLinkError, parse_path
from rules_compiler.model import Catalogue, Query
from rules_compiler.tables import ItemSlice


class LocalEdge:
    """Answers single requests in this process, as an edge with these settings would."""

    def __init__(self, settings: EdgeSettings) -> None:
        self._settings = settings

    def read(self, question: Question) -> Query:
        """Return what *question* asks of a table; raises DigitalLinkError when its URI is no identifier."""
        request = self._to_request(question)
        link = parse_path(request.raw_path, request.raw_query, EDGE)
        return to_query(link, request, question.at.timestamp())

    def host_name(self, question: Question) -> str | None:
        """Return the name of the host that *question* is sent to, None when its URI is a path alone."""
        return host_key(self._to_request(question).host).removeprefix("host/") or None

    def narrow(self, question: Question, catalogue: Catalogue) -> Catalogue:
        """Return what of *catalogue* the host of *question* knows: one that is bound, no items of others."""
        request, table = self._to_request(question), compile_catalogue(catalogue)
        organization_id = (
            Hosts(_hold(table, question), self._settings)
            .host_of(request.host, request.scheme)
            .organization_id
        )
        if organization_id is None:
            return catalogue
        holder, at = _hold(table, question), question.at.timestamp()
        slices = ((item, table.find(item.key)) for item in catalogue.items)
        owned = (
            item
            for item, found in slices
            if isinstance(found, ItemSlice)
            and find_owner(found, holder.find_owner(found, at).organization_id) == organization_id
        )
        return replace(catalogue, items=tuple(owned))

    def answer(self, question: Question, catalogue: Catalogue) -> EdgeAnswer:
        """Return what the edge would answer to *question* if *catalogue* were all there is."""
        return self.answer_all([question], catalogue)[0]

    def answer_all(self, questions: Iterable[Question], catalogue: Catalogue) -> list[EdgeAnswer]:
        """Return what `answer` returns for each of *questions*, from one table."""
        table = compile_catalogue(catalogue)
        return [self._answer(question, table) for question in questions]

    def _answer(self, question: Question, table: DictTable) -> EdgeAnswer:
        at = question.at.timestamp()
        holder, request = _hold(table, question), self._to_request(question)
        host = Hosts(holder, self._settings).host_of(request.host, request.scheme)
        answer = Resolver(holder, self._settings).answer(request, host, at)
        location = dict(answer.headers).get(b"location")
        return EdgeAnswer(
            status=answer.status,
            location=location.decode() if location else None,
            rule_id=answer.subject.rule_id if answer.subject else None,
            body=answer.body,
        )

    def _to_request(self, question: Question) -> Request:
        try:
            parts = urlsplit(question.uri)
        except ValueError:
            message = f"{question.uri!r} is not a URI: its host cannot be read."
            raise DigitalLinkError("authority", 0, message) from None
        headers = {name.lower(): value.encode() for name, value in question.headers.items()}
        return Request(
            method="GET",
            host=parts.netloc.encode(),
            # Who names no port speaks as through a proxy, to which the scheme belongs.
            scheme=b"" if _has_port(parts) else parts.scheme.encode(),
            raw_path=parts.path.encode().removeprefix(self._settings.root_path),
            raw_query=parts.query.encode(),
            accept=headers.get("accept", b""),
            accept_language=headers.get("accept-language", b""),
            user_agent=b"",
            if_none_match=b"",
            debug=b"",
            location=Location(question.country.upper()) if question.country else NOWHERE,
        )


def _hold(table: DictTable, question: Question) -> Holder:
    holder = Holder(question.at.timestamp)
    holder.replace(table)
    return holder


def _has_port(parts: SplitResult) -> bool:
    return ":" in parts.netloc.rpartition("]")[2]
