"""Flow matching: which times are trained, the loss, and how a trained model is sampled.

x_t = t * picture + (1 - t) * noise; the network predicts picture - noise. t = 0 is noise.
"""

import torch


def sample_times(count, device, shift=3.0, low_share=0.25, even_share=0.0, generator=None):
    """Times of a batch [count]. Most are logit-normal, shifted towards noise; a share lies below 0.12, another anywhere.

    A flat patch of hair shows its colour through the noise from t = 0.1 on; what the text must decide is decided before
    that. With the usual logit-normal times a tenth of a batch lies there, and colours are learned last. Shifted like this,
    one time in a hundred lies above 0.75, where lines and small things get their shape: a later stretch, which has the
    colours, wants `even_share`.
    """
    random = lambda: torch.rand(count, device=device, generator=generator)
    u = torch.sigmoid(torch.randn(count, device=device, generator=generator))
    t = u / (u + shift * (1 - u))
    kind = random()
    t = torch.where(kind < even_share, random(), t)
    return torch.where(kind > 1 - low_share, random() * 0.12, t)


def flow_loss(velocity, latents, noise, weights):
    """Mean squared error per picture [B], weighted by region [B,H,W] (mean 1)."""
    return ((velocity - (latents - noise)).pow(2) * weights[:, None]).mean((1, 2, 3))


def time_grid(steps, shift):
    u = torch.linspace(0, 1, steps + 1, dtype=torch.float64)
    return (u / (u + shift * (1 - u))).tolist()


@torch.no_grad()
def sample(velocity, noise, steps=20, shift=3.0, guidance=2.5):
    """Euler steps. velocity(x, t, guided) -> conditional (and, when guided, unconditional) velocity."""
    x = noise
    grid = time_grid(steps, shift)
    for now, then in zip(grid[:-1], grid[1:]):
        t = torch.full((x.shape[0],), now, device=x.device)
        conditional, unconditional = velocity(x, t)
        x = x + (then - now) * (unconditional + guidance * (conditional - unconditional))
    return x
