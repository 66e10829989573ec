"""Run what computes again as other machines would compute it: the library, the theorems, the examples, the notebooks.

    python tools/machines.py [own] [avx2] [sse] [jitter]

Without a name: all four. `own` is this machine as it is. `avx2` and `sse` take the wider instructions away from NumPy and
from OpenBLAS, as on an older processor. `jitter` moves the last bit of what is not rounded alike everywhere
(tests/jitter). These settings change last bits and nothing else, so a test that fails under one rests on a last bit.
"""

import os
import re
import subprocess
import sys
import tempfile
import time

import numpy as np

from press import ROOT

WHAT = ["tests/gdlib", "tests/theorems", "gdlib", "chapters", "coursework/source"]
OLDER = {"avx2": ("AVX512|X86_V4", "Haswell"), "sse": ("AVX|FMA|F16C|X86_V[34]", "Prescott")}  # cannot have, OpenBLAS's name


def dispatched():
    """The instructions beyond its baseline that this NumPy uses on this machine; their names change with NumPy's version."""
    core = np._core if hasattr(np, "_core") else np.core
    umath = core._multiarray_umath
    return [name for name in umath.__cpu_dispatch__ if umath.__cpu_features__[name]]


def setting(name, folder):
    """The environment variables that make Python another machine; None where this one cannot be made so."""
    if name == "own":
        return {}
    if name == "jitter":  # code that was changed is compiled into a folder of its own
        seed, hook = os.environ.get("JITTER", "1"), str(ROOT / "tests" / "jitter")
        return {"JITTER": seed, "PYTHONPATH": hook, "PYTHONPYCACHEPREFIX": folder}
    wide, core = OLDER[name]
    off = [feature for feature in dispatched() if re.match(wide, feature)]
    return {"NPY_DISABLE_CPU_FEATURES": " ".join(off), "OPENBLAS_CORETYPE": core} if off else None


def main(names):
    failed = []
    for name in names or ["own", *OLDER, "jitter"]:
        with tempfile.TemporaryDirectory() as folder:
            variables = setting(name, folder)
            if variables is None:
                print(f"{name}: does not apply, NumPy uses no such instructions on this machine")
                continue
            print(f"{name}: {' '.join(f'{key}={value!r}' for key, value in variables.items()) or 'as it is'}", flush=True)
            start = time.monotonic()
            command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *WHAT]
            if subprocess.run(command, cwd=ROOT, env=os.environ | variables).returncode:
                failed.append(name)
            print(f"{name}: {time.monotonic() - start:.0f} seconds\n", flush=True)
    sys.exit(f"red under {', '.join(failed)}" if failed else 0)
