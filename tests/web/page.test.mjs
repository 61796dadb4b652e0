// The page from end to end in a headless Chromium, WebGPU on SwiftShader: `cargo xtask test web` builds it, serves it and runs this.

import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { ADDRESS, GPU, NONE, REFUSED, Visitor, launch } from "./browser.mjs";
import { npz } from "./bomb.mjs";

/** One tap, directly matched and trained for a few steps, then attacked; by whatever engine is fastest. */
const ANY = readFileSync(process.env.STITCHSCOPE_RECIPE, "utf8");
/** By WebGPU, which `auto` leaves aside where a processor plays it. */
const RECIPE = ANY.replace('engine = "auto"', 'engine = "wgpu"');
/** The report that the program gives for it on the same adapter. */
const NATIVE = JSON.parse(readFileSync(process.env.STITCHSCOPE_NATIVE, "utf8"));
/** Images by which counts of clean and of attacked images may differ: sums end in other bits, signs near zero flip. */
const CLEAN = 1;
const ROBUST = 2;

const model = (name) => readFileSync(`${process.env.STITCHSCOPE_ZOO}/models/${name}.onnx`);

let browser;
before(async () => {
  browser = await launch(GPU);
});
after(async () => browser?.close());

/** A visitor for the length of a test; nothing may be asked of other hosts. */
async function visit(options, visiting) {
  const visitor = await Visitor.arrive(options.browser ?? browser, options);
  try {
    await visiting(visitor);
    assert.deepEqual(visitor.strangers, [], "the page asks no other host for anything");
  } finally {
    await visitor.leave();
  }
}

const near = (found, expected, most, what) =>
  assert.ok(Math.abs(found - expected) <= most, `${what}: ${found} here, ${expected} in the program`);

/** Every number of two reports. */
function agree(report) {
  assert.equal(report.cells.length, NATIVE.cells.length);
  for (const [i, donor] of report.donors.entries()) {
    near(donor.clean.correct, NATIVE.donors[i].clean.correct, CLEAN, `${donor.role} clean`);
    near(donor.robust.correct, NATIVE.donors[i].robust.correct, ROBUST, `${donor.role} robust`);
  }
  for (const [i, cell] of report.cells.entries()) {
    const other = NATIVE.cells[i];
    near(cell.clean.correct, other.clean.correct, CLEAN, "clean");
    near(cell.robust.correct, other.robust.correct, ROBUST, "robust");
    near(cell.agreement.same, other.agreement.same, CLEAN, "agreement");
    near(cell.direct.clean.correct, other.direct.clean.correct, CLEAN, "direct");
    near(cell.direct.residual, other.direct.residual, 1e-3, "residual");
    near(cell.cka, other.cka, 1e-3, "CKA");
    assert.equal(cell.clean.total, other.clean.total);
  }
}

test("the page stitches, trains and attacks as the program does, and says what it runs on", async () => {
  await visit({}, async (visitor) => {
    const start = await visitor.status();
    const webgpu = start.device.engines.find((engine) => engine.engine === "wgpu");
    assert.match(webgpu.found.Ok ?? "", /swiftshader/i, JSON.stringify(start.device));
    assert.equal(start.device.engine, "processor", "a processor that plays a graphics card is slower than the processor itself");
    await visitor.picture("start");
    const study = await visitor.study(RECIPE);
    assert.equal(study.report.environment.engine, "wgpu");
    agree(study.report);
    const [curve] = Object.values(study.curves);
    assert.ok(curve.length >= 3 && curve.every(Number.isFinite), `a loss for every step: ${curve}`);
    await visitor.picture("compare");
    const link = new URL(visitor.page.url());
    await visitor.until("the recipe in the address", () => visitor.page.url().includes("recipe="), 10_000);
    assert.notEqual(link.hash, "", "the address holds the state");

    await visitor.command("Export the figure…");
    await visitor.picture("export");
    const [download] = await Promise.all([
      visitor.page.waitForEvent("download"),
      visitor.page.evaluate(() => globalThis.stitchscope.write()),
    ]);
    const svg = readFileSync(await download.path(), "utf8");
    // Read on an empty page: the figure's styles are its own, not this page's.
    const empty = await visitor.context.newPage();
    const isPicture = await empty.evaluate((text) => {
      const read = new DOMParser().parseFromString(text, "image/svg+xml");
      return read.querySelector("parsererror") === null && read.querySelectorAll("path, polyline, line, circle, text").length > 10;
    }, svg);
    await empty.close();
    assert.ok(isPicture, "the figure is a valid SVG");
    assert.match(svg, /fashion-robust-a/);
    assert.deepEqual(visitor.errors, []);
  });
});

