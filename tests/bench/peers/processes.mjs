// Processor time and memory of this process with all that it started, from Linux's /proc: a browser is many processes.

import { readdirSync, readFileSync } from "node:fs";

/** Of the unit in which /proc counts processor time; the same on every Linux we know. */
const TICKS_PER_SECOND = 100;

/** `what` of a process, or null where it has just ended. */
function read(id, what) {
  try {
    return readFileSync(`/proc/${id}/${what}`, "utf8");
  } catch {
    return null;
  }
}

/** Processes below this one and itself: number and the fields of `stat` after the name, which may have spaces. */
function family() {
  const all = new Map();
  for (const id of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    const fields = read(id, "stat")?.replace(/^.*\) /s, "").split(" ");
    if (fields) all.set(Number(id), fields);
  }
  const found = new Map();
  const waiting = [process.pid];
  while (waiting.length > 0) {
    const id = waiting.pop();
    if (!all.has(id) || found.has(id)) continue;
    found.set(id, all.get(id));
    for (const [other, fields] of all) if (Number(fields[1]) === id) waiting.push(other);
  }
  return found;
}

/** Processor time so far; 0 where there is no /proc. */
export function processorSeconds() {
  if (process.platform !== "linux") return 0;
  const ticks = [...family().values()].map((fields) => Number(fields[11]) + Number(fields[12]));
  return ticks.reduce((a, b) => a + b, 0) / TICKS_PER_SECOND;
}

/** Sum of each process's largest resident memory; 0 where there is no /proc. */
export function peakKib() {
  if (process.platform !== "linux") return 0;
  const peak = (id) => Number(read(id, "status")?.match(/^VmHWM:\s+(\d+)/m)?.[1] ?? 0);
  return [...family().keys()].map(peak).reduce((a, b) => a + b, 0);
}
