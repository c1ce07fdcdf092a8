/**
 * Text in a PNG file: one `iTXt` chunk an entry (PNG Specification, third edition, §11.3.3.4), UTF-8, uncompressed, put
 * after the header.
 *
 * @param png a whole file
 * @param entries keyword (1–79 Latin letters) → text
 */
export function withPngText(png: Uint8Array, entries: Readonly<Record<string, string>>): Uint8Array {
  const utf8 = new TextEncoder();
  const chunks = Object.entries(entries).map(([keyword, text]) => {
    // Keyword, then: 0 ends it, 0 not compressed, 0 method, empty language and translated keyword, each ended by 0.
    const body = utf8.encode(`iTXt${keyword}\0\0\0\0\0${text}`);
    const chunk = new Uint8Array(body.length + 8);
    const view = new DataView(chunk.buffer);
    view.setUint32(0, body.length - 4);
    chunk.set(body, 4);
    view.setUint32(4 + body.length, crc(body));
    return chunk;
  });
  // 8 bytes of signature, 25 of header.
  const parts = [png.subarray(0, 33), ...chunks, png.subarray(33)];
  const file = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    file.set(part, at);
    at += part.length;
  }
  return file;
}

/** CRC-32 of PNG, annex D. */
function crc(bytes: Uint8Array): number {
  let sum = 0xffffffff;
  for (const byte of bytes) {
    sum ^= byte;
    for (let bit = 0; bit < 8; bit++) sum = sum & 1 ? (sum >>> 1) ^ 0xedb88320 : sum >>> 1;
  }
  return (sum ^ 0xffffffff) >>> 0;
}
