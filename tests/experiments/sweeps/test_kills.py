import json
import os
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent


def said(script: str, *arguments: str) -> str:
    """Run a script in a process of its own, which forks and so must have one thread."""
    command = [sys.executable, str(HERE / script), *arguments]
    paths = [str(HERE.parent), *filter(None, [os.environ.get("PYTHONPATH")])]
    alone = os.environ | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    alone["PYTHONPATH"] = os.pathsep.join(paths)  # for the configurations that tests share
    run = subprocess.run(command, env=alone, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    return run.stdout


def test_killed_at_any_file_operation_a_run_goes_on_to_the_same_end(tmp_path: Path) -> None:
    assert int(said("killed_writes.py", str(tmp_path))) > 20


def test_a_sweep_killed_at_50_random_moments_ends_with_the_same_bytes(tmp_path: Path) -> None:
    found = json.loads(said("killed_runs.py", str(tmp_path), "50"))
    assert len(found["parts"]) == 50
    assert len(set(found["parts"])) > 2  # early and late
    assert len(found["resumed"]) >= 10
    assert set(found["resumed"]) == {found["undisturbed"]}
