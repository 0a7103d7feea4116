"""A pytest plugin that spares each process of the tests some seconds: ``pytest -p tools.lean_pytest``, as the Makefile.

A worker of pytest-xdist imports and collects all tests by itself, so what that takes is paid once a worker and once
more by the process that leads them.
"""

import gc
import sys

# jsonschema, which nbformat imports, looks for this package and does without it. To import it takes seconds, as it
# builds forty parsers of internationalised addresses, of which notebooks have none.
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type] # None: "not found", says the import system

# The tests and what they import stay until the end: no use in looking through them for garbage, again and again.
gc.disable()


def pytest_collection_finish():
    gc.freeze()
    gc.enable()
    # Many small arrays and expressions come and go, few of them in circles.
    gc.set_threshold(10_000, 20, 20)
