"""Turns what training wrote into a model folder, and a model folder back into what training resumes from.

    python export.py pack OUT MODEL [--node node]      OUT/vae.NN, OUT/generator.NN -> MODEL/*.safetensors, model.json, tokenizer.json
    python export.py unpack MODEL OUT                  the other way round; the optimiser is warmed up anew

Weights become bfloat16, which is what training multiplied with, under the published names. Everything else that an engine must know is in the files' metadata
(`config`, by the names of the published config files) and in model.json.
"""

import argparse
import json
import os
import shutil
import subprocess

from generator import DIT_PREFIX, TEXT_PREFIX
from tensors import from_bytes, load_parts, save_parts, to_bytes

TEXT_NAMES = "text_model.transformer.roberta."
HERE = os.path.dirname(os.path.abspath(__file__))
MOST_TOKENS = 256


def manifest(config):
    side = config["picture"]
    return {
        "format": 1,
        "name": "starter",
        "title": "Tachie starter",
        "licence": "Apache-2.0",
        "isPlaceholder": False,
        "textEncoding": "jina",
        "systemPrompt": "",
        "components": {
            "transformer": {"weights": "transformer.safetensors"},
            "vae": {"weights": "vae.safetensors"},
            "textEncoder": {"weights": "text-encoder.safetensors", "tokenizer": "tokenizer.json"},
        },
        "defaults": {
            "sampling": {"steps": 20, "solver": "euler", "schedule": "shift", "shift": 3, "guidance": 2.5, "truncate": 1, "renorm": 0},
            "width": side,
            "height": side,
            "negative": "",
        },
        "limits": {"maxPixels": 4 * side * side, "maxTokens": MOST_TOKENS},
    }


def write(path, tensors, config):
    with open(path, "wb") as file:
        file.write(to_bytes(tensors, "BF16", {"format": "pt", "config": json.dumps(config)}))


def read(path):
    with open(path, "rb") as file:
        return from_bytes(file.read())


def pack(out, model, node):
    generator, metadata = from_bytes(load_parts(os.path.join(out, "generator")))
    vae, vae_metadata = from_bytes(load_parts(os.path.join(out, "vae")))
    config = json.loads(metadata["config"])
    dit, text = config["dit"], config["text"]
    os.makedirs(model, exist_ok=True)
    strip = lambda prefix: {name[len(prefix) :]: value for name, value in generator.items() if name.startswith(prefix)}
    write(
        os.path.join(model, "transformer.safetensors"),
        strip(DIT_PREFIX),
        {
            "n_heads": dit["heads"],
            "n_kv_heads": dit["heads"],
            "axes_dims": dit["axes_dims"],
            "rope_theta": dit["rope_theta"],
            "norm_eps": 1e-5,
            "qk_norm": True,
            "training": {"config": config, **json.loads(metadata["training"])},
        },
    )
    write(
        os.path.join(model, "text-encoder.safetensors"),
        {TEXT_NAMES + name: value for name, value in strip(TEXT_PREFIX).items()},
        {"num_attention_heads": text["heads"], "rotary_emb_base": text["rope_base"], "layer_norm_eps": 1e-5, "pad_token_id": 1},
    )
    write(os.path.join(model, "vae.safetensors"), vae, json.loads(vae_metadata["config"]))
    subprocess.run([node, os.path.join(HERE, "..", "tokenizer", "write.ts"), os.path.join(model, "tokenizer.json")], check=True)
    reader = os.path.join(out, "reader.safetensors")
    if os.path.exists(reader):
        os.makedirs(os.path.join(model, "evaluate"), exist_ok=True)
        shutil.copy(reader, os.path.join(model, "evaluate", "reader.safetensors"))
    # Last: a folder with a model.json is a model.
    with open(os.path.join(model, "model.json"), "w") as file:
        json.dump(manifest(config), file, indent=2)
        file.write("\n")
    total = sum(os.path.getsize(os.path.join(model, name)) for name in os.listdir(model) if name.endswith(".safetensors"))
    print(f"{model}: {total / 1e6:.2f} MB of weights")


def unpack(model, out):
    transformer, metadata = read(os.path.join(model, "transformer.safetensors"))
    text, _ = read(os.path.join(model, "text-encoder.safetensors"))
    vae, vae_metadata = read(os.path.join(model, "vae.safetensors"))
    training = json.loads(metadata["config"])["training"]
    generator = {DIT_PREFIX + name: value for name, value in transformer.items()}
    generator.update({TEXT_PREFIX + name[len(TEXT_NAMES) :]: value for name, value in text.items()})
    os.makedirs(out, exist_ok=True)
    config = training.pop("config")
    save_parts(os.path.join(out, "generator"), to_bytes(generator, "F16", {"format": "pt", "config": json.dumps(config), "training": json.dumps(training)}))
    save_parts(os.path.join(out, "vae"), to_bytes(vae, "F16", vae_metadata))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("action", choices=["pack", "unpack"])
    parser.add_argument("source")
    parser.add_argument("target")
    parser.add_argument("--node", default="node")
    args = parser.parse_args()
    pack(args.source, args.target, args.node) if args.action == "pack" else unpack(args.source, args.target)


if __name__ == "__main__":
    main()
