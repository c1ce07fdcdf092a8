"""Runs ONNX's own checker, shape inference included, over converted graphs.

    python training/check_onnx.py FILE.onnx …

Exits with 1 where one does not hold.
"""
import sys

import onnx

failed = 0
for path in sys.argv[1:]:
    try:
        onnx.checker.check_model(onnx.load(path), full_check=True)
    except Exception as failure:
        failed += 1
        print(path, str(failure).strip().splitlines()[0])
print(len(sys.argv) - 1 - failed, "hold,", failed, "do not")
sys.exit(failed > 0)
