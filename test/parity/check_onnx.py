"""Runs the ONNX files that export.mjs wrote in onnxruntime and compares.

    pip install torch transformers safetensors onnx onnxruntime
    python test/parity/check_onnx.py FOLDER

Checks, for each file: that ONNX's own checker passes it with all shapes inferred, that logits are those of this engine, at once and
with the cache, in pieces and token by token, and that rows of different length, filled up at the left, keep apart. Where
transformers knows the architecture, that it has the same logits, with a cache and left padding of its own.
"""
import pathlib, sys
import numpy, onnx, onnxruntime, torch
from safetensors.numpy import load_file
from transformers import AutoModelForCausalLM

TOLERANCE = 1e-3
failed = False
largest = 0.0


def check(name, what, found, wanted):
    global failed, largest
    error = float(numpy.abs(found - wanted).max())
    largest = max(largest, error)
    failed |= not error < TOLERANCE
    print(f"{'ok  ' if error < TOLERANCE else 'FAIL'} {name:31} {what:44} {error:.1e}")


class Runner:
    """An ONNX file with what it keeps of the texts that it was fed."""

    def __init__(self, file, rows):
        self.session = onnxruntime.InferenceSession(file, providers=["CPUExecutionProvider"])
        self.names = [output.name for output in self.session.get_outputs()]
        self.past = {
            port.name: numpy.zeros([rows, port.shape[1], 0, port.shape[3]], numpy.float32)
            for port in self.session.get_inputs()
            if port.name.startswith("past_key_values.")
        }

    def feed(self, ids, mask):
        """Logits of `ids`, the last of all that `mask` covers."""
        positions = numpy.maximum(mask.cumsum(1) - 1, 0)[:, -ids.shape[1] :]
        feeds = {"input_ids": ids, "attention_mask": mask, "position_ids": positions, **self.past}
        results = dict(zip(self.names, self.session.run(None, feeds)))
        self.past = {name: results[name.replace("past_key_values", "present")] for name in self.past}
        return results["logits"]


def in_pieces(file, ids, mask, lengths):
    runner, logits, start = Runner(file, len(ids)), [], 0
    for length in lengths:
        end = start + length
        logits.append(runner.feed(ids[:, start:end], mask[:, :end]))
        start = end
    return numpy.concatenate(logits, 1)


for file in sorted(pathlib.Path(sys.argv[1]).glob("*/onnx/model.onnx")):
    folder = file.parent.parent
    name = folder.name
    onnx.checker.check_model(onnx.load(file), full_check=True)
    expected = load_file(folder / "expected.safetensors")
    ids, wanted = expected["ids"].astype(numpy.int64), expected["logits"]
    rows, time = ids.shape
    everything = numpy.ones_like(ids)
    check(name, "logits", in_pieces(file, ids, everything, [time]), wanted)
    check(name, "with the cache", in_pieces(file, ids, everything, [9, 4] + [1] * (time - 13)), wanted)
    # Each row is shorter than the one before, and filled up with tokens that must not matter.
    short = [(row, 3 * row + 2) for row in range(rows)]
    padded, mask = numpy.full_like(ids, 3), numpy.zeros_like(ids)
    for row, gap in short:
        padded[row, gap:], mask[row, gap:] = ids[row, : time - gap], 1
    found = in_pieces(file, padded, mask, [12] + [1] * (time - 12))
    for row, gap in short:
        check(name, f"{gap} places filled up at the left", found[row, gap:], wanted[row, : time - gap])
    if not (folder / "model.safetensors").exists():
        continue
    model = AutoModelForCausalLM.from_pretrained(folder).eval()
    positions = torch.from_numpy(numpy.maximum(mask.cumsum(1) - 1, 0))
    with torch.no_grad():
        theirs = model(torch.from_numpy(padded), attention_mask=torch.from_numpy(mask), position_ids=positions).logits
    for row, gap in short:
        check(name, "the same in transformers", found[row, gap:], theirs[row, gap:].numpy())
print(f"largest difference of logits: {largest:.1e}")
sys.exit(failed)
