"""Checks a history: waypost export --history --store sqlite:waypost.db | python3 verify.py - [HASH ...]

The hash of an entry covers its content and `prev`, which is the hash of the entry before it in the same service.
Prints a line for each problem, and exits with 1 if there is one. It is a problem if no entry has a given HASH."""
import base64, hashlib, json, sys

class Number(str): """A number as it stands in the history. Python would write some numbers differently."""

def canonical(value):
    """The JSON of RFC 8785: no white space, and keys in the order of their UTF-16 code units."""
    if isinstance(value, list):
        return "[" + ",".join(map(canonical, value)) + "]"
    if isinstance(value, dict):
        keys = sorted(value, key=lambda key: key.encode("utf-16-be"))
        return "{" + ",".join(canonical(key) + ":" + canonical(value[key]) for key in keys) + "}"
    return value if isinstance(value, Number) else json.dumps(value, ensure_ascii=False)

def sha256(text):
    return base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).decode().rstrip("=")

def hash_of(entry):
    covered = {key: entry[key] for key in ("service", "generation", "time", "tag", "delta", "writer", "request")}
    identity = {"subject": "", "claims": {}, **entry["principal"]}
    issuer, digest = identity.pop("issuer", ""), identity.pop("digest", None)
    if digest is None or entry["salt"] or identity != {"name": "redacted", "subject": "", "claims": {}}:
        digest = sha256(entry["salt"] + canonical(identity))
    return sha256(entry["prev"] + canonical({**covered, "principal": {"issuer": issuer, "digest": digest}}))

def problem_of(entry, before):
    if entry["generation"] != before["generation"] + 1:
        return f"generation {before['generation'] + 1} must be here"
    if entry["time"] < before["time"]:
        return "the time is before that of the entry before it"
    if entry["v"] not in (2, 3) or entry["v"] < before["v"]:
        return f"form {entry['v']} is newer than this program, or older than the entry before it"
    if entry["v"] == 3 and entry["prev"] != before.get("hash", ""):
        return "prev is not the hash of the entry before it"
    if entry["v"] == 3 and entry["hash"] != hash_of(entry):
        return "the hash is not that of the content"

newest, entries, problems, hashes, is_open = {}, 0, [], set(), False
for number, line in enumerate(open(sys.argv[1], "rb") if sys.argv[1:2] not in ([], ["-"]) else sys.stdin.buffer, 1):
    name = f"line {number}"
    try:
        entry = json.loads(line, parse_float=Number)
        if entry["kind"] in ("export", "end"):
            is_open = entry["kind"] == "export" or entry["records"] != entries
            continue
        entries += 1
        name, before = f"{entry['service']} {entry['generation']}", newest.get(entry["service"])
        problem = problem_of(entry, before or {"generation": 0, "time": 0, "v": 2})
        newest[entry["service"]] = entry
        hashes.add(entry["hash"] if entry["v"] == 3 else None)
    except (AttributeError, LookupError, TypeError, ValueError) as error:
        problem = f"cannot be read: {error!r}"
    problems += [f"{name}: {problem}"] if problem else []
problems += [f"no entry has the hash {each}" for each in sys.argv[2:] if each not in hashes]
problems += ["entries are missing before the last line"] if is_open else []
print(*problems, f"{entries} entries of {len(newest)} services, {len(problems)} problems", sep="\n")
sys.exit(1 if problems else 0)
