/**
 * @file The reader: any text becomes a tree, at worst one of plain text. It throws only over the limits and at document
 * type declarations; whatever else it had to tolerate it reports. The checks of what a well-formed prompt says are in
 * lint/.
 */

import type { Diagnostic, Dialect } from "../contract/prompt.ts";
import { flattenCaptions } from "./captions.ts";
import { detectDialect } from "./detect.ts";
import { readEnvelope } from "./envelope-reader.ts";
import type { EnvelopeReading } from "./envelope-reader.ts";
import { Findings } from "./findings.ts";
import { checkLength } from "./limits.ts";
import { refuseIn, sliceRegion } from "./source-region.ts";
import type { SourceRegion } from "./source-region.ts";
import { buildStructure } from "./structure.ts";
import type { NodePlace } from "./structure.ts";
import { declarationFinding } from "./structure-findings.ts";
import { findSystemPrefix } from "./system-prompt.ts";
import type { SystemPrefix } from "./system-prompt.ts";
import type { Report } from "./text-reading.ts";
import { tokenise } from "./tokeniser.ts";
import type { PromptNode, PromptTree } from "./tree.ts";

export interface PromptReading {
  readonly tree: PromptTree;
  readonly dialect: Dialect;
  /** What was tolerated, in the order of the text. */
  readonly diagnostics: readonly Diagnostic[];
}

/** A reading with what the checks need: where everything stands, and a place for their findings. */
export interface SourceReading {
  readonly tree: PromptTree;
  readonly source: string;
  /** The stretch that was read as XML: the body, or what the envelope's tags say. */
  readonly region: SourceRegion;
  readonly places: ReadonlyMap<PromptNode, NodePlace>;
  readonly system: SystemPrefix;
  readonly envelope?: EnvelopeReading;
  readonly findings: Findings;
}

const BYTE_ORDER_MARK = "\ufeff";

/**
 * @throws prompt.too-large over the limits of `PROMPT_LIMITS`
 * @throws prompt.malformed at a document type or entity declaration
 */
export function readPrompt(text: string): PromptReading {
  const { tree, findings } = readSource(text, "reading");
  return { tree, dialect: tree.dialect, diagnostics: findings.list() };
}

/**
 * As `readPrompt`. For the checks it also keeps where everything stands, which takes half of the time, and declarations
 * are findings that are left out of the tree.
 */
export function readSource(source: string, purpose: "reading" | "checking"): SourceReading {
  checkLength(source);
  const { start, system, envelope, region } = findBody(source);
  const refuse = refuseIn(source, region);
  const findings = new Findings(source);
  const report: Report = (_start, make) => findings.add(region, make);
  const tokens = tokenise(region.text);
  const isCheck = purpose === "checking";
  const structure = buildStructure(region, tokens, {
    isXml: envelope !== undefined,
    placesKept: isCheck ? "all" : "captions",
    declared: (token) => {
      if (!isCheck)
        refuse("prompt.malformed", "Document type and entity declarations are not read: remove it", token.start);
      findings.add(region, () => declarationFinding(token));
    },
    refuse,
    report,
  });
  const { places } = structure;
  const nodes = structure.hasNestedCaptions ? flattenCaptions(structure.nodes, places, report) : structure.nodes;
  const tree: PromptTree = {
    dialect: envelope === undefined ? detectDialect(nodes, structure.hasElements) : "comfy",
    hasByteOrderMark: start > 0,
    system: source.slice(start, system.end),
    nodes,
    ...(envelope === undefined ? {} : { envelope: envelope.envelope }),
    nextId: structure.nextId,
  };
  return { tree, source, region, places, system, ...(envelope === undefined ? {} : { envelope }), findings };
}

/** What stands around a prompt's body, and the body itself. */
export interface PromptBody {
  /** Behind a byte order mark. */
  readonly start: number;
  readonly system: SystemPrefix;
  readonly envelope?: EnvelopeReading;
  /** The stretch that is read as XML. */
  readonly region: SourceRegion;
}

export function findBody(source: string): PromptBody {
  const start = source.startsWith(BYTE_ORDER_MARK) ? 1 : 0;
  // An envelope's texts may quote a `<Prompt Start>`, so it is looked for before each mark.
  let envelope: EnvelopeReading | undefined;
  const isEnvelope = (offset: number): boolean => (envelope ??= readEnvelope(source, offset)) !== undefined;
  const system = findSystemPrefix(source, start, isEnvelope);
  isEnvelope(system.end);
  const region = envelope?.tags ?? sliceRegion(source, system.end, source.length);
  return { start, system, region, ...(envelope === undefined ? {} : { envelope }) };
}
