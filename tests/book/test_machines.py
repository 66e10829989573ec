"""`make test-machines`: the settings are other machines, and the jitter moves last bits and nothing else."""

import os
import subprocess
import sys

import pytest

from press import ROOT, machines

CLAIMS = {  # each with whether it rests on a last bit
    "0.7**4 == (np.array([0.7]) ** 4)[0]": True,
    "np.array([0.6, -0.8]) @ [0.8, 0.6] == 0": True,
    "np.exp(0.3) * np.exp(0.4) == np.exp(0.7)": True,
    "np.linalg.eigvalsh([[2, 1], [1, 2]])[0] == 1": True,
    "sum([0.1] * 10) == np.sum([0.1] * 10)": True,
    "np.array([3, -4.0]) @ [4, 3.0] == 0": False,
    "np.exp(0.3) == np.exp(0.3)": False,
    "(np.array([0.3, 0.7]) @ [0.1, 0.9], np.exp(0), 2.0**10) == (np.array([0.3, 0.7]) @ [0.1, 0.9], 1, 1024)": False,
    "(np.eye(2) @ [0.1, 0.7]).tolist() == [0.1, 0.7]": False,
    "abs(np.exp(3.7) / math.exp(3.7) - 1) < 1e-15": False,
}


def test_the_jitter_finds_what_rests_on_a_last_bit():
    program = "import math; import numpy as np\n" + "".join(f"print({claim})\n" for claim in CLAIMS)
    run = f"exec(compile({program!r}, {str(ROOT / 'tests' / 'claims.py')!r}, 'exec'))"
    answers = []
    for seed in range(8):
        variables = machines.setting("jitter", "") | {"JITTER": str(seed), "PYTHONDONTWRITEBYTECODE": "1"}
        done = subprocess.run([sys.executable, "-c", run], env=os.environ | variables, capture_output=True, text=True)
        answers.append(done.stdout.split())
    for (claim, rests), said in zip(CLAIMS.items(), zip(*answers, strict=True), strict=True):
        assert ("False" in said) == rests, claim


@pytest.mark.parametrize("name, on", [("avx2", ["X86_V3", "AVX2"]), ("sse", [])])
def test_an_older_processor_lacks_the_wider_instructions(name, on, monkeypatch):
    monkeypatch.setattr(machines, "dispatched", lambda: ["X86_V3", "AVX2", "X86_V4", "AVX512_ICL"])
    off = machines.setting(name, "")["NPY_DISABLE_CPU_FEATURES"].split()
    assert [feature for feature in machines.dispatched() if feature not in off] == on
    monkeypatch.setattr(machines, "dispatched", lambda: ["ASIMDHP", "SVE"])
    assert machines.setting(name, "") is None  # and it says so, and goes on
