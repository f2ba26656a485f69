/**
 * @file Compares a network with reference values from a file that carries its weights, its configuration, inputs and expected
 * outputs. The network is told from the tensors' names, so any file of that form can be compared.
 */

import { nextDitFlops } from "../../models/newbie-exp0.1/next-dit-flops.ts";
import path from "node:path";
import type { ParityCase, ParityReport } from "../contract/engine.ts";
import { TachieError } from "../contract/errors.ts";
import { applyToggles } from "../contract/toggle-rules.ts";
import { DEFAULT_TOGGLES } from "../contract/toggles.ts";
import type { Checkpoint } from "../graph/checkpoint.ts";
import type { GraphModel } from "../graph/onnx.ts";
import type { NetworkVariant } from "../graph/network-variant.ts";
import type { InferenceRuntime, InferenceSession } from "../ort/session.ts";
import type { Sized } from "./embedding-cache.ts";
import { hostHome } from "./host-home.ts";
import { openDenoiserSessions } from "./network-home.ts";
import type { NetworkHome, NetworkKind } from "./network-home.ts";
import { openReferenceFile } from "./parity-file.ts";
import type { ReferenceFile } from "./parity-file.ts";
import { nextDitCases } from "./parity-next-dit.ts";
import type { OpenParityDenoiser } from "./parity-next-dit.ts";
import { gemma3TextCases, jinaTextCases } from "./parity-text.ts";
import { fluxVaeCases } from "./parity-vae.ts";
import type { Denoiser } from "./roles.ts";

/** Where the networks compute that are compared, and in which form. Sessions are released when the comparison is done. */
export interface ParityHome {
  open(kind: NetworkKind, graph: GraphModel): Promise<InferenceSession>;
  variant(kind: NetworkKind): Partial<NetworkVariant>;
  nextDitCases(file: ReferenceFile): Promise<ParityCase[]>;
}

type RunCases = (file: ReferenceFile, home: ParityHome) => Promise<ParityCase[]>;

/** Each network by a tensor that it cannot do without, wherever a prefix may put it. */
const NETWORKS: readonly { readonly title: string; readonly sign: RegExp; readonly run: RunCases }[] = [
  {
    title: "Next-DiT",
    sign: /(^|\.)(final_layer\.linear|norm_out\.linear_2)\.weight$/,
    run: (file, home) => home.nextDitCases(file),
  },
  { title: "FLUX-type autoencoder", sign: /(^|\.)(decoder|encoder)\.conv_in\.weight$/, run: fluxVaeCases },
  { title: "Jina text tower", sign: /(^|\.)emb_ln\.weight$/, run: jinaTextCases },
  { title: "Gemma 3 text tower", sign: /(^|\.)embed_tokens\.weight$/, run: gemma3TextCases },
];

/**
 * @throws parity.no-case where the file holds nothing to compare; model.mismatch, model.incomplete where the weights do not make
 *   the network; safetensors.invalid, file.*
 */
export async function runParity<S extends InferenceSession, L, P extends Sized>(
  file: string,
  home: NetworkHome<S, L, P>,
): Promise<ParityReport> {
  const reference = openReferenceFile(file);
  const network = networkOf(reference.checkpoint);
  const sessions: InferenceSession[] = [];
  const denoisers: Denoiser<L, P>[] = [];
  const open = async (kind: NetworkKind, graph: GraphModel): Promise<InferenceSession> => {
    const session = await home.open(kind, kind, graph);
    sessions.push(session);
    return session;
  };
  const openDenoiser: OpenParityDenoiser<L, P> = async (config, checkpoint, isPooledIgnored) => {
    const denoiser = await home.denoiser({
      sessions: () => openDenoiserSessions(home, config, checkpoint, { isPooledIgnored }),
      channels: config.inChannels,
      patchSize: config.patchSize,
      flops: (tokens) => nextDitFlops(config, tokens),
    });
    denoisers.push(denoiser);
    return denoiser;
  };
  try {
    const cases = await network.run(reference, {
      open,
      variant: (kind) => home.variant(kind),
      nextDitCases: (opened) => nextDitCases(opened, openDenoiser),
    });
    if (cases.length === 0)
      throw new TachieError(
        "parity.no-case",
        `${file} holds a ${network.title}, but no case that it can be held against`,
        {
          where: file,
        },
      );
    return { cases: cases.map(({ name, error }) => ({ name: `${path.basename(file)} ${name}`, error })) };
  } finally {
    for (const denoiser of denoisers) await denoiser.release();
    for (const session of sessions) await session.release();
  }
}

/** On the host, loaded as pictures are made; in another form where one is given. */
export function hostParityHome(
  runtime: InferenceRuntime,
  variant: Partial<NetworkVariant> = {},
): ReturnType<typeof hostHome> {
  const home = hostHome(runtime, { toggles: applyToggles(DEFAULT_TOGGLES, "cpu"), signal: { aborted: false } });
  return { ...home, variant: () => variant };
}

function networkOf(checkpoint: Checkpoint): (typeof NETWORKS)[number] {
  const names = [...checkpoint.names()];
  const network = NETWORKS.find(({ sign }) => names.some((name) => sign.test(name)));
  if (network !== undefined) return network;
  throw new TachieError(
    "model.unsupported",
    `${checkpoint.label} holds none of the networks that can be compared: ${NETWORKS.map(({ title }) => title).join(", ")}`,
    { where: checkpoint.label },
  );
}
