// A NumPy archive that claims to be small and unpacks to gigabytes.

import { crc32, deflateRawSync } from "node:zlib";

/** One entry `images.npy` whose packed zeros repeat to about `bytes` by its header's claim. */
export function npz(bytes) {
  const packed = deflateRawSync(Buffer.alloc(64 * 2 ** 20));
  const name = Buffer.from("images.npy");
  const checksum = crc32 ? crc32(Buffer.alloc(0)) : 0;
  const claim = Math.min(bytes, 0xffff_fffe);
  const local = Buffer.alloc(30);
  local.writeUInt32LE(0x04034b50, 0);
  local.writeUInt16LE(20, 4);
  local.writeUInt16LE(8, 8);
  local.writeUInt32LE(checksum, 14);
  local.writeUInt32LE(packed.length, 18);
  local.writeUInt32LE(claim, 22);
  local.writeUInt16LE(name.length, 26);
  const central = Buffer.alloc(46);
  central.writeUInt32LE(0x02014b50, 0);
  central.writeUInt16LE(20, 4);
  central.writeUInt16LE(20, 6);
  central.writeUInt16LE(8, 10);
  central.writeUInt32LE(checksum, 16);
  central.writeUInt32LE(packed.length, 20);
  central.writeUInt32LE(claim, 24);
  central.writeUInt16LE(name.length, 28);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(1, 8);
  end.writeUInt16LE(1, 10);
  end.writeUInt32LE(central.length + name.length, 12);
  end.writeUInt32LE(local.length + name.length + packed.length, 16);
  return Buffer.concat([local, name, packed, central, name, end]);
}
