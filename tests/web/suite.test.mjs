// The conformance suite in a browser: every case of every operator and gradient on WebGPU against the oracle, in a Worker.

import assert from "node:assert/strict";
import { test } from "node:test";

import { launch } from "./browser.mjs";

/** Cases at a time: a picture of progress, and small enough that a hang is found. */
const PART = 40;

test("every operator and every gradient conforms on WebGPU", async () => {
  const browser = await launch();
  try {
    const page = await browser.newPage();
    await page.goto(`${process.env.STITCHSCOPE_SUITE}suite.html`);
    await page.waitForFunction(() => globalThis.call !== undefined);
    const count = await page.evaluate(() => globalThis.call("count"));
    assert.ok(count > 200, `${count} cases`);
    const failures = [];
    for (let from = 0; from < count; from += PART) {
      const told = await page.evaluate(([a, b]) => globalThis.call("conform", a, b), [from, from + PART]);
      const [device, ...rest] = told.split("\n");
      assert.match(device, /webgpu/i);
      failures.push(...rest);
    }
    assert.deepEqual(failures, [], `${failures.length} failures of ${count} cases`);
  } finally {
    await browser.close();
  }
});
