"""The query of a Digital Link: data attributes, and everything else that travels with it."""

from urllib.parse import unquote

from rules_compiler.gs1.formats import read_value
from rules_compiler.gs1.link import DigitalLink
from rules_compiler.gs1.options import ParseOptions
from rules_compiler.gs1.order import check_attribute, check_exclusions


def read_query(link: DigitalLink, raw_query: bytes, options: ParseOptions, position: int) -> DigitalLink:
    """Return *link* with what the undecoded *raw_query* adds; raises DigitalLinkError.

    *position* is where the query starts. Only names of digits are judged; a parameter without `=`
    says nothing.
    """
    path = tuple([ai for ai, _ in link.ais])
    names = [ai for ai, _ in link.elements]
    attributes = list(link.attributes)
    extensions = []
    for parameter in raw_query.split(b"&"):
        name, separator, text = parameter.partition(b"=")
        if name.isdigit() and separator:
            ai = name.decode()
            check_attribute(ai, path, names, position)
            value = read_value(ai, text.decode("latin-1").replace("+", " "), position, options)
            check_exclusions(ai, names, position)
            names.append(ai)
            attributes.append((ai, value))
        elif separator:
            extensions.append((_decode(name), _decode(text)))
        position += len(parameter) + 1
    return DigitalLink(
        link.ais, link.slice_key, tuple(attributes), tuple(extensions), stem=link.stem, raw_query=raw_query
    )


def _decode(raw: bytes) -> str:
    return unquote(raw.replace(b"+", b" ").decode("utf-8", "replace"))
