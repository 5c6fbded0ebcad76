"""A name server on loopback that speaks the real protocol, and knows what a test tells it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from dns.flags import RA
from dns.message import Message, QueryMessage, from_wire, make_response
from dns.rcode import NXDOMAIN, SERVFAIL, Rcode
from dns.rrset import from_text

TTL_S = 60


class NameServer(asyncio.DatagramProtocol):
    """Answers by UDP. `records` are by name and type, as in a zone file; other names do not exist."""

    def __init__(self) -> None:
        self.records: dict[str, dict[str, list[str]]] = {}
        self.questions: list[str] = []
        self.is_silent = False
        self.fails = False
        self.address = ""
        self._transport: Any = None

    def set_text(self, name: str, *texts: str) -> None:
        """Have these TXT records, and no other, under *name*."""
        self.records[name] = {"TXT": [f'"{text}"' for text in texts]}

    def connection_made(self, transport: Any) -> None:
        self._transport = transport
        host, port = transport.get_extra_info("sockname")
        self.address = f"{host}:{port}"

    def datagram_received(self, data: bytes, client: Any) -> None:
        query = from_wire(data)
        self.questions.append(query.question[0].name.to_text(omit_final_dot=True))
        if not self.is_silent:
            self._transport.sendto(self._answer(query).to_wire(), client)

    def _answer(self, query: Message) -> QueryMessage:
        answer = make_response(query)
        answer.flags |= RA
        answer.set_rcode(self._fill(answer, self.questions[-1]))
        return answer  # type: ignore[return-value]  # the answer to a query is one

    def _fill(self, answer: Message, name: str) -> Rcode:
        if self.fails:
            return SERVFAIL
        if name not in self.records:
            return NXDOMAIN
        for kind in ("CNAME", "TXT"):
            values = self.records[name].get(kind, [])
            if values:
                answer.answer.append(from_text(f"{name}.", TTL_S, "IN", kind, *values))
            if kind == "CNAME" and values:
                return self._fill(answer, values[0].removesuffix("."))
        return answer.rcode()


@asynccontextmanager
async def running_name_server() -> AsyncIterator[NameServer]:
    """Run a name server inside the block."""
    loop = asyncio.get_running_loop()
    transport, server = await loop.create_datagram_endpoint(NameServer, local_addr=("127.0.0.1", 0))
    try:
        yield server
    finally:
        transport.close()
