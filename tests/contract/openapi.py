"""What an API says of itself, read for a comparison with its contract."""

from collections.abc import Iterator, Mapping
from typing import Any

_JSON = "application/json"


class Description:
    """An OpenAPI document; operations are named by `call`, such as `GET /whoami`."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self._document = document

    @property
    def calls(self) -> Iterator[str]:
        """Every operation."""
        for path, operations in self._document["paths"].items():
            yield from (f"{method.upper()} {path}" for method in operations)

    def read_query(self, call: str) -> list[str]:
        """Return the names of the query parameters, but for those with brackets."""
        parameters = [each for each in self._find(call).get("parameters", ()) if each.get("in") == "query"]
        return [each["name"] for each in parameters if each.get("style") != "deepObject"]

    def read_statuses(self, call: str) -> list[int]:
        """Return the statuses of success."""
        statuses = (int(status) for status in self._find(call)["responses"] if status.isdecimal())
        return [status for status in statuses if status < 400]

    def read_body(self, call: str) -> Any:
        """Return the schema of the body, None when there is none or it is a file."""
        content = self._find(call).get("requestBody", {}).get("content", {})
        return self.follow(content[_JSON]["schema"]) if _JSON in content else None

    def read_answer(self, call: str, status: int) -> Any:
        """Return the schema of the answer, None when it has no body of JSON."""
        content = self._find(call)["responses"][str(status)].get("content", {})
        return self.follow(content[_JSON]["schema"]) if _JSON in content else None

    def read_values(self, schema: Mapping[str, Any]) -> list[Any]:
        """Return the values that a field is limited to; raises KeyError when it is not."""
        if schema.get("type") == "array":
            return self.read_values(self.follow(schema["items"]))
        if "anyOf" in schema:
            options = [each for each in schema["anyOf"] if each.get("type") != "null"]
            return [value for each in options for value in self.read_values(self.follow(each))]
        return [schema["const"]] if "const" in schema else list(schema["enum"])

    def follow(self, schema: Any) -> Any:
        """Return the schema that is referred to, and of one that may be null what it is otherwise."""
        options = [each for each in schema.get("anyOf", ()) if each.get("type") != "null"]
        if len(options) == 1:
            return self.follow(options[0])
        if "$ref" in schema:
            return self.follow(self._document["components"]["schemas"][schema["$ref"].rpartition("/")[2]])
        return schema

    def _find(self, call: str) -> Any:
        method, path = call.split(" ", 1)
        return self._document["paths"][path][method.lower()]
