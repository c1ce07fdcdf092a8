/** CRC-32's polynomial, reflected (APPNOTE.TXT 4.4.7). */
const POLYNOMIAL = 0xedb88320;

/** Four tables: what a byte does to the sum from one to four places on, so that four bytes take one step. */
const TABLES = Array.from({ length: 4 }, () => new Int32Array(256));
for (let byte = 0; byte < 256; byte++) {
  let sum = byte;
  for (let bit = 0; bit < 8; bit++) sum = sum & 1 ? (sum >>> 1) ^ POLYNOMIAL : sum >>> 1;
  TABLES[0]![byte] = sum;
}
for (let place = 1; place < 4; place++) {
  for (let byte = 0; byte < 256; byte++) {
    const before = TABLES[place - 1]![byte]!;
    TABLES[place]![byte] = (before >>> 8) ^ TABLES[0]![before & 255]!;
  }
}

/** The CRC-32 of bytes, 0 … 2³² − 1. */
export function crc32(bytes: Uint8Array): number {
  const [t0, t1, t2, t3] = TABLES as [Int32Array, Int32Array, Int32Array, Int32Array];
  const inFours = bytes.length - (bytes.length % 4);
  let sum = -1;
  let i = 0;
  for (; i < inFours; i += 4) {
    sum ^= bytes[i]! | (bytes[i + 1]! << 8) | (bytes[i + 2]! << 16) | (bytes[i + 3]! << 24);
    sum = t3[sum & 255]! ^ t2[(sum >>> 8) & 255]! ^ t1[(sum >>> 16) & 255]! ^ t0[sum >>> 24]!;
  }
  for (; i < bytes.length; i++) sum = (sum >>> 8) ^ t0[(sum ^ bytes[i]!) & 255]!;
  return ~sum >>> 0;
}
