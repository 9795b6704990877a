"""Evaluates flags of a registry with the OFREP provider of OpenFeature for Python.

The arguments are the URL of the registry and a JSON array of pairs: a flag, and a targeting key or null. The output is a JSON
array with the details of each evaluation.
"""

import json
import sys

from openfeature import api
from openfeature.contrib.provider.ofrep import OFREPProvider
from openfeature.evaluation_context import EvaluationContext

url, pairs = sys.argv[1:]
api.set_provider(OFREPProvider(base_url=url))
client = api.get_client()


def evaluate(flag, targeting_key):
    details = client.get_string_details(flag, "fallback", EvaluationContext(targeting_key))
    return {
        "value": details.value,
        "variant": details.variant,
        "reason": details.reason,
        "errorCode": details.error_code,
        "flagMetadata": details.flag_metadata,
    }


print(json.dumps([evaluate(*pair) for pair in json.loads(pairs)]))
