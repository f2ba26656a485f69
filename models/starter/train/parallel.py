"""Several GPUs of one machine: each draws its own pictures, all hold the same weights, gradients are averaged.

Started with RANK and WORLD_SIZE (and the address that torch.distributed wants) by run.sh; without them there is one
process and nothing here does anything.
"""

import os

import torch
import torch.distributed as dist


class Group:
    """The processes that train together. `rank` 0 judges, prints and saves."""

    def __init__(self):
        self.size = int(os.environ.get("WORLD_SIZE", 1))
        self.rank = int(os.environ.get("RANK", 0))
        has_gpu = torch.cuda.is_available()
        self.device = torch.device("cuda", self.rank) if has_gpu else torch.device("cpu")
        if has_gpu:
            torch.cuda.set_device(self.device)
        if self.size > 1:
            dist.init_process_group("nccl" if has_gpu else "gloo")
            # Numbers go from processor to processor: asking a GPU for one would make it wait.
            self.processors = dist.new_group(backend="gloo")

    @property
    def is_first(self):
        return self.rank == 0

    @property
    def is_last(self):
        return self.rank == self.size - 1

    @torch.no_grad()
    def average_gradients(self, parameters):
        """One message for all gradients; parameters that no process uses have none."""
        if self.size == 1:
            return
        gradients = [p.grad for p in parameters if p.grad is not None]
        flat = torch.cat([g.reshape(-1) for g in gradients])
        dist.all_reduce(flat)
        flat /= self.size
        for gradient, part in zip(gradients, flat.split([g.numel() for g in gradients])):
            gradient.copy_(part.view_as(gradient))

    @torch.no_grad()
    def share(self, module, source=0):
        """Everyone gets the weights and running statistics of one process."""
        if self.size == 1:
            return
        for tensor in [*module.parameters(), *module.buffers()]:
            dist.broadcast(tensor.data, source)

    def agree(self, value):
        """The first process's number, for all: clocks differ, and a schedule must not."""
        if self.size == 1:
            return value
        tensor = torch.tensor([value], dtype=torch.float64)
        dist.broadcast(tensor, 0, group=self.processors)
        return tensor.item()

    def close(self):
        if self.size > 1:
            dist.destroy_process_group()
