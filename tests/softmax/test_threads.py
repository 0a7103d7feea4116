"""One thread does all the work: BLAS would wake others for long products, and they spin while they wait for more."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = """
import os
import sys
import time
from pathlib import Path

import numpy as np
import stable_softmax as ss

def nanoseconds_of_others():
    tasks = [task for task in Path("/proc/self/task").iterdir() if int(task.name) != os.getpid()]
    return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks)

def work(big):
    if big:
        np.ones((2000, 2000)) @ np.ones((2000, 2000))  # is worth other threads
    for shape in [(400_000, 10), (2000, 1000), (1009, 1009), (20, 50_000), (2, 2_000_000)]:
        for dtype in (np.float32, np.float64):
            x = np.random.default_rng(0).normal(0, 3, shape).astype(dtype)
            for scores in (x, x + dtype(900)):
                ss.softmax(scores), ss.log_softmax(scores), ss.logsumexp(scores)
                ss.cross_entropy_with_grad(scores, np.zeros(shape[0], int))

time.sleep(0.5)  # the threads of BLAS have started, and wait
before = nanoseconds_of_others()
work(sys.argv[1] == "big")
print(nanoseconds_of_others() - before)
"""


@pytest.mark.slow
@pytest.mark.skipif(
    not Path("/proc/self/schedstat").exists(), reason="the times of threads are read as Linux gives them"
)
def test_no_other_thread_is_woken():
    environment = {name: value for name, value in os.environ.items() if not name.endswith("_NUM_THREADS")}

    def others(kind):
        command = [sys.executable, "-c", SCRIPT, kind]
        return int(subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout)

    assert others("ours") < 2e7
    if len(os.sched_getaffinity(0)) > 1:
        assert others("big") > 2e7  # it would be seen
