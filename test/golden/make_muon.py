"""Make muon.json beside this script: what PyTorch's Muon makes of two matrices in three steps.

    pip install torch
    python make_muon.py

PyTorch iterates in bfloat16; here in float64, so that its algorithm can be compared and not its rounding. Starts and gradients
are sines, so that only results are kept: the element (row, column) of matrix m at step s, counted from 0 for the start, is
sin(1 + 3 m + 7 s + 2 row + 5 row column + column). Learning rate 0.02, momentum 0.9, weight decay 0.1; the gradients are not clipped.
"""
import json, math, pathlib, torch

torch.Tensor.bfloat16 = torch.Tensor.double
SHAPES = [(4, 6), (6, 4)]  # [in, out]; PyTorch's own are [out, in]


def values(matrix, step):
    rows, columns = SHAPES[matrix]
    return torch.tensor([[math.sin(1 + 3 * matrix + 7 * step + 2 * r + 5 * r * c + c) for c in range(columns)]
        for r in range(rows)], dtype=torch.float64)


results = []
for matrix, _ in enumerate(SHAPES):
    weight = torch.nn.Parameter(values(matrix, 0).T.contiguous())
    optimizer = torch.optim.Muon([weight], lr=0.02, momentum=0.9, weight_decay=0.1)
    steps = []
    for step in range(1, 4):
        weight.grad = values(matrix, step).T.contiguous()
        optimizer.step()
        steps.append([round(x, 7) for x in weight.detach().T.flatten().tolist()])
    results.append(steps)
(pathlib.Path(__file__).parent / "muon.json").write_text(json.dumps(results) + "\n")
