// onnxruntime-web in a headless Chromium, forward passes of an ONNX image classifier:
//
//     node ort_web.mjs MODEL.onnx [--backend webgpu|wasm] [--batch N] [--runs N] [--serve]
//
// WebGPU runs on SwiftShader, wasm on one thread of the processor. After one warm-up each run's time goes into one line of JSON;
// with `--serve` the benchmark decides when to run, by the protocol that common.py describes. STITCHSCOPE_WEB_PEERS names the
// folder with the packages, CHROME the browser. Nothing leaves this machine: all files come from a server of our own.

import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { dirname, extname, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

import { processorSeconds, peakKib } from "./processes.mjs";

const HERE = dirname(fileURLToPath(import.meta.url));
const PACKAGES = process.env.STITCHSCOPE_WEB_PEERS ?? join(HERE, "../../../.cache/peers/web");
const BROWSER = process.env.CHROME ?? "/usr/bin/chromium";
/** No single step takes longer on a machine that is worth measuring. */
const PATIENCE_SECONDS = 600;
const TYPES = { ".html": "text/html", ".mjs": "text/javascript", ".wasm": "application/wasm" };
const FLAGS = [
  ..."--headless=new --no-sandbox --disable-quic --no-first-run --disable-background-networking".split(" "),
  ..."--disable-component-update --disable-sync --enable-unsafe-webgpu --use-webgpu-adapter=swiftshader".split(" "),
  ..."--enable-features=Vulkan --use-vulkan=swiftshader --use-angle=swiftshader --ignore-gpu-blocklist".split(" "),
  "--enable-unsafe-swiftshader",
];

/** Which file a path of the page means; nothing else is handed out. */
function file(path, model, dist) {
  if (path === "/") return join(HERE, "ort_web.html");
  if (path === "/page.mjs") return join(HERE, "ort_web_page.mjs");
  if (path === "/model.onnx") return model;
  const name = path.match(/^\/dist\/([\w.-]+\.(?:mjs|wasm))$/)?.[1];
  return name && join(dist, name);
}

/** A server of the page, the package's files and the model, on a free port of this machine alone. */
async function serveFiles(model, dist) {
  const server = createServer((request, response) => {
    try {
      const path = file(new URL(request.url, "http://127.0.0.1").pathname, model, dist);
      const type = TYPES[extname(path ?? "")] ?? "application/octet-stream";
      const bytes = readFileSync(path);
      response.writeHead(200, { "content-type": type }).end(bytes);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise((resolve, reject) => server.once("error", reject).listen(0, "127.0.0.1", resolve));
  return server;
}

/** `promise`, or an error when it takes too long. */
async function patiently(what, promise) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} took more than ${PATIENCE_SECONDS} s`)), PATIENCE_SECONDS * 1000);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

function options() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      backend: { type: "string", default: "webgpu" },
      batch: { type: "string", default: "32" },
      runs: { type: "string", default: "3" },
      serve: { type: "boolean", default: false },
    },
  });
  const [batch, runs] = [Number(values.batch), Number(values.runs)];
  const isCount = (n) => Number.isInteger(n) && n > 0;
  if (positionals.length !== 1 || !["webgpu", "wasm"].includes(values.backend) || !isCount(batch) || !isCount(runs)) {
    throw new Error("usage: ort_web.mjs MODEL.onnx [--backend webgpu|wasm] [--batch N] [--runs N] [--serve]");
  }
  return { ...values, batch, runs, model: positionals[0] };
}

/** Opens the page with its session and hands `work` what it needs; the browser ends whatever happens. */
async function withPage({ model, backend, batch }, work) {
  const require = createRequire(join(PACKAGES, "package.json"));
  const { chromium } = require("playwright-core");
  const folder = join(PACKAGES, "node_modules/onnxruntime-web");
  const { version } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  readFileSync(model); // a clear error before the browser starts
  const server = await serveFiles(model, join(folder, "dist"));
  let browser;
  try {
    browser = await chromium.launch({ executablePath: BROWSER, args: FLAGS });
    const page = await browser.newPage();
    page.on("pageerror", (error) => console.error(`page: ${error.message}`));
    page.on("console", (said) => ["error", "warning"].includes(said.type()) && console.error(`page: ${said.text()}`));
    await page.goto(`http://127.0.0.1:${server.address().port}/`);
    const open = page.evaluate(async ([b, n]) => (await import("/page.mjs")).open(b, n), [backend, batch]);
    const { adapter } = await patiently("opening the model", open);
    const run = () => patiently("a run", page.evaluate(async () => (await import("/page.mjs")).run()));
    await work({ version, adapter, run });
  } finally {
    await browser?.close();
    server.close();
  }
}

/** Runs, one line. The pass that opening the model ended with was the warm-up. */
async function measure({ backend, batch, runs }, { version, adapter, run }) {
  const milliseconds = [];
  for (let index = 0; index < runs; index += 1) milliseconds.push(Number((await run()).toFixed(1)));
  console.log(JSON.stringify({ peer: "onnxruntime-web", version, backend, adapter, batch, milliseconds }));
}

/** One run for each line of input; the time is the page's own, processor and memory are those of the whole browser. */
async function answer({ backend }, { version, adapter, run }) {
  console.log(`ready onnxruntime-web ${version}, ${backend} on ${adapter}`);
  for await (const _ of createInterface({ input: process.stdin })) {
    const before = processorSeconds();
    const seconds = (await run()) / 1000;
    console.log(`${seconds} ${processorSeconds() - before} ${peakKib()}`);
  }
}

try {
  const chosen = options();
  await withPage(chosen, (page) => (chosen.serve ? answer(chosen, page) : measure(chosen, page)));
} catch (error) {
  console.error(`ort_web.mjs: ${error.message}`);
  process.exitCode = 1;
}
