"""Opens each model file named on standard input with real Keras, and says how that went: one JSON line a file."""
import json
import os
import sys
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
import keras

print(json.dumps({"keras": keras.__version__}), flush=True)
for line in sys.stdin:
    path = line.rstrip("\n")
    keras.utils.clear_session()
    begin = time.perf_counter()
    try:
        keras.models.load_model(path, compile=False)
        print(json.dumps({"file": path, "seconds": time.perf_counter() - begin}), flush=True)
    except Exception as failure:
        print(json.dumps({"file": path, "failure": str(failure).strip().splitlines()[0][:200] if str(failure).strip() else type(failure).__name__}), flush=True)
