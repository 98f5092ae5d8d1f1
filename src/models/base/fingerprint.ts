import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex } from "@noble/hashes/utils.js";

/** SHA-256 over arrays, one after the other, in hexadecimal. */
export function sha256Hex(arrays: Iterable<ArrayBufferView>): string {
  const hash = sha256.create();
  for (const { buffer, byteOffset, byteLength } of arrays) {
    hash.update(new Uint8Array(buffer, byteOffset, byteLength));
  }
  return bytesToHex(hash.digest());
}
