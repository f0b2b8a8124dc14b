"""Milliseconds for one training step in PyTorch: python torch-step.py THREADS sdpa|compile SIZE_AS_JSON"""
import json
import statistics
import sys
import time

import torch
from torch_model import training_step

torch.set_num_threads(int(sys.argv[1]))
torch.set_flush_denormal(True)
step = training_step(json.loads(sys.argv[3]), sys.argv[2])


def measure(seconds):
    """Milliseconds a step, over at least so many seconds."""
    begun, steps = time.perf_counter(), 0
    while time.perf_counter() - begun < seconds:
        step()
        steps += 1
    return 1000 * (time.perf_counter() - begun) / steps


measure(1)
print(f"{statistics.median(measure(0.4) for _ in range(5)):.4f} ms/step")
