"""Tokens a second of decoding with a KV cache in eager PyTorch: python torch-decode.py THREADS SIZE_JSON ROWS

The same model (GPT-2 without biases, GELU by erf, untied head) from a one-token prompt to the end of the context window,
with preallocated caches. Logits are checked against a pass over the whole sequence first.
"""
import json
import statistics
import sys
import time

import torch
from torch.nn import functional as F

threads, size, rows = int(sys.argv[1]), json.loads(sys.argv[2]), int(sys.argv[3])
vocabulary, width, layers = size["vocabulary"], size["width"], size["layers"]
heads, window = size["heads"], size["contextWindow"]
torch.set_num_threads(threads)
torch.set_flush_denormal(True)
torch.manual_seed(0)


def weight(*shape):
    return torch.randn(shape) * 0.1


tokens, positions = weight(vocabulary, width), weight(window, width)
blocks = [
    (
        *(1 + weight(width), weight(width, 3 * width), weight(width, width)),
        *(1 + weight(width), weight(width, 4 * width), weight(4 * width, width)),
    )
    for _ in range(layers)
]
last, head = 1 + weight(width), weight(width, vocabulary)
caches = [torch.zeros(2, rows, heads, window, width // heads) for _ in range(layers)]
# Views for every position made once: in eager mode slicing would cost as much as the arithmetic.
slots = [[cache[:, :, :, t : t + 1] for t in range(window)] for cache in caches]
pasts = [[cache[:, :, :, : t + 1].unbind() for t in range(window)] for cache in caches]


def forward(x, attend):
    for layer, (norm1, qkv, out, norm2, up, down) in enumerate(blocks):
        x = torch.addmm(x, attend(layer, F.layer_norm(x, (width,), norm1) @ qkv), out)
        x = torch.addmm(x, F.gelu(F.layer_norm(x, (width,), norm2) @ up), down)
    return F.layer_norm(x, (width,), last) @ head


@torch.inference_mode()
def step(ids, position):
    """The logits after one more token of every row."""

    def attend(layer, qkv):
        parts = qkv.view(rows, 3, heads, 1, -1).transpose(0, 1)
        slots[layer][position].copy_(parts[1:])
        return F.scaled_dot_product_attention(parts[0], *pasts[layer][position]).view(rows, width)

    return forward(tokens[ids] + positions[position], attend).numpy()


@torch.inference_mode()
def whole(ids):
    """The logits after every token, without a cache."""

    def attend(_, qkv):
        q, k, v = qkv.view(rows, window, 3, heads, -1).permute(2, 0, 3, 1, 4)
        seen = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        return seen.transpose(1, 2).reshape(-1, width)

    x = tokens[ids] + positions
    return forward(x.reshape(-1, width), attend).view(rows, window, vocabulary).numpy()


ids = torch.arange(window)[:, None].expand(window, rows) % min(50, vocabulary)
ids = (ids + torch.arange(rows)) % vocabulary
expected = whole(ids.T)
for position in range(window):
    assert abs(step(ids[position], position) - expected[:, position]).max() < 1e-3 * abs(expected).max()
fed = list(ids)


def measure(seconds):
    """Tokens a second, over at least so many seconds; the prompt is not counted."""
    begun, made = time.perf_counter(), 0
    while time.perf_counter() - begun < seconds:
        for position, each in enumerate(fed):
            step(each, position)
        made += rows * (window - 1)
    return made / (time.perf_counter() - begun)


measure(1)
print(f"{statistics.median(measure(0.4) for _ in range(5)):.1f} tokens/s")