test("a link brings view and recipe back, and its words shape the window", async () => {
  let link;
  await visit({}, async (visitor) => {
    await visitor.recipe(RECIPE);
    await visitor.command("Models");
    await visitor.until("the address", () => /view=models&recipe=./.test(visitor.page.url()), 15_000);
    link = new URL(visitor.page.url()).hash;
  });
  await visit({ path: `?theme=dark&veiw=data${link}` }, async (visitor) => {
    const status = await visitor.status();
    assert.equal(status.view, "models");
    assert.equal(status.theme, "dark");
    assert.ok(status.notices.some((text) => /`veiw`.*not understood/.test(text)), "what means nothing is named");
    assert.match(status.recipe, /layer2\.1\.relu/);
    await visitor.until("the networks", (s) => Object.values(s.models).some((found) => found?.taps?.length > 5));
    await visitor.picture("models-dark");
  });
});

test("a link opens a network of this host, and says why another host's cannot be had", async () => {
  let address;
  await visit({}, async (visitor) => {
    address = await visitor.page.evaluate(
      () => JSON.parse(document.getElementById("files").textContent)["zoo/models/mnist-standard-a.onnx"],
    );
  });
  const refused = "https://localhost:9/network.onnx";
  const visitor = await Visitor.arrive(browser, { path: `?model=${address}&model=${encodeURIComponent(refused)}&hide=rail,line` });
  try {
    const told = /localhost:9.*CORS.*drop/;
    await visitor.until("both", (s) => s.models[address]?.taps && s.notices.some((text) => told.test(text)));
    assert.deepEqual(visitor.strangers, [refused], "only what the link names is asked for");
    await visitor.picture("hidden-rail");
  } finally {
    await visitor.leave();
  }
});

test("a folder that is dropped opens as what it is", async () => {
  const folder = join(mkdtempSync(join(tmpdir(), "stitchscope-")), "yesterday");
  mkdirSync(folder);
  writeFileSync(join(folder, "report.json"), JSON.stringify(NATIVE));
  await visit({}, async (visitor) => {
    await visitor.dropFolder(folder);
    const status = await visitor.until("the study", (s) => s.studies.length === 1);
    agree(status.studies[0].report);
  });
});

test("what the page wrote behind # counts before the recipe of the link", async () => {
  let edited;
  await visit({}, async (visitor) => {
    await visitor.recipe(RECIPE.replaceAll("layer2.1.relu", "layer1.1.relu"));
    // The view changes after the recipe: an address with the new one has the new recipe too.
    await visitor.command("Models");
    await visitor.until("the address", () => /view=models&recipe=./.test(visitor.page.url()), 15_000);
    edited = new URL(visitor.page.url()).hash;
  });
  const recipe = `data:text/plain,${encodeURIComponent(RECIPE)}`;
  await visit({ path: `?recipe=${encodeURIComponent(recipe)}${edited}` }, async (visitor) => {
    const status = await visitor.status();
    assert.match(status.recipe, /layer1\.1\.relu/);
    assert.deepEqual(status.notices, [], "nothing is fetched for the older recipe");
  });
});

