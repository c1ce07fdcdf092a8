/**
 * Results of slow work in the order of what it was asked of, with so many under way at once: pictures are decoded off
 * the main thread, and memory holds no more than these.
 */
export async function* inOrder<In, Out>(
  all: Iterable<In>,
  work: (one: In) => Promise<Out>,
  atOnce: number,
): AsyncGenerator<Out, void, undefined> {
  const under: Promise<Out>[] = [];
  for (const one of all) {
    const begun = work(one);
    // Whoever reads on meets the error; until then it must not end the process.
    begun.catch(() => {});
    under.push(begun);
    if (under.length >= atOnce) yield await under.shift()!;
  }
  for (const rest of under) yield await rest;
}
