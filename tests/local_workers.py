"""Several workers of TensorFlow on this machine."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

_TESTS = Path(__file__).parent


def start_python(*arguments: object, **environment: str) -> subprocess.Popen[str]:
    """Start Python with the package and the tests on its path."""
    path = os.pathsep.join([str(_TESTS), str(_TESTS.parent), os.environ.get("PYTHONPATH", "")])
    return subprocess.Popen(
        [sys.executable, *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": path, "TF_CPP_MIN_LOG_LEVEL": "3", **environment},
    )


def start_workers(*arguments: object) -> list[subprocess.Popen[str]]:
    """Start two processes that know of each other, on ports that nobody uses."""
    with socket.socket() as first, socket.socket() as second:
        for opened in (first, second):
            opened.bind(("localhost", 0))
        addresses = [f"localhost:{opened.getsockname()[1]}" for opened in (first, second)]
    cluster = {"worker": addresses}
    return [
        start_python(
            *arguments,
            TF_CONFIG=json.dumps({"cluster": cluster, "task": {"type": "worker", "index": index}}),
        )
        for index in range(2)
    ]


def finish(*processes: subprocess.Popen[str]) -> list[str]:
    """What processes have printed when they are done; fails if one of them did."""
    finished = [process.communicate(timeout=300) for process in processes]
    for process, (_, errors) in zip(processes, finished, strict=True):
        assert process.returncode == 0, errors
    return [output for output, _ in finished]