test("dropped files open, and bad ones are explained in place", async () => {
  await visit({}, async (visitor) => {
    const network = model("fashion-standard-b");
    await visitor.drop(["mine.onnx", network.toString("base64")]);
    const opened = await visitor.until("its taps", (s) => s.models["given/mine.onnx"]?.taps);
    assert.ok(opened.models["given/mine.onnx"].taps.includes("layer2.1.relu"));

    await visitor.drop(["torn.onnx", network.subarray(0, 1000).toString("base64")]);
    const torn = await visitor.until("the fault", (s) => s.models["given/torn.onnx"]?.failed);
    assert.match(torn.models["given/torn.onnx"].failed, /torn\.onnx/);

    await visitor.drop(["newer.json", Buffer.from(JSON.stringify({ ...NATIVE, schema: 99 })).toString("base64")]);
    await visitor.until("the notice", (s) => s.notices.some((text) => /newer\.json/.test(text)));

    const began = Date.now();
    await visitor.drop(["bomb.npz", npz(8 * 2 ** 30).toString("base64")]);
    await visitor.until("the refusal", (s) => s.view === "data" && !s.waiting, 60_000);
    assert.ok(Date.now() - began < 60_000, "a bomb costs bounded time");
    assert.ok((await visitor.status()).device, "the page goes on");
    await visitor.picture("bad-files");
  });
});

test("a study stops when it is told to, and what is finished is kept for the next visit", async () => {
  await visit({}, async (visitor) => {
    const two = RECIPE.replace(/pairs = .*/, 'pairs = [["layer3.1.relu", "layer3.1.relu"], ["layer2.1.relu", "layer2.1.relu"]]');
    await visitor.recipe(two.replace("epochs = 1", "epochs = 40"));
    await visitor.command("Run the study");
    await visitor.until("the work", (s) => /Running/.test(s.studies.at(-1)?.standing) && s.studies.at(-1).share > 0.1);
    await visitor.command("Stop");
    await visitor.until("the stop", (s) => s.studies.at(-1).standing === "Stopped", 60_000);
    await visitor.study(RECIPE);
    await visitor.page.waitForTimeout(1500);
    await visitor.page.reload();
    await visitor.ready();
    const again = await visitor.status();
    assert.ok(again.studies.some((study) => study.standing === "Done"), "the finished study is there after a reload");
  });
});

test("a device that is lost in the middle costs nothing", async () => {
  await visit({}, async (visitor) => {
    const [worker] = visitor.page.workers();
    await worker.evaluate(() => {
      const request = GPUAdapter.prototype.requestDevice;
      globalThis.devices = [];
      GPUAdapter.prototype.requestDevice = async function (...given) {
        const device = await request.apply(this, given);
        globalThis.devices.push(device);
        return device;
      };
    });
    await visitor.recipe(RECIPE);
    await visitor.command("Run the study");
    await visitor.until("the training", (s) => Object.keys(s.studies.at(-1)?.curves ?? {}).length > 0);
    await worker.evaluate(() => globalThis.devices.at(-1).destroy());
    const status = await visitor.until("the end", (s) => !/Queued|Running/.test(s.studies.at(-1).standing));
    assert.equal(status.studies.at(-1).standing, "Done", JSON.stringify(status.notices));
    assert.ok(await worker.evaluate(() => globalThis.devices.length) > 1, "another device was opened");
    agree(status.studies.at(-1).report);
  });
});

test("a page that is not looked at goes on and tells when it is looked at again", async () => {
  const hide = () => {
    const paint = globalThis.requestAnimationFrame.bind(globalThis);
    const waiting = [];
    globalThis.hidden = false;
    globalThis.requestAnimationFrame = (call) => (globalThis.hidden ? waiting.push(call) : paint(call));
    globalThis.look = () => {
      globalThis.hidden = false;
      waiting.splice(0).forEach((call) => paint(call));
    };
  };
  await visit({ prepare: hide }, async (visitor) => {
    await visitor.recipe(RECIPE);
    await visitor.command("Run the study");
    await visitor.until("the work", (s) => /Running/.test(s.studies.at(-1)?.standing));
    await visitor.page.evaluate(() => (globalThis.hidden = true));
    await visitor.page.waitForTimeout(15_000);
    await visitor.page.evaluate(() => globalThis.look());
    const status = await visitor.until("the end", (s) => !/Queued|Running/.test(s.studies.at(-1).standing));
    assert.equal(status.studies.at(-1).standing, "Done");
  });
});

