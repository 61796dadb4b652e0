// Speed in the browser, beside onnxruntime-web in the same browser: `cargo xtask bench --page` builds everything and runs this.
// Each number is told with what it was measured on; ratios are of one run, the two programs by turns.

import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";

import { GPU, Visitor, launch } from "./browser.mjs";

const MODEL = process.env.STITCHSCOPE_BENCH_MODEL;
const BATCH = 32;
const RUNS = Number(process.env.STITCHSCOPE_BENCH_RUNS ?? 3);
const median = (values) => [...values].sort((a, b) => a - b)[values.length >> 1];
const tell = (what, value, note = "") => console.log(`${what.padEnd(66)} ${String(value).padStart(10)}  ${note}`);

/** Milliseconds of forward passes by our engines in a Worker. */
async function ours(engine) {
  const browser = await launch(GPU);
  try {
    const page = await browser.newPage();
    await page.goto(`${process.env.STITCHSCOPE_SUITE}suite.html`);
    await page.waitForFunction(() => globalThis.call !== undefined);
    const model = readFileSync(MODEL).toString("base64");
    return await page.evaluate(
      ([text, name, batch, runs]) => globalThis.call("forward", globalThis.bytes(text), name, batch, runs),
      [model, engine, BATCH, RUNS],
    );
  } finally {
    await browser.close();
  }
}

/** The same by onnxruntime-web. */
async function theirs(backend) {
  const script = new URL("../bench/peers/ort_web.mjs", import.meta.url).pathname;
  const child = spawn(process.execPath, [script, MODEL, "--backend", backend, "--batch", BATCH, "--runs", RUNS].map(String));
  const times = [];
  child.stderr.pipe(process.stderr);
  for await (const line of createInterface({ input: child.stdout })) {
    times.push(...JSON.parse(line).milliseconds);
  }
  return times;
}

async function forward(what, engine, backend) {
  const [mine, other] = [await ours(engine), await theirs(backend)];
  tell(`forward, ResNet-20, batch ${BATCH}, ${what}`, `${median(mine).toFixed(0)} ms`, `onnxruntime-web ${median(other).toFixed(0)} ms`);
  tell("  times as fast as onnxruntime-web", (median(other) / median(mine)).toFixed(2));
}

/** Notes what blocks the page. */
const watch = () => {
  globalThis.long = [];
  new PerformanceObserver((list) => globalThis.long.push(...list.getEntries().map((entry) => entry.duration))).observe({
    type: "longtask",
  });
};

/** From the address to a window that knows its engine; from a click to a finished tap; blocked frames meanwhile. */
async function page() {
  const browser = await launch(GPU);
  try {
    const start = Date.now();
    const visitor = await Visitor.arrive(browser, { prepare: watch, ready: false });
    await visitor.page.waitForFunction(() => globalThis.stitchscope !== undefined);
    tell("page ready (window painted), localhost", `${Date.now() - start} ms`, "first visit");
    await visitor.ready();
    tell("page ready and engine known", `${Date.now() - start} ms`);
    await firstTap(visitor, "example 1, as this device gets it", () => visitor.page.evaluate(() => globalThis.stitchscope.example(0)));
  } finally {
    await browser.close();
  }
}

/** The same with a recipe of its own, on WebGPU, in a browser that does nothing else. */
async function larger() {
  const browser = await launch(GPU);
  try {
    const visitor = await Visitor.arrive(browser, { prepare: watch });
    const named = readFileSync(process.env.STITCHSCOPE_RECIPE, "utf8").replace('engine = "auto"', 'engine = "wgpu"');
    const recipe = named.replace("_images = 120", "_images = 200").replace("_images = 40", "_images = 200").replace("steps = 3", "steps = 5");
    await visitor.recipe(recipe);
    await firstTap(visitor, "200 + 200 images, PGD-5, WebGPU", () => visitor.command("Run the study"));
  } finally {
    await browser.close();
  }
}

/** From a click to a finished tap, and what blocked the page meanwhile. Asked rarely: asking is work for the page too. */
async function firstTap(visitor, what, click) {
  await visitor.page.evaluate(() => (globalThis.long = []));
  const [before, start] = [(await visitor.status()).studies.length, Date.now()];
  await click();
  for (;;) {
    await visitor.page.waitForTimeout(500);
    const { studies } = await visitor.status();
    if (studies.slice(before).some((study) => study.report.cells.length > 0)) break;
    if (Date.now() - start > 600_000) throw new Error(`${what}: no tap in ten minutes`);
  }
  tell(`from click to the first finished tap: ${what}`, `${((Date.now() - start) / 1000).toFixed(1)} s`);
  const long = await visitor.page.evaluate(() => globalThis.long);
  tell("  page's main thread blocked at most meanwhile", `${Math.max(0, ...long).toFixed(0)} ms`, `${long.length} tasks over 50 ms`);
}

await forward("processor, one thread", "processor", "wasm");
await forward("WebGPU on SwiftShader", "wgpu", "webgpu");
await page();
await larger();
