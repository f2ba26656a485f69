/** @file How much memory this process takes. */

/** The most memory the process has had resident so far, all threads together. */
export function peakMemoryBytes(): number {
  return process.resourceUsage().maxRSS * 1024;
}
