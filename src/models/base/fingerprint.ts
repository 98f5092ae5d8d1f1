import { _SHA256 } from "@noble/hashes/sha2.js";
import { hexOf } from "../../host/hex.js";

/** SHA-256 over arrays, one after the other, in hexadecimal. */
export function sha256Hex(arrays: Iterable<ArrayBufferView>): string {
  // The class itself: the function around it would be half a kilobyte more of every import.
  const hash = new _SHA256();
  for (const { buffer, byteOffset, byteLength } of arrays) {
    hash.update(new Uint8Array(buffer, byteOffset, byteLength));
  }
  return hexOf(hash.digest());
}
