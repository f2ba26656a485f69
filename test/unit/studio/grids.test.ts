import assert from "node:assert/strict";
import { test } from "node:test";
import sharp from "sharp";
import type { GridAxis, GridRequest } from "../../../src-main/contract/grids.ts";
import { MOST_GRID_CELLS } from "../../../src-main/contract/grids.ts";
import { charactersOf, fieldText, gridRequests, readPrompt } from "../../../src-main/prompt/index.ts";
import { StudioStand } from "../../fixtures/studio-stand.ts";

const PROMPT =
  "<character_1><n>Rin</n><expression>smile</expression></character_1>\n<general_tags><count>1girl</count></general_tags>";
const axis = (target: GridAxis["target"], ...values: string[]): GridAxis => ({
  target,
  values: values.map((value) => ({ label: value, value })),
});
const EXPRESSION = axis({ kind: "character", number: 1, field: "expression" }, "smile", "crying", "");
const STEPS = axis({ kind: "sampling", setting: "steps" }, "2", "3");
const base = { prompt: PROMPT, model: "fake-model", seed: 7 };

test("every combination is one request, in which nothing else changes", () => {
  const cells = gridRequests({ base, columns: EXPRESSION, rows: STEPS });
  assert.deepEqual(
    cells.map(({ row, column, request }) => {
      const [card] = charactersOf(readPrompt(request.prompt).tree);
      return [row, column, fieldText(card, "expression"), request.sampling?.steps, request.seed, request.count];
    }),
    [0, 1].flatMap((row) =>
      ["smile", "crying", ""].map((expression, column) => [row, column, expression, row + 2, 7, 1]),
    ),
  );
  assert.equal(cells[0]?.request.prompt, PROMPT, "what is as it was is written as it was");
});

test("settings of every kind go where they belong", () => {
  const one = (target: GridAxis["target"], value: string) =>
    gridRequests({
      base: {
        ...base,
        loras: [
          { file: "/a", strength: 1 },
          { file: "/b", strength: 2 },
        ],
      },
      columns: axis(target, value),
    })[0]?.request;
  assert.deepEqual(one({ kind: "setting", setting: "size" }, "64x48")?.size, { width: 64, height: 48 });
  assert.equal(one({ kind: "setting", setting: "seed" }, "12")?.seed, 12);
  assert.equal(one({ kind: "setting", setting: "negative" }, "lowres")?.negative, "lowres");
  assert.deepEqual(
    one({ kind: "setting", setting: "lora" }, "0.5")?.loras?.map(({ strength }) => strength),
    [0.5, 2],
  );
  assert.deepEqual(one({ kind: "toggle", toggle: "text_cache" }, "off")?.toggles, { text_cache: "off" });
  assert.deepEqual(one({ kind: "sampling", setting: "solver" }, "rk4")?.sampling, { solver: "rk4" });
  assert.match(one({ kind: "general", field: "style" }, "anime")?.prompt ?? "", /<style>anime<\/style>/);
  assert.match(
    one({ kind: "setting", setting: "caption" }, "Rin waits.")?.prompt ?? "",
    /<caption>Rin waits\.<\/caption>/,
  );
});

test("what makes no grid is refused with its place", () => {
  const refuse = (request: GridRequest, message: RegExp): void => {
    assert.throws(() => gridRequests(request), { code: "settings.invalid", message });
  };
  refuse({ base, columns: axis(STEPS.target) }, /0 cells/);
  refuse({ base, columns: axis(STEPS.target, ...Array.from({ length: MOST_GRID_CELLS + 1 }, String)) }, /257 cells/);
  refuse({ base, columns: STEPS, rows: STEPS }, /both lists change steps/);
  refuse({ base, columns: axis(STEPS.target, "many") }, /"many" is no number for steps/);
  refuse({ base, columns: axis({ kind: "setting", setting: "size" }, "large") }, /no size/);
  refuse({ base, columns: axis({ kind: "setting", setting: "lora" }, "1") }, /no LoRA/);
  refuse({ base, columns: axis({ kind: "character", number: 2, field: "action" }, "a") }, /no character 2/);
  refuse({ base, columns: axis({ kind: "character", number: 1, field: "x" }, "a") }, /no field x/);
  refuse({ base: { prompt: "1girl, solo" }, columns: EXPRESSION }, /plain words/);
});

