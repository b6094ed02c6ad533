"""Runs the scripts that comment against a GitHub of our own, on this machine: `comment.py SCRIPTS...`."""

import http.server
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import threading

MARK = "<!-- render diff -->"
AUTHOR = "robot[bot]"
# Made here, so that nobody takes it for a real one.
TOKEN = "-".join(["no", "real", "token"])


class GitHub(http.server.BaseHTTPRequestHandler):
    """The part of the API that is about comments at one pull request."""

    def answer(self, status, body):
        self.send_response(status)
        self.end_headers()
        self.wfile.write(json.dumps(body).encode())

    def body(self):
        return json.loads(self.rfile.read(int(self.headers["Content-Length"])))["body"]

    def handle_any(self):
        path, _, query = self.path.partition("?")
        self.server.asked.append(f"{self.command} {self.path}")
        if self.headers["Authorization"] != f"Bearer {TOKEN}":
            return self.answer(401, {"message": "who are you?"})
        if self.server.refuses and self.command != "GET":
            return self.answer(403, {"message": "you may only read"})
        comments = self.server.comments
        if (self.command, path) == ("GET", "/repos/example/platform/issues/7/comments"):
            given = dict(part.split("=") for part in query.split("&"))
            size, page = int(given["per_page"]), int(given["page"])
            return self.answer(200, comments[size * (page - 1) : size * page])
        if (self.command, path) == ("POST", "/repos/example/platform/issues/7/comments"):
            comments.append(comment(len(comments), AUTHOR, self.body()))
            return self.answer(201, comments[-1])
        own = [one for one in comments if path == f"/repos/example/platform/issues/comments/{one['id']}"]
        if self.command == "PATCH" and own:
            own[0]["body"] = self.body()
            return self.answer(200, own[0])
        return self.answer(404, {"message": "not found"})

    do_GET = do_POST = do_PATCH = handle_any

    def log_message(self, *_):
        pass


def comment(number, author, body):
    return {"id": 1000 + number, "user": {"login": author}, "body": body}


def run(script, before, diff, refuses=False):
    """How the script ends, the comments behind it, and what was asked."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), GitHub)
    server.comments = [comment(number, author, body) for number, (author, body) in enumerate(before)]
    server.asked, server.refuses = [], refuses
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        (folder / "diff.md").write_text(diff)
        (folder / "token").write_text(TOKEN)
        # The variables at its top are for ShellCheck.
        text = "".join(line for line in script.read_text().splitlines(True) if not line.startswith("export "))
        (folder / "script").write_text(text)
        given = {
            "API": f"http://127.0.0.1:{server.server_port}",
            "REPOSITORY": "example/platform",
            "NUMBER": "7",
            "AUTHOR": AUTHOR,
            "DIFF": str(folder / "diff.md"),
            "TOKEN": TOKEN,
            "TOKEN_FILE": str(folder / "token"),
            "TMPDIR": str(folder),
            "PATH": os.environ["PATH"],
        }
        ended = subprocess.run(["sh", folder / "script"], env=given, capture_output=True, text=True, timeout=60)
        left = sorted(path.name for path in folder.iterdir())
    server.shutdown()
    server.server_close()
    assert TOKEN not in ended.stdout + ended.stderr, "the token was said"
    assert left == ["diff.md", "script", "token"], left
    return ended.returncode, server.comments, server.asked


def check(script):
    """Every case of one script; returns how many."""
    diff = "### dev\n\n```diff\n+a: \"b\" $(c) `d` \\ é\n```\n"
    others = [("somebody", f"hello {number}") for number in range(120)]

    code, comments, asked = run(script, others[:3], diff)
    assert code == 0 and len(comments) == 4 and comments[-1]["body"] == f"{MARK}\n{diff}", comments
    assert asked == [
        "GET /repos/example/platform/issues/7/comments?per_page=100&page=1",
        "POST /repos/example/platform/issues/7/comments",
    ], asked

    # Its own comment of before, on the second page.
    code, comments, asked = run(script, [*others, (AUTHOR, f"{MARK}\nold"), ("somebody", "thanks")], diff)
    assert code == 0 and len(comments) == 122 and comments[120]["body"] == f"{MARK}\n{diff}", comments[119:]
    assert asked[-1] == "PATCH /repos/example/platform/issues/comments/1120", asked

    # Somebody who knows the mark, and something else of the same author.
    before = [("somebody", f"{MARK}\nforged"), (AUTHOR, f"quoted: {MARK}")]
    code, comments, _ = run(script, before, diff)
    assert code == 0 and [one["body"] for one in comments[:2]] == [body for _, body in before] and len(comments) == 3

    # Nothing to say, and nothing any more.
    code, comments, _ = run(script, others[:1], "")
    assert code == 0 and len(comments) == 1, comments
    code, comments, _ = run(script, [(AUTHOR, f"{MARK}\nold")], "")
    assert code == 0 and comments[0]["body"] == f"{MARK}\nNothing changes under out/.\n", comments

    # More than GitHub takes.
    code, comments, _ = run(script, [], "é" * 100_000)
    assert code == 0 and 60_000 < len(comments[0]["body"]) < 65_536 and "Cut off here" in comments[0]["body"]

    # Exactly one page, and no right to write.
    code, comments, asked = run(script, others[:100], diff)
    assert code == 0 and len(comments) == 101 and len(asked) == 3, asked
    code, comments, _ = run(script, [], diff, refuses=True)
    assert code != 0 and comments == [], comments
    return 8


print(f"ci: {sum(check(pathlib.Path(script)) for script in sys.argv[1:])} comments, 0 wrong")
