"""Milliseconds from the start of this process to the end of its first training step in PyTorch, size C, one thread."""
import os
import time

import torch
from torch_model import training_step

torch.set_num_threads(1)
training_step({"vocabulary": 65, "width": 128, "layers": 4, "heads": 4, "contextWindow": 64, "batch": 12})()
with open("/proc/self/stat") as file:
    ticks = int(file.read().rsplit(")", 1)[1].split()[19])
since_boot = time.clock_gettime(time.CLOCK_BOOTTIME) - ticks / os.sysconf("SC_CLK_TCK")
print(f"{1000 * since_boot:.1f} ms")
