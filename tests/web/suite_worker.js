import init, * as suite from "./conformance.js";

const ready = init({ module_or_path: "conformance_bg.wasm" });

onmessage = async ({ data: { id, name, given } }) => {
  try {
    await ready;
    postMessage({ id, value: await suite[name](...given) });
  } catch (error) {
    postMessage({ id, error: String(error) });
  }
};
