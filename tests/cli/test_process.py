"""The command as a process of its own: nothing but its answer, and no Keras for `list`."""

from __future__ import annotations

import os
import subprocess
import sys

_QUIET = ("TF_CPP_MIN_LOG_LEVEL", "CUDA_VISIBLE_DEVICES", "KERAS_BACKEND")


def test_stderr_is_clean_although_tensorflow_is_loaded(model_file):
    environment = {name: value for name, value in os.environ.items() if name not in _QUIET}
    done = subprocess.run(
        [sys.executable, "-m", "micronets.cli", "report", model_file],
        capture_output=True,
        text=True,
        env=environment,
        check=False,
    )
    assert done.returncode == 0
    assert done.stderr == ""
    assert done.stdout.startswith("layer")


def test_help_and_list_load_neither_keras_nor_tensorflow():
    code = (
        "import sys\n"
        "from micronets.cli import main\n"
        "main(['--help'], standalone_mode=False)\n"
        "main(['list'], standalone_mode=False)\n"
        "main(['verify', '--help'], standalone_mode=False)\n"
        "sys.exit('loaded' if {'keras', 'tensorflow'} & set(sys.modules) else 0)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stderr == ""
    assert done.returncode == 0
