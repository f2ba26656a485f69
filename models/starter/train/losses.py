"""What the autoencoder is trained on: pixels, edges, and a latent that a diffusion model finds easy."""

import torch
import torch.nn.functional as F


def edges(a, b):
    """Mean absolute difference of horizontal and vertical gradients: keeps line art sharp."""
    dx = (a[..., 1:] - a[..., :-1]) - (b[..., 1:] - b[..., :-1])
    dy = (a[..., 1:, :] - a[..., :-1, :]) - (b[..., 1:, :] - b[..., :-1, :])
    return dx.abs().mean() + dy.abs().mean()


def reconstruction(y, x, weights=1.0):
    """L1, L2 and edges at full size and at half size. weights [B,1,H,W], of mean 1, count for the first two."""
    half = lambda t: F.avg_pool2d(t, 2)
    error = y - x
    return ((error.abs() + error.pow(2)) * weights).mean() + 0.7 * edges(y, x) + 0.3 * (half(y) - half(x)).abs().mean()


def kl(mean, log_variance):
    return 0.5 * (mean.pow(2) + log_variance.exp() - 1 - log_variance).mean()


def psnr(y, x):
    """Decibels for values in [-1, 1], per picture, averaged."""
    error = (y.clamp(-1, 1) - x).pow(2).mean((1, 2, 3)).clamp(min=1e-9)
    return (10 * torch.log10(4 / error)).mean()
