// The conformance suite in a browser: every case of every operator and gradient on WebGPU and on the processor's f32 engine against
// the oracle, in a Worker.

import assert from "node:assert/strict";
import { test } from "node:test";

import { launch } from "./browser.mjs";

/** Cases at a time: a picture of progress, and small enough that a hang is found. */
const PART = 40;

for (const [engine, device] of [["processor", /processor/], ["wgpu", /webgpu/i]]) {
  test(`every operator and every gradient conforms on ${engine}`, () => conforms(engine, device));
}

async function conforms(engine, expected) {
  const browser = await launch();
  try {
    const page = await browser.newPage();
    await page.goto(`${process.env.STITCHSCOPE_SUITE}suite.html`);
    await page.waitForFunction(() => globalThis.call !== undefined);
    const count = await page.evaluate(() => globalThis.call("count"));
    assert.ok(count > 200, `${count} cases`);
    const failures = [];
    for (let from = 0; from < count; from += PART) {
      const told = await page.evaluate((given) => globalThis.call("conform", ...given), [engine, from, from + PART]);
      const [device, ...rest] = told.split("\n");
      assert.match(device, expected);
      failures.push(...rest);
    }
    assert.deepEqual(failures, [], `${failures.length} failures of ${count} cases`);
  } finally {
    await browser.close();
  }
}
