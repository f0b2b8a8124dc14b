"""Make muon.json beside this script: what PyTorch's Muon makes of two matrices in three steps.

    pip install torch
    python make_muon.py

PyTorch iterates five times with one polynomial, in bfloat16; here four times with ours, in float64, so that all the rest of its
algorithm can be compared. Starts and gradients
are sines, so that only results are kept: the element (row, column) of matrix m at step s, counted from 0 for the start, is
sin(1 + 3 m + 7 s + 2 row + 5 row column + column). Learning rate 0.02, momentum 0.9, weight decay 0.1; the gradients are not clipped.
"""
import json, math, pathlib, torch

POLYNOMIALS = [(8.3837, -24.7659, 18.3571), (4.0434, -3.0114, 0.5695), (3.5056, -2.6267, 0.5257), (2.4901, -1.8343, 0.4368)]


def orthogonalize(gradient, _coefficients, _steps, eps):
    x = gradient / gradient.norm().clamp(min=eps)
    for a, b, c in POLYNOMIALS:
        square = x @ x.T
        x = a * x + (b * square + c * square @ square) @ x
    return x


torch.optim._muon._zeropower_via_newtonschulz = orthogonalize
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
