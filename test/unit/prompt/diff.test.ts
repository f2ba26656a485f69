import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { isTachieError } from "../../../src-main/contract/errors.ts";
import { DIALECTS } from "../../../src-main/contract/prompt.ts";
import {
  applyChanges,
  diffPrompts,
  isSamePrompt,
  nodeText,
  readPrompt,
  writePrompt,
} from "../../../src-main/prompt/index.ts";
import type { PromptChange, PromptTree } from "../../../src-main/prompt/index.ts";
import { mutated, randomTree, seededRandom } from "./random-prompts.ts";

const seed = fc.integer({ min: 0, max: 2 ** 31 });
const dialect = fc.constantFrom(...DIALECTS);

function checkBothWays(left: PromptTree, right: PromptTree): void {
  for (const [from, to] of [
    [left, right],
    [right, left],
  ] as const) {
    const changes = diffPrompts(from, to);
    const applied = applyChanges(from, changes);
    assert.ok(
      isSamePrompt(applied, to),
      `${writePrompt(from)}\n--- to ---\n${writePrompt(to)}\n--- came ---\n${writePrompt(applied)}`,
    );
    assert.equal(changes.length === 0, isSamePrompt(from, to));
  }
}

test("what differs, applied, gives the other prompt: any two trees", () => {
  fc.assert(
    fc.property(seed, seed, dialect, dialect, (one, other, left, right) => {
      checkBothWays(randomTree(seededRandom(one), left), randomTree(seededRandom(other), right));
    }),
    { numRuns: 1500 },
  );
});

test("what differs, applied, gives the other prompt: a tree and what became of it by a few changes", () => {
  let compared = 0;
  fc.assert(
    fc.property(seed, dialect, fc.integer({ min: 1, max: 4 }), (one, kind, changes) => {
      const random = seededRandom(one);
      const tree = randomTree(random, kind);
      let text = writePrompt(tree);
      for (let count = 0; count < changes; count++) text = mutated(random, text);
      let other: PromptTree;
      try {
        other = readPrompt(text).tree;
      } catch (error) {
        // Some of these are refused, by readers that have tests of their own.
        if (isTachieError(error)) return;
        throw error;
      }
      checkBothWays(tree, other);
      compared++;
    }),
    { numRuns: 1500 },
  );
  assert.ok(compared > 500, `${compared} of 1500 were read`);
});

test("ids stay unique in what was made of two trees", () => {
  fc.assert(
    fc.property(seed, seed, dialect, (one, other, kind) => {
      const [left, right] = [randomTree(seededRandom(one), kind), randomTree(seededRandom(other), kind)];
      const { nodes, nextId } = applyChanges(left, diffPrompts(left, right));
      const ids: number[] = [];
      const collect = (all: typeof nodes): void => {
        for (const node of all)
          if (node.kind === "element") {
            ids.push(node.id);
            collect(node.children);
          }
      };
      collect(nodes);
      assert.equal(new Set(ids).size, ids.length);
      assert.ok(ids.every((id) => id < nextId));
    }),
  );
});

const DUET = `<character_1>
<n>Akane</n>
<expression>smile</expression>
</character_1>
<character_2>
<n>Shiori</n>
<expression>smile, blush</expression>
</character_2>
<general_tags>
<count>2girls</count>
</general_tags>`;

function told(changes: readonly PromptChange[]): string[] {
  return changes.map((change) => {
    if (change.kind === "frame") return "frame";
    const { block, number, field } = change.place;
    const where = [block === "character" ? `c${number}` : block, field].filter((part) => part !== undefined).join(".");
    if (change.kind === "changed") return `${where} ${nodeText(change.before)} → ${nodeText(change.after)}`;
    if (change.kind === "renamed") return `${where} is ${change.after}`;
    return change.kind === "moved" ? `${where} moved ${change.order.join()}` : `${where} ${change.kind}`;
  });
}

function between(left: string, right: string): string[] {
  return told(diffPrompts(readPrompt(left).tree, readPrompt(right).tree));
}

test("a field that changed is told by character and field, and nothing else is", () => {
  assert.deepEqual(between(DUET, DUET), []);
  assert.deepEqual(between(DUET, DUET.replace("smile, blush", "crying")), ["c2.expression smile, blush → crying"]);
  assert.deepEqual(between(DUET, DUET.replaceAll("\n", "\n\n  ")), [], "layout says nothing");
  assert.deepEqual(between(DUET, DUET.replace("<expression>smile</expression>\n", "")), ["c1.expression removed"]);
  assert.deepEqual(between(DUET, DUET.replace("<count>", "<style>anime</style>\n<count>")), ["general.style added"]);
});

test("who changes places is known by name: only the places are told", () => {
  const swapped = DUET.replace("Akane", "x")
    .replace("Shiori", "Akane")
    .replace("x", "Shiori")
    .replace("<expression>smile</expression>", "<expression>y</expression>")
    .replace("smile, blush", "smile")
    .replace("<expression>y", "<expression>smile, blush");
  assert.deepEqual(between(DUET, swapped), ["other moved 1,0,2", "c1 is character_1", "c2 is character_2"]);
});

test("another character under the same number is told by its fields; one more is added whole", () => {
  assert.deepEqual(between(DUET, DUET.replace("Akane", "Rin")), ["c1.n Akane → Rin"]);
  const trio = DUET.replace("<general_tags>", "<character_3><n>Mio</n></character_3>\n<general_tags>");
  assert.deepEqual(between(DUET, trio), ["c3 added"]);
  assert.deepEqual(between(trio, DUET), ["c3 removed"]);
});

test("a chosen part of the differences can be taken alone", () => {
  const [left, right] = [readPrompt(DUET).tree, readPrompt(DUET.replaceAll("smile", "crying")).tree];
  const second = diffPrompts(left, right).filter((change) => change.kind !== "frame" && change.place.number === 2);
  assert.equal(writePrompt(applyChanges(left, second)), DUET.replace("smile, blush", "crying, blush"));
});
