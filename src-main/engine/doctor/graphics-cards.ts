/**
 * @file NVIDIA's graphics cards as the system lists them, driver or not: so that a machine without one can be told from one
 * whose driver is missing. In a container the host's cards are listed too, whether it may use them or not.
 */

import { readFileSync, readdirSync } from "node:fs";
import path from "node:path";

const NVIDIA = 0x10de;
/** Of the PCI class code's highest byte: display controllers. */
const DISPLAY = 0x03;

/**
 * PCI addresses such as `0000:01:00.0`; undefined where the system does not list devices in files.
 * @param root what `/` stands for
 */
export function nvidiaCards(root = "/"): string[] | undefined {
  const devices = path.join(root, "sys/bus/pci/devices");
  let addresses: string[];
  try {
    addresses = readdirSync(devices);
  } catch {
    // Only Linux has the folder, and not where it is hidden from us.
    return undefined;
  }
  return addresses.sort().filter((address) => {
    const vendor = readCode(path.join(devices, address, "vendor"));
    const kind = readCode(path.join(devices, address, "class"));
    return vendor === NVIDIA && kind !== undefined && kind >> 16 === DISPLAY;
  });
}

/** A number such as `0x10de`; undefined for what cannot be read, as for a device that has just been taken out. */
function readCode(file: string): number | undefined {
  try {
    const code = Number(readFileSync(file, "utf8").trim());
    return Number.isInteger(code) ? code : undefined;
  } catch {
    return undefined;
  }
}
