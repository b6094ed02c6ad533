"""Holds what our tests and the fake of DigitalOcean say to each other to the published description of the API.

    check.py DESCRIPTION TRAFFIC

TRAFFIC has one exchange per line, as tests/it/cloud/fake/recorder.rs writes them. openapi-core finds the operation, and
validates path, query and body of each request that was answered with success, and status, headers and body of each
answer. A field that the description does not have is an error as well, which openapi-core would let pass.

Where the description is known to be wrong, DEFECTS says so; a defect that nothing runs into any more is an error.
"""

import dataclasses
import json
import re
import sys
import typing
import urllib.parse

from openapi_core import OpenAPI
from openapi_core.testing import MockRequest, MockResponse

SERVER = "https://api.digitalocean.com"


@dataclasses.dataclass
class Defect:
    """Something in the description that neither the service nor its official clients follow."""

    why: str
    operation: str
    """A pattern for the method and the path."""
    side: str
    """A pattern for `request` and `answer`."""
    message: str
    """A pattern for what the validator says."""
    where: typing.Callable = lambda exchange: True
    """What else has to be so."""
    used: int = 0

    def covers(self, exchange, side, message):
        operation = f"{exchange['method']} {exchange['path']}"
        is_it = re.fullmatch(self.side, side) and re.fullmatch(self.operation, operation) and re.search(self.message, message)
        is_it = bool(is_it and self.where(exchange))
        self.used += is_it
        return is_it


def defects():
    """All that are known; whoever adds one says who does it otherwise."""
    return [
        Defect(
            "`count` is called required; godo, doctl and the Terraform provider leave it out for pools that scale",
            r"PUT /v2/kubernetes/clusters/[^/]+/node_pools/[^/]+",
            "request",
            "'count' is a required property",
        ),
        Defect(
            "the schema of one key says `keys`; its own example, godo and pydo say `key`",
            r"GET /v2/spaces/keys/[^/]+",
            "answer",
            r"^\.key is not described$",
        ),
        Defect(
            "`flags` and `tag` are called required for types that have neither; clients send them for CAA only",
            r"POST /v2/domains/[^/]+/records",
            "request",
            "'(flags|tag)' is a required property",
            lambda exchange: exchange["request"]["type"] in ("NS", "SRV", "TXT"),
        ),
        # Not wrong, but missing: the copy that is used here has been cut to the paths that matter.
        Defect(
            "the registries of an account are described elsewhere",
            "GET /v2/(registry|registries)",
            "(request|answer)",
            "^Path not found",
        ),
        Defect(
            "a test asks for what does not exist",
            "GET /v2/nothing",
            "answer",
            "^Path not found",
            lambda exchange: exchange["status"] == 404,
        ),
    ]


