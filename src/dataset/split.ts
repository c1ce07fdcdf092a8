import { random } from '../core/random.ts';

/** What is to be parted: pictures of one group stay together. */
export interface Grouped {
  readonly group: string | number;
  readonly labels: readonly string[];
}

/**
 * Parts pictures into splits of wished shares, groups whole, labels in each as in all: the rarest label first, its groups
 * go where most of it is still wanted (iterative stratification, Sechidis et al. 2011, for groups).
 *
 * @param shares name of a split → share, any positive numbers
 * @param seed the same gives the same splits
 * @returns the split of each picture
 */
export function splitByGroup(
  pictures: readonly Grouped[],
  shares: ReadonlyMap<string, number>,
  seed: number | string,
): string[] {
  const total = [...shares.values()].reduce((sum, share) => sum + share, 0);
  const counts = countsOf(pictures);
  const wanted = new Map(
    [...shares].map(([split, share]) => [
      split,
      new Map([...counts].map(([label, n]) => [label, (n * share) / total])),
    ]),
  );
  const { unit } = random(seed);
  const left = new Map(
    [...Map.groupBy(pictures, ({ group }) => group)]
      .map((entry) => ({ entry, key: unit() }))
      // Large groups first: they are the hardest to place.
      .sort((a, b) => b.entry[1].length - a.entry[1].length || a.key - b.key)
      .map(({ entry }) => entry),
  );
  const splitOf = new Map<string | number, string>();
  const rarestFirst = [...counts].sort((a, b) => a[1] - b[1]).map(([label]) => label);
  for (const label of rarestFirst)
    for (const [group, members] of left) {
      const own = countsOf(members);
      if (!own.has(label)) continue;
      const want = (split: string, of: string) => wanted.get(split)!.get(of)!;
      const [chosen = ''] = [...shares.keys()].sort(
        (a, b) => want(b, label) - want(a, label) || want(b, ANY) - want(a, ANY),
      );
      splitOf.set(group, chosen);
      for (const [of, n] of own) wanted.get(chosen)!.set(of, want(chosen, of) - n);
      left.delete(group);
    }
  return pictures.map(({ group }) => splitOf.get(group)!);
}

/** Stands for a picture as such, beside its labels. */
const ANY = '\0';

/** Pictures with each label, and in all. */
function countsOf(pictures: readonly Grouped[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { labels } of pictures)
    for (const label of [...labels, ANY]) counts.set(label, (counts.get(label) ?? 0) + 1);
  return counts;
}

/** Those joined by a pair, or by a pair of pairs, as one group: the lowest place among them. */
export function joined(count: number, pairs: Iterable<readonly [number, number]>): number[] {
  const parent = Array.from({ length: count }, (_, i) => i);
  const rootOf = (i: number): number => {
    let at = i;
    while (parent[at] !== at) {
      parent[at] = parent[parent[at]!]!;
      at = parent[at]!;
    }
    return at;
  };
  for (const [a, b] of pairs) {
    const [low, high] = [rootOf(a), rootOf(b)].sort((x, y) => x - y);
    parent[high!] = low!;
  }
  return parent.map((_, i) => rootOf(i));
}
