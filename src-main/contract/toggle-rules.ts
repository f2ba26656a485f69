/** @file What becomes of a set of toggles: names read, changes applied, and what a provider can do of it. */

import { TachieError } from "./errors.ts";
import type { Provider } from "./generation.ts";
import { FORMER_NAMES, TOGGLES } from "./toggles.ts";
import type { Toggle, ToggleDefinition, Toggles } from "./toggles.ts";

type Texts = Readonly<Record<string, string>>;

const TOGGLE_NAMES = Object.keys(TOGGLES) as Toggle[];

/** A toggle by its name, by that name with hyphens, or by the name that it once had. */
function toggleNamed(name: string): Toggle | undefined {
  const spelled = name.replaceAll("-", "_");
  return TOGGLE_NAMES.find((toggle) => toggle === spelled || FORMER_NAMES[toggle] === spelled);
}

/** @throws settings.invalid for a name that no toggle has */
export function requireToggle(name: string): Toggle {
  const toggle = toggleNamed(name);
  if (toggle !== undefined) return toggle;
  throw new TachieError("settings.invalid", `there is no toggle named ${name}; there are ${TOGGLE_NAMES.join(", ")}`, {
    where: name,
  });
}

/**
 * Single toggles under the names that they have now.
 * @throws settings.invalid for a toggle or a value that does not exist
 */
export function readToggles(given: Texts): Partial<Toggles> {
  return Object.fromEntries(
    Object.entries(given).map(([name, value]) => {
      const toggle = requireToggle(name);
      const values: readonly string[] = TOGGLES[toggle].values;
      if (!values.includes(value))
        throw new TachieError("settings.invalid", `${name} is ${value}, but must be one of ${values.join(", ")}`, {
          where: name,
        });
      return [toggle, value];
    }),
  );
}

/**
 * A full set from a base and single changes.
 * @throws settings.invalid for a toggle or a value that does not exist
 */
export function resolveToggles(base: Toggles, changes: Texts): Toggles {
  return { ...base, ...readToggles(changes) };
}

/**
 * The set that a stored picture was made with: names as they are now, and what did not exist then as it was before.
 * @param read the stored value under a name, undefined where there is none
 */
export function storedToggles(read: (name: string, values: readonly string[]) => string | undefined): Toggles {
  return Object.fromEntries(
    TOGGLE_NAMES.map((toggle) => {
      const { values, before } = TOGGLES[toggle];
      const former = FORMER_NAMES[toggle];
      return [toggle, read(toggle, values) ?? (former === undefined ? undefined : read(former, values)) ?? before];
    }),
  ) as Toggles;
}

/** What an engine cannot do beyond what holds for its provider, with the reason in words that follow "because". */
export interface Lack {
  readonly toggle: Toggle;
  readonly value: string;
  readonly reason: string;
  /** What to do about it, where there is more than doing without. */
  readonly remedy?: string;
}

/** Why a value does not apply, if it does not. */
export function reasonAgainst(
  toggle: Toggle,
  value: string,
  provider: Provider,
  lacks: readonly Lack[] = [],
): string | undefined {
  const { only = {} }: ToggleDefinition = TOGGLES[toggle];
  const limit = Object.hasOwn(only, value) ? only[value] : undefined;
  if (limit !== undefined && limit.provider !== provider) return limit.reason;
  return lacks.find((lack) => lack.toggle === toggle && lack.value === value)?.reason;
}

/** The error for a value that was asked for by name and does not apply; undefined where it does. */
export function refusal(
  toggle: Toggle,
  value: string,
  provider: Provider,
  lacks: readonly Lack[] = [],
): TachieError | undefined {
  const reason = reasonAgainst(toggle, value, provider, lacks);
  if (reason === undefined) return undefined;
  const remedy = lacks.find((lack) => lack.toggle === toggle && lack.value === value)?.remedy;
  const instead = nearest(toggle, value, provider, lacks);
  return new TachieError("settings.invalid", `${toggle}=${value} cannot be had on ${provider}: ${reason}`, {
    where: toggle,
    remedy: remedy ?? `Leave ${toggle} out, or set it to ${instead}.`,
  });
}

/**
 * What is applied of a set on a provider. A set is a wish: a value that does not apply gives way to the nearest that
 * does. What was asked for by name does not give way.
 * @param demanded toggles that were asked for by name
 * @throws settings.invalid with the reason, for a demanded value that does not apply
 */
export function applyToggles(
  wished: Toggles,
  provider: Provider,
  { demanded = [], lacks = [] }: { demanded?: readonly Toggle[]; lacks?: readonly Lack[] } = {},
): Toggles {
  for (const toggle of demanded) {
    const error = refusal(toggle, wished[toggle], provider, lacks);
    if (error !== undefined) throw error;
  }
  const applied = TOGGLE_NAMES.map((toggle) => [toggle, nearest(toggle, wished[toggle], provider, lacks)]);
  return Object.fromEntries(applied) as Toggles;
}

/** The value itself where it applies, else the nearest before it that does. The first applies everywhere. */
function nearest(toggle: Toggle, value: string, provider: Provider, lacks: readonly Lack[]): string {
  const values: readonly string[] = TOGGLES[toggle].values;
  const upTo = values.slice(0, values.indexOf(value) + 1);
  const found = upTo.findLast((one) => reasonAgainst(toggle, one, provider, lacks) === undefined);
  if (found !== undefined) return found;
  throw new TachieError("internal.bug", `no value of ${toggle} up to ${value} applies on ${provider}`, {
    where: toggle,
  });
}
