"""Tokens a second of decoding with a KV cache in ONNX Runtime: python onnx-decode.py THREADS SIZE_JSON ROWS

The same model (GPT-2 without biases, GELU by erf, untied head) from a one-token prompt to the end of the context window.
One graph does one step; everything is bound once, and the caches are updated in place by GroupQueryAttention, which was
faster than concatenation, ScatterND with a mask and the standard Attention. Logits are checked against a pass in NumPy
over the whole sequence first.
"""
import json
import math
import statistics
import sys
import time

import numpy as np
import onnxruntime
from onnx import helper, numpy_helper

threads, size, rows = int(sys.argv[1]), json.loads(sys.argv[2]), int(sys.argv[3])
vocabulary, width, layers = size["vocabulary"], size["width"], size["layers"]
heads, window = size["heads"], size["contextWindow"]
random = np.random.default_rng(0)


def weight(*shape, around=0.0):
    return (around + 0.1 * random.standard_normal(shape)).astype(np.float32)


weights = {"tokens": weight(vocabulary, width), "positions": weight(window, width)}
for layer in range(layers):
    weights |= {f"norm1.{layer}": weight(width, around=1), f"qkv.{layer}": weight(width, 3 * width)}
    weights |= {f"out.{layer}": weight(width, width), f"norm2.{layer}": weight(width, around=1)}
    weights |= {f"up.{layer}": weight(width, 4 * width), f"down.{layer}": weight(4 * width, width)}
weights |= {"last": weight(width, around=1), "head": weight(width, vocabulary)}

# What goes in and out; caches are both.
fed = {
    "ids": np.zeros((rows, 1), np.int64),
    "position": np.zeros(1, np.int64),
    "before": np.zeros(rows, np.int32),
    "total": np.zeros(1, np.int32),
}
caches = [np.zeros((rows, heads, window, width // heads), np.float32) for _ in range(2 * layers)]
logits = np.zeros((rows, 1, vocabulary), np.float32)


def session():
    """The step; adding and normalizing are fused by the optimizer."""
    nodes = []

    def add(operator, inputs, outputs=(), domain="", **attributes):
        outputs = outputs or [f"{operator}.{len(nodes)}"]
        nodes.append(helper.make_node(operator, inputs, outputs, domain=domain, **attributes))
        return outputs[0]

    def norm(x, name):
        return add("LayerNormalization", [x, name], axis=-1, epsilon=1e-5)

    def attention(layer, x):
        inputs = [x, "", "", f"keys.{layer}", f"values.{layer}", "before", "total"]
        outputs = [f"seen.{layer}", f"new-keys.{layer}", f"new-values.{layer}"]
        counts = {"num_heads": heads, "kv_num_heads": heads}
        return add("GroupQueryAttention", inputs, outputs, "com.microsoft", **counts)

    x = add("Add", [add("Gather", ["tokens", "ids"]), add("Gather", ["positions", "position"])])
    for layer in range(layers):
        seen = attention(layer, add("MatMul", [norm(x, f"norm1.{layer}"), f"qkv.{layer}"]))
        x = add("Add", [x, add("MatMul", [seen, f"out.{layer}"])])
        hidden = add("Gelu", [add("MatMul", [norm(x, f"norm2.{layer}"), f"up.{layer}"])])
        x = add("Add", [x, add("MatMul", [hidden, f"down.{layer}"])])
    add("MatMul", [norm(x, "last"), "head"], ["logits"])

    def info(name, array):
        return helper.make_tensor_value_info(name, helper.np_dtype_to_tensor_dtype(array.dtype), array.shape)

    names = [f"{kind}.{layer}" for layer in range(layers) for kind in ("keys", "values")]
    inputs = [info(*each) for each in (fed | dict(zip(names, caches))).items()]
    outputs = [info("logits", logits)] + [info(f"new-{name}", cache) for name, cache in zip(names, caches)]
    constants = [numpy_helper.from_array(array, name) for name, array in weights.items()]
    graph = helper.make_graph(nodes, "step", inputs, outputs, constants)
    opsets = [helper.make_opsetid("", 20), helper.make_opsetid("com.microsoft", 1)]
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
    model = helper.make_model(graph, opset_imports=opsets, ir_version=10).SerializeToString()
    made = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    binding = made.io_binding()
    for name, array in fed.items():
        binding.bind_ortvalue_input(name, onnxruntime.OrtValue.ortvalue_from_numpy(array))
    for name, array in zip(names, caches):
        shared = onnxruntime.OrtValue.ortvalue_from_numpy(array)
        binding.bind_ortvalue_input(name, shared)
        binding.bind_ortvalue_output(f"new-{name}", shared)
    binding.bind_ortvalue_output("logits", onnxruntime.OrtValue.ortvalue_from_numpy(logits))
    return lambda: made.run_with_iobinding(binding)


run = session()


def step(ids, position):
    """The logits after one more token of every row."""
    fed["ids"][:, 0] = ids
    fed["position"][0] = position
    fed["before"][:] = position
    fed["total"][0] = position + 1
    run()
    return logits[:, 0]


def whole(ids):
    """The logits after every token, without a cache."""

    def norm(x, scale):
        x = x - x.mean(-1, keepdims=True)
        return x / np.sqrt((x * x).mean(-1, keepdims=True) + 1e-5) * scale

    x = weights["tokens"][ids] + weights["positions"]
    for layer in range(layers):
        norm1, qkv, out, norm2, up, down = (
            weights[f"{name}.{layer}"] for name in ("norm1", "qkv", "out", "norm2", "up", "down")
        )
        shape = (*ids.shape, 3, heads, -1)
        q, k, v = (norm(x, norm1) @ qkv).reshape(shape).transpose(2, 0, 3, 1, 4)
        scores = np.where(np.tri(window), q @ k.swapaxes(2, 3) / math.sqrt(width // heads), -np.inf)
        scores = np.exp(scores - scores.max(-1, keepdims=True))
        seen = (scores / scores.sum(-1, keepdims=True)) @ v
        x = x + seen.transpose(0, 2, 1, 3).reshape(x.shape) @ out
        hidden = norm(x, norm2) @ up
        x = x + hidden * (0.5 + 0.5 * np.vectorize(math.erf)(hidden / math.sqrt(2))) @ down
    return norm(x, weights["last"]) @ weights["head"]


tokens = (np.arange(window)[:, None] % min(50, vocabulary) + np.arange(rows)) % vocabulary
checked = sorted({0, rows - 1})
expected = whole(tokens.T[checked])
for position in range(window):
    found = step(tokens[position], position)[checked]
    assert abs(found - expected[:, position]).max() < 1e-3 * abs(expected).max()


def measure(seconds):
    """Tokens a second, over at least so many seconds; the prompt is not counted."""
    begun, made = time.perf_counter(), 0
    while time.perf_counter() - begun < seconds:
        for position, ids in enumerate(tokens):
            step(ids, position)
        made += rows * (window - 1)
    return made / (time.perf_counter() - begun)


measure(1)
print(f"{statistics.median(measure(0.4) for _ in range(5)):.1f} tokens/s")
