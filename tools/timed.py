"""Run a command and say how long it took; the clock stays out of whatever the command writes."""

import subprocess
import sys
import time

start = time.perf_counter()
code = subprocess.run(sys.argv[1:], check=False).returncode
if code == 0:
    print(f"Done in {time.perf_counter() - start:.1f} seconds.")
sys.exit(code)
