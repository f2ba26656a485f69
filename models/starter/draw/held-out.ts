/**
 * @file Which combinations of attributes training never sees, so that evaluation asks for pictures nobody drew.
 * A combination is held out by a hash of itself: no list to keep, the same answer everywhere.
 */

import type { CharacterSpec } from "./figure.ts";
import { createRandom } from "./random.ts";
import { sampleCharacter, sampleScene, sampleSceneOf } from "./sample.ts";
import type { SceneSpec } from "./scene.ts";

/** One combination in this many is kept from training. */
const HELD_OUT_SHARE = 24;

/** Hair colour, eye colour, outfit and its colour together: 46,000 combinations, of which a 24th is held out. */
export function isHeldOutCharacter({ hairColour, eyeColour, outfit, outfitColour }: CharacterSpec): boolean {
  return hash(`${hairColour}/${eyeColour}/${outfit}/${outfitColour}`) % HELD_OUT_SHARE === 0;
}

export function isTrainingScene(scene: SceneSpec): boolean {
  return !scene.characters.some(isHeldOutCharacter);
}

/** The scene of a seed for training: with held-out combinations, the next one of a chain of seeds is taken. */
export function trainingScene(seed: number): SceneSpec {
  for (let link = 0, current = seed; ; link++, current = (Math.imul(current, 0x9e3779b1) + link) | 0) {
    const scene = sampleScene(current);
    if (isTrainingScene(scene)) return scene;
  }
}

/** A scene of which every character is of a held-out combination. */
export function heldOutScene(count: number, seed: number): SceneSpec {
  const random = createRandom(seed ^ 0x6e1d0);
  const scene = sampleSceneOf(count, random, seed);
  const characters = scene.characters.map(({ position, ...sampled }) => {
    let character: CharacterSpec = sampled;
    while (!isHeldOutCharacter(character)) character = sampleCharacter(random);
    return { ...character, position };
  });
  return { ...scene, characters };
}

/** FNV-1a with a final mix. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) value = Math.imul(value ^ text.charCodeAt(index), 0x01000193);
  value = Math.imul(value ^ (value >>> 15), 0x85ebca6b);
  return (value ^ (value >>> 13)) >>> 0;
}
