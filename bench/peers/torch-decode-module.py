"""Tokens a second of decoding in PyTorch as most models do it: torch.nn modules and a cache that grows by torch.cat

python torch-decode-module.py THREADS SIZE_AS_JSON ROWS; torch-decode.py is PyTorch tuned by hand.
"""
import json
import statistics
import sys
import time

import torch
from torch.nn import functional as F
from torch_model import Model

threads, size, rows = int(sys.argv[1]), json.loads(sys.argv[2]), int(sys.argv[3])
torch.set_num_threads(threads)
torch.manual_seed(0)
model = Model(**size).eval()
window, vocabulary = size["contextWindow"], size["vocabulary"]


@torch.no_grad()
def step(ids, position, cache):
    """The logits after one more token of every row."""
    x = model.tokens(ids)[:, None] + model.positions.weight[position]
    for layer, block in enumerate(model.blocks):
        width = x.shape[2]
        q, k, v = (
            part.view(rows, 1, block.heads, -1).transpose(1, 2) for part in block.qkv(block.norm1(x)).split(width, 2)
        )
        if cache[layer] is not None:
            k, v = torch.cat([cache[layer][0], k], 2), torch.cat([cache[layer][1], v], 2)
        cache[layer] = (k, v)
        seen = F.scaled_dot_product_attention(q, k, v)
        x = x + block.out(seen.transpose(1, 2).reshape(rows, 1, width))
        x = x + block.down(F.gelu(block.up(block.norm2(x))))
    return model.head(model.norm(x))[:, 0].numpy()


ids = torch.randint(0, vocabulary, (window, rows))
with torch.no_grad():
    cache = [None] * size["layers"]
    steps = [step(ids[t], t, cache) for t in range(window)]
    x = model.tokens(ids.T) + model.positions.weight
    for block in model.blocks:
        x = block(x)
    whole = model.head(model.norm(x)).numpy()
assert max(abs(steps[t] - whole[:, t]).max() for t in range(window)) < 1e-4


def measure(seconds):
    begun, made = time.perf_counter(), 0
    while time.perf_counter() - begun < seconds:
        cache = [None] * size["layers"]
        for position in range(window):
            step(ids[position], position, cache)
        made += rows * (window - 1)
    return made / (time.perf_counter() - begun)


measure(0.5)
print(f"{statistics.median(measure(0.4) for _ in range(5)):.1f} tokens/s")
