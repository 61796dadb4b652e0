// The part of ort_web.mjs that runs in the browser: a session, and forward passes of one batch through it.

const BUNDLES = { webgpu: "/dist/ort.webgpu.bundle.min.mjs", wasm: "/dist/ort.wasm.bundle.min.mjs" };
let session, feeds;

/** Counts compute dispatches: only they prove that WebGPU does the work. */
const dispatched = { count: 0 };

function countDispatches() {
  const prototype = GPUComputePassEncoder.prototype;
  for (const name of ["dispatchWorkgroups", "dispatchWorkgroupsIndirect"]) {
    const original = prototype[name];
    prototype[name] = function (...words) {
      dispatched.count += 1;
      return original.apply(this, words);
    };
  }
}

/** Pixels in [0, 1), the same on every run; their values do not change the time. */
function images(batch, [, ...shape]) {
  const pixels = new Float32Array(batch * shape.reduce((a, b) => a * b, 1));
  let state = 1;
  for (let index = 0; index < pixels.length; index += 1) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    pixels[index] = (state >>> 8) / 2 ** 24;
  }
  return { pixels, shape: [batch, ...shape] };
}

/** Where WebGPU runs, as the device says that onnxruntime-web opened. */
async function adapterOf(ort) {
  const device = await ort.env.webgpu.device;
  const info = device?.adapterInfo;
  if (!info) throw new Error("onnxruntime-web opened no WebGPU device");
  return [info.vendor, info.architecture, info.device, info.description].filter(Boolean).join(" ");
}

async function openWebgpu(ort, options) {
  if (!(await navigator.gpu?.requestAdapter())) throw new Error("the browser has no WebGPU adapter");
  countDispatches();
  // A node that WebGPU does not know is an error, not work for the processor.
  const strict = { extra: { session: { disable_cpu_ep_fallback: "1" } } };
  session = await ort.InferenceSession.create("/model.onnx", { ...options, ...strict, executionProviders: ["webgpu"] });
  return adapterOf(ort);
}

/** Opens the model; gives the adapter's name. */
export async function open(backend, batch) {
  const ort = await import(BUNDLES[backend]);
  ort.env.wasm.numThreads = 1;
  ort.env.wasm.wasmPaths = "/dist/";
  const options = { graphOptimizationLevel: "all" };
  let adapter = "processor, 1 thread";
  if (backend === "webgpu") {
    adapter = await openWebgpu(ort, options);
  } else {
    session = await ort.InferenceSession.create("/model.onnx", { ...options, executionProviders: ["wasm"] });
  }
  const { pixels, shape } = images(batch, session.inputMetadata[0].shape);
  feeds = { [session.inputNames[0]]: new ort.Tensor("float32", pixels, shape) };
  await check(backend, batch);
  return { adapter };
}

/** One pass whose outcome is looked at: finite logits, one row per image, and by WebGPU if that was asked for. */
async function check(backend, batch) {
  dispatched.count = 0;
  const logits = (await session.run(feeds))[session.outputNames[0]];
  const numbers = await logits.getData();
  if (logits.dims[0] !== batch || !numbers.every(Number.isFinite)) throw new Error("the logits are no numbers");
  if (backend === "webgpu" && dispatched.count === 0) throw new Error("WebGPU was opened but nothing ran on it");
  console.log(`logits ${Array.from(numbers.slice(0, 5)).join(" ")}, ${dispatched.count} dispatches`);
}

/** One forward pass with its logits back in our memory, in milliseconds. */
export async function run() {
  const start = performance.now();
  const outputs = await session.run(feeds);
  await outputs[session.outputNames[0]].getData();
  return performance.now() - start;
}
