import type { Label } from './manifest.ts';

/**
 * Reads labels as people keep them beside a model: `labels.txt` of Teachable Machine ("0 Normal" a line), one name
 * a line, a JSON list, or Keras's `class_indices` ({"Normal": 0}), by content.
 *
 * @returns one label a class, in the order of the model's outputs; empty when the text holds none
 */
export function parseLabels(text: string): Label[] {
  const trimmed = text.replace(/^\uFEFF/, '').trim();
  const names = /^[[{]/.test(trimmed) ? fromJson(trimmed) : fromLines(trimmed);
  return names.map(toLabel);
}

/** A label that is its own name. */
export const toLabel = (name: string): Label => ({ label: name.slice(0, 80), name: name.slice(0, 200) });

/** Names for classes that nobody has named. */
export const numberedLabels = (count: number): Label[] =>
  Array.from({ length: count }, (_, i) => toLabel(`Class ${i}`));

function fromLines(text: string): string[] {
  const lines = text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter(Boolean);
  // Numbers are an index only where every line counts on from the line before.
  const indexed = lines.every((line, i) => new RegExp(`^${i}[\\s:,]+\\S`).test(line));
  return indexed ? lines.map((line) => line.replace(/^\d+[\s:,]+/, '')) : lines;
}

function fromJson(text: string): string[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return [];
  }
  if (Array.isArray(value)) return value.map(String);
  const entries = Object.entries(value as Record<string, unknown>);
  // {"Normal": 0} as Keras writes it, or {"0": "Normal"} turned round.
  const byName = entries.every(([, index]) => Number.isInteger(index));
  return entries
    .map(([key, v]) => (byName ? { index: Number(v), name: key } : { index: Number(key), name: String(v) }))
    .toSorted((a, b) => a.index - b.index)
    .map(({ name }) => name);
}
