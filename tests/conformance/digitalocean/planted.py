"""The checker itself: exchanges that are wrong in one place each are found, and a defect that is none is told of.

    planted.py DESCRIPTION TRAFFIC

Each is made of an exchange that is right, so that nothing else can be what is found.
"""

import copy
import json
import sys

from check import Defect, Description, check, defects

CLUSTERS, RECORDS = "/v2/kubernetes/clusters", "/v2/domains/example.com/records"


def planted(exchange, change):
    wrong = copy.deepcopy(exchange)
    change(wrong)
    return wrong


def setter(*path):
    """Puts the last of `path` where the others lead, or takes away what is there if it is `...`."""
    *way, name, value = path

    def change(exchange):
        place = exchange
        for part in way:
            place = place[part]
        if value is ...:
            del place[name]
        else:
            place[name] = value

    return change


def main():
    description = Description(json.load(open(sys.argv[1], encoding="utf-8")))
    exchanges = [json.loads(line) for line in open(sys.argv[2], encoding="utf-8")]

    def first(method, path, status, where=lambda exchange: True):
        those = (e for e in exchanges if (e["method"], e["path"], e["status"]) == (method, path, status) and where(e))
        return next(those)

    created = first("POST", CLUSTERS, 201)
    listed = first("GET", "/v2/vpcs", 200)
    cluster = ("answer", "kubernetes_cluster")
    record = first("POST", RECORDS, 201, lambda exchange: exchange["request"]["type"] == "CAA")
    refused = first("POST", CLUSTERS, 422)
    cases = [
        ("a required field is not sent", created, setter("request", "name", ...)),
        ("a pool has no size", created, setter("request", "node_pools", 0, "size", ...)),
        ("a number is sent as a text", created, setter("request", "node_pools", 0, "count", "2")),
        ("an unknown field is sent", created, setter("request", "nodePools", [])),
        ("an unknown field is sent deep inside", created, setter("request", "node_pools", 0, "minNodes", 1)),
        ("a required field is missing in the answer", created, setter(*cluster, "version", ...)),
        ("an unknown field is in the answer", created, setter(*cluster, "state", "running")),
        ("an unknown state", created, setter(*cluster, "status", "state", "ready")),
        ("an answer without its wrapper", created, lambda e: e.update(answer=e["answer"]["kubernetes_cluster"])),
        ("an answer of another media type", created, setter("media_type", "text/plain")),
        ("an answer that is no JSON", created, setter("answer", "<html>")),
        ("a path that is not there", created, setter("path", "/v2/kubernetes/cluster")),
        ("a method that is not there", created, setter("method", "PATCH")),
        ("a page that is too large", listed, setter("query", [["per_page", "500"]])),
        ("a list without its number", listed, setter("answer", "meta", ...)),
        ("a header that is no number", listed, setter("headers", [["ratelimit-limit", "many"]])),
        ("a record of an unknown type", record, setter("request", "type", "PTR")),
        ("a defect for another type", record, setter("request", "flags", ...)),
        ("an error without its message", refused, setter("answer", "message", ...)),
    ]
    missed = [f"not found: {name}" for name, exchange, change in cases if not check(description, [planted(exchange, change)], defects())]
    missed += [f"wrongly found: {problem}" for problem in check(description, [created, listed, record, refused], defects())]
    stale = Defect("none", "GET /v2/vpcs", "answer", "anything")
    check(description, [listed], [stale])
    if stale.used:
        missed.append("a defect counts as used that nothing ran into")
    for problem in missed:
        print(f"digitalocean: {problem}", file=sys.stderr)
    if missed:
        sys.exit(1)
    print(f"digitalocean: {len(cases)} planted exchanges are found")


if __name__ == "__main__":
    main()
