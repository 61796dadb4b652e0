// A NumPy archive that claims to be small and unpacks to gigabytes.

import { deflateRawSync } from "node:zlib";

/** Images and labels that each claim `bytes` and unpack to what 64 MiB of zeros pack to, and on. */
export function npz(bytes) {
  const packed = deflateRawSync(Buffer.alloc(64 * 2 ** 20));
  const claim = Math.min(bytes, 0xffff_fffe);
  const [parts, index] = [[], []];
  let offset = 0;
  for (const name of ["images.npy", "labels.npy"].map((text) => Buffer.from(text))) {
    const sizes = Buffer.alloc(12);
    sizes.writeUInt32LE(packed.length, 4);
    sizes.writeUInt32LE(claim, 8);
    const local = Buffer.alloc(30);
    local.writeUInt32LE(0x04034b50, 0);
    local.writeUInt16LE(20, 4);
    local.writeUInt16LE(8, 8);
    sizes.copy(local, 14);
    local.writeUInt16LE(name.length, 26);
    const central = Buffer.alloc(46);
    central.writeUInt32LE(0x02014b50, 0);
    central.writeUInt16LE(20, 4);
    central.writeUInt16LE(20, 6);
    central.writeUInt16LE(8, 10);
    sizes.copy(central, 16);
    central.writeUInt16LE(name.length, 28);
    central.writeUInt32LE(offset, 42);
    parts.push(local, name, packed);
    index.push(central, name);
    offset += local.length + name.length + packed.length;
  }
  const directory = Buffer.concat(index);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(2, 8);
  end.writeUInt16LE(2, 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...parts, directory, end]);
}
