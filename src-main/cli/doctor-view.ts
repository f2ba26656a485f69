/** @file The doctor's report as lines for a person. */

import type { DoctorReport, EngineDiagnosis, FolderDiagnosis, GpuDevice, GpuDiagnosis } from "../contract/doctor.ts";
import type { ErrorData } from "../contract/errors.ts";
import { TOGGLES } from "../contract/toggles.ts";
import type { ToggleDefinition } from "../contract/toggles.ts";
import { formatBytes } from "../studio/models/free-space.ts";
import { describeModel } from "./model-view.ts";

const LABEL_WIDTH = 10;

export function describeDoctorReport(report: DoctorReport): string[] {
  const { versions, engine, library, data, models, problems } = report;
  return [
    labelled("Tachie", `${versions.tachie}, Node ${versions.node}, ${versions.system}`),
    ...(engine === undefined ? [] : describeEngine(engine)),
    labelled("Library", describeFolder(library)),
    labelled("Data", describeFolder(data)),
    ...describeModels(models.map(describeModel)),
    "",
    ...(problems.length === 0 ? [] : [...problems.flatMap(describeProblem), ""]),
    verdict(report),
  ];
}

function labelled(label: string, text: string): string {
  return `${label.padEnd(LABEL_WIDTH)}${text}`;
}

function indented(text: string): string {
  return " ".repeat(LABEL_WIDTH) + text;
}

function describeEngine({ cpu, runtime, gpu }: EngineDiagnosis): string[] {
  const { name, usableCores, cores, memoryBytes, freeMemoryBytes } = cpu;
  const coreText = usableCores === cores ? `${cores} cores` : `${usableCores} of ${cores} cores`;
  return [
    ...describeGpu(gpu),
    labelled(
      "CPU",
      `${name}, ${coreText}, ${formatBytes(memoryBytes)} of memory (${formatBytes(freeMemoryBytes)} free)`,
    ),
    ...(runtime === undefined ? [] : [labelled("Runtime", runtime)]),
  ];
}

function describeGpu(gpu: GpuDiagnosis): string[] {
  if (gpu.state === "absent")
    return [
      labelled("GPU", `none: ${whyAbsent(gpu)}`),
      indented("Everything works without one, on the CPU, only slower: every model, size, LoRA and setting."),
      indented("Optimisations that need a GPU give way by themselves:"),
      indented(gpuOptimisations().join(", ")),
    ];
  const driver = gpu.driverCuda === undefined ? "no driver that works" : `driver for CUDA ${gpu.driverCuda.join(".")}`;
  return [
    ...gpu.devices.map((device) => labelled("GPU", `${describeDevice(device)}, ${driver}`)),
    ...(gpu.devices.length === 0
      ? [labelled("GPU", `NVIDIA, at PCI address ${(gpu.cards ?? []).join(", ")}: ${driver}`)]
      : []),
    ...describeLibraries(gpu),
  ];
}

function whyAbsent({ cards, problem }: GpuDiagnosis): string {
  if (cards?.length === 0) return "there is no graphics card by NVIDIA in this machine";
  return problem?.message ?? "no graphics card by NVIDIA was found";
}

function describeDevice({ name, computeCapability, memoryBytes, freeMemoryBytes, attention }: GpuDevice): string {
  const free = freeMemoryBytes === undefined ? "" : ` (${formatBytes(freeMemoryBytes)} free)`;
  const kernels = `attention by ONNX Runtime's choice: ${attention.bf16} in bf16, ${attention.fp32} in fp32`;
  return `${name}, compute capability ${computeCapability.join(".")}, ${formatBytes(memoryBytes)}${free}, ${kernels}`;
}

/** Toggles, or values of them, that only a GPU has: `precision=bf16`, `graph`. */
function gpuOptimisations(): string[] {
  return Object.entries<ToggleDefinition>(TOGGLES).flatMap(([name, { appliesTo, only = {} }]) => {
    const values = Object.entries(only).filter(([, { provider }]) => provider === "cuda");
    return appliesTo === "cuda" ? [name] : values.map(([value]) => `${name}=${value}`);
  });
}

function describeLibraries({ libraries }: GpuDiagnosis): string[] {
  const lines = libraries.map(({ name, wanted, foundAt, isRequired, remedy }) =>
    foundAt !== undefined
      ? indented(`ok       ${name}: ${foundAt}`)
      : isRequired
        ? indented(`MISSING  ${name} (${wanted}). ${remedy}`)
        : indented(`without  ${name} (${wanted}), which is not needed`),
  );
  const missing = libraries.filter(({ isRequired, foundAt }) => isRequired && foundAt === undefined);
  const searched = new Set(missing.map(({ searched: folders }) => folders.join(", ")));
  return [...lines, ...[...searched].map((folders) => indented(`looked for in ${folders}`))];
}

function describeFolder({ folder, exists, freeBytes, problem }: FolderDiagnosis): string {
  const state = exists ? "" : " (does not exist yet)";
  const free = freeBytes === undefined ? "" : `, ${formatBytes(freeBytes)} free`;
  return `${folder}${state}${free}${problem === undefined ? "" : ": NOT USABLE"}`;
}

function describeModels(lines: readonly string[]): string[] {
  const [first = "none", ...others] = lines;
  return [labelled("Models", first), ...others.map(indented)];
}

function describeProblem({ message, remedy }: ErrorData): string[] {
  return [`! ${message}`, `  ${remedy}`];
}

function verdict({ canMakePictures, provider, engine }: DoctorReport): string {
  if (!canMakePictures) return "Pictures cannot be made.";
  if (provider === "cuda") return `Pictures are made on the GPU, ${engine?.gpu.devices[0]?.name ?? ""}.`;
  return "Pictures are made on the CPU.";
}
