/**
 * @file Compares a network with reference values from a file that carries its weights, its configuration, inputs and expected
 * outputs. The network is told from the tensors' names, so any file of that form can be compared.
 */

import path from "node:path";
import type { ParityCase, ParityReport } from "../contract/engine.ts";
import { TachieError } from "../contract/errors.ts";
import type { Checkpoint } from "../graph/checkpoint.ts";
import type { NetworkVariant } from "../graph/network-variant.ts";
import type { GraphModel } from "../graph/onnx.ts";
import type { InferenceRuntime, InferenceSession } from "../ort/session.ts";
import { openReferenceFile } from "./parity-file.ts";
import type { ReferenceFile } from "./parity-file.ts";
import { nextDitCases } from "./parity-next-dit.ts";
import { gemma3TextCases, jinaTextCases } from "./parity-text.ts";
import { fluxVaeCases } from "./parity-vae.ts";
import { inferenceThreads } from "./threads.ts";

/** Opens a session that is released when the comparison is done. */
export type OpenParitySession = (graph: GraphModel) => Promise<InferenceSession>;

type RunCases = (
  file: ReferenceFile,
  openSession: OpenParitySession,
  variant: Partial<NetworkVariant>,
) => Promise<ParityCase[]>;

/** Each network by a tensor that it cannot do without, wherever a prefix may put it. */
const NETWORKS: readonly { readonly title: string; readonly sign: RegExp; readonly run: RunCases }[] = [
  { title: "Next-DiT", sign: /(^|\.)(final_layer\.linear|norm_out\.linear_2)\.weight$/, run: nextDitCases },
  { title: "FLUX-type autoencoder", sign: /(^|\.)(decoder|encoder)\.conv_in\.weight$/, run: fluxVaeCases },
  { title: "Jina text tower", sign: /(^|\.)emb_ln\.weight$/, run: jinaTextCases },
  { title: "Gemma 3 text tower", sign: /(^|\.)embed_tokens\.weight$/, run: gemma3TextCases },
];

/**
 * @param variant the form of the graphs that are compared; the runtime must have what it asks for
 * @throws parity.no-case where the file holds nothing to compare; model.mismatch, model.incomplete where the weights do not make
 *   the network; safetensors.invalid, file.*
 */
export async function runParity(
  file: string,
  runtime: InferenceRuntime,
  variant: Partial<NetworkVariant> = {},
): Promise<ParityReport> {
  const reference = openReferenceFile(file);
  const network = networkOf(reference.checkpoint);
  const sessions: InferenceSession[] = [];
  const openSession: OpenParitySession = async (graph) => {
    const session = await runtime.createSession(graph, {
      graphOptimisation: true,
      mappedWeights: true,
      threads: inferenceThreads(),
    });
    sessions.push(session);
    return session;
  };
  try {
    const cases = await network.run(reference, openSession, variant);
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
    await Promise.all(sessions.map((session) => session.release()));
  }
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
