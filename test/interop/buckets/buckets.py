"""Prints the hash and the bucket of each targeting key, as docs/clients.md defines them, with mmh3.

Each line of the input is a JSON array with the salt of a rollout and a targeting key.
"""

import json
import sys

import mmh3

for line in sys.stdin:
    salt, key = json.loads(line)
    hashed = mmh3.hash(f"{salt}:{key}".encode(), 0, signed=False)
    print(hashed, hashed * 100_000 >> 32)
