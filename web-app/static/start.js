// Brings the program: looks what this browser can do, loads with progress, starts the Worker and the window, and says in
// words what happened when one of them cannot go on. Level 1: WebGPU computes. Level 2: the processor does. Level 3: no program
// at all, but saved reports can be read.
import init, { page } from "{{stitchscope.js}}";
import { showReports } from "{{reports.js}}";

const element = (id) => document.getElementById(id);
const files = element("files").textContent;
const addresses = JSON.parse(files);
const parameters = new URLSearchParams(location.search);

/** A module of one function that uses SIMD: a browser that accepts it can run the program. */
const SIMD = new Uint8Array([
  0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 10, 1, 8, 0, 65, 0, 253, 15, 253, 98, 11,
]);

/** The card with what happened and what to do. */
function card(words, remedy, actions = []) {
  element("card").hidden = false;
  element("progress").hidden = true;
  element("words").textContent = words;
  element("remedy").textContent = remedy;
  element("actions").replaceChildren(
    ...actions.map(([name, act]) => Object.assign(document.createElement("button"), { textContent: name, onclick: act })),
  );
}

const reload = ["Reload", () => location.reload()];
const reports = ["Open a saved report", () => showReports(element("report"))];

/** What a broken program said last. */
let said = null;
function crashed(why) {
  if (said !== null) return;
  said = String(why);
  card(
    `The program has stopped: ${said.split("\n")[0].slice(0, 300)}`,
    "Finished cells are kept in this browser: reload, and the study goes on where it was.",
    [reload, reports],
  );
}

/** Whether WebGPU answers; the reason where it does not. */
async function probe() {
  if (!navigator.gpu) return "This browser has no WebGPU: the processor computes, slowly.";
  try {
    const adapter = await navigator.gpu.requestAdapter();
    return adapter ? "" : "The browser offers no graphics processor: the processor computes, slowly.";
  } catch (error) {
    return `WebGPU refuses (${error.message}): the processor computes, slowly.`;
  }
}

/** The program's module, compiled while it comes, with progress in bytes. */
async function load() {
  const address = addresses["stitchscope.wasm"];
  const response = await fetch(address);
  if (!response.ok) throw new Error(`the server answers ${response.status} for ${address}`);
  // The length on the wire may be of packed bytes; the build knows the true one.
  const total = Number(addresses["stitchscope.wasm.bytes"]);
  let loaded = 0;
  const counted = new TransformStream({
    transform(part, controller) {
      loaded += part.byteLength;
      element("progress").value = Math.min(loaded / total, 1);
      element("words").textContent = `Loading the program: ${(loaded / 1e6).toFixed(1)} of ${(total / 1e6).toFixed(1)} MB`;
      controller.enqueue(part);
    },
  });
  const stream = response.body.pipeThrough(counted);
  return WebAssembly.compileStreaming(new Response(stream, { headers: { "content-type": "application/wasm" } }));
}

/** The Worker with the program in it; nothing where the page shall compute or Workers are forbidden. */
function startWorker(module) {
  if (parameters.get("worker") === "0") return undefined;
  try {
    const worker = new Worker("{{worker.js}}", { type: "module" });
    worker.onerror = (event) => crashed(event.message || "the Worker cannot be loaded");
    worker.postMessage({ module, files });
    window.stitchscopeWorker = worker;
    return worker;
  } catch {
    return undefined;
  }
}

/** Panics inside the Worker come as notes of their own; all others are the window's. */
function listenForCrashes(worker) {
  worker?.addEventListener("message", (event) => {
    if (event.data[0] === "crashed") {
      event.stopImmediatePropagation();
      crashed(event.data[1]);
    }
  });
}

/** All files of a folder that was dropped, each with its path within it. */
async function filesOf(entry, path = entry.name) {
  if (entry.isFile) return [[path, await new Promise((take, fail) => entry.file(take, fail))]];
  const reader = entry.createReader();
  const found = [];
  for (;;) {
    // A reader gives a part of the entries at a time, and nothing at the end.
    const part = await new Promise((take, fail) => reader.readEntries(take, fail));
    if (part.length === 0) break;
    found.push(...part);
  }
  const files = await Promise.all(found.map((inner) => filesOf(inner, `${path}/${inner.name}`)));
  return files.flat();
}

/** Folders that are dropped: the window itself takes files only. */
function takeFolders(canvas) {
  canvas.addEventListener(
    "drop",
    (event) => {
      const entries = [...(event.dataTransfer?.items ?? [])].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
      const folders = entries.filter((entry) => entry.isDirectory);
      if (folders.length === 0) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      for (const folder of folders) {
        filesOf(folder)
          .then((files) => window.stitchscope.folder(files.map(([path]) => path), files.map(([, file]) => file)))
          .catch((error) => window.stitchscope.notice(`The folder ${folder.name} cannot be read: ${error.message}`));
      }
    },
    { capture: true },
  );
}

/** Keeps the page for visits without a network, and says when a newer one has come. */
async function keep() {
  const workers = navigator.serviceWorker;
  const kept = await workers?.register("sw.js").catch(() => undefined);
  kept?.addEventListener("updatefound", () => {
    const coming = kept.installing;
    coming?.addEventListener("statechange", () => {
      // The first version of all is no news.
      if (coming.state === "installed" && workers.controller) {
        window.stitchscope.notice("A new version of this page is there: reload when it suits you. Studies go on where they are.");
      }
    });
  });
}

async function start() {
  if (typeof WebAssembly !== "object" || !WebAssembly.validate(SIMD)) {
    card(
      "This browser is too old to run the program.",
      "Use a current Firefox, Chrome, Edge or Safari. Saved reports can be read here all the same.",
      [reports],
    );
    return;
  }
  const why = await probe();
  if (why) element("remedy").textContent = why;
  const module = await load();
  element("words").textContent = "Starting";
  await init({ module_or_path: module });
  const worker = startWorker(module);
  listenForCrashes(worker);
  takeFolders(element("window"));
  window.stitchscope = await page(element("window"), worker, files, crashed);
  if (said === null) element("card").hidden = true;
  element("window").focus();
  await keep();
}

start().catch((error) => {
  if (said === null) {
    card(`The program cannot be started: ${error.message ?? error}`, "Check the network and reload.", [reload, reports]);
  }
});
