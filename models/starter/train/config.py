"""Sizes of the starter model's networks and of the run that trains them.

`FULL` is what ships; `TINY` is the same code in miniature, to try every stage on a CPU. Values that an inference engine
needs and cannot see in tensor shapes are written into the files by export.py.
"""

from dataclasses import asdict, dataclass, field, replace


@dataclass(frozen=True)
class VaeConfig:
    block_out_channels: tuple = (48, 64, 96, 128)
    layers_per_block: int = 2
    latent_channels: int = 16
    norm_num_groups: int = 16


@dataclass(frozen=True)
class TextConfig:
    vocab_size: int = 768
    hidden_size: int = 256
    layers: int = 4
    heads: int = 4
    ffn: int = 1024
    rope_base: float = 20000.0


@dataclass(frozen=True)
class DitConfig:
    dim: int = 256
    layers: int = 10
    refiner_layers: int = 1
    heads: int = 4
    ffn: int = 768
    axes_dims: tuple = (16, 24, 24)
    rope_theta: float = 10000.0
    cap_feat_dim: int = 256
    clip_text_dim: int = 256


@dataclass(frozen=True)
class ModelConfig:
    vae: VaeConfig = field(default_factory=VaeConfig)
    text: TextConfig = field(default_factory=TextConfig)
    dit: DitConfig = field(default_factory=DitConfig)
    picture: int = 256

    @property
    def latent(self):
        return self.picture // 8


FULL = ModelConfig()
TINY = ModelConfig(
    vae=VaeConfig(block_out_channels=(16, 16, 32, 32), layers_per_block=1, norm_num_groups=8),
    text=TextConfig(hidden_size=64, layers=2, heads=1, ffn=128),
    dit=DitConfig(dim=64, layers=2, heads=2, ffn=128, axes_dims=(8, 12, 12), cap_feat_dim=64, clip_text_dim=64),
)
# For experiments about learning on a CPU: pictures averaged to small ones instead of a VAE, see experiment.py.
SMALL = ModelConfig(
    text=TextConfig(hidden_size=128, layers=2, heads=2, ffn=384),
    dit=DitConfig(dim=128, layers=6, heads=2, ffn=384, axes_dims=(16, 24, 24), cap_feat_dim=128, clip_text_dim=128),
)
PRESETS = {"full": FULL, "tiny": TINY, "small": SMALL}


def preset(name, vocab_size=None):
    """A preset, with a table of token vectors that fits the tokenizer (rounded up, which GPUs like)."""
    config = PRESETS[name]
    if vocab_size is None:
        return config
    return replace(config, text=replace(config.text, vocab_size=-(-vocab_size // 64) * 64))


def as_dict(config):
    return asdict(config)
