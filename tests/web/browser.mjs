// A headless Chromium with the page in it, and the few things that tests do there.

import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

const PACKAGES = process.env.STITCHSCOPE_WEB_PACKAGES;
export const ADDRESS = process.env.STITCHSCOPE_PAGE;
export const PICTURES = process.env.STITCHSCOPE_PICTURES;
const { chromium } = createRequire(join(PACKAGES, "node_modules/"))("playwright-core");

const QUIET = [
  ..."--headless=new --no-sandbox --disable-quic --no-first-run --disable-background-networking".split(" "),
  ..."--disable-component-update --disable-sync --ignore-gpu-blocklist --enable-unsafe-swiftshader --use-angle=swiftshader".split(" "),
];
/** WebGPU on a processor that plays a graphics card. */
export const GPU = [
  ...QUIET,
  ..."--enable-unsafe-webgpu --use-webgpu-adapter=swiftshader --enable-features=Vulkan --use-vulkan=swiftshader".split(" "),
];
/** `navigator.gpu` is there and gives no adapter. */
export const REFUSED = [...QUIET, "--disable-gpu"];
/** A browser without WebGPU. */
export const NONE = [...QUIET, "--disable-features=WebGPUService,WebGPU", "--disable-blink-features=WebGPU"];

/** Patience in milliseconds: for the page to be ready, for a study. */
export const READY = 90_000;
export const STUDY = 240_000;

export async function launch(flags = GPU) {
  return chromium.launch({ executablePath: process.env.CHROME, args: flags, ignoreDefaultArgs: ["--hide-scrollbars"] });
}

/** A visitor: a fresh profile, an open page, what it asked other hosts for and what went wrong in it. */
export class Visitor {
  static async arrive(browser, { path = "", size = { width: 1366, height: 768 }, prepare, ready = true } = {}) {
    const visitor = new Visitor();
    visitor.context = await browser.newContext({ viewport: size, acceptDownloads: true });
    visitor.page = await visitor.context.newPage();
    visitor.strangers = [];
    visitor.errors = [];
    visitor.watch(visitor.page);
    if (prepare) await visitor.page.addInitScript(prepare);
    await visitor.page.goto(ADDRESS + path);
    if (ready) await visitor.ready();
    return visitor;
  }

  watch(page) {
    page.on("request", (request) => {
      if (!request.url().startsWith(ADDRESS) && !/^(blob|data):/.test(request.url())) this.strangers.push(request.url());
    });
    page.on("pageerror", (error) => this.errors.push(String(error)));
    page.on("console", (message) => {
      if (message.type() === "error") this.errors.push(message.text());
    });
  }

  /** The window is there and knows its engine. */
  async ready() {
    await this.page.waitForFunction(() => globalThis.stitchscope !== undefined, undefined, { timeout: READY });
    await this.until("an engine", (status) => status.device !== null, READY);
  }

  async status() {
    return JSON.parse(await this.page.evaluate(() => globalThis.stitchscope?.status() ?? "null"));
  }

  /** Waits until the window's status is as wanted; gives it. */
  async until(what, wanted, patience = STUDY) {
    const end = Date.now() + patience;
    for (;;) {
      const status = await this.status();
      if (status && wanted(status)) return status;
      const said = () => JSON.stringify({ ...status, studies: status?.studies?.map((s) => [s.standing, s.share]) }).slice(0, 1500);
      assert.ok(Date.now() < end, `${what} did not come; errors: ${this.errors}; status: ${said()}`);
      await this.page.waitForTimeout(50);
    }
  }

  async command(label) {
    assert.ok(await this.page.evaluate((name) => globalThis.stitchscope.command(name), label), `there is no command ${label}`);
  }

  async recipe(text) {
    await this.page.evaluate((recipe) => globalThis.stitchscope.recipe(recipe), text);
  }

  /** Runs a recipe to its end; gives the report. */
  async study(text, patience = STUDY) {
    await this.recipe(text);
    await this.command("Run the study");
    const over = (status) => !/Queued|Running/.test(status.studies.at(-1)?.standing ?? "Queued");
    const status = await this.until("the end of the study", over, patience);
    const study = status.studies.at(-1);
    assert.equal(study.standing, "Done", JSON.stringify(status.notices));
    return study;
  }

  /** Drops a folder of this machine on the window, as a file manager does. */
  async dropFolder(path) {
    const session = await this.context.newCDPSession(this.page);
    const data = { items: [], files: [path], dragOperationsMask: 1 };
    for (const type of ["dragEnter", "dragOver", "drop"]) {
      await session.send("Input.dispatchDragEvent", { type, x: 400, y: 300, data });
    }
    await session.detach();
  }

  /** Drops files on the window: name and base64. */
  async drop(...files) {
    await this.page.evaluate((list) => {
      const transfer = new DataTransfer();
      for (const [name, text] of list) {
        const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
        transfer.items.add(new File([bytes], name));
      }
      const canvas = document.getElementById("window");
      for (const kind of ["dragover", "drop"]) {
        canvas.dispatchEvent(new DragEvent(kind, { dataTransfer: transfer, bubbles: true, cancelable: true }));
      }
    }, files);
  }

  /** A picture for people to look at. */
  async picture(name) {
    if (!PICTURES) return;
    mkdirSync(PICTURES, { recursive: true });
    await this.page.waitForTimeout(400);
    await this.page.screenshot({ path: join(PICTURES, `${name}.png`) });
  }

  async leave() {
    await this.context.close();
  }
}