test("a grid is queued whole, filled cell by cell, and drawn with its labels", async () => {
  await using stand = new StudioStand();
  const started = await stand.client.startGrid({ base, columns: EXPRESSION, rows: STEPS });
  assert.deepEqual([started.count, started.done], [6, 0]);
  await assert.rejects(stand.client.gridSheet({ id: started.id }), { code: "library.not-found" });
  await stand.untilIdle();
  const grid = await stand.client.grid({ id: started.id });
  assert.equal(grid.done, 6);
  for (const { pictureId = "", row, column } of grid.cells) {
    const record = await stand.client.picture({ id: pictureId });
    const [card] = charactersOf(readPrompt(record.prompt).tree);
    assert.deepEqual(
      [record.seed, record.steps, fieldText(card, "expression")],
      [7, row + 2, EXPRESSION.values[column]?.value],
    );
  }
  const { png } = await stand.client.gridSheet({ id: grid.id });
  const { format, width, height } = await sharp(png).metadata();
  const [first] = grid.cells;
  const cell = await stand.client.picture({ id: first?.pictureId ?? "" });
  assert.equal(format, "png");
  assert.ok(width > 3 * cell.width && height > 2 * cell.height, `${width}x${height}`);
  assert.deepEqual(
    (await stand.client.grids({})).grids.map(({ id, done }) => [id, done]),
    [[grid.id, 6]],
  );
  assert.deepEqual(await stand.client.removeGrid({ id: grid.id }), { grids: [] });
  await assert.rejects(stand.client.grid({ id: grid.id }), { code: "library.not-found" });
  assert.equal((await stand.client.pictures({ limit: 10 })).total, 6, "its pictures stay");
});

test("a cell that fails says why, is tried again as a job, and then has its picture", async () => {
  await using stand = new StudioStand();
  stand.engine.behave = ({ sampling }) => {
    if (sampling.steps === 3) throw new Error("as told");
  };
  const { id } = await stand.client.startGrid({ base, columns: STEPS });
  await stand.untilIdle();
  const [, failed] = (await stand.client.grid({ id })).cells;
  assert.equal(failed?.state, "failed");
  assert.ok(failed.failure !== undefined);
  stand.engine.behave = () => undefined;
  await stand.client.retryJob({ id: failed.jobId });
  await stand.untilIdle();
  assert.equal((await stand.client.grid({ id })).done, 2);
});

test("nothing is queued of a grid of which one cell cannot be made; the cell is named", async () => {
  await using stand = new StudioStand();
  const columns = axis({ kind: "setting", setting: "size" }, "64x48", "65x48");
  await assert.rejects(stand.client.startGrid({ base, columns }), {
    code: "settings.invalid",
    message: /column 2, row 1 of the grid: width is 65/,
  });
  assert.deepEqual((await stand.client.queue({})).jobs, []);
  assert.deepEqual(await stand.client.grids({}), { grids: [] });
});

test("where a picture came from and what came from it is told, up and down", async () => {
  await using stand = new StudioStand();
  const { images } = await stand.client.generate({ ...base, count: 1 });
  const id = images[0]?.id ?? "";
  const again = (await stand.client.again({ id })).images[0]?.id ?? "";
  const varied = (await stand.client.generate({ ...base, seed: 8, parentId: again })).images[0]?.id ?? "";
  const middle = await stand.client.lineage({ id: again });
  assert.deepEqual(
    middle.ancestors.map((one) => [one.id, one.isRepeat]),
    [[id, true]],
  );
  assert.deepEqual(
    middle.children.map((one) => [one.id, one.isRepeat]),
    [[varied, false]],
  );
  const last = await stand.client.lineage({ id: varied });
  assert.deepEqual(
    last.ancestors.map((one) => one.id),
    [again, id],
  );
  assert.deepEqual([last.children, last.isParentGone], [[], false]);
  const orphan = (await stand.client.generate({ ...base, parentId: "zzzzzzzz" })).images[0]?.id ?? "";
  assert.deepEqual(await stand.client.lineage({ id: orphan }), { ancestors: [], isParentGone: true, children: [] });
  const { pictures } = await stand.client.timedPictures({ limit: 2 });
  assert.equal(pictures.length, 2);
  assert.ok(pictures.every(({ timings }) => timings.totalMs > 0 && !("stepMs" in timings)));
});
