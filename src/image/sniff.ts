/** A kind of file, as its first bytes tell. */
export interface FileKind {
  /** As it stands in a sentence: "a JPEG image". */
  readonly name: string;
  /** Whether `decode` reads it. */
  readonly readable: boolean;
}

type Matcher = (bytes: Uint8Array) => boolean;

const ascii = (text: string, offset = 0): Matcher => {
  const codes = [...text].map((c) => c.charCodeAt(0));
  return (bytes) => codes.every((code, i) => bytes[offset + i] === code);
};
const hex = (text: string): Matcher => {
  const codes = text.split(' ').map((byte) => Number.parseInt(byte, 16));
  return (bytes) => codes.every((code, i) => bytes[i] === code);
};

/** First bytes → kind. What is not readable is still known by name, so that its refusal helps. */
const KINDS: readonly (readonly [matches: Matcher, name: string, readable?: 'readable'])[] = [
  [hex('FF D8 FF'), 'a JPEG image', 'readable'],
  [hex('89 50 4E 47 0D 0A 1A 0A'), 'a PNG image', 'readable'],
  [hex('49 49 2A 00'), 'a TIFF image', 'readable'],
  [hex('4D 4D 00 2A'), 'a TIFF image', 'readable'],
  [hex('49 49 2B 00'), 'a BigTIFF image', 'readable'],
  [hex('4D 4D 00 2B'), 'a BigTIFF image', 'readable'],
  [(b) => ascii('RIFF')(b) && ascii('WEBP', 8)(b), 'a WebP image', 'readable'],
  [ascii('GIF8'), 'a GIF image', 'readable'],
  [(b) => ascii('BM')(b) && b[6] === 0 && b[7] === 0 && b[8] === 0 && b[9] === 0, 'a BMP image'],
  [ascii('DICM', 128), 'a DICOM file'],
  [ascii('ftyp', 4), 'a HEIC or AVIF image, or a film'],
  [hex('00 00 00 0C 6A 50 20 20'), 'a JPEG 2000 image'],
  [hex('FF 4F FF 51'), 'a JPEG 2000 code stream'],
  [hex('89 48 44 46 0D 0A 1A 0A'), 'an HDF5 file (a Keras model?)'],
  [hex('50 4B 03 04'), 'a ZIP archive'],
  [ascii('%PDF'), 'a PDF document'],
  [ascii('<'), 'text with mark-up (SVG, HTML or XML)'],
];

/**
 * The kind of a file by its first bytes; its name is never asked.
 *
 * @param bytes the file, or its first 132 bytes or more
 * @returns undefined for a kind that is not in the table
 */
export function sniff(bytes: Uint8Array): FileKind | undefined {
  const kind = KINDS.find(([matches]) => matches(bytes));
  return kind && { name: kind[1], readable: kind[2] === 'readable' };
}