class Description:
    """The description, and what it says of single exchanges."""

    def __init__(self, document):
        self.document = document
        self.api = OpenAPI.from_dict(document)

    def problems(self, exchange):
        """Side and text of all that is wrong with an exchange."""
        body = exchange["request"]
        request = MockRequest(
            SERVER,
            exchange["method"],
            # It matches paths as they are written, and so does not know an escaped colon.
            urllib.parse.unquote(exchange["path"]),
            args=dict(exchange["query"]),
            # The recorder leaves the token out; that there has to be one, the fake itself insists on.
            headers={"authorization": "Bearer token"},
            data=None if body is None else json.dumps(body).encode(),
        )
        answer = exchange["answer"]
        media_type = exchange["media_type"] or ""
        text = answer if isinstance(answer, str) else json.dumps(answer)
        response = MockResponse(
            b"" if answer is None else text.encode(),
            exchange["status"],
            headers=dict(exchange["headers"]),
            content_type=media_type,
        )
        found = []
        if exchange["status"] < 400:
            found += [("request", text) for error in self.api.iter_request_errors(request) for text in told(error)]
        found += [("answer", text) for error in self.api.iter_response_errors(request, response) for text in told(error)]
        template = self.template(exchange)
        if template is None:
            return found
        method, path = template
        operation = self.document["paths"][path][method]
        sides = []
        if body is not None and exchange["status"] < 400:
            sides.append(("request", operation.get("requestBody", {}), body))
        responses = operation["responses"]
        described = self.resolved(responses.get(str(exchange["status"]), responses.get("default", {})))
        if isinstance(answer, dict):
            sides.append(("answer", described, answer))
        for side, described, value in sides:
            described = self.resolved(described)
            schema = described.get("content", {}).get("application/json", {}).get("schema")
            if schema is None:
                found.append((side, "has a body that is not described"))
            else:
                found += [(side, f"{path} is not described") for path in self.unknown([schema], value, "")]
        return found

    def resolved(self, schema):
        while "$ref" in schema:
            target = self.document
            for part in schema["$ref"].removeprefix("#/").split("/"):
                target = target[part]
            schema = target
        return schema

    def template(self, exchange):
        """Method and path of its operation in the description; a path without parameters goes before one with."""
        method = exchange["method"].lower()
        for path, operations in sorted(self.document["paths"].items(), key=lambda item: item[0].count("{")):
            if re.fullmatch(re.sub(r"\\{[^}]*\\}", "[^/]+", re.escape(path)), exchange["path"]):
                return (method, path) if method in operations else None
        return None

    def unknown(self, schemas, value, path):
        """The paths of all fields of a value that none of its schemas knows."""
        schemas = [part for schema in schemas for part in self.parts(schema)]
        if isinstance(value, list):
            items = [schema["items"] for schema in schemas if "items" in schema]
            return [name for item in value for name in self.unknown(items, item, f"{path}[]")] if items else []
        properties = [schema["properties"] for schema in schemas if "properties" in schema]
        # A map of anything describes no fields.
        if not isinstance(value, dict) or not properties:
            return []
        found = []
        for name, inner in value.items():
            known = [described[name] for described in properties if name in described]
            if known:
                found += self.unknown(known, inner, f"{path}.{name}")
            else:
                found.append(f"{path}.{name}")
        return found

    def parts(self, schema):
        """A schema and everything that it is put together of."""
        schema = self.resolved(schema)
        yield schema
        for word in ("allOf", "anyOf", "oneOf"):
            for part in schema.get(word, []):
                yield from self.parts(part)


def told(error):
    """What an error and the errors in it say, each with its place in the body."""
    inner = getattr(error, "schema_errors", None) or getattr(error.__cause__, "schema_errors", None)
    if not inner:
        yield f"{error} {error.__cause__ or ''}".strip()
        return
    for cause in inner:
        yield f"{'.'.join(str(part) for part in cause.absolute_path)}: {cause.message}"


def check(description, exchanges, known):
    """All problems that are no known defects, by their operation."""
    found = []
    for exchange in exchanges:
        operation = f"{exchange['method']} {exchange['path']}"
        for side, message in description.problems(exchange):
            if not any([defect.covers(exchange, side, message) for defect in known]):
                found.append(f"{operation} {exchange['status']}: {side}: {message}")
    return sorted(set(found))


def main():
    description = Description(json.load(open(sys.argv[1], encoding="utf-8")))
    exchanges = [json.loads(line) for line in sorted(set(open(sys.argv[2], encoding="utf-8")))]
    known = defects()
    problems = check(description, exchanges, known)
    problems += [f"a defect that nothing runs into: {defect.operation}: {defect.why}" for defect in known if not defect.used]
    for problem in problems:
        print(f"digitalocean: {problem}", file=sys.stderr)
    if problems:
        sys.exit(1)
    operations = {description.template(exchange) for exchange in exchanges} - {None}
    print(
        f"digitalocean: {len(exchanges)} exchanges of {len(operations)} operations are as described,"
        f" but for {len(known)} known defects"
    )


if __name__ == "__main__":
    main()
