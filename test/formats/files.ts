// Files as tests make them, whole or not.

/** A file of this header, as text or bytes, and this many bytes of data. */
export function safetensorsFile(header: string | Uint8Array, data = 0): Uint8Array {
  const text = typeof header === "string" ? new TextEncoder().encode(header) : header;
  const bytes = new Uint8Array(8 + text.length + data);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(text.length), true);
  bytes.set(text, 8);
  return bytes;
}

/** An IDX file of this shape, type and data; not checked. */
export function idxFile(shape: number[], data: number[], type = 8): Uint8Array {
  const bytes = Buffer.alloc(4 + 4 * shape.length + data.length);
  bytes.set([0, 0, type, shape.length]);
  for (const [i, size] of shape.entries()) bytes.writeUInt32BE(size, 4 + 4 * i);
  bytes.set(data, 4 + 4 * shape.length);
  return new Uint8Array(bytes);
}
