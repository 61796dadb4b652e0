// The Worker's start: the program arrives compiled; what comes before it is ready waits in order.
import init, { take, worker } from "{{stitchscope.js}}";

const early = [];
let ready = false;

onmessage = async ({ data }) => {
  if (ready) return take(data);
  if (!data.module) return early.push(data);
  await init({ module_or_path: data.module });
  worker(data.files);
  ready = true;
  early.splice(0).forEach(take);
};
