"""Muon for matrices: momentum whose singular values are all made one by a Newton-Schulz iteration, in batches.

Why: attributes of one character are rare directions in the gradient, and an update that gives every direction the same
length learns them in fewer steps than Adam. Matrices of one shape are
stacked, so a step costs a few dozen kernels. Updates are scaled to Adam's usual size, so both share one learning rate.
Everything that is no hidden matrix (token table, norms, biases, first and last layer) goes to AdamW.
"""

import torch


@torch.no_grad()
def orthogonalised(stack, steps=5):
    """[N,rows,columns] -> nearest semi-orthogonal matrices, roughly."""
    a, b, c = 3.4445, -4.7750, 2.0315
    is_tall = stack.shape[1] > stack.shape[2]
    x = stack.transpose(1, 2) if is_tall else stack
    x = x.bfloat16() if x.is_cuda else x.float()
    x = x / (x.norm(dim=(1, 2), keepdim=True) + 1e-7)
    for _ in range(steps):
        g = x @ x.transpose(1, 2)
        x = a * x + (b * g + c * (g @ g)) @ x
    return (x.transpose(1, 2) if is_tall else x).float()


class Muon(torch.optim.Optimizer):
    """`parts` of a parameter: how many equal slices of its rows are matrices of their own (3 for a fused qkv)."""

    def __init__(self, params, lr=1e-3, momentum=0.95, weight_decay=0.01):
        super().__init__(params, dict(lr=lr, momentum=momentum, weight_decay=weight_decay))

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            params = [p for p in group["params"] if p.grad is not None]
            if not params:
                continue
            grads = [p.grad for p in params]
            for p in params:
                if "momentum" not in self.state[p]:
                    self.state[p]["momentum"] = torch.zeros_like(p)
            buffers = [self.state[p]["momentum"] for p in params]
            torch._foreach_mul_(buffers, group["momentum"])
            torch._foreach_add_(buffers, grads)
            # Nesterov: the gradient once more on top.
            looked_ahead = torch._foreach_mul(buffers, group["momentum"])
            torch._foreach_add_(looked_ahead, grads)
            shapes = {}
            for p, update in zip(params, looked_ahead):
                parts = self.state[p].setdefault("parts", getattr(p, "muon_parts", 1))
                for k, (target, slice_) in enumerate(zip(p.chunk(parts, 0), update.chunk(parts, 0))):
                    shapes.setdefault(tuple(slice_.shape), []).append((target, slice_))
            torch._foreach_mul_(params, 1 - group["lr"] * group["weight_decay"])
            for (rows, columns), pairs in shapes.items():
                updates = orthogonalised(torch.stack([s for _, s in pairs]))
                scale = -group["lr"] * 0.2 * max(rows, columns) ** 0.5
                torch._foreach_add_([t for t, _ in pairs], list((updates * scale).unbind(0)))


def optimisers(named_parameters, lr, weight_decay=0.01, use_muon=True):
    """Muon for hidden matrices, AdamW for the rest; a list, to be stepped together."""
    matrices, others = [], []
    for name, p in named_parameters:
        if not p.requires_grad:
            continue
        is_hidden = p.ndim == 2 and not any(part in name for part in ("embeddings", "x_embedder", "final_layer", "heads."))
        if use_muon and is_hidden:
            p.muon_parts = 3 if ("qkv" in name.lower()) else 4 if "adaLN" in name else 1
            matrices.append(p)
        else:
            others.append(p)
    result = [torch.optim.AdamW(others, lr=lr, betas=(0.9, 0.98), weight_decay=weight_decay)]
    if matrices:
        result.append(Muon(matrices, lr=lr, weight_decay=weight_decay))
    return result


def set_lr(optimiser_list, lr):
    for optimiser in optimiser_list:
        for group in optimiser.param_groups:
            group["lr"] = lr