test("the second visit needs no network", async () => {
  await visit({}, async (visitor) => {
    await visitor.page.waitForFunction(() => navigator.serviceWorker.controller !== null, undefined, { timeout: 60_000 });
    await visitor.context.setOffline(true);
    await visitor.page.reload();
    await visitor.ready();
    await visitor.command("Models");
    await visitor.until("a network of the zoo", (s) => Object.values(s.models).some((found) => found?.taps));
  });
});

test("without a Worker the page computes", async () => {
  await visit({ path: "?worker=0" }, async (visitor) => {
    assert.equal(visitor.page.workers().length, 0);
    agree((await visitor.study(RECIPE)).report);
  });
});

for (const [name, flags] of [["without WebGPU", NONE], ["where WebGPU gives no adapter", REFUSED]]) {
  test(`${name} the processor computes, and the page says so`, async () => {
    const other = await launch(flags);
    try {
      await visit({ browser: other }, async (visitor) => {
        const { device } = await visitor.status();
        assert.equal(device.engine, "processor", JSON.stringify(device));
        assert.ok(device.engines.some((engine) => engine.engine === "wgpu" && engine.found.Err), JSON.stringify(device.engines));
        const study = await visitor.study(ANY);
        assert.equal(study.report.environment.engine, "processor");
        agree(study.report);
      });
    } finally {
      await other.close();
    }
  });
}

test("a browser that cannot run the program still reads reports, and never shows nothing", async () => {
  const old = () => {
    WebAssembly.validate = () => false;
  };
  await visit({ prepare: old, ready: false }, async (visitor) => {
    const words = visitor.page.locator("#words");
    await words.filter({ hasText: "too old" }).waitFor();
    const [chooser] = await Promise.all([
      visitor.page.waitForEvent("filechooser"),
      visitor.page.getByRole("button", { name: "Open a saved report" }).click(),
    ]);
    await chooser.setFiles(process.env.STITCHSCOPE_NATIVE);
    await visitor.page.locator("td", { hasText: "layer2.1.relu" }).first().waitFor();
    await visitor.picture("old-browser");
  });
});

test("a Worker that breaks is told of, with the way on", async () => {
  await visit({}, async (visitor) => {
    await visitor.page.evaluate(() => {
      // As a panic in the Worker arrives.
      const [worker] = [globalThis.stitchscopeWorker];
      worker.dispatchEvent(new MessageEvent("message", { data: ["crashed", "a deliberate fault"] }));
    });
    await visitor.page.locator("#words", { hasText: "a deliberate fault" }).waitFor();
    await visitor.page.getByRole("button", { name: "Reload" }).waitFor();
    await visitor.picture("crashed");
  });
});

test("every view has its contents at both sizes", async () => {
  await visit({}, async (visitor) => {
    await visitor.study(RECIPE);
    for (const [width, height] of [[1366, 768], [1920, 1080]]) {
      await visitor.page.setViewportSize({ width, height });
      for (const view of ["Start", "Models", "Data", "Stitch", "Attack", "Compare", "Runs", "Settings"]) {
        await visitor.command(view);
        // A view asks for what it lacks in its first frames.
        await visitor.page.waitForTimeout(500);
        const there = (s) => s.view === view.toLowerCase() && !s.waiting && (view !== "Attack" || s.ladder);
        await visitor.until("its contents", there, 120_000);
        await visitor.picture(`${view.toLowerCase()}-${width}`);
        assert.ok((await visitor.page.screenshot()).length > 20_000, `${view} at ${width} is not empty`);
      }
    }
  });
});

assert.ok(ADDRESS, "run by `cargo xtask test web`");
